import { describe, expect, test } from 'vitest';
import type { Mode } from '../../../src/journey/journey.ts';
import { decisionRecord, type ExplainedDecision } from '../../../src/journey/rules/decision_record.ts';
import { SIGNAL_CODES } from '../../../src/journey/rules/points.ts';
import { effectivePolicy } from '../../../src/journey/rules/risk_policy.ts';
import { VELOCITY_RULES } from '../../../src/journey/rules/velocity.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type Workflow, type WorkflowSource } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { gatherSignals, type GatherInput } from '../../../src/steps/session_risk/gather.ts';
import { decideAgain } from '../../../src/steps/session_risk/policy_signals.ts';
import { sessionEvidenceOf } from '../../../src/steps/session_evidence.ts';
import { chromiumHeaders, COLLECTED, UA } from './samples.ts';
import { LISTED, makeWorld, NOW, signed, type World } from './world.ts';

type Risk = NonNullable<NonNullable<WorkflowSource['options']>['risk']>;

function workflow(risk: Risk = {}): Workflow {
  return { id: 'onboarding', version: 3, definition: workflowDefinition.parse({ ...userOnboarding, options: { risk } }) };
}

interface Session extends Partial<Omit<GatherInput, 'visitor'>> {
  readonly address?: string;
  readonly collected?: Readonly<Record<string, unknown>>;
  readonly risk?: Risk;
}

