import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { effectsOf, numbersWithMessage, SPECIAL_NUMBERS, specialNumber } from '../../../src/vendors/sandbox/numbers.ts';
import { ORDINARY } from '../support.ts';

describe('special numbers', () => {
  it.each(SPECIAL_NUMBERS)('$name is a valid number reserved for fiction', ({ number }) => {
    expect(parsePhoneNumberFromString(number)?.isValid()).toBe(true);
    expect(number).toMatch(/^\+120255501\d\d$/);
  });

  it('are all different, by name and by number', () => {
    expect(new Set(SPECIAL_NUMBERS.map(({ name }) => name)).size).toBe(SPECIAL_NUMBERS.length);
    expect(new Set(SPECIAL_NUMBERS.map(({ number }) => number)).size).toBe(SPECIAL_NUMBERS.length);
  });

  it('leave all others ordinary', () => {
    for (let last = 0; last < 100; last += 1) {
      expect(effectsOf(`+140755501${String(last).padStart(2, '0')}`)).toEqual({});
    }
    expect(effectsOf(ORDINARY)).toEqual({});
  });

  it('name those whose messages fail', () => {
    expect(numbersWithMessage('rejected')).toEqual(new Set([specialNumber('message_rejected')]));
    expect(numbersWithMessage('unknown')).toEqual(new Set([specialNumber('message_unknown')]));
  });
});
