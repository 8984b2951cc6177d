import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONSENT_TEXTS, idFrom, templateDefinition, WORKFLOW_ID } from '../../../src/admin/workflows/desk.ts';
import { differences } from '../../../src/admin/workflows/differences.ts';
import { freeName, nodeViews, withNode, withoutNode, withRoutes } from '../../../src/admin/workflows/edit_routes.ts';
import { FAULT_TEXTS, placedFaults, placeOf } from '../../../src/admin/workflows/fault_texts.ts';
import { drawGraph } from '../../../src/admin/workflows/graph.ts';
import { OPTION_FIELDS, OPTION_GROUPS, type OptionGroup } from '../../../src/admin/workflows/option_fields.ts';
import { fieldViews, readGroup, typedOf } from '../../../src/admin/workflows/options_form.ts';
import { LEAF_OF, optionLeaves } from '../../../src/admin/workflows/options_shape.ts';
import { MOST_JSON, readDefinition, readDefinitionText } from '../../../src/admin/workflows/read_definition.ts';
import { END_TEXTS, STEP_TEXTS } from '../../../src/admin/workflows/step_texts.ts';
import { TEMPLATE_TEXTS } from '../../../src/admin/workflows/template_texts.ts';
import { parseNet } from '../../../src/feeds/address.ts';
import { DOCUMENT_CHECKS } from '../../../src/journey/document_checks.ts';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../../src/journey/workflow.ts';
import { ROOT } from '../../support/process.ts';

const isNet = (text: string): boolean => parseNet(text) !== undefined;
const GROUPS = Object.keys(OPTION_GROUPS) as readonly OptionGroup[];
const onboarding = templateDefinition('user_onboarding') as WorkflowDefinition;
const ENDPOINT = `whe_${'0a'.repeat(12)}`;
/** In an order of actions and verdicts that is nobody's but the author's. */
const RULES: WorkflowDefinition['options']['automations'] = [
  { name: 'denied', on: 'failed', when: { verdicts: [], reasons: ['selfie_matches', 'tor_exit'], outcomes: ['document_selfie:fail'] }, do: [{ action: 'call_out', endpoint: ENDPOINT }, { action: 'open_case', tags: ['b', 'a'] }] },
  { name: 'strict', on: 'completed', when: { verdicts: ['review', 'approve'], reasons: [], outcomes: [] }, do: [{ action: 'notify' }, { action: 'review' }, { action: 'call_out' }] },
];

