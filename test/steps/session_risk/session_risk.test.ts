import { describe, expect, test } from 'vitest';
import type { Journey, Mode } from '../../../src/journey/journey.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import { workflowDefinition, type RiskPolicy, type Workflow } from '../../../src/journey/workflow.ts';
import type { FeedAnswer } from '../../../src/feeds/feeds.ts';
import { Personal } from '../../../src/personal.ts';
import type { StepView } from '../../../src/steps/step.ts';
import { sessionEvidenceOf } from '../../../src/steps/session_evidence.ts';
import { sessionRisk, type SessionRiskState } from '../../../src/steps/session_risk/session_risk.ts';
import { canonicalEmail } from '../../../src/steps/counted_as.ts';
import { chromiumHeaders, COLLECTED, COLLECTED_HEADLESS, PLAIN_HEADERS, UA } from './samples.ts';
import { makeWorld, NO_KEYS, NOW, signed, type World } from './world.ts';

function view(mode: Mode, risk: Partial<RiskPolicy> = {}, locale = 'en'): StepView<SessionRiskState> {
  const definition = workflowDefinition.parse({ ...userOnboarding, options: { risk } });
  const workflow: Workflow = { id: 'onboarding', version: 3, definition };
  const journey: Journey = {
    id: 'j1', workflowId: 'onboarding', workflowVersion: 3, mode, clientId: 'c', interactionUid: 'u', version: 1,
    createdAt: NOW, expiresAt: NOW + 1000, extensions: 0, results: [], states: Personal.of({}), decision: undefined,
    opening: { credential: undefined, clientName: 'App', locale },
  };
  return { journey, workflow, node: 'session_risk', state: undefined, now: NOW, evidence: [] };
}

function step(world: World = {}) {
  const { deps, asked } = makeWorld(world);
  return { built: sessionRisk({ ...deps, deviceKeys: NO_KEYS, ...(world.passkeys ? { passkeys: world.passkeys } : {}) }), asked };
}

interface Client {
  readonly userAgent: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly collector?: unknown;
}

const WINDOWS: Client = { userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), collector: COLLECTED };
const CURL: Client = { userAgent: UA.curl, headers: {} };
const HEADLESS: Client = { userAgent: UA.headlessChrome, headers: { ...chromiumHeaders('Linux'), 'sec-ch-ua': '"HeadlessChrome";v="138", "Chromium";v="138"' }, collector: COLLECTED_HEADLESS };
const NO_SCRIPTS: Client = { userAgent: UA.firefoxWindows, headers: PLAIN_HEADERS };

async function submit(client: Client, at: StepView<SessionRiskState>, world: World = {}, values: Record<string, string> = { country: 'US' }) {
  const { built, asked } = step(world);
  const result = await built.submit(
    {
      page: 'session_risk',
      version: 1,
      channel: 'browser',
      values: Personal.of({ shown_at: signed(NOW - 5_000), ...values, ...(client.collector === undefined ? {} : { collector: JSON.stringify(client.collector) }) }),
      visitor: { address: Personal.of(client.address ?? '8.8.8.8'), userAgent: client.userAgent, headers: client.headers, locale: 'en' },
    },
    at,
  );
  return { result, asked };
}

async function ended(client: Client, at: StepView<SessionRiskState>, world: World = {}, values?: Record<string, string>) {
  const { result, asked } = await submit(client, at, world, values);
  if (result.kind !== 'change' || !result.change.end || !result.change.state) throw new Error('the step did not end');
  return { change: result.change, end: result.change.end, record: result.change.state.record, asked };
}

