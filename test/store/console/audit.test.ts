import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { auditLog, audited, type Auditing } from '../../../src/store/console/audit.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, storesOn } from '../support.ts';

const ANNA: Actor = { kind: 'staff', id: 's_anna', name: 'Anna', address: '192.0.2.7' };
const BOB: Actor = { kind: 'token', id: 't_bob', name: 'Bob’s token' };

describeDatabases('the audit log', ({ fresh }) => {
  let opened: OpenedDatabase;
  let auditing: Auditing;
  let audit: AuditLog;
  let now = NOW;
  ownDatabase(fresh, async (own) => {
    opened = own;
    auditing = { db: own.db, vault: (await storesOn(own)).vault, now: () => now };
    audit = auditLog(auditing);
  });
  const fact = (action: string, id = 'w') => ({ action, target: { kind: 'workflow', id }, details: { before: 1, after: 2 } });

  test('begins empty and whole', async () => {
    expect(await audit.verify()).toEqual({ kind: 'whole', entries: 0, headSeq: 0, headCode: '' });
  });

  test('keeps who did what to what, when, why and from where, newest first', async () => {
    await audit.note(ANNA, { ...fact('workflow.deployed'), reason: 'a new carrier' });
    now += 1000;
    await audit.note(BOB, { ...fact('key.revoked', 'k'), outcome: 'refused' });
    const [second, first] = await audit.page({}, undefined, 10);
    expect(first).toMatchObject({ seq: 1, at: NOW, actor: ANNA, action: 'workflow.deployed', target: { kind: 'workflow', id: 'w' }, details: { before: 1, after: 2 }, reason: 'a new carrier', outcome: 'done' });
    expect(second).toMatchObject({ seq: 2, at: NOW + 1000, actor: BOB, outcome: 'refused' });
    expect(await audit.verify()).toMatchObject({ kind: 'whole', entries: 2, headSeq: 2, headCode: second?.code });
  });

  test.each([
    ['what', { action: 'key.revoked' }, [2]],
    ['whom', { actorId: 's_anna' }, [1]],
    ['a thing', { targetKind: 'workflow', targetId: 'k' }, [2]],
    ['outcome', { outcome: 'refused' as const }, [2]],
    ['time', { from: NOW + 1, until: NOW + 1001 }, [2]],
    ['the end of a time, which is outside of it', { until: NOW + 1000 }, [1]],
    ['nothing that is there', { action: 'none' }, []],
  ])('is filtered by %s', async (_name, filter, seqs) => {
    expect((await audit.page(filter, undefined, 10)).map(({ seq }) => seq)).toEqual(seqs);
  });

  test('is paged below a number', async () => {
    expect((await audit.page({}, 2, 10)).map(({ seq }) => seq)).toEqual([1]);
  });

  test('a change that fails leaves no entry, and an entry that fails leaves no change', async () => {
    const count = async () => Number((await sql<{ n: number }>`SELECT count(*)::int AS n FROM ticket`.execute(opened.db)).rows[0]?.n);
    const change = (boom: boolean, name: string) => audited(auditing, ANNA, async (tx) => {
      await tx.insertInto('ticket').values({ hash: name, purpose: 'p', sealed: Buffer.from('x'), created_at: 0, expires_at: 0, used_at: null }).execute();
      if (boom) throw new Error('boom');
      return { result: 1, fact: { ...fact('x.y'), details: { big: 1n } as unknown as Record<string, unknown> } };
    });
    const before = await count();
    await expect(change(true, 'a')).rejects.toThrow('boom');
    // A bigint cannot be written as JSON.
    await expect(change(false, 'b')).rejects.toThrow(TypeError);
    expect(await count()).toBe(before);
    expect((await audit.page({}, undefined, 10)).length).toBe(2);
  });

  test('twenty writers at once make one chain', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => audit.note(index % 2 ? ANNA : BOB, fact('list.added', `l${index}`))));
    const found = await audit.verify();
    expect(found).toMatchObject({ kind: 'whole', entries: 22 });
  });

  test('of a time it is paged in the order of time: each entry once, those of one moment and of a clock that is behind too', async () => {
    now -= 500;
    await audit.note(ANNA, fact('list.added', 'behind'));
    now += 500;
    const filter = { from: NOW + 1, until: NOW + 2000 };
    const seen: number[] = [];
    for (let before: number | undefined; ;) {
      const entries = await audit.page(filter, before, 7);
      seen.push(...entries.map(({ seq }) => seq));
      before = entries.at(-1)?.seq;
      if (before === undefined || seen.length > 100) break;
    }
    // The twenty of one moment and the one before them are newest first; the one whose clock was behind comes last.
    expect(seen).toEqual([...Array.from({ length: 21 }, (_one, at) => 22 - at), 23]);
    expect((await audit.page(filter, 1_000_000, 3)).map(({ seq }) => seq)).toEqual([22, 21, 20]);
  });

  const tampered = async (change: () => Promise<unknown>, back: () => Promise<unknown>) => {
    await change();
    const found = await audit.verify();
    await back();
    expect(await audit.verify()).toMatchObject({ kind: 'whole' });
    return found;
  };
  const raw = (text: string) => sql.raw(text).execute(opened.db);

  test('an entry whose text was changed is found', async () => {
    const kept = await opened.db.selectFrom('audit_entry').select('entry').where('seq', '=', 5).executeTakeFirstOrThrow();
    const found = await tampered(
      () => raw(`UPDATE audit_entry SET entry = replace(entry, 'list.added', 'list.gone') , action = 'list.gone' WHERE seq = 5`),
      () => opened.db.updateTable('audit_entry').set({ entry: kept.entry, action: 'list.added' }).where('seq', '=', 5).execute(),
    );
    expect(found).toEqual({ kind: 'broken', seq: 5, why: 'changed' });
  });

  test('columns that no longer say what the text says are found', async () => {
    const found = await tampered(() => raw(`UPDATE audit_entry SET actor_id = 'somebody' WHERE seq = 1`), () => raw(`UPDATE audit_entry SET actor_id = 's_anna' WHERE seq = 1`));
    expect(found).toEqual({ kind: 'broken', seq: 1, why: 'columns_differ' });
  });

  test('an entry taken out of the middle is found', async () => {
    const [row] = await opened.db.selectFrom('audit_entry').selectAll().where('seq', '=', 7).execute();
    const found = await tampered(() => raw('DELETE FROM audit_entry WHERE seq = 7'), () => opened.db.insertInto('audit_entry').values(row as NonNullable<typeof row>).execute());
    expect(found).toEqual({ kind: 'broken', seq: 7, why: 'missing' });
  });

  test('a cut end is found: by the head, and where that was cut too, by a line kept elsewhere', async () => {
    const head = await audit.verify();
    const [last, before] = await opened.db.selectFrom('audit_entry').selectAll().orderBy('seq', 'desc').limit(2).execute();
    if (!last || !before || head.kind !== 'whole') throw new Error('no entries');
    await raw(`DELETE FROM audit_entry WHERE seq = ${last.seq}`);
    expect(await audit.verify()).toEqual({ kind: 'broken', seq: last.seq, why: 'missing' });
    await opened.db.updateTable('audit_head').set({ seq: before.seq, code: before.code }).execute();
    expect(await audit.verify()).toMatchObject({ kind: 'whole' });
    expect(await audit.verify({ seq: head.headSeq, code: head.headCode })).toEqual({ kind: 'broken', seq: last.seq, why: 'missing' });
    await opened.db.insertInto('audit_entry').values(last).execute();
    await opened.db.updateTable('audit_head').set({ seq: last.seq, code: last.code }).execute();
    expect(await audit.verify({ seq: head.headSeq, code: head.headCode })).toMatchObject({ kind: 'whole' });
    expect(await audit.verify({ seq: 3, code: 'another' })).toMatchObject({ kind: 'broken', seq: 3, why: 'head_differs' });
  });

  test('an entry that somebody appended without the key is found', async () => {
    const [last] = await opened.db.selectFrom('audit_entry').selectAll().orderBy('seq', 'desc').limit(1).execute();
    if (!last) throw new Error('no entries');
    const forged = { ...last, seq: last.seq + 1, entry: last.entry.replace(`"seq":${last.seq}`, `"seq":${last.seq + 1}`) };
    await opened.db.insertInto('audit_entry').values(forged).execute();
    expect(await audit.verify()).toEqual({ kind: 'broken', seq: forged.seq, why: 'changed' });
    await opened.db.updateTable('audit_head').set({ seq: forged.seq, code: forged.code }).execute();
    expect(await audit.verify()).toEqual({ kind: 'broken', seq: forged.seq, why: 'changed' });
    await opened.db.deleteFrom('audit_entry').where('seq', '=', forged.seq).execute();
    await opened.db.updateTable('audit_head').set({ seq: last.seq, code: last.code }).execute();
  });
});
