/** Rules of a workflow's automation as rows of a form, and back. Pure. */
import {
  ENDPOINT_ID, MOST_RULE_TAGS, MOST_RULES, RULE_ACTIONS, RULE_NAME, RULE_TAG, RULE_TRIGGERS, type AutomationRule, type RuleAction, type RuleTrigger,
} from '../../journey/automation_options.ts';
import type { Verdict } from '../../journey/journey.ts';
import type { Typed } from './options_form.ts';

const VERDICTS = ['approve', 'deny', 'review'] as const satisfies readonly Verdict[];
const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = { approve: 'approved', deny: 'denied', review: 'put to review' };

export const TRIGGER_TEXTS: Readonly<Record<RuleTrigger, string>> = {
  failed: 'Failed: the journey was denied',
  completed: 'Completed: the journey was approved or put to review',
  decided: 'Decided, either way',
};
const ACTION_TEXTS: Readonly<Record<RuleAction['action'], string>> = {
  review: 'Put it to review in place of the approval',
  open_case: 'Open a case for looking afterwards; the decision stands',
  notify: 'Leave a notice in the console',
  call_out: 'Call out: send the webhook journey.automation',
};
/** Entries of one list that a form takes; and letters of one. */
const MOST_ENTRIES = 20;
const MOST_LETTERS = 80;

interface Box {
  readonly name: string;
  readonly label: string;
  readonly on: boolean;
}

/** One rule as the template reads it; the last row is empty, for another one. */
export interface RuleView {
  readonly at: string;
  readonly title: string;
  readonly fresh: boolean;
  readonly name: string;
  readonly on: string;
  readonly triggers: readonly { readonly value: string; readonly text: string }[];
  readonly verdicts: readonly Box[];
  readonly reasons: string;
  readonly outcomes: string;
  readonly actions: readonly Box[];
  readonly tags: string;
  readonly endpoint: string;
  readonly remove: boolean;
}

/** What stands in the form for these rules. */
export function typedRules(path: string, rules: readonly AutomationRule[]): Typed {
  return Object.fromEntries(rules.flatMap((rule, index): readonly (readonly [string, string])[] => {
    const at = `${path}.${index}`;
    return [
      [`${at}.name`, rule.name], [`${at}.on`, rule.on], ...rule.when.verdicts.map((verdict) => [`${at}.when.verdicts.${verdict}`, 'on'] as const),
      [`${at}.when.reasons`, rule.when.reasons.join(' ')], [`${at}.when.outcomes`, rule.when.outcomes.join(' ')],
      ...rule.do.flatMap((one): readonly (readonly [string, string])[] => [
        [`${at}.do.${one.action}`, 'on'],
        ...(one.action === 'open_case' ? [[`${at}.tags`, one.tags.join(' ')] as const] : one.action === 'call_out' ? [[`${at}.endpoint`, one.endpoint ?? ''] as const] : []),
      ]),
    ];
  }));
}

/** Rows for the template: one for each that was typed, and an empty one while there is room. */
export function ruleViews(path: string, typed: Typed): readonly RuleView[] {
  const filled = Array.from({ length: MOST_RULES }, (_, index) => index).filter((index) => !isEmpty(`${path}.${index}`, typed));
  const rows = Math.min(MOST_RULES, (filled.at(-1) ?? -1) + 2);
  return Array.from({ length: rows }, (_, index) => {
    const at = `${path}.${index}`;
    const of = (field: string): string => typed[`${at}.${field}`] ?? '';
    const fresh = !filled.includes(index);
    return {
      at, fresh, title: fresh ? 'Another rule' : of('name') || 'A rule without a name', name: of('name'), on: of('on') || 'failed', reasons: of('when.reasons'), outcomes: of('when.outcomes'),
      triggers: Object.entries(TRIGGER_TEXTS).map(([value, text]) => ({ value, text })),
      verdicts: VERDICTS.map((verdict) => ({ name: `${at}.when.verdicts.${verdict}`, label: VERDICT_TEXTS[verdict], on: of(`when.verdicts.${verdict}`) === 'on' })),
      actions: RULE_ACTIONS.map((action) => ({ name: `${at}.do.${action}`, label: ACTION_TEXTS[action], on: of(`do.${action}`) === 'on' })),
      tags: of('tags'), endpoint: of('endpoint'), remove: of('remove') === 'on',
    };
  });
}

