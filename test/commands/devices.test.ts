/** `npm run devices`, on the real stores; the link it makes opens the person's page. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deviceCommand, type DeviceCommandDeps } from '../../src/commands/device_lines.ts';
import { hashOfToken } from '../../src/devices/token.ts';
import { SENT_LINK_MS } from '../../src/hosted/my_session.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { deviceStore } from '../../src/store/devices.ts';
import { incidentStore, purgeIncidents } from '../../src/store/incidents.ts';
import { myAccounts } from '../../src/store/my_accounts.ts';
import { passkeyStore } from '../../src/store/passkeys.ts';
import { ticketStore } from '../../src/store/tickets.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';
import { NOW, storesOn, type Stores } from '../store/support.ts';
import { SECRET, writtenJourney, type Written } from './support.ts';

describeDatabases('npm run devices', ({ fresh }) => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let stores: Stores;
  let deps: DeviceCommandDeps;
  let written: Written;
  let at = NOW + 1000;
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open();
    stores = await storesOn(opened);
    const { db } = opened;
    deps = {
      devices: deviceStore(db), passkeys: passkeyStore(db), incidents: incidentStore(db, Date.now), tickets: async () => ticketStore(db, stores.vault), find: myAccounts(db).find,
      issuer: 'https://id.example', now: () => at,
    };
  });
  afterAll(async () => {
    await opened?.close();
    await database?.drop();
  });
  beforeEach(async () => {
    at = NOW + 1000;
    written = await writtenJourney(opened, stores);
  });
  const run = (...args: string[]): Promise<readonly string[]> => deviceCommand(deps, args);

  test('lists devices and passkeys by account or by transaction, dead ones with their reason', async () => {
    const { accountId, journeyId, deviceId, passkeyId } = written;
    const lines = await run('list', accountId);
    expect(lines[0]).toBe(`account ${accountId}, test`);
    expect(lines[1]).toMatch(new RegExp(`^  device ${deviceId}  desktop  Chrome on Windows  software key  w  by sms_link, journey ${journeyId}  since .*until `));
    expect(lines[2]).toContain(`passkey ${passkeyId}  multiDevice  Chrome on Android`);
    expect(await run('list', journeyId)).toEqual(lines);
    await run('revoke', accountId, deviceId);
    expect((await run('list', accountId))[1]).toMatch(/trust_revoked .* \(by_operator\)$/);
    expect(lines.join()).not.toContain('Andrew');
  });

  test('ends one device, one passkey, or all, once', async () => {
    const { accountId, deviceId, passkeyId } = written;
    expect(await run('revoke', accountId, deviceId)).toEqual(['ended: trust in this device 1']);
    expect(await run('revoke', accountId, deviceId)).toEqual(['ended: trust in this device 0']);
    expect((await passkeyStore(opened.db).byId(passkeyId))?.revokedAt).toBeUndefined();
    expect(await run('revoke', accountId, passkeyId)).toEqual(['ended: this passkey 1']);
    const other = await writtenJourney(opened, stores);
    expect(await run('revoke', other.accountId)).toEqual(['ended: trust in devices 1, passkeys 1']);
    await expect(run('revoke', accountId, other.deviceId)).rejects.toMatchObject({ code: 'device_unknown' });
  });

  test('makes a link that works once and for a day', async () => {
    const [address = '', note] = await run('link', written.journeyId);
    expect(address).toMatch(/^https:\/\/id\.example\/my\/devices\/[\w-]{43}$/);
    expect(note).toContain(new Date(at + SENT_LINK_MS).toISOString());
    const hash = hashOfToken(address.slice(address.lastIndexOf('/') + 1));
    const tickets = ticketStore(opened.db, stores.vault);
    expect(await tickets.peek(hash, 'my_session', at)).toBeUndefined();
    expect(await tickets.peek(hash, 'my_devices', at + SENT_LINK_MS)).toBeUndefined();
    const taken = await Promise.all([1, 2, 3].map(() => tickets.take(hash, 'my_devices', at)));
    expect(taken.flatMap((one) => one?.open() ?? [])).toEqual([{ accountId: written.accountId, mode: 'test', workflowId: 'w', until: at + SENT_LINK_MS }]);
  });

  test('makes no link to an erased account', async () => {
    await opened.db.updateTable('account').set({ erased_at: at, sealed: null }).where('id', '=', written.accountId).execute();
    await expect(run('link', written.accountId)).rejects.toMatchObject({ code: 'account_erased' });
    expect((await run('list', written.accountId))[0]).toContain('erased');
    expect((await run('list', written.accountId))[1]).toContain('account_erased');
    expect(await myAccounts(opened.db).alive(written.accountId)).toBe(false);
  });

  test('shows open incidents, with ids and codes', async () => {
    const incidents = incidentStore(opened.db, Date.now);
    await incidents.open({ mode: 'test', kind: 'device_reported', accountId: written.accountId, deviceId: written.deviceId, journeyId: undefined, details: { what: 'desktop', from_itself: false }, at });
    const line = (await run('incidents')).find((one) => one.includes(written.accountId)) ?? '';
    expect(line).toMatch(new RegExp(`^${new Date(at).toISOString()}  open  device_reported  test  account ${written.accountId}  device ${written.deviceId}  what desktop  from_itself false  incident `));
    const id = line.split('  incident ')[1] ?? '';
    expect(await run('close', id)).toEqual(['closed']);
    await expect(run('close', id)).rejects.toMatchObject({ code: 'incident_unknown' });
    expect(await purgeIncidents(opened.db, at + 729 * 86_400_000, 10)).toBe(0);
    expect(await run('incidents')).toEqual(['no incidents']);
    expect((await run('incidents', '--all')).join()).toContain('closed');
    await incidents.open({ mode: 'test', kind: 'link_reported', accountId: undefined, deviceId: undefined, journeyId: undefined, details: {}, at });
    // Closed long ago it goes; open it stays, however old.
    expect(await purgeIncidents(opened.db, at + 731 * 86_400_000, 10)).toBe(1);
    expect((await run('incidents')).join()).toContain('link_reported');
  });

  test('applications go by the names of their living keys of this mode, or by the workflow', async () => {
    const key = (clientId: string, name: string, mode: 'test' | 'live', revokedAt: number | null) => ({
      client_id: clientId, workflow_id: 'named', mode, secret_hash: 'x', metadata: JSON.stringify({ client_name: name }), created_at: NOW, revoked_at: revokedAt,
    });
    await opened.db.insertInto('workflow').values({ id: 'named', deployed_version: null, created_at: NOW }).onConflict((conflict) => conflict.doNothing()).execute();
    await opened.db.insertInto('workflow_key').values([key('a', 'Harbour', 'test', null), key('b', 'Old', 'test', NOW), key('c', 'Real', 'live', null), key('d', 'Harbour', 'test', null)]).execute();
    expect(await myAccounts(opened.db).applications(['named', 'w'], 'test')).toEqual(new Map([['named', ['Harbour']], ['w', ['w']]]));
    expect(await myAccounts(opened.db).applications([], 'test')).toEqual(new Map());
  });

  test.each([[[]], [['list']], [['link']], [['list', 'a', 'b']], [['incidents', 'a']], [['link', 'a', '--all']], [['forget', 'a']]])('is told how it is used: %j', async (args) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 'usage' });
  });

  test('says that nobody is known by an id', async () => {
    await expect(run('list', SECRET)).rejects.toMatchObject({ code: 'account_unknown' });
  });
});
