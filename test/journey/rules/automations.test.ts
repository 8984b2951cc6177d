/** Which rules fit which decisions, and what they ask for: a table of rules × decisions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { automationRule, automations, RULE_TRIGGERS, type AutomationRule } from '../../../src/journey/automation_options.ts';
import type { Decision, StepResult, Verdict } from '../../../src/journey/journey.ts';
import { isKnownReason, REASON_TEXTS } from '../../../src/journey/reason_texts.ts';
import { firedRules, reviewReasons, ruleFits, SENT_TO_REVIEW, VERDICTS_ON } from '../../../src/journey/rules/automations.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { ROOT } from '../../support/process.ts';

const result = (step: StepResult['step'], outcome: string): StepResult => ({ node: step, step, outcome, reasons: [], at: 1 });
const RESULTS = [result('session_risk', 'allow'), result('document_selfie', 'pass')];
const decided = (verdict: Verdict, ...codes: readonly string[]): Decision => ({ verdict, reasons: codes.map((code) => ({ code })), policy: 'w@1', at: 1 });
const rule = (source: Partial<Parameters<typeof automationRule.parse>[0] & object> = {}): AutomationRule => automationRule.parse({ name: 'one', on: 'decided', do: [{ action: 'notify' }], ...source });

describe('a rule fits', () => {
  const table: readonly (readonly [AutomationRule['on'], readonly Verdict[]])[] = [['completed', ['approve', 'review']], ['failed', ['deny']], ['decided', ['approve', 'deny', 'review']]];
  test.each(table)('on %s: %j and nothing else', (on, verdicts) => {
    for (const verdict of ['approve', 'deny', 'review'] as const) expect(ruleFits(rule({ on }), decided(verdict, 'x'), RESULTS), verdict).toBe(verdicts.includes(verdict));
    expect(VERDICTS_ON[on]).toEqual(verdicts);
  });

  test.each([
    ['its verdict', { verdicts: ['deny'] }, decided('deny', 'x'), true],
    ['another verdict', { verdicts: ['deny'] }, decided('review', 'x'), false],
    ['one of several reasons', { reasons: ['a', 'tor_exit'] }, decided('deny', 'x', 'tor_exit'), true],
    ['a code that says why', { reasons: ['selfie_matches'] }, decided('deny', 'selfie_matches:distance'), true],
    ['a code that only begins alike', { reasons: ['selfie_matches'] }, decided('deny', 'selfie_matches_not'), false],
    ['no reason at all', { reasons: ['tor_exit'] }, decided('deny'), false],
    ['an outcome on the way', { outcomes: ['session_risk:allow'] }, decided('deny', 'x'), true],
    ['an outcome of another step', { outcomes: ['kba:pass'] }, decided('deny', 'x'), false],
    ['one of several outcomes', { outcomes: ['kba:pass', 'document_selfie:pass'] }, decided('deny', 'x'), true],
    ['all that is given', { verdicts: ['deny'], reasons: ['x'], outcomes: ['document_selfie:pass'] }, decided('deny', 'x'), true],
    ['all but one', { verdicts: ['deny'], reasons: ['y'], outcomes: ['document_selfie:pass'] }, decided('deny', 'x'), false],
  ] as const)('%s', (_name, when, decision, fits) => {
    expect(ruleFits(rule({ when }), decision, RESULTS)).toBe(fits);
  });
});

describe('what is put to review', () => {
  const strict = rule({ name: 'strict', on: 'completed', when: { reasons: ['document_checks_passed'] }, do: [{ action: 'review' }, { action: 'open_case', tags: ['by_hand'] }] });
  const other = rule({ name: 'other', on: 'decided', do: [{ action: 'review' }] });
  test('is an approval, with a reason that names each rule', () => {
    expect(reviewReasons([strict, other, rule()], decided('approve', 'document_checks_passed'), RESULTS)).toEqual([
      { code: SENT_TO_REVIEW, detail: { rule: 'strict' } }, { code: SENT_TO_REVIEW, detail: { rule: 'other' } },
    ]);
    expect(reviewReasons([strict], decided('approve', 'record_match'), RESULTS)).toEqual([]);
  });
  test('is never a denial, nor what is in review already: rules are only stricter', () => {
    for (const on of RULE_TRIGGERS) for (const verdict of ['deny', 'review'] as const) expect(reviewReasons([rule({ on, do: [{ action: 'review' }] })], decided(verdict, 'x'), RESULTS)).toEqual([]);
  });
  test('is followed by what else the rule asks for, and by rules that fit the review, not by those of approvals', () => {
    const approvals = rule({ name: 'approvals', when: { verdicts: ['approve'] } });
    const reviews = rule({ name: 'reviews', when: { verdicts: ['review'] } });
    const written: Decision = { verdict: 'review', reasons: [{ code: SENT_TO_REVIEW, detail: { rule: 'strict' } }, { code: 'record_match' }], policy: 'w@1', at: 1 };
    expect(firedRules([strict, approvals, reviews], written, RESULTS)).toEqual([
      { name: 'strict', tags: ['by_hand'], notify: false, callOut: undefined }, { name: 'reviews', tags: undefined, notify: true, callOut: undefined },
    ]);
    // The same words about a denial name no rule: nothing was put to review.
    expect(firedRules([strict], { ...written, verdict: 'deny' }, RESULTS)).toEqual([]);
  });
});

describe('what is done', () => {
  test('is what the rules that fit ask for, in their order', () => {
    const rules = [
      rule({ name: 'a', on: 'failed', do: [{ action: 'open_case', tags: ['t1', 't2'] }, { action: 'call_out', endpoint: 'ep_0123456789abcdef' }] }),
      rule({ name: 'b', on: 'completed' }), rule({ name: 'c', do: [{ action: 'call_out' }, { action: 'notify' }] }), rule({ name: 'd', do: [{ action: 'review' }] }),
    ];
    expect(firedRules(rules, decided('deny', 'x'), RESULTS)).toEqual([
      { name: 'a', tags: ['t1', 't2'], notify: false, callOut: { endpoint: 'ep_0123456789abcdef' } },
      // A rule that only puts approvals to review does nothing about a denial.
      { name: 'c', tags: undefined, notify: true, callOut: { endpoint: undefined } },
    ]);
    expect(firedRules([], decided('deny', 'x'), RESULTS)).toEqual([]);
  });
});

describe('the shape of rules', () => {
  const wrong: readonly object[] = [
    { name: '' }, { name: 'Has Spaces' }, { name: '__proto__' }, { name: 'x'.repeat(41) }, { on: 'started' }, { do: [] }, { do: [{ action: 'approve' }] }, { do: [{ action: 'deny' }] }, { do: ['review'] },
    { do: [{ action: 'open_case', tags: [] }] }, { do: [{ action: 'open_case', tags: ['a', 'b', 'c', 'd', 'e', 'f'] }] }, { do: [{ action: 'open_case', tags: ['Not a tag'] }] },
    { do: [{ action: 'call_out', endpoint: 'https://evil.example' }] }, { do: [{ action: 'call_out', endpoint: `whe_${'0'.repeat(23)}` }] }, { do: [{ action: 'notify', to: 'a@example.com' }] },
    { when: { verdicts: ['no_decision'] } }, { when: { anything: [] } }, { more: 1 },
  ];
  test.each(wrong)('%j is refused', (change) => expect(automationRule.safeParse({ name: 'one', on: 'decided', do: [{ action: 'notify' }], ...change }).success).toBe(false));
  test('at most twenty', () => {
    const many = Array.from({ length: 21 }, (_, index) => rule({ name: `r${index}` }));
    expect(automations.safeParse(many).success).toBe(false);
    expect(automations.safeParse(many.slice(1)).success).toBe(true);
  });
  test('a definition from before there were any has none', () => {
    const { automations: gone, ...options } = workflowDefinition.parse(userOnboarding).options;
    expect(gone).toEqual([]);
    expect(workflowDefinition.parse({ ...userOnboarding, options }).options.automations).toEqual([]);
  });
});

describe('reason codes', () => {
  test('that have words are known; what is not a code is not', () => {
    for (const code of Object.keys(REASON_TEXTS)) expect(isKnownReason(code), code).toBe(true);
    for (const code of ['document_selfie_doubtful', 'session_risk_deny', 'tor_exit', 'sent_to_review']) expect(isKnownReason(code), code).toBe(true);
    for (const code of ['', 'toString', '__proto__', 'session_risk_maybe']) expect(isKnownReason(code), code).toBe(false);
  });
  test('that steps and rules give are known, each of them', () => {
    const files = ['src/steps', 'src/journey/rules'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map(String).filter((name) => name.endsWith('.ts')).map((name) => join(ROOT, folder, name)));
    const codes = new Set(files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bcode: '([A-Za-z_]+)'/g)].map(([, code]) => code as string)));
    expect(codes.size).toBeGreaterThan(50);
    expect([...codes].filter((code) => !isKnownReason(code)).toSorted()).toEqual([]);
  });
});
