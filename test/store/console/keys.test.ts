import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { DEFAULT_SETTINGS } from '../../../src/admin/keys/settings.ts';
import type { KeyDesk } from '../../../src/admin/keys/store.ts';
import { hashClientSecret } from '../../../src/oidc/clients.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { keyDesk } from '../../../src/store/console/keys.ts';
import { keyUses } from '../../../src/store/console/keys_used.ts';
import type { Db } from '../../../src/store/database.ts';
import { workflowKeyStore } from '../../../src/store/workflow_keys.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, storesOn } from '../support.ts';

const ANNA: Actor = { kind: 'staff', id: 's_anna', name: 'Anna' };
const REDIRECT = 'https://app.example.com/cb';

describeDatabases('workflow keys', ({ fresh }) => {
  let db: Db;
  let desk: KeyDesk;
  let audit: AuditLog;
  let now = NOW;
  ownDatabase(fresh, async (opened) => {
    ({ db } = opened);
    const auditing = { db, vault: (await storesOn(opened)).vault, now: () => now };
    desk = keyDesk(auditing);
    audit = auditLog(auditing);
    await db.insertInto('workflow').values([{ id: 'w', deployed_version: null, created_at: 0 }, { id: 'other', deployed_version: null, created_at: 0 }]).execute();
  });
  beforeEach(() => { now += 1000; });
  const make = (more: Partial<Parameters<KeyDesk['create']>[1]> = {}) => desk.create(ANNA, { workflowId: 'w', mode: 'test', name: 'App', redirectUris: [REDIRECT], ...more });
  const rowOf = (clientId: string) => db.selectFrom('workflow_key').selectAll().where('client_id', '=', clientId).executeTakeFirstOrThrow();
  const lastEntry = async () => (await audit.page({}, undefined, 1))[0];

  test('a new key has a secret of which only the hash is kept, safe defaults, and an entry in the log', async () => {
    const { clientId, secret } = await make();
    expect(clientId).toMatch(/^test_[\w-]{16}$/);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(await rowOf(clientId)).toMatchObject({ secret_hash: hashClientSecret(secret ?? ''), mode: 'test', workflow_id: 'w', previous_secret_hash: null, revision: 0 });
    expect(await desk.get(clientId)).toMatchObject({ clientId, createdAt: now, secretAt: now, lastUsedAt: undefined, overlapUntil: undefined, settings: { ...DEFAULT_SETTINGS, name: 'App', redirectUris: [REDIRECT], sector: 'app.example.com' } });
    expect(await lastEntry()).toMatchObject({ action: 'key.created', actor: ANNA, target: { kind: 'key', id: clientId }, details: { workflow: 'w', mode: 'test' } });
  });

  test('ids that are given must be of the mode, and are given once', async () => {
    expect((await make({ clientId: 'test_from-a_file1' })).clientId).toBe('test_from-a_file1');
    const before = (await rowOf('test_from-a_file1')).secret_hash;
    await expect(make({ clientId: 'test_from-a_file1' })).rejects.toMatchObject({ code: 'key_exists', status: 409 });
    expect((await rowOf('test_from-a_file1')).secret_hash).toBe(before);
    for (const clientId of ['live_from-a_file1', 'test_short', 'x', `test_${'a'.repeat(61)}`, 'test_a b c d e', 'test_aaaaaaaa\0']) await expect(make({ clientId }), clientId).rejects.toMatchObject({ code: 'client_id_invalid' });
    await expect(make({ workflowId: 'none' })).rejects.toMatchObject({ code: 'workflow_unknown' });
  });

  test('of ten that make the same id at once one succeeds', async () => {
    const tried = await Promise.allSettled(Array.from({ length: 10 }, () => make({ clientId: 'test_at_once_12' })));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('settings with faults change nothing, and every fault is told at its field', async () => {
    const { clientId } = await make();
    await expect(desk.update(ANNA, clientId, { name: '', redirectUris: ['http://evil.example/'], allowedFrom: ['nowhere'] })).rejects.toMatchObject({
      code: 'key_settings_invalid', faults: { name: expect.any(String), redirectUris: expect.stringContaining('Line 1'), allowedFrom: expect.stringContaining('Line 1') },
    });
    expect(await desk.get(clientId)).toMatchObject({ revision: 0, settings: { name: 'App' } });
    await expect(make({ mode: 'live', redirectUris: ['http://localhost/cb'] })).rejects.toMatchObject({ code: 'key_settings_invalid' });
  });

  test('a change says what was there before, keeps what is not shown, and never the workflow or the mode', async () => {
    const { clientId } = await make();
    await db.updateTable('workflow_key').set({ metadata: JSON.stringify({ client_name: 'App', redirect_uris: [REDIRECT], sector: 'kept', default_max_age: 60 }) }).where('client_id', '=', clientId).execute();
    const changed = await desk.update(ANNA, clientId, { redirectUris: ['https://new.example/cb'], denyAs: 'token', reuseSeconds: 0, sector: undefined }, 0);
    expect(changed).toMatchObject({ revision: 1, settings: { name: 'App', sector: 'kept', denyAs: 'token', reuseSeconds: 0 } });
    expect(await rowOf(clientId)).toMatchObject({ workflow_id: 'w', mode: 'test', metadata: { default_max_age: 60 } });
    expect((await lastEntry())?.details).toEqual({
      redirectUris: { before: [REDIRECT], after: ['https://new.example/cb'] }, denyAs: { before: null, after: 'token' }, reuseSeconds: { before: null, after: 0 },
    });
    const head = (await lastEntry())?.seq;
    expect(await desk.update(ANNA, clientId, { denyAs: 'token' })).toMatchObject({ revision: 1 });
    expect((await lastEntry())?.seq).toBe(head);
  });

  test('of two who change it at once the second is told', async () => {
    const { clientId } = await make();
    const tried = await Promise.allSettled(['One', 'Two', 'Three'].map((name) => desk.update(ANNA, clientId, { name }, 0)));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(tried.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []))).toEqual(['key_changed', 'key_changed']);
  });

  test('a rotation keeps the old secret for its time; another one, its end, and a revocation take it away', async () => {
    const { clientId, secret: first } = await make();
    const { secret: second } = await desk.rotate(ANNA, clientId, 3600, 0);
    expect(await rowOf(clientId)).toMatchObject({ secret_hash: hashClientSecret(second), previous_secret_hash: hashClientSecret(first ?? ''), previous_secret_until: now + 3_600_000, secret_changed_at: now });
    expect(await desk.get(clientId)).toMatchObject({ overlapUntil: now + 3_600_000, secretAt: now });
    await expect(desk.rotate(ANNA, clientId, 3600, 0)).rejects.toMatchObject({ code: 'key_changed' });
    const { secret: third } = await desk.rotate(ANNA, clientId, 60);
    expect(await rowOf(clientId)).toMatchObject({ previous_secret_hash: hashClientSecret(second) });
    expect(await lastEntry()).toMatchObject({ action: 'key.rotated', details: { overlap_seconds: 60, ended_another_overlap: true } });
    expect(await desk.endOverlap(ANNA, clientId)).toBe(true);
    expect(await desk.endOverlap(ANNA, clientId)).toBe(false);
    expect(await rowOf(clientId)).toMatchObject({ secret_hash: hashClientSecret(third), previous_secret_hash: null, previous_secret_until: null });
    await desk.rotate(ANNA, clientId, 0);
    expect(await rowOf(clientId)).toMatchObject({ previous_secret_hash: null });
    await desk.rotate(ANNA, clientId, 60);
    expect(await desk.revoke(ANNA, clientId)).toBe(true);
    expect(await desk.revoke(ANNA, clientId)).toBe(false);
    expect(await rowOf(clientId)).toMatchObject({ previous_secret_hash: null, revoked_at: now });
    await expect(desk.rotate(ANNA, clientId, 0)).rejects.toMatchObject({ code: 'key_revoked' });
    await expect(desk.update(ANNA, clientId, { name: 'x' })).rejects.toMatchObject({ code: 'key_revoked' });
  });

  test.each([-1, 0.5, Number.NaN, 90 * 86_400 + 1, Number.POSITIVE_INFINITY])('an overlap of %s is none', async (seconds) => {
    const { clientId } = await make();
    await expect(desk.rotate(ANNA, clientId, seconds)).rejects.toMatchObject({ code: 'overlap_invalid' });
  });

  test('a key without a secret is told none, and has none to rotate', async () => {
    const { clientId, secret } = await make({ authMethod: 'none' });
    expect(secret).toBeUndefined();
    await expect(desk.rotate(ANNA, clientId, 0)).rejects.toMatchObject({ code: 'key_has_no_secret' });
  });

  test('what is not there is not changed', async () => {
    for (const id of ['test_unknown12', 'a\0b', '']) {
      expect(await desk.get(id)).toBeUndefined();
      await expect(desk.revoke(ANNA, id)).rejects.toMatchObject({ code: 'key_unknown', status: 404 });
      await expect(desk.rotate(ANNA, id, 0)).rejects.toMatchObject({ code: 'key_unknown' });
    }
  });

  test('no secret is in the log or anywhere in the database', async () => {
    const { clientId, secret: first } = await make({ name: 'grep me' });
    const { secret: second } = await desk.rotate(ANNA, clientId, 60);
    const { rows: tables } = await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`.execute(db);
    let found = 0;
    for (const { name } of tables) {
      const { rows } = await sql<{ text: string }>`SELECT row_to_json(t)::text AS text FROM ${sql.table(name)} t`.execute(db);
      const text = rows.map((row) => row.text).join('\n');
      for (const secret of [first ?? '', second]) {
        expect(text, name).not.toContain(secret);
        expect(text, name).not.toContain(Buffer.from(secret).toString('hex'));
      }
      if (text.includes('grep me')) found += 1;
    }
    expect(found).toBeGreaterThan(1);
    // Nor its hash where staff read.
    expect(JSON.stringify(await audit.page({ targetId: clientId }, undefined, 10))).not.toContain(hashClientSecret(second));
  });

  test('lists go back page by page from the newest, of all workflows or one', async () => {
    for (let index = 0; index < 7; index += 1) await make({ workflowId: 'other', name: `Other ${index}` });
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await desk.list({ workflowId: 'other', before, most: 3 });
      seen.push(...page.keys.map(({ name }) => name));
      before = page.next;
    } while (before !== undefined);
    expect(seen.toSorted()).toEqual(Array.from({ length: 7 }, (_none, index) => `Other ${index}`));
    expect((await desk.list({ most: 100 })).keys.length).toBeGreaterThan(10);
    for (const cursor of ['x', Buffer.from("1' OR 1=1 a").toString('base64url'), '']) await expect(desk.list({ before: cursor, most: 3 }), cursor).rejects.toMatchObject({ code: 'bad_cursor' });
  });

  test('use is written behind, once for many, and never goes back', async () => {
    const { clientId } = await make();
    const uses = keyUses({ db, now: () => now, logger: { warn: () => undefined } });
    for (let index = 0; index < 50; index += 1) uses.note(clientId, 'current');
    uses.note('test_not_a_key', 'current');
    expect(await desk.get(clientId)).toMatchObject({ lastUsedAt: undefined });
    await uses.flush();
    expect(await desk.get(clientId)).toMatchObject({ lastUsedAt: now, previousUsedAt: undefined });
    now -= 500;
    uses.note(clientId, 'previous');
    await uses.stop();
    expect(await desk.get(clientId)).toMatchObject({ lastUsedAt: now + 500, previousUsedAt: now });
    now += 500;
    expect((await desk.list({ workflowId: 'w', most: 1 })).keys).toHaveLength(1);
  });

  test('what could not be written is kept for the next time', async () => {
    const { clientId } = await make();
    const warned: object[] = [];
    const broken = { insertInto: () => { throw new Error('down'); }, getExecutor: () => { throw new Error('down'); } } as unknown as Db;
    let target = broken;
    const reached = (name: string | symbol): unknown => {
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    };
    const uses = keyUses({ db: new Proxy({} as Db, { get: (_none, name) => reached(name) }), now: () => now, logger: { warn: (fields) => void warned.push(fields) } });
    uses.note(clientId, 'current');
    await uses.flush();
    expect(warned).toMatchObject([{ event: 'key_uses_not_written' }]);
    target = db;
    await uses.flush();
    expect(await desk.get(clientId)).toMatchObject({ lastUsedAt: now });
  });

  test('saving the same key again is no change; another secret or setting is', async () => {
    const store = workflowKeyStore(db);
    const { clientId } = await make();
    const key = await store.find(clientId);
    if (!key) throw new Error('no key');
    await store.save(key, now);
    expect(await desk.get(clientId)).toMatchObject({ revision: 0 });
    await store.save({ ...key, secretHash: hashClientSecret('x') }, now);
    expect(await desk.get(clientId)).toMatchObject({ revision: 1 });
  });
});
