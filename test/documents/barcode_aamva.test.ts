import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAamva } from '../../src/documents/barcode/aamva.ts';
import { aamvaDate, postalCodeOf } from '../../src/documents/barcode/elements.ts';
import { ISSUERS, jurisdictionOf } from '../../src/documents/barcode/issuers.ts';

const ELEMENTS = {
  DAQ: 'Z123456789', DCS: 'ROSHELL', DDE: 'N', DAC: 'ANDREW', DDF: 'N', DAD: 'JAMES,LEE', DDG: 'N', DBB: '09261969', DBA: '04152034', DBD: '04162024',
  DAG: '742 SAMPLE AVE', DAI: 'EXAMPLEVILLE', DAJ: 'VA', DAK: '005010000  ', DCG: 'USA',
};
interface Shape {
  readonly elements?: Readonly<Record<string, string | undefined>>;
  readonly iin?: string;
  readonly version?: string;
  readonly type?: string;
  readonly offset?: number;
  readonly length?: number;
}
function text({ elements = {}, iin = '636000', version = '10', type = 'DL', offset, length }: Shape = {}): string {
  const all = Object.entries({ ...ELEMENTS, ...elements }).filter(([, value]) => value !== undefined);
  const body = `${type}${all.map(([id, value]) => id + value).join('\n')}\r`;
  const header = `@\n\x1e\rANSI ${iin}${version}${Number(version) < 2 ? '' : '00'}01`;
  const digits = (value: number): string => String(value).padStart(4, '0');
  return `${header}${type}${digits(offset ?? header.length + 10)}${digits(length ?? body.length)}${body}`;
}

