/**
 * Velocity: how often a key (an address, a phone, an email) was seen within a window. The table of rules, the question
 * put to the store, and the judgement; counting itself is the store's (`VelocityCounts`).
 */
import type { Mode } from '../journey.ts';
import type { Personal } from '../../personal.ts';
import { LATER_DIMENSIONS, LONG_DIMENSIONS, VELOCITY_RULES, type VelocityDimension, type VelocityRule } from './velocity_rules.ts';

export { LONG_DIMENSIONS, VELOCITY_RULES, type VelocityDimension, type VelocityRule } from './velocity_rules.ts';

/** A key to be judged or counted. */
export interface VelocityKey {
  readonly dimension: VelocityDimension;
  /** The raw value: an address, a /64, an E.164 number. */
  readonly key: Personal<string>;
  /** What it was seen together with; counted, never asked for. */
  readonly peer?: Personal<string>;
}

/** What the store is asked, one entry per rule and key. */
export interface VelocityQuestion {
  readonly rule: string;
  /** As stored: see {@link storedDimension}. */
  readonly dimension: string;
  readonly key: Personal<string>;
  /** Epoch milliseconds; later rows count. */
  readonly since: number;
  /** Counting stops here, so that a hot key stays cheap. */
  readonly cap: number;
  readonly of: VelocityRule['of'];
}

/** Implemented by `store/velocity.ts`. */
export interface VelocityCounts {
  /**
   * Counts by rule name, each at most its cap; asked in one statement. Rows of `journeyId` are left out of rules that
   * count journeys; rules that count peers see its rows, and know of each journey the newest, without a peer as nothing;
   * rules that count failures take a row with a peer for one that takes back, and leave out the last of `journeyId`.
   */
  count(questions: readonly VelocityQuestion[], journeyId: string): Promise<ReadonlyMap<string, number>>;
}

/**
 * The dimension as stored: test traffic is counted apart, so that a persona run all day never denies a live customer
 * behind the same address.
 */
export function storedDimension(mode: Mode, dimension: VelocityDimension): string {
  return mode === 'live' ? dimension : `test:${dimension}`;
}

/** What to hand the engine as `Change.counts`, so that these keys are counted from now on. */
export function countsOf(mode: Mode, keys: readonly VelocityKey[]): readonly { dimension: string; key: Personal<string>; peer?: Personal<string> }[] {
  return keys.map(({ dimension, key, peer }) => ({ dimension: storedDimension(mode, dimension), key, ...(peer === undefined ? {} : { peer }) }));
}

/** The questions that the rules put about these keys at this time. A dimension may have one key only. */
export function velocityQuestions(
  rules: readonly VelocityRule[],
  keys: readonly VelocityKey[],
  mode: Mode,
  now: number,
): readonly VelocityQuestion[] {
  return rules.flatMap((rule) =>
    keys
      .filter(({ dimension }) => dimension === rule.dimension)
      .map(({ key }) => ({
        rule: rule.name,
        dimension: storedDimension(mode, rule.dimension),
        key,
        since: now - rule.windowSeconds * 1000,
        cap: Math.max(rule.challengeAt, rule.denyAt),
        of: rule.of,
      })),
  );
}