describe('the table of options', () => {
  test('has a row for every option there is, and for nothing else', () => {
    expect(OPTION_FIELDS.map(({ path }) => path).toSorted()).toEqual(optionLeaves().map(({ path }) => path).toSorted());
  });

  test.each(OPTION_FIELDS.map((field) => [field.path, field] as const))('%s is asked as what it is', (path, { as, group, hint, label }) => {
    const leaf = LEAF_OF.get(path);
    const kinds = { boolean: ['switch'], number: ['number'], enum: ['choice'], array: ['lines', 'choices', 'rules'], record: ['texts', 'scores', 'points', 'modes'], string: ['text'] };
    expect(leaf && kinds[leaf.type]).toContain(as.kind);
    expect(GROUPS).toContain(group);
    expect(label.length).toBeGreaterThan(2);
    expect(hint).toMatch(/\.$/);
    if (as.kind === 'number') expect([typeof leaf?.least, typeof leaf?.most]).toEqual(['number', 'number']);
    // Each choice of the shape has words, and no words are left over.
    if ('texts' in as) expect(Object.keys(as.texts).toSorted()).toEqual([...(leaf?.choices ?? [])].toSorted());
    if (as.kind === 'text') expect(leaf?.optional).toBe(true);
  });

  test.each(Object.keys(TEMPLATES))('every page of %s says back what it was given', (name) => {
    const { options } = templateDefinition(name) as WorkflowDefinition;
    const rich = workflowDefinition.parse({ ...onboarding, options: {
      ...options, consentTexts: { ...CONSENT_TEXTS, fr: 'oui' }, risk: { ...options.risk, points: { vpn_net: 25, tor_exit: 0 }, deniedNets: ['203.0.113.0/24', '2001:db8::/32'], deniedCountries: ['KP'] },
      documents: { ...options.documents, checks: { not_a_screen: 'required' }, faceMatch: 0.42 }, theme: { name: 'Harbour', accent: '#0e5a73' }, asyncUIRedirect: 'com.example.app:/done', automations: RULES,
    } }).options;
    for (const group of GROUPS) expect(readGroup(typedOf(rich, group), group, rich, isNet)).toEqual({ options: rich, errors: {} });
  });

  test('a page changes its own settings alone', () => {
    for (const group of GROUPS) {
      const typed = Object.fromEntries(Object.entries(typedOf(onboarding.options, group)).filter(([, value]) => value !== 'on'));
      const { options } = readGroup(typed, group, onboarding.options, isNet);
      for (const { path } of differences(onboarding.options, options)) expect(placeOf(`options.${path}`).place, path).toBe(group);
    }
  });

  test.each([
    ['session', 'risk.challengeAt', '0'], ['session', 'risk.challengeAt', '101'], ['session', 'risk.challengeAt', '4e1'], ['session', 'risk.challengeAt', ''], ['session', 'risk.denyAt', '-1'],
    ['session', 'risk.points', 'vpn_net 101'], ['session', 'risk.points', '__proto__ 5'], ['session', 'risk.points', 'a 1\na 2'], ['session', 'risk.deniedNets', 'example.com'], ['session', 'risk.deniedCountries', 'usa'],
    ['session', 'risk.collect', 'passport'], ['person', 'match.thresholds.givenName', '101'], ['person', 'phoneCountries', 'US\nUK1'], ['documents', 'documents.faceMatch', '0.9'], ['documents', 'documents.attempts', '1.5'],
    ['checks', 'documents.checks.not_a_screen', 'maybe'], ['devices', 'devices.trustFrom', '../x'], ['look', 'theme.name', 'x'.repeat(61)], ['person', 'consentTexts.en', 'x'.repeat(4001)], ['answer', 'asyncUIRedirect', 'x'.repeat(2001)],
  ] as const)('%s: %s cannot be %j, and it is said at the field', (group, field, value) => {
    const { errors } = readGroup({ ...typedOf(onboarding.options, group), [field]: value }, group, onboarding.options, isNet);
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field]).toMatch(/\.$/);
    const shown = fieldViews(group, { [field]: value }).flatMap((one) => [one.name, ...one.parts.map(({ name }) => name), ...one.rules.flatMap(({ at }) => ['name', 'on', 'when.reasons', 'when.outcomes', 'do', 'tags', 'endpoint'].map((name) => `${at}.${name}`))]);
    expect(shown).toContain(field);
  });
});

