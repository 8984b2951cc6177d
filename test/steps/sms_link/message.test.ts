import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOCALES } from '../../../src/http/locales/index.ts';
import { composeMessage, ONE_PART } from '../../../src/steps/sms_link/message.ts';

/** The basic set of GSM 03.38 that costs one septet, without its Greek capitals and accented letters. */
const GSM7 = /^[A-Za-z0-9 @£$¥_!"#%&'()*+,\-./:;<=>?\n]*$/;

const TOKEN = 'AbCdEfGhIjKlMnOpQr_-12';
const link = (issuer: string): string => `${issuer}/l/${TOKEN}`;
/** Any code points; fast-check's own table of them takes seconds to build. */
const NAMES = fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 80 }).map((points) => String.fromCodePoint(...points));
const LONG_NAME = 'The Extraordinarily Long-Named Savings & Loan Association of Northern Europe and Beyond, Ltd.';
/** As long as the configuration lets an issuer be. */
const LONGEST = `https://${'identity-verification.'.repeat(6)}`.slice(0, 115) + '.test';

describe.each(LOCALES)('in %s', (locale) => {
  test.each([
    ['https://id.example.com', 'Harbour Credit'],
    ['https://id.example.com', LONG_NAME],
    ['https://identity-verification.some-company.example.com', 'Harbour Credit'],
    ['https://identity-verification.some-company.example.com', LONG_NAME],
    [LONGEST, LONG_NAME],
    [LONGEST, 'Ox'],
    ['http://localhost:3000', 'Банк Москвы'],
  ])('one part of the GSM alphabet, the link last: %s, %s', (issuer, app) => {
    for (const seconds of [60, 600, 3600]) {
      const text = composeMessage(locale, app, seconds, link(issuer));
      expect(text.length).toBeLessThanOrEqual(ONE_PART);
      expect(text).toMatch(GSM7);
      expect(text.endsWith(` ${link(issuer)}`)).toBe(true);
    }
  });

  test('says who asks, for how long, and that nobody calls', () => {
    const text = composeMessage(locale, 'Harbour Credit', 630, link('https://id.example.com'));
    expect(text.startsWith('Harbour Credit: ')).toBe(true);
    expect(text).toContain(' 10 min.');
    expect(text).toMatch(/We never call|Nunca te llamamos/);
  });

  test('any name at all', () => {
    fc.assert(fc.property(NAMES, fc.integer({ min: 0, max: 90 }), (app, extra) => {
      const text = composeMessage(locale, app, 600, link(`https://${'a'.repeat(extra)}.test`));
      return text.length <= ONE_PART && GSM7.test(text) && text.endsWith(TOKEN) && !text.startsWith(':') && !text.startsWith(' ');
    }));
  });

  test('a name never reads as a link', () => {
    expect(composeMessage(locale, 'evil.example/login http://x.y', 600, link('https://id.example.com'))).toMatch(/^evil example login http x y: /);
  });
});

describe('the link of a step that is asked again', () => {
  const again = (issuer: string): string => `${issuer}/again/${TOKEN}${TOKEN.slice(1)}`;
  test.each(LOCALES.flatMap((locale) => ['https://id.example.com', 'https://identity-verification.some-company.example.com'].flatMap((issuer) => ['Harbour Credit', LONG_NAME].map((app) => [locale, issuer, app] as const))))('in %s, of %s, by %s: one part of the GSM alphabet, the link last', (locale, issuer, app) => {
    for (const seconds of [60, 7_200, 259_200]) {
      const text = composeMessage(locale, app, seconds, again(issuer), 'again');
      expect(text.length).toBeLessThanOrEqual(ONE_PART);
      expect(text).toMatch(GSM7);
      expect(text.endsWith(` ${again(issuer)}`)).toBe(true);
    }
  });

  test('says what it asks and for how long, in the words of the largest unit', () => {
    const said = (locale: string, seconds: number) => composeMessage(locale, 'Ox', seconds, 'https://x.test/again/t', 'again');
    expect(said('en', 3_600)).toContain('please do one step of your check again, within 60 min. We never call for this.');
    expect(said('en', 47 * 3_600)).toContain('within 47 h.');
    expect(said('en', 72 * 3_600)).toContain('within 3 days.');
    expect(said('es', 72 * 3_600)).toContain('repite un paso de tu verificacion, en 3 dias. Nunca te llamamos por esto.');
    expect(() => composeMessage('en', 'Harbour Credit', 60, again(`https://${'a'.repeat(100)}.test`), 'again')).toThrow(RangeError);
  });
});

describe('what gives way where the address is long', () => {
  test('words first, then the name', () => {
    const lengths = [22, 60, 80, 120].map((length) => composeMessage('en', 'Harbour Credit', 600, link(`https://${'a'.repeat(length - 13)}.test`)));
    expect(lengths[0]).toContain('We never call');
    expect(lengths[1]).toContain('Harbour Credit: confirm it is you within 10 min. http');
    expect(lengths[2]).toContain('Harbour Credit: confirm it is you within 10 min. http');
    expect(lengths[3]).toMatch(/^Harbour Cred\w?: https/);
  });

  test('an address that leaves no room at all is an error, not a message in two parts', () => {
    expect(() => composeMessage('en', 'Harbour Credit', 600, link(`https://${'a'.repeat(130)}.test`))).toThrow(RangeError);
  });

  test('a language without a text gets the English one', () => {
    expect(composeMessage('de', 'Harbour', 600, link('https://id.example.com'))).toBe(composeMessage('en', 'Harbour', 600, link('https://id.example.com')));
  });
});
