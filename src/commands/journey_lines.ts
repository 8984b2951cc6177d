/** A journey's report as lines for an operator. Pure: codes, counts and times, as they were recorded. */
import type { Reason } from '../journey/journey.ts';
import type { DecisionRecord } from '../journey/rules/decision_record.ts';
import type { JourneyReport, ReportedDevice, ReportedEvent, ReportedReturns, ReportedRisk } from '../store/journey_report.ts';

const iso = (at: number): string => new Date(at).toISOString();

function detail(details: Readonly<Record<string, unknown>> | undefined): string {
  const entries = Object.entries(details ?? {}).filter(([, value]) => value !== '');
  return entries.length === 0 ? '' : ` (${entries.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
}

const reasonLine = (reason: Reason): string => `${reason.code}${detail(reason.detail)}`;
const reasonLines = (reasons: readonly Reason[], indent: string): readonly string[] => reasons.map((reason) => `${indent}${reasonLine(reason)}`);

/** Headings and indented lines below them; empty parts are left out. */
export function journeyLines(report: JourneyReport): readonly string[] {
  const { decision, accountId, deviceId, results, events, risk, devices, returns } = report;
  const part = (heading: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', heading, ...lines]);
  return [
    `journey ${report.id}`,
    `  ${report.workflow}, ${report.mode} key ${report.clientId}`,
    `  began ${iso(report.createdAt)}`,
    ...(accountId === undefined ? [] : [`  account ${accountId}`]),
    ...(deviceId === undefined ? [] : [`  browser is device ${deviceId}`]),
    '',
    ...(decision
      ? [`decision: ${decision.verdict} at ${iso(decision.at)}, by ${decision.policy}`, ...reasonLines(decision.reasons, '  ')]
      : [`undecided; it may go on until ${iso(report.expiresAt)}`]),
    ...part('steps', results.flatMap((result) => [`  ${iso(result.at)} ${result.node} (${result.step}): ${result.outcome}`, ...reasonLines(result.reasons, '    ')])),
    ...part('risk decisions', risk.flatMap(riskLines)),
    ...part('devices', devices.flatMap(deviceLines)),
    ...part('silent returns', returns ? returnLines(returns) : []),
    ...part('timeline', events.map((event) => eventLine(event, report.createdAt))),
  ];
}

function riskLines({ at, node, policyVersion, outcome, score, record, shadow }: ReportedRisk): readonly string[] {
  return [
    `  ${iso(at)} ${node}: ${outcome}, score ${score}, risk policy ${policyVersion === 0 ? 'of the workflow' : `version ${policyVersion}`}`,
    ...(record ? recordLines(record) : ['    its record has a shape that this version does not read']),
    ...(shadow ? [`    shadow: version ${shadow.policyVersion} would have said ${shadow.outcome}${shadow.record ? `, score ${shadow.record.score}, by ${shadow.record.rule}` : ''}`] : []),
  ];
}

function recordLines(record: DecisionRecord): readonly string[] {
  const points = new Map(record.points.map((row) => [row.code, row]));
  const explained = record.version === 2 ? record : undefined;
  return [
    `    decided by ${record.rule} (challenge at ${record.thresholds.challengeAt}, deny at ${record.thresholds.denyAt})`,
    ...record.rules.map((rule) => `    rule ${rule.name}: ${rule.outcome} for ${rule.code}${rule.enforced ? '' : ', not enforced'}${'on' in rule && !rule.on ? ', switched off' : ''}`),
    ...(explained && explained.allowListed !== null ? [`    the address is in allowed net number ${explained.allowListed + 1}`] : []),
    ...record.signals.map((one) => {
      const weight = points.get(one.code);
      const counted = weight === undefined ? '' : `, ${weight.points} points${weight.enforced ? '' : ' not enforced'}`;
      return `    signal ${one.id}: ${one.code}, ${one.status}, severity ${one.severity}${counted}, from ${one.source}${one.feedVersion === undefined ? '' : ` ${one.feedVersion}`}${detail(one.details)}`;
    }),
    ...(explained?.whatIf ?? []).map((row) => `    without ${row.kind} ${row.without}: ${row.outcome}, score ${row.score}`),
  ];
}

function deviceLines({ channel, id, kind, label, issuedAt, trusts }: ReportedDevice): readonly string[] {
  return [
    `  ${channel}: ${kind} ${id}${label === undefined ? '' : `, ${label}`}, ${issuedAt === undefined ? 'cookie not given' : `cookie given ${iso(issuedAt)}`}`,
    ...(trusts.length === 0 ? ['    not trusted for this account'] : []),
    ...trusts.map((trust) => `    trusted at ${trust.workflowId} by ${trust.byThis ? 'this journey' : 'an earlier journey'}: ${trust.reason}, ${trust.acr}, ${
      trust.revoked ? `revoked ${iso(trust.revoked.at)} (${trust.revoked.reason})` : `until ${iso(trust.expiresAt)}`}`),
  ];
}

function returnLines({ deviceId, count, firstAt, lastAt, country, policyVersion, refused }: ReportedReturns): readonly string[] {
  const policy = policyVersion === 0 ? 'the workflow\'s risk policy' : `risk policy version ${policyVersion}`;
  return [
    `  ${count - (refused?.count ?? 0)} accepted by the cookie of device ${deviceId} and its standing trust, judged by ${policy}`,
    `  first ${iso(firstAt)}, last asked ${iso(lastAt)}${country === undefined ? '' : ` from ${country}`}`,
    ...(refused ? [`  ${refused.count} sent to the pages, the last ${iso(refused.at)} for ${refused.code}`] : []),
  ];
}

function eventLine({ at, node, layer, name, outcome, reason, details }: ReportedEvent, began: number): string {
  const seconds = ((at - began) / 1000).toFixed(1).padStart(8);
  return `  +${seconds}s ${layer.padEnd(5)} ${name}: ${outcome}${reason === undefined ? '' : `, ${reason}`}${detail(details)}${node === undefined ? '' : ` [${node}]`}`;
}
