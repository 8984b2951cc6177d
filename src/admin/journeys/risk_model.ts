/** A session decision as its table shows it: what each signal added, which rule decided, and what would have changed it. Pure. */
import type { DecisionRecord } from '../../journey/rules/decision_record.ts';
import type { ReportedRisk } from './found.ts';
import { reasonText } from '../../journey/reason_texts.ts';

export function riskModel({ at, node, policyVersion, outcome, score, record, shadow }: ReportedRisk) {
  return {
    at, node, outcome, score, policyVersion,
    record: record ? recordModel(record) : false,
    shadow: shadow ? { policyVersion: shadow.policyVersion, outcome: shadow.outcome, score: shadow.record?.score ?? '', rule: shadow.record?.rule ?? '' } : false,
  };
}

function recordModel(record: DecisionRecord) {
  const weights = new Map(record.points.map((row) => [row.code, row]));
  return {
    rule: record.rule, challengeAt: record.thresholds.challengeAt, denyAt: record.thresholds.denyAt,
    rules: record.rules.map((rule) => ({ name: rule.name, outcome: rule.outcome, code: rule.code, enforced: rule.enforced, on: !('on' in rule) || rule.on })),
    signals: record.signals.map((signal) => {
      const weight = weights.get(signal.code);
      return {
        id: signal.id, code: signal.code, text: reasonText(signal.code), status: signal.status, severity: signal.severity, source: signal.source, feedVersion: signal.feedVersion ?? '',
        points: weight?.points ?? '', enforced: weight?.enforced ?? true,
        details: Object.entries(signal.details).map(([key, value]) => `${key} ${String(value)}`).join(', '),
      };
    }),
    whatIf: record.version === 2 ? record.whatIf.map((row) => ({ ...row, changes: row.outcome !== record.outcome })) : [],
  };
}