describe('the rules of the automation', () => {
  const at = 'automations.0';
  const fine = { [`${at}.name`]: 'denied', [`${at}.on`]: 'failed', [`${at}.do.notify`]: 'on' };
  const read = (typed: Readonly<Record<string, string>>, was = onboarding.options) => readGroup(typed, 'automation', was, isNet);

  test.each([
    ['name', { name: '' }], ['name', { name: 'Denied people' }], ['name', { name: '<script>' }], ['on', { on: 'started' }], ['do', { 'do.notify': '' }],
    ['tags', { 'do.open_case': 'on' }], ['tags', { 'do.open_case': 'on', tags: 'a b c d e f' }], ['tags', { 'do.open_case': 'on', tags: 'Not-a-tag' }], ['tags', { tags: 'lost' }],
    ['endpoint', { 'do.call_out': 'on', endpoint: 'https://hook.example' }], ['endpoint', { endpoint: ENDPOINT }],
    ['when.reasons', { 'when.reasons': 'x'.repeat(81) }], ['when.outcomes', { 'when.outcomes': Array.from({ length: 21 }, (_, index) => `kba:o${index}`).join(' ') }],
  ] as const)('%s is at fault in %j, and it is said at the field', (field, change) => {
    const typed = { ...fine, ...Object.fromEntries(Object.entries(change).map(([name, value]) => [`${at}.${name}`, value])) };
    const { errors } = read(typed);
    expect(Object.keys(errors)).toEqual([`${at}.${field}`]);
    expect(errors[`${at}.${field}`]).toMatch(/\.$/);
  });

  test('are typed with spaces, commas and lines between; twice is once', () => {
    expect(read({ ...fine, [`${at}.when.reasons`]: ' tor_exit,\n selfie_matches  tor_exit ', [`${at}.do.open_case`]: 'on', [`${at}.tags`]: 'one,two' })).toMatchObject({
      errors: {}, options: { automations: [{ name: 'denied', on: 'failed', when: { verdicts: [], reasons: ['tor_exit', 'selfie_matches'], outcomes: [] }, do: [{ action: 'open_case', tags: ['one', 'two'] }, { action: 'notify' }] }] },
    });
  });

  test('rows that are empty or ticked to go are not among them; there are twenty at most', () => {
    const typed = typedOf({ ...onboarding.options, automations: RULES }, 'automation');
    expect(read({ ...typed, 'automations.0.remove': 'on', 'automations.5.on': 'decided', 'automations.20.name': 'beyond', 'automations.20.do.notify': 'on' }, { ...onboarding.options, automations: RULES })).toMatchObject({ errors: {}, options: { automations: [RULES[1]] } });
    const names = (view: Readonly<Record<string, string>>) => fieldViews('automation', view)[0]?.rules.map(({ name, fresh }) => [name, fresh]);
    expect(names(typed)).toEqual([['denied', false], ['strict', false], ['', true]]);
    expect(names({})).toEqual([['', true]]);
    expect(names(Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`automations.${index}.name`, `r${index}`])))).toHaveLength(20);
  });

  test('differ rule by rule', () => {
    const other = [{ ...RULES[0], on: 'decided' }, RULES[1]];
    expect(differences({ automations: RULES }, { automations: other })).toEqual([{ path: 'automations.denied.on', kind: 'changed', before: '"failed"', after: '"decided"' }]);
    expect(differences({ automations: [] }, { automations: RULES }).map(({ path, kind }) => [path, kind])).toEqual([['automations.denied', 'added'], ['automations.strict', 'added']]);
    expect(differences({ automations: RULES }, { automations: [] }).map(({ path, kind }) => [path, kind])).toEqual([['automations.denied', 'removed'], ['automations.strict', 'removed']]);
    expect(differences({ automations: [] }, { automations: [] })).toEqual([]);
    expect(differences({ automations: RULES }, { automations: RULES.toReversed() })).toEqual([{ path: 'automations.order', kind: 'changed', before: '["denied","strict"]', after: '["strict","denied"]' }]);
  });
});

describe('faults', () => {
  test('each code of publishing has a sentence', () => {
    const source = ['publish', 'publish_automations'].map((name) => readFileSync(`${ROOT}/src/journey/${name}.ts`, 'utf8')).join('\n');
    const codes = [...new Set([...source.matchAll(/code: '(\w+)'/g)].map(([, code]) => code))];
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !Object.hasOwn(FAULT_TEXTS, code as string))).toEqual([]);
  });

  test.each([
    ['entry', 'routes', 'entry'], ['nodes', 'routes', 'nodes'], ['nodes.kba', 'routes', 'node.kba'], ['nodes.kba.routes.fail', 'routes', 'route.kba.fail'], ['nodes.kba.routes.<script>', 'routes', 'node.kba'],
    ['options.match.atLeast', 'person', 'match.atLeast'], ['options.consentTexts.es', 'person', 'consentTexts.es'], ['options.documents.checks.not_a_specimen', 'checks', 'documents.checks.not_a_specimen'],
    ['options.phoneRisk.riskyLineTypes', 'person', 'phoneRisk.riskyLineTypes'], ['options.risk.deniedCountries.3', 'session', 'risk.deniedCountries'], ['options.theme.logo', 'look', 'theme.logo'],
    ['options.automations', 'automation', 'automations'], ['options.automations.3', 'automation', 'automations.3.name'], ['options.automations.3.name', 'automation', 'automations.3.name'],
    ['options.automations.0.when.reasons.2', 'automation', 'automations.0.when.reasons'], ['options.automations.0.do', 'automation', 'automations.0.do'], ['options.automations.0.do.1.action', 'automation', 'automations.0.do'],
    ['options.automations.0.do.1.tags.0', 'automation', 'automations.0.tags'], ['options.automations.0.do.1.endpoint', 'automation', 'automations.0.endpoint'], ['options.automations.<script>', 'automation', 'automations'],
    ['name', 'general', 'name'], ['template', 'general', 'general'], ['', 'general', 'general'], ['options', 'general', 'general'],
  ])('%j is mended at %s, %s', (path, place, field) => {
    expect(placeOf(path)).toEqual({ place, field });
  });

  test('a fixed check that was changed is said at its field', () => {
    expect(DOCUMENT_CHECKS.not_a_specimen).toMatchObject({ fixed: true });
    expect(placedFaults([{ code: 'check_is_fixed', at: 'options.documents.checks.not_a_specimen' }])).toEqual([{ place: 'checks', field: 'documents.checks.not_a_specimen', text: FAULT_TEXTS.check_is_fixed }]);
  });
});

