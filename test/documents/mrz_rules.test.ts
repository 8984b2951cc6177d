import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDigit, checksOf, longNumber } from '../../src/documents/mrz/checks.ts';
import { birthDateOf, expiryDateOf, isCalendarDate } from '../../src/documents/mrz/dates.ts';
import { fieldsOf } from '../../src/documents/mrz/fields.ts';
import { FORMATS, GRAMMAR } from '../../src/documents/mrz/grammar.ts';
import { repair } from '../../src/documents/mrz/repair.ts';
import type { MrzFormat } from '../../src/documents/facts.ts';

/** The specimens printed in ICAO 9303 parts 4, 5 and 6. */
const TD3 = ['P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'];
const TD2 = ['I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<', 'D231458907UTO7408122F1204159<<<<<<<6'];
const TD1 = ['I<UTOD231458907<<<<<<<<<<<<<<<', '7408122F1204159UTO<<<<<<<<<<<6', 'ERIKSSON<<ANNA<MARIA<<<<<<<<<<'];
const TODAY = '2026-11-21';

const failing = (format: MrzFormat, lines: readonly string[]): readonly string[] => checksOf(format, lines).filter(({ ok }) => !ok).map(({ name }) => name);
const at = (line: string, place: number, letter: string): string => line.slice(0, place) + letter + line.slice(place + 1);

describe('check digits (ICAO 9303 part 3, 4.9)', () => {
  it.each([['520727', '3'], ['AB2134<<<', '5'], ['L898902C3', '6'], ['<<<<<<', '0'], ['', '0']])('of %j is %s', (text, digit) => {
    expect(checkDigit(text)).toBe(digit);
  });

  it.each([['TD3', TD3], ['TD2', TD2], ['TD1', TD1]] as const)('all hold on the specimen of %s', (format, lines) => {
    expect(checksOf(format, lines).length).toBeGreaterThanOrEqual(4);
    expect(failing(format, lines)).toEqual([]);
  });

  it.each([
    ['number', 0, 'M'], ['birth', 13, '8'], ['expiry', 21, '2'], ['optional', 28, 'Y'],
  ] as const)('%s and the composite fail when one of its letters is another', (name, place, letter) => {
    expect(failing('TD3', [TD3[0]!, at(TD3[1]!, place, letter)])).toEqual([name, 'composite']);
  });

  it('vouches for no letter of the name', () => {
    expect(failing('TD3', [at(TD3[0]!, 6, 'X'), TD3[1]!])).toEqual([]);
  });

  it('may be left out for empty optional data, and only then', () => {
    const empty = `${TD3[1]!.slice(0, 28)}<<<<<<<<<<<<<<<`;
    const composite = (line: string): string => line + checkDigit(line.slice(0, 10) + line.slice(13, 20) + line.slice(21, 43));
    expect(failing('TD3', [TD3[0]!, composite(empty)])).toEqual([]);
    expect(failing('TD3', [TD3[0]!, composite(at(empty, 28, 'A'))])).toEqual(['optional']);
  });

  it.each([['<<<<<<0', []], ['<<<<<<<', []], ['<<<<<<1', ['expiry']], ['3204<<<', ['expiry']], ['320415<', ['expiry']]] as const)(
    'of an expiry may be 0 or a filler where all of it is fillers: %s', (expiry, wrong) => {
      const line = TD3[1]!.slice(0, 21) + expiry + TD3[1]!.slice(28, 43);
      const page = line + checkDigit(line.slice(0, 10) + line.slice(13, 20) + line.slice(21));
      expect(failing('TD3', [TD3[0]!, page])).toEqual(wrong);
      const half = TD1[1]!.slice(0, 8) + expiry + TD1[1]!.slice(15, 29);
      const card = half + checkDigit(TD1[0]!.slice(5) + half.slice(0, 7) + half.slice(8, 15) + half.slice(18, 29));
      expect(failing('TD1', [TD1[0]!, card, TD1[2]!])).toEqual(wrong);
      expect([...page].every((letter, place) => GRAMMAR.TD3[1]![place]!.includes(letter))).toBe(true);
      expect([...card].every((letter, place) => GRAMMAR.TD1[1]![place]!.includes(letter))).toBe(true);
      if (expiry.startsWith('<')) expect(fieldsOf('TD3', [TD3[0]!, page], TODAY).expiryDate).toBe('');
    });

  it('reads a number of more than nine letters on into the optional data', () => {
    const optional = `22${checkDigit('D23145890<22')}<<<<<<<<<<<<`;
    expect(longNumber('D23145890', '<', optional)).toEqual({ number: 'D2314589022', digit: optional[2], checked: 'D23145890<22' });
    expect(longNumber('D23145890', '7', optional)).toBeUndefined();
    expect(longNumber('D23145890', '<', '<<<<<<<<<<<<<<<')).toBeUndefined();
    const first = `I<UTOD23145890<${optional}`;
    expect(first).toHaveLength(30);
    const half = `${TD1[1]!.slice(0, 29)}`;
    const second = half + checkDigit(first.slice(5) + half.slice(0, 7) + half.slice(8, 15) + half.slice(18, 29));
    expect(failing('TD1', [first, second, TD1[2]!])).toEqual([]);
    expect(fieldsOf('TD1', [first, second, TD1[2]!], TODAY).number).toBe('D2314589022');
  });

  it('never throws, whatever the lines are', () => {
    fc.assert(fc.property(fc.constantFrom('TD1', 'TD2', 'TD3'), fc.array(fc.string({ maxLength: 50 }), { maxLength: 4 }), (format, lines) => {
      expect(Array.isArray(checksOf(format as MrzFormat, lines))).toBe(true);
      expect(typeof fieldsOf(format as MrzFormat, lines, TODAY).number).toBe('string');
    }), { numRuns: 500 });
  });
});

