/** What `npm run policy` does, as lines: versions of risk policies, their standing, and what one would have changed. */
import { parseArgs } from 'node:util';
import { GatehouseError } from '../errors.ts';
import { SESSION_OUTCOMES, type SessionOutcome } from '../journey/rules/decision_record.ts';
import { effectivePolicy, type EffectivePolicy, type PolicyStatus, type PolicyVersion, type RiskPolicyDocument } from '../journey/rules/risk_policy.ts';
import { VELOCITY_RULES, untriedLimits } from '../journey/rules/velocity.ts';
import type { WorkflowStore } from '../journey/store.ts';
import { readPolicyDocument } from '../steps/session_risk/policy_document.ts';
import { needsAddress, replayOne, type Replayed } from '../steps/session_risk/replay.ts';
import type { KeptDecision, RiskDecisions } from '../store/risk_decisions.ts';
import type { ListedPolicy, RiskPolicyStore } from '../store/risk_policies.ts';

const USAGE = [
  'usage: policy list [workflow], policy draft <workflow> <file.json> [--note <text>], policy shadow <workflow> <version>,',
  'policy activate <workflow> <version>, policy retire <workflow> <version>, or policy replay <workflow> <version or file.json> [--days <number>]',
].join(' ');

const DAY_MS = 86_400_000;
const PAGE = 500;
/** Journeys that a replay names; the counts hold all of them. */
const MOST_NAMED = 200;

export interface PolicyCommandDeps {
  readonly policies: RiskPolicyStore;
  readonly decisions: Pick<RiskDecisions, 'recent'>;
  readonly workflows: Pick<WorkflowStore, 'version' | 'deployed'>;
  /** Addresses that these journeys' sessions came from, where they are still kept. Needs the master keys: asked only for lists of nets. */
  readonly addressesOf: (journeyIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Text of a file that the operator names. */
  readonly read: (path: string) => Promise<string>;
  readonly now: () => number;
}

const iso = (at: number): string => new Date(at).toISOString();

function usage(): GatehouseError {
  return new GatehouseError('usage', 400, USAGE);
}

function versionLine({ workflowId, version, status, note, changedAt, document }: ListedPolicy): string {
  const what = document ? JSON.stringify(document) : 'cannot be read: it does not have the shape that this gateway knows';
  return `${workflowId}  version ${version}  ${status} since ${iso(changedAt)}${note === undefined ? '' : `  ${note}`}\n    ${what}`;
}

/** What a trial of this document leaves out. */
function untriedLines({ velocity = {} }: RiskPolicyDocument): readonly string[] {
  const names = untriedLimits(velocity);
  return names.length === 0 ? [] : [`not tried: ${names.join(', ')}. These are judged when details are sent, not with the session; neither a replay nor the shadow says what they would change`];
}

function versionFrom(text: string | undefined): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) throw usage();
  return Number(text);
}

async function documentFrom(deps: PolicyCommandDeps, path: string): Promise<unknown> {
  try {
    return JSON.parse(await deps.read(path)) as unknown;
  } catch (thrown) {
    throw new GatehouseError('risk_policy_invalid', 400, `${path} cannot be read as JSON`, { cause: thrown });
  }
}

/**
 * Run one command; gives what it prints.
 *
 * @throws GatehouseError `usage`, `risk_policy_invalid`, `risk_policy_unknown`, `risk_policy_transition`, `workflow_unknown`
 */
export async function policyCommand(args: readonly string[], deps: PolicyCommandDeps): Promise<readonly string[]> {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { note: { type: 'string' }, days: { type: 'string' } } });
  const [what = 'list', workflowId, third, ...more] = positionals;
  if (more.length > 0) throw usage();
  if (what === 'list' && third === undefined) {
    const versions = await deps.policies.list(workflowId);
    return versions.length === 0 ? ['no versions; sessions are decided as the workflows say'] : versions.map(versionLine);
  }
  if (workflowId === undefined || third === undefined) throw usage();
  const becomes: Readonly<Record<string, PolicyStatus>> = { shadow: 'shadow', activate: 'active', retire: 'retired' };
  if (Object.hasOwn(becomes, what)) {
    const changed = await deps.policies.become(workflowId, versionFrom(third), becomes[what]!, deps.now());
    return [versionLine(changed), ...(what === 'shadow' && changed.document ? untriedLines(changed.document) : [])];
  }
  if (what === 'draft') return [versionLine(await deps.policies.draft(workflowId, await documentFrom(deps, third), values.note, deps.now()))];
  if (what !== 'replay') throw usage();
  const days = values.days === undefined ? 30 : versionFrom(values.days);
  const own = (await deps.workflows.deployed(workflowId))?.definition.options.risk;
  const tried = /^\d+$/.test(third) ? await keptVersion(deps, workflowId, versionFrom(third)) : { version: 0, document: readPolicyDocument(await documentFrom(deps, third), own) };
  return replay(deps, workflowId, tried, deps.now() - days * DAY_MS);
}

