import { describe, expect, test } from 'vitest';
import type { PrintLine } from '../../../src/documents/facts.ts';
import type { FindingStatus } from '../../../src/journey/document_checks.ts';
import { RULES } from '../../../src/steps/document_selfie/checks/index.ts';
import { judge } from '../../../src/steps/document_selfie/judge.ts';
import { card, facts, licence, named, options, passport, read, unread } from './judged.ts';

const lines = (confidence: number, ...texts: readonly string[]): readonly PrintLine[] => texts.map((text) => ({ text, confidence }));
const printed = (...texts: readonly string[]) => ({ print: read({ lines: lines(0.95, ...texts) }) });
/** Legible, and not clear enough to accuse anybody. */
const faint = (...texts: readonly string[]) => ({ print: read({ lines: lines(0.6, ...texts) }) });

const PAGE = ['Surname', 'ROSHELL', 'Given names', 'ANDREW JAMES', 'Date of birth', '26 SEP 1969', 'Date of expiry', '02 MAY 2034', 'Passport No.', 'X48213907'];
const LICENCE = ['1 ROSHELL', '2 ANDREW JAMES', '3 DOB 09/26/1969', '4b EXP 09/26/2034', '4d DLN R240-001-69-346'];
const edited = (page: readonly string[], from: string, to: string): readonly string[] => page.map((line) => line.replace(from, to));

type Row = readonly [about: string, document: ReturnType<typeof passport>, status: FindingStatus, why?: string];

const PASSPORTS: readonly Row[] = [
  ['the page of the zone', passport({}, printed(...PAGE)), 'pass'],
  ['one field of it that reads', passport({}, faint('ROSHELL')), 'pass'],
  ['a birth date edited on the page', passport({}, printed(...edited(PAGE, '1969', '1995'))), 'fail', 'birth_date_differs'],
  ['an expiry date edited on the page', passport({}, printed(...edited(PAGE, '2034', '2044'))), 'fail', 'expiry_date_differs'],
  ['another family name', passport({}, printed(...edited(PAGE, 'ROSHELL', 'BLACKWOOD'))), 'fail', 'family_name_differs'],
  ['one that is not clear enough to accuse', passport({}, faint(...edited(PAGE, '1969', '1995'))), 'pass'],
  ['a page that the engine had no time for', passport({}, { print: unread('out_of_time') }), 'doubt', 'print_not_looked_at'],
  ['a page without a text engine', passport({}, { print: unread('unavailable') }), 'doubt', 'print_not_looked_at'],
  ['a page on which no text was found', passport({}, { print: unread('no_text') }), 'unknown', 'print_unread'],
  ['nothing that could be compared', passport({}, printed('UTOPIA', 'PASSPORT')), 'unknown', 'print_unread'],
];
const LICENCES: readonly Row[] = [
  ['the front of the barcode', licence({}, printed(...LICENCE)), 'pass'],
  ['its number alone', licence({}, faint('4d DLN R240-001-69-346')), 'pass'],
  ['the front of another', licence({ familyName: 'IMPOSTER', givenName: 'NOEL', middleName: '', birthDate: '1999-01-01' }, printed(...LICENCE)), 'fail', 'family_name_differs'],
  ['the front of somebody of that name, born on another day', licence({ birthDate: '1999-01-01' }, printed(...LICENCE)), 'fail', 'birth_date_differs'],
  ['a front that leaves the middle name out', licence({}, faint('1 ROSHELL', '2 ANDREW')), 'pass'],
  ['a first name of two that the front shortens', licence({ givenName: 'JANE MARIE', middleName: '' }, faint('1 ROSHELL', '2 JANE')), 'pass'],
  ['a front with only the middle name', licence({ givenName: 'JANE', middleName: 'MARIE' }, faint('1 ROSHELL', '2 MARIE')), 'doubt', 'sides_not_tied'],
  ['a front with only the first name', licence({}, faint('2 ANDREW')), 'doubt', 'sides_not_tied'],
  ['the front of a relative, as far as it reads', licence({}, faint('1 ROSHELL')), 'doubt', 'sides_not_tied'],
  ['a front that expires on that day, as far as it reads', licence({}, faint('4b EXP 09/26/2034')), 'doubt', 'sides_not_tied'],
  ['a front of which nothing reads', licence({}, printed('DRIVER LICENSE')), 'doubt', 'sides_not_tied'],
];
const CARDS: readonly Row[] = [
  ['the front of the zone', card({}, printed(...PAGE.slice(0, 6))), 'pass'],
  ['the front of another', card({}, printed(...edited(PAGE.slice(0, 6), '26 SEP 1969', '01 JAN 1999'))), 'fail', 'birth_date_differs'],
  ['a front of which nothing reads', card({}, printed('IDENTITY CARD')), 'doubt', 'sides_not_tied'],
];

describe('machine-readable data against print', () => {
  test.each(named([...PASSPORTS, ...CARDS]))('mrz_matches_print: $name', ({ row: [, document, status, why] }) => {
    const verdict = RULES.mrz_matches_print(facts({ documents: [document] }), options());
    expect([verdict.status, verdict.why]).toEqual([status, why]);
    expect(JSON.stringify(verdict)).not.toMatch(/ROSHELL|BLACKWOOD|1969|1995|X4821/);
  });

  test.each(named(LICENCES))('barcode_matches_print: $name', ({ row: [, document, status, why] }) => {
    const verdict = RULES.barcode_matches_print(facts({ documents: [document] }), options());
    expect([verdict.status, verdict.why]).toEqual([status, why]);
    expect(JSON.stringify(verdict)).not.toMatch(/ROSHELL|IMPOSTER|1969|1999|R240|JANE|MARIE/);
  });

  test('a contradiction ends it, an untied front is for a person to look at', () => {
    const outcome = (document: ReturnType<typeof passport>): string => judge(facts({ documents: [document] }), options()).outcome;
    expect(outcome(licence({}, printed(...LICENCE)))).toBe('pass');
    expect(outcome(licence({}, printed('DRIVER LICENSE')))).toBe('doubtful');
    expect(outcome(passport({}, printed(...edited(PAGE, '1969', '1995'))))).toBe('fail');
    expect(outcome(passport({}, printed('UTOPIA')))).toBe('pass');
  });
});
