/** The lists that the console shows, and how the database answers each. */
import { sql, type CompiledQuery } from 'kysely';
import type { Db } from '../../src/store/database.ts';
import { cursorText } from '../../src/store/console/journeys_cursor.ts';
import { personQuery, searchQuery } from '../../src/store/console/journeys_search.ts';
import type { JourneyFilter } from '../../src/admin/journeys/store.ts';
import { APART_MS, NEWEST, PHONE_HASH } from './seed.ts';

const PAGE = 51;
const DAY_MS = 86_400_000;

/** Every kind of filter alone, pairs of common and rare ones, pairs that never meet, and pages deep down. */
export function lists(count: number): readonly { readonly name: string; readonly filter: JourneyFilter; readonly before?: string }[] {
  const deep = cursorText({ createdAt: NEWEST - Math.floor(count * 0.9) * APART_MS, id: 'f' });
  const from = NEWEST - 3 * DAY_MS;
  return [
    { name: 'no filter', filter: {} },
    { name: 'no filter, deep', filter: {}, before: deep },
    { name: 'workflow, common', filter: { workflowId: 'w_big' } },
    { name: 'workflow, rare, deep', filter: { workflowId: 'w_small' }, before: deep },
    { name: 'workflow, unknown', filter: { workflowId: 'nobody' } },
    { name: 'key', filter: { clientId: 'w_big_key_1' } },
    { name: 'mode, rare', filter: { mode: 'test' } },
    { name: 'decision: deny', filter: { verdict: 'deny' } },
    { name: 'decision: running', filter: { verdict: 'running' } },
    { name: 'reason, rare', filter: { reason: 'rare_reason' } },
    { name: 'reason, common, deep', filter: { reason: 'violation' }, before: deep },
    { name: 'last step', filter: { step: 'kba' } },
    { name: 'three days', filter: { from, until: NEWEST } },
    { name: 'three days, reason', filter: { from, until: NEWEST, reason: 'simChangeDetected' } },
    { name: 'workflow + decision', filter: { workflowId: 'w_big', verdict: 'review' } },
    { name: 'workflow + reason, rare', filter: { workflowId: 'w_big', reason: 'rare_reason' } },
    { name: 'workflow + reason that never meet', filter: { workflowId: 'w_big', reason: 'never_of_w_big' } },
    { name: 'decision + step that never meet', filter: { verdict: 'approve', step: 'kba' } },
    { name: 'mode + decision + step that never meet', filter: { mode: 'test', verdict: 'approve', step: 'kba' } },
    { name: 'everything', filter: { workflowId: 'w_big', clientId: 'w_big_key_1', mode: 'live', verdict: 'deny', reason: 'violation', step: 'kba', from, until: NEWEST } },
  ];
}

export interface Plan {
  /** Ways the tables were read: `Index Only Scan using journey_newest`. */
  readonly scans: readonly string[];
  /** Rows given back, and rows that were read and thrown away. */
  readonly rows: number;
  readonly discarded: number;
  readonly milliseconds: number;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

export function listQuery(db: Db, { filter, before }: { readonly filter: JourneyFilter; readonly before?: string }): CompiledQuery {
  return searchQuery(db, filter, before, PAGE).compile();
}

export function personListQuery(db: Db, before?: string): CompiledQuery {
  return personQuery(db, 'phone', PHONE_HASH, before, PAGE).compile();
}

/** Run it, and tell how it was answered. */
export async function planOf(db: Db, query: CompiledQuery): Promise<Plan> {
  const text = `EXPLAIN (ANALYZE, FORMAT JSON) ${query.sql}`;
  const { rows } = await db.executeQuery({ ...query, sql: text, query: sql.raw(text).compile(db).query } as CompiledQuery);
  const [said] = (rows[0] as { readonly 'QUERY PLAN': readonly { readonly Plan: Node; readonly 'Execution Time': number }[] })['QUERY PLAN'];
  if (!said) throw new Error('the database explained nothing');
  const nodes = flat(said.Plan);
  return {
    scans: nodes.filter((node) => node['Node Type'].includes('Scan')).map((node) => `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name'] ?? ''}`.trim()),
    rows: said.Plan['Actual Rows'] ?? 0,
    discarded: nodes.reduce((sum, node) => sum + (node['Rows Removed by Filter'] ?? 0), 0),
    milliseconds: said['Execution Time'],
  };
}

function flat(node: Node): readonly Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)];
}
