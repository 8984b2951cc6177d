/** What a step makes of the operator's lists: who is kept out, who is let past, and how the record tells. */
import { describe, expect, it } from 'vitest';
import type { Journey, Mode } from '../../src/journey/journey.ts';
import { documentText, type ListedThings, type ListHit, type ListKind, type Lists, type ListScope } from '../../src/journey/rules/lists.ts';
import { decisionRecord } from '../../src/journey/rules/decision_record.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import { gatherSignals, type GatherInput } from '../../src/steps/session_risk/gather.ts';
import { decideAgain } from '../../src/steps/session_risk/policy_signals.ts';
import { effectivePolicy } from '../../src/journey/rules/risk_policy.ts';
import { VELOCITY_RULES } from '../../src/journey/rules/velocity.ts';
import { judgeSilentReturn } from '../../src/steps/trusted_device/silent.ts';
import { listedAtApproval } from '../../src/engine/listed.ts';
import { CLAIMED, evidenceOf } from '../engine/world.ts';
import { Driver, ending } from '../steps/document_selfie/driver.ts';
import { NUMBER } from '../steps/document_selfie/fakes.ts';
import { chromiumHeaders, COLLECTED, UA } from '../steps/session_risk/samples.ts';
import { LISTED, makeWorld, NOW, type World } from '../steps/session_risk/world.ts';

interface Told {
  readonly fresh?: boolean;
  readonly blocked?: readonly ListKind[];
  readonly allowed?: readonly ListKind[];
  readonly asked?: [ListedThings, ListScope][];
}

function lists({ fresh = true, blocked = [], allowed = [], asked = [] }: Told): Lists {
  const hits = (kinds: readonly ListKind[]): readonly ListHit[] => kinds.map((kind) => ({ kind, entry: `lst_${kind}` }));
  return {
    look(things, scope) {
      asked.push([things, scope]);
      return { fresh, blocked: hits(blocked), allowed: hits(allowed) };
    },
  };
}