async function keptVersion(deps: PolicyCommandDeps, workflowId: string, version: number): Promise<PolicyVersion> {
  const kept = await deps.policies.version(workflowId, version);
  if (!kept) throw new GatehouseError('risk_policy_unknown', 404, `workflow ${workflowId} has no risk policy of version ${version}`);
  return kept;
}

type Row = Replayed & { readonly decision: KeptDecision };
type Tried = Pick<PolicyVersion, 'version' | 'document'>;

/** What a replay adds up, however many decisions there are. */
interface Tally {
  /** By what they were, and by what they would be. */
  readonly outcomes: Map<string, number>;
  /** The first that would have changed. */
  readonly named: Row[];
  changed: number;
  unreadable: number;
  readonly uncertain: { count: number; address: number };
}

async function replay(deps: PolicyCommandDeps, workflowId: string, tried: Tried, since: number): Promise<readonly string[]> {
  const tally: Tally = { outcomes: new Map(), named: [], changed: 0, unreadable: 0, uncertain: { count: 0, address: 0 } };
  let page: readonly KeptDecision[] = [];
  do {
    page = await deps.decisions.recent({ workflowId, since, most: PAGE, before: page.at(-1) });
    await replayPage(deps, page, tried, tally);
  } while (page.length === PAGE);
  return [...replayLines(workflowId, tally, since), ...untriedLines(tried.document)];
}

async function replayPage(deps: PolicyCommandDeps, page: readonly KeptDecision[], tried: Tried, tally: Tally): Promise<void> {
  const asked: { readonly decision: KeptDecision; readonly policy: EffectivePolicy | undefined }[] = [];
  for (const decision of page) {
    const { policy: name } = decision.record;
    const workflow = await deps.workflows.version(decision.workflowId, Number(name.slice(name.lastIndexOf('@') + 1)));
    // Under the options its workflow had then: what the version does not change is not to be tried.
    asked.push({ decision, policy: workflow && effectivePolicy(workflow.definition.options.risk, tried) });
  }
  const wanted = asked.flatMap(({ decision, policy }) => (policy && needsAddress(policy, decision.record) ? [decision.journeyId] : []));
  const addresses = wanted.length === 0 ? new Map<string, string>() : await deps.addressesOf([...new Set(wanted)]);
  for (const { decision, policy } of asked) {
    const replayed = policy && replayOne(policy, decision.record, VELOCITY_RULES, addresses.get(decision.journeyId));
    if (replayed) add(tally, { ...replayed, decision });
    else tally.unreadable += 1;
  }
}

const cellOf = (was: SessionOutcome, now: SessionOutcome): string => `${was} ${now}`;

function add(tally: Tally, row: Row): void {
  const cell = cellOf(row.was, row.now);
  tally.outcomes.set(cell, (tally.outcomes.get(cell) ?? 0) + 1);
  if (row.uncertain !== undefined) tally.uncertain[row.uncertain] += 1;
  if (row.was === row.now) return;
  tally.changed += 1;
  if (tally.named.length < MOST_NAMED) tally.named.push(row);
}

function replayLines(workflowId: string, { outcomes, named, changed, unreadable, uncertain }: Tally, since: number): readonly string[] {
  const count = (was: SessionOutcome, now: SessionOutcome): number => outcomes.get(cellOf(was, now)) ?? 0;
  const cell = (text: string | number, width = 10): string => String(text).padStart(width);
  const all = [...outcomes.values()].reduce((sum, one) => sum + one, 0);
  const doubts = uncertainLines(uncertain);
  return [
    `${all} decisions of ${workflowId} since ${iso(since)}, ${changed} would have changed`,
    '',
    `${'was \\ would be'.padEnd(16)}${SESSION_OUTCOMES.map((outcome) => cell(outcome)).join('')}`,
    ...SESSION_OUTCOMES.map((was) => `${was.padEnd(16)}${SESSION_OUTCOMES.map((now) => cell(count(was, now))).join('')}`),
    ...(unreadable === 0 ? [] : ['', `${unreadable} decisions could not be tried: they were written by an earlier version, or their workflow is gone`]),
    ...(doubts.length === 0 ? [] : ['', ...doubts]),
    ...(changed === 0 ? [] : ['', ...named.map(changedLine)]),
    ...(changed > MOST_NAMED ? [`and ${changed - MOST_NAMED} more`] : []),
  ];
}

function uncertainLines({ count, address }: Tally['uncertain']): readonly string[] {
  return [
    ...(count === 0 ? [] : [`${count} of them might come out stricter: things were counted no further than the limits of their time`]),
    ...(address === 0 ? [] : [`${address} of them were tried without their address, which is no longer kept`]),
  ];
}

function changedLine({ was, now, score, rule, decision }: Row): string {
  return `${iso(decision.at)}  ${decision.mode}  ${decision.journeyId}  ${was} -> ${now}  score ${score.was} -> ${score.now}  by ${rule.was} -> ${rule.now}`;
}
