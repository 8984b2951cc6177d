import { z } from 'zod';
import { HARD_RULE_NAMES } from './hard_rules.ts';
import { signal } from './signal.ts';

const detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export const SESSION_OUTCOMES = ['allow', 'challenge', 'deny'] as const;
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number];

const thresholds = z.strictObject({ challengeAt: z.number().int(), denyAt: z.number().int() });
const reasons = z.array(z.strictObject({ code: z.string(), detail: detail.exactOptional() }));
const rule = z.strictObject({ name: z.string(), outcome: z.enum(['deny', 'challenge']), code: z.string(), enforced: z.boolean() });
const weighed = z.strictObject({ code: z.string(), points: z.number().int(), enforced: z.boolean() });

/** As they were written before policies had versions; kept readable. */
const first = z.strictObject({
  version: z.literal(1),
  /** `workflow@version`. */
  policy: z.string(),
  mode: z.enum(['test', 'live']),
  signals: z.array(signal),
  rules: z.array(rule),
  points: z.array(weighed),
  score: z.number().int(),
  thresholds,
  rule: z.string(),
  outcome: z.enum(SESSION_OUTCOMES),
  reasons,
});

/** What was known besides the signals, so that another policy can be asked about the same session. */
export const riskFacts = z.strictObject({
  /** Country the address is registered in. */
  country: z.string().exactOptional(),
  /** How often things were seen; a count as high as its cap may be any higher. */
  velocity: z.array(z.strictObject({ rule: z.string(), count: z.number().int(), cap: z.number().int() })).exactOptional(),
  /** Position in the policy's list of allowed nets. */
  allowedEntry: z.number().int().exactOptional(),
  /** The entry of the operator's own lists that lets the session past the score. */
  allowedList: z.strictObject({ kind: z.string(), entry: z.string() }).exactOptional(),
});
export type RiskFacts = Readonly<z.infer<typeof riskFacts>>;

const second = z.strictObject({
  version: z.literal(2),
  /** `workflow@version`, whose risk policy of `policyVersion` this is; 0 is the one in the workflow itself. */
  policy: z.string(),
  policyVersion: z.number().int(),
  mode: z.enum(['test', 'live']),
  signals: z.array(signal),
  facts: riskFacts,
  /**
   * Hard rules that were set off. One that is not enforced changed nothing (`test` keys, SPEC 11), nor did one that the
   * policy switched off.
   */
  rules: z.array(rule.extend({ name: z.enum(HARD_RULE_NAMES), on: z.boolean() })),
  /** What each signal added; rows that are not enforced are not in the score. `unknown`: what not being able to look added. */
  points: z.array(weighed.extend({ unknown: z.boolean() })),
  /** 0 to 100. */
  score: z.number().int(),
  thresholds,
  /** Position of the allowed net that the address lies in; null where in none. */
  allowListed: z.number().int().nullable(),
  /** What decided: a hard rule's name, `allow_list`, or `score`. */
  rule: z.string(),
  outcome: z.enum(SESSION_OUTCOMES),
  /** The primary reason first; only what was enforced. */
  reasons,
  /** What the outcome would have been without one signal, rule or allow list, for each that counted. */
  whatIf: z.array(
    z.strictObject({ without: z.string(), kind: z.enum(['signal', 'rule', 'allow_list']), outcome: z.enum(SESSION_OUTCOMES), score: z.number().int() }),
  ),
});

/** Everything a session decision stood on, so that an operator can add it up again without the code. */
export const decisionRecord = z.discriminatedUnion('version', [first, second]);
export type DecisionRecord = Readonly<z.infer<typeof decisionRecord>>;
/** As they are written now. */
export type ExplainedDecision = Readonly<z.infer<typeof second>>;
