/** The audit log in PostgreSQL: appended in the transaction of the change it tells of, one entry after the other. */
import { sql, type Transaction } from 'kysely';
import type { Actor } from '../../admin/actor.ts';
import type { AuditEntry, AuditFact, AuditFilter, AuditLog, ChainVerdict } from '../../admin/audit/audit.ts';
import { sameSecret } from '../../constant_time.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';

/** What writes to the log need. */
export interface Auditing {
  readonly db: Db;
  readonly vault: Pick<Vault, 'keyedHash'>;
  readonly now: () => number;
}

const HEAD = 'head';
/** Rows that the walk over the chain reads at a time. */
const STRIDE = 1_000;

/**
 * Make a change and its entry, both or neither. The fact is made by the change itself, so that it can tell what was
 * there before; undefined where nothing came of it.
 */
export async function audited<T>(
  { db, vault, now }: Auditing, actor: Actor,
  change: (tx: Transaction<Database>) => Promise<{ readonly result: T; readonly fact: AuditFact | undefined }>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const { result, fact } = await change(tx);
    // Last, because everybody who changes anything waits for this row.
    if (fact) await appendAudit(tx, vault, actor, fact, now());
    return result;
  });
}

/** Append an entry within a transaction; do it last. */
export async function appendAudit(tx: Transaction<Database>, vault: Auditing['vault'], actor: Actor, fact: AuditFact, at: number): Promise<void> {
  const head = await tx.selectFrom('audit_head').select(['seq', 'code']).where('id', '=', HEAD).forUpdate().executeTakeFirstOrThrow();
  const seq = head.seq + 1;
  const outcome = fact.outcome ?? 'done';
  const { action, target, details, reason } = fact;
  const entry = JSON.stringify({ seq, at, actor, action, target, details, reason, outcome });
  const code = codeOf(vault, head.code, entry);
  await tx.insertInto('audit_entry').values({
    seq, at, actor_kind: actor.kind, actor_id: actor.id, action, target_kind: target.kind, target_id: target.id, outcome, entry, code,
  }).execute();
  await tx.updateTable('audit_head').set({ seq, code }).where('id', '=', HEAD).execute();
}

function codeOf(vault: Auditing['vault'], before: string, entry: string): string {
  return vault.keyedHash('audit_chain', `${before}\0${entry}`);
}

export function auditLog(auditing: Auditing): AuditLog {
  const { db, vault } = auditing;
  return {
    note: (actor, fact) => audited(auditing, actor, async () => ({ result: undefined, fact })),
    async page(filter, before, most) {
      const found = filtered(db, filter).select(['entry', 'code']).limit(most);
      // Of some days in the order of their time, which an index of its own has: walking the whole log back to days that are
      // long gone would take as long as it is old. Clocks of two processes may differ by a little, so the two orders may too.
      const rows = await (filter.from === undefined && filter.until === undefined
        ? found.$if(before !== undefined, (query) => query.where('seq', '<', before as number)).orderBy('seq', 'desc')
        : found.$if(before !== undefined, (query) => query.where(sql<boolean>`(at, seq) < (coalesce((SELECT last.at FROM audit_entry AS last WHERE last.seq = ${before}), ${Number.MAX_SAFE_INTEGER}::bigint), ${before}::bigint)`))
          .orderBy('at', 'desc').orderBy('seq', 'desc')).execute();
      return rows.map(({ entry, code }) => ({ ...(JSON.parse(entry) as Omit<AuditEntry, 'code'>), code }));
    },
    verify: (head) => verifyChain(db, vault, head),
  };
}

function filtered(db: Db, filter: AuditFilter) {
  let query = db.selectFrom('audit_entry');
  const { action, actorId, targetKind, targetId, outcome, from, until } = filter;
  if (action !== undefined) query = query.where('action', '=', action);
  if (actorId !== undefined) query = query.where('actor_id', '=', actorId);
  if (targetKind !== undefined) query = query.where('target_kind', '=', targetKind);
  if (targetId !== undefined) query = query.where('target_id', '=', targetId);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (from !== undefined) query = query.where('at', '>=', from);
  if (until !== undefined) query = query.where('at', '<', until);
  return query;
}

async function verifyChain(db: Db, vault: Auditing['vault'], written: { readonly seq: number; readonly code: string } | undefined): Promise<ChainVerdict> {
  // Read before the walk: entries written meanwhile come after it.
  const head = await db.selectFrom('audit_head').select(['seq', 'code']).where('id', '=', HEAD).executeTakeFirst();
  let at = 0;
  let code = '';
  for (;;) {
    const rows = await db.selectFrom('audit_entry').selectAll().where('seq', '>', at).where('seq', '<=', head?.seq ?? 0).orderBy('seq').limit(STRIDE).execute();
    for (const row of rows) {
      if (row.seq !== at + 1) return { kind: 'broken', seq: at + 1, why: 'missing' };
      if (!sameSecret(Buffer.from(codeOf(vault, code, row.entry)), Buffer.from(row.code))) return { kind: 'broken', seq: row.seq, why: 'changed' };
      if (!columnsAgree(row)) return { kind: 'broken', seq: row.seq, why: 'columns_differ' };
      if (written?.seq === row.seq && written.code !== row.code) return { kind: 'broken', seq: row.seq, why: 'head_differs' };
      at = row.seq;
      code = row.code;
    }
    if (rows.length < STRIDE) break;
  }
  if (!head || head.seq !== at) return { kind: 'broken', seq: at + 1, why: 'missing' };
  if (head.code !== code) return { kind: 'broken', seq: at, why: 'head_differs' };
  // What was written down is no longer there: the end of the log was cut off.
  if (written && written.seq > at) return { kind: 'broken', seq: at + 1, why: 'missing' };
  // In one statement, and so at one moment: what stands outside of the chain was put there by somebody else.
  const { rows } = await sql<{ seq: number }>`
    SELECT seq FROM audit_entry WHERE seq < 1 OR seq > (SELECT seq FROM audit_head WHERE id = ${HEAD}) ORDER BY seq LIMIT 1`.execute(db);
  if (rows[0]) return { kind: 'broken', seq: Number(rows[0].seq), why: 'changed' };
  return { kind: 'whole', entries: at, headSeq: at, headCode: code };
}

function columnsAgree(row: { readonly seq: number; readonly at: number; readonly actor_kind: string; readonly actor_id: string; readonly action: string; readonly target_kind: string; readonly target_id: string; readonly outcome: string; readonly entry: string }): boolean {
  const entry = JSON.parse(row.entry) as Omit<AuditEntry, 'code'>;
  return entry.seq === row.seq && entry.at === row.at && entry.actor.kind === row.actor_kind && entry.actor.id === row.actor_id
    && entry.action === row.action && entry.target.kind === row.target_kind && entry.target.id === row.target_id && entry.outcome === row.outcome;
}
