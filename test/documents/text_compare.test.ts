import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrintLine } from '../../src/documents/facts.ts';
import { comparePrint, type PrintExpected } from '../../src/documents/text/compare_print.ts';
import { datesIn } from '../../src/documents/text/dates_in.ts';
import { editDistance, plain, shapesOf, similarity } from '../../src/documents/text/letters.ts';

const EXPECTED: PrintExpected = { familyName: 'ROSHELL', givenName: 'ANDREW', birthDate: '1985-03-14', number: 'L898902C3', expiryDate: '2032-04-15' };
type Line = string | readonly [text: string, confidence: number];
const linesOf = (lines: readonly Line[]): readonly PrintLine[] => lines.map((line) => (typeof line === 'string' ? { text: line, confidence: 0.95 } : { text: line[0], confidence: line[1] }));
const compare = (lines: readonly Line[], expected: Partial<PrintExpected> = {}): ReturnType<typeof comparePrint> => comparePrint({ lines: linesOf(lines) }, { ...EXPECTED, ...expected });

const PAGE = ['UTOPIA', 'Passport No.', 'L898902C3', 'Surname', 'ROSHELL', 'Given names', 'ANDREW', 'Date of birth', '14 MAR 1985', 'Date of issue', '16 APR 2022', 'Date of expiry', '15 APR 2032'] as const;
const LICENCE = ['4d DL Z123456789', '4b EXP 04/15/2032', '1 ROSHELL', '2 ANDREW', '8 742 SAMPLE AVE', '3 DOB 03/14/1985', '15 SEX X 4a ISS 04/16/2022'] as const;
const onLicence = { number: 'Z123456789' };
const changed = (page: readonly string[], from: string, to: Line): readonly Line[] => page.map((line) => (line === from ? to : line));
const ALL_AGREE = { familyName: 'agrees', givenName: 'agrees', birthDate: 'agrees', number: 'agrees', expiryDate: 'agrees' };

