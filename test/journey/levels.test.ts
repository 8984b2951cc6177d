import { describe, expect, test } from 'vitest';
import type { Evidence, EvidenceKind } from '../../src/journey/journey.ts';
import { Personal } from '../../src/personal.ts';
import { ACR_VALUES, LEVELS, levelBy, levelOf, methodsOf, satisfies } from '../../src/journey/levels.ts';
import { proofOf } from './people.ts';

const DOCUMENT = 'urn:gatehouse:acr:document';
const PHONE = 'urn:gatehouse:acr:phone';
const MATCH = 'urn:gatehouse:acr:match';
const KBA = 'urn:gatehouse:acr:kba';
const PASSKEY = 'urn:gatehouse:acr:passkey';
const DEVICE = 'urn:gatehouse:acr:device';

const DATA: Partial<Record<EvidenceKind, unknown>> = {
  device_proof: { deviceId: 'd', accountId: 'a', key: 'software', band: 'same', at: 1 },
  passkey_proof: { passkeyId: 'p', accountId: 'a', deviceType: 'multiDevice', userVerified: true, at: 1 },
};
const evidence = (kind: EvidenceKind, data: unknown = DATA[kind] ?? {}): Evidence => ({ kind, version: 1, simulated: false, data: Personal.of(data) });

describe('levels', () => {
  test('are named once each, strongest first, and none is reached by nothing', () => {
    expect(ACR_VALUES).toEqual([DOCUMENT, 'urn:gatehouse:acr:reviewed', PHONE, MATCH, KBA, PASSKEY, DEVICE]);
    expect(new Set(ACR_VALUES).size).toBe(LEVELS.length);
    for (const { sets } of LEVELS) for (const set of sets) expect(set.length).toBeGreaterThan(0);
  });

  test('name no scheme that nobody certified', () => {
    expect(ACR_VALUES.filter((acr) => /ial|eidas|kyc|loa|substantial/i.test(acr))).toEqual([]);
  });

  test.each([
    [['document', 'face_match', 'liveness'], DOCUMENT],
    [['session', 'claimed_identity', 'identity_match', 'phone_possession', 'document', 'face_match', 'liveness', 'capture_device'], DOCUMENT],
    // A document that nobody was compared with could be anybody's.
    [['document'], undefined],
    [['document', 'face_match'], undefined],
    [['document', 'liveness'], undefined],
    [['face_match', 'liveness', 'capture_device'], undefined],
    [['document_attempt', 'face_match', 'liveness'], undefined],
    [['document', 'claimed_identity', 'identity_match'], MATCH],
    [['document', 'identity_match'], undefined],
    [['claimed_identity', 'kba'], KBA],
    [['claimed_identity', 'kba', 'document_attempt', 'capture_device'], KBA],
    [['kba'], undefined],
    [['claimed_identity', 'identity_match', 'phone_possession'], PHONE],
    // A match of nobody.
    [['identity_match', 'phone_possession'], undefined],
    [['identity_match'], undefined],
    [['session', 'claimed_identity', 'identity_match', 'phone_risk', 'phone_possession'], PHONE],
    [['known_person', 'device_proof'], DEVICE],
    [['known_person', 'passkey_proof', 'session'], PASSKEY],
    [['known_person', 'device_proof', 'passkey_proof'], PASSKEY],
    [['known_person', 'phone_possession'], PHONE],
    // Being recognised proves nothing; neither does a key that stands for nobody.
    [['known_person', 'session', 'device_key'], undefined],
    [['device_proof', 'passkey_proof'], undefined],
    [['claimed_identity', 'identity_match'], MATCH],
    [['claimed_identity', 'identity_match', 'session', 'phone_risk'], MATCH],
    [['phone_possession'], undefined],
    [['claimed_identity', 'session', 'phone_risk'], undefined],
    [[], undefined],
  ] as const)('%j reaches %s', (kinds: readonly EvidenceKind[], acr) => {
    expect([levelOf(kinds.map((kind) => proofOf(kind))), levelBy(kinds)]).toEqual([acr, acr]);
  });

  test.each([
    [DOCUMENT, DOCUMENT, true],
    [DOCUMENT, PHONE, true],
    [DOCUMENT, KBA, true],
    [PHONE, DOCUMENT, false],
    [KBA, MATCH, false],
    [MATCH, KBA, true],
    [DEVICE, KBA, false],
    [PASSKEY, DEVICE, true],
    [DEVICE, PASSKEY, false],
    [KBA, DEVICE, true],
    [PHONE, PHONE, true],
    [PHONE, MATCH, true],
    [MATCH, MATCH, true],
    [MATCH, PHONE, false],
    [undefined, MATCH, false],
    [PHONE, 'urn:example:loa:9', false],
    ['urn:example:loa:9', MATCH, false],
    ['urn:example:loa:9', 'urn:example:loa:9', false],
    [PHONE, '', false],
    ['', '', false],
  ])('reached %s, asked %s: %s', (reached, asked, expected) => {
    expect(satisfies(reached, asked)).toBe(expected);
  });

  test.each([
    [['phone_possession', 'session'], ['rba', 'sms']],
    [['kba', 'face_match', 'phone_possession', 'session'], ['rba', 'sms', 'face', 'kba', 'mfa']],
    [['document', 'face_match', 'liveness', 'capture_device'], ['face']],
    [['document_attempt', 'capture_device'], []],
    [['session'], ['rba']],
    [['known_person', 'device_proof', 'session'], ['rba', 'swk', 'pop']],
    // Two things somebody has are one factor.
    [['known_person', 'device_proof', 'phone_possession'], ['sms', 'swk', 'pop']],
    [['known_person', 'passkey_proof'], ['swk', 'pop', 'user', 'mfa']],
    [['phone_possession', 'face_match'], ['sms', 'face', 'mfa']],
    [['phone_possession'], ['sms']],
    [['identity_match', 'claimed_identity', 'phone_risk'], []],
  ] as const)('methods of %j are %j, in a stable order', (kinds: readonly EvidenceKind[], methods) => {
    expect(methodsOf(kinds.map((kind) => evidence(kind)))).toEqual(methods);
  });

  test('a key is said to be in hardware only where it is, and a passkey to be two factors only where it verified somebody', () => {
    const device = evidence('device_proof', { deviceId: 'd', accountId: 'a', key: 'hardware', band: 'drifted', at: 1 });
    const passkey = evidence('passkey_proof', { passkeyId: 'p', accountId: 'a', deviceType: 'singleDevice', userVerified: false, at: 1 });
    expect(methodsOf([device])).toEqual(['hwk', 'pop']);
    expect(methodsOf([passkey])).toEqual(['hwk', 'pop', 'user']);
    expect(methodsOf([evidence('device_proof'), passkey])).toEqual(['swk', 'hwk', 'pop', 'user']);
    expect(() => methodsOf([evidence('device_proof', { deviceId: 'd' })])).toThrow('does not have its shape');
  });
});
