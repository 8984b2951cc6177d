import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LONGEST_GRANT, type NewOutcome, type RecordStore } from '../../src/oidc/records.ts';
import { Personal } from '../../src/personal.ts';
import type { Db, OpenedDatabase } from '../../src/store/database.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { recordStore } from '../../src/store/records.ts';
import { openVault } from '../../src/vault/vault.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';

describeDatabases('records', (database) => {
  let fresh: FreshDatabase;
  let opened: OpenedDatabase;
  let db: Db;
  let store: RecordStore;
  let now = 1_000_000_000_000;
  let statements = 0;

  beforeAll(async () => {
    fresh = await database.fresh();
    opened = await fresh.open({ onQuery: () => { statements += 1; } });
    ({ db } = opened);
    const vault = await openVault({ masterKeys: [{ id: 'm', key: randomBytes(32) }], store: dataKeyStore(db) });
    store = recordStore(db, vault, () => now);
  });
  afterAll(async () => {
    await opened.close();
    await fresh.drop();
  });
  beforeEach(async () => {
    await db.deleteFrom('oidc_record').execute();
  });

  const outcome = (grantId: string): NewOutcome => ({
    grantId, journeyId: 'j', accountId: 'a', clientId: 'c', verdict: 'approve', policy: 'p@1', reuseUntil: now + 1000, decidedAt: now,
    credentialHash: undefined, summary: { simulated: false, steps: [] }, deviceId: undefined, profile: Personal.of({ name: `planted ${grantId}` }),
  });

  it('are consumed once of ten parallel times, and stay consumed when saved again', async () => {
    await store.upsert('RefreshToken', 'r', { jti: 'r', grantId: 'g' }, 60);
    const won = await Promise.all(Array.from({ length: 10 }, () => store.consume('RefreshToken', 'r')));
    expect(won.filter(Boolean)).toHaveLength(1);
    await store.upsert('RefreshToken', 'r', { jti: 'r', grantId: 'g', more: 1 }, 60);
    expect(await store.find('RefreshToken', 'r')).toMatchObject({ more: 1, consumed: now / 1000 });
    expect(await store.consume('RefreshToken', 'r')).toBe(false);
    expect(await store.consume('RefreshToken', 'unknown')).toBe(false);
  });

  it('are inserted once where replays matter, and again when the first has expired', async () => {
    const won = await Promise.all(Array.from({ length: 5 }, () => store.insertOnce('ReplayDetection', 'x', { jti: 'x' }, 60)));
    expect(won.filter(Boolean)).toHaveLength(1);
    now += 120_000;
    expect(await store.insertOnce('ReplayDetection', 'x', { jti: 'x' }, 60)).toBe(true);
  });

  it('are found until they expire, with a tolerance, and only under their own model', async () => {
    await store.upsert('AccessToken', 't', { jti: 't' }, 60);
    expect(await store.find('RefreshToken', 't')).toBeUndefined();
    now += 70_000;
    expect(await store.find('AccessToken', 't')).toMatchObject({ jti: 't' });
    now += 10_000;
    expect(await store.find('AccessToken', 't')).toBeUndefined();
  });

  it('do not open when moved to another row', async () => {
    await store.upsert('AccessToken', 'one', { jti: 'one' }, 60);
    await store.upsert('AccessToken', 'two', { jti: 'two' }, 60);
    const [a, b] = await db.selectFrom('oidc_record').selectAll().execute();
    await db.updateTable('oidc_record').set({ sealed: a?.sealed ?? Buffer.alloc(0) }).where('id_hash', '=', b?.id_hash ?? '').execute();
    const reads = await Promise.allSettled([store.find('AccessToken', 'one'), store.find('AccessToken', 'two')]);
    expect(reads.map((read) => read.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('find a session by a uid that two of them have', async () => {
    await store.upsert('Session', 's1', { jti: 's1', uid: 'u' }, 60);
    await store.upsert('Session', 's2', { jti: 's2', uid: 'u' }, 90);
    await store.upsert('AuthorizationCode', 'c', { jti: 'c', sessionUid: 'u', grantId: 'g' }, 60);
    expect(await store.findSessionByUid('u')).toMatchObject({ jti: 's2' });
    expect(await store.findGranted('AuthorizationCode', 'c')).toMatchObject({ token: { jti: 'c' }, session: { jti: 's2' }, grant: undefined });
  });

  it('say how the device behind a decision stands now', async () => {
    await db.insertInto('account').values([{ id: 'a', identity_hash: 'a', sealed: null, created_at: 0, erased_at: null }, { id: 'b', identity_hash: 'b', sealed: null, created_at: 0, erased_at: null }]).execute();
    await db.insertInto('device').values({ id: 'd', mode: 'test', kind: 'desktop', thumbprint: 't', jwk: '{}', token_hash: 'now', previous_hash: 'before', previous_until: 7, created_at: 0, last_seen_at: 0 }).execute();
    const trust = (id: string, account: string, workflow: string, until: number) => ({
      id, device_id: 'd', account_id: account, workflow_id: workflow, journey_id: 'j', acr: 'x', reason: 'r', granted_at: 0, expires_at: until, last_used_at: 0,
    });
    await db.insertInto('device_trust').values([trust('1', 'a', 'w', 100), trust('2', 'a', 'v', 300), trust('3', 'b', 'w', 900)]).execute();
    await store.upsert('Grant', 'gd', { jti: 'gd', clientId: 'c', accountId: 'a' }, 60);
    await store.saveOutcome({ ...outcome('gd'), deviceId: 'd' });
    await store.upsert('Session', 'sd', { jti: 'sd', uid: 'u', accountId: 'a', authorizations: { c: { grantId: 'gd' } } }, 60);
    const device = async () => (await store.findSession('sd', 'c')).outcome?.device;
    expect((await store.findSession('sd', 'c')).outcome?.deviceId).toBe('d');
    expect(await device()).toEqual({ tokenHash: 'now', previousHash: 'before', previousUntil: 7, trustedUntil: 300 });
    expect((await store.outcome('gd'))?.device).toEqual(await device());
    await db.updateTable('device_trust').set({ revoked_at: 1 }).where('id', '=', '2').execute();
    expect((await device())?.trustedUntil).toBe(100);
    await db.updateTable('device_trust').set({ revoked_at: 1 }).where('id', '=', '1').execute();
    expect((await device())?.trustedUntil).toBeUndefined();
    await db.deleteFrom('device').execute();
    expect(await device()).toBeUndefined();
    expect((await store.findSession('sd', 'c')).outcome?.deviceId).toBe('d');
  });

  it('come joined in one statement', async () => {
    await store.upsert('Grant', 'g', { jti: 'g', clientId: 'c', accountId: 'a' }, 60);
    await store.saveOutcome(outcome('g'));
    await store.upsert('Session', 's', { jti: 's', uid: 'u', accountId: 'a', authorizations: { c: { grantId: 'g' }, d: {} } }, 60);
    await store.upsert('AccessToken', 't', { jti: 't', grantId: 'g', sessionUid: 'u', accountId: 'a', clientId: 'c' }, 60);
    statements = 0;
    expect(await store.findSession('s', 'c')).toMatchObject({ session: { jti: 's' }, grant: { jti: 'g' }, outcome: { grantId: 'g', policy: 'p@1' } });
    expect(await store.findGranted('AccessToken', 't')).toMatchObject({ token: { jti: 't' }, grant: { jti: 'g' }, session: { jti: 's' }, outcome: { journeyId: 'j' } });
    expect(statements).toBe(2);
    expect(await store.findSession('s', 'd')).toMatchObject({ session: { jti: 's' }, grant: undefined, outcome: undefined });
    expect(await store.findSession('unknown', 'c')).toMatchObject({ session: undefined, grant: undefined });
    await store.destroy('Grant', 'g');
    expect(await store.outcome('g')).toBeUndefined();
  });

  it('seal the profile of a decision to its own row, and open it only when asked', async () => {
    await store.saveOutcome(outcome('p1'));
    await store.saveOutcome({ ...outcome('p2'), profile: undefined });
    expect((await (await store.outcome('p1'))?.profile())?.open()).toEqual({ name: 'planted p1' });
    const unnamed = await store.outcome('p2');
    expect([unnamed?.journeyId, await unnamed?.profile()]).toEqual(['j', undefined]);
    const rows = await db.selectFrom('grant_outcome').selectAll().execute();
    const box = rows.find((row) => row.sealed !== null)?.sealed ?? Buffer.alloc(0);
    expect(Buffer.from(box).toString('latin1')).not.toContain('planted');
    await db.updateTable('grant_outcome').set({ sealed: box }).execute();
    await expect((await store.outcome('p2'))?.profile()).rejects.toMatchObject({ code: 'sealed_box_invalid' });
  });

  it('go when their Grant was never saved and could not live any more', async () => {
    await store.saveOutcome(outcome('orphan'));
    now += LONGEST_GRANT * 1000 - 60_000;
    await store.saveOutcome(outcome('young'));
    await store.sweep();
    expect(await store.outcome('orphan')).toBeDefined();
    now += 120_000;
    await store.sweep();
    expect([await store.outcome('orphan'), (await store.outcome('young'))?.journeyId]).toEqual([undefined, 'j']);
  });

  it('are replaced only where they still are', async () => {
    await store.upsert('Interaction', 'i', { jti: 'i' }, 60);
    expect(await store.update('Interaction', 'i', { jti: 'i', result: { journeyId: 'j' } }, 60)).toBe(true);
    expect(await store.find('Interaction', 'i')).toMatchObject({ result: { journeyId: 'j' } });
    await store.destroy('Interaction', 'i');
    expect(await store.update('Interaction', 'i', { jti: 'i' }, 60)).toBe(false);
    expect(await store.find('Interaction', 'i')).toBeUndefined();
  });

  it('end an interaction and insert what it led to together, for one of ten parallel callers', async () => {
    await store.upsert('Interaction', 'i', { jti: 'i' }, 60);
    const won = await Promise.all(Array.from({ length: 10 }, (_, index) => store.conclude('i', 'AuthorizationCode', `code${index}`, { jti: `code${index}`, grantId: 'g' }, 60)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const codes = await Promise.all(won.map((_, index) => store.find('AuthorizationCode', `code${index}`)));
    expect(codes.map((code) => code !== undefined)).toEqual(won);
    expect(await store.find('Interaction', 'i')).toBeUndefined();
  });

  it('are revoked by grant and swept when expired, in bounded statements', async () => {
    const save = (count: number, prefix: string, grantId: string, ttl: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => store.upsert('AccessToken', `${prefix}${index}`, { jti: `${prefix}${index}`, grantId }, ttl)));
    await save(510, 'a', 'many', 60);
    await save(3, 'b', 'few', 6000);
    statements = 0;
    await store.revokeByGrantId('AccessToken', 'many');
    expect(statements).toBe(2);
    expect(await store.find('AccessToken', 'b0')).toMatchObject({ jti: 'b0' });
    await save(505, 'c', 'many', 60);
    await store.upsert('Grant', 'old', { jti: 'old' }, 60);
    await store.saveOutcome(outcome('old'));
    now += 600_000;
    expect(await store.sweep()).toBe(506);
    expect(await store.outcome('old')).toBeUndefined();
    expect(await store.find('AccessToken', 'b1')).toMatchObject({ jti: 'b1' });
  });
});
