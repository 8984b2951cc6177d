import { z } from 'zod';
import { signal } from './signal.ts';

const detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export const SESSION_OUTCOMES = ['allow', 'challenge', 'deny'] as const;

/** Everything a session decision stood on, so that an operator can add it up again without the code. */
export const decisionRecord = z.strictObject({
  version: z.literal(1),
  /** `workflow@version`. */
  policy: z.string(),
  mode: z.enum(['test', 'live']),
  signals: z.array(signal),
  /** Hard rules whose codes were present. One that is not enforced changed nothing (`test` keys, SPEC 11). */
  rules: z.array(
    z.strictObject({ name: z.string(), outcome: z.enum(['deny', 'challenge']), code: z.string(), enforced: z.boolean() }),
  ),
  /** What each signal added; rows that are not enforced are not in the score. */
  points: z.array(z.strictObject({ code: z.string(), points: z.number().int(), enforced: z.boolean() })),
  /** 0 to 100. */
  score: z.number().int(),
  thresholds: z.strictObject({ challengeAt: z.number().int(), denyAt: z.number().int() }),
  /** The rule that decided: a hard rule's name, or `score`. */
  rule: z.string(),
  outcome: z.enum(SESSION_OUTCOMES),
  /** The primary reason first; only what was enforced. */
  reasons: z.array(z.strictObject({ code: z.string(), detail: detail.exactOptional() })),
});
export type DecisionRecord = Readonly<z.infer<typeof decisionRecord>>;