async function gather(world: World = {}, { address = '8.8.8.8', collected = {}, risk = {}, ...input }: Session = {}) {
  const { deps, asked, resolved } = makeWorld(world);
  const gathered = await gatherSignals(deps, {
    visitor: { address: Personal.of(address), userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' },
    values: { collector: JSON.stringify({ ...COLLECTED, ...collected }) },
    workflow: workflow(risk), mode: 'live' as Mode, journeyId: 'j1', now: NOW, ...input,
  });
  const { record } = gathered.decision;
  if (record.version !== 2) throw new Error('an old record was written');
  return { ...gathered, record, asked, resolved, codes: record.signals.map(({ code }) => code) };
}

const SUBJECT = Personal.of('account-1');
const LONDON = { country: 'GB', latitude: 51.51, longitude: -0.13, radiusKm: 20, network: 'access' } as const;
const ORLANDO = { country: 'US', latitude: 28.54, longitude: -81.38, radiusKm: 20, network: 'access' } as const;

describe('what is found', () => {
  test.each([
    ['a data centre', { hosting: LISTED }, {}, 'hosting_net', 'allow'],
    ['a VPN', { vpn: LISTED }, {}, 'vpn_net', 'allow'],
    ['broken lists', { hosting: { kind: 'unreadable', fault: 'empty' }, vpn: { kind: 'stale', version: 'v' } }, {}, 'hosting_list_unreadable', 'allow'],
    ['a denied country', {}, { risk: { deniedCountries: ['US'] } }, 'denied_country', 'deny'],
    ['another country', {}, { risk: { deniedCountries: ['GB'] } }, 'country_not_denied', 'allow'],
    ['a country nobody knows', { place: {} }, { risk: { deniedCountries: ['US'] } }, 'denied_country_unknown', 'allow'],
    ['the answered country', {}, { country: 'US' }, 'country_agrees', 'allow'],
    ['another than answered', {}, { country: 'GB' }, 'country_differs', 'allow'],
    ['the phone of the country', {}, { phone: Personal.of('+14075550101') }, 'phone_country_agrees', 'allow'],
    ['the phone of another', {}, { phone: Personal.of('+447911123456') }, 'phone_country_differs', 'allow'],
    ['the time of the country', {}, {}, 'timezone_agrees', 'allow'],
    ['another spelling of its time', {}, { collected: { timezone: 'US/Eastern' } }, 'timezone_agrees', 'allow'],
    ['another time', {}, { collected: { timezone: 'Asia/Tokyo' } }, 'timezone_differs', 'allow'],
    ['a time nobody knows', {}, { collected: { timezone: 'Mars/Olympus' } }, 'timezone_not_compared', 'allow'],
    ['nobody named', { place: LONDON, last: { place: ORLANDO, at: NOW - 1000 } }, {}, 'travel_nobody_named', 'allow'],
    ['a first sighting', { place: LONDON }, { subject: SUBJECT }, 'travel_first_sighting', 'allow'],
    ['impossible travel', { place: LONDON, last: { place: ORLANDO, at: NOW - 3_600_000 } }, { subject: SUBJECT }, 'impossible_travel', 'challenge'],
    ['impossible travel by a network nobody knows', { place: { ...LONDON, network: undefined }, last: { place: ORLANDO, at: NOW - 3_600_000 } }, { subject: SUBJECT }, 'impossible_travel_perhaps', 'allow'],
    ['a flight', { place: LONDON, last: { place: ORLANDO, at: NOW - 36_000_000 } }, { subject: SUBJECT }, 'travel_possible', 'allow'],
    ['another country at once', { place: { country: 'BR' }, last: { place: { country: 'US' }, at: NOW - 1000 } }, { subject: SUBJECT }, 'country_changed_perhaps', 'allow'],
    ['a device of many', { seen: { identities_per_device_24h: 3 } }, { device: Personal.of('thumb') }, 'velocity_deny', 'deny'],
    ['a device of two', { seen: { identities_per_device_24h: 2 } }, { device: Personal.of('thumb') }, 'velocity_challenge', 'challenge'],
    ['a net of failures', { seen: { failed_per_net_1h: 30 } }, {}, 'velocity_deny', 'deny'],
    ['many that look alike', { seen: { addresses_per_fingerprint_1h: 15 } }, {}, 'fingerprint_crowded', 'challenge'],
    ['many people behind one look', { seen: { identities_per_fingerprint_24h: 10 } }, {}, 'fingerprint_shared', 'allow'],
    ['a form filled in at once', {}, { form: 'session_risk', values: { collector: JSON.stringify(COLLECTED), shown_at: signed(NOW - 1_999) } }, 'filled_fast', 'allow'],
    ['the field nobody sees', {}, { form: 'session_risk', values: { collector: JSON.stringify(COLLECTED), shown_at: signed(NOW - 9_000), homepage: 'x' } }, 'honeypot_filled', 'challenge'],
  ] as const)('%s', async (_name, world, session, code, outcome) => {
    const { codes, record } = await gather(world as World, session as Session);
    expect(codes).toContain(code);
    expect(record.outcome).toBe(outcome);
  });

  test('every signal has its shape, one id each for what looks once, and nothing personal in it', async () => {
    const { record, decision } = await gather({ place: LONDON }, { email: 'ann.lee@thrown.example', subject: SUBJECT, phone: Personal.of('+447911123456'), form: 'session_risk', risk: { collect: 'email', emailRisk: true } });
    expect(decisionRecord.parse(JSON.parse(JSON.stringify(decision.record)))).toEqual(decision.record);
    expect(JSON.stringify(record)).not.toMatch(/ann|thrown\.example|8\.8\.8\.8|447911|account-1|London/i);
    const ids = record.signals.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('mail is looked up only where the workflow has the add-on', async () => {
    const email = 'ann@thrown.example';
    expect((await gather({}, { email })).resolved).toEqual([]);
    const { codes, resolved, record } = await gather({ mail: { kind: 'unknown', fault: 'timeout' } }, { email, risk: { emailRisk: true } });
    expect(resolved).toEqual(['thrown.example']);
    expect(codes).toEqual(expect.arrayContaining(['email_disposable', 'email_mail_unknown']));
    expect(record).toMatchObject({ outcome: 'allow', score: 30 });
  });

  test('without a form nothing is said of how it was filled in', async () => {
    const { record } = await gather();
    expect(record.signals.filter(({ id }) => id === 'fill_time' || id === 'honeypot')).toEqual([]);
  });
});

describe('what is handed back', () => {
  test('counts, and the sighting of a clean session', async () => {
    const { counts, sightings, evidence } = await gather({ place: LONDON }, { subject: SUBJECT, email: 'Ann+x@b.example', country: 'GB' });
    expect(counts.map(({ dimension }) => dimension)).toEqual(['address', 'email', 'fingerprint']);
    expect(counts[2]?.peer?.open()).toBe('8.8.8.8');
    expect(sightings.map(({ subject, place }) => [subject.open(), place])).toEqual([['account-1', LONDON]]);
    expect(sessionEvidenceOf([evidence])).toMatchObject({ placeCountry: 'GB', country: 'GB', email: 'Ann+x@b.example', device: 'desktop' });
  });

  test.each([
    ['a session that is not clean', { tor: LISTED, place: LONDON }, { subject: SUBJECT }],
    ['nobody named', { place: LONDON }, {}],
    ['a place that is nowhere', { place: { network: 'vpn' as const } }, { subject: SUBJECT }],
    ['a session that was counted before', { place: LONDON }, { subject: SUBJECT, again: true }],
  ])('no sighting of %s', async (_name, world, session) => {
    expect((await gather(world, session)).sightings).toEqual([]);
  });

  test('a session is counted once in a journey, and judged each time', async () => {
    const { counts, asked } = await gather({}, { again: true });
    expect(counts).toEqual([]);
    expect(asked.map(({ rule }) => rule)).toContain('sessions_per_address_10m');
  });

  test('a device that proved its key is counted and judged by itself alone', async () => {
    const proved = Personal.of('device-1');
    const crowded = {
      seen: { sessions_per_address_10m: 30, sessions_per_address_24h: 200, identities_per_device_24h: 3, failed_per_net_1h: 30, failed_per_device_1h: 6, addresses_per_fingerprint_1h: 15 },
    };
    const { record, counts, codes } = await gather(crowded, { proved, device: Personal.of('thumb'), subject: SUBJECT });
    expect(record.outcome).toBe('allow');
    expect(counts.map(({ dimension, key }) => [dimension, key.open()])).toEqual([['return', 'device-1']]);
    expect(codes.filter((code) => /^(velocity|fingerprint)_/.test(code))).toEqual(['velocity_within']);
    // How many look like it is not asked, so that a policy cannot hold not knowing against it.
    expect((await gather({ active: { unknown: { fingerprint: 'deny' } } }, { proved })).record.outcome).toBe('allow');
    expect((await gather(crowded, { device: Personal.of('thumb') })).record.outcome).toBe('deny');
    expect((await gather({ seen: { returns_per_device_10m: 60 } }, { proved })).record).toMatchObject({ outcome: 'challenge', rule: 'velocity_challenge' });
    expect((await gather({ tor: LISTED }, { proved })).record.outcome).toBe('deny');
    expect((await gather({}, { proved, collected: { webdriver: true } })).record).toMatchObject({ outcome: 'deny', rule: 'automation' });
  });

  test('every code that is found is one that a policy may name', async () => {
    const found = await Promise.all([
      gather(), gather({ place: {} }, { phone: Personal.of('+447911123456'), email: 'ann@thrown.example', risk: { emailRisk: true, deniedNets: ['10.0.0.0/8'], deniedCountries: ['GB'] }, form: 'session_risk' }),
      gather({ place: LONDON, tor: { kind: 'stale', version: 'v' }, denied: { kind: 'unreadable', fault: 'empty' }, vpn: { kind: 'not_listed', version: 'v' } }, { subject: SUBJECT, country: 'GB' }),
      gather({ last: { place: ORLANDO, at: NOW }, place: { country: 'US', network: 'vpn' } }, { subject: SUBJECT, values: {}, address: 'nonsense' }),
    ]);
    expect(found.flatMap(({ codes }) => codes).filter((code) => !SIGNAL_CODES.has(code))).toEqual([]);
  });

  test('phones and browsers that tell little are not counted by how they look', async () => {
    const plain = await gather({}, { collected: { canvas: null } });
    expect(plain.counts.map(({ dimension }) => dimension)).toEqual(['address']);
    expect(plain.codes).toContain('fingerprint_not_counted');
  });
});

describe('versions of the policy', () => {
  test('the active one decides, with what it leaves out as the workflow says', async () => {
    const { decision, record } = await gather({ active: { challengeAt: 5, points: { country_differs: 6 } } }, { country: 'GB', risk: { denyAt: 70 } });
    expect(record).toMatchObject({ outcome: 'challenge', score: 6, thresholds: { challengeAt: 5, denyAt: 70 }, policyVersion: 4 });
    expect(decision.policyVersion).toBe(4);
    expect(decision.shadow).toBeUndefined();
  });

  test.each([
    ['stricter', { deniedCountries: ['US'] }, 'allow', 'deny', 'denied_country'],
    ['laxer', { deniedNets: [], rules: { denied_net: false } }, 'deny', 'allow', 'score'],
  ] as const)('the one in the shadow is asked and never enforced: %s', async (_name, shadow, enforced, shadowed, rule) => {
    const { decision, record } = await gather({ shadow: shadow as World['shadow'] & object }, { risk: enforced === 'deny' ? { deniedNets: ['8.8.0.0/16'] } : {} });
    expect(record.outcome).toBe(enforced);
    expect(decision).toMatchObject({ policyVersion: 0, shadow: { policyVersion: 5, record: { outcome: shadowed, rule, policyVersion: 5 } } });
  });

  test('both are counted for at once', async () => {
    const { asked, decision } = await gather({ seen: 60, shadow: { velocity: { sessions_per_address_10m: { challengeAt: 50, denyAt: 100 } } } });
    expect(asked.find(({ rule }) => rule === 'sessions_per_address_10m')).toMatchObject({ cap: 100 });
    expect(decision.record).toMatchObject({ rule: 'velocity_deny', facts: { velocity: expect.arrayContaining([{ rule: 'sessions_per_address_10m', count: 60, cap: 100 }]) } });
  });

  test('allowed nets lift points, in a list of the active version', async () => {
    const world: World = { active: { allowedNets: ['203.0.113.0/24', '8.8.8.0/24'] }, hosting: LISTED, place: LONDON, last: { place: ORLANDO, at: NOW } };
    expect((await gather(world, { subject: SUBJECT })).record).toMatchObject({ outcome: 'allow', rule: 'allow_list', allowListed: 1 });
    expect((await gather(world, { subject: SUBJECT, address: '8.8.9.1' })).record).toMatchObject({ outcome: 'deny', rule: 'score', allowListed: null });
    expect((await gather({ ...world, tor: LISTED }, { subject: SUBJECT })).record).toMatchObject({ outcome: 'deny', rule: 'tor_exit' });
  });
});

describe('a recorded session under another policy', () => {
  const own = workflow().definition.options.risk;
  const again = (record: ExplainedDecision, document: Parameters<typeof effectivePolicy>[1] extends infer V ? (V extends { document: infer D } ? D : never) : never, address?: string) =>
    decideAgain(effectivePolicy(own, { version: 9, document }), record, VELOCITY_RULES, address);

  test('under its own nothing changes', async () => {
    for (const world of [{}, { tor: LISTED }, { seen: 12 }, { place: LONDON, last: { place: ORLANDO, at: NOW } }] satisfies World[]) {
      const { record } = await gather(world, { subject: SUBJECT });
      expect({ ...again(record, {}), policyVersion: 0 }).toEqual({ ...record, signals: expect.arrayContaining([...record.signals]), points: expect.anything(), whatIf: expect.anything(), reasons: expect.anything() });
    }
  });

  test('velocity, countries and nets are judged anew', async () => {
    const { record } = await gather({ seen: { sessions_per_address_10m: 12 } });
    expect(record.outcome).toBe('challenge');
    expect(again(record, { velocity: { sessions_per_address_10m: { challengeAt: 20, denyAt: 30 } } }).outcome).toBe('allow');
    expect(again(record, { velocity: { sessions_per_address_10m: { challengeAt: 5, denyAt: 12 } } })).toMatchObject({ outcome: 'deny', rule: 'velocity_deny' });
    expect(again(record, { deniedCountries: ['US'] })).toMatchObject({ outcome: 'deny', rule: 'denied_country' });
    expect(again(record, { deniedNets: ['8.0.0.0/8'] }, '8.8.8.8')).toMatchObject({ outcome: 'deny', rule: 'denied_net' });
    expect(again(record, { allowedNets: ['8.0.0.0/8'] }, '8.8.8.8')).toMatchObject({ outcome: 'allow', rule: 'allow_list' });
    // Without the address, what was recorded of nets stands.
    expect(again(record, { deniedNets: ['8.0.0.0/8'] }).outcome).toBe('challenge');
  });
});
