import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journeyRoutes } from '../../../src/admin/journeys/routes.ts';
import { PERMISSIONS, ROLES, type Role } from '../../../src/admin/permissions.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { ADMINISTRATOR, startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { Planted } from '../../support/planted.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { NOW } from '../../store/support.ts';
import { CREDENTIAL, denied, EMAIL, open, PERSON, PLANTED, REASON, worldOn, type World } from '../../store/console/journeys_world.ts';

const SUPPORT: Who = { roles: ['support'] };
const STALE: Who = { ...SUPPORT, provedAgo: 11 * 60_000 };
const planted = new Planted(PLANTED);
const definition = workflowDefinition.parse(TEMPLATES['document_only']);

describe('journeys in the console', () => {
  let world: World;
  let opened: OpenedDatabase;
  let console: TestConsole;
  let drop: () => Promise<void>;
  let id: string;
  beforeAll(async () => {
    const database = await freshDatabase('pglite');
    opened = await database.open();
    drop = database.drop;
    world = await worldOn(opened);
    console = await startConsole(journeyRoutes({
      desk: world.desk, audit: world.audit, workflows: { version: async (workflowId, version) => (workflowId === 'w' ? { id: workflowId, version, definition } : undefined) },
      caseOf: async () => '/admin/cases/c_1',
    }), world.audit, () => NOW);
    id = (await denied(world)).id;
  });
  afterAll(async () => {
    await console.close();
    await opened.close();
    await drop();
  });
  const entries = async (action: string) => world.audit.page({ action }, undefined, 100);
  const href = (path = '') => `/admin/journeys/${id}${path}`;

  describe('who may', () => {
    const doors = [
      ['GET', '/admin/journeys', 'journey.read'], ['GET', '/admin/journeys/ID', 'journey.read'], ['GET', '/admin/journeys/ID/json', 'journey.read'],
      ['GET', '/admin/journeys/find', 'account.read'], ['POST', '/admin/journeys/find', 'account.read'],
      ['GET', '/admin/journeys/ID/reveal', 'journey.reveal'], ['POST', '/admin/journeys/ID/reveal', 'journey.reveal'], ['POST', '/admin/journeys/ID/pictures/x', 'journey.reveal'],
    ] as const;
    test.each(ROLES.flatMap((role) => doors.map(([method, path, action]) => [role, method, path, action] as const)))('%s %s %s', async (role: Role, method, path, action) => {
      const allowed = (PERMISSIONS[action] as readonly Role[]).includes(role);
      const to = path.replace('ID', id);
      const seen = method === 'GET' ? await console.get(to, { roles: [role] }) : await console.post(to, {}, { roles: [role] });
      if (allowed) expect(seen.status).not.toBe(403);
      else expect(seen.status).toBe(403);
      expect(planted.leaksIn(seen.html)).toEqual([]);
    });

    test('nobody without signing in, and a form without its token or from elsewhere does nothing', async () => {
      for (const [method, path] of doors) {
        const seen = method === 'GET' ? await console.get(path.replace('ID', id), undefined) : await console.post(path.replace('ID', id), { reason: REASON }, undefined);
        expect([seen.status, seen.location?.startsWith('/admin/sign-in')]).toEqual([303, true]);
      }
      const before = (await entries('journey.revealed')).length;
      expect((await console.post(href('/reveal'), { reason: REASON, csrf: 'x' }, SUPPORT)).status).toBe(403);
      expect((await console.post(href('/reveal'), { reason: REASON }, SUPPORT, { origin: 'https://elsewhere.example' })).status).toBe(403);
      expect((await entries('journey.revealed')).length).toBe(before);
    });
  });

  describe('the list', () => {
    test('shows journeys without their people, and finds one by its id', async () => {
      const list = await console.get('/admin/journeys', SUPPORT);
      expect(list.html).toContain(`/admin/journeys/${id}`);
      expect(list.html).toContain('The document has expired.');
      expect(planted.leaksIn(list.html)).toEqual([]);
      expect(await console.get(`/admin/journeys?find=%20${id}`, SUPPORT)).toMatchObject({ status: 303, location: href() });
      const none = await console.get(`/admin/journeys?find=${encodeURIComponent('"><script>alert(1)</script>')}`, SUPPORT);
      expect(none.html).toContain('There is no journey with this id');
      expect(none.html).not.toContain('<script>alert');
    });

    test('is narrowed, paged, and says what is wrong with a filter', async () => {
      for (let n = 0; n < 52; n += 1) await open(world, { workflowId: 'many', createdAt: NOW - n });
      const first = await console.get('/admin/journeys?workflow=many&decision=running', SUPPORT);
      const older = /href="([^"]+)">Older/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
      expect(older).toMatch(/^\/admin\/journeys\?workflow=many&decision=running&before=[\w-]+$/);
      const rest = await console.get(older, SUPPORT);
      const ids = (html: string) => [...html.matchAll(/href="\/admin\/journeys\/([0-9a-f-]{36})"/g)].map(([, one]) => one);
      expect(ids(first.html)).toHaveLength(50);
      expect(ids(rest.html)).toHaveLength(2);
      expect(new Set([...ids(first.html), ...ids(rest.html)]).size).toBe(52);
      expect(rest.html).not.toContain('>Older<');
      for (const [query, fault] of [['decision=maybe', 'Choose one of running'], ['mode=x', 'Choose one of live'], ['step=x', 'Choose one of'], ['from=2026-13-01', 'Enter a day'], ['from=2026-02-02&until=2026-02-01', 'before the first']]) {
        expect((await console.get(`/admin/journeys?${query}`, SUPPORT)).html, query).toContain(fault);
      }
      expect((await console.get('/admin/journeys?reason=nothing_of_this', SUPPORT)).html).toContain('No journey fits');
      expect((await console.get('/admin/journeys?before=made_up', SUPPORT)).status).toBe(400);
    });
  });

  describe('people', () => {
    test.each([['phone', '+1 407 555 0191'], ['email', EMAIL], ['credential', CREDENTIAL]])('are found by %s, which is in no address, page or log', async (by, who) => {
      const seen = await console.post('/admin/journeys/find', { by, who }, SUPPORT);
      expect(seen.status).toBe(200);
      expect(seen.html).toContain(href());
      expect(planted.leaksIn(seen.html)).toEqual([]);
      expect(planted.leaksIn(console.log())).toEqual([]);
      expect(planted.leaksIn(JSON.stringify(await entries('journey.searched')))).toEqual([]);
    });

    test('who is not there, or cannot be, is said so', async () => {
      expect((await console.post('/admin/journeys/find', { by: 'email', who: 'other@example.com' }, SUPPORT)).html).toContain('Nobody found');
      expect((await console.post('/admin/journeys/find', { by: 'phone', who: '12' }, SUPPORT)).html).toContain('with its country');
      expect((await console.post('/admin/journeys/find', { by: 'phone', who: '' }, SUPPORT)).html).toContain('Enter whom to look for');
      expect((await console.post('/admin/journeys/find', { key: 'phone.x' }, SUPPORT)).status).toBe(422);
    });

    test('older ones come by a form that holds hashes alone', async () => {
      const name = 'planted-many-names';
      for (let n = 0; n < 51; n += 1) await open(world, { createdAt: NOW - n, opening: { credential: Personal.of(name), clientName: 'App', locale: 'en' } });
      const first = await console.post('/admin/journeys/find', { by: 'credential', who: name }, SUPPORT);
      const hidden = Object.fromEntries([...first.html.matchAll(/name="(key|before)" value="([^"]+)"/g)].map(([, field, value]) => [field, value]));
      expect(first.html).not.toContain(name);
      const rest = await console.post('/admin/journeys/find', hidden as Record<string, string>, SUPPORT);
      expect([...rest.html.matchAll(/journey-id/g)]).toHaveLength(1);
    });
  });

  describe('one journey', () => {
    test('shows why, and nobody', async () => {
      const { html } = await console.get(href(), SUPPORT);
      for (const text of ['The document has expired.', 'biometrics', 'You agree &lt;b&gt;here&lt;/b&gt;.', 'document_verification', '<svg', 'simulated evidence', '/admin/cases/c_1', 'intended']) expect(html).toContain(text);
      expect(planted.leaksIn(html)).toEqual([]);
      expect(html).not.toContain('<script>alert');
      expect(html).toContain('&lt;script&gt;alert(3)&lt;/script&gt;');
    });

    test('has a timeline by layer, and a state while it runs', async () => {
      const layer = await console.get(`${href()}?layer=phase`, SUPPORT);
      expect(layer.html).not.toContain('<code>document_verification</code>');
      const running = await open(world);
      const shown = await console.get(`/admin/journeys/${running.id}`, SUPPORT);
      expect(shown.html).toContain('Refresh');
      expect(shown.html).toMatch(/warn-note" role="status">[A-Z]/);
      const unknown = await open(world, { workflowId: 'not stored' });
      expect((await console.get(`/admin/journeys/${unknown.id}`, SUPPORT)).html).toContain('No picture');
    });

    test('can be taken as JSON without the person, and that is on record', async () => {
      const seen = await console.get(href('/json'), SUPPORT);
      expect(seen.headers.get('content-disposition')).toBe(`attachment; filename="journey-${id}.json"`);
      expect(JSON.parse(seen.html)).toMatchObject({ transaction_id: id, decision: { verdict: 'deny' }, document_checks: [{ accepted: false }] });
      expect(planted.leaksIn(seen.html)).toEqual([]);
      expect((await entries('journey.exported'))[0]).toMatchObject({ target: { kind: 'journey', id } });
    });

    test.each(['nobody', '%27', 'a'.repeat(101), '..%2f..'])('one that is not there is not found: %s', async (other) => {
      for (const path of ['', '/json', '/reveal']) expect((await console.get(`/admin/journeys/${other}${path}`, ADMINISTRATOR)).status).toBe(404);
    });
  });

  describe('a reveal', () => {
    test('shows everything, once it is on record, as text and for nobody to keep', async () => {
      const seen = await console.post(href('/reveal'), { reason: REASON }, SUPPORT);
      expect(seen.status).toBe(200);
      expect(seen.headers.get('cache-control')).toBe('no-store');
      for (const text of [PERSON.phone, PERSON.street, CREDENTIAL, EMAIL, PLANTED.address, 'L898902C3', 'Quillféather &lt;script&gt;']) expect(seen.html).toContain(text);
      expect(seen.html).not.toMatch(/<script>alert|<img src=x/);
      expect((await entries('journey.revealed'))[0]).toMatchObject({ actor: { kind: 'staff', id: 'support' }, target: { kind: 'journey', id }, reason: REASON });
      expect(planted.leaksIn(JSON.stringify(await entries('journey.revealed')))).toEqual([]);
      expect(planted.leaksIn(console.log())).toEqual([]);
      expect(planted.leaksIn((await console.get(href(), SUPPORT)).html)).toEqual([]);
    });

    test('without a reason, or after a sign-in of long ago, shows nothing', async () => {
      const before = (await entries('journey.revealed')).length;
      const bare = await console.post(href('/reveal'), { reason: 'because' }, SUPPORT);
      expect(bare.html).toContain('at least 10 characters');
      expect(bare.html).toContain('>because</textarea>');
      for (const seen of [bare, await console.post(href('/reveal'), { reason: REASON }, STALE), await console.get(href('/reveal'), STALE)]) expect(planted.leaksIn(seen.html)).toEqual([]);
      expect(await console.post(href('/reveal'), { reason: REASON }, STALE)).toMatchObject({ status: 303, location: expect.stringContaining('/admin/again?to=') as string });
      expect((await entries('journey.revealed')).length).toBe(before);
      expect((await console.get(href('/reveal'), SUPPORT)).html).toContain('Why do you need to see it?');
    });

    test('tried by somebody who may not is on record as refused', async () => {
      await console.post(href('/reveal'), { reason: REASON }, { roles: ['auditor'] });
      expect((await entries('permission.refused'))[0]).toMatchObject({ details: { action: 'journey.reveal' }, outcome: 'refused' });
    });

    test('opens pictures one by one, in the session that revealed them', async () => {
      await world.images.put({ journeyId: id, purpose: 'document_front', jpeg: Personal.of(new Uint8Array([0xff, 0xd8, 9])), deleteAt: NOW + 1e6 });
      const grantOf = async (who: Who) => {
        const { html } = await console.post(href('/reveal'), { reason: REASON }, who);
        const [, action = '', grant = ''] = /action="([^"]+\/pictures\/[^"]+)"[\s\S]*?name="grant" value="([^"]+)"/.exec(html) ?? [];
        return { action, grant };
      };
      const { action, grant } = await grantOf(SUPPORT);
      const stolen = await console.post(action, { grant: (await grantOf(SUPPORT)).grant }, { id: 'other', roles: ['support'] });
      expect(stolen.status).toBe(410);
      const seen = await console.post(action, { grant }, SUPPORT);
      expect([seen.status, seen.headers.get('content-type'), seen.headers.get('cache-control'), [...seen.body]]).toEqual([200, 'image/jpeg', 'no-store', [0xff, 0xd8, 9]]);
      expect((await console.post(action, { grant }, SUPPORT)).status).toBe(410);
      expect((await console.post(action, {}, SUPPORT)).status).toBe(410);
      // A grant in the address opens nothing: there is no such door.
      expect((await console.get(`${action}?grant=${(await grantOf(SUPPORT)).grant}`, SUPPORT)).status).toBe(404);
    });
  });
});
