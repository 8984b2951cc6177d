/**
 * The contract of each capability, run by the real clients against the sandbox over HTTP.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import type { VendorSet } from '../../../src/vendors/ports.ts';
import type { CamaraClient } from '../../../src/vendors/camara/client.ts';
import { specialNumber } from '../../../src/vendors/sandbox/numbers.ts';
import type { SpecialNumberName } from '../../../src/vendors/sandbox/numbers.ts';
import { sandboxCarrier, sandboxSet } from '../../../src/vendors/sandbox/set.ts';
import { startSandbox } from '../../../src/vendors/sandbox/start.ts';
import type { Sandbox } from '../../../src/vendors/sandbox/start.ts';
import { identityMatchContract } from '../contract/identity_match.ts';
import { troubleContract } from '../contract/trouble.ts';
import { expectWellFormed } from '../contract/vendor_answer.ts';
import { asked, ORDINARY, passesDefaultPolicy, twoLeggedToken } from '../support.ts';

const TIMEOUT_MS = 2_500;
let sandbox: Sandbox;
let vendors: Omit<VendorSet, 'sms'>;
let carrier: CamaraClient;

beforeAll(async () => {
  sandbox = await startSandbox({ slowMs: 10_000 });
  vendors = sandboxSet(sandbox, TIMEOUT_MS);
  carrier = sandboxCarrier(sandbox, TIMEOUT_MS);
});
afterAll(() => sandbox.close());

const number = (name: SpecialNumberName) => Personal.of(specialNumber(name));

identityMatchContract('carrier', () => vendors.carrierMatch);
identityMatchContract('identity database', () => vendors.databaseMatch);

describe('SIM swap', () => {
  it('is clean for an ordinary number', async () => {
    const answer = await vendors.simSwap.check(Personal.of(ORDINARY), 72);
    expect(answer).toMatchObject({ kind: 'answer', value: { swapped: false } });
    expectWellFormed(answer);
  });

  it('is seen within the window, and not after it', async () => {
    expect(await vendors.simSwap.check(number('sim_swapped'), 72)).toMatchObject({ value: { swapped: true } });
    expect(await vendors.simSwap.check(number('sim_swapped'), 6)).toMatchObject({ value: { swapped: false } });
  });

  it('asks for less where the operator allows less, and then claims no more than it learned', async () => {
    expect(await vendors.simSwap.check(number('sim_window_240'), 72)).toMatchObject({ value: { swapped: false } });
    expect(await vendors.simSwap.check(number('sim_window_240'), 720)).toMatchObject({
      kind: 'answer',
      value: { swapped: null },
    });
  });

  it('could not tell where the operator refuses every window', async () => {
    const expected = { kind: 'could_not_tell', code: 'OUT_OF_RANGE' };
    expect(await vendors.simSwap.check(number('sim_window_none'), 720)).toMatchObject(expected);
    expect(await vendors.simSwap.check(number('sim_window_none'), 72)).toMatchObject(expected);
  });

  it('could not tell about an unknown number', async () => {
    const answer = await vendors.simSwap.check(number('unknown_number'), 72);
    expect(answer).toMatchObject({ kind: 'could_not_tell', code: 'IDENTIFIER_NOT_FOUND' });
  });

  troubleContract((phone) => vendors.simSwap.check(Personal.of(phone), 72));
});

describe('number recycling', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

  it('is clean for an ordinary number', async () => {
    const answer = await vendors.numberRecycling.check(Personal.of(ORDINARY), daysAgo(90));
    expect(answer).toMatchObject({ kind: 'answer', value: { recycled: false } });
    expectWellFormed(answer);
  });

  it('is seen since before the change, and not since after it', async () => {
    const check = (days: number) => vendors.numberRecycling.check(number('recycled'), daysAgo(days));
    expect(await check(90)).toMatchObject({ value: { recycled: true } });
    expect(await check(5)).toMatchObject({ value: { recycled: false } });
  });

  it('could not tell about an unknown number', async () => {
    const answer = await vendors.numberRecycling.check(number('unknown_number'), daysAgo(90));
    expect(answer.kind).toBe('could_not_tell');
  });

  it('breaks on a date that is none', async () => {
    const answer = await vendors.numberRecycling.check(Personal.of(ORDINARY), '2024-13-45');
    expect(answer).toMatchObject({ kind: 'broke', code: 'INVALID_ARGUMENT' });
  });

  troubleContract((phone) => vendors.numberRecycling.check(Personal.of(phone), daysAgo(90)));
});

describe('line type', () => {
  it.each([
    ['landline', 'landLine'],
    ['fixed_voip', 'fixedVoip'],
    ['non_fixed_voip', 'nonFixedVoip'],
    ['toll_free', 'other'],
    ['line_type_unknown', null],
    ['unknown_number', null],
  ] as const)('%s is %s', async (name, lineType) => {
    const answer = await vendors.lineType.lookup(number(name));
    expect(answer).toMatchObject({ kind: 'answer', value: { lineType }, meta: { simulated: true } });
    expectWellFormed(answer);
  });

  it('is mobile for an ordinary number', async () => {
    expect(await vendors.lineType.lookup(Personal.of(ORDINARY))).toMatchObject({ value: { lineType: 'mobile' } });
  });

  troubleContract((phone) => vendors.lineType.lookup(Personal.of(phone)));
});

describe('number verification', () => {
  const verify = (phone: string, device: string) =>
    carrier.numberVerification.verify(Personal.of(phone), Personal.of(sandbox.deviceToken(device)));

  it('compares the number with the phone in hand', async () => {
    expect(await verify(ORDINARY, ORDINARY)).toMatchObject({ kind: 'answer', value: { verified: true } });
    expect(await verify(ORDINARY, '+14075550199')).toMatchObject({ kind: 'answer', value: { verified: false } });
  });

  it('breaks with a token that is unknown, and asks for no other', async () => {
    const answer = await carrier.numberVerification.verify(Personal.of(ORDINARY), Personal.of('not-a-token'));
    expect(answer).toMatchObject({ kind: 'broke', code: 'UNAUTHENTICATED' });
  });

  it('could not tell when the phone is not on the mobile network', async () => {
    const twoLegged = await twoLeggedToken(sandbox, 'number-verification:verify');
    const answer = await carrier.numberVerification.verify(Personal.of(ORDINARY), Personal.of(twoLegged));
    expect(answer).toMatchObject({
      kind: 'could_not_tell',
      code: 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK',
    });
  });

  troubleContract((phone) => verify(phone, phone));
});

describe('one source in trouble', () => {
  it('leaves the other to match', async () => {
    expect(await vendors.carrierMatch.match(asked(specialNumber('carrier_broken')))).toMatchObject({ kind: 'broke' });
    expect(passesDefaultPolicy(await vendors.databaseMatch.match(asked(specialNumber('carrier_broken'))))).toBe(true);
    expect(await vendors.databaseMatch.match(asked(specialNumber('bureau_broken')))).toMatchObject({ kind: 'broke' });
    expect(passesDefaultPolicy(await vendors.carrierMatch.match(asked(specialNumber('bureau_broken'))))).toBe(true);
    expect(await vendors.carrierMatch.match(asked(specialNumber('carrier_slow')))).toMatchObject({ kind: 'timed_out' });
    expect(passesDefaultPolicy(await vendors.databaseMatch.match(asked(specialNumber('carrier_slow'))))).toBe(true);
    expect(await vendors.lineType.lookup(number('line_type_broken'))).toMatchObject({ kind: 'broke' });
    expect(passesDefaultPolicy(await vendors.carrierMatch.match(asked(specialNumber('line_type_broken'))))).toBe(true);
  });
});