/** One rule's judgement. */
export interface VelocityFinding {
  readonly rule: string;
  readonly dimension: VelocityDimension;
  readonly verdict: 'within' | 'challenge' | 'deny';
  /** Earlier ones within the window, at most the cap. */
  readonly count: number;
  /** The limit that was reached; for `within`, the next one. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** A count as it is kept beside a decision, so that it can be judged again under other limits. */
export interface VelocityTally {
  readonly rule: string;
  readonly count: number;
  /** Counting stopped here: a count as high as this may be any higher. */
  readonly cap: number;
}

/** The counts of a rule each, as kept. */
export function talliesOf(asked: readonly VelocityQuestion[], counts: ReadonlyMap<string, number>): readonly VelocityTally[] {
  return asked.map(({ rule, cap }) => ({ rule, cap, count: countOf(counts, rule) }));
}

/** Limits of a policy in place of the table's, by name of the rule. */
export type VelocityLimits = Readonly<Record<string, { readonly challengeAt: number; readonly denyAt: number }>>;

/** The rules under a policy's limits. */
export function limitedRules(rules: readonly VelocityRule[], limits: VelocityLimits): readonly VelocityRule[] {
  return rules.map((rule) => (Object.hasOwn(limits, rule.name) ? { ...rule, ...limits[rule.name]! } : rule));
}

/** Names of the rules whose limits a policy changes and neither a replay nor the shadow can try: see {@link LATER_DIMENSIONS}. */
export function untriedLimits(limits: VelocityLimits): readonly string[] {
  return VELOCITY_RULES.filter(({ name, dimension }) => LATER_DIMENSIONS.includes(dimension) && Object.hasOwn(limits, name)).map(({ name }) => name);
}

/** One set of rules that counts far enough for several policies: each rule with the highest limits of any. */
export function widestRules(of: readonly (readonly VelocityRule[])[]): readonly VelocityRule[] {
  const [first = [], ...others] = of;
  return first.map((rule) => others.flat().filter(({ name }) => name === rule.name)
    .reduce((widest, { challengeAt, denyAt }) => ({ ...widest, challengeAt: Math.max(widest.challengeAt, challengeAt), denyAt: Math.max(widest.denyAt, denyAt) }), rule));
}

/** Judges kept counts; rules without one were not asked. */
export function judgeTallies(rules: readonly VelocityRule[], tallies: readonly VelocityTally[]): readonly VelocityFinding[] {
  return rules.flatMap((rule) => {
    const tally = tallies.find((one) => one.rule === rule.name);
    return tally ? [findingOf(rule, tally.count)] : [];
  });
}

function countOf(counts: ReadonlyMap<string, number>, rule: string): number {
  const count = counts.get(rule);
  if (count === undefined) throw new TypeError(`no count came back for velocity rule ${rule}`);
  return count;
}

function findingOf(rule: VelocityRule, count: number): VelocityFinding {
  const verdict = count >= rule.denyAt ? 'deny' : count >= rule.challengeAt ? 'challenge' : 'within';
  return {
    rule: rule.name,
    dimension: rule.dimension,
    verdict,
    count,
    limit: verdict === 'deny' ? rule.denyAt : rule.challengeAt,
    windowSeconds: rule.windowSeconds,
  };
}

/**
 * Judges the counts. A rule that was asked and has no count is a broken store: a TypeError, never "none seen".
 */
export function judgeVelocity(
  rules: readonly VelocityRule[],
  asked: readonly VelocityQuestion[],
  counts: ReadonlyMap<string, number>,
): readonly VelocityFinding[] {
  return rules
    .filter(({ name }) => asked.some(({ rule }) => rule === name))
    .map((rule) => findingOf(rule, countOf(counts, rule.name)));
}

/** Ask and judge in one go. */
export async function velocityOf(
  counts: VelocityCounts,
  rules: readonly VelocityRule[],
  keys: readonly VelocityKey[],
  at: { readonly mode: Mode; readonly now: number; readonly journeyId: string },
): Promise<readonly VelocityFinding[]> {
  const questions = velocityQuestions(rules, keys, at.mode, at.now);
  if (questions.length === 0) return [];
  return judgeVelocity(rules, questions, await counts.count(questions, at.journeyId));
}

/**
 * How long rows are needed, milliseconds: those of ordinary dimensions, which are many, and those of the few that a rule
 * looks back on for long.
 */
export function longestWindowMs(rules: readonly VelocityRule[]): number {
  return windowOf(rules.filter(({ dimension }) => !LONG_DIMENSIONS.includes(dimension)));
}

/** As {@link longestWindowMs}, for {@link LONG_DIMENSIONS}. */
export function longWindowMs(rules: readonly VelocityRule[]): number {
  return windowOf(rules.filter(({ dimension }) => LONG_DIMENSIONS.includes(dimension)));
}

function windowOf(rules: readonly VelocityRule[]): number {
  return rules.reduce((longest, { windowSeconds }) => Math.max(longest, windowSeconds * 1000), 0);
}