describe('a definition that somebody pasted', () => {
  const json = (value: unknown): string => JSON.stringify(value);
  test('is read as it was downloaded', () => {
    expect(readDefinitionText(JSON.stringify(onboarding, null, 2))).toEqual({ kind: 'read', definition: onboarding });
  });
  const nodes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, { step: 'watchlist', routes: {} }]));
  test.each([
    ['nothing', '  ', 'Paste'], ['no JSON', '{', 'not JSON'], ['a bomb of brackets', '['.repeat(200_000), 'nested'], ['a bomb within', `{"name":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`, 'nested'],
    ['too much', ' '.repeat(MOST_JSON + 1) + '1', 'longer'], ['another thing', '[]', 'expected object'], ['null', 'null', 'expected object'],
    ['an unknown setting', json({ ...onboarding, sudo: true }), '“sudo”'], ['an unknown option', json({ ...onboarding, options: { risk: { trustEverybody: true } } }), '“trustEverybody”'],
    ['an unknown step', json({ ...onboarding, nodes: { a: { step: 'magic', routes: {} } } }), 'none of'], ['a hostile node', json({ ...onboarding, nodes: { '<b>': { step: 'kba', routes: {} } } }), ''],
    ['a prototype', '{"__proto__":{"name":"x"},"name":"x","template":"t","entry":"a","nodes":{}}', '__proto__'],
    ['too many steps', json({ ...onboarding, nodes: nodes(41) }), '40 steps'], ['too many routes', json({ ...onboarding, nodes: { a: { step: 'kba', routes: Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`o${index}`, { end: 'deny' }])) } } }), 'more routes'],
    ['an outcome that is no name', json({ ...onboarding, nodes: { a: { step: 'kba', routes: { '"><script>': { end: 'deny' } } } } }), 'outcome'],
    ['an empty name', json({ ...onboarding, name: '' }), 'empty'], ['a number out of bounds', json({ ...onboarding, options: { piiAttempts: 99 } }), 'at most 5'],
  ])('is refused with what is wrong: %s', (_name, text, why) => {
    const read = readDefinitionText(text);
    expect(read.kind).toBe('faults');
    expect(read.kind === 'faults' && read.faults.length > 0 && read.faults.map((fault) => fault.text).join(' ')).toContain(why);
  });
  test('a bracket in a text is no depth', () => {
    expect(readDefinitionText(json({ ...onboarding, name: '[[[[[[[[[[[[[[[[[[["\\[[[[' })).kind).toBe('read');
  });
  test('every fault is told at once', () => {
    const read = readDefinition({ ...onboarding, name: '', options: { piiAttempts: 0, denyAs: 'x' } });
    expect(read.kind === 'faults' && read.faults.map(({ path }) => path).toSorted()).toEqual(['name', 'options.denyAs', 'options.piiAttempts']);
  });
});

