/** What `npm run policy` does, as lines: versions of risk policies, their standing, and what one would have changed. */
import { parseArgs } from 'node:util';
import { GatehouseError } from '../errors.ts';
import { SESSION_OUTCOMES, type SessionOutcome } from '../journey/rules/decision_record.ts';
import { effectivePolicy, type PolicyStatus, type PolicyVersion } from '../journey/rules/risk_policy.ts';
import { VELOCITY_RULES } from '../journey/rules/velocity.ts';
import type { WorkflowStore } from '../journey/store.ts';
import { needsAddress, replayOne, type Replayed } from '../steps/session_risk/replay.ts';
import type { KeptDecision, RiskDecisions } from '../store/risk_decisions.ts';
import { readPolicyDocument, type RiskPolicyStore } from '../store/risk_policies.ts';

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
  readonly workflows: Pick<WorkflowStore, 'version'>;
  /** Address that a journey's session came from, where it is still kept. Needs the master keys: asked only for lists of nets. */
  readonly addressOf: (journeyId: string) => Promise<string | undefined>;
  /** Text of a file that the operator names. */
  readonly read: (path: string) => Promise<string>;
  readonly now: () => number;
}

const iso = (at: number): string => new Date(at).toISOString();

function usage(): GatehouseError {
  return new GatehouseError('usage', 400, USAGE);
}

function versionLine({ workflowId, version, status, note, changedAt, document }: PolicyVersion): string {
  return `${workflowId}  version ${version}  ${status} since ${iso(changedAt)}${note === undefined ? '' : `  ${note}`}\n    ${JSON.stringify(document)}`;
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
  if (Object.hasOwn(becomes, what)) return [versionLine(await deps.policies.become(workflowId, versionFrom(third), becomes[what]!, deps.now()))];
  if (what === 'draft') return [versionLine(await deps.policies.draft(workflowId, await documentFrom(deps, third), values.note, deps.now()))];
  if (what !== 'replay') throw usage();
  const days = values.days === undefined ? 30 : versionFrom(values.days);
  const tried = /^\d+$/.test(third) ? await keptVersion(deps, workflowId, versionFrom(third)) : { version: 0, document: readPolicyDocument(await documentFrom(deps, third)) };
  return replay(deps, workflowId, tried, deps.now() - days * DAY_MS);
}

async function keptVersion(deps: PolicyCommandDeps, workflowId: string, version: number): Promise<PolicyVersion> {
  const kept = await deps.policies.version(workflowId, version);
  if (!kept) throw new GatehouseError('risk_policy_unknown', 404, `workflow ${workflowId} has no risk policy of version ${version}`);
  return kept;
}

type Row = Replayed & { readonly decision: KeptDecision };

async function replay(deps: PolicyCommandDeps, workflowId: string, tried: Pick<PolicyVersion, 'version' | 'document'>, since: number): Promise<readonly string[]> {
  const rows: Row[] = [];
  let unreadable = 0;
  let page: readonly KeptDecision[] = [];
  do {
    page = await deps.decisions.recent({ workflowId, since, most: PAGE, before: page.at(-1) });
    for (const decision of page) {
      const { record } = decision;
      const workflow = await deps.workflows.version(workflowId, Number(record.policy.slice(record.policy.lastIndexOf('@') + 1)));
      // Under the options its workflow had then: what the version does not change is not to be tried.
      const policy = workflow && effectivePolicy(workflow.definition.options.risk, tried);
      const address = policy && needsAddress(policy, record) ? await deps.addressOf(decision.journeyId) : undefined;
      const replayed = policy && replayOne(policy, record, VELOCITY_RULES, address);
      if (replayed) rows.push({ ...replayed, decision });
      else unreadable += 1;
    }
  } while (page.length === PAGE);
  return replayLines(workflowId, rows, unreadable, since);
}

function replayLines(workflowId: string, rows: readonly Row[], unreadable: number, since: number): readonly string[] {
  const changed = rows.filter(({ was, now }) => was !== now);
  const uncertain = rows.filter((row) => row.uncertain !== undefined);
  const count = (was: SessionOutcome, now: SessionOutcome): number => rows.filter((row) => row.was === was && row.now === now).length;
  const cell = (text: string | number, width = 10): string => String(text).padStart(width);
  return [
    `${rows.length} decisions of ${workflowId} since ${iso(since)}, ${changed.length} would have changed`,
    '',
    `${'was \\ would be'.padEnd(16)}${SESSION_OUTCOMES.map((outcome) => cell(outcome)).join('')}`,
    ...SESSION_OUTCOMES.map((was) => `${was.padEnd(16)}${SESSION_OUTCOMES.map((now) => cell(count(was, now))).join('')}`),
    ...(unreadable === 0 ? [] : ['', `${unreadable} decisions could not be tried: they were written by an earlier version, or their workflow is gone`]),
    ...(uncertain.length === 0 ? [] : ['', ...uncertainLines(uncertain)]),
    ...(changed.length === 0 ? [] : ['', ...changed.slice(0, MOST_NAMED).map(changedLine)]),
    ...(changed.length > MOST_NAMED ? [`and ${changed.length - MOST_NAMED} more`] : []),
  ];
}

function uncertainLines(rows: readonly Row[]): readonly string[] {
  const counts = rows.filter(({ uncertain }) => uncertain === 'count').length;
  const addresses = rows.length - counts;
  return [
    ...(counts === 0 ? [] : [`${counts} of them might come out stricter: things were counted no further than the limits of their time`]),
    ...(addresses === 0 ? [] : [`${addresses} of them were tried without their address, which is no longer kept`]),
  ];
}

function changedLine({ was, now, score, rule, decision }: Row): string {
  return `${iso(decision.at)}  ${decision.mode}  ${decision.journeyId}  ${was} -> ${now}  score ${score.was} -> ${score.now}  by ${rule.was} -> ${rule.now}`;
}
