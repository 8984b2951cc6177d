/** The lists in PostgreSQL. Changes queue up on the clock's row, so that what is checked before is true when it is written. */
import { randomBytes } from 'node:crypto';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Added, EntryTerms, FaultyValue, ListDesk, ListEntry } from '../../admin/lists/store.ts';
import type { Actor } from '../../admin/actor.ts';
import { maskValue } from '../../admin/lists/mask.ts';
import { checkTerms } from '../../admin/lists/terms.ts';
import { KINDS_OF_PERSON } from '../../journey/rules/lists.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import { deleteOldest } from '../delete_oldest.ts';
import type { LogoutJobs } from '../logouts.ts';
import type { Database } from '../tables.ts';
import { audited } from './audit.ts';
import type { ListTables } from './lists_tables.ts';
import { keysHolding, resolveValue, type Resolved } from './lists_values.ts';

export interface ListStoreParts {
  readonly db: Db;
  readonly vault: Vault;
  readonly now: () => number;
  /** Told of every change, so that this process goes by it at once. */
  readonly changed: () => Promise<void>;
  /** Where applications wait to be told of whom a block hits; absent where nobody is told. */
  readonly logouts?: Pick<LogoutJobs, 'sendEntries'>;
}

type Row = Selectable<ListTables['list_entry']>;
const CLOCK = 'lists';
/** Rows of one insert: a statement has at most 65,535 parameters. */
const AT_ONCE = 500;

export function listDesk(parts: ListStoreParts): ListDesk {
  const { db, vault, now, changed } = parts;

  const shown = async (row: Row): Promise<ListEntry> => ({
    id: row.id, seq: row.seq, effect: row.effect, kind: row.kind, mode: row.mode, workflowId: row.workflow_id ?? undefined, reason: row.reason,
    expiresAt: row.expires_at ?? undefined, createdAt: row.created_at,
    by: { kind: row.actor_kind as Actor['kind'], id: row.actor_id, name: row.actor_name },
    shown: row.sealed ? maskValue(row.kind, (await vault.open('list', row.sealed, contextOf(row.id))).toString('utf8')) : (row.about ?? row.key),
  });

  const rowsOf = (actor: Actor, terms: EntryTerms, found: readonly Resolved[], first: number): Row[] => found.map((value, index) => {
    const id = `lst_${randomBytes(15).toString('base64url')}`;
    return {
      id, seq: first + index, version: first + index, effect: terms.effect, kind: terms.kind, key: value.key, also_keys: value.alsoKeys && value.alsoKeys.length > 0 ? value.alsoKeys.join(' ') : null, about: value.about ?? null,
      sealed: value.personal === undefined ? null : vault.seal('list', value.personal.open(), contextOf(id)),
      mode: terms.mode, workflow_id: terms.workflowId ?? null, reason: terms.reason, expires_at: terms.expiresAt ?? null, created_at: now(),
      actor_kind: actor.kind, actor_id: actor.id, actor_name: actor.name, removed_at: null,
    };
  });

  return {
    async add(actor, terms, values) {
      checkTerms(terms, values.length, now());
      const added = await audited<Added>(parts, actor, async (tx) => {
        if (terms.workflowId !== undefined && !(await isWorkflow(tx, terms.workflowId))) return { result: { kind: 'workflow_unknown' }, fact: undefined };
        // Locked before anything is looked at: two who add the same thing come one after the other.
        const before = await tick(tx, values.length);
        const read = await Promise.all(values.map((value) => resolveValue(tx, vault, terms.kind, value)));
        const found = read.flatMap((one) => (one.kind === 'value' ? [one.value] : []));
        const taken = await listed(tx, terms, found, now());
        const seen = new Set<string>();
        const faults = read.flatMap((one, at): readonly FaultyValue[] => {
          if (one.kind === 'fault') return [{ at, fault: one.fault }];
          const twice = taken.has(one.value.key) || seen.has(one.value.key);
          seen.add(one.value.key);
          return twice ? [{ at, fault: 'already_listed' }] : [];
        });
        if (faults.length > 0) return { result: { kind: 'faults', faults }, fact: undefined };
        const rows = rowsOf(actor, terms, found, before + 1);
        for (let at = 0; at < rows.length; at += AT_ONCE) await tx.insertInto('list_entry').values(rows.slice(at, at + AT_ONCE)).execute();
        const ids = rows.map(({ id }) => id);
        if (terms.effect === 'block' && KINDS_OF_PERSON.includes(terms.kind)) await parts.logouts?.sendEntries(tx, ids);
        return {
          result: { kind: 'added', ids },
          fact: {
            action: 'list.added', target: { kind: 'list_entry', id: ids[0] ?? 'none' }, reason: terms.reason,
            details: {
              effect: terms.effect, kind: terms.kind, mode: terms.mode, workflow: terms.workflowId ?? null, expires_at: terms.expiresAt ?? null, entries: ids.length, ids: ids.slice(0, MOST_TOLD),
              // Ids of ours name nobody to whoever cannot look them up.
              ...(terms.kind === 'identity' || terms.kind === 'device' ? { of: found.slice(0, MOST_TOLD).map(({ key }) => key) } : {}),
              ...(terms.kind === 'document' ? { of: found.slice(0, MOST_TOLD).map(({ about }) => about) } : {}),
            },
          },
        };
      });
      if (added.kind === 'added') await changed();
      return added;
    },
    async remove(actor, id) {
      const removed = await audited(parts, actor, async (tx) => {
        // Nobody's id takes no number, and makes nobody wait for the clock.
        const there = await tx.selectFrom('list_entry').select('id').where('id', '=', id).where('removed_at', 'is', null).executeTakeFirst();
        if (!there) return { result: false, fact: undefined };
        const version = (await tick(tx, 1)) + 1;
        const row = await tx.updateTable('list_entry').set({ removed_at: now(), version }).where('id', '=', id).where('removed_at', 'is', null).returningAll().executeTakeFirst();
        if (!row) return { result: false, fact: undefined };
        const { effect, kind, mode, workflow_id: workflow, expires_at } = row;
        return { result: true, fact: { action: 'list.removed', target: { kind: 'list_entry', id }, details: { effect, kind, mode, workflow, expires_at } } };
      });
      if (removed) await changed();
      return removed;
    },
    async byId(id) {
      const row = await db.selectFrom('list_entry').selectAll().where('id', '=', id).where('removed_at', 'is', null).executeTakeFirst();
      return row && shown(row);
    },
    async page({ kind, effect }, before, most) {
      let query = db.selectFrom('list_entry').selectAll().where('removed_at', 'is', null);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      if (effect !== undefined) query = query.where('effect', '=', effect);
      if (before !== undefined) query = query.where('seq', '<', before);
      return Promise.all((await query.orderBy('seq', 'desc').limit(most).execute()).map(shown));
    },
    async holding(value, most) {
      const wanted = keysHolding(vault, value);
      if (wanted.length === 0) return [];
      const rows = await db.selectFrom('list_entry').selectAll().where('removed_at', 'is', null)
        .where((eb) => eb.or(wanted.map(({ kind, keys }) => eb.and([eb('kind', '=', kind), eb('key', 'in', [...keys])]))))
        .orderBy('seq', 'desc').limit(most).execute();
      return Promise.all(rows.map(shown));
    },
    async workflows() {
      const rows = await db.selectFrom('workflow').select('id').orderBy('id').limit(MOST_WORKFLOWS).execute();
      return rows.map(({ id }) => id);
    },
  };
}