describe('differences', () => {
  test('are told setting by setting, targets as a whole', () => {
    expect(differences({ a: { x: 1, y: [1, 2] }, r: { go: 'a' } }, { a: { x: 2, y: [1, 2] }, r: { end: 'deny' }, n: true })).toEqual([
      { path: 'a.x', kind: 'changed', before: '1', after: '2' }, { path: 'n', kind: 'added', before: '', after: 'true' }, { path: 'r', kind: 'changed', before: '{"go":"a"}', after: '{"end":"deny"}' },
    ]);
  });
  test('long values that differ at their end are told apart', () => {
    const [one] = differences({ a: `${'x'.repeat(5000)}1` }, { a: `${'x'.repeat(5000)}2` });
    expect(one?.before).not.toBe(one?.after);
    expect(one?.before.length).toBeLessThan(300);
  });
  test('are none between a value and itself in another order, and some as soon as anything differs', () => {
    const shuffled = (value: unknown): unknown => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toReversed().map(([name, one]) => [name, shuffled(one)])) : value);
    fc.assert(fc.property(fc.jsonValue(), (value) => { expect(differences(value, shuffled(value))).toEqual([]); }), { numRuns: 200 });
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      expect(differences(a, b).length === 0).toBe(same);
    }), { numRuns: 300 });
  });
  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, sorted(one)])) : value;
  }
});

describe('steps and routes', () => {
  test('every step and outcome has words, and so has every template', () => {
    for (const [step, { outcomes }] of Object.entries(STEP_FACTS)) expect(Object.keys(STEP_TEXTS[step as keyof typeof STEP_TEXTS].outcomes).toSorted()).toEqual([...outcomes].toSorted());
    expect(Object.keys(TEMPLATES).filter((name) => !Object.hasOwn(TEMPLATE_TEXTS, name))).toEqual([]);
    expect(Object.keys(END_TEXTS)).toEqual(['approve', 'deny', 'review']);
  });
  test('the form says back what it was given', () => {
    const form = Object.fromEntries(nodeViews(onboarding).flatMap((node) => node.outcomes.map(({ field, chosen }) => [field, chosen])));
    expect(withRoutes(onboarding, { ...form, entry: onboarding.entry })).toEqual({ entry: onboarding.entry, nodes: onboarding.nodes });
    // What was not sent stays.
    expect(withRoutes(onboarding, {})).toEqual({ entry: onboarding.entry, nodes: onboarding.nodes });
    expect(withRoutes(onboarding, { 'route.kba.fail': 'end:review', 'route.kba.pass': 'go:nowhere' }).nodes).toMatchObject({ kba: { routes: { fail: { end: 'review' }, pass: { go: 'nowhere' } } } });
    expect(readDefinition({ ...onboarding, ...withRoutes(onboarding, { 'route.kba.fail': 'end:everybody' }) }).kind).toBe('faults');
  });
  test('a step that is put in denies whatever happens, and one that is taken out leaves no loose ends', () => {
    const added = withNode(onboarding.nodes, 'lists', 'watchlist');
    expect(added).toMatchObject({ kind: 'changed', nodes: { lists: { step: 'watchlist', routes: { clear: { end: 'deny' }, hit: { end: 'deny' } } } } });
    const removed = withoutNode(onboarding, 'kba');
    expect(removed.kind === 'changed' && removed.nodes['document_selfie']?.routes['cannot_capture']).toEqual({ end: 'deny' });
    expect(removed.kind === 'changed' && Object.hasOwn(removed.nodes, 'kba')).toBe(false);
    expect(freeName(onboarding.nodes, 'kba')).toBe('kba_2');
  });
  test.each([
    ['a name that is there', withNode(onboarding.nodes, 'kba', 'kba')], ['a name that is none', withNode(onboarding.nodes, '__proto__', 'kba')], ['a step that is none', withNode(onboarding.nodes, 'x', 'constructor')],
    ['the beginning', withoutNode(onboarding, 'trusted_device')], ['what is not there', withoutNode(onboarding, 'toString')],
  ])('refused: %s', (_name, changed) => { expect(changed).toMatchObject({ kind: 'refused' }); });
});

describe('ids', () => {
  test.each([['Über uns, 2nd', 'uber_uns_2nd'], ['  Shop  ', 'shop'], ['2FA', 'fa'], ['New', 'w_new'], ['!!!', ''], ['x', 'w_x'], ['a'.repeat(80), 'a'.repeat(40)]])('%j becomes %j', (name, id) => {
    expect(idFrom(name)).toBe(id);
    if (id !== '') expect(id).toMatch(WORKFLOW_ID);
  });
});

