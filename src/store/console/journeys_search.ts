/** Lists of journeys, newest first: every one is read off an index, a page at a time. */
import type { JourneyFilter, JourneyLine, JourneyPage } from '../../admin/journeys/store.ts';
import type { Mode, Verdict } from '../../journey/journey.ts';
import type { Db } from '../database.ts';
import { cursorOf, cursorText } from './journeys_cursor.ts';

/** Just what `journey_newest` holds, so that the rows themselves need not be read. */
const COLUMNS = ['journey.id', 'journey.workflow_id', 'journey.client_id', 'journey.mode', 'journey.created_at', 'journey.verdict', 'journey.reason', 'journey.last_step'] as const;

interface LineRow {
  readonly id: string;
  readonly workflow_id: string;
  readonly client_id: string;
  readonly mode: Mode;
  readonly created_at: number;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly last_step: string | null;
}

/** The query of a page; benchmarks and tests look at how it is answered. */
export function searchQuery(db: Db, filter: JourneyFilter, before: string | undefined, most: number) {
  const { workflowId, clientId, mode, verdict, reason, step, from, until } = filter;
  let query = db.selectFrom('journey').select([...COLUMNS]);
  if (workflowId !== undefined) query = query.where('workflow_id', '=', workflowId);
  if (clientId !== undefined) query = query.where('client_id', '=', clientId);
  if (mode !== undefined) query = query.where('mode', '=', mode);
  if (verdict !== undefined) query = verdict === 'running' ? query.where('verdict', 'is', null) : query.where('verdict', '=', verdict);
  if (reason !== undefined) query = query.where('reason', '=', reason);
  if (step !== undefined) query = query.where('last_step', '=', step);
  if (from !== undefined) query = query.where('created_at', '>=', from);
  if (until !== undefined) query = query.where('created_at', '<', until);
  if (before !== undefined) {
    const { createdAt, id } = cursorOf(before);
    query = query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(createdAt, id)));
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(most);
}

/** Journeys of one hash of a person. */
export function personQuery(db: Db, kind: 'phone' | 'email' | 'credential', hash: string, before: string | undefined, most: number) {
  let query = db.selectFrom('journey_person').innerJoin('journey', 'journey.id', 'journey_person.journey_id').select([...COLUMNS])
    .where('kind', '=', kind).where('hash', '=', hash);
  if (before !== undefined) {
    const { createdAt, id } = cursorOf(before);
    query = query.where((eb) => eb(eb.refTuple('journey_person.created_at', 'journey_person.journey_id'), '<', eb.tuple(createdAt, id)));
  }
  return query.orderBy('journey_person.created_at', 'desc').orderBy('journey_person.journey_id', 'desc').limit(most);
}

export async function searchJourneys(db: Db, filter: JourneyFilter, before: string | undefined, most: number): Promise<JourneyPage> {
  return pageOf(await searchQuery(db, filter, before, most + 1).execute(), most);
}

export async function searchPerson(db: Db, kind: 'phone' | 'email' | 'credential', hashes: readonly string[], before: string | undefined, most: number): Promise<JourneyPage> {
  const found = await Promise.all(hashes.map((hash) => personQuery(db, kind, hash, before, most + 1).execute()));
  const rows = found.flat().toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1));
  return pageOf(rows, most);
}

function pageOf(rows: readonly LineRow[], most: number): JourneyPage {
  const lines = rows.slice(0, most).map(lineOf);
  const last = lines.at(-1);
  return { lines, next: rows.length > most && last ? cursorText(last) : undefined };
}

function lineOf(row: LineRow): JourneyLine {
  return {
    id: row.id, workflowId: row.workflow_id, clientId: row.client_id, mode: row.mode, createdAt: row.created_at,
    verdict: (row.verdict ?? undefined) as Verdict | undefined, reason: row.reason ?? undefined, lastStep: row.last_step ?? undefined,
  };
}
