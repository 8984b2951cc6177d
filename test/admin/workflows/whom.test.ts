/** Whom to be in the sandbox: what the console says is what the simulators do, what the documents say, and what the workflow routes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { STEP_TEXTS } from '../../../src/admin/workflows/step_texts.ts';
import { whomFor } from '../../../src/admin/workflows/try/whom.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';
import { effectsOf, SPECIAL_NUMBERS } from '../../../src/vendors/sandbox/numbers.ts';
import { PERSONAS } from '../../../src/vendors/sandbox/personas.ts';
import { SIMULATED } from '../../../src/vendors/sandbox/stories.ts';
import { ROOT } from '../../support/process.ts';

const of = (template: string, options: object = {}) => whomFor(workflowDefinition.parse({ ...TEMPLATES[template], options: { ...TEMPLATES[template]?.options, ...options } }), { playable: SIMULATED, outboxHref: 'http://localhost:3000/dev/outbox' });
const leadsOf = (whom: ReturnType<typeof of>, who: RegExp): readonly string[] => whom.steps.flatMap(({ parts }) => parts).filter((part) => who.test(part.who)).map(({ leads }) => leads);

describe('the table of parts', () => {
  test('each is an outcome of its step', () => {
    expect(SIMULATED.parts.filter(({ step, outcome }) => !Object.hasOwn(STEP_TEXTS[step].outcomes, outcome))).toEqual([]);
  });
  test('every person whom the sandbox knows is in it, as it knows them, and in the document of the sandbox', () => {
    const document = readFileSync(`${ROOT}/docs/sandbox.md`, 'utf8');
    for (const { standing, givenName, familyName, birthDate, streetName, postalCode } of PERSONAS) {
      const part = SIMULATED.parts.find(({ step, who }) => step === 'pii_validation' && who.startsWith(`${givenName} ${familyName}`));
      expect([part?.outcome, part?.what.includes(birthDate), part?.what.includes(streetName), part?.what.includes(postalCode)]).toEqual([standing === 'known' ? 'match' : 'no_match', true, true, true]);
      expect(document).toContain(`${givenName} ${familyName}`);
    }
  });
  test('every number that is special is told, and the ordinary one is ordinary', () => {
    expect(SIMULATED.numbers.map(({ number }) => number)).toEqual(SPECIAL_NUMBERS.map(({ number }) => number));
    expect(effectsOf(SIMULATED.ordinaryNumber.replaceAll(' ', ''))).toEqual({});
    for (const { number, steps } of SIMULATED.numbers) expect(steps.includes('pii_validation')).toBe(effectsOf(number).message === undefined);
  });
  test('the answers are in the document of the sandbox too', () => {
    const document = readFileSync(`${ROOT}/docs/sandbox.md`, 'utf8');
    for (const { right } of SIMULATED.answers.rows) expect(document).toContain(right);
    expect(SIMULATED.answers.rows.length).toBeGreaterThan(4);
  });
  test('the demo’s visitor is the same person', () => {
    const home = readFileSync(`${ROOT}/views/demo/home.njk`, 'utf8');
    expect([home.includes('Andrew Roshell'), home.includes('2591 Brunswick Ct, Kissimmee, FL 34743'), home.includes(SIMULATED.ordinaryNumber)]).toEqual([true, true, true]);
    expect(SIMULATED.parts[0]?.what).toContain('2591 Brunswick Ct, Kissimmee, FL 34743');
  });
});

describe('what a page shows of it', () => {
  test('leads where the workflow leads', () => {
    const whom = of('user_onboarding');
    expect(whom.first).toMatchObject({ who: 'Andrew Roshell', leads: 'on to “Link to the phone”' });
    expect(leadsOf(whom, /^Andrew Roshell$/)[0]).toBe('on to “Link to the phone”');
    expect(leadsOf(whom, /any other name/)).toEqual(['on to “Document and selfie”']);
    expect(leadsOf(whom, /^The phone$/)).toEqual(['approved']);
    expect(leadsOf(whom, /Nobody with a phone/)).toEqual(['denied']);
    expect(leadsOf(whom, /driver’s licence/)).toEqual(['denied']);
    const own = whomFor(workflowDefinition.parse({
      ...TEMPLATES['user_onboarding'], nodes: { ...TEMPLATES['user_onboarding']?.nodes, pii_validation: { step: 'pii_validation', routes: { match: { end: 'approve' }, no_match: { end: 'review' } } } },
    }), { playable: SIMULATED, outboxHref: undefined });
    expect(leadsOf(own, /^Andrew Roshell$/)[0]).toBe('approved');
    expect(leadsOf(own, /any other name/)).toEqual(['a person reviews it']);
  });
  test('only what its steps ask about', () => {
    const document = of('document_only');
    expect(document.steps.map(({ title }) => title)).toEqual(['Document and selfie']);
    expect([document.ordinaryNumber, document.answers.rows]).toEqual(['', []]);
    expect(document.numbers.every(({ text }) => text.startsWith('Messages'))).toBe(true);
    expect(of('user_onboarding').answers.rows).toEqual([]);
    expect(of('user_onboarding', { kba: { enabled: true } }).answers.rows.length).toBeGreaterThan(4);
    expect(of('user_onboarding').numbers.map(({ number }) => number)).toContain('+1 202 555 0120');
  });
  test('the outbox is named only where messages are sent and can be read there', () => {
    expect(of('user_onboarding').outboxHref).toBe('http://localhost:3000/dev/outbox');
    expect(whomFor(workflowDefinition.parse(TEMPLATES['user_onboarding']), { playable: SIMULATED, outboxHref: undefined }).outboxHref).toBe('');
    const silent = workflowDefinition.parse({ ...TEMPLATES['user_onboarding'], entry: 'session_risk', nodes: { session_risk: { step: 'session_risk', routes: { allow: { end: 'approve' } } } } });
    expect(whomFor(silent, { playable: SIMULATED, outboxHref: 'http://localhost:3000/dev/outbox' })).toMatchObject({ first: false, outboxHref: '', steps: [], numbers: [] });
  });
});
