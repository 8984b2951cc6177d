/**
 * Every other list of the console: what the desks themselves ask the database when a page is shown, its first and one deep
 * down, caught on the way and explained.
 */
import type { CompiledQuery, KyselyPlugin } from 'kysely';
import { sql } from 'kysely';
import type { Actor } from '../../src/admin/actor.ts';
import { Personal } from '../../src/personal.ts';
import { accountDesk } from '../../src/store/console/accounts.ts';
import { attention } from '../../src/store/console/attention.ts';
import { auditLog } from '../../src/store/console/audit.ts';
import { caseQueue, caseTags } from '../../src/store/console/cases_reads.ts';
import { cursorText } from '../../src/store/console/journeys_cursor.ts';
import { keyDesk } from '../../src/store/console/keys.ts';
import { listDesk } from '../../src/store/console/lists.ts';
import { overviewDesk } from '../../src/store/console/rollup.ts';
import { staffStore } from '../../src/store/console/staff.ts';
import { tokenDesk } from '../../src/store/console/tokens.ts';
import { webhookReads } from '../../src/store/console/webhooks_reads.ts';
import { workflowDraftStore } from '../../src/store/console/workflows.ts';
import type { Db } from '../../src/store/database.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { planOf, type Plan } from './plans.ts';
import { APART_MS, NEWEST } from './seed.ts';
import { accountId, amounts, BIG_ENDPOINT } from './seed_rest.ts';

const MOST = 51;
const DAY_MS = 86_400_000;
const BENCH: Actor = { kind: 'command', id: 'bench', name: 'Benchmark' };

export interface ShownList {
  readonly name: string;
  /** Show it; what it asks is caught. */
  readonly show: (db: Db) => Promise<unknown>;
}

