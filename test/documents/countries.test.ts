import { describe, expect, test } from 'vitest';
import { alpha3Of, countryOfIssuer, isSpecimenIssuer } from '../../src/documents/countries.ts';

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const ALPHA_2 = LETTERS.flatMap((one) => LETTERS.map((other) => one + other));
const coded = ALPHA_2.filter((alpha2) => alpha3Of(alpha2) !== undefined);

describe('countries', () => {
  test('are the 249 of ISO 3166-1, there and back, each with a name', () => {
    expect(coded).toHaveLength(249);
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    for (const alpha2 of coded) {
      expect(countryOfIssuer(alpha3Of(alpha2) ?? '')).toBe(alpha2);
      expect(names.of(alpha2), alpha2).toBeDefined();
    }
    expect(new Set(coded.map(alpha3Of)).size).toBe(249);
  });

  test.each<readonly [issuer: string, country: string | undefined]>([
    ['USA', 'US'], ['GBR', 'GB'], ['DEU', 'DE'], ['CHE', 'CH'], ['SWE', 'SE'], ['AUT', 'AT'], ['AUS', 'AU'], ['KOR', 'KR'], ['PRK', 'KP'], ['IRL', 'IE'], ['UKR', 'UA'], ['ZAF', 'ZA'],
    ['D', 'DE'], ['GBD', 'GB'], ['GBN', 'GB'], ['GBO', 'GB'], ['GBP', 'GB'], ['GBS', 'GB'], ['RKS', 'XK'], ['UNK', 'XK'],
    ['US-FL', 'US'], ['CA-ON', 'CA'],
    ...['UTO', 'UTO-ZZ', 'UNO', 'XXA', 'XPO', 'EUE', 'QQQ', 'usa', 'US', '', 'ZZ-FL', 'US-', '-FL', 'US-FL-X', 'constructor', '__proto__'].map((issuer) => [issuer, undefined] as const),
  ])('the issuer %j stands for %s', (issuer, country) => {
    expect(countryOfIssuer(issuer)).toBe(country);
  });

  test.each([['UTO', true], ['UTO-ZZ', true], ['UTOPIA', false], ['USA', false], ['', false]])('%j is the specimens’ own: %s', (issuer, specimen) => {
    expect(isSpecimenIssuer(issuer)).toBe(specimen);
  });
});
