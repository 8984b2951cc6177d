/** Reading cases: the queue page by page, and one of them with what belongs to it. */
import { sql, type Selectable } from 'kysely';
import { MOST_RELATED, type CaseFilter, type CaseLine, type CasePage, type FoundCase, type RelatedJourneys } from '../../admin/cases/store.ts';
import type { Decision, StepResult } from '../../journey/journey.ts';
import type { ReviewRound } from '../../journey/review.ts';
import { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';
import type { StoredProposal } from './cases_writing.ts';
import { cursorOf, cursorText } from './journeys_cursor.ts';

/** Notes and steps that one page shows; the newest. */
const MOST_SHOWN = 200;

type Row = Selectable<Database['review_case']> & { readonly tags: readonly string[] };

const TAGS = sql<readonly string[]>`(SELECT coalesce(json_agg(tag ORDER BY tag), '[]'::json) FROM case_tag WHERE case_id = review_case.id)`.as('tags');

function lineOf(row: Row): CaseLine {
  return {
    id: row.id, kind: row.kind, status: row.status, version: row.version, mode: row.mode, workflowId: row.workflow_id ?? undefined, journeyId: row.journey_id ?? undefined,
    tags: row.tags, openedAt: row.opened_at, dueAt: row.due_at, resolvedAt: row.resolved_at ?? undefined, resolution: row.resolution ?? undefined,
    assignee: row.assignee_id === null ? undefined : { id: row.assignee_id, name: row.assignee_name ?? row.assignee_id },
    fourEyes: row.four_eyes, proposal: (row.proposal ?? undefined) as StoredProposal | undefined,
  };
}

/**
 * Tags there are, in their order. From one to the next along the key: of a hundred thousand tagged cases a few dozen tags
 * are read, not every row.
 */
export async function caseTags(db: Db, most: number): Promise<readonly string[]> {
  const { rows } = await sql<{ tag: string }>`
    WITH RECURSIVE found AS (
      (SELECT tag, 1 AS number FROM case_tag ORDER BY tag LIMIT 1)
      UNION ALL
      SELECT (SELECT case_tag.tag FROM case_tag WHERE case_tag.tag > found.tag ORDER BY case_tag.tag LIMIT 1), number + 1 FROM found WHERE found.tag IS NOT NULL AND number < ${most}
    )
    SELECT tag FROM found WHERE tag IS NOT NULL ORDER BY number`.execute(db);
  return rows.map(({ tag }) => tag);
}

/** @throws GatehouseError `bad_cursor` */
export async function caseQueue(db: Db, filter: CaseFilter, before: string | undefined, most: number): Promise<CasePage> {
  const { status, assignee, workflowId, tag, mode, overdueAt } = filter;
  let query = db.selectFrom('review_case').selectAll('review_case').select(TAGS);
  if (status !== undefined) query = query.where('status', '=', status);
  if (overdueAt !== undefined) query = query.where('status', '=', 'open').where('due_at', '<', overdueAt);
  if (assignee === 'nobody') query = query.where('assignee_id', 'is', null).where('status', '<>', 'resolved');
  else if (assignee !== undefined) query = query.where('assignee_id', '=', assignee.id).where('status', '<>', 'resolved');
  if (workflowId !== undefined) query = query.where('workflow_id', '=', workflowId);
  if (mode !== undefined) query = query.where('mode', '=', mode);
  if (tag !== undefined) query = query.where('id', 'in', (eb) => eb.selectFrom('case_tag').select('case_id').where('tag', '=', tag));
  // What is worked on comes in the order in which it is due; what is looked back at, the newest first.
  const byDue = status === 'open' || overdueAt !== undefined;
  const [column, direction, beyond] = byDue ? (['due_at', 'asc', '>'] as const) : (['opened_at', 'desc', '<'] as const);
  if (before !== undefined) {
    const { createdAt: at, id } = cursorOf(before);
    query = query.where((eb) => eb(eb.refTuple(column, 'id'), beyond, eb.tuple(at, id)));
  }
  const rows = await query.orderBy(column, direction).orderBy('id', direction).limit(most + 1).execute();
  const lines = rows.slice(0, most).map(lineOf);
  const last = lines.at(-1);
  return { lines, next: rows.length > most && last ? cursorText({ createdAt: byDue ? last.dueAt : last.openedAt, id: last.id }) : undefined };
}

export async function foundCase(db: Db, vault: Pick<Vault, 'open'>, id: string): Promise<FoundCase | undefined> {
  const row = await db.selectFrom('review_case').selectAll('review_case').select(TAGS).where('id', '=', id).executeTakeFirst();
  if (!row) return undefined;
  const [journey, incident, notes, history] = await Promise.all([
    row.journey_id === null ? undefined : db.selectFrom('journey').select(['id', 'client_id', 'workflow_id', 'workflow_version', 'created_at', 'expires_at', 'decision', 'results', 'reviews', 'erased_at']).where('id', '=', row.journey_id).executeTakeFirst(),
    row.incident_id === null ? undefined : db.selectFrom('incident').selectAll().where('id', '=', row.incident_id).executeTakeFirst(),
    db.selectFrom('case_note').selectAll().where('case_id', '=', id).orderBy('at', 'desc').orderBy('id').limit(MOST_SHOWN).execute(),
    db.selectFrom('case_event').selectAll().where('case_id', '=', id).orderBy('seq', 'desc').limit(MOST_SHOWN).execute(),
  ]);
  const about = journey?.id ?? incident?.journey_id ?? undefined;
  return {
    ...lineOf(row),
    journey: journey && {
      id: journey.id, clientId: journey.client_id, workflow: `${journey.workflow_id}@${journey.workflow_version}`, createdAt: journey.created_at, expiresAt: journey.expires_at,
      decision: (journey.decision ?? undefined) as Decision | undefined, results: journey.results as readonly StepResult[],
      reviews: (journey.reviews ?? []) as readonly ReviewRound[], erased: journey.erased_at !== null,
    },
    incident: incident && {
      id: incident.id, kind: incident.kind, accountId: incident.account_id ?? undefined, deviceId: incident.device_id ?? undefined, journeyId: incident.journey_id ?? undefined,
      details: incident.details as Readonly<Record<string, string | number | boolean | null>>, at: incident.at,
    },
    notes: await Promise.all(notes.map(async (note) => ({
      at: note.at, kind: note.kind, by: note.actor_name,
      text: note.sealed === null ? undefined : Personal.of((await vault.open('case', note.sealed, `case_note:${note.id}`)).toString('utf8')),
    }))),
    history: history.map((event) => ({ at: event.at, by: event.actor_name, action: event.action, details: event.details as Readonly<Record<string, unknown>> })),
    related: about === undefined ? [] : await related(db, about),
  };
}

/** Journeys that share a phone number, a browser or a document with this one, by the hashes that are kept of them. */
async function related(db: Db, journeyId: string): Promise<readonly RelatedJourneys[]> {
  const shared = {
    phone: sql`SELECT other.journey_id FROM journey_person AS mine JOIN journey_person AS other ON other.kind = mine.kind AND other.hash = mine.hash
      WHERE mine.journey_id = ${journeyId} AND mine.kind = 'phone'`,
    device: sql`SELECT other.journey_id FROM journey_device AS mine JOIN journey_device AS other ON other.device_id = mine.device_id WHERE mine.journey_id = ${journeyId}`,
    document: sql`SELECT other.journey_id FROM document_seen AS mine JOIN document_seen AS other ON other.document_hash = mine.document_hash WHERE mine.journey_id = ${journeyId}`,
  };
  return Promise.all((['phone', 'device', 'document'] as const).map(async (by) => {
    const { rows } = await sql<{ id: string; verdict: string | null; created_at: number }>`
      SELECT id, verdict, created_at FROM journey WHERE id IN (${shared[by]}) AND id <> ${journeyId} ORDER BY created_at DESC, id DESC LIMIT ${MOST_RELATED + 1}`.execute(db);
    return { by, journeys: rows.slice(0, MOST_RELATED).map((row) => ({ id: row.id, verdict: row.verdict ?? undefined, createdAt: Number(row.created_at) })), more: rows.length > MOST_RELATED };
  }));
}
