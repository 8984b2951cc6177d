import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindingOf } from '../../src/engine/binding_of.ts';
import type { Evidence, Journey, StepResult } from '../../src/journey/journey.ts';
import { workflowDefinition, type Workflow, type WorkflowSource } from '../../src/journey/workflow.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { anyStep } from '../../src/steps/index.ts';
import type { Step } from '../../src/steps/step.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { z } from 'zod';
import { CLAIMED, evidenceOf, makeWorld, START, WORKFLOW, type World } from './world.ts';

const DAY = 86_400_000;
const workflow = (devices: NonNullable<WorkflowSource['options']>['devices'] = {}): Workflow => ({ id: WORKFLOW, version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { devices } }) });
const result = (step: StepResult['step'], outcome: string): StepResult => ({ node: step, step, outcome, reasons: [], at: START });
const journeyWith = (results: readonly StepResult[]): Journey => ({ results, opening: { credential: undefined, clientName: 'App', locale: 'en' } }) as unknown as Journey;

const MATCHED = { carrier: { outcome: 'match', missed: [] }, database: { outcome: 'match', missed: [] } };
const PHONE = CLAIMED.phone;
const key = (channel: 'browser' | 'phone', thumbprint: string): Evidence => evidenceOf('device_key', { channel, kind: channel === 'phone' ? 'phone' : 'desktop', thumbprint, jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, collectorVersion: 1, at: START });
const known = (facts: object = {}): Evidence => evidenceOf('known_person', { accountId: 'a', by: 'device', trustId: 't', journeyId: 'j', acr: 'urn:gatehouse:acr:phone', profile: { phone: PHONE, phoneVerified: true }, linkPhone: PHONE, at: START, ...facts });
const DEVICE_PROOF = evidenceOf('device_proof', { deviceId: 'd', accountId: 'a', key: 'software', band: 'same', at: START });
const PASSKEY_PROOF = evidenceOf('passkey_proof', { passkeyId: 'p', accountId: 'a', deviceType: 'multiDevice', userVerified: true, at: START });
const HELD = evidenceOf('phone_possession', { phone: PHONE });
const VERIFIED = [evidenceOf('claimed_identity', CLAIMED), evidenceOf('identity_match', MATCHED), HELD];
const bound = (evidence: readonly Evidence[], results: readonly StepResult[] = [], flow = workflow()) => bindingOf({ journey: journeyWith(results), evidence }, flow, START);