describe('the printed page', () => {
  it('agrees with what it says itself', () => {
    expect(compare(PAGE)).toEqual(ALL_AGREE);
    expect(compare(LICENCE, onLicence)).toEqual(ALL_AGREE);
  });

  it('agrees in spite of a letter that was misread, accents, or further names', () => {
    expect(compare(changed(PAGE, 'ROSHELL', 'RQSHELL')).familyName).toBe('agrees');
    expect(compare(changed(PAGE, 'ROSHELL', 'MÜLLER-OÇONNOR'), { familyName: 'MULLER OCONNOR' }).familyName).toBe('agrees');
    expect(compare(changed(PAGE, 'ANDREW', 'ANDREW JAMES')).givenName).toBe('agrees');
    expect(compare(changed(PAGE, 'L898902C3', 'L8989O2C3')).number).toBe('agrees');
    expect(compare(changed(PAGE, 'ANDREW', 'MAXIMILIAN QUENTIN'), { givenName: 'MAXIMILIAN QUEN' }).givenName).toBe('agrees');
  });

  it.each([
    ['birthDate', '14 MAR 1985', '14 MAR 1995'], ['expiryDate', '15 APR 2032', '15 APR 2034'], ['familyName', 'ROSHELL', 'IMPOSTER'],
    ['givenName', 'ANDREW', 'CHRISTINE'], ['number', 'L898902C3', 'L541733C9'],
  ] as const)('contradicts where its labelled %s is another', (field, from, to) => {
    expect(compare(changed(PAGE, from, to))).toEqual({ ...ALL_AGREE, [field]: 'differs' });
  });

  it.each([
    ['birthDate', '3 DOB 03/14/1985', '3 DOB 03/14/1995'], ['expiryDate', '4b EXP 04/15/2032', '4b EXP 04/15/2034'], ['familyName', '1 ROSHELL', '1 IMPOSTER'],
    ['givenName', '2 ANDREW', '2 CHRISTINE'], ['number', '4d DL Z123456789', '4d DL Z541733021'],
  ] as const)('of a licence contradicts where its numbered %s is another', (field, from, to) => {
    expect(compare(changed(LICENCE, from, to), onLicence)).toEqual({ ...ALL_AGREE, [field]: 'differs' });
  });

  it.each([
    ['an uncertain date', changed(PAGE, '14 MAR 1985', ['14 MAR 1995', 0.6]), 'birthDate'],
    ['an uncertain name', changed(PAGE, 'ROSHELL', ['IMPOSTER', 0.6]), 'familyName'],
    ['half a date', changed(PAGE, '14 MAR 1985', '14 MAR'), 'birthDate'],
    ['a day that does not exist', changed(PAGE, '14 MAR 1985', '34 MAR 1985'), 'birthDate'],
    ['a missing date, another label in its place', PAGE.filter((line) => line !== '14 MAR 1985'), 'birthDate'],
    ['a missing name, another label in its place', PAGE.filter((line) => line !== 'ROSHELL'), 'familyName'],
    ['noise', changed(PAGE, 'ROSHELL', 'T='), 'familyName'],
    ['a number with two misread letters', changed(PAGE, 'L898902C3', 'L898402C7'), 'number'],
    ['a piece of a name', changed(PAGE, 'ROSHELL', 'ELL'), 'familyName'],
    ['a mangled name', changed(PAGE, 'ROSHELL', 'ROSMEIJ'), 'familyName'],
    ['an unlabelled date', ['26 SEP 1969'], 'birthDate'],
    ['an address that begins with 1', ['1 MAIN STREET', 'SPRINGFIELD'], 'familyName'],
    ['nothing', [], 'familyName'],
  ] as const)('does not contradict by %s', (_what, page, field) => {
    expect(compare(page as readonly Line[])[field]).toBe('unread');
  });

  it('does not contradict by a parted or reordered name', () => {
    expect(compare(changed(PAGE, 'ROSHELL', 'VAN DER MUELLEN'), { familyName: 'MUELLEN' }).familyName).toBe('agrees');
    expect(compare(changed(PAGE, 'ANDREW', 'MARIA ANNA'), { givenName: 'ANNA MARIA' }).givenName).toBe('unread');
  });

  it('says nothing about what was not read by machine', () => {
    expect(compare(PAGE, { familyName: '', givenName: '', birthDate: '', number: '', expiryDate: '' }))
      .toEqual({ familyName: 'unread', givenName: 'unread', birthDate: 'unread', number: 'unread', expiryDate: 'unread' });
  });

  it('does not take the neighbouring column for the value', () => {
    const box = (x: number, y: number): NonNullable<PrintLine['box']> => ({ x, y, width: 150, height: 18 });
    const lines: readonly PrintLine[] = [
      { text: 'Date of birth', confidence: 0.95, box: box(100, 100) }, { text: 'Date of expiry', confidence: 0.95, box: box(500, 100) },
      { text: '15 APR 2032', confidence: 0.95, box: box(500, 140) }, { text: '16 APR 2022', confidence: 0.95, box: box(100, 400) },
    ];
    expect(comparePrint({ lines }, EXPECTED)).toMatchObject({ birthDate: 'unread', expiryDate: 'agrees' });
    const edited = lines.map((line) => (line.text === '16 APR 2022' ? { ...line, text: '14 MAR 1995', box: box(102, 140) } : line));
    expect(comparePrint({ lines: edited }, EXPECTED)).toMatchObject({ birthDate: 'differs' });
  });

  const box = (x: number, y: number, height = 18): NonNullable<PrintLine['box']> => ({ x, y, width: 150, height });
  const put = (text: string, y: number, x = 100): PrintLine => ({ text, confidence: 0.95, box: box(x, y) });
  const AGREEING = [put('Date of birth', 400), put('14 MAR 1985', 430)];

  it.each([
    ['a single name', [put('Surname', 100), put('IMPOSTER', 130), ...AGREEING], 'differs'],
    ['a single name, another label under it', [put('Surname', 100), put('IMPOSTER', 130), put('Given names', 155), ...AGREEING], 'differs'],
    ['a name in another column', [put('Surname', 100), put('IMPOSTER', 130), put('UTOPIAN', 130, 500), ...AGREEING], 'differs'],
    ['a name with accents', [put('Surname', 100), put("D'ÉTREPAGNY-NÚÑEZ", 130), ...AGREEING], 'differs'],
    ['two lines', [put('Surname', 100), put('IMPOSTER', 130), put('CHRISTINE', 155), ...AGREEING], 'unread'],
    ['nothing else of the page agrees', [put('Surname', 100), put('IMPOSTER', 130)], 'unread'],
    ['another field differs and none agrees', [put('Surname', 100), put('IMPOSTER', 130), put('Date of birth', 400), put('14 MAR 1995', 430)], 'unread'],
    ['a nationality', [put('Surname', 100), put('UTOPIAN', 130), ...AGREEING], 'unread'],
    ['a nationality of several words', [put('Surname', 100), put('BRITISH CITIZEN', 130), ...AGREEING], 'unread'],
    ['the code of a country', [put('Surname', 100), put('DEU', 130), ...AGREEING], 'unread'],
    ['another label', [put('Surname', 100), put('Place of birth', 130), ...AGREEING], 'unread'],
    ['letters that are not Latin', [put('Surname', 100), put('ИМПОСТЕР ABC', 130), ...AGREEING], 'unread'],
    ['digits among the letters', [put('Surname', 100), put('IMPOSTER 12', 130), ...AGREEING], 'unread'],
    ['an uncertain name', [put('Surname', 100), { ...put('IMPOSTER', 130), confidence: 0.8 }, ...AGREEING], 'unread'],
  ] as const)('what lies under the label of a name: %s', (_what, lines, verdict) => {
    expect(comparePrint({ lines }, EXPECTED).familyName).toBe(verdict);
  });

  it.each([
    ['near', [put('Date of birth', 100), put('14 MAR 1995', 130)], 'differs'],
    ['two heights away', [put('Date of birth', 100), put('14 MAR 1995', 154)], 'differs'],
    ['further away', [put('Date of birth', 100), put('14 MAR 1995', 155)], 'unread'],
    ['further away, under two labels', [put('Date of birth', 100), put('14 MAR 1995', 155), put('Date of birth', 300), put('14 MAR 1995', 355)], 'differs'],
  ] as const)('a date under its label, the expected one nowhere: %s', (_what, lines, verdict) => {
    expect(comparePrint({ lines }, EXPECTED).birthDate).toBe(verdict);
  });

  it('reads a label through what lies behind it, and in two languages', () => {
    for (const label of ['Date/of birth', 'Date of birth / Date de naissance', 'Dateof birth', 'Datc of birth']) {
      expect(compare(changed(changed(PAGE, 'Date of birth', label) as readonly string[], '14 MAR 1985', '14 MAR 1995')).birthDate, label).toBe('differs');
    }
  });

  it('never throws', () => {
    const line = fc.record({ text: fc.oneof(fc.string(), fc.constantFrom('1 ', '3 DOB', '4b', '4d DL', 'Surname', '99/99/9999', '((((', '/////')), confidence: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.string(), (lines, name) => {
      const verdicts = comparePrint({ lines }, { ...EXPECTED, familyName: name });
      expect(Object.values(verdicts).every((verdict) => ['agrees', 'differs', 'unread'].includes(verdict))).toBe(true);
    }), { numRuns: 500 });
  });
});