describe('grammar', () => {
  it.each(FORMATS)('$format has $lines lines of $length places, none of them without letters', ({ format, lines, length }) => {
    expect(GRAMMAR[format].map((line) => line.length)).toEqual(Array.from({ length: lines }, () => length));
    expect(GRAMMAR[format].flat().every((alphabet) => alphabet.length >= 2)).toBe(true);
  });

  it.each([['TD3', TD3], ['TD2', TD2], ['TD1', TD1]] as const)('allows the specimen of %s', (format, lines) => {
    const refused = lines.flatMap((line, row) => [...line].filter((letter, place) => !GRAMMAR[format][row]![place]!.includes(letter)));
    expect(refused).toEqual([]);
  });
});

describe('two-digit years', () => {
  it.each([
    ['690926', '1969-09-26'], ['261121', '2026-11-21'], ['261122', '1926-11-22'], ['000229', '2000-02-29'],
    ['010229', ''], ['<<<<<<', ''], ['85<<<<', ''], ['851301', ''], ['', ''],
  ])('born %s is %j', (text, date) => {
    expect(birthDateOf(text, TODAY)).toBe(date);
  });

  it.each([
    ['320415', '2032-04-15'], ['190415', '2019-04-15'], ['761121', '2076-11-21'], ['761122', ''], ['990101', ''], ['111121', '2011-11-21'], ['111120', ''], ['3204<<', ''], ['<<<<<<', ''],
  ])('expiring %s is %j', (text, date) => {
    expect(expiryDateOf(text, TODAY)).toBe(date);
  });

  it('sees the next century coming', () => {
    expect(expiryDateOf('050101', '2099-06-01')).toBe('2105-01-01');
    expect(birthDateOf('990101', '2101-06-01')).toBe('2099-01-01');
  });

  it.each([['2024-02-29', true], ['2023-02-29', false], ['2023-04-31', false], ['2023-4-01', false], ['x', false]])('%s is a day: %s', (text, is) => {
    expect(isCalendarDate(text)).toBe(is);
  });
});

describe('fields', () => {
  const common = {
    issuer: 'UTO', nationality: 'UTO', birthDate: '1974-08-12', sex: 'F', expiryDate: '2012-04-15', familyName: 'ERIKSSON', givenName: 'ANNA MARIA', nameTruncated: false,
  };
  it.each([
    ['TD3', TD3, { ...common, documentCode: 'P', number: 'L898902C3' }],
    ['TD2', TD2, { ...common, documentCode: 'I', number: 'D23145890' }],
    ['TD1', TD1, { ...common, documentCode: 'I', number: 'D23145890' }],
  ] as const)('of the specimen of %s', (format, lines, fields) => {
    expect(fieldsOf(format, lines, TODAY)).toEqual(fields);
  });

  it.each([
    ['MADONNA<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<', 'MADONNA', '', false],
    ['VAN<DER<MUELLEN<<MAXIMILIAN<QUENTIN<<<<', 'VAN DER MUELLEN', 'MAXIMILIAN QUENTIN', false],
    ['NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K', 'NILAVADHANANANDA', 'CHAYAPA DEJTHAMRONG K', true],
  ])('name field %s', (field, familyName, givenName, nameTruncated) => {
    expect(fieldsOf('TD3', [`P<UTO${field}`, TD3[1]!], TODAY)).toMatchObject({ familyName, givenName, nameTruncated });
  });

  it('says X for a sex that is not stated, and reads short issuers', () => {
    expect(fieldsOf('TD3', [TD3[0]!.replace('UTO', 'D<<'), at(TD3[1]!, 20, '<')], TODAY)).toMatchObject({ sex: 'X', issuer: 'D' });
  });
});

describe('repair', () => {
  const wrong = [TD3[0]!, at(TD3[1]!, 0, 'I')];
  it('settles one doubted cell where all check digits then hold', () => {
    const doubted = { line: 1, place: 0, letter: 'L', gain: -0.4 };
    expect(repair('TD3', { lines: wrong, alternatives: [{ line: 1, place: 4, letter: '0', gain: -0.1 }, doubted] }))
      .toEqual({ lines: TD3, failing: 0, repaired: 1 });
  });

  it('leaves a wrong digit wrong where nothing was doubted', () => {
    expect(repair('TD3', { lines: wrong, alternatives: [] })).toEqual({ lines: wrong, failing: 2, repaired: 0 });
  });

  it('does not settle two cells', () => {
    const twice = [TD3[0]!, at(wrong[1]!, 14, '1')];
    const alternatives = [{ line: 1, place: 0, letter: 'L', gain: -0.4 }, { line: 1, place: 14, letter: '4', gain: -0.4 }];
    expect(repair('TD3', { lines: twice, alternatives })).toMatchObject({ lines: twice, repaired: 0 });
  });
});
