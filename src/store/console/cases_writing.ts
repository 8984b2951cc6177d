/** How a case comes to be and moves, each in the transaction of what moves it. */
import { randomUUID } from 'node:crypto';
import type { Transaction, Updateable } from 'kysely';
import { MOST_TAGS } from '../../admin/cases/store.ts';
import { GatehouseError } from '../../errors.ts';
import type { Decision, Journey, Mode } from '../../journey/journey.ts';
import { GATEWAY, NEVER_CAME, reviewedReasons, type Reviewer } from '../../journey/review.ts';
import type { ReviewRecording, WaitsForReview } from '../../journey/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Database } from '../tables.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { appendAudit } from './audit.ts';

/** Incidents, and what is looked at afterwards, are looked at within a day. */
const INCIDENT_DUE_MS = 86_400_000;

/** What is kept of a proposal under four eyes. */
export interface StoredProposal {
  readonly verdict: 'approve' | 'deny';
  readonly code: string;
  readonly by: Pick<Reviewer, 'kind' | 'id' | 'name'>;
  readonly at: number;
}

/** Note something done in a case, numbered by the version that it made. */
export async function noteCaseEvent(
  tx: Transaction<Database>, of: { readonly caseId: string; readonly version: number; readonly at: number }, by: Reviewer, action: string, details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await tx.insertInto('case_event').values({
    case_id: of.caseId, seq: of.version, at: of.at, actor_kind: by.kind, actor_id: by.id, actor_name: by.name, action, details: JSON.stringify(details),
  }).execute();
}

/** Keep what somebody wrote, sealed: it may hold personal data. */
export async function writeNote(
  tx: Transaction<Database>, vault: Pick<Vault, 'seal'>, note: { readonly caseId: string; readonly at: number; readonly kind: 'comment' | 'reason'; readonly text: string }, by: Reviewer,
): Promise<void> {
  const id = randomUUID();
  await tx.insertInto('case_note').values({
    id, case_id: note.caseId, at: note.at, kind: note.kind, actor_kind: by.kind, actor_id: by.id, actor_name: by.name,
    sealed: vault.seal('case', note.text, `case_note:${id}`),
  }).execute();
}

/** Open the case of a journey that waits for a person, or put the one it has back into the queue. */
export async function openJourneyCase(tx: Transaction<Database>, journey: Journey, decision: Decision, waits: WaitsForReview, now: number): Promise<void> {
  const fresh = randomUUID();
  const { id, version } = await tx
    .insertInto('review_case')
    .values({
      id: fresh, kind: 'review', status: 'open', version: 1, mode: journey.mode, workflow_id: journey.workflowId, journey_id: journey.id, incident_id: null,
      opened_at: now, due_at: waits.dueAt, resolved_at: null, resolution: null, assignee_id: null, assignee_name: null, four_eyes: waits.fourEyes, proposal: null,
    })
    // Back from a step that was asked again: whoever worked on it goes on.
    .onConflict((conflict) => conflict.columns(['journey_id', 'kind']).where('journey_id', 'is not', null).doUpdateSet((eb) => ({
      status: 'open', version: eb('review_case.version', '+', 1), due_at: waits.dueAt, resolved_at: null, resolution: null, proposal: null, four_eyes: waits.fourEyes,
    })))
    .returning(['id', 'version'])
    .executeTakeFirstOrThrow();
  const tags = await addTags(tx, id, decision.reasons.map(({ code }) => tagOf(code)));
  await noteCaseEvent(tx, { caseId: id, version, at: now }, GATEWAY, id === fresh ? 'opened' : 'reopened', { tags });
  await queueWebhookEvent(tx, {
    type: 'case.opened', mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now,
    data: { case_id: id, kind: 'review', transaction_id: journey.id, tags, due_at: new Date(waits.dueAt).toISOString(), again: id !== fresh },
  });
}

/** Tags that rules of the workflow's automation give, and which rules. */
interface ByRules {
  readonly tags: readonly string[];
  readonly rules: readonly string[];
}

/** Open the case for looking afterwards at a journey whose decision stands, and so is the only one of its kind; gives its id. */
export async function openFollowUp(tx: Transaction<Database>, journey: Journey, { tags: wanted, rules }: ByRules, now: number): Promise<string> {
  const id = randomUUID();
  const dueAt = now + INCIDENT_DUE_MS;
  await tx.insertInto('review_case').values({
    id, kind: 'follow_up', status: 'open', version: 1, mode: journey.mode, workflow_id: journey.workflowId, journey_id: journey.id, incident_id: null,
    opened_at: now, due_at: dueAt, resolved_at: null, resolution: null, assignee_id: null, assignee_name: null, four_eyes: false, proposal: null,
  }).execute();
  const tags = await addTags(tx, id, wanted);
  await noteCaseEvent(tx, { caseId: id, version: 1, at: now }, GATEWAY, 'opened', { tags, rules });
  await queueWebhookEvent(tx, {
    type: 'case.opened', mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now,
    data: { case_id: id, kind: 'follow_up', transaction_id: journey.id, tags, due_at: new Date(dueAt).toISOString(), again: false },
  });
  return id;
}

