import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { begin, eraseNext, resumeErasures } from '../../../src/store/console/accounts_erase.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { PURPOSES } from '../../../src/vault/vault.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { Planted } from '../../support/planted.ts';
import { accountsWorld, PERSON, REASON, STAFF, type AccountsWorld } from './accounts_world.ts';

describeDatabases('erasing a person', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
  });

  const tables = async (): Promise<readonly string[]> =>
    (await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`.execute(opened.db)).rows.map((row) => row.name);

  /** Every row of every table as text, and every box in it that opens, opened. */
  async function everything(): Promise<Record<string, string>> {
    const all: Record<string, string> = {};
    for (const table of await tables()) {
      const { rows } = await sql<Record<string, unknown>>`SELECT * FROM ${sql.table(table)}`.execute(opened.db);
      const texts: string[] = [];
      for (const row of rows) {
        for (const value of Object.values(row)) texts.push(value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value ?? null));
        const { sealed } = row;
        if (sealed instanceof Uint8Array) texts.push(await openAny(table, row, sealed));
      }
      all[table] = texts.join('\n');
    }
    return all;
  }

  const CONTEXTS: Readonly<Record<string, (row: Record<string, unknown>) => string>> = {
    account: (row) => `account:${String(row['id'])}`,
    journey: (row) => `journey:${String(row['id'])}`,
    evidence: (row) => `evidence:${String(row['journey_id'])}:${String(row['seq'])}`,
    consent: (row) => `consent:${String(row['journey_id'])}:${String(row['seq'])}`,
    grant_outcome: (row) => `grant_outcome:${String(row['grant_id'])}`,
    oidc_record: (row) => `${String(row['model'])}:${String(row['id_hash'])}`,
    outbox_message: (row) => `outbox:${String(row['id'])}`,
    image: (row) => `image:${String(row['id'])}`,
    face_seen: (row) => `face:${String(row['id'])}`,
    ticket: (row) => `ticket:${String(row['purpose'])}:${String(row['hash'])}`,
    case_note: () => 'note',
  };
  async function openAny(table: string, row: Record<string, unknown>, sealed: Uint8Array): Promise<string> {
    const context = CONTEXTS[table]?.(row);
    if (context === undefined) return '';
    for (const purpose of PURPOSES) {
      try {
        return (await world.vault.open(purpose, sealed, context)).toString('utf8');
      } catch { /* Sealed for something else. */ }
    }
    throw new Error(`a box of ${table} does not open: the scan would not see what is in it`);
  }

  test('nothing of the person is left anywhere, in clear or in a box that opens; the shell is', async () => {
    const before = await world.plant();
    await world.plant({ identity: before.accountId });
    const other = await world.plant({ identity: randomUUID(), credential: 'somebody-else-entirely' });
    // The other one has the same planted values, so they are erased too before the scan.
    const planted = new Planted(PERSON);
    expect(planted.leaks(await everything()).length).toBeGreaterThan(5);
    expect((await world.desk.erase(STAFF, { accountId: other.accountId, reason: REASON })).kind).toBe('erased');
    expect(planted.leaks(await everything()).length).toBeGreaterThan(5);
    for (const { account_id: id } of await opened.db.selectFrom('journey').select('account_id').distinct().where('erased_at', 'is', null).execute()) {
      const result = await world.desk.erase(STAFF, { accountId: id ?? '', reason: REASON });
      expect(result.kind).toBe('erased');
    }
    const after = await everything();
    expect(planted.leaks(after)).toEqual([]);
    for (const hash of [world.vault.keyedHash('journey_phone', PERSON.phone), world.vault.keyedHash('credential:test', PERSON.credential), world.vault.keyedHash('journey_email', PERSON.email)]) {
      expect(Object.entries(after).filter(([, text]) => text.includes(hash)).map(([table]) => table)).toEqual([]);
    }
    const shell = await opened.db.selectFrom('journey').selectAll().where('id', '=', before.journeyId).executeTakeFirstOrThrow();
    expect(shell).toMatchObject({ account_id: before.accountId, credential_hash: null, device_id: null, decision: { verdict: 'approve', policy: 'w@1', reasons: [{ code: 'identity_matched' }] } });
    expect(JSON.parse((await world.vault.open('journey', shell.sealed, `journey:${shell.id}`)).toString())).toEqual({ states: {}, opening: { clientName: '', locale: 'en' } });
    const consent = await opened.db.selectFrom('consent').selectAll().where('journey_id', '=', before.journeyId).executeTakeFirstOrThrow();
    expect(consent).toMatchObject({ purpose: 'phone', method: 'click' });
    expect((await world.journeys.byId(before.journeyId))?.evidence).toEqual([]);
    const account = await opened.db.selectFrom('account').selectAll().where('id', '=', before.accountId).executeTakeFirstOrThrow();
    expect([account.identity_hash, account.sealed, typeof account.erased_at]).toEqual([null, null, 'number']);
  });

  test('it is on record with counts and told by webhook, without anything personal', async () => {
    const { accountId, journeyId } = await world.plant();
    const result = await world.desk.erase(STAFF, { accountId, reason: REASON });
    expect(result).toMatchObject({ kind: 'erased', counts: { evidence: 3, image: 1, passkey: 1, credential: 1, device: 1, ticket: 1, outbox_message: 1, document_seen: 1, face_seen: 1, journey: 1 } });
    const entries = await auditLog(world.deps).page({ targetId: accountId }, undefined, 10);
    expect(entries.map(({ action, actor, reason }) => [action, actor.id, reason])).toEqual([['account.erased', 'staff-1', undefined], ['account.erasure_begun', 'staff-1', REASON]]);
    expect(entries[0]?.details).toMatchObject({ counts: { evidence: 3 } });
    const events = await opened.db.selectFrom('webhook_event').selectAll().where('type', '=', 'account.erased').execute();
    expect(events.filter((event) => JSON.stringify(event.data).includes(accountId))).toMatchObject([{ workflow_id: 'w', client_id: 'c', data: { account_id: accountId, transaction_ids: [journeyId] } }]);
  });

  test('the dry run counts what then goes, and changes nothing', async () => {
    const { accountId } = await world.plant();
    const before = JSON.stringify(await everything());
    const plan = await world.desk.erasurePlan(accountId);
    expect(JSON.stringify(await everything())).toBe(before);
    const result = await world.desk.erase(STAFF, { accountId, reason: REASON });
    const counts: Readonly<Record<string, number>> = result.kind === 'erased' ? result.counts : {};
    for (const { table, rows } of plan?.goes ?? []) {
      // The interaction of a journey is found while its journey goes.
      expect([table, counts[table] ?? 0]).toEqual([table, table === 'oidc_record' ? rows + 1 : rows]);
    }
    expect(plan?.goes.find(({ table }) => table === 'evidence')?.rows).toBe(3);
    expect(plan?.stays.find(({ table }) => table === 'journey')?.rows).toBe(1);
  });

  test('broken off after any batch, it is in force and goes on', async () => {
    for (let batches = 0; batches < 5; batches += 1) {
      const { accountId } = await world.plant();
      await begin(world.deps, STAFF, { accountId, reason: REASON });
      for (let count = 0; count < batches; count += 1) await eraseNext(world.deps, accountId);
      // The process is gone here. What was begun is in force already.
      expect((await world.desk.find(accountId))?.state).toBe('erasing');
      expect((await opened.db.selectFrom('account').select('identity_hash').where('id', '=', accountId).executeTakeFirstOrThrow()).identity_hash).toBeNull();
      await resumeErasures(world.deps);
      expect((await world.desk.find(accountId))?.state).toBe('erased');
      expect(await opened.db.selectFrom('evidence').innerJoin('journey', 'journey.id', 'journey_id').select('kind').where('account_id', '=', accountId).execute()).toEqual([]);
    }
    const done = await opened.db.selectFrom('audit_entry').select('target_id').where('action', '=', 'account.erased').execute();
    expect(new Set(done.map((row) => row.target_id)).size).toBe(done.length);
  });

  test('a batch that fails takes nothing, and the next try goes on', async () => {
    const { accountId, journeyId } = await world.plant();
    await begin(world.deps, STAFF, { accountId, reason: REASON });
    const broken = { ...world.deps, vault: { ...world.vault, seal: () => { throw new Error('killed'); } } };
    await expect((async () => { while (await eraseNext(broken, accountId)); })()).rejects.toThrow('killed');
    expect(await opened.db.selectFrom('evidence').select('kind').where('journey_id', '=', journeyId).execute()).toHaveLength(3);
    expect((await world.desk.erase(STAFF, { accountId, reason: REASON })).kind).toBe('erased');
  });

  test('pictures in an object store that does not answer keep it unfinished until they are gone', async () => {
    let down = true;
    const objects = { put: async () => undefined, get: async () => undefined, drop: async () => { if (down) throw new Error('away'); } };
    const far = await accountsWorld(opened, objects as never, world);
    const { accountId, imageId } = await far.plant();
    expect((await far.desk.erase(STAFF, { accountId, reason: REASON })).kind).toBe('erasing');
    expect(await opened.db.selectFrom('image').select('id').where('id', '=', imageId).execute()).toHaveLength(1);
    await resumeErasures(far.deps);
    expect((await far.desk.find(accountId))?.state).toBe('erasing');
    down = false;
    await resumeErasures(far.deps);
    expect((await far.desk.find(accountId))?.state).toBe('erased');
    expect(await opened.db.selectFrom('image').select('id').where('id', '=', imageId).execute()).toEqual([]);
  });

  test('posted twice, and by two at once, it is done once', async () => {
    const { accountId } = await world.plant();
    const both = await Promise.all([world.desk.erase(STAFF, { accountId, reason: REASON }), world.desk.erase(STAFF, { accountId, reason: REASON })]);
    expect(both.map(({ kind }) => kind).every((kind) => kind === 'erased' || kind === 'already')).toBe(true);
    expect(await world.desk.erase(STAFF, { accountId, reason: REASON })).toEqual({ kind: 'already' });
    expect(await opened.db.selectFrom('audit_entry').select('seq').where('target_id', '=', accountId).where('action', '=', 'account.erased').execute()).toHaveLength(1);
    expect(await world.desk.erase(STAFF, { accountId: 'nobody', reason: REASON })).toEqual({ kind: 'refused', refusals: ['not_found'] });
  });

  test('the person comes back as somebody new, and whoever was on the way by their old account is denied', async () => {
    const identity = randomUUID();
    const { accountId } = await world.plant({ identity });
    const trust = await opened.db.selectFrom('device_trust').selectAll().where('account_id', '=', accountId).executeTakeFirstOrThrow();
    await world.desk.erase(STAFF, { accountId, reason: REASON });
    await expect(world.approve({ accountId, binding: { returned: { trustId: trust.id, deviceId: trust.device_id, passkeyId: undefined, journeyId: trust.journey_id } } })).rejects.toMatchObject({ code: 'account_erased' });
    const again = await world.approve({ identity });
    expect(again.accountId).not.toBe(accountId);
  });

  test('erasure raced by an approval leaves nothing of the person behind it', async () => {
    const identity = randomUUID();
    const { accountId } = await world.plant({ identity });
    const [, late] = await Promise.all([world.desk.erase(STAFF, { accountId, reason: REASON }), world.approve({ identity })]);
    if (late.accountId === accountId) expect(await opened.db.selectFrom('journey').select('id').where('account_id', '=', accountId).where('erased_at', 'is', null).execute()).toEqual([]);
    else expect((await world.desk.find(late.accountId ?? ''))?.state).toBe('active');
  });

  test('a grant and a passkey written late by a request that began before are taken by housekeeping', async () => {
    const { accountId, journeyId } = await world.plant();
    await world.desk.erase(STAFF, { accountId, reason: REASON });
    await opened.db.insertInto('grant_outcome').values({ grant_id: randomUUID(), journey_id: journeyId, account_id: accountId, client_id: 'c', verdict: 'approve', policy: 'p', reuse_until: 0, decided_at: 0, summary: '{}', created_at: 0 }).execute();
    await resumeErasures(world.deps);
    expect(await opened.db.selectFrom('grant_outcome').select('grant_id').where('account_id', '=', accountId).execute()).toEqual([]);
  });

  test("a device that is somebody else's too stays theirs", async () => {
    const { accountId } = await world.plant();
    const { device_id: deviceId } = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', accountId).executeTakeFirstOrThrow();
    const other = await world.plant({ identity: randomUUID(), credential: 'other' });
    await opened.db.updateTable('device_trust').set({ device_id: deviceId }).where('account_id', '=', other.accountId).execute();
    await world.desk.erase(STAFF, { accountId, reason: REASON });
    expect((await opened.db.selectFrom('device_trust').select('account_id').where('device_id', '=', deviceId).execute()).map((row) => row.account_id)).toEqual([other.accountId]);
  });

  test('shells that led to an erased account find nobody either', async () => {
    const [identity, into] = [randomUUID(), randomUUID()];
    const source = await world.plant({ identity, credential: randomUUID() });
    const target = await world.plant({ identity: into, credential: randomUUID() });
    expect((await world.desk.merge(STAFF, { source: source.accountId, target: target.accountId, reason: REASON, onePerson: true })).kind).toBe('merged');
    expect(await world.desk.erase(STAFF, { accountId: source.accountId, reason: REASON })).toEqual({ kind: 'refused', refusals: ['merged'] });
    expect((await world.desk.erase(STAFF, { accountId: target.accountId, reason: REASON })).kind).toBe('erased');
    const again = await world.approve({ identity });
    expect([source.accountId, target.accountId]).not.toContain(again.accountId);
    expect(Personal.of(again).toString()).toBe('[personal]');
  });
});