describe('outcomes', () => {
  const listed: FeedAnswer = { kind: 'listed', list: 0, version: 'v' };

  test.each([
    ['an ordinary browser', WINDOWS, {}, 'allow', 'allow'],
    ['no scripts', NO_SCRIPTS, {}, 'allow', 'allow'],
    ['curl', CURL, {}, 'deny', 'allow'],
    ['headless Chromium', HEADLESS, {}, 'deny', 'allow'],
    ['an iPhone emulated by Chromium', { userAgent: UA.safariIphone, headers: chromiumHeaders('Windows', '?1'), collector: COLLECTED }, {}, 'deny', 'allow'],
    ['a garbage collector', { ...WINDOWS, collector: '{' }, {}, 'allow', 'allow'],
    ['TOR', WINDOWS, { tor: listed }, 'deny', 'deny'],
    ['a listed address', WINDOWS, { denied: listed }, 'deny', 'deny'],
    ['the tenth session', WINDOWS, { seen: 10 }, 'challenge', 'allow'],
    ['the thirtieth session', WINDOWS, { seen: 30 }, 'deny', 'allow'],
    ['broken lists', WINDOWS, { tor: { kind: 'unreadable', fault: 'empty' }, denied: { kind: 'unreadable', fault: 'empty' } }, 'allow', 'allow'],
  ] as const)('%s', async (_name, client, world, live, inTest) => {
    expect((await ended(client, view('live'), world)).end.outcome).toBe(live);
    expect((await ended(client, view('test'), world)).end.outcome).toBe(inTest);
    expect(STEP_FACTS.session_risk.outcomes).toContain(live);
  });

  test("the workflow's own nets deny, under either key", async () => {
    const at = view('test', { deniedNets: ['203.0.113.0/24', '2001:db8::/32'] });
    expect((await ended({ ...WINDOWS, address: '203.0.113.9' }, at)).record).toMatchObject({ outcome: 'deny', rule: 'denied_net' });
    expect((await ended({ ...WINDOWS, address: '2001:db8::1' }, at)).record.rule).toBe('denied_net');
    expect((await ended(WINDOWS, at)).end.outcome).toBe('allow');
  });

  test('a net that does not parse is an error and costs points, not a clean sheet', async () => {
    const { record } = await ended(WINDOWS, view('live', { deniedNets: ['nonsense'] }));
    expect(record.signals).toContainEqual(expect.objectContaining({ code: 'denied_nets_unreadable', status: 'error' }));
    expect(record.outcome).toBe('challenge');
  });

  test('an address that is none is an error, not clean', async () => {
    const { record } = await ended({ ...WINDOWS, address: 'unknown' }, view('live'));
    expect(record.signals).toContainEqual(expect.objectContaining({ code: 'address_unreadable', status: 'error' }));
    expect(record.outcome).toBe('challenge');
  });
});

describe('what is recorded', () => {
  test('unknown stays unknown: nothing configured, no collector', async () => {
    const { record } = await ended(NO_SCRIPTS, view('live'));
    const unknown = record.signals.filter(({ status }) => status === 'unknown').map(({ code }) => code);
    expect(unknown).toEqual([
      'tor_list_not_configured', 'address_lists_not_configured', 'hosting_list_not_configured', 'vpn_list_not_configured', 'timezone_not_compared', 'travel_nobody_named',
      'collector_missing', 'denied_nets_not_configured', 'denied_countries_not_configured', 'fingerprint_not_counted',
    ]);
    expect(record.points).toContainEqual({ code: 'collector_missing', points: 10, enforced: true, unknown: true });
  });

  test('state reads back, and the finished step answers with it', async () => {
    const { built } = step();
    const { change, end } = await ended(CURL, view('live'));
    const state = built.state.parse(JSON.parse(JSON.stringify(change.state)));
    expect(built.move({ ...view('live'), state })).toEqual({ kind: 'finish', end: { outcome: 'deny', reasons: end.reasons } });
  });

  test('events: phase, block and label, with the reason of a denial', async () => {
    const denied = await ended(WINDOWS, view('live'), { tor: { kind: 'listed', list: 0, version: 'v' } });
    expect(denied.end.events).toEqual([
      { layer: 'phase', name: 'sessionRisk', outcome: 'start' },
      expect.objectContaining({ layer: 'block', name: 'sessionRisk', outcome: 'fail', reason: 'tor_exit' }),
      { layer: 'label', name: 'session_risk', outcome: 'failure', reason: 'tor_exit' },
      { layer: 'phase', name: 'sessionRisk', outcome: 'exit', reason: 'tor_exit' },
    ]);
    const allowed = await ended(WINDOWS, view('live'));
    expect(allowed.end.events?.map(({ outcome }) => outcome)).toEqual(['start', 'success', 'success', 'next']);
  });

  test('evidence: what later steps and devices need, sealed; nothing personal outside it', async () => {
    const { change, end, asked } = await ended(WINDOWS, view('live', { collect: 'email' }), {}, { email: ' Ann.Lee+x@Gmail.com ' });
    const evidence = sessionEvidenceOf(end.evidence ?? []);
    expect(evidence).toMatchObject({ email: 'Ann.Lee+x@Gmail.com', address: '8.8.8.8', placeCountry: 'US', browser: 'Chrome on Windows', device: 'desktop', at: NOW });
    expect(evidence?.collector).toMatchObject({ platform: 'Win32', canvas: '8db41d70784b8aad' });
    expect(JSON.stringify(change)).not.toMatch(/ann|gmail|8\.8\.8\.8/i);
    expect(asked.map(({ rule }) => rule)).toContain('sessions_per_email_24h');
  });

  test('counts: the address, the /64 of IPv6, the canonical email; test traffic apart', async () => {
    const opened = (counts: readonly { dimension: string; key: Personal<string> }[] | undefined) => counts?.map(({ dimension, key }) => [dimension, key.open()]);
    const v4 = await ended(WINDOWS, view('test'));
    expect(opened(v4.change.counts)).toEqual([['test:address', '8.8.8.8'], ['test:fingerprint', expect.stringContaining('8db41d70784b8aad')]]);
    expect(v4.change.counts?.[1]).toMatchObject({ peer: expect.anything() });
    const v6 = await ended({ ...WINDOWS, address: '2001:db8:1:2::9' }, view('live', { collect: 'email' }), {}, { email: 'a@b.example' });
    expect(opened(v6.change.counts)).toEqual([
      ['address', '2001:db8:1:2::9'], ['net64', '2001:db8:1:2::/64'], ['net48', '2001:db8:1::/48'], ['email', 'a@b.example'], ['fingerprint', expect.any(String)],
    ]);
  });

  test('a country that is not the one of the address is a weak sign', async () => {
    const { record } = await ended(WINDOWS, view('live'), {}, { country: 'GB' });
    expect(record).toMatchObject({ outcome: 'allow', score: 5 });
  });
});

