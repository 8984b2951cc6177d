import { describe, expect, test } from 'vitest';
import { LOCALES } from '../../src/http/locales/index.ts';
import { STEP_NAMES, type StepName } from '../../src/journey/journey.ts';
import { standing } from '../../src/journey/next.ts';
import { publishFaults, type PublishFault } from '../../src/journey/publish.ts';
import { STEP_FACTS } from '../../src/journey/steps.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { documentSelfie } from '../../src/steps/document_selfie/index.ts';
import { kba } from '../../src/steps/kba/index.ts';
import { piiValidation } from '../../src/steps/pii_validation/index.ts';
import { sessionRisk } from '../../src/steps/session_risk/session_risk.ts';
import { smsLink } from '../../src/steps/sms_link/index.ts';
import { trustedDevice } from '../../src/steps/trusted_device/index.ts';
import { ways, type Way } from '../support/ways.ts';
import { LINE_TYPES, workflowDefinition, type WorkflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';

/** The steps that nobody has built: journeys that reach one end as `step_unavailable`. */
const UNBUILT: readonly StepName[] = ['otp', 'watchlist'];
const TEXTS = { en: 'You agree.', es: 'Aceptas.' };

type Routes = WorkflowSource['nodes'][string]['routes'];
type Nodes = WorkflowSource['nodes'];

/** Every outcome of a step leads to deny, but for those said. */
function routes(step: StepName, said: Routes): Routes {
  return { ...Object.fromEntries(STEP_FACTS[step].outcomes.map((outcome) => [outcome, { end: 'deny' as const }])), ...said };
}

const PII: Nodes[string] = { step: 'pii_validation', routes: routes('pii_validation', { match: { end: 'approve' } }) };
const LINK: Nodes[string] = { step: 'sms_link', routes: routes('sms_link', { confirmed: { end: 'approve' } }) };
const KBA: Nodes[string] = { step: 'kba', routes: routes('kba', { pass: { end: 'approve' } }) };
/** Needs nothing before it, and proves somebody: the smallest workflow. */
const DOCUMENT: Nodes[string] = { step: 'document_selfie', routes: routes('document_selfie', { pass: { end: 'approve' } }) };

const LANDING = 'https://app.example.com/done';

function source(nodes: Nodes, options: WorkflowSource['options'] = {}, entry = 'first'): WorkflowSource {
  return { name: 'Tested', template: 'tested', entry, nodes, options: { asyncUIRedirect: LANDING, ...options } };
}
type Rule = NonNullable<NonNullable<WorkflowSource['options']>['automations']>[number];
const RULE: Rule = { name: 'look', on: 'decided', do: [{ action: 'notify' }] };
const ruled = (...automations: readonly Rule[]): WorkflowSource => source({ first: DOCUMENT }, { automations: [...automations] });

/** A person who matched, and this step as the last one. */
function lastOf(step: StepName, said: Routes): WorkflowSource {
  const [approving] = STEP_FACTS[step].approves;
  const last = { step, routes: routes(step, { ...(approving === undefined ? {} : { [approving]: { end: 'approve' } }), ...said }) };
  return source({ first: { ...PII, routes: { ...PII.routes, match: { go: 'last' } } }, last }, { consentTexts: TEXTS });
}
const faults = (written: WorkflowSource): readonly PublishFault[] => publishFaults(workflowDefinition.parse(written), LOCALES);

describe('one wrong thing, one fault', () => {
  test('the smallest right workflow has none', () => {
    expect(faults(source({ first: PII }, { consentTexts: TEXTS, asyncUIRedirect: undefined }))).toEqual([]);
    expect(faults(source({ first: DOCUMENT }))).toEqual([]);
    expect(faults(source({ first: DOCUMENT }, { asyncUIRedirect: undefined, documents: { returnPage: true } }))).toEqual([]);
  });

  const { fail: _dropped, ...unrouted } = DOCUMENT.routes;
  const wrong: readonly (readonly [PublishFault['code'], string, WorkflowSource])[] = [
    ['unknown_entry', 'entry', source({ first: DOCUMENT }, {}, 'second')],
    ['unknown_entry', 'entry', source({ first: DOCUMENT }, {}, 'constructor')],
    ['unknown_target', 'nodes.first.routes.fail', source({ first: { ...DOCUMENT, routes: { ...DOCUMENT.routes, fail: { go: 'nowhere' } } } })],
    ['unknown_target', 'nodes.first.routes.fail', source({ first: { ...DOCUMENT, routes: { ...DOCUMENT.routes, fail: { go: 'constructor' } } } })],
    ['unrouted_outcome', 'nodes.first.routes.fail', source({ first: { step: 'document_selfie', routes: unrouted } })],
    ['unknown_outcome', 'nodes.first.routes.perhaps', source({ first: { ...DOCUMENT, routes: { ...DOCUMENT.routes, perhaps: { end: 'deny' } } } })],
    ['unreachable_node', 'nodes.island', source({ first: DOCUMENT, island: DOCUMENT })],
    ['circular_route', 'nodes.first', source({ first: { ...DOCUMENT, routes: { ...DOCUMENT.routes, could_not_tell: { go: 'first' } } } })],
    ['no_way_to_approve', 'nodes', source({ first: { ...DOCUMENT, routes: routes('document_selfie', { pass: { end: 'review' } }) } })],
    ['approval_without_proof', 'nodes.first.routes.allow', source({ first: { step: 'session_risk', routes: routes('session_risk', { allow: { end: 'approve' } }) } })],
    ['approval_after_failure', 'nodes.first.routes.fail', source({ first: { ...DOCUMENT, routes: { ...DOCUMENT.routes, fail: { end: 'approve' } } } })],
    ...(['session_risk', 'pii_validation', 'sms_link', 'document_selfie', 'kba', 'otp', 'watchlist'] as const).flatMap((step) =>
      STEP_FACTS[step].outcomes.filter((outcome) => !STEP_FACTS[step].approves.includes(outcome)).map((outcome) =>
        ['approval_after_failure', `nodes.last.routes.${outcome}`, lastOf(step, { [outcome]: { end: 'approve' } })] as const)),
    ['approval_after_failure', 'nodes.first.routes.deny', source({ first: { step: 'session_risk', routes: routes('session_risk', { allow: { go: 'document' }, deny: { go: 'document' } }) }, document: DOCUMENT })],
    ['approval_after_failure', 'nodes.link.routes.refused', source({
      first: { ...PII, routes: { ...PII.routes, match: { go: 'link' } } },
      link: { ...LINK, routes: { ...LINK.routes, refused: { go: 'between' } } },
      // Far away, and past another step: it is an approval after the owner of the phone said no all the same.
      between: { step: 'watchlist', routes: routes('watchlist', { clear: { go: 'kba' } }) }, kba: KBA,
    }, { consentTexts: TEXTS })],
    ['step_before_its_evidence', 'nodes.link', source(
      { first: { ...DOCUMENT, routes: { ...DOCUMENT.routes, pass: { go: 'link' } } }, link: LINK }, { consentTexts: TEXTS })],
    ['allConfiguredAsRisky', 'options.phoneRisk.riskyLineTypes', source({ first: PII }, { consentTexts: TEXTS, phoneRisk: { riskyLineTypes: [...LINE_TYPES] } })],
    ['nonForbidden', 'options.phoneRisk.riskyLineTypes', source({ first: PII }, { consentTexts: TEXTS, phoneRisk: { riskyLineTypes: [] } })],
    ['match_cannot_pass', 'options.match.atLeast', source({ first: PII }, { consentTexts: TEXTS, match: { thresholds: { familyName: 80 }, mustMatch: [], atLeast: 2 } })],
    ['match_cannot_pass', 'options.match.mustMatch', source({ first: PII }, { consentTexts: TEXTS, match: { thresholds: { familyName: 80 }, mustMatch: ['city'], atLeast: 1 } })],
    ['match_cannot_pass', 'options.match.mustMatch', source({ first: PII }, { consentTexts: TEXTS, match: { thresholds: { familyName: 80, birthDate: 100 }, mustMatch: ['birthDate'], atLeast: 1 } })],
    // Being unknown to the browser is no reason to know a phone.
    ['step_before_its_evidence', 'nodes.link', source({
      first: { step: 'trusted_device', routes: routes('trusted_device', { trusted: { end: 'approve' }, elevated: { go: 'link' }, unknown: { go: 'document' } }) },
      document: { ...DOCUMENT, routes: { ...DOCUMENT.routes, pass: { go: 'link' } } }, link: LINK,
    }, { consentTexts: TEXTS })],
    ['step_before_its_evidence', 'nodes.first', source({ first: KBA })],
    // On every way, not on one: who was challenged has said nothing to draw questions from.
    ['step_before_its_evidence', 'nodes.kba', source({
      first: { step: 'session_risk', routes: routes('session_risk', { allow: { go: 'pii' }, challenge: { go: 'document' } }) },
      pii: { ...PII, routes: { ...PII.routes, no_match: { go: 'document' } } },
      document: { ...DOCUMENT, routes: { ...DOCUMENT.routes, cannot_capture: { go: 'kba' } } }, kba: KBA,
    }, { consentTexts: TEXTS })],
    ['approval_after_failure', 'nodes.document.routes.fail', source({
      first: { ...PII, routes: { ...PII.routes, match: { go: 'document' } } },
      document: { ...DOCUMENT, routes: { ...DOCUMENT.routes, fail: { go: 'kba' } } }, kba: KBA,
    }, { consentTexts: TEXTS })],
    ['approval_after_failure', 'nodes.document.routes.refused', source({
      first: { ...PII, routes: { ...PII.routes, match: { go: 'document' } } },
      document: { ...DOCUMENT, routes: { ...DOCUMENT.routes, refused: { go: 'kba' } } }, kba: KBA,
    }, { consentTexts: TEXTS })],
    ['dual_needs_two_types', 'options.documents.types', source({ first: DOCUMENT }, { documents: { dual: true, types: ['passport'] } })],
    ['dual_needs_own_capture', 'options.documents.capture', source({ first: DOCUMENT }, { documents: { dual: true, capture: 'vendor' } })],
    ['dual_needs_own_capture', 'options.documents.capture', source({ first: DOCUMENT }, { documents: { dual: true, capture: 'own_then_vendor' } })],
    ['faces_need_own_capture', 'options.documents.findSameFace', source({ first: DOCUMENT }, { documents: { findSameFace: true, capture: 'vendor' } })],
    ['thresholds_contradict', 'options.documents.faceMatch', source({ first: DOCUMENT }, { documents: { faceMatch: 0.55, faceReview: 0.5 } })],
    ...(['required', 'retry', 'review', 'advisory', 'off'] as const).flatMap((mode) => [
      ...(mode === 'required' ? [] : [['check_is_fixed', 'options.documents.checks.not_a_specimen', source({ first: DOCUMENT }, { documents: { checks: { not_a_specimen: mode } } })] as const]),
      ...(mode === 'review' ? [] : [['check_is_fixed', 'options.documents.checks.face_not_seen_elsewhere', source({ first: DOCUMENT }, { documents: { checks: { face_not_seen_elsewhere: mode } } })] as const]),
    ]),
    ['kba_cannot_pass', 'options.kba.right', source({ first: DOCUMENT }, { kba: { questions: 4, right: 5 } })],
    ['kba_guessable', 'options.kba.right', source({ first: DOCUMENT }, { kba: { questions: 4, right: 3, rounds: 2 } })],
    ['kba_guessable', 'options.kba.right', source({ first: DOCUMENT }, { kba: { questions: 5, right: 3, rounds: 1 } })],
    ['trust_outlives_journeys', 'options.retentionDays', source({ first: DOCUMENT }, { retentionDays: 179 })],
    ['trust_outlives_journeys', 'options.retentionDays', source({ first: DOCUMENT }, { retentionDays: 89, devices: { desktopDays: 30 } })],
    ['rule_named_twice', 'options.automations.1.name', ruled(RULE, { ...RULE, on: 'failed' })],
    ['rule_does_twice', 'options.automations.0.do', ruled({ ...RULE, do: [{ action: 'notify' }, { action: 'notify' }] })],
    ['rule_verdict_never', 'options.automations.0.when.verdicts', ruled({ ...RULE, on: 'failed', when: { verdicts: ['deny', 'approve'] } })],
    ['rule_verdict_never', 'options.automations.0.when.verdicts', ruled({ ...RULE, on: 'completed', when: { verdicts: ['deny'] } })],
    ['rule_review_without_approval', 'options.automations.0.do', ruled({ ...RULE, on: 'failed', do: [{ action: 'review' }] })],
    ['rule_review_without_approval', 'options.automations.0.do', ruled({ ...RULE, on: 'decided', when: { verdicts: ['deny', 'review'] }, do: [{ action: 'review' }] })],
    ...['nothing_says_this', 'constructor', 'selfie_matches:distance', 'SELFIE_MATCHES', ' '].map((code) => ['rule_unknown_reason', 'options.automations.0.when.reasons', ruled({ ...RULE, when: { reasons: ['selfie_matches', code] } })] as const),
    // Of a step that the workflow does not have, of none at all, and of no outcome.
    ...['kba:fail', 'document:fail', 'document_selfie', 'document_selfie:', 'document_selfie:maybe', 'document_selfie:fail:x', '__proto__:fail', 'document_selfie:constructor'].map(
      (wanted) => ['rule_unknown_outcome', 'options.automations.0.when.outcomes', ruled({ ...RULE, when: { outcomes: ['document_selfie:doubtful', wanted] } })] as const),
    ['thresholds_contradict', 'options.risk.challengeAt', source({ first: DOCUMENT }, { risk: { challengeAt: 50, denyAt: 50 } })],
    ['missing_consent_text', 'options.consentTexts.es', source({ first: PII }, { consentTexts: { en: TEXTS.en } })],
    ['missing_consent_text', 'options.consentTexts.en', source({ first: PII }, { consentTexts: { en: '  ', es: TEXTS.es } })],
    ['missing_async_ui_redirect', 'options.asyncUIRedirect', source({ first: DOCUMENT }, { asyncUIRedirect: undefined })],
    ...['http://app.example.com/done', 'https://user:secret@app.example.com/', 'javascript:alert(1)', 'myapp:done', 'data:text/html,x', 'file:///etc/passwd'].map(
      (asyncUIRedirect) => ['bad_async_ui_redirect', 'options.asyncUIRedirect', source({ first: DOCUMENT }, { asyncUIRedirect })] as const),
  ];

  test.each(wrong)('%s at %s (%#)', (code, at, written) => {
    expect(faults(written)).toEqual([{ code, at }]);
  });

  test('every code is among them', () => {
    const codes: Record<PublishFault['code'], true> = {
      unknown_entry: true, unknown_target: true, unrouted_outcome: true, unknown_outcome: true, unreachable_node: true, circular_route: true,
      no_way_to_approve: true, approval_without_proof: true, approval_after_failure: true, step_before_its_evidence: true, allConfiguredAsRisky: true, nonForbidden: true,
      match_cannot_pass: true, thresholds_contradict: true, missing_consent_text: true, missing_async_ui_redirect: true, bad_async_ui_redirect: true,
      dual_needs_two_types: true, dual_needs_own_capture: true, faces_need_own_capture: true, kba_cannot_pass: true, kba_guessable: true, check_is_fixed: true, trust_outlives_journeys: true,
      rule_named_twice: true, rule_does_twice: true, rule_verdict_never: true, rule_review_without_approval: true, rule_unknown_reason: true, rule_unknown_outcome: true,
    };
    expect(new Set(wrong.map(([code]) => code))).toEqual(new Set(Object.keys(codes)));
  });
});

describe('what is not a fault', () => {
  test('rules that name what can be', () => {
    const rule: Rule = {
      name: 'doubts', on: 'completed', when: { verdicts: ['approve', 'review'], reasons: ['selfie_matches', 'document_selfie_pass', 'asked_again', 'vpn_net'], outcomes: ['document_selfie:pass', 'document_selfie:broke'] },
      do: [{ action: 'review' }, { action: 'open_case', tags: ['looked_odd'] }, { action: 'notify' }, { action: 'call_out', endpoint: `whe_${'0'.repeat(24)}` }],
    };
    expect(faults(ruled(rule, { ...RULE, on: 'failed', when: { verdicts: ['deny'] } }))).toEqual([]);
  });

  test.each(STEP_NAMES)('an approval by the success of %s, once somebody is proven', (step) => {
    expect(faults(lastOf(step, {}))).toEqual([]);
  });

  test('a plain no that leads to a review, or to steps after which nobody is approved', () => {
    const review = { ...DOCUMENT, routes: routes('document_selfie', { pass: { end: 'review' } }) };
    expect(faults(source({ first: { step: 'session_risk', routes: routes('session_risk', { allow: { go: 'document' }, deny: { go: 'review' } }) }, document: DOCUMENT, review }))).toEqual([]);
  });

  test.each(['https://app.example.com/done', 'com.example.app:/done', 'http://localhost:3001/phone-done', 'http://127.0.0.1/x'])('a phone may land at %s', (asyncUIRedirect) => {
    expect(faults(source({ first: DOCUMENT }, { asyncUIRedirect }))).toEqual([]);
  });

  test('line types may be anything where the check is off, and thresholds where nobody is matched', () => {
    expect(faults(source({ first: PII }, { consentTexts: TEXTS, phoneRisk: { lineType: false, riskyLineTypes: [] } }))).toEqual([]);
    expect(faults(source({ first: DOCUMENT }, { match: { thresholds: {}, mustMatch: ['city'] } }))).toEqual([]);
  });

  test('a fixed check may be named, as long as it stays as it is, and any other set to anything', () => {
    const checks = { not_a_specimen: 'required', face_not_seen_elsewhere: 'review', not_expired: 'off', selfie_matches: 'advisory' } as const;
    expect(faults(source({ first: DOCUMENT }, { documents: { checks, dual: true, types: ['passport', 'identity_card'], faceMatch: 0.5, faceReview: 0.5 }, kba: { questions: 5, right: 5 } }))).toEqual([]);
    expect(faults(source({ first: DOCUMENT }, { kba: { questions: 4, right: 3, rounds: 1 } }))).toEqual([]);
  });

  test('questions for who cannot capture, once they said who they are', () => {
    expect(faults(source({
      first: { ...PII, routes: { ...PII.routes, no_match: { go: 'document' } } },
      document: { ...DOCUMENT, routes: { ...DOCUMENT.routes, cannot_capture: { go: 'kba' } } }, kba: KBA,
    }, { consentTexts: TEXTS }))).toEqual([]);
  });

  test('a birth date may be demanded where it is asked', () => {
    const match = { thresholds: { familyName: 80, birthDate: 100 }, mustMatch: ['birthDate'], atLeast: 1 } as const;
    expect(faults(source({ first: PII }, { consentTexts: TEXTS, askBirthDate: true, match: { ...match, mustMatch: [...match.mustMatch] } }))).toEqual([]);
  });
});

test('all faults are told at once', () => {
  const written = source({ first: { step: 'pii_validation', routes: { match: { go: 'nowhere' } } } }, { risk: { challengeAt: 90, denyAt: 10 }, phoneRisk: { riskyLineTypes: [] } });
  const codes = faults(written).map(({ code }) => code);
  expect(codes.filter((code) => code === 'unrouted_outcome')).toHaveLength(STEP_FACTS.pii_validation.outcomes.length - 1);
  expect(new Set(codes)).toEqual(new Set(['unknown_target', 'unrouted_outcome', 'thresholds_contradict', 'nonForbidden', 'missing_consent_text']));
});

test('a step that needs another must have it on every way, not on one', () => {
  const written = source({
    first: { step: 'session_risk', routes: routes('session_risk', { allow: { go: 'pii' }, challenge: { go: 'link' } }) },
    pii: { ...PII, routes: { ...PII.routes, match: { go: 'link' } } },
    link: LINK,
  }, { consentTexts: TEXTS });
  expect(faults(written)).toEqual([
    { code: 'approval_without_proof', at: 'nodes.link.routes.confirmed' },
    { code: 'step_before_its_evidence', at: 'nodes.link' },
  ]);
});

test('the built steps are these and no others', () => {
  // Building a step asks nothing of what it is given but how long the reader may take.
  const built: readonly string[] = [trustedDevice, sessionRisk, piiValidation, smsLink, documentSelfie, kba].map((make) => make({ reader: { longestMs: 1 } } as never).name);
  expect(STEP_NAMES.filter((step) => !UNBUILT.includes(step))).toEqual(built);
});

describe.each(Object.entries(TEMPLATES))('the template %s', (name, written) => {
  const definition: WorkflowDefinition = workflowDefinition.parse({ ...written, options: { consentTexts: TEXTS, asyncUIRedirect: LANDING } });
  const all: readonly Way[] = [...ways(definition)];

  test('publishes clean, and lacks nothing but what its operator must say', () => {
    expect(publishFaults(definition, LOCALES)).toEqual([]);
    const usesPhone = Object.values(definition.nodes).some(({ step }) => STEP_FACTS[step].usesPhone);
    expect(new Set(faults(written).map(({ code }) => code))).toEqual(new Set([...(usesPhone ? ['missing_consent_text'] : []), 'missing_async_ui_redirect']));
    expect(definition.template).toBe(name);
  });

  test('every way ends, and only at an end', () => {
    expect(all.length).toBeGreaterThan(10);
    for (const way of all) expect(['approve', 'deny', 'review'], JSON.stringify(way)).toContain(way.end);
  });

  test('every outcome of every node is walked', () => {
    const walked = new Set(all.flatMap(({ passed }) => passed.map(({ node, outcome }) => `${node}.${outcome}`)));
    const routed = Object.entries(definition.nodes).flatMap(([node, { step }]) => STEP_FACTS[step].outcomes.map((outcome) => `${node}.${outcome}`));
    expect(walked).toEqual(new Set(routed));
  });

  test('every way, recorded hop by hop, stands where the routes say', () => {
    for (const { passed, end } of all) {
      const results = passed.map(({ node, outcome }) => ({ node, step: definition.nodes[node]?.step as StepName, outcome, reasons: [], at: 1 }));
      for (const [index, hop] of passed.entries()) {
        expect(standing({ results: results.slice(0, index) }, { id: 'w', version: 1, definition })).toMatchObject({ kind: 'at', node: hop.node });
      }
      expect(standing({ results }, { id: 'w', version: 1, definition })).toMatchObject({ kind: 'end', verdict: end });
    }
  });

  test('approves only by success all the way, and never past a plain no', () => {
    const good = new Set(['trusted', 'known', 'allow', 'challenge', 'match', 'confirmed', 'pass']);
    // Who is not known well enough goes on, to prove more; who cannot do one thing may do another.
    const onward = new Set(['unknown', 'high', 'elevated', 'undeliverable', 'cannot_capture', 'consent_declined']);
    for (const { passed } of all.filter((way) => way.end === 'approve')) {
      expect(good, JSON.stringify(passed)).toContain(passed.at(-1)?.outcome);
      // Whoever is known and does not answer on the phone known of old is verified anew, like a stranger.
      expect(passed.every(({ node, outcome }) => node === 'pii_validation' || (node === 'known_phone' && outcome === 'timed_out') || onward.has(outcome) || good.has(outcome)), JSON.stringify(passed)).toBe(true);
    }
  });

  test('every step of it is built', () => {
    expect(Object.values(definition.nodes).map(({ step }) => step).filter((step) => UNBUILT.includes(step))).toEqual([]);
  });

  test('questions are asked of those who cannot or will not be captured, and of nobody else', () => {
    const before = all.flatMap(({ passed }) => passed.flatMap(({ node }, index) => (node === 'kba' ? [passed[index - 1]?.outcome] : [])));
    expect(new Set(before)).toEqual(new Set(Object.hasOwn(definition.nodes, 'kba') ? ['cannot_capture', 'consent_declined'] : []));
  });
});

test('a long workflow with very many ways is checked all the same', () => {
  const names = Array.from({ length: 12 }, (_, index) => `document_${index}`);
  const nodes = Object.fromEntries(names.map((name, index) => {
    const next = names[index + 1];
    const onward = next === undefined ? { end: 'deny' as const } : { go: next };
    return [name, { step: 'document_selfie' as const, routes: Object.fromEntries(STEP_FACTS.document_selfie.outcomes.map((outcome) => [outcome, onward])) }];
  }));
  const definition = workflowDefinition.parse({ name: 'Long', template: 'own', entry: 'document_0', nodes, options: { asyncUIRedirect: LANDING } });
  expect(publishFaults(definition, [])).toEqual([{ code: 'no_way_to_approve', at: 'nodes' }]);
});
