import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { accountDesk } from '../../../src/store/console/accounts.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { Planted } from '../../support/planted.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW } from '../support.ts';
import { accountsWorld, PERSON, REASON, STAFF, type AccountsWorld } from './accounts_world.ts';

describeDatabases('accounts, read and revoked', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
  });
  const found = async (kind: Parameters<AccountsWorld['desk']['search']>[1], value: string) => (await world.desk.search(STAFF, kind, Personal.of(value))).map(({ id }) => id);
  const actionsOn = async (id: string) => (await auditLog(world.deps).page({ targetId: id }, undefined, 20)).map(({ action }) => action).toReversed();

  test('is found by id, transaction, credential, phone and email, and by nothing else', async () => {
    const credential = randomUUID();
    const { accountId, journeyId } = await world.plant({ credential });
    const other = await world.plant({ identity: randomUUID(), credential: randomUUID(), mode: 'live' });
    expect(await found('id', ` ${accountId} `)).toEqual([accountId]);
    expect(await found('transaction', journeyId)).toEqual([accountId]);
    expect(await found('credential', credential)).toEqual([accountId]);
    expect((await found('phone', '+1 (407) 555-0188')).toSorted()).toEqual([accountId, other.accountId].toSorted());
    expect((await found('email', PERSON.email.toUpperCase())).toSorted()).toEqual([accountId, other.accountId].toSorted());
    for (const [kind, value] of [['id', journeyId], ['transaction', accountId], ['credential', PERSON.phone], ['phone', '+14075550189'], ['phone', 'abc'], ['email', 'nobody@x.example'], ['id', "' OR 1=1 --"]] as const) {
      expect([kind, value, await found(kind, value)]).toEqual([kind, value, []]);
    }
  });

  test('every search is on record: by what and how many, never whom', async () => {
    const credential = `${PERSON.credential}-searched`;
    const { accountId, journeyId } = await world.plant({ identity: randomUUID(), credential });
    for (const [kind, value] of [['credential', credential], ['phone', '+14075559876'], ['transaction', journeyId], ['id', accountId], ['phone', 'no phone']] as const) await found(kind, value);
    const entries = await auditLog(world.deps).page({ action: 'account.searched' }, undefined, 5);
    expect(entries.map(({ actor, target, details }) => [actor.id, target, details])).toEqual([
      ['phone', 0], ['id', 1], ['transaction', 1], ['phone', 0], ['credential', 1],
    ].map(([kind, count]) => ['staff-1', { kind: 'person', id: kind }, { by: kind, found: count }]));
    expect(new Planted({ credential, accountId, journeyId, phone: '14075559876' }).leaksIn(JSON.stringify(entries))).toEqual([]);
  });

  test('pages are walked newest first, neither skipping nor repeating while others arrive', async () => {
    for (let count = 0; count < 5; count += 1) await world.approve();
    const all = await opened.db.selectFrom('account').select('id').execute();
    const seen: string[] = [];
    let before: string | undefined;
    for (;;) {
      const page = await world.desk.page(before, 2);
      seen.push(...page.rows.map(({ id }) => id));
      await opened.db.insertInto('account').values({ id: randomUUID(), identity_hash: null, sealed: null, created_at: NOW + 1_000_000 + seen.length, erased_at: null }).execute();
      if (page.next === undefined) break;
      before = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    expect((await world.desk.page('not a cursor', 2)).rows).toHaveLength(2);
    expect((await world.desk.page(Buffer.from('["x",1]').toString('base64url'), 2)).rows).toHaveLength(2);
  });

  test('lists and searches are answered from indexes', async () => {
    await opened.db.transaction().execute(async (tx) => {
      await sql`SET LOCAL enable_seqscan = off`.execute(tx);
      const plan = async (query: ReturnType<typeof sql>) => (await sql<Record<string, string>>`EXPLAIN ${query}`.execute(tx)).rows.map((row) => Object.values(row)[0]).join('\n');
      const plans = [
        await plan(sql`SELECT id FROM account WHERE (created_at, id) < (5, 'x') ORDER BY created_at DESC, id DESC LIMIT 51`),
        await plan(sql`SELECT id FROM journey WHERE account_id = 'x' AND (created_at, id) < (5, 'x') ORDER BY created_at DESC, id DESC LIMIT 26`),
        await plan(sql`SELECT account_id FROM credential WHERE credential_hash IN ('x', 'y')`),
        await plan(sql`SELECT journey_id FROM journey_person WHERE kind = 'phone' AND hash = 'x' ORDER BY created_at DESC LIMIT 1000`),
      ];
      for (const text of plans) {
        expect(text).toMatch(/Index/);
        expect(text).not.toMatch(/Seq Scan|Sort/);
      }
    });
  });

  test('what is shown without a reveal holds nothing personal; a reveal is on record first, and then shows it', async () => {
    const credential = `${PERSON.credential}-revealed`;
    const { accountId } = await world.plant({ credential });
    const view = await world.desk.find(accountId);
    expect(view?.credentials).toHaveLength(1);
    expect(new Planted({ ...PERSON, credential }).leaksIn(JSON.stringify(view))).toEqual([]);
    const revealed = await world.desk.reveal(STAFF, accountId, REASON);
    expect(revealed?.credentials.map(({ name }) => name?.open())).toEqual([credential]);
    expect(revealed?.profile.open()).toEqual(expect.arrayContaining([['familyName', PERSON.family], ['phone', PERSON.phone]]));
    expect(JSON.stringify(revealed)).not.toContain(PERSON.family);
    expect(await actionsOn(accountId)).toEqual(['account.revealed']);
    expect(await world.desk.reveal(STAFF, 'nobody', REASON)).toBeUndefined();
  });

  test('a reveal that does not open is on record all the same', async () => {
    const { accountId } = await world.plant({ credential: randomUUID() });
    const failing = accountDesk({ ...world.deps, vault: { ...world.vault, open: async () => { throw new Error('cannot open'); } } });
    await expect(failing.reveal(STAFF, accountId, REASON)).rejects.toThrow('cannot open');
    expect(await actionsOn(accountId)).toEqual(['account.revealed']);
  });

  test('revoking one device, then all: trust ends, is told and on record; grants end where asked', async () => {
    const { accountId, journeyId } = await world.plant({ credential: randomUUID() });
    const { device_id: deviceId } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', accountId).executeTakeFirstOrThrow();
    const stranger = await world.plant({ identity: randomUUID(), credential: randomUUID() });
    const { device_id: strangers } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', stranger.accountId).executeTakeFirstOrThrow();
    const revoke = (device: string | undefined, endGrants: boolean) => world.desk.revokeDevices(STAFF, { accountId, deviceId: device, endGrants, reason: REASON });
    expect(await revoke(strangers, true)).toBeUndefined();
    expect(await world.desk.revokeDevices(STAFF, { accountId: 'nobody', deviceId: undefined, endGrants: true, reason: REASON })).toBeUndefined();
    expect(await revoke(deviceId, false)).toBe(1);
    expect(await revoke(deviceId, false)).toBe(0);
    const grants = () => opened.db.selectFrom('grant_outcome').select('journey_id').where('account_id', 'in', [accountId, stranger.accountId]).execute();
    expect(await grants()).toHaveLength(2);
    expect(await revoke(deviceId, true)).toBe(0);
    expect((await grants()).map((row) => row.journey_id)).toEqual([stranger.journeyId]);
    const models = await opened.db.selectFrom('oidc_record').select('model').where('account_id', '=', accountId).execute();
    expect(models.map((row) => row.model)).toEqual(['Session']);
    const { revoked_reason: why } = await opened.db.selectFrom('device_trust').select('revoked_reason').where('device_id', '=', deviceId).executeTakeFirstOrThrow();
    expect([why, (await opened.db.selectFrom('device_trust').select('revoked_at').where('device_id', '=', strangers).executeTakeFirstOrThrow()).revoked_at]).toEqual(['by_operator', null]);
    expect(await actionsOn(accountId)).toEqual(['device.revoked', 'device.revoked']);
    const events = (await opened.db.selectFrom('webhook_event').selectAll().where('type', '=', 'device.revoked').execute()).filter((event) => JSON.stringify(event.data).includes(accountId));
    expect(events).toMatchObject([{ mode: 'test', workflow_id: 'w', data: { device_id: deviceId, account_id: accountId, reason: 'by_operator' } }]);
    expect(journeyId).not.toBe(stranger.journeyId);
  });

  test("a passkey is revoked by its owner's account alone; signing out ends every record", async () => {
    const [one, two] = [await world.plant({ identity: randomUUID(), credential: randomUUID() }), await world.plant({ identity: randomUUID(), credential: randomUUID() })];
    const passkey = (await world.desk.find(one.accountId))?.passkeys[0]?.id ?? '';
    expect(await world.desk.revokePasskey(STAFF, { accountId: two.accountId, passkeyId: passkey, reason: REASON })).toBe(false);
    expect(await world.desk.revokePasskey(STAFF, { accountId: one.accountId, passkeyId: passkey, reason: REASON })).toBe(true);
    expect(await world.desk.revokePasskey(STAFF, { accountId: one.accountId, passkeyId: passkey, reason: REASON })).toBe(false);
    expect(await world.desk.endSessions(STAFF, { accountId: one.accountId, reason: REASON })).toBe(4);
    expect(await world.desk.endSessions(STAFF, { accountId: one.accountId, reason: REASON })).toBe(0);
    expect(await world.desk.endSessions(STAFF, { accountId: 'nobody', reason: REASON })).toBeUndefined();
    expect((await world.desk.find(two.accountId))?.records).toEqual({ AccessToken: 1, Grant: 1, Session: 1 });
    expect(await actionsOn(one.accountId)).toEqual(['passkey.revoked', 'account.signed_out']);
    expect(await actionsOn(two.accountId)).toEqual([]);
  });

  test('an export holds everything of the person and nothing of anybody else; what does not open is named', async () => {
    const [mine, theirs] = [`mine-${randomUUID()}`, `theirs-${randomUUID()}`];
    const identity = randomUUID();
    const one = await world.plant({ identity, credential: mine });
    await world.plant({ identity, credential: mine });
    const other = await world.plant({ identity: randomUUID(), credential: theirs });
    const text = async (pictures: boolean, desk = world.desk): Promise<string> => {
      let all = '';
      for await (const piece of (await desk.exportPerson(STAFF, { accountId: one.accountId, reason: REASON, pictures })) ?? []) all += piece;
      return all;
    };
    const plain = await text(false);
    const json = JSON.parse(plain) as { account: { id: string }; profile: { phone: string }; credentials: readonly object[]; devices: readonly object[]; passkeys: readonly object[]; journeys: readonly { transaction_id: string; evidence: readonly { kind: string; data: Record<string, unknown> }[]; consents: readonly { text: string }[]; pictures: readonly Record<string, unknown>[] }[] };
    expect([json.account.id, json.profile.phone, json.credentials.length, json.devices.length, json.passkeys.length, json.journeys.length]).toEqual([one.accountId, PERSON.phone, 1, 2, 2, 2]);
    expect(json.journeys.flatMap(({ evidence }) => evidence.map(({ kind }) => kind)).toSorted()).toEqual(['claimed_identity', 'claimed_identity', 'document', 'document', 'session', 'session']);
    expect(json.journeys[0]?.consents[0]?.text).toBe('You agree.');
    for (const value of Object.values({ ...PERSON, credential: mine })) expect(plain).toContain(value);
    expect(plain).not.toContain(theirs);
    expect(plain).not.toContain(other.journeyId);
    expect(plain).not.toContain('jpeg_base64');
    const withPictures = JSON.parse(await text(true)) as typeof json;
    expect(withPictures.journeys[0]?.pictures[0]?.['jpeg_base64']).toBe(Buffer.from(`jpeg of ${PERSON.family}`).toString('base64'));
    expect(await opened.db.selectFrom('image_reveal').select('id').where('image_id', '=', one.imageId).where('actor', '=', 'staff:staff-1').execute()).toHaveLength(1);
    expect(await actionsOn(one.accountId)).toEqual(['account.exported', 'account.exported']);
    expect(await world.desk.exportPerson(STAFF, { accountId: 'nobody', reason: REASON, pictures: true })).toBeUndefined();

    await opened.db.updateTable('evidence').set({ sealed: Buffer.from('damaged') }).where('journey_id', '=', one.journeyId).where('kind', '=', 'document').execute();
    const damaged = JSON.parse(await text(false)) as typeof json;
    expect(damaged.journeys.flatMap(({ evidence }) => evidence.filter(({ kind }) => kind === 'document').map(({ data }) => data)))
      .toEqual(expect.arrayContaining([{ unreadable: true }, { number: PERSON.document }]));
  });
});