describe('whom an approval belongs to, and its devices', () => {
  test('a verified person: their identity, the newest key of each channel, and why', () => {
    const { identity, devices } = bound([key('browser', 'old'), key('browser', 'new'), key('phone', 'p'), ...VERIFIED], [result('session_risk', 'allow'), result('pii_validation', 'match'), result('sms_link', 'confirmed')]);
    expect(identity).not.toHaveProperty('accountId');
    expect(devices).toMatchObject({ returned: undefined, acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', expiresAt: { desktop: START + 180 * DAY, phone: START + 90 * DAY }, most: 10 });
    expect(devices?.keys.map(({ thumbprint }) => thumbprint)).toEqual(['new', 'p']);
  });
  test("the workflow's own numbers, and none where it trusts no devices", () => {
    expect(bound(VERIFIED, [], workflow({ desktopDays: 7, phoneDays: 1, most: 2 })).devices).toMatchObject({ expiresAt: { desktop: START + 7 * DAY, phone: START + DAY }, most: 2 });
    expect(bound(VERIFIED, [], workflow({ trust: false })).devices).toBeUndefined();
  });
  test.each<[string, readonly Evidence[], object]>([
    ['by the device whose key answered', [known(), DEVICE_PROOF], { returned: { trustId: 't', deviceId: 'd', passkeyId: undefined, journeyId: 'j' }, acr: 'urn:gatehouse:acr:device' }],
    ['by the known phone', [known(), HELD], { returned: { trustId: 't', deviceId: undefined, passkeyId: undefined, journeyId: 'j' }, acr: 'urn:gatehouse:acr:phone' }],
    ['by a passkey on a known device', [known(), PASSKEY_PROOF], { returned: { trustId: 't', deviceId: undefined, passkeyId: 'p', journeyId: 'j' }, acr: 'urn:gatehouse:acr:passkey' }],
    ['by a passkey alone', [known({ by: 'passkey', trustId: 'p' }), PASSKEY_PROOF], { returned: { trustId: undefined, deviceId: undefined, passkeyId: 'p', journeyId: 'j' }, acr: 'urn:gatehouse:acr:passkey' }],
  ])('somebody who came back %s', (_what, evidence, devices) => {
    const binding = bound(evidence);
    expect(binding.identity).toEqual({ accountId: 'a', by: binding.devices?.returned });
    expect(binding.devices).toMatchObject(devices);
    expect(binding.profile.open()).toEqual({ phone: PHONE, phoneVerified: true });
  });
  test('who was recognised and then verified in full is who was verified, and began anew', () => {
    const { identity, devices } = bound([known(), DEVICE_PROOF, ...VERIFIED]);
    expect(identity).not.toHaveProperty('accountId');
    expect(devices?.returned).toBeUndefined();
  });
  test.each<[string, readonly Evidence[]]>([
    ['nobody', []],
    ['recognised only', [known()]],
    ['recognised, and another phone answered', [known(), evidenceOf('phone_possession', { phone: '+14075550199' })]],
    ['recognised by a passkey that did not sign', [known({ by: 'passkey' }), DEVICE_PROOF]],
    ['a key, of nobody', [DEVICE_PROOF, key('browser', 'k')]],
  ])('approves nobody: %s', (_what, evidence) => {
    expect(() => bound(evidence)).toThrow(expect.objectContaining({ code: 'approved_nobody' }));
  });
});

describe('an account that was erased while its person came back', () => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let world: World;
  /** A known device whose page is answered; the person it stands for is the test's. */
  let accountId = '';
  /** Whose key answers; the person's own, unless a test says otherwise. */
  let proofBy = (): string => accountId;
  const recognised: Step = anyStep<never>({
    name: 'trusted_device', needs: [], yields: ['known_person', 'device_proof'], state: z.never(),
    move: () => ({ kind: 'finish', end: { outcome: 'trusted', reasons: [{ code: 'device_trusted' }], evidence: [known({ accountId, trustId: accountId, linkPhone: undefined }), evidenceOf('device_proof', { deviceId: accountId, accountId: proofBy(), key: 'software', band: 'same', at: START })] } }),
    submit: async () => ({ kind: 'invalid', errors: {} }),
  });
  beforeAll(async () => {
    database = await freshDatabase('pglite');
    opened = await database.open();
    world = await makeWorld(opened, () => [recognised]);
    await world.deploy({ name: 'Coming back', template: 'test', entry: 'back', nodes: { back: { step: 'trusted_device', routes: { trusted: { end: 'approve' } } } } });
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });
  const account = async (id: string, erasedAt: number | null): Promise<void> => {
    await opened.db.insertInto('account').values({ id, identity_hash: id, sealed: null, created_at: START, erased_at: erasedAt }).execute();
    await opened.db.insertInto('device').values({
      id, mode: 'test', kind: 'desktop', thumbprint: id, jwk: '{}', token_hash: null, token_used_at: null, previous_hash: null, previous_until: null, fingerprint: null,
      collector_version: null, hardware: null, label: null, last_country: null, created_at: START, last_seen_at: START,
    }).execute();
    await opened.db.insertInto('device_trust').values({
      id, device_id: id, account_id: id, workflow_id: WORKFLOW, credential_hash: null, journey_id: 'j', acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', granted_at: START,
      expires_at: START + DAY, last_used_at: START, sim_checked_at: null, revoked_at: null, revoked_reason: null,
    }).execute();
    accountId = id;
  };

  test('is denied once, and says why', async () => {
    await account('gone', START);
    const { rest, accountId: bind, journey } = await world.open();
    expect(rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'account_erased' }, { code: 'device_trusted' }] } });
    expect(bind).toBeUndefined();
    expect((await world.events(journey.id)).slice(-2)).toEqual(['label:identity_proofing:failure:account_erased', 'phase:journey:exit:account_erased']);
  });
  test('so is one whose trust was taken away meanwhile', async () => {
    await account('reported', null);
    await opened.db.updateTable('device_trust').set({ revoked_at: START, revoked_reason: 'reported' }).where('id', '=', 'reported').execute();
    const { rest, accountId: bind, journey } = await world.open();
    expect(rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'trust_ended' }, { code: 'device_trusted' }] } });
    expect(bind).toBeUndefined();
    expect((await world.events(journey.id)).slice(-2)).toEqual(['label:identity_proofing:failure:trust_ended', 'phase:journey:exit:trust_ended']);
  });
  test("and one for whom somebody else's key answered", async () => {
    await account('victim', null);
    proofBy = () => 'there';
    const { rest, accountId: bind } = await world.open();
    proofBy = () => accountId;
    expect(rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'approved_nobody' }, { code: 'device_trusted' }] } });
    expect(bind).toBeUndefined();
  });
  test('one that is there is approved, for its own account', async () => {
    await account('there', null);
    const { rest, accountId: bind, journey } = await world.open();
    expect(rest).toMatchObject({ kind: 'decided', decision: { verdict: 'approve' } });
    expect(bind).toBe('there');
    expect(await world.events(journey.id)).toContain('label:account_binding:success:returned');
  });
});
