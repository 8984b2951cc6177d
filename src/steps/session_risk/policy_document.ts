/** Reading what an operator wrote: a risk policy is checked whole before it is kept or tried, and every fault is named. */
import { GatehouseError } from '../../errors.ts';
import { parseNet } from '../../feeds/address.ts';
import { SIGNAL_CODES } from '../../journey/rules/points.ts';
import { effectivePolicy, riskPolicyDocument, type RiskPolicyDocument } from '../../journey/rules/risk_policy.ts';
import type { RiskPolicy } from '../../journey/workflow.ts';

/** What no shape can say: lists that do not parse, codes that no signal has, thresholds that contradict each other. */
function faultsOf(document: RiskPolicyDocument, own: RiskPolicy | undefined): readonly string[] {
  const { challengeAt, denyAt } = own ? effectivePolicy(own, { version: 0, document }) : document;
  return [
    ...(['allowedNets', 'deniedNets'] as const).flatMap((list) => (document[list] ?? []).flatMap((net, at) => (parseNet(net) ? [] : [`${list}.${at}: no address or net`]))),
    ...Object.keys(document.points ?? {}).flatMap((code) => (SIGNAL_CODES.has(code) ? [] : [`points.${code}: no signal has this code`])),
    ...(challengeAt !== undefined && denyAt !== undefined && challengeAt > denyAt
      ? [`challengeAt: ${challengeAt} is above denyAt, which is ${denyAt}${own ? ' with what the workflow says' : ''}`]
      : []),
  ];
}

/**
 * Read a document, naming everything that is wrong with it.
 *
 * @param own the options that it changes, where they are at hand: what it leaves out must fit with them
 * @throws GatehouseError `risk_policy_invalid`
 */
export function readPolicyDocument(document: unknown, own?: RiskPolicy): RiskPolicyDocument {
  const parsed = riskPolicyDocument.safeParse(document);
  const faults = parsed.success ? faultsOf(parsed.data, own) : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'document'}: ${message}`);
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new GatehouseError('risk_policy_invalid', 400, `the risk policy cannot be used: ${faults.join('; ')}`);
}
