import { beforeEach, describe, expect, test } from 'vitest';
import { policyCommand, type PolicyCommandDeps } from '../../src/commands/policy_lines.ts';
import type { Mode } from '../../src/journey/journey.ts';
import { effectivePolicy } from '../../src/journey/rules/risk_policy.ts';
import { Personal } from '../../src/personal.ts';
import type { Signal } from '../../src/journey/rules/signal.ts';
import { VELOCITY_RULES, type VelocityTally } from '../../src/journey/rules/velocity.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../src/journey/workflow.ts';
import { decideUnder } from '../../src/steps/session_risk/policy_signals.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { riskDecisions, sessionAddresses, type RiskDecisions } from '../../src/store/risk_decisions.ts';
import { riskPolicyStore } from '../../src/store/risk_policies.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { change, newJourney, NOW, storesOn, type Stores } from '../store/support.ts';

const DAY = 86_400_000;
const DEFINITION = workflowDefinition.parse(TEMPLATES['user_onboarding']);

interface Session {
  readonly codes?: readonly string[];
  readonly country?: string;
  readonly velocity?: readonly VelocityTally[];
  readonly mode?: Mode;
  readonly at?: number;
}

describeDatabases('the policy command', ({ fresh }) => {
  let opened: OpenedDatabase;
  let stores: Stores;
  let decisions: RiskDecisions;
  const files = new Map<string, string>();
  const addresses = new Map<string, string>();
  let deps: PolicyCommandDeps;
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(opened);
    decisions = riskDecisions(opened.db);
    const workflows = workflowStore(opened.db);
    await workflows.deploy('w', DEFINITION, NOW);
    deps = {
      policies: riskPolicyStore(opened.db, () => NOW), decisions, workflows, now: () => NOW,
      addressesOf: async (ids) => new Map([...addresses].filter(([id]) => ids.includes(id))),
      read: async (path) => files.get(path) ?? Promise.reject(new Error('no such file')),
    };
  });
  beforeEach(async () => {
    await opened.db.deleteFrom('risk_decision').execute();
    await opened.db.deleteFrom('risk_policy').execute();
    files.clear();
    addresses.clear();
  });

  const run = (...args: readonly string[]): Promise<readonly string[]> => policyCommand(args, deps);
  const file = (document: unknown): string => {
    files.set('draft.json', typeof document === 'string' ? document : JSON.stringify(document));
    return 'draft.json';
  };

  /** A decision as a session's change writes it, under the workflow's own policy. */
  async function decided({ codes = [], country, velocity = [], mode = 'live', at = NOW - DAY }: Session): Promise<string> {
    const signals = codes.map((code): Signal => ({ id: 'place', version: 1, status: 'ok', severity: 'low', code, details: {}, source: 'test' }));
    const facts = { ...(country === undefined ? {} : { country }), velocity: [...velocity] };
    const record = decideUnder(effectivePolicy(DEFINITION.options.risk), { signals, facts, address: '203.0.113.9' }, VELOCITY_RULES, mode, 'w@1');
    const { journey } = await stores.journeys.open(newJourney({ mode, createdAt: at }));
    await stores.journeys.record(journey, change(journey, { now: at, node: 'session_risk', risk: { record, policyVersion: 0 } }));
    return journey.id;
  }

  const counts = (lines: readonly string[]): Readonly<Record<string, readonly number[]>> =>
    Object.fromEntries(lines.filter((line) => /^(allow|challenge|deny) +\d/.test(line)).map((line) => {
      const [was = '', ...cells] = line.trim().split(/ +/);
      return [was, cells.map(Number)];
    }));

  test('replays a draft over what was decided, and prints what would have changed', async () => {
    const clean = await decided({ country: 'US' });
    const abroad = await decided({ country: 'BR' });
    const contradicts = await decided({ codes: ['client_hints_contradict', 'platform_contradicts'], country: 'US' });
    const exit = await decided({ codes: ['tor_exit'], country: 'US' });
    await decided({ country: 'BR', at: NOW - 40 * DAY });
    const busy = await decided({ country: 'US', velocity: [{ rule: 'sessions_per_address_10m', count: 12, cap: 30 }] });

    const lines = await run('replay', 'w', file({
      deniedCountries: ['BR'], points: { platform_contradicts: 0, tor_exit: 20 }, rules: { tor_exit: false }, velocity: { sessions_per_address_10m: { challengeAt: 20, denyAt: 30 } },
    }));
    expect(lines[0]).toContain('5 decisions of w');
    expect(lines[0]).toContain('4 would have changed');
    expect(counts(lines)).toEqual({ allow: [1, 0, 1], challenge: [2, 0, 0], deny: [1, 0, 0] });
    const of = (id: string): string => lines.find((line) => line.includes(id)) ?? '';
    expect(of(clean)).toBe('');
    expect(of(abroad)).toContain('allow -> deny  score 0 -> 100  by score -> denied_country');
    expect(of(contradicts)).toContain('challenge -> allow  score 55 -> 30  by score -> score');
    expect(of(exit)).toContain('deny -> allow  score 100 -> 20  by tor_exit -> score');
    expect(of(busy)).toContain('challenge -> allow  score 40 -> 0  by velocity_challenge -> score');
    // Nothing was recorded by it.
    expect(await deps.policies.list('w')).toEqual([]);

    expect((await run('replay', 'w', 'draft.json', '--days', '60'))[0]).toContain('6 decisions');
    expect(counts(await run('replay', 'w', file({})))).toEqual({ allow: [2, 0, 0], challenge: [0, 2, 0], deny: [0, 0, 1] });
  });

  test('a test key enforces what it did enforce', async () => {
    await decided({ mode: 'test', velocity: [{ rule: 'sessions_per_address_10m', count: 30, cap: 30 }], codes: ['automation_detected'] });
    expect(counts(await run('replay', 'w', file({ challengeAt: 5, denyAt: 10 })))).toMatchObject({ allow: [1, 0, 0] });
  });

  test('nets need the address; without it what was recorded stands, and is said', async () => {
    const kept = await decided({ country: 'US' });
    addresses.set(kept, '203.0.113.9');
    await decided({ country: 'US' });
    const lines = await run('replay', 'w', file({ deniedNets: ['203.0.113.0/24'] }));
    expect(counts(lines)).toMatchObject({ allow: [1, 0, 1] });
    expect(lines).toContain('1 of them were tried without their address, which is no longer kept');
  });

  test('addresses are read a page at a time, and opened from what the session left', async () => {
    const { journey } = await stores.journeys.open(newJourney({ mode: 'live', createdAt: NOW - DAY }));
    const session = { kind: 'session' as const, version: 1, simulated: false, data: Personal.of({ address: '203.0.113.9', device: 'desktop', userAgent: 'x', at: NOW }) };
    await stores.journeys.record(journey, change(journey, { now: NOW - DAY, node: 'session_risk', evidence: [session] }));
    expect([...(await sessionAddresses(opened.db, stores.vault, [journey.id, 'nobody']))]).toEqual([[journey.id, '203.0.113.9']]);
    expect((await sessionAddresses(opened.db, stores.vault, [])).size).toBe(0);
    for (let at = 0; at < 3; at += 1) await decided({ country: 'US' });
    const asked: (readonly string[])[] = [];
    await policyCommand(['replay', 'w', file({ deniedNets: ['203.0.113.0/24'] })], { ...deps, addressesOf: async (ids) => (asked.push(ids), new Map()) });
    expect(asked.map((ids) => ids.length)).toEqual([3]);
  });

  test('limits that no replay and no shadow can try are named', async () => {
    const velocity = { journeys_per_phone_24h: { challengeAt: 1, denyAt: 2 }, sessions_per_address_10m: { challengeAt: 20, denyAt: 30 } };
    const said = 'not tried: journeys_per_phone_24h.';
    expect((await run('replay', 'w', file({ velocity }))).at(-1)).toContain(said);
    await run('draft', 'w', file({ velocity }));
    expect((await run('shadow', 'w', '1')).at(-1)).toContain(said);
    expect((await run('replay', 'w', file({ velocity: { sessions_per_address_10m: velocity.sessions_per_address_10m } }))).join()).not.toContain('not tried');
  });

  test('counts that stopped before a new limit are said to', async () => {
    await decided({ velocity: [{ rule: 'sessions_per_address_10m', count: 30, cap: 30 }] });
    const lines = await run('replay', 'w', file({ velocity: { sessions_per_address_10m: { challengeAt: 50, denyAt: 100 } } }));
    expect(counts(lines)).toMatchObject({ deny: [1, 0, 0] });
    expect(lines.some((line) => line.startsWith('1 of them might come out stricter'))).toBe(true);
  });

  test('records of before, and pages of many', async () => {
    const id = await decided({});
    const { record } = (await decisions.ofJourney(id))[0]!;
    const { facts: _facts, policyVersion: _version, whatIf: _whatIf, allowListed: _listed, ...rest } = record as Extract<typeof record, { version: 2 }>;
    const old = { ...rest, version: 1, rules: [], points: [] };
    const row = { journey_id: id, workflow_id: 'w', mode: 'live' as const, node: 'n', policy_version: 0, outcome: 'allow', score: 0, shadow_version: null, shadow_outcome: null, shadow: null, at: NOW - DAY };
    await opened.db.insertInto('risk_decision').values({ ...row, seq: 1, record: JSON.stringify(old) }).execute();
    await opened.db.insertInto('risk_decision').values(Array.from({ length: 1_100 }, (_, at) => ({ ...row, seq: 10_000 + at, at: NOW - DAY - (at % 7), record: JSON.stringify(record) }))).execute();
    const lines = await run('replay', 'w', file({ challengeAt: 1 }));
    expect(counts(lines)).toMatchObject({ allow: [1_101, 0, 0] });
    expect(lines.join('\n')).toContain('1 decisions could not be tried');
  });

  test('versions: kept, tried, enforced, listed', async () => {
    expect(await run('list', 'w')).toEqual(['no versions; sessions are decided as the workflows say']);
    expect((await run('draft', 'w', file({ denyAt: 90 }), '--note', 'milder'))[0]).toMatch(/^w {2}version 1 {2}draft since .* milder\n {4}\{"denyAt":90\}$/);
    await decided({ codes: ['client_hints_contradict', 'platform_contradicts', 'user_agent_contradicts'] });
    expect(counts(await run('replay', 'w', '1'))).toMatchObject({ deny: [0, 1, 0] });
    expect((await run('shadow', 'w', '1'))[0]).toContain('version 1  shadow');
    expect((await run('activate', 'w', '1'))[0]).toContain('version 1  active');
    expect((await run('list'))[0]).toContain('version 1  active');
    expect((await run('retire', 'w', '1'))[0]).toContain('version 1  retired');
  });

  describe('is refused in words', () => {
    test.each([
      ['nothing to do', ['frobnicate', 'w', '1'], 'usage'],
      ['no version', ['activate', 'w'], 'usage'],
      ['no number', ['activate', 'w', 'one'], 'usage'],
      ['too much', ['activate', 'w', '1', '2'], 'usage'],
      ['no such version', ['activate', 'w', '9'], 'risk_policy_unknown'],
      ['no such version to replay', ['replay', 'w', '9'], 'risk_policy_unknown'],
      ['no such file', ['draft', 'w', 'missing.json'], 'risk_policy_invalid'],
      ['a file that is no JSON', ['draft', 'w', 'bad.json'], 'risk_policy_invalid'],
      ['a file that is no policy', ['replay', 'w', 'wrong.json'], 'risk_policy_invalid'],
      ['a misspelt code', ['draft', 'w', 'misspelt.json'], 'risk_policy_invalid'],
      ['no such workflow', ['draft', 'nobody', 'good.json'], 'workflow_unknown'],
    ])('%s', async (_name, args, code) => {
      files.set('bad.json', '{').set('wrong.json', '{"denyAt":900}').set('good.json', '{}').set('misspelt.json', '{"points":{"tor_exits":0}}');
      await expect(run(...args)).rejects.toMatchObject({ code });
    });
  });

  test('a decision is kept whole with its shadow, and leaves with its journey', async () => {
    const facts = { velocity: [] };
    const record = decideUnder(effectivePolicy(DEFINITION.options.risk), { signals: [], facts, address: undefined }, VELOCITY_RULES, 'live', 'w@1');
    const { journey } = await stores.journeys.open(newJourney({ mode: 'live' }));
    const risk = { record, policyVersion: 3, shadow: { record: { ...record, outcome: 'deny' as const }, policyVersion: 4 } };
    await stores.journeys.record(journey, change(journey, { node: 'session_risk', risk }));
    expect(await decisions.ofJourney(journey.id)).toEqual([{ journeyId: journey.id, seq: expect.any(Number), workflowId: 'w', mode: 'live', node: 'session_risk', at: NOW + 1, ...risk }]);
    expect(await opened.db.selectFrom('risk_decision').select(['outcome', 'shadow_outcome']).execute()).toEqual([{ outcome: 'allow', shadow_outcome: 'deny' }]);
    await opened.db.deleteFrom('journey').where('id', '=', journey.id).execute();
    expect(await decisions.ofJourney(journey.id)).toEqual([]);
  });
});
