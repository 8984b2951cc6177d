/**
 * What happens by itself once a journey is decided: which rules of its workflow fit, and what they ask for. Rules look at
 * what the steps came to, never at what a reviewer decides: a person has just looked then. Pure.
 */
import type { AutomationRule, RuleTrigger } from '../automation_options.ts';
import type { Decision, Reason, StepResult, Verdict } from '../journey.ts';

/** The reason code of an approval that a rule put to review; its detail names the rule. */
export const SENT_TO_REVIEW = 'sent_to_review';

/** The verdicts on which a rule can run at all. */
export const VERDICTS_ON: Readonly<Record<RuleTrigger, readonly Verdict[]>> = {
  completed: ['approve', 'review'], failed: ['deny'], decided: ['approve', 'deny', 'review'],
};

type Decided = Pick<Decision, 'verdict' | 'reasons'>;

/** A rule that fits a decision, with what is to be done beside it. */
export interface FiredRule {
  readonly name: string;
  /** Undefined: it opens no case. */
  readonly tags: readonly string[] | undefined;
  readonly notify: boolean;
  /** Undefined: it calls nobody. Without an endpoint, all that subscribe are told. */
  readonly callOut: { readonly endpoint: string | undefined } | undefined;
}

/** Whether a rule fits what was decided and what the journey went through. */
export function ruleFits({ on, when }: Pick<AutomationRule, 'on' | 'when'>, { verdict, reasons }: Decided, results: readonly Pick<StepResult, 'step' | 'outcome'>[]): boolean {
  return VERDICTS_ON[on].includes(verdict)
    && (when.verdicts.length === 0 || when.verdicts.includes(verdict))
    && (when.reasons.length === 0 || when.reasons.some((code) => reasons.some((reason) => isOf(reason, code))))
    && (when.outcomes.length === 0 || when.outcomes.some((wanted) => results.some(({ step, outcome }) => `${step}:${outcome}` === wanted)));
}

function isOf({ code: said }: Reason, code: string): boolean {
  return said === code || said.startsWith(`${code}:`);
}

/**
 * Why an approval is put to review, a reason for each rule that asks for it; empty where none does, or where nothing was
 * approved: a rule only ever makes a decision stricter.
 */
export function reviewReasons(rules: readonly AutomationRule[], decided: Decided, results: readonly StepResult[]): readonly Reason[] {
  if (decided.verdict !== 'approve') return [];
  return rules
    .filter((rule) => asks(rule, 'review') && ruleFits(rule, decided, results))
    .map(({ name }) => ({ code: SENT_TO_REVIEW, detail: { rule: name } }));
}

/**
 * What is done once this decision is written: by the rules that fit it as it is written, and by those that put it to
 * review, which fitted the approval.
 */
export function firedRules(rules: readonly AutomationRule[], decided: Decided, results: readonly StepResult[]): readonly FiredRule[] {
  const sent = new Set(decided.verdict === 'review' ? decided.reasons.filter(({ code }) => code === SENT_TO_REVIEW).map(({ detail }) => detail?.['rule']) : []);
  return rules.filter((rule) => sent.has(rule.name) || ruleFits(rule, decided, results)).flatMap((rule) => {
    const open = rule.do.find((one) => one.action === 'open_case');
    const call = rule.do.find((one) => one.action === 'call_out');
    const fired: FiredRule = { name: rule.name, tags: open?.tags, notify: asks(rule, 'notify'), callOut: call && { endpoint: call.endpoint } };
    // One that only puts approvals to review, and met none, has done nothing.
    return fired.tags || fired.notify || fired.callOut || sent.has(rule.name) ? [fired] : [];
  });
}

function asks(rule: AutomationRule, action: AutomationRule['do'][number]['action']): boolean {
  return rule.do.some((one) => one.action === action);
}
