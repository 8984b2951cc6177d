/** The doors to accounts, over HTTP, on the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountRoutes } from '../../../src/admin/accounts/routes.ts';
import { mayDo, ROLES, type Action } from '../../../src/admin/permissions.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { accountsWorld, PERSON, REASON, type AccountsWorld, type Planted as PlantedPerson } from '../../store/console/accounts_world.ts';
import { ADMINISTRATOR, startConsole, type TestConsole } from '../../support/console.ts';
import { Planted } from '../../support/planted.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres.ts';

let database: FreshDatabase;
let opened: OpenedDatabase;
let world: AccountsWorld;
let site: TestConsole;
let person: PlantedPerson;
let deviceId: string;

const HOSTILE = `<script>alert(1)</script>"'`;

beforeAll(async () => {
  database = await freshDatabase('pglite');
  opened = await database.open();
  world = await accountsWorld(opened);
  site = await startConsole(accountRoutes({ accounts: world.desk }), auditLog(world.deps), () => world.clock.now);
  person = await world.plant();
  ({ device_id: deviceId } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', person.accountId).executeTakeFirstOrThrow());
});
afterAll(async () => {
  await site.close();
  await opened.close();
  await database.drop();
});

const href = (path = ''): string => `/admin/accounts/${person.accountId}${path}`;
const confirm = (id = person.accountId): string => id.slice(0, 8);

describe('who may', () => {
  const DOORS: readonly (readonly [method: 'get' | 'post', path: () => string, action: Action, fresh: boolean])[] = [
    ['get', () => '/admin/accounts', 'account.read', false],
    ['get', () => '/admin/accounts/find', 'account.read', false],
    ['post', () => '/admin/accounts/find', 'account.read', false],
    ['get', () => href(), 'account.read', false],
    ['get', () => href('/reveal'), 'journey.reveal', true],
    ['post', () => href('/reveal'), 'journey.reveal', true],
    ['get', () => href(`/devices/${deviceId}/revoke`), 'account.revoke', false],
    ['post', () => href(`/devices/${deviceId}/revoke`), 'account.revoke', false],
    ['post', () => href('/passkeys/revoke'), 'account.revoke', false],
    ['post', () => href('/sign-out'), 'account.revoke', false],
    ['get', () => href('/merge'), 'account.merge', true],
    ['post', () => href('/merge'), 'account.merge', true],
    ['get', () => href('/export'), 'account.export', true],
    ['post', () => href('/export'), 'account.export', true],
    ['get', () => href('/erase'), 'account.erase', true],
    ['post', () => href('/erase'), 'account.erase', true],
    ['post', () => href('/hold'), 'account.hold', true],
    ['post', () => '/admin/accounts/journey-hold', 'account.hold', true],
    ['post', () => '/admin/accounts/holds/x/release', 'account.hold', true],
  ];

  test.each(DOORS)('%s %s', async (method, path, action, fresh) => {
    for (const role of ROLES) {
      const who = { roles: [role] };
      // Without a reason nothing is done, so that every door can be tried.
      const seen = method === 'get' ? await site.get(path(), who) : await site.post(path(), {}, who);
      expect([role, action, seen.status === 403]).toEqual([role, action, !mayDo([role], action)]);
    }
    const stranger = method === 'get' ? await site.get(path(), undefined) : await site.post(path(), {}, undefined);
    expect([stranger.status, stranger.location?.startsWith('/admin/sign-in')]).toEqual([303, true]);
    if (fresh) {
      const stale = { roles: ['administrator'] as const, provedAgo: 11 * 60_000 };
      const seen = method === 'get' ? await site.get(path(), stale) : await site.post(path(), { reason: REASON, confirm: confirm() }, stale);
      expect([seen.status, seen.location?.startsWith('/admin/again')]).toEqual([303, true]);
    }
  });

  test('nothing was done by any of that, and forms of strangers are refused', async () => {
    expect((await world.desk.find(person.accountId))?.state).toBe('active');
    const seen = await site.post(href('/erase'), { reason: REASON, confirm: confirm(), csrf: 'forged' }, ADMINISTRATOR);
    expect(seen.status).toBeGreaterThanOrEqual(400);
    const foreign = await site.post(href('/erase'), { reason: REASON, confirm: confirm() }, ADMINISTRATOR, { origin: 'https://evil.example' });
    expect(foreign.status).toBeGreaterThanOrEqual(400);
    expect((await world.desk.find(person.accountId))?.state).toBe('active');
  });
});

describe('what is shown', () => {
  test('no page without a reveal holds anything personal, nor does the log', async () => {
    const planted = new Planted(PERSON);
    const pages = ['/admin/accounts', href(), href('/reveal'), href('/merge'), href('/erase'), href('/export'), href('/hold'), href('/devices/all/revoke')];
    for (const path of pages) {
      const seen = await site.get(path, ADMINISTRATOR);
      expect([path, seen.status]).toEqual([path, 200]);
      expect(planted.leaksIn(seen.html)).toEqual([]);
    }
    const revealed = await site.post(href('/reveal'), { reason: REASON }, ADMINISTRATOR);
    expect(revealed.html).toContain(PERSON.family);
    expect(revealed.html).toContain(PERSON.credential);
    expect(revealed.headers.get('cache-control')).toBe('no-store');
    expect(planted.leaksIn(site.log())).toEqual([]);
    const [entry] = await auditLog(world.deps).page({ action: 'account.revealed' }, undefined, 1);
    expect(entry).toMatchObject({ target: { kind: 'account', id: person.accountId }, reason: REASON });
    expect(planted.leaksIn(JSON.stringify(entry))).toEqual([]);
  });

  test('without a good reason nothing is revealed or exported, and nothing is on record', async () => {
    for (const reason of ['', 'short', '   .   .   ']) {
      for (const path of ['/reveal', '/export']) {
        const seen = await site.post(href(path), { reason }, ADMINISTRATOR);
        expect(seen.status).toBe(422);
        expect(seen.html).not.toContain(PERSON.family);
        expect(seen.html).toContain('id="reason"');
      }
    }
    expect(await auditLog(world.deps).page({ action: 'account.exported' }, undefined, 1)).toEqual([]);
  });

  test('finding somebody by phone is posted, and shows no phone in an address', async () => {
    const one = await site.post('/admin/accounts/find', { by: 'credential', who: PERSON.credential }, ADMINISTRATOR);
    expect([one.status, one.location]).toEqual([303, href()]);
    const nobody = await site.post('/admin/accounts/find', { by: 'email', who: HOSTILE }, ADMINISTRATOR);
    expect([nobody.status, nobody.html.includes('<script>alert')]).toEqual([200, false]);
    expect(nobody.html).toContain('Nobody');
    const fault = await site.post('/admin/accounts/find', { by: 'phone', who: 'not a phone' }, ADMINISTRATOR);
    expect(fault.status).toBe(422);
    expect((await site.get(`/admin/accounts/find?who=${encodeURIComponent(PERSON.phone)}`, ADMINISTRATOR)).html).not.toContain(PERSON.phone);
  });

  test('unknown ids, and ids of something else, are not found', async () => {
    for (const id of [randomUUID(), person.journeyId, deviceId, '..%2f..', "x'--", 'x'.repeat(80)]) {
      expect([id, (await site.get(`/admin/accounts/${id}`, ADMINISTRATOR)).status]).toEqual([id, 404]);
      expect((await site.post(`/admin/accounts/${id}/erase`, { reason: REASON, confirm: id.slice(0, 8) }, ADMINISTRATOR)).status).toBe(404);
      expect((await site.post(`/admin/accounts/${id}/export`, { reason: REASON }, ADMINISTRATOR)).status).toBe(404);
    }
  });
});

describe('what is done', () => {
  test("somebody else's device and passkey cannot be revoked through an account", async () => {
    const other = await world.plant({ identity: randomUUID(), credential: randomUUID() });
    const theirs = await world.desk.find(other.accountId);
    const seen = await site.post(href(`/devices/${theirs?.devices[0]?.id ?? ''}/revoke`), { reason: REASON }, ADMINISTRATOR);
    expect(seen.status).toBe(404);
    const key = await site.post(href('/passkeys/revoke'), { reason: REASON, passkey: theirs?.passkeys[0]?.id ?? '' }, ADMINISTRATOR);
    expect(key.location).toBe(href());
    const after = await world.desk.find(other.accountId);
    expect([after?.devices[0]?.trusts[0]?.revoked, after?.passkeys[0]?.revoked]).toEqual([undefined, undefined]);
  });

  test('revoke, sign out, export', async () => {
    const revoked = await site.post(href(`/devices/${deviceId}/revoke`), { reason: REASON, grants: 'on' }, { roles: ['support'] });
    expect([revoked.status, revoked.location]).toEqual([303, href()]);
    expect((await site.get(href(), ADMINISTRATOR)).html).toContain('by the operator');
    expect((await site.post(href('/sign-out'), { reason: REASON }, ADMINISTRATOR)).status).toBe(303);
    expect((await world.desk.find(person.accountId))?.records).toEqual({});
    const file = await site.post(href('/export'), { reason: REASON }, ADMINISTRATOR);
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="person-${person.accountId}.json"`);
    expect((JSON.parse(file.html) as { account: { id: string } }).account.id).toBe(person.accountId);
  });

  test('merging asks for a look, a reason and the confirmation', async () => {
    const source = await world.plant({ identity: randomUUID(), credential: randomUUID() });
    const from = `/admin/accounts/${source.accountId}`;
    const preview = await site.get(`${from}/merge?target=${person.accountId}`, ADMINISTRATOR);
    expect(preview.html).toContain('Moves to the account that stays');
    expect((await site.get(`${from}/merge?target=${encodeURIComponent(HOSTILE)}`, ADMINISTRATOR)).html).not.toContain('<script>alert');
    const form = { target: person.accountId, reason: REASON, confirm: confirm(source.accountId) };
    for (const [bad, field] of [[{ ...form, confirm: 'yes' }, 'confirm'], [{ ...form, reason: '' }, 'reason'], [{ ...form, target: 'nobody' }, 'target'], [{ ...form, target: '' }, 'target']] as const) {
      const seen = await site.post(`${from}/merge`, bad, ADMINISTRATOR);
      expect([field, seen.status, seen.html.includes(`id="${field}-error"`)]).toEqual([field, 422, true]);
      expect((await world.desk.find(source.accountId))?.state).toBe('active');
    }
    expect(preview.html).toContain('can sign in as the account that stays');
    expect(preview.html).toContain('id="one"');
    const unsaid = await site.post(`${from}/merge`, form, ADMINISTRATOR);
    expect([unsaid.status, unsaid.html.includes('id="one-error"'), (await world.desk.find(source.accountId))?.state]).toEqual([422, true, 'active']);
    const done = await site.post(`${from}/merge`, { ...form, one: 'on' }, ADMINISTRATOR);
    expect([done.status, done.location]).toEqual([303, href()]);
    expect((await site.post(`${from}/merge`, form, ADMINISTRATOR)).location).toBe(href());
    expect((await site.get(from, ADMINISTRATOR)).html).toContain('This is a shell');
  });

  test('holding, and releasing; a held person is not erased', async () => {
    expect((await site.post(href('/hold'), { reason: `${REASON} ${HOSTILE}` }, ADMINISTRATOR)).location).toBe(href());
    const page = await site.get(href(), ADMINISTRATOR);
    expect([page.html.includes('on hold'), page.html.includes('<script>alert')]).toEqual([true, false]);
    expect((await site.post(href('/erase'), { reason: REASON, confirm: confirm() }, ADMINISTRATOR)).status).toBe(409);
    expect((await site.post(href('/erase'), {}, ADMINISTRATOR)).status).toBe(409);
    const [hold] = (await world.desk.find(person.accountId))?.holds ?? [];
    const released = await site.post(`/admin/accounts/holds/${hold?.id ?? ''}/release`, { reason: REASON }, ADMINISTRATOR);
    expect(released.location).toBe(href());
    // Where it leads back is the hold's own affair, and nobody's hold is released.
    const again = await site.post(`/admin/accounts/holds/${hold?.id ?? ''}/release`, { reason: REASON, of: '//evil.example', kind: 'journey' }, ADMINISTRATOR);
    expect(again.location).toBe(href());
    expect((await site.get('/admin/accounts/holds/x/release', ADMINISTRATOR)).status).toBe(404);
    expect((await site.post('/admin/accounts/holds/x/release', { reason: REASON }, ADMINISTRATOR)).status).toBe(404);
    const journey = await site.post('/admin/accounts/journey-hold', { journey: person.journeyId, reason: REASON }, ADMINISTRATOR);
    expect(journey.location).toBe(`/admin/accounts/journey-hold?journey=${person.journeyId}`);
    const [mine] = await world.desk.journeyHolds(person.journeyId);
    const question = await site.get(`/admin/accounts/holds/${mine?.id ?? ''}/release`, ADMINISTRATOR);
    expect(question.html).toContain(`It holds the journey ${person.journeyId}.`);
    expect((await site.post(`/admin/accounts/holds/${mine?.id ?? ''}/release`, { reason: REASON }, ADMINISTRATOR)).location).toBe(`/admin/accounts/journey-hold?journey=${person.journeyId}`);
    expect((await world.desk.find(person.accountId))?.holds.every(({ released: at }) => at !== undefined)).toBe(true);
  });

  test('erasing asks for a reason and the confirmation, is done once, and leaves a shell', async () => {
    for (const bad of [{ reason: REASON, confirm: 'yes' }, { reason: '', confirm: confirm() }]) expect((await site.post(href('/erase'), bad, ADMINISTRATOR)).status).toBe(422);
    expect((await world.desk.find(person.accountId))?.state).toBe('active');
    expect((await site.post(href('/erase'), { reason: REASON, confirm: confirm() }, ADMINISTRATOR)).location).toBe(href());
    const shell = await site.get(href(), ADMINISTRATOR);
    expect(shell.html).toContain('This person was erased');
    expect((await site.post(href('/reveal'), { reason: REASON }, ADMINISTRATOR)).status).toBe(404);
    expect((await site.post('/admin/accounts/find', { by: 'credential', who: PERSON.credential }, ADMINISTRATOR)).html).toContain('Nobody');
    expect((await site.post(href('/hold'), { reason: REASON }, ADMINISTRATOR)).location).toBe(href());
    expect((await world.desk.find(person.accountId))?.held).toBe(false);
    expect((await site.get(href('/erase'), ADMINISTRATOR)).html).toContain('erased already');
  });
});
