/** Which applications are told of an end: by which grants, under which names, and written with the end itself or not at all. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { commandActor } from '../../src/admin/actor.ts';
import type { EntryTerms } from '../../src/admin/lists/store.ts';
import { Personal } from '../../src/personal.ts';
import { accountDesk } from '../../src/store/console/accounts.ts';
import { listDesk } from '../../src/store/console/lists.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { startJobs, type Jobs } from '../../src/store/jobs.ts';
import { logoutJobs, type LogoutJobs } from '../../src/store/logouts.ts';
import { recordStore } from '../../src/store/records.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { accountsWorld, PERSON, REASON, STAFF, type AccountsWorld } from './console/accounts_world.ts';
import { NOW } from './support.ts';

const ADA = commandActor('test');
const TERMS: EntryTerms = { effect: 'block', kind: 'phone', mode: 'both', workflowId: undefined, reason: 'a good reason', expiresAt: undefined };
const silent = { warn: () => undefined };

describeDatabases('applications to be told', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  let queue: Jobs;
  let logouts: LogoutJobs;
  let records: ReturnType<typeof recordStore>;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
    records = recordStore(own.db, world.vault, () => world.clock.now);
    queue = await startJobs(own.db, silent);
    logouts = await logoutJobs(queue, { db: own.db, vault: world.vault, now: () => world.clock.now, logger: silent });
    for (const id of ['w', 'v']) await own.db.insertInto('workflow').values({ id, deployed_version: null, created_at: 0 }).onConflict((conflict) => conflict.doNothing()).execute();
    const key = (id: string, metadata: object, of: { readonly workflow?: string; readonly mode?: 'test' | 'live'; readonly revoked?: boolean } = {}) => own.db.insertInto('workflow_key').values({
      client_id: id, workflow_id: of.workflow ?? 'w', mode: of.mode ?? 'test', secret_hash: 'x', metadata: JSON.stringify(metadata), created_at: 0, revoked_at: of.revoked === true ? 1 : null,
    }).onConflict((conflict) => conflict.doNothing()).execute();
    const uri = { backchannel_logout_uri: 'https://app.example/out' };
    await key('plain', uri);
    await key('named', { ...uri, backchannel_logout_session_required: true });
    await key('elsewhere', uri, { workflow: 'v' });
    await key('revoked', uri, { revoked: true });
    await key('deaf', {});
  });
  afterAll(() => queue?.stop({ graceful: false }));
  beforeEach(() => sql`DELETE FROM pgboss.job WHERE name = 'backchannel_logout'`.execute(opened.db));

  const desk = () => accountDesk({ ...world.deps, logouts });
  const lists = () => listDesk({ db: opened.db, vault: world.vault, now: () => world.clock.now, changed: async () => undefined, logouts });
  /** A grant of an account, with a session that holds it and, if asked, only a refresh token that outlived its session. */
  const granted = async (accountId: string, clientId: string, of: { readonly deviceId?: string; readonly phone?: string; readonly email?: string; readonly sid?: string; readonly offline?: boolean; readonly verdict?: 'approve' | 'deny' } = {}): Promise<string> => {
    const grantId = randomUUID();
    await records.saveOutcome({
      grantId, journeyId: randomUUID(), accountId, clientId, verdict: of.verdict ?? 'approve', policy: 'w@1', reuseUntil: NOW, decidedAt: NOW, credentialHash: undefined,
      summary: {} as never, deviceId: of.deviceId, profile: Personal.of({ phone: of.phone ?? PERSON.phone, email: of.email ?? PERSON.email }),
    });
    await records.upsert('Grant', grantId, { accountId, clientId, jti: grantId }, 3600);
    const sid = of.sid ?? randomUUID();
    if (of.offline === true) await records.upsert('RefreshToken', randomUUID(), { accountId, clientId, grantId, sid }, 3600);
    else await records.upsert('Session', randomUUID(), { accountId, uid: randomUUID(), authorizations: { [clientId]: { grantId, sid } } }, 3600);
    return sid;
  };
  const due = async () => {
    const taken = await logouts.take(50);
    // What an entry became is there at the next look.
    const all = [...taken, ...(await logouts.take(50))];
    return all.map(({ clientId, accountId, sid }) => ({ clientId, accountId, sid })).toSorted((a, b) => (`${a.clientId}${a.sid}` < `${b.clientId}${b.sid}` ? -1 : 1));
  };
  const somebody = async () => (await world.plant({ identity: randomUUID(), credential: randomUUID() })).accountId;

  it('are those with an address and a living key: of a session by its name, of a person once', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const first = await granted(one, 'named');
    const second = await granted(one, 'named', { offline: true });
    for (const client of ['plain', 'plain', 'revoked', 'deaf']) await granted(one, client);
    await granted(one, 'elsewhere', { verdict: 'deny' });
    await granted(other, 'plain');
    await desk().endSessions(STAFF, { accountId: one, reason: REASON });
    expect(await due()).toEqual([
      ...[first, second].toSorted().map((sid) => ({ clientId: 'named', accountId: one, sid })),
      { clientId: 'plain', accountId: one, sid: undefined },
    ]);
    await desk().endSessions(STAFF, { accountId: one, reason: REASON });
    expect(await due()).toEqual([]);
  });

  it('hear of one device what it was granted, and that session alone ends', async () => {
    const one = await somebody();
    const { device_id: deviceId } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', one).executeTakeFirstOrThrow();
    const here = await granted(one, 'named', { deviceId });
    const there = await granted(one, 'named', { deviceId: 'another' });
    await granted(one, 'plain', { deviceId: 'another' });
    const sessions = () => opened.db.selectFrom('oidc_record').select('links').where('account_id', '=', one).where('model', '=', 'Session').execute();
    const before = (await sessions()).length;
    await desk().revokeDevices(STAFF, { accountId: one, deviceId, endGrants: false, reason: REASON });
    expect(await due()).toEqual([]);
    await desk().revokeDevices(STAFF, { accountId: one, deviceId, endGrants: true, reason: REASON });
    expect(await due()).toEqual([{ clientId: 'named', accountId: one, sid: here }]);
    expect((await sessions()).length).toBe(before - 1);
    await desk().revokeDevices(STAFF, { accountId: one, deviceId: undefined, endGrants: true, reason: REASON });
    expect(await due()).toEqual([{ clientId: 'named', accountId: one, sid: there }, { clientId: 'plain', accountId: one, sid: undefined }]);
    expect(await sessions()).toEqual([]);
  });

  it('are written with the end or not at all, and an erasure tells once', async () => {
    const one = await somebody();
    await granted(one, 'plain');
    const failing = accountDesk({ ...world.deps, logouts: { send: async (tx, list) => { await logouts.send(tx, list); throw new Error('killed'); } } });
    await expect(failing.endSessions(STAFF, { accountId: one, reason: REASON })).rejects.toThrow('killed');
    expect(await due()).toEqual([]);
    expect(await opened.db.selectFrom('grant_outcome').select('client_id').where('account_id', '=', one).where('client_id', '=', 'plain').execute()).toHaveLength(1);
    await desk().erase(STAFF, { accountId: one, reason: REASON });
    await desk().erase(STAFF, { accountId: one, reason: REASON });
    expect(await due()).toEqual([{ clientId: 'plain', accountId: one, sid: undefined }]);
  });

  it('come again where they were not told, to one process at a time, and are gone once they were', async () => {
    const one = await somebody();
    await granted(one, 'plain');
    await desk().endSessions(STAFF, { accountId: one, reason: REASON });
    const [taken, none] = [await logouts.take(5), await logouts.take(5)];
    expect([taken.length, none.length]).toEqual([1, 0]);
    await logouts.settle(taken[0] as (typeof taken)[0], false);
    expect(await logouts.take(5)).toEqual([]);
    const hurry = () => sql`UPDATE pgboss.job SET start_after = now() WHERE name = 'backchannel_logout'`.execute(opened.db);
    await hurry();
    const again = await logouts.take(5);
    expect(again).toMatchObject([{ clientId: 'plain', accountId: one }]);
    // The claim before is not the one that counts any more.
    await logouts.settle(taken[0] as (typeof taken)[0], true);
    await logouts.settle(again[0] as (typeof again)[0], false);
    await hurry();
    const last = await logouts.take(5);
    expect(last).toHaveLength(1);
    await logouts.settle(last[0] as (typeof last)[0], true);
    await hurry();
    expect(await logouts.take(5)).toEqual([]);
    const { rows } = await sql<{ text: string }>`SELECT coalesce(json_agg(data)::text, '') AS text FROM pgboss.job WHERE name = 'backchannel_logout'`.execute(opened.db);
    expect(rows[0]?.text).toBe('');
  });

  it('hear of a block of what a decision of theirs tells: of its mode and workflow, while it is in force', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const { device_id: deviceId } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', one).executeTakeFirstOrThrow();
    for (const client of ['plain', 'elsewhere']) await granted(one, client, { deviceId });
    // Both were found by this phone; of the other no decision tells it.
    await granted(other, 'plain', { phone: '', email: '' });
    // Of grants of other tests everybody is told as well, who share the phone: only these two are looked at.
    const add = async (terms: Partial<EntryTerms>, value: string): Promise<string> => {
      const done = await lists().add(ADA, { ...TERMS, ...terms }, [Personal.of(value)]);
      if (done.kind !== 'added') throw new Error(JSON.stringify(done));
      return done.ids[0] ?? '';
    };
    const block = async (terms: Partial<EntryTerms>, value: string) => {
      const id = await add(terms, value);
      const heard = (await due()).filter(({ accountId }) => accountId === one || accountId === other).map(({ clientId, accountId }) => [clientId, accountId]);
      await lists().remove(ADA, id);
      return heard;
    };
    const both = [['elsewhere', one], ['plain', one]];
    expect(await block({}, PERSON.phone)).toEqual(both);
    expect(await block({ kind: 'email' }, PERSON.email.toUpperCase())).toEqual(both);
    expect(await block({ kind: 'identity' }, one)).toEqual(both);
    expect(await block({ kind: 'device' }, deviceId)).toEqual(both);
    expect(await block({ workflowId: 'v' }, PERSON.phone)).toEqual([['elsewhere', one]]);
    expect(await block({ mode: 'live' }, PERSON.phone)).toEqual([]);
    expect(await block({}, '+14075550100')).toEqual([]);
    expect(await block({ kind: 'email' }, '@planted-mail.example')).toEqual([]);
    expect(await block({ effect: 'allow' }, PERSON.phone)).toEqual([]);
    // Taken off before anybody was told.
    const id = await add({}, PERSON.phone);
    await lists().remove(ADA, id);
    expect(await due()).toEqual([]);
    expect(await opened.db.selectFrom('grant_outcome').select('client_id').where('account_id', '=', one).where('client_id', 'in', ['plain', 'elsewhere']).execute()).toHaveLength(2);
  });
});