describe('dates', () => {
  it.each([
    ['14 MAR 1985', [['1985-03-14']]],
    ['14 MAR/MARS 85', [['1985-03-14', '2085-03-14']].map((one) => one.slice(0, 1))],
    ['03/14/1985', [['1985-03-14']]],
    ['03/04/1985', [['1985-03-04', '1985-04-03']]],
    ['14.03.1985', [['1985-03-14']]],
    ['1985-03-14', [['1985-03-14']]],
    ['MAR 14, 1985', [['1985-03-14']]],
    ['3 DOB 03/14/1985', [['1985-03-14']]],
    ['16 APR 2022 15 APR 2032', [['2022-04-16'], ['2032-04-15']]],
    ['31/31/1985', []],
    ['02/29/2023', []],
    ['555-03-1985', []],
    ['14 FOO 1985', []],
    ['12345678', []],
  ])('%s', (text, days) => {
    const found = datesIn(text);
    expect(found).toHaveLength(days.length);
    days.forEach((meanings, index) => expect(found[index]).toEqual(expect.arrayContaining(meanings)));
  });
});

describe('letters', () => {
  it.each([['kitten', 'sitting', 3], ['', 'abc', 3], ['abc', 'abc', 0], ['ab', 'ba', 2]])('from %s to %s it is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('are brought into one form', () => {
    expect(plain('  Müller-Straße, São ')).toBe('MULLER STRASSE SAO');
    expect(shapesOf('XK0O1I85B')).toBe(shapesOf('XKO0I1B58'));
    expect(similarity('', '')).toBe(1);
    expect(similarity('ABCD', 'ABXX')).toBe(0.5);
  });
});
