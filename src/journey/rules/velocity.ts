/**
 * Velocity: how often a key (an address, a phone, an email) was seen within a window. The table of rules, the question
 * put to the store, and the judgement; counting itself is the store's (`VelocityCounts`).
 */
import type { Mode } from '../journey.ts';
import type { Personal } from '../../personal.ts';

export type VelocityDimension = 'address' | 'net64' | 'phone' | 'email' | 'message' | 'kba';

export interface VelocityRule {
  readonly name: string;
  readonly dimension: VelocityDimension;
  readonly windowSeconds: number;
  /** `events`: every row; `journeys`: other journeys, so that a second try in one journey is not held against it. */
  readonly of: 'events' | 'journeys';
  /** So many earlier ones within the window, and the present one is challenged, or denied. */
  readonly challengeAt: number;
  readonly denyAt: number;
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Starting rules. An IPv6 customer holds a whole /64, so that is counted beside the single address. */
export const VELOCITY_RULES: readonly VelocityRule[] = [
  { name: 'sessions_per_address_10m', dimension: 'address', windowSeconds: 10 * MINUTE, of: 'events', challengeAt: 10, denyAt: 30 },
  { name: 'sessions_per_address_24h', dimension: 'address', windowSeconds: DAY, of: 'events', challengeAt: 50, denyAt: 200 },
  { name: 'sessions_per_net64_10m', dimension: 'net64', windowSeconds: 10 * MINUTE, of: 'events', challengeAt: 10, denyAt: 30 },
  { name: 'sessions_per_net64_24h', dimension: 'net64', windowSeconds: DAY, of: 'events', challengeAt: 50, denyAt: 200 },
  { name: 'sessions_per_email_24h', dimension: 'email', windowSeconds: DAY, of: 'journeys', challengeAt: 5, denyAt: 10 },
  { name: 'journeys_per_phone_24h', dimension: 'phone', windowSeconds: DAY, of: 'journeys', challengeAt: 3, denyAt: 5 },
  { name: 'journeys_per_phone_30d', dimension: 'phone', windowSeconds: 30 * DAY, of: 'journeys', challengeAt: 8, denyAt: 15 },
];

/** A key to be judged. */
export interface VelocityKey {
  readonly dimension: VelocityDimension;
  /** The raw value: an address, a /64, an E.164 number. */
  readonly key: Personal<string>;
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
  readonly of: 'events' | 'journeys';
}

/** Implemented by `store/velocity.ts`. */
export interface VelocityCounts {
  /**
   * Counts by rule name, each at most its cap; asked in one statement. Rows of `journeyId` are left out of rules that
   * count journeys.
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
export function countsOf(mode: Mode, keys: readonly VelocityKey[]): readonly { dimension: string; key: Personal<string> }[] {
  return keys.map(({ dimension, key }) => ({ dimension: storedDimension(mode, dimension), key }));
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
    .map((rule) => {
      const count = counts.get(rule.name);
      if (count === undefined) throw new TypeError(`no count came back for velocity rule ${rule.name}`);
      const verdict = count >= rule.denyAt ? 'deny' : count >= rule.challengeAt ? 'challenge' : 'within';
      return {
        rule: rule.name,
        dimension: rule.dimension,
        verdict,
        count,
        limit: verdict === 'deny' ? rule.denyAt : rule.challengeAt,
        windowSeconds: rule.windowSeconds,
      };
    });
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

/** The longest window in milliseconds: older rows can be purged. */
export function longestWindowMs(rules: readonly VelocityRule[]): number {
  return rules.reduce((longest, { windowSeconds }) => Math.max(longest, windowSeconds * 1000), 0);
}
