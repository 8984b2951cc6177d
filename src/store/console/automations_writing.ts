/** What the rules of a workflow's automation do, in the transaction of the decision that they fit. */
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Decision, Journey } from '../../journey/journey.ts';
import type { FiredRule } from '../../journey/rules/automations.ts';
import type { Database } from '../tables.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { openFollowUp, tagReview } from './cases_writing.ts';

/**
 * Run the rules that did not run for this journey before, each once, however often it is decided. Call it once the
 * decision's own case is written: a journey in review gets the tags on that one, and every other a case for looking afterwards.
 * Gives the names of those that ran.
 */
export async function runAutomations(tx: Transaction<Database>, journey: Journey, decision: Decision, fired: readonly FiredRule[], now: number): Promise<readonly string[]> {
  if (fired.length === 0) return [];
  const rows = await tx.insertInto('automation_run').values(fired.map(({ name, notify }) => ({
    journey_id: journey.id, rule: name, id: randomUUID(), workflow_id: journey.workflowId, mode: journey.mode, verdict: decision.verdict, at: now, case_id: null, notify, dismissed_at: null,
  }))).onConflict((conflict) => conflict.columns(['journey_id', 'rule']).doNothing()).returning('rule').execute();
  const fresh = new Set(rows.map(({ rule }) => rule));
  const run = fired.filter(({ name }) => fresh.has(name));

  const opening = run.filter(({ tags }) => tags !== undefined);
  if (opening.length > 0) {
    const wanted = { tags: [...new Set(opening.flatMap(({ tags }) => tags ?? []))], rules: opening.map(({ name }) => name) };
    const caseId = decision.verdict === 'review' ? await tagReview(tx, journey, wanted, now) : await openFollowUp(tx, journey, wanted, now);
    await tx.updateTable('automation_run').set({ case_id: caseId }).where('journey_id', '=', journey.id).where('rule', 'in', wanted.rules).execute();
  }
  for (const { name, callOut } of run) {
    if (!callOut) continue;
    await queueWebhookEvent(tx, {
      type: 'journey.automation', mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now,
      data: {
        transaction_id: journey.id, rule: name, decision: decision.verdict, policy: decision.policy,
        reasons: decision.reasons.map(({ code }) => code), decided_at: new Date(decision.at).toISOString(),
      },
    }, callOut.endpoint);
  }
  return run.map(({ name }) => name);
}
