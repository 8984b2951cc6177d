/** What a workflow's author lets happen by itself once a journey is decided (SPEC 9): the shape of the rules. */
import { z } from 'zod';

/** Rules that one workflow may have. */
export const MOST_RULES = 20;
/** Tags that one rule gives a case. */
export const MOST_RULE_TAGS = 5;
/** Codes or outcomes that one rule names. */
const MOST_NAMED = 20;

/** `completed`: the steps were gone through, to an approval or a review. `failed`: a denial, whatever led to it. `decided`: either. */
export const RULE_TRIGGERS = ['completed', 'failed', 'decided'] as const;
export type RuleTrigger = (typeof RULE_TRIGGERS)[number];

/** Ids of webhook endpoints, as the console and the API give them. */
export const ENDPOINT_ID = /^(?:whe_[0-9a-f]{24}|ep_[A-Za-z0-9_-]{16})$/;
export const RULE_NAME = /^[a-z][a-z0-9_]{0,39}$/;
export const RULE_TAG = /^[a-z0-9_]{1,60}$/;

const action = z.discriminatedUnion('action', [
  /** Put an approval to review: stricter only, a denial is never touched. */
  z.strictObject({ action: z.literal('review') }),
  /** A case for looking afterwards; the decision stands. A journey in review has its case already: that one gets the tags. */
  z.strictObject({ action: z.literal('open_case'), tags: z.array(z.string().regex(RULE_TAG)).min(1).max(MOST_RULE_TAGS) }),
  /** A line in the console for whoever may see cases. */
  z.strictObject({ action: z.literal('notify') }),
  /** The webhook event `journey.automation`: to one endpoint, or to all that subscribe to it. */
  z.strictObject({ action: z.literal('call_out'), endpoint: z.string().regex(ENDPOINT_ID).optional() }),
]);
export type RuleAction = z.infer<typeof action>;
export const RULE_ACTIONS = ['review', 'open_case', 'notify', 'call_out'] as const satisfies readonly RuleAction['action'][];

export const automationRule = z.strictObject({
  /** Stable: webhooks and the timeline name the rule by it. */
  name: z.string().regex(RULE_NAME),
  on: z.enum(RULE_TRIGGERS),
  /** All that is given has to hold; of each list one entry is enough; an empty list narrows nothing. */
  when: z.strictObject({
    verdicts: z.array(z.enum(['approve', 'deny', 'review'])).max(3).default([]),
    /** Codes among the decision's reasons; `code:why` is found by its code. */
    reasons: z.array(z.string().min(1).max(80)).max(MOST_NAMED).default([]),
    /** `step:outcome` among what the journey went through. */
    outcomes: z.array(z.string().min(1).max(100)).max(MOST_NAMED).default([]),
  }).prefault({}),
  do: z.array(action).min(1).max(RULE_ACTIONS.length),
});
export type AutomationRule = z.infer<typeof automationRule>;

export const automations = z.array(automationRule).max(MOST_RULES).default([]);