/** Nothing typed and nothing ticked: when it would run says nothing by itself. */
function isEmpty(at: string, typed: Typed): boolean {
  return ['name', 'when.reasons', 'when.outcomes', 'tags', 'endpoint', ...VERDICTS.map((verdict) => `when.verdicts.${verdict}`), ...RULE_ACTIONS.map((action) => `do.${action}`)]
    .every((field) => (typed[`${at}.${field}`] ?? '').trim() === '');
}

/** The rules as they were typed; those to be taken out, and empty rows, are not among them. */
export function readRules(path: string, typed: Typed, was: readonly AutomationRule[], fault: (name: string, text: string) => void): readonly AutomationRule[] {
  return Array.from({ length: MOST_RULES }, (_, index) => index)
    .filter((index) => typed[`${path}.${index}.remove`] !== 'on' && !isEmpty(`${path}.${index}`, typed))
    .map((index) => readRule(`${path}.${index}`, typed, was[index], fault));
}

function readRule(at: string, typed: Typed, was: AutomationRule | undefined, fault: (name: string, text: string) => void): AutomationRule {
  const of = (field: string): string => (typed[`${at}.${field}`] ?? '').trim();
  const wrong = (field: string, text: string): void => fault(`${at}.${field}`, text);
  const list = (field: string, most: number): readonly string[] => {
    const entries = [...new Set(of(field).split(/[\s,]+/).filter((one) => one !== ''))];
    if (entries.length > most) wrong(field, `At most ${most}.`);
    if (entries.some((one) => one.length > MOST_LETTERS)) wrong(field, 'One of these is too long.');
    return entries;
  };
  const name = of('name');
  if (!RULE_NAME.test(name)) wrong('name', 'Give small letters, digits and _, a letter first; at most 40.');
  const on = RULE_TRIGGERS.find((one) => one === of('on'));
  if (!on) wrong('on', 'Choose one of these.');
  const tags = list('tags', MOST_RULE_TAGS);
  const badTag = tags.find((tag) => !RULE_TAG.test(tag));
  if (badTag !== undefined) wrong('tags', `“${badTag.slice(0, 60)}” is no tag: give small letters, digits and _.`);
  const endpoint = of('endpoint');
  if (endpoint !== '' && !ENDPOINT_ID.test(endpoint)) wrong('endpoint', 'Give the id of a webhook endpoint, such as whe_ and 24 letters and digits, or nothing.');
  const chosen = inOrderOf((was?.do ?? []).map(({ action }) => action), RULE_ACTIONS.filter((action) => of(`do.${action}`) === 'on'));
  if (chosen.length === 0) wrong('do', 'Choose at least one thing to do.');
  if (chosen.includes('open_case') && tags.length === 0) wrong('tags', 'Give at least one tag: it says why the case is there.');
  if (!chosen.includes('open_case') && tags.length > 0) wrong('tags', 'These tags are for a case that this rule does not open: tick that, or take them out.');
  if (!chosen.includes('call_out') && endpoint !== '') wrong('endpoint', 'This rule does not call out: tick that, or take the endpoint out.');
  return {
    name, on: on ?? 'failed',
    when: {
      verdicts: [...inOrderOf(was?.when.verdicts ?? [], VERDICTS.filter((verdict) => of(`when.verdicts.${verdict}`) === 'on'))],
      reasons: [...list('when.reasons', MOST_ENTRIES)], outcomes: [...list('when.outcomes', MOST_ENTRIES)],
    },
    do: chosen.map((action): RuleAction => {
      switch (action) {
        case 'open_case': return { action, tags: [...tags] };
        case 'call_out': return endpoint === '' ? { action } : { action, endpoint };
        default: return { action };
      }
    }),
  };
}

/** In the order they were kept in: another order would look like a change. */
function inOrderOf<T>(was: readonly T[], chosen: readonly T[]): readonly T[] {
  return [...new Set([...was.filter((one) => chosen.includes(one)), ...chosen])];
}

/** The form's field for a place within the rules: `0.do.1.tags` is `0.tags`. Undefined where it is about none of them. */
export function ruleField([index, first, second, third]: readonly string[]): string | undefined {
  if (index === undefined || !/^\d{1,2}$/.test(index)) return undefined;
  if (first === undefined) return `${index}.name`;
  if (first === 'when') return second === undefined ? `${index}.when.reasons` : `${index}.when.${second}`;
  if (first === 'do') return third === 'tags' || third === 'endpoint' ? `${index}.${third}` : `${index}.do`;
  return `${index}.${first}`;
}