/** Tag the case of a journey that waits for a person; gives its id. */
export async function tagReview(tx: Transaction<Database>, journey: Pick<Journey, 'id'>, { tags, rules }: ByRules, now: number): Promise<string> {
  const { id, version } = await tx.updateTable('review_case').set((eb) => ({ version: eb('version', '+', 1) })).where('journey_id', '=', journey.id).where('kind', '=', 'review')
    .returning(['id', 'version']).executeTakeFirstOrThrow();
  const added = await addTags(tx, id, tags);
  await noteCaseEvent(tx, { caseId: id, version, at: now }, GATEWAY, 'tagged', { added, rules });
  return id;
}

/** Tag a case whose row this transaction holds, as far as it has room; gives those of the tags that it has by now. */
async function addTags(tx: Transaction<Database>, caseId: string, tags: readonly string[]): Promise<readonly string[]> {
  const wanted = [...new Set(tags)];
  if (wanted.length === 0) return [];
  const kept = new Set((await tx.selectFrom('case_tag').select('tag').where('case_id', '=', caseId).execute()).map(({ tag }) => tag));
  const more = wanted.filter((tag) => !kept.has(tag)).slice(0, Math.max(0, MOST_TAGS - kept.size));
  if (more.length > 0) await tx.insertInto('case_tag').values(more.map((tag) => ({ tag, case_id: caseId }))).execute();
  return wanted.filter((tag) => kept.has(tag) || more.includes(tag));
}

/** Open the case of an incident. */
export async function openIncidentCase(
  tx: Transaction<Database>, incident: { readonly id: string; readonly mode: Mode; readonly kind: string; readonly journeyId: string | undefined; readonly at: number },
): Promise<void> {
  const id = randomUUID();
  const { at } = incident;
  await tx.insertInto('review_case').values({
    id, kind: 'incident', status: 'open', version: 1, mode: incident.mode, workflow_id: null, journey_id: null, incident_id: incident.id,
    opened_at: at, due_at: at + INCIDENT_DUE_MS, resolved_at: null, resolution: null, assignee_id: null, assignee_name: null, four_eyes: false, proposal: null,
  }).execute();
  await tx.insertInto('case_tag').values({ tag: tagOf(incident.kind), case_id: id }).execute();
  await noteCaseEvent(tx, { caseId: id, version: 1, at }, GATEWAY, 'opened', { tags: [tagOf(incident.kind)] });
  await queueWebhookEvent(tx, {
    type: 'case.opened', mode: incident.mode, workflowId: undefined, clientId: undefined, journeyId: incident.journeyId, at,
    data: { case_id: id, kind: 'incident', transaction_id: incident.journeyId ?? null, tags: [tagOf(incident.kind)], due_at: new Date(at + INCIDENT_DUE_MS).toISOString(), again: false },
  });
}

/** An incident was closed elsewhere than at its case. */
export async function resolveWithIncident(tx: Transaction<Database>, incidentId: string, now: number): Promise<void> {
  const found = await tx.selectFrom('review_case').select(['id', 'version', 'mode']).where('incident_id', '=', incidentId).where('status', '<>', 'resolved').forUpdate().executeTakeFirst();
  if (!found) return;
  await moveCase(tx, { caseId: found.id, version: found.version, at: now }, GATEWAY, 'closed', { incident: incidentId }, { status: 'resolved', resolved_at: now, resolution: 'incident_closed' });
  await tellResolved(tx, { id: found.id, mode: found.mode, workflowId: undefined, clientId: undefined, journeyId: undefined }, 'incident_closed', now);
}

/** A journey that was asked for a step again ended by its routes, or ran out of time: nobody waits any more. */
export async function resolveByRoute(tx: Transaction<Database>, journey: Pick<Journey, 'id' | 'mode' | 'workflowId' | 'clientId'>, decision: Decision, now: number): Promise<void> {
  const found = await tx.selectFrom('review_case').select(['id', 'version']).where('journey_id', '=', journey.id).where('kind', '=', 'review').where('status', '<>', 'resolved').forUpdate().executeTakeFirst();
  if (!found) return;
  const reason = decision.reasons[0]?.code ?? decision.verdict;
  await moveCase(tx, { caseId: found.id, version: found.version, at: now }, GATEWAY, 'resolved_by_route', { verdict: decision.verdict, reason }, { status: 'resolved', resolved_at: now, resolution: `route_${decision.verdict}`, proposal: null });
  // Whoever listens for how reviews end hears of this one too, beside `journey.decided`.
  await queueWebhookEvent(tx, {
    type: 'journey.reviewed', mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now,
    data: {
      case_id: found.id, transaction_id: journey.id, decision: decision.verdict, policy: decision.policy,
      reasons: decision.reasons.map(({ code }) => code), decided_at: new Date(decision.at).toISOString(),
    },
  });
  await tellResolved(tx, { id: found.id, mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id }, `route_${decision.verdict}`, now);
}