describe('AAMVA data', () => {
  it('gives its fields, and no faults where it is sound', () => {
    expect(parseAamva(text())).toEqual({
      iin: '636000', version: 10, subfile: 'DL', jurisdiction: 'US-VA', number: 'Z123456789', familyName: 'ROSHELL', givenName: 'ANDREW', middleName: 'JAMES LEE',
      birthDate: '1969-09-26', expiryDate: '2034-04-15', issueDate: '2024-04-16', street: '742 SAMPLE AVE', city: 'EXAMPLEVILLE', region: 'VA',
      postalCode: '00501', country: 'USA', nameTruncated: false, faults: [], notes: [],
    });
  });

  it.each([
    ['Canada writes the year first', { elements: { DBB: '19690926', DBA: '20340415', DBD: undefined, DCG: 'CAN' }, iin: '636012' }, { birthDate: '1969-09-26', jurisdiction: 'CA-ON', country: 'CAN', issueDate: '' }],
    ['version 1 has a shorter header, and the whole name in one', { version: '01', elements: { DCS: undefined, DAC: undefined, DAD: undefined, DAA: 'ROSHELL,ANDREW,JAMES', DBB: '19690926' } }, { familyName: 'ROSHELL', givenName: 'ANDREW', middleName: 'JAMES', birthDate: '1969-09-26' }],
    ['version 2 has all given names in one', { version: '02', elements: { DAC: undefined, DAD: undefined, DCT: 'ANDREW,JAMES' } }, { familyName: 'ROSHELL', givenName: 'ANDREW', middleName: 'JAMES' }],
    ['an identity card', { type: 'ID' }, { subfile: 'ID' }],
    ['a generation', { elements: { DCU: 'JR' } }, { familyName: 'ROSHELL', suffix: 'JR' }],
    ['a generation in version 1', { version: '01', elements: { DAE: 'III', DBB: '19690926' } }, { suffix: 'III' }],
    ['a generation at the end of the whole name', { version: '01', elements: { DCS: undefined, DAC: undefined, DAD: undefined, DAA: 'ROSHELL,ANDREW,JAMES,SR', DBB: '19690926' } }, { familyName: 'ROSHELL', middleName: 'JAMES', suffix: 'SR' }],
    ['no middle name', { elements: { DAD: 'NONE' } }, { middleName: '' }],
    ['a cut name', { elements: { DDE: 'T' } }, { nameTruncated: true }],
    ['an unknown cut is none', { elements: { DDE: 'U' } }, { nameTruncated: false }],
    ['an issuer that nobody knows', { iin: '123456', elements: { DCG: undefined } }, { jurisdiction: undefined, country: '' }],
    ['a specimen', { iin: '999999' }, { jurisdiction: 'UTO-ZZ' }],
    ['a length that leaves out type and end', { length: 2 + Object.entries(ELEMENTS).map(([id, value]) => id + value).join('\n').length }, { number: 'Z123456789' }],
  ] as const)('%s', (_what, shape, expected) => {
    expect(parseAamva(text(shape))).toMatchObject({ ...expected, faults: [], notes: [] });
  });

  it.each([
    ['missing_DAQ', { elements: { DAQ: undefined } }],
    ['missing_DAQ', { elements: { DAQ: '' } }],
    ['missing_DCS', { elements: { DCS: undefined } }],
    ['missing_DAC', { elements: { DAC: undefined } }],
    ['missing_DBB', { elements: { DBB: undefined } }],
    ['missing_DBA', { elements: { DBA: '' } }],
    ['bad_date_DBB', { elements: { DBB: '02301969' } }],
    ['bad_date_DBA', { elements: { DBA: 'NONE' } }],
  ] as const)('with %s says so: %j', (fault, shape) => {
    expect(parseAamva(text(shape))?.faults).toEqual([fault]);
  });

  it.each([{}, { DCU: '' }, { DCU: 'NONE' }])('that name no generation have none: %j', (elements) => {
    expect(parseAamva(text({ elements }))).not.toHaveProperty('suffix');
  });

  it('says which element stands twice with different values', () => {
    const twice = text().replace('\nDAC', '\nDCSIMPOSTER\nDAC');
    expect(parseAamva(twice)).toMatchObject({ faults: ['duplicate_DCS'], notes: ['length_mismatch'] });
    expect(parseAamva(twice)?.familyName).toBe('ROSHELL');
  });

  const designator = (put: string) => text().replace(/DL\d{8}/, put);
  it.each([
    ['an offset of 0000, as Ontario writes', text({ offset: 0 }), ['offset_mismatch']],
    ['an offset one too many, as South Carolina writes', text({ offset: 32 }), ['offset_mismatch']],
    ['an offset into the designator itself', text({ offset: 21 }), ['offset_mismatch']],
    ['an offset far behind', text({ offset: 9000 }), ['offset_mismatch']],
    ['a length that is not so', text({ length: 12 }), ['length_mismatch']],
    ['a letter among the digits', designator('DL00x10277'), ['bad_designator']],
    ['letters in place of the digits, as Alberta writes', designator('DLAABBCCDD'), ['bad_designator']],
    ['a designator that is too short', designator('DL31277'), ['bad_designator']],
    ['no type before the data', text().replace('DLDAQ', 'DAQ'), ['offset_mismatch']],
    ['no type before the data, and letters', designator('DL00x10277').replace('DLDAQ', 'DAQ'), ['bad_designator']],
    ['a line begun behind the type', text({ length: 280 }).replace('DLDAQ', 'DL\nDAQ'), ['length_mismatch']],
    ['more designators claimed than there are', text().replace('0001DL', '0002DL').replace(/DL\d{8}/, 'DL00000277'), ['offset_mismatch', 'bad_designator']],
    ['another subfile in front, whose data looks alike', text({ offset: 0 }).replace('DLDAQ', 'ZVZVADLDABNEY\rDLDAQ').replace('ZVZVADL', 'ZVZVAXX'), ['offset_mismatch']],
  ] as const)('reads data with %s, and notes it', (_what, written, notes) => {
    expect(parseAamva(written)).toMatchObject({
      subfile: 'DL', number: 'Z123456789', familyName: 'ROSHELL', givenName: 'ANDREW', birthDate: '1969-09-26', expiryDate: '2034-04-15', faults: [], notes,
    });
  });

  it('does not hide what is missing or unreal behind a wrong offset', () => {
    expect(parseAamva(text({ offset: 0, elements: { DAQ: undefined, DBB: '02301969' } }))).toMatchObject({ faults: ['missing_DAQ', 'bad_date_DBB'], notes: ['offset_mismatch'] });
  });

  it.each(['', 'hello', '@', '@\n\x1e\rANSI ', '@\n\x1e\rANSI 63600010', '@\n\x1e\rANSI 636000100001', 'https://example.org/@\n', text({ type: 'ZV' }), text().padEnd(4001)])(
    'refuses %j, which is none', (other) => {
      expect(parseAamva(other)).toBeUndefined();
    });

  it('never throws, and never invents a date', () => {
    const piece = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('DL', 'ID', '\n', '\r', '@', 'DCS', 'DBB', '00410278', '99999999', '__proto__', 'DAA,,,'));
    const mutated = fc.tuple(fc.nat(400), fc.nat(40), piece).map(([from, length, put]) => text().slice(0, from) + put + text().slice(from + length));
    const made = fc.array(piece, { maxLength: 20 }).map((pieces) => `@\n\x1e\rANSI 636000100001DL00310${pieces.join('')}`);
    fc.assert(fc.property(fc.oneof(mutated, made), (hostile) => {
      const read = parseAamva(hostile);
      for (const date of [read?.birthDate, read?.expiryDate, read?.issueDate]) expect(date ?? '').toMatch(/^(?:(?:19|20)\d\d-\d\d-\d\d)?$/);
      for (const fault of [...read?.faults ?? [], ...read?.notes ?? []]) expect(fault).toMatch(/^[a-z_]+(?:_[A-Z0-9]{3})?$/);
    }), { numRuns: 2000 });
  });
});

describe('elements', () => {
  it.each([['09261969', '1969-09-26'], ['19690926', '1969-09-26'], ['20202020', ''], ['13011990', ''], ['02292024', '2024-02-29'], ['02292023', ''], ['09261869', ''], ['1', ''], ['', '']])(
    'date %j is %j', (written, date) => {
      expect(aamvaDate(written)).toBe(date);
    });

  it.each([['005010000', '00501'], ['00501', '00501'], ['123456789', '12345-6789'], ['12345-6789', '12345-6789'], ['K1A 0B1', 'K1A 0B1']])('postal code %j is %j', (written, code) => {
    expect(postalCodeOf(written)).toBe(code);
  });
});

describe('issuers', () => {
  it('have the fifty states, the district, five territories and the provinces, each once', () => {
    const known = Object.values(ISSUERS);
    expect(new Set(known).size).toBe(known.length);
    expect(known.filter((one) => one.startsWith('US-'))).toHaveLength(56);
    expect(known.filter((one) => one.startsWith('CA-'))).toHaveLength(13);
  });

  it('know no number that is not theirs', () => {
    expect(jurisdictionOf('toString')).toBeUndefined();
    expect(jurisdictionOf('636010')).toBe('US-FL');
  });
});
