/** Proofs of two people never count together: not for an account, not for a level, not for what is told. */
import { describe, expect, test } from 'vitest';
import { bindingOf } from '../../src/engine/binding_of.ts';
import { identityKey, returnedAccount } from '../../src/journey/binding.ts';
import type { Evidence, EvidenceKind, Journey } from '../../src/journey/journey.ts';
import { levelOf } from '../../src/journey/levels.ts';
import { ofOnePerson } from '../../src/journey/one_person.ts';
import { releasedProfile } from '../../src/journey/released.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition } from '../../src/journey/workflow.ts';
import { ANN, BEN, documentData, knownByPasskey, proofOf, type Somebody } from './people.ts';

const WORKFLOW = { id: 'w', version: 1, definition: workflowDefinition.parse(userOnboarding) };
const journey = { results: [], opening: { credential: undefined, clientName: 'App', locale: 'en' } } as unknown as Journey;
const approve = (evidence: readonly Evidence[]) => bindingOf({ journey, evidence }, WORKFLOW, 1);
const of = (one: Somebody, ...kinds: readonly EvidenceKind[]): readonly Evidence[] => kinds.map((kind) => proofOf(kind, one));
/** What is established, in full. */
const outcome = (evidence: readonly Evidence[]) => {
  const { identity, acr, profile } = { ...approve(evidence), acr: levelOf(evidence) };
  return { identity: 'open' in identity ? identity.open() : identity.accountId, acr, profile: profile.open() };
};

describe('everything that is needed belongs to one person', () => {
  /** Each is enough of one person; any one piece of another's in its place is not. */
  const WHOLE: Readonly<Record<string, (one: Somebody) => readonly Evidence[]>> = {
    'a match and the phone': (one) => of(one, 'claimed_identity', 'identity_match', 'phone_possession'),
    'known, and the device': (one) => of(one, 'known_person', 'device_proof'),
    'known, and the phone': (one) => of(one, 'known_person', 'phone_possession'),
    'known, and a passkey': (one) => of(one, 'known_person', 'passkey_proof'),
    'known by a passkey': (one) => [knownByPasskey(one), proofOf('passkey_proof', one)],
    'known, the device and a passkey': (one) => of(one, 'known_person', 'device_proof', 'passkey_proof'),
    'known, the device and the phone': (one) => of(one, 'known_person', 'device_proof', 'phone_possession'),
  };
  const table = Object.entries(WHOLE).flatMap(([name, whole]) => whole(ANN).flatMap(({ kind }, at) => {
    // What records say carries no name of its own: it is of the claim that it follows.
    if (kind === 'identity_match') return [];
    const mixed = whole(ANN).map((one, index) => (index === at ? (whole(BEN)[at] ?? one) : one));
    return [[name, kind, mixed] as const];
  }));

  test.each(Object.entries(WHOLE))('%s is enough', (_name, whole) => {
    expect(levelOf(whole(ANN))).toBeDefined();
    expect(outcome(whole(ANN)).profile).toMatchObject({ familyName: 'Archer' });
    expect(outcome(whole(ANN)).identity).not.toEqual(outcome(whole(BEN)).identity);
  });

  test.each(table)('%s, with the %s of somebody else: nobody, at no level, and nothing is told', (_name, _kind, mixed) => {
    expect([identityKey(mixed), returnedAccount(mixed), levelOf(mixed)]).toEqual([undefined, undefined, undefined]);
    expect(() => approve(mixed)).toThrow(expect.objectContaining({ code: 'approved_nobody' }));
    for (const order of [mixed.toReversed(), [...mixed, ...mixed]]) expect(levelOf(order)).toBeUndefined();
  });

  test('every proof of one person beside whom somebody else is known to be: nobody', () => {
    const proofs: readonly EvidenceKind[] = ['device_proof', 'passkey_proof', 'phone_possession'];
    for (const known of [proofOf('known_person', ANN), knownByPasskey(ANN)]) {
      for (const theirs of [[], ...proofs.map((kind) => [kind]), ['device_proof', 'passkey_proof'] as const]) {
        for (const own of [[], ...proofs.map((kind) => [kind])]) {
          const [annsOwn, bens] = [of(ANN, ...(own as EvidenceKind[])), of(BEN, ...(theirs as EvidenceKind[]))];
          if (bens.length === 0) continue;
          // Whoever was known before counts for nothing, and neither do their proofs.
          for (const mixed of [[known, ...annsOwn, ...bens], [proofOf('known_person', BEN), known, ...bens], [proofOf('known_person', BEN), ...bens, known]]) {
            expect(levelOf(mixed), mixed.map(({ kind }) => kind).join()).toBeUndefined();
            expect(() => approve(mixed)).toThrow(expect.objectContaining({ code: 'approved_nobody' }));
          }
        }
      }
    }
  });
});

