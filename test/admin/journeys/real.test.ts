/** A journey as a person really left it: shown without them, found by them, and opened. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journeyRoutes } from '../../../src/admin/journeys/routes.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { journeyDesk } from '../../../src/store/console/journeys.ts';
import { dataKeyStore } from '../../../src/store/data_keys.ts';
import { openVault } from '../../../src/vault/vault.ts';
import { approve, arrive, setScene, type Scene } from '../../flows/scene.ts';
import { startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { ANDREW } from '../../support/gateway.ts';
import { Planted } from '../../support/planted.ts';

const SUPPORT: Who = { roles: ['support'] };
const CUSTOMER = 'planted-customer-77c1';
const HOSTILE = `<script>alert('ua')</script>`;
const PLANTED = new Planted({ given: ANDREW.givenName, family: ANDREW.familyName, street: ANDREW.street, city: ANDREW.city, phone: '+14075550123', customer: CUSTOMER, address: '127.0.0.1' });

describe('a real journey in the console', () => {
  let scene: Scene;
  let console: TestConsole;
  let desk: ReturnType<typeof journeyDesk>;
  let id: string;
  beforeAll(async () => {
    scene = await setScene({ client: { client_name: HOSTILE } });
    await approve(scene, { login_hint: CUSTOMER });
    const vault = await openVault({ masterKeys: [{ id: 'test', key: scene.gateway.masterKey }], store: dataKeyStore(scene.db) });
    const auditing = { db: scene.db, vault, now: Date.now };
    const audit = auditLog(auditing);
    desk = journeyDesk({ ...auditing, images: scene.gateway.gatehouse.images });
    console = await startConsole(journeyRoutes({ desk, audit, workflows: scene.gateway.gatehouse.workflows, caseOf: async () => undefined }), audit);
    const page = await desk.search({}, undefined, 10);
    id = page.lines[0]?.id ?? '';
  });
  afterAll(async () => {
    await console.close();
    await scene.close();
  });

  test('says what it came to, and is found by its person in each way', async () => {
    expect((await desk.search({ verdict: 'approve', step: 'sms_link', reason: 'link_confirmed' }, undefined, 10)).lines.map((line) => line.id)).toEqual([id]);
    for (const [kind, typed] of [['phone', ANDREW.phone], ['credential', CUSTOMER]] as const) {
      const found = await desk.byPerson({ kind: 'staff', id: 's', name: 'S' }, desk.personKey(kind, Personal.of(typed)), undefined, 10);
      expect(found.lines.map((line) => line.id), kind).toEqual([id]);
    }
  });

  test('shows the whole way and nobody', async () => {
    const { html, status } = await console.get(`/admin/journeys/${id}`, SUPPORT);
    expect(status).toBe(200);
    for (const text of ['graph-taken', 'link_confirmed', 'Decided by', 'phone_data_and_messages', 'You allow', 'simulated evidence', 'phoneBasedIdentityAffirmation', 'tied to the account']) expect(html).toContain(text);
    expect(html).not.toContain('<script>alert');
    for (const path of ['', '?layer=label', '?layer=phase', '?layer=block', '/json', '/reveal']) expect(PLANTED.leaksIn((await console.get(`/admin/journeys/${id}${path}`, SUPPORT)).html), path).toEqual([]);
  });

  test('is opened with everything that is kept', async () => {
    const { html } = await console.post(`/admin/journeys/${id}/reveal`, { reason: 'ticket 4711 of the person' }, SUPPORT);
    for (const text of [ANDREW.givenName, ANDREW.street, '+14075550123', CUSTOMER, 'Phone in hand']) expect(html).toContain(text);
    expect(html).not.toContain('Could not be opened');
  });

  test('one that runs says what it waits for', async () => {
    await arrive(scene);
    const running = (await desk.search({ verdict: 'running' }, undefined, 10)).lines[0]?.id ?? '';
    const { html } = await console.get(`/admin/journeys/${running}`, SUPPORT);
    expect(html).toMatch(/role="status">(?:The first page is shown|The browser is asked)/);
  });
});