const visitor = { address: Personal.of('8.8.8.8'), userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' };
const definition = (risk: NonNullable<WorkflowSource['options']>['risk'] = {}) => workflowDefinition.parse({ ...userOnboarding, options: { risk } });

async function session(told: Told, { world = {}, mode = 'live', ...input }: Partial<GatherInput> & { readonly world?: World; readonly mode?: Mode } = {}) {
  const { decision } = await gatherSignals({ ...makeWorld(world).deps, lists: lists(told) }, {
    visitor, values: { collector: JSON.stringify(COLLECTED) }, workflow: { id: 'onboarding', version: 3, definition: definition() }, mode, journeyId: 'j1', now: NOW, ...input,
  });
  const record = decisionRecord.parse(decision.record);
  if (record.version !== 2) throw new Error('an old record was written');
  return record;
}

describe('a session', () => {
  it.each(['address', 'net', 'device', 'phone', 'email', 'identity'] as const)('with a blocked %s is denied, under test keys too, and the record names the entry', async (kind) => {
    for (const mode of ['live', 'test'] as const) {
      const record = await session({ blocked: [kind] }, { mode });
      expect([record.outcome, record.rule]).toEqual(['deny', `listed_${kind}`]);
      expect(record.reasons[0]).toMatchObject({ code: `listed_${kind}`, detail: { entry: `lst_${kind}` } });
      expect(record.whatIf.find(({ without }) => without === `listed_${kind}`)?.outcome).toBe('allow');
    }
  });

  it('blocks before it allows', async () => {
    const record = await session({ blocked: ['net'], allowed: ['address'] });
    expect([record.outcome, record.rule]).toEqual(['deny', 'listed_net']);
  });

  it.each([['tor', { tor: LISTED }, 'tor_exit'], ['a deny list', { denied: LISTED }, 'listed_address']] as const)('is let past no hard rule: %s', async (_what, world, rule) => {
    const record = await session({ allowed: ['address', 'device', 'email'] }, { world });
    expect([record.outcome, record.rule]).toEqual(['deny', rule]);
  });

  it.each(['address', 'net', 'device'] as const)('with an allowed %s is let past the score, and the record says by what', async (kind) => {
    const risky = { world: { hosting: LISTED, vpn: LISTED } };
    expect((await session({}, { ...risky })).outcome).toBe('challenge');
    const record = await session({ allowed: [kind] }, risky);
    expect([record.outcome, record.rule, record.facts.allowedList]).toEqual(['allow', 'allow_list', { kind, entry: `lst_${kind}` }]);
    expect(record.reasons[0]).toMatchObject({ code: 'allow_listed', detail: { list: kind, entry: `lst_${kind}` } });
    expect(record.whatIf.find(({ without }) => without === 'allow_list')?.outcome).toBe('challenge');
    // Decided again under another policy, it was allowed all the same.
    expect(decideAgain(effectivePolicy(definition({ denyAt: 31, challengeAt: 1 }).options.risk), record, VELOCITY_RULES, '8.8.8.8')).toMatchObject({ outcome: 'allow', rule: 'allow_list' });
  });

  it('is not cleared by a phone that it does not prove, nor by lists that were not heard of', async () => {
    for (const kind of ['phone', 'email'] as const) expect([kind, (await session({ allowed: [kind] }, { world: { hosting: LISTED, vpn: LISTED } })).outcome]).toEqual([kind, 'challenge']);
    const record = await session({ fresh: false });
    expect(record.signals.find(({ id }) => id === 'lists')).toMatchObject({ status: 'unknown', code: 'lists_stale' });
    expect(record.outcome).not.toBe('allow');
    expect((await session({})).signals.find(({ id }) => id === 'lists')).toMatchObject({ status: 'ok', code: 'lists_clear', severity: 'none' });
  });

  it('is looked up by all that it shows, for its mode and workflow', async () => {
    const asked: [ListedThings, ListScope][] = [];
    await session({ asked }, { mode: 'test', email: 'a@b.example', phone: Personal.of('+14075550101'), device: Personal.of('thumb'), proved: Personal.of('device-1'), subject: Personal.of('account-1') });
    const [things, scope] = asked[0] ?? [];
    expect(things).toMatchObject({ address: '8.8.8.8', devices: ['thumb', 'device-1'], accountId: 'account-1' });
    expect([things?.email?.open(), things?.phone?.open()]).toEqual(['a@b.example', '+14075550101']);
    expect(scope).toEqual({ mode: 'test', workflowId: 'onboarding', now: NOW });
  });
});

describe('a silent return', () => {
  const HASH = 'a'.repeat(64);
  const silently = async (told: Told, deviceId: string | undefined = 'device-1', place = {}, profile: object | null = { phone: CLAIMED.phone, email: 'a@b.example' }) => {
    let counted = 0;
    const refusal = await judgeSilentReturn({
      feeds: makeWorld(place).deps.feeds, workflows: { version: async (id, version) => ({ id, version, definition: definition() }) },
      policies: { of: async () => ({ active: undefined, shadow: undefined }) }, lists: lists(told), now: () => NOW,
      returns: { count: async () => { counted += 1; return { before: 0, last: undefined }; }, sighted: async () => undefined, refused: async () => undefined },
    }, {
      mode: 'live', presented: HASH, visitor,
      outcome: {
        policy: 'onboarding@3', journeyId: 'j', accountId: 'account-1', decidedAt: NOW - 1, deviceId, boundDevices: ['device-1', 'phone-1'],
        device: { tokenHash: HASH, previousHash: undefined, previousUntil: undefined, trustedUntil: NOW + 1 },
        profile: async () => (profile === null ? undefined : Personal.of(profile)),
      },
    });
    return { refusal, counted };
  };

  it.each([['identity', 'listed_identity', 0], ['device', 'listed_device', 0], ['phone', 'listed_phone', 0], ['email', 'listed_email', 0], ['address', 'listed_address', 1], ['net', 'listed_net', 1]] as const)('of a blocked %s is owed the pages', async (kind, code, counted) => {
    expect(await silently({ blocked: [kind] })).toEqual({ refusal: code, counted });
  });

  it('of nobody listed stays silent, and asks by account, device, address, and what the decision tells', async () => {
    const asked: [ListedThings, ListScope][] = [];
    expect((await silently({ asked })).refusal).toBeUndefined();
    const [things, scope] = asked[0] ?? [];
    expect(asked).toHaveLength(1);
    expect(things).toMatchObject({ address: '8.8.8.8', accountId: 'account-1', devices: ['device-1', 'phone-1'] });
    expect([things?.phone?.open(), things?.email?.open()]).toEqual([CLAIMED.phone, 'a@b.example']);
    expect(scope).toEqual({ mode: 'live', workflowId: 'onboarding', now: NOW });
    expect((await silently({ blocked: ['identity'] }, undefined)).refusal).toBe('listed_identity');
  });

  it('of a decision that tells neither phone nor mailbox asks for none; of one that cannot be read nothing is used again', async () => {
    for (const profile of [null, { phone: '', email: '' }]) {
      const asked: [ListedThings, ListScope][] = [];
      expect((await silently({ asked }, 'device-1', {}, profile)).refusal).toBeUndefined();
      expect(Object.keys(asked[0]?.[0] ?? {}).toSorted()).toEqual(['accountId', 'address', 'devices']);
    }
    await expect(silently({}, 'device-1', {}, { phone: 7 })).rejects.toMatchObject({ code: 'profile_unreadable' });
  });

  it('is let past the score by a net, never by a device whose cookie may be a copy', async () => {
    const risky = { hosting: LISTED, vpn: LISTED };
    expect((await silently({}, 'device-1', risky)).refusal).toBeDefined();
    expect((await silently({ allowed: ['net'] }, 'device-1', risky)).refusal).toBeUndefined();
    expect((await silently({ allowed: ['device'] }, 'device-1', risky)).refusal).toBeDefined();
  });
});

describe('a document', () => {
  const through = async (told: Told | undefined): Promise<Driver> => {
    const driver = new Driver({ device: 'mobile', ...(told ? { lists: lists(told) } : {}) });
    await driver.document();
    if ((await driver.settle()) !== undefined) await driver.selfie();
    return driver;
  };

  it('that is blocked is a plain no, and leaves nothing but an attempt', async () => {
    const asked: [ListedThings, ListScope][] = [];
    const driver = await through({ blocked: ['document'], asked });
    expect(ending(driver)).toEqual(['fail', 'listed_document']);
    expect(driver.end?.reasons[0]?.detail).toEqual({ entry: 'lst_document' });
    expect(driver.end?.evidence?.map(({ kind }) => kind)).toEqual(['document_attempt']);
    expect(asked[0]?.[0].documents?.map((text) => text.open())).toEqual([documentText({ issuer: 'UTO', type: 'passport', number: NUMBER })]);
    expect(JSON.stringify(driver.end?.reasons)).not.toContain(NUMBER);
  });

  it('that nobody can look up is a doubt; of one that is not listed nothing is said', async () => {
    expect(ending(await through({ fresh: false }))).toEqual(['doubtful', 'lists_stale']);
    expect(ending(await through({}))).toEqual(['pass', 'document_checks_passed']);
    expect(ending(await through(undefined))).toEqual(['pass', 'document_checks_passed']);
  });
});

const FINDINGS = { carrier: { outcome: 'match', missed: [] }, database: { outcome: 'not_asked', missed: [] } };

describe('an approval', () => {
  const journey = { mode: 'test', workflowId: 'onboarding' } as unknown as Journey;
  const evidence = [evidenceOf('claimed_identity', CLAIMED), evidenceOf('identity_match', FINDINGS), evidenceOf('session', { email: 'Anna@Example.com' })];
  const approve = (told: Told) => listedAtApproval(lists(told), { journey, evidence }, NOW);

  it('of somebody or something blocked is none, and names the entry', () => {
    expect(approve({})).toBeUndefined();
    expect(approve({ blocked: ['device', 'identity'] })).toEqual({ code: 'listed_identity', entry: 'lst_identity' });
    for (const kind of ['device', 'phone', 'email'] as const) expect(approve({ blocked: [kind] })).toEqual({ code: `listed_${kind}`, entry: `lst_${kind}` });
    const asked: [ListedThings, ListScope][] = [];
    approve({ asked });
    const texts = asked[0]?.[0].identities?.map((text) => text.open()) ?? [];
    expect([asked[0]?.[0].phone?.open(), asked[0]?.[0].email?.open()]).toEqual([CLAIMED.phone, 'Anna@Example.com']);
    // By whatever strength they were blocked before.
    for (const strength of ['phone', 'match', 'kba']) expect(texts.some((text) => text.startsWith(`["${strength}","${CLAIMED.phone}"`))).toBe(true);
  });

  it('waits where nobody can tell: it is neither given nor denied', () => {
    expect(() => approve({ fresh: false })).toThrow(expect.objectContaining({ code: 'lists_stale', status: 503 }));
  });
});
