/**
 * What is recorded of a journey besides personal data, for an operator who asks why it came out so. No sealed column is
 * read here, so nothing of it can be printed.
 */
import type { JourneyReport, ReportedEvent } from '../admin/journeys/found.ts';
import type { Decision, StepResult } from '../journey/journey.ts';
import { decisionRecord, type DecisionRecord } from '../journey/rules/decision_record.ts';
import type { Db } from './database.ts';

export type { JourneyReport, ReportedDevice, ReportedEvent, ReportedReturns, ReportedRisk } from '../admin/journeys/found.ts';

/** Everything recorded of a journey; undefined where there is none, or none any more. */
export async function journeyReport(db: Db, id: string): Promise<JourneyReport | undefined> {
  const journey = await db.selectFrom('journey')
    .select(['id', 'workflow_id', 'workflow_version', 'mode', 'client_id', 'created_at', 'expires_at', 'account_id', 'device_id', 'results', 'decision'])
    .where('id', '=', id).executeTakeFirst();
  if (!journey) return undefined;
  const [events, risk, bound, returns] = await Promise.all([
    db.selectFrom('journey_event').select(['at', 'node', 'layer', 'name', 'outcome', 'reason', 'details']).where('journey_id', '=', id).orderBy('seq').execute(),
    db.selectFrom('risk_decision').select(['at', 'node', 'policy_version', 'outcome', 'score', 'record', 'shadow_version', 'shadow_outcome', 'shadow'])
      .where('journey_id', '=', id).orderBy('seq').execute(),
    db.selectFrom('journey_device').innerJoin('device', 'device.id', 'journey_device.device_id')
      .select(['journey_device.channel', 'journey_device.issued_at', 'device.id', 'device.kind', 'device.label']).where('journey_device.journey_id', '=', id)
      .orderBy('journey_device.channel').execute(),
    db.selectFrom('silent_return').select(['device_id', 'began_at', 'last_at', 'returns', 'policy_version', 'country', 'refused', 'refusal', 'refused_at'])
      .where('journey_id', '=', id).executeTakeFirst(),
  ]);
  const trusts = journey.account_id === null || bound.length === 0 ? [] : await db.selectFrom('device_trust')
    .select(['device_id', 'workflow_id', 'journey_id', 'acr', 'reason', 'expires_at', 'revoked_at', 'revoked_reason'])
    .where('account_id', '=', journey.account_id).where('device_id', 'in', bound.map((device) => device.id)).orderBy('granted_at').execute();
  return {
    id: journey.id,
    workflow: `${journey.workflow_id}@${journey.workflow_version}`,
    mode: journey.mode,
    clientId: journey.client_id,
    createdAt: journey.created_at,
    expiresAt: journey.expires_at,
    accountId: journey.account_id ?? undefined,
    deviceId: journey.device_id ?? undefined,
    results: journey.results as readonly StepResult[],
    decision: (journey.decision ?? undefined) as Decision | undefined,
    events: events.map((event) => ({
      ...event, node: event.node ?? undefined, reason: event.reason ?? undefined, details: (event.details ?? undefined) as ReportedEvent['details'],
    })),
    risk: risk.map((row) => ({
      at: row.at,
      node: row.node,
      policyVersion: row.policy_version,
      outcome: row.outcome,
      score: row.score,
      record: recordOf(row.record),
      shadow: row.shadow_version === null ? undefined : { policyVersion: row.shadow_version, outcome: row.shadow_outcome ?? 'unknown', record: recordOf(row.shadow) },
    })),
    devices: bound.map((device) => ({
      channel: device.channel,
      id: device.id,
      kind: device.kind,
      label: device.label ?? undefined,
      issuedAt: device.issued_at ?? undefined,
      trusts: trusts.filter((trust) => trust.device_id === device.id).map((trust) => ({
        workflowId: trust.workflow_id,
        acr: trust.acr,
        reason: trust.reason,
        byThis: trust.journey_id === id,
        expiresAt: trust.expires_at,
        revoked: trust.revoked_at === null ? undefined : { at: trust.revoked_at, reason: trust.revoked_reason ?? 'unknown' },
      })),
    })),
    returns: returns && {
      deviceId: returns.device_id,
      count: returns.returns,
      firstAt: returns.began_at,
      lastAt: returns.last_at,
      country: returns.country ?? undefined,
      policyVersion: returns.policy_version,
      refused: returns.refused_at === null ? undefined : { count: returns.refused, at: returns.refused_at, code: returns.refusal ?? 'unknown' },
    },
  };
}

function recordOf(stored: unknown): DecisionRecord | undefined {
  const parsed = decisionRecord.safeParse(stored);
  return parsed.success ? parsed.data : undefined;
}
