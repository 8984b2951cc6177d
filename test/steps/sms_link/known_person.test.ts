/** The link for somebody who is known: where it goes, and what the phone that confirms leaves. */
import { describe, expect, test } from 'vitest';
import { deviceKeysOf } from '../../../src/journey/device_evidence.ts';
import type { Evidence, EvidenceKind } from '../../../src/journey/journey.ts';
import { Personal } from '../../../src/personal.ts';
import { browserKey } from '../device_keys.ts';
import { Driver, NUMBER, type KeptState } from './driver.ts';

const KNOWN_PHONE = '+14075550199';
const of = (kind: EvidenceKind, data: unknown): Evidence => ({ kind, version: 1, simulated: true, data: Personal.of(data) });
const known = (linkPhone?: string): Evidence => of('known_person', {
  accountId: 'a', by: 'device', trustId: 't', journeyId: 'j0', acr: 'urn:gatehouse:acr:phone', profile: { phone: KNOWN_PHONE, phoneVerified: true },
  ...(linkPhone === undefined ? {} : { linkPhone }), at: 1,
});
const claimed = of('claimed_identity', { phone: NUMBER });
const matched = of('identity_match', {});

async function sentTo(evidence: readonly Evidence[]): Promise<readonly (string | undefined)[]> {
  const driver = new Driver({ evidence });
  const move = await driver.settle();
  return [driver.sent[0]?.to.open(), move.kind === 'finish' ? move.end.reasons[0]?.code : move.kind];
}

describe('the number', () => {
  test.each([
    ['the one that was matched when they were verified', [known(KNOWN_PHONE)], KNOWN_PHONE],
    ['matched in this journey, after they were recognised', [known(KNOWN_PHONE), claimed, matched], NUMBER],
    ['merely typed after they were recognised: it does not count', [known(KNOWN_PHONE), claimed], KNOWN_PHONE],
    ['typed once more after a match, and matched by nobody', [known(KNOWN_PHONE), claimed, matched, of('claimed_identity', { phone: '+14075550111' })], KNOWN_PHONE],
  ] as const)('%s', async (_name, evidence, number) => {
    expect(await sentTo(evidence)).toEqual([number, 'show']);
  });

  test.each([
    ['known by no phone', [known()]],
    ['typed, and matched by nobody', [claimed]],
    ['another typed after the match, and matched by nobody', [claimed, matched, of('claimed_identity', { phone: '+14075550111' })]],
    ['a match of no claim', [matched, claimed]],
    ['nothing', []],
  ] as const)('%s: no message to anybody', async (_name, evidence) => {
    expect(await sentTo(evidence)).toEqual([undefined, 'missingPhoneNumber']);
  });
});

describe('a number that is theirs no longer', () => {
  test('is said so by somebody who is known by it, and its link is spent', async () => {
    const driver = new Driver({ evidence: [known(KNOWN_PHONE)] });
    expect(await driver.settle()).toMatchObject({ kind: 'show', page: { model: { known: true } } });
    await driver.submit('browser', { action: 'given_up' });
    expect(driver.move()).toMatchObject({ kind: 'finish', end: { outcome: 'undeliverable', reasons: [{ code: 'numberGivenUp' }] } });
    expect(driver.step.phonePage?.(driver.view(), 'any')).toBeUndefined();
  });

  test('is said also where somebody typed another since that was not matched', async () => {
    const driver = new Driver({ evidence: [known(KNOWN_PHONE), claimed, matched, of('claimed_identity', { phone: '+14075550111' })] });
    expect(await driver.settle()).toMatchObject({ kind: 'show', page: { model: { known: true } } });
  });

  test('is not to be said of a number typed in this journey', async () => {
    const driver = new Driver({ evidence: [known(KNOWN_PHONE), claimed, matched] });
    expect(await driver.settle()).toMatchObject({ kind: 'show', page: { model: { known: false } } });
    await driver.submit('browser', { action: 'given_up' }).catch(() => undefined);
    expect(driver.move()).toMatchObject({ kind: 'show', page: { name: 'sms_wait' } });
  });
});

describe('the phone that confirms', () => {
  const confirmed = async (make: (challenge: string, now: number) => Promise<string>): Promise<readonly Evidence[]> => {
    const driver = new Driver({ evidence: [known(KNOWN_PHONE)] });
    await driver.settle();
    const page = driver.step.phonePage?.(driver.view(), 'any');
    const signed = await make(String(page?.model['deviceChallenge']), Number(page?.model['now']));
    await driver.submit('phone', { number: driver.state.number, device_key: signed });
    const move = driver.move();
    return move.kind === 'finish' ? (move.end.evidence ?? []) : [];
  };

  test('shows its key, which is kept with the proof that the phone is held', async () => {
    const key = await browserKey();
    const evidence = await confirmed((challenge, now) => key.sign(challenge, now));
    expect(evidence.map(({ kind }) => kind)).toEqual(['phone_possession', 'device_key']);
    expect(deviceKeysOf(evidence)).toMatchObject([{ channel: 'phone', kind: 'phone', thumbprint: key.thumbprint }]);
    expect(evidence[0]?.data.open()).toMatchObject({ phone: KNOWN_PHONE });
  });

  test('confirms all the same without one', async () => {
    expect((await confirmed(async () => 'broken')).map(({ kind }) => kind)).toEqual(['phone_possession']);
  });

  test('a wrong number leaves no key', async () => {
    const key = await browserKey();
    const driver = new Driver({ evidence: [known(KNOWN_PHONE)] });
    await driver.settle();
    const page = driver.step.phonePage?.(driver.view(), 'any');
    const signed = await key.sign(String(page?.model['deviceChallenge']), Number(page?.model['now']));
    await driver.submit('phone', { number: driver.state.choices.find((one) => one !== driver.state.number) ?? '', device_key: signed });
    expect((driver.state as KeptState & { readonly device?: unknown }).device).toBeUndefined();
    expect(driver.move()).toMatchObject({ kind: 'finish', end: { outcome: 'wrong_number', reasons: [{ code: 'wrongNumber' }] } });
  });
});