/**
 * Change a case that is still as it was looked at, and note what was done.
 * @throws GatehouseError `case_moved`: nothing of the transaction may stay
 */
export async function moveCase(
  tx: Transaction<Database>, of: { readonly caseId: string; readonly version: number; readonly at: number }, by: Reviewer, action: string,
  details: Readonly<Record<string, unknown>>, set: Omit<Updateable<Database['review_case']>, 'id' | 'version'>,
): Promise<void> {
  const moved = await tx.updateTable('review_case').set({ ...set, version: of.version + 1 }).where('id', '=', of.caseId).where('version', '=', of.version).returning('id').executeTakeFirst();
  if (!moved) throw new GatehouseError('case_moved', 409, 'Somebody else changed this case since it was looked at. Look at it again before deciding.');
  await noteCaseEvent(tx, { ...of, version: of.version + 1 }, by, action, details);
}

/** @see ReviewRecording; called once its journey is written, with the audit entry last. */
export async function writeReviewed(tx: Transaction<Database>, vault: Pick<Vault, 'seal' | 'keyedHash'>, journey: Journey, review: ReviewRecording, now: number): Promise<void> {
  const { caseId, caseVersion, round, by, words, again } = review;
  const found = await tx.selectFrom('review_case').select(['status', 'version', 'four_eyes', 'proposal']).where('id', '=', caseId).where('journey_id', '=', journey.id).forUpdate().executeTakeFirst();
  if (!found || found.status !== 'open' || found.version !== caseVersion) throw new GatehouseError('case_moved', 409, 'Somebody else changed this case since it was looked at. Look at it again before deciding.');
  const proposal = found.proposal as StoredProposal | null;
  // Held here too, whoever calls: a decision under four eyes is the second person's, about the same verdict. Where no two
  // people ever came, the gateway says no by itself, and nothing else.
  const neverCame = round.code === NEVER_CAME && round.verdict === 'deny' && by.kind === 'system';
  const resolution = neverCame ? NEVER_CAME : `reviewed_${round.verdict}`;
  if (!again && found.four_eyes && !neverCame && !isSecond(proposal, round.verdict, by)) {
    throw new GatehouseError('second_person_needed', 409, 'Another person has to confirm what the first one proposed.');
  }
  const details = { journey: journey.id, verdict: round.verdict, code: round.code, ...(round.node === undefined ? {} : { node: round.node }), ...(proposal && !again ? { proposed_by: proposal.by.id } : {}) };
  await moveCase(tx, { caseId, version: caseVersion, at: now }, by, again ? 'asked_again' : 'decided', details, again
    ? { status: 'waiting', proposal: null }
    : { status: 'resolved', resolved_at: now, resolution, proposal: null });
  if (words) await writeNote(tx, vault, { caseId, at: now, kind: 'reason', text: words.open() }, by);
  const told = { mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now };
  if (again) {
    await tx.deleteFrom('again_link').where('journey_id', '=', journey.id).execute();
    if (again.linkHash !== undefined) await tx.insertInto('again_link').values({ token_hash: again.linkHash, journey_id: journey.id, expires_at: again.expiresAt, visit_hash: null, used_at: null }).execute();
    const step = journey.results.find(({ node }) => node === round.node)?.step ?? null;
    await queueWebhookEvent(tx, { ...told, type: 'journey.step_requested', data: { case_id: caseId, transaction_id: journey.id, step, reason: round.code, expires_at: new Date(again.expiresAt).toISOString() } });
  } else {
    await queueWebhookEvent(tx, {
      ...told, type: 'journey.reviewed',
      data: { case_id: caseId, transaction_id: journey.id, decision: round.verdict, policy: round.from.policy, reasons: reviewedReasons(round.verdict, round.code), decided_at: new Date(now).toISOString() },
    });
    await tellResolved(tx, { id: caseId, mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id }, resolution, now);
  }
  await appendAudit(tx, vault, by, { action: again ? 'case.asked_again' : 'case.decided', target: { kind: 'case', id: caseId }, details }, now);
}

/** Whether this person may confirm: somebody else than who proposed it, and somebody, not a token that anyone may hold. Pure. */
export function isSecond(proposal: StoredProposal | null, verdict: string, by: Pick<Reviewer, 'kind' | 'id'>): boolean {
  return proposal !== null && proposal.by.kind === 'staff' && proposal.verdict === verdict && by.kind === 'staff' && by.id !== proposal.by.id;
}

export async function tellResolved(
  tx: Transaction<Database>, of: { readonly id: string; readonly mode: Mode; readonly workflowId: string | undefined; readonly clientId: string | undefined; readonly journeyId: string | undefined }, resolution: string, at: number,
): Promise<void> {
  await queueWebhookEvent(tx, {
    type: 'case.resolved', mode: of.mode, workflowId: of.workflowId, clientId: of.clientId, journeyId: of.journeyId, at,
    data: { case_id: of.id, transaction_id: of.journeyId ?? null, resolution },
  });
}

/** A code as a tag: reasons carry their why after a colon. Pure. */
export function tagOf(code: string): string {
  return code.toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60) || 'review';
}