/** Ids that one entry of the audit log repeats. */
const MOST_TOLD = 50;
/** Choices of a select that a person can still use. */
const MOST_WORKFLOWS = 500;

const contextOf = (id: string): string => `list_entry:${id}`;

/** Take so many numbers; gives the one before the first. Holds the clock's row until the transaction ends. */
export async function tick(tx: Transaction<Database>, by: number): Promise<number> {
  const { version } = await tx.updateTable('list_clock').set((eb) => ({ version: eb('version', '+', by) })).where('id', '=', CLOCK).returning('version').executeTakeFirstOrThrow();
  return version - by;
}

async function isWorkflow(tx: Transaction<Database>, id: string): Promise<boolean> {
  return (await tx.selectFrom('workflow').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

/** Keys that are on this very list already, and in force. */
async function listed(tx: Transaction<Database>, { effect, kind, mode, workflowId }: EntryTerms, found: readonly Resolved[], now: number): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (let at = 0; at < found.length; at += AT_ONCE) {
    const rows = await tx.selectFrom('list_entry').select('key')
      .where('kind', '=', kind).where('key', 'in', found.slice(at, at + AT_ONCE).map(({ key }) => key))
      .where('effect', '=', effect).where('mode', '=', mode)
      .where(workflowId === undefined ? sql<boolean>`workflow_id IS NULL` : sql<boolean>`workflow_id = ${workflowId}`)
      .where('removed_at', 'is', null).where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
      .execute();
    for (const { key } of rows) keys.add(key);
  }
  return keys;
}

/** How long an entry is still shown after its end, and known to have been removed, milliseconds. */
export const LISTS_KEPT_MS = 30 * 86_400_000;

/** Delete what ended long ago, in one bounded batch of each kind; gives how much went. */
export async function purgeLists(db: Db, now: number, most: number): Promise<number> {
  const [removed, expired] = [
    await deleteOldest(db, 'list_entry', 'removed_at', sql`removed_at < ${now - LISTS_KEPT_MS}`, most),
    await deleteOldest(db, 'list_entry', 'expires_at', sql`removed_at IS NULL AND expires_at < ${now - LISTS_KEPT_MS}`, most),
  ];
  return Math.max(removed, expired);
}
