/**
 * One journey as JSON: what the console's download and the API give. Ids, codes, counts and times alone; whatever a
 * detail holds was recorded as such. Times are ISO 8601, names `snake_case`. Pure.
 */
import type { Reason } from '../../journey/journey.ts';
import type { FoundJourney, ReportedRisk } from './found.ts';
import type { JourneyLine } from './store.ts';

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
const reasons = (all: readonly Reason[]) => all.map(({ code, detail }) => ({ code, detail: detail ?? {} }));

export function lineView(line: JourneyLine) {
  return {
    transaction_id: line.id, workflow: line.workflowId, client_id: line.clientId, mode: line.mode, created_at: iso(line.createdAt),
    decision: line.verdict ?? null, reason: line.reason ?? null, last_step: line.lastStep ?? null,
  };
}

export function journeyView(found: FoundJourney) {
  const { decision, returns } = found;
  return {
    transaction_id: found.id,
    workflow: found.workflowId,
    workflow_version: found.workflowVersion,
    mode: found.mode,
    client_id: found.clientId,
    simulated: found.simulated,
    created_at: iso(found.createdAt),
    expires_at: iso(found.expiresAt),
    delete_at: iso(found.deleteAt),
    erased_at: iso(found.erasedAt),
    extensions: found.extensions,
    account_id: found.accountId ?? null,
    credential_bound: found.credentialBound,
    device_id: found.deviceId ?? null,
    decision: decision ? { verdict: decision.verdict, policy: decision.policy, at: iso(decision.at), reasons: reasons(decision.reasons) } : null,
    steps: found.results.map((result) => ({ node: result.node, step: result.step, outcome: result.outcome, at: iso(result.at), reasons: reasons(result.reasons) })),
    evidence: found.evidence.map(({ at, ...one }) => ({ ...one, at: iso(at) })),
    document_checks: found.checks.map((checks) => ({
      node: checks.node, at: iso(checks.at), accepted: checks.accepted, reader: checks.reader, authenticity: checks.authenticity,
      findings: checks.findings.map(({ code, status, why }) => ({ code, status, why: why ?? null })),
    })),
    risk: found.risk.map(riskView),
    consents: found.consents.map((one) => ({
      at: iso(one.at), node: one.node, purpose: one.purpose, locale: one.locale, method: one.method, text_sha256: one.textHash, text: one.text ?? null,
    })),
    messages: found.messages.map((one) => ({
      id: one.id, attempt: one.attempt, status: one.status, provider: one.provider ?? null, code: one.code ?? null, created_at: iso(one.sentAt), updated_at: iso(one.updatedAt),
    })),
    devices: found.devices.map((device) => ({
      device_id: device.id, channel: device.channel, kind: device.kind, label: device.label ?? null, cookie_given_at: iso(device.issuedAt),
      trusts: device.trusts.map((trust) => ({
        workflow: trust.workflowId, acr: trust.acr, reason: trust.reason, by_this_journey: trust.byThis, expires_at: iso(trust.expiresAt),
        revoked: trust.revoked ? { at: iso(trust.revoked.at), reason: trust.revoked.reason } : null,
      })),
    })),
    silent_returns: returns ? {
      device_id: returns.deviceId, count: returns.count, first_at: iso(returns.firstAt), last_at: iso(returns.lastAt), country: returns.country ?? null,
      risk_policy_version: returns.policyVersion,
      refused: returns.refused ? { count: returns.refused.count, at: iso(returns.refused.at), code: returns.refused.code } : null,
    } : null,
    pictures: found.pictures.map(({ id, purpose, deleteAt }) => ({ id, purpose, delete_at: iso(deleteAt) })),
    timeline: found.events.map((event) => ({
      at: iso(event.at), node: event.node ?? null, layer: event.layer, name: event.name, outcome: event.outcome, reason: event.reason ?? null, details: event.details ?? {},
    })),
  };
}

function riskView(risk: ReportedRisk) {
  return {
    at: iso(risk.at), node: risk.node, risk_policy_version: risk.policyVersion, outcome: risk.outcome, score: risk.score, record: risk.record ?? null,
    shadow: risk.shadow ? { risk_policy_version: risk.shadow.policyVersion, outcome: risk.shadow.outcome, record: risk.shadow.record ?? null } : null,
  };
}
