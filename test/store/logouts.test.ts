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
import { myAccounts } from '../../src/store/my_accounts.ts';
import { recordStore } from '../../src/store/records.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { accountsWorld, PERSON, REASON, STAFF, type AccountsWorld } from './console/accounts_world.ts';
import { NOW } from './support.ts';

const ADA = commandActor('test');
const TERMS: EntryTerms = { effect: 'block', kind: 'phone', mode: 'both', workflowId: undefined, reason: 'a good reason', expiresAt: undefined };

describeDatabases('applications to be told', ({ fresh }) => {
  const warned: object[] = [];
  const logger = { warn: (fields: object) => void warned.push(fields) };
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  let queue: Jobs;
  let logouts: LogoutJobs;
  let records: ReturnType<typeof recordStore>;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
    records = recordStore(own.db, world.vault, () => world.clock.now);
    queue = await startJobs(own.db, logger);
    logouts = await logoutJobs(queue, { db: own.db, vault: world.vault, now: () => world.clock.now, logger });
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
  beforeEach(() => sql`DELETE FROM pgboss.job WHERE name LIKE 'backchannel_logout%'`.execute(opened.db));

  const desk = () => accountDesk({ ...world.deps, logouts });
  const lists = () => listDesk({ db: opened.db, vault: world.vault, now: () => world.clock.now, changed: async () => undefined, logouts });
  /** A grant of an account, with a session that holds it and, if asked, only a refresh token that outlived its session. */
  const granted = async (accountId: string, clientId: string, of: { readonly deviceId?: string; readonly journeyId?: string; readonly phone?: string; readonly email?: string; readonly sid?: string; readonly offline?: boolean; readonly verdict?: 'approve' | 'deny' } = {}): Promise<string> => {
    const grantId = randomUUID();
    await records.saveOutcome({
      grantId, journeyId: of.journeyId ?? randomUUID(), accountId, clientId, verdict: of.verdict ?? 'approve', policy: 'w@1', reuseUntil: NOW, decidedAt: NOW, credentialHash: undefined,
      summary: {} as never, deviceId: of.deviceId, profile: Personal.of({ phone: of.phone ?? PERSON.phone, email: of.email ?? PERSON.email }),
    });
    await records.upsert('Grant', grantId, { accountId, clientId, jti: grantId }, 3600);
    const sid = of.sid ?? randomUUID();
    if (of.offline === true) await records.upsert('RefreshToken', randomUUID(), { accountId, clientId, grantId, sid }, 3600);
    else await records.upsert('Session', randomUUID(), { accountId, uid: randomUUID(), authorizations: { [clientId]: { grantId, sid } } }, 3600);
    return sid;
  };
  const due = async () => {
    while (await logouts.lookUp());
    return (await logouts.take(50)).map(({ clientId, accountId, sid }) => ({ clientId, accountId, sid })).toSorted((a, b) => (`${a.clientId}${a.sid}` < `${b.clientId}${b.sid}` ? -1 : 1));
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
    const failing = accountDesk({ ...world.deps, logouts: { sendEnd: async (...end) => { await logouts.sendEnd(...end); throw new Error('killed'); } } });
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

  it('hear of a device that somebody reports as another’s, once and with the end itself', async () => {
    const one = await somebody();
    const { device_id: deviceId } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', one).executeTakeFirstOrThrow();
    const sid = await granted(one, 'named', { deviceId });
    await granted(one, 'plain', { deviceId: 'another' });
    const failing = myAccounts(opened.db, { sendEnd: async (...end) => { await logouts.sendEnd(...end); throw new Error('killed'); } });
    await expect(failing.endWaysIn({ accountId: one, deviceId, now: NOW })).rejects.toThrow('killed');
    expect(await due()).toEqual([]);
    await myAccounts(opened.db, logouts).endWaysIn({ accountId: one, deviceId, now: NOW });
    expect(await due()).toEqual([{ clientId: 'named', accountId: one, sid }]);
    await myAccounts(opened.db, logouts).endWaysIn({ accountId: one, deviceId, now: NOW });
    expect(await due()).toEqual([]);
  });

  it('are told of the phone that confirmed a link by what tokens are judged by: what the approval bound, not what was merely seen', async () => {
    const { accountId, journeyId } = await world.plant({ identity: randomUUID(), credential: randomUUID() });
    const { device_id: browser } = await opened.db.selectFrom('journey_device').select('device_id').where('journey_id', '=', journeyId).executeTakeFirstOrThrow();
    const phone = randomUUID();
    await opened.db.insertInto('device').values({ id: phone, mode: 'test', kind: 'phone', thumbprint: phone, jwk: '{}', created_at: 0, last_seen_at: 0 }).execute();
    await opened.db.insertInto('journey_device').values({ journey_id: journeyId, channel: 'phone', device_id: phone, issued_at: null }).execute();
    await granted(accountId, 'plain', { journeyId, deviceId: browser });
    const token = randomUUID();
    const grantId = randomUUID();
    await records.saveOutcome({
      grantId, journeyId, accountId, clientId: 'deaf', verdict: 'approve', policy: 'w@1', reuseUntil: NOW, decidedAt: NOW, credentialHash: undefined, summary: {} as never, deviceId: browser, profile: undefined,
    });
    await records.upsert('Grant', grantId, { accountId, clientId: 'deaf', jti: grantId }, 3600);
    await records.upsert('AccessToken', token, { accountId, clientId: 'deaf', grantId }, 3600);
    await records.upsert('Session', token, { accountId, uid: token, authorizations: { deaf: { grantId, sid: 's' } } }, 3600);
    const judged = async () => [await records.outcome(grantId), (await records.findGranted('AccessToken', token)).outcome, (await records.findSession(token, 'deaf')).outcome].map((outcome) => outcome?.boundDevices);
    const told = async () => {
      const done = await lists().add(ADA, { ...TERMS, kind: 'device' }, [Personal.of(phone)]);
      const heard = await due();
      if (done.kind === 'added') await lists().remove(ADA, done.ids[0] ?? '');
      return heard;
    };
    expect([await judged(), await told()]).toEqual([[[browser], [browser], [browser]], []]);
    await opened.db.insertInto('device_trust').values({ id: randomUUID(), device_id: phone, account_id: accountId, workflow_id: 'w', journey_id: journeyId, acr: 'x', reason: 'r', granted_at: NOW, expires_at: NOW, last_used_at: NOW }).execute();
    expect([await judged(), await told()]).toEqual([Array.from({ length: 3 }, () => [browser, phone]), [{ clientId: 'plain', accountId, sid: undefined }]]);
  });

  it('are told of the person where a session cannot be opened, which keeps nobody from ending it', async () => {
    const one = await somebody();
    const sid = await granted(one, 'named', { offline: true });
    await granted(one, 'named');
    await opened.db.updateTable('oidc_record').set({ sealed: Buffer.from('broken') }).where('account_id', '=', one).where('model', '=', 'Session').execute();
    warned.length = 0;
    await desk().endSessions(STAFF, { accountId: one, reason: REASON });
    expect(await due()).toEqual(expect.arrayContaining([{ clientId: 'named', accountId: one, sid }, { clientId: 'named', accountId: one, sid: undefined }]));
    expect(warned).toContainEqual(expect.objectContaining({ event: 'logout_unreadable', what: 'Session' }));
    expect(await opened.db.selectFrom('oidc_record').select('model').where('account_id', '=', one).execute()).toEqual([]);
    const other = await somebody();
    await granted(other, 'plain', { phone: '' });
    await opened.db.updateTable('grant_outcome').set({ sealed: Buffer.from('broken') }).where('account_id', '=', other).execute();
    const done = await lists().add(ADA, TERMS, [Personal.of(PERSON.phone)]);
    expect((await due()).filter(({ accountId }) => accountId === other)).toEqual([{ clientId: 'plain', accountId: other, sid: undefined }]);
    if (done.kind === 'added') for (const id of done.ids) await lists().remove(ADA, id);
  });

  it('wait behind no block: each of those is looked up by itself, by whoever still has the claim', async () => {
    const [one, other] = [await somebody(), await somebody()];
    for (const person of [one, other]) await granted(person, 'plain');
    const done = await lists().add(ADA, { ...TERMS, kind: 'identity' }, [Personal.of(one), Personal.of(other)]);
    const third = await somebody();
    await granted(third, 'plain');
    await desk().endSessions(STAFF, { accountId: third, reason: REASON });
    expect((await logouts.take(1)).map(({ accountId }) => accountId)).toEqual([third]);
    // Another process took it over between the claim and the look-up.
    const late = new Proxy(queue, {
      get: (of, name) => name !== 'fetch' ? (Reflect.get(of, name) as { bind?: (to: object) => unknown }).bind?.(of) : async (...asked: Parameters<Jobs['fetch']>) => {
        const jobs = await of.fetch(...asked);
        await sql`UPDATE pgboss.job SET retry_count = retry_count + 1 WHERE id IN (${sql.join(jobs.map(({ id }) => sql`${id}::uuid`))})`.execute(opened.db);
        return jobs;
      },
    });
    const slow = await logoutJobs(late, { db: opened.db, vault: world.vault, now: () => world.clock.now, logger });
    expect([await slow.lookUp(), await logouts.take(5)]).toEqual([true, []]);
    expect([await logouts.lookUp(), (await logouts.take(5)).length, await logouts.lookUp()]).toEqual([true, 1, false]);
    await sql`UPDATE pgboss.job SET state = 'retry', start_after = now() WHERE name = 'backchannel_logout_look_up'`.execute(opened.db);
    expect([await logouts.lookUp(), (await logouts.take(5)).length, await logouts.lookUp()]).toEqual([true, 1, false]);
    if (done.kind === 'added') for (const id of done.ids) await lists().remove(ADA, id);
  });
});