describe('the picture', () => {
  test.each(Object.keys(TEMPLATES))('%s: the same each time, everything on it, nothing on top of another', (name) => {
    const definition = templateDefinition(name) as WorkflowDefinition;
    const drawn = drawGraph(definition);
    expect(drawGraph(definition)).toEqual(drawn);
    expect(drawn.nodes.filter(({ kind }) => kind === 'step').map(({ id }) => id).toSorted()).toEqual(Object.keys(definition.nodes).toSorted());
    for (const one of drawn.nodes) {
      expect(one.x >= 0 && one.y >= 0 && one.x + one.w <= drawn.width && one.y + one.h <= drawn.height).toBe(true);
      for (const other of drawn.nodes) if (one !== other) expect(one.x + one.w <= other.x || other.x + other.w <= one.x || one.y + one.h <= other.y || other.y + other.h <= one.y).toBe(true);
    }
    const routes = Object.values(definition.nodes).reduce((sum, node) => sum + Object.keys(node.routes).length, 0);
    expect(drawn.routes.flatMap((node) => node.routes)).toHaveLength(routes);
  });
  test('shows the way that was taken, and where it ended', () => {
    const drawn = drawGraph(onboarding, [{ node: 'trusted_device', outcome: 'unknown' }, { node: 'session_risk', outcome: 'allow' }, { node: 'pii_validation', outcome: 'broke' }, { node: 'document_selfie', outcome: 'timed_out' }]);
    expect(drawn.edges.filter(({ taken }) => taken).map(({ from, to }) => `${from}>${to}`).toSorted()).toEqual(['(start)>trusted_device', 'document_selfie>(deny)', 'pii_validation>document_selfie', 'session_risk>pii_validation', 'trusted_device>session_risk']);
    expect(drawn.nodes.filter(({ last }) => last).map(({ id }) => id)).toEqual(['(deny)']);
    // Named although the label has no room for every outcome.
    expect(drawn.edges.find(({ from, to }) => from === 'pii_validation' && to === 'document_selfie')?.lines.filter(({ taken }) => taken).map(({ text }) => text)).toEqual(['broke']);
    expect(drawGraph(onboarding, [{ node: 'trusted_device', outcome: 'unknown' }], 'session_risk').nodes.find(({ last }) => last)?.id).toBe('session_risk');
  });
  test('draws broken drafts too, whatever they are', () => {
    const target = fc.oneof(fc.record({ go: fc.constantFrom('a', 'b', 'c', 'nowhere', '(deny)', '__proto__', 'constructor', '') }), fc.record({ end: fc.constantFrom('approve' as const, 'deny' as const, 'review' as const) }));
    const node = fc.record({ step: fc.constantFrom('kba' as const, 'watchlist' as const), routes: fc.dictionary(fc.constantFrom('pass', 'fail', 'hit', '<script>', 'constructor'), target) });
    fc.assert(fc.property(fc.constantFrom('a', 'zz', ''), fc.dictionary(fc.constantFrom('a', 'b', 'c'), node), (entry, nodes) => {
      const drawn = drawGraph({ entry, nodes });
      expect(Number.isFinite(drawn.width) && Number.isFinite(drawn.height)).toBe(true);
      for (const edge of drawn.edges) expect(edge.path).not.toMatch(/NaN|undefined/);
    }), { numRuns: 150 });
  });
  test('a workflow with more routes than anybody could follow is told in words, and takes no time', () => {
    const nodes = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`n${index}`, { step: 'document_selfie' as const, routes: Object.fromEntries(STEP_FACTS.document_selfie.outcomes.map((outcome, k) => [outcome, { go: `n${(index * 7 + k * 3 + 1) % 40}` }])) }]));
    const began = performance.now();
    const drawn = drawGraph({ entry: 'n0', nodes });
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(drawn.nodes).toEqual([]);
    expect(drawn.routes).toHaveLength(40);
  });
});