describe('the newest claim', () => {
  const matched = of(ANN, 'claimed_identity', 'identity_match');
  test.each<[string, readonly Evidence[]]>([
    ['typed after the records knew somebody', [...matched, ...of(BEN, 'claimed_identity')]],
    ['typed after somebody proved their phone', [...matched, ...of(ANN, 'phone_possession'), ...of(BEN, 'claimed_identity')]],
    ['whose phone answered, after the records knew somebody else', [...matched, ...of(BEN, 'claimed_identity', 'phone_possession')]],
    ['typed after somebody answered questions', [...of(ANN, 'claimed_identity', 'kba'), ...of(BEN, 'claimed_identity')]],
    ['matched, after the phone of somebody else was confirmed', [...of(ANN, 'known_person', 'phone_possession'), ...of(BEN, 'claimed_identity', 'identity_match')]],
    ['asked questions, after the phone of somebody else was confirmed', [...of(ANN, 'known_person', 'phone_possession'), ...of(BEN, 'claimed_identity', 'kba')]],
    ['that nobody spoke of', [proofOf('identity_match', ANN), ...of(BEN, 'claimed_identity', 'phone_possession')]],
  ])('%s is nobody', (_what, evidence) => {
    expect([identityKey(evidence), levelOf(evidence)]).toEqual([undefined, undefined]);
    expect(() => approve(evidence)).toThrow(expect.objectContaining({ code: 'approved_nobody' }));
  });

  test('verified anew counts by itself, whoever was known or claimed before', () => {
    const whole = of(BEN, 'claimed_identity', 'identity_match', 'phone_possession');
    for (const before of [of(ANN, 'known_person'), of(ANN, 'known_person', 'device_proof'), of(ANN, 'known_person', 'passkey_proof'), of(ANN, 'known_person', 'phone_possession'), matched]) {
      expect(outcome([...before, ...whole])).toEqual(outcome(whole));
      expect(approve([...before, ...whole]).devices?.returned).toBeUndefined();
      expect(ofOnePerson([...before, ...whole]).map(({ kind }) => kind)).not.toContain('known_person');
    }
  });
});

describe('a document', () => {
  const shown = (one: Somebody, compared?: 'pass' | 'fail' | 'unknown'): readonly Evidence[] => [proofOf('document', one, documentData([one.document], compared) as object), ...of(one, 'face_match', 'liveness')];
  const proven = of(ANN, 'claimed_identity', 'identity_match', 'phone_possession');

  test('that names who the claim names adds to it', () => {
    const both = outcome([...proven, ...shown(ANN, 'pass')]);
    expect(both).toMatchObject({ identity: outcome(proven).identity, acr: 'urn:gatehouse:acr:document', profile: { phone: ANN.claimed.phone, phoneVerified: true, familyName: 'ARCHER' } });
  });

  test.each<[string, readonly Evidence[]]>([
    ['nobody compared', [...proven, ...shown(BEN)]],
    ['names somebody else', [...proven, ...shown(BEN, 'fail')]],
    ['could not be compared', [...proven, ...shown(BEN, 'unknown')]],
    ['was shown before another claim was made', [...shown(BEN, 'pass'), ...proven]],
    ['came with the phone of somebody known', [...of(ANN, 'known_person', 'phone_possession'), ...shown(BEN)]],
  ])('that %s is of its own holder alone', (_what, evidence) => {
    const alone = outcome(shown(BEN));
    expect(outcome(evidence)).toEqual(alone);
    expect(alone).toMatchObject({ acr: 'urn:gatehouse:acr:document', profile: { familyName: 'BUTCHER', phone: '', phoneVerified: false } });
  });

  test('without a face held against it takes nothing from who was matched, and gives them nothing', () => {
    expect(outcome([...proven, proofOf('document', BEN, documentData([BEN.document]) as object)])).toEqual(outcome(proven));
  });

  test('captured by the phone of another claim is nobody', () => {
    expect(levelOf([...of(ANN, 'claimed_identity'), ...shown(ANN, 'pass'), ...of(BEN, 'phone_possession')])).toBeUndefined();
  });
});

test('evidence of another shape is not taken for somebody', () => {
  expect(() => levelOf([...of(ANN, 'claimed_identity', 'identity_match'), proofOf('phone_possession', ANN, { phone: 4 })])).toThrow(expect.objectContaining({ code: 'evidence_unreadable' }));
  expect(() => levelOf([proofOf('known_person', ANN), proofOf('device_proof', ANN, { accountId: undefined })])).toThrow(expect.objectContaining({ code: 'evidence_unreadable' }));
  expect(releasedProfile([])).toBeUndefined();
});