/** Each list with its filters, alone and in the pairs that a person chooses, and deep down where it has pages. */
export function shownLists(vault: Vault, journeys: number): readonly ShownList[] {
  const now = (): number => NEWEST;
  const { accounts, cases, audit, deliveries, entries } = amounts(journeys);
  const opened = NEWEST - Math.floor(journeys * 0.9) * APART_MS;
  const deepCase = (at: number): string => cursorText({ createdAt: at, id: 'case_5' });
  const auditing = (db: Db) => ({ db, vault, now });
  const accountsOf = (db: Db) => accountDesk({ db, vault, now, images: { purge: refuse, reveal: refuse, ofJourney: refuse } });
  const lists = (db: Db) => listDesk({ db, vault, now, changed: async () => undefined });
  const queue = (name: string, filter: Parameters<typeof caseQueue>[1], before?: string): ShownList => ({ name: `cases: ${name}`, show: (db) => caseQueue(db, filter, before, MOST) });
  const log = (name: string, filter: Parameters<ReturnType<typeof auditLog>['page']>[0], before?: number): ShownList => ({ name: `audit: ${name}`, show: (db) => auditLog(auditing(db)).page(filter, before, MOST) });
  const delivered = (name: string, filter: { readonly endpointId: string; readonly state?: 'waiting' | 'delivered' | 'failed' }, deep = false): ShownList => ({
    name: `deliveries: ${name}`,
    show: (db) => webhookReads({ db, vault, now }).deliveries({ state: undefined, ...filter }, deep ? { createdAt: NEWEST - Math.floor(deliveries * 0.9) * 2000, id: 'dlv_5' } : undefined, MOST),
  });
  const entriesOf = (name: string, filter: Parameters<ReturnType<typeof listDesk>['page']>[0], before?: number): ShownList => ({ name: `lists: ${name}`, show: (db) => lists(db).page(filter, before, MOST) });
  const overview = (name: string, days: number, workflowId: string | undefined): ShownList => {
    const question = { from: NEWEST - days * DAY_MS, until: NEWEST, workflowId, mode: 'live' } as const;
    return { name: `overview: ${name}`, show: async (db) => [await overviewDesk(db).counts(question), await overviewDesk(db).decisions(question, DAY_MS)] };
  };
  const cursor = Buffer.from(JSON.stringify([NEWEST - Math.floor(accounts * 0.9) * APART_MS * 2.5, 'acc_5'])).toString('base64url');
  return [
    { name: 'accounts', show: (db) => accountsOf(db).page(undefined, MOST) },
    { name: 'accounts, deep', show: (db) => accountsOf(db).page(cursor, MOST) },
    { name: 'accounts: by id', show: (db) => accountsOf(db).search(BENCH, 'id', Personal.of(accountId(7))) },
    { name: 'accounts: by credential', show: (db) => accountsOf(db).search(BENCH, 'credential', Personal.of('somebody')) },
    { name: 'accounts: by phone', show: (db) => accountsOf(db).search(BENCH, 'phone', Personal.of('+14075550123')) },
    { name: 'accounts: by email', show: (db) => accountsOf(db).search(BENCH, 'email', Personal.of('a@example.com')) },
    { name: 'one account', show: (db) => accountsOf(db).find(accountId(8)) },
    queue('open, by when they are due', { status: 'open' }),
    queue('open, deep', { status: 'open' }, deepCase(NEWEST - 10 * APART_MS)),
    queue('overdue', { overdueAt: NEWEST }),
    queue('mine, open', { status: 'open', assignee: { id: 'staff_3' } }),
    queue('nobody’s, open', { status: 'open', assignee: 'nobody' }),
    queue('open, one workflow', { status: 'open', workflowId: 'w_small' }),
    queue('open, test', { status: 'open', mode: 'test' }),
    queue('open, rare tag', { status: 'open', tag: 'rare_tag' }),
    queue('open, common tag', { status: 'open', tag: 'face_differs' }),
    queue('waiting', { status: 'waiting' }),
    queue('resolved', { status: 'resolved' }),
    queue('resolved, deep', { status: 'resolved' }, deepCase(opened)),
    queue('resolved, rare tag', { status: 'resolved', tag: 'rare_tag' }),
    queue('all', {}),
    queue('all, deep', {}, deepCase(opened)),
    queue('all, one workflow, deep', { workflowId: 'w_big' }, deepCase(opened)),
    queue('all, mine', { assignee: { id: 'staff_3' } }),
    queue('all, common tag, deep', { tag: 'face_differs' }, deepCase(opened)),
    queue('all, unknown tag', { tag: 'nobody' }),
    log('all', {}),
    log('all, deep', {}, Math.floor(audit * 0.1)),
    log('action, common', { action: 'journey.revealed' }),
    log('action, rare, deep', { action: 'key.created' }, Math.floor(audit * 0.1)),
    log('action, unknown', { action: 'nothing.done' }),
    log('actor', { actorId: 'staff_7' }),
    log('actor + action that are rare together', { actorId: 'staff_7', action: 'key.created' }),
    log('target', { targetKind: 'account', targetId: accountId(7) }),
    log('kind of target', { targetKind: 'journey' }),
    log('refused', { outcome: 'refused' }),
    log('refused, deep', { outcome: 'refused' }, Math.floor(audit * 0.1)),
    log('one day, long ago', { from: NEWEST - Math.floor(audit * 0.9) * 20_000, until: NEWEST - Math.floor(audit * 0.9) * 20_000 + DAY_MS }),
    log('one day, action', { from: NEWEST - 5 * DAY_MS, until: NEWEST - 4 * DAY_MS, action: 'journey.revealed' }),
    log('actor unknown', { actorId: 'nobody' }),
    delivered('all', { endpointId: BIG_ENDPOINT }),
    delivered('all, deep', { endpointId: BIG_ENDPOINT }, true),
    delivered('failed', { endpointId: BIG_ENDPOINT, state: 'failed' }),
    delivered('failed, deep', { endpointId: BIG_ENDPOINT, state: 'failed' }, true),
    delivered('waiting, next to none', { endpointId: BIG_ENDPOINT, state: 'waiting' }),
    delivered('of a small endpoint', { endpointId: 'whe_5' }),
    { name: 'webhook endpoints', show: (db) => webhookReads({ db, vault, now }).endpoints() },
    entriesOf('all', { kind: undefined, effect: undefined }),
    entriesOf('all, deep', { kind: undefined, effect: undefined }, Math.floor(entries * 0.1)),
    entriesOf('nets', { kind: 'net', effect: undefined }),
    entriesOf('allowed', { kind: undefined, effect: 'allow' }),
    entriesOf('devices that are allowed: none', { kind: 'device', effect: 'allow' }),
    { name: 'lists: what holds an address', show: (db) => lists(db).holding(Personal.of('203.0.113.9'), 200) },
    overview('a day', 1, undefined),
    overview('90 days', 90, undefined),
    overview('90 days, one workflow', 90, 'w_1'),
    { name: 'overview: what waits', show: (db) => attention(db, NEWEST) },
    { name: `keys (2,000)`, show: (db) => keyDesk(auditing(db)).list({ workflowId: undefined, before: undefined, most: MOST }) },
    { name: 'workflows (100)', show: (db) => workflowDraftStore(auditing(db)).list(undefined, MOST) },
    { name: 'staff (500)', show: (db) => staffStore({ ...auditing(db), vault }).list(undefined, MOST) },
    { name: 'tokens (1,000)', show: (db) => tokenDesk(auditing(db)).list() },
    { name: `cases: tags to choose (of ${cases.toLocaleString('en')} cases)`, show: (db) => caseTags(db, 300) },
  ];
}

const refuse = (): never => { throw new Error('no picture is looked at here'); };

/** What was asked while `show` ran, reads alone. */
export async function caught(db: Db, show: ShownList['show']): Promise<readonly CompiledQuery[]> {
  const seen: CompiledQuery[] = [];
  const watching: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      seen.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await show(db.withPlugin(watching) as Db);
  return seen.filter(({ sql: text }) => /^\s*(?:select|with)\b/i.test(text) && !/for (?:no key )?update/i.test(text));
}

/** The plans of all that a list asks, as one. */
export async function plansOf(db: Db, list: ShownList): Promise<Plan> {
  const plans: Plan[] = [];
  for (const query of await caught(db, list.show)) plans.push(await planOf(db, query));
  const sum = (of: (plan: Plan) => number): number => plans.reduce((total, plan) => total + of(plan), 0);
  return { scans: [...new Set(plans.flatMap(({ scans }) => scans))], rows: sum(({ rows }) => rows), discarded: sum(({ discarded }) => discarded), milliseconds: sum(({ milliseconds }) => milliseconds) };
}

/** Tables of so many rows that reading one through is noticed. */
export async function bigTables(db: Db, least: number): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND reltuples >= ${least}`.execute(db);
  return rows.map(({ name }) => name);
}