describe('the page', () => {
  test('asks what the workflow says, with the likely country chosen', () => {
    const { built } = step();
    expect(built.move(view('test'))).toMatchObject({ kind: 'show', page: { name: 'session_risk', model: { collect: 'country', country: 'US' } } });
    expect(built.move(view('test', { collect: 'nothing' }, 'en-GB'))).toMatchObject({ page: { model: { collect: 'nothing', country: 'GB' } } });
  });

  test.each([
    ['country', {}, { country: 'country_invalid' }],
    ['country', { country: 'XX' }, { country: 'country_invalid' }],
    ['country', { country: 'USA' }, { country: 'country_invalid' }],
    ['country', { country: "US' OR 1=1" }, { country: 'country_invalid' }],
    ['email', {}, { email: 'email_invalid' }],
    ['email', { email: 'a@b' }, { email: 'email_invalid' }],
    ['email', { email: 'a@b@c.example' }, { email: 'email_invalid' }],
    ['email', { email: `${'a'.repeat(65)}@b.example` }, { email: 'email_invalid' }],
    ['email', { email: 'a\r\nBcc: x@b.example' }, { email: 'email_invalid' }],
    ['username', { username: '  ' }, { username: 'required' }],
    ['username', { username: 'a\u0000b' }, { username: 'invalid_characters' }],
    ['username', { username: 'x'.repeat(101) }, { username: 'too_long' }],
  ] as const)('%s %j is refused and nothing is recorded', async (collect, values, errors) => {
    const { result, asked } = await submit(WINDOWS, view('live', { collect }), {}, values);
    expect(result).toEqual({ kind: 'invalid', errors });
    expect(asked).toEqual([]);
  });

  test.each([
    ['country', { country: ' gb ' }],
    ['email', { email: 'ann@exämple.example' }],
    ['username', { username: 'ann' }],
    ['nothing', {}],
  ] as const)('%s %j is taken', async (collect, values) => {
    expect((await ended(WINDOWS, view('live', { collect }), {}, values)).end.outcome).toBe('allow');
  });
});

test('a store that fails leaves no decision', async () => {
  const built = sessionRisk({ ...makeWorld().deps, deviceKeys: NO_KEYS, velocity: { count: () => Promise.reject(new Error('database away')) } });
  const submission = { page: 'session_risk', version: 1, channel: 'browser', values: Personal.of({ country: 'US' }), visitor: { address: Personal.of('8.8.8.8'), userAgent: UA.chromeWindows, headers: {}, locale: 'en' } } as const;
  await expect(built.submit(submission, view('live'))).rejects.toThrow('database away');
});

test.each([
  ['Ann.Lee+news@Gmail.com', 'annlee@gmail.com'],
  ['ann.lee@googlemail.com', 'annlee@gmail.com'],
  ['Ann.Lee+x@Example.com', 'ann.lee@example.com'],
])('%s counts as %s', (email, canonical) => {
  expect(canonicalEmail(email)).toBe(canonical);
});
