import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { PERSONAS } from '../../src/vendors/sandbox/personas.ts';
import { checkDigit } from './specimens/mrz_text.ts';
import { made } from './specimens/tampers.ts';
import {
  cardLines, CONDITIONS, identityBack, identityFront, licenceBack, licenceFront, licenceText, passport, passportLines, PEOPLE, photographed, SOMEBODY, TAMPERS,
} from './specimens/index.ts';

const size = async (picture: Buffer): Promise<readonly [number, number]> => {
  const { width, height } = await sharp(picture).metadata();
  return [width, height];
};

describe('the machine-readable zone', () => {
  it('has the check digits of ICAO 9303 part 3, 4.9 and of the specimen in part 4', () => {
    expect(['520727', 'L898902C3', '740812', '120415', 'ZE184226B<<<<<'].map(checkDigit)).toEqual(['3', '6', '2', '9', '1']);
    const specimen = {
      ...PEOPLE.andrew, familyName: 'Eriksson', givenName: 'Anna Maria', birthDate: '1974-08-12', sex: 'F', expiresOn: '2012-04-15',
    } as const;
    expect(passportLines(specimen)).toEqual([
      'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
      'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
    ]);
  });

  it('has the check digits of the specimen in ICAO 9303 part 5', () => {
    const specimen = {
      ...PEOPLE.andrea, familyName: 'Eriksson', givenName: 'Anna Maria', birthDate: '1974-08-12', expiresOn: '2012-04-15', cardNumber: 'D23145890',
    } as const;
    expect(cardLines(specimen)).toEqual(['I<UTOD231458907<<<<<<<<<<<<<<<', '7408122F1204159UTO<<<<<<<<<<<6', 'ERIKSSON<<ANNA<MARIA<<<<<<<<<<']);
  });

  it.each([
    [{ familyName: "O'Connor", givenName: 'Zoë' }, 'P<UTOOCONNOR<<ZOE<<<<<<<<<<<<<<<<<<<<<<<<<<<'],
    [{ familyName: 'Hartley-Vance', givenName: 'Anne Marie' }, 'P<UTOHARTLEY<VANCE<<ANNE<MARIE<<<<<<<<<<<<<<'],
    [{ familyName: 'Papandropoulos', givenName: 'Jonathon Alexander Bartholomew Theophilus' }, 'P<UTOPAPANDROPOULOS<<JONATHON<ALEXANDER<BART'],
  ])('writes the name of %o', (name, line) => {
    expect(passportLines({ ...PEOPLE.andrew, ...name })[0]).toBe(line);
  });
});

describe("the licence's barcode", () => {
  it('points from its header to its one subfile', () => {
    const text = licenceText(PEOPLE.andrew);
    expect(text.startsWith('@\n\u001e\rANSI 999999100001DL')).toBe(true);
    const [offset, length] = [Number(text.slice(23, 27)), Number(text.slice(27, 31))];
    expect(text.slice(offset, offset + 2)).toBe('DL');
    expect(offset + length).toBe(text.length);
    expect(text.endsWith('\r')).toBe(true);
  });

  it('tells who the holder is', () => {
    const elements = licenceText(PEOPLE.nolan).split(/[\n\r]/);
    expect(elements).toEqual(expect.arrayContaining([
      'DCSOKAFOR-REID', 'DACNOLAN', 'DADTHEODORE', 'DBB11051991', 'DBA04152034', 'DBD04162024', 'DBC9', 'DAG418 TAMARACK LANE', 'DAIPETERBOROUGH', 'DAJON',
      'DAKK9H0Z9     ', 'DCGUSA',
    ]));
    expect(licenceText(PEOPLE.imogen)).toContain('DAJZZ\n');
    expect(licenceText(PEOPLE.andrew)).toContain('DAK347430000  \n');
  });
});

describe('the people', () => {
  it("are the sandbox's personas", () => {
    for (const one of Object.values(PEOPLE)) {
      expect(PERSONAS.some(({ givenName, familyName, birthDate }) => one.givenName === givenName && one.familyName === familyName && one.birthDate === birthDate)).toBe(true);
    }
    expect(Object.keys(PEOPLE)).toHaveLength(PERSONAS.length);
  });

  it('have numbers of their own', () => {
    const all = [...Object.values(PEOPLE), SOMEBODY].flatMap((one) => [one.passportNumber, one.cardNumber, one.licenceNumber]);
    expect(new Set(all).size).toBe(all.length);
  });

  it("carry their own barcode, but for Andrea, whose licence carries somebody else's", async () => {
    expect(PEOPLE.andrea.barcodeOf).toBe(SOMEBODY);
    const [usual, own, others] = await Promise.all([
      licenceBack(PEOPLE.andrea),
      licenceBack(PEOPLE.andrea, { payload: licenceText(PEOPLE.andrea) }),
      licenceBack({ ...PEOPLE.andrea, barcodeOf: undefined }, { tamper: 'barcodeOfAnother' }),
    ]);
    expect(usual.equals(own)).toBe(false);
    expect(usual.equals(others)).toBe(true);
  });
});

describe('the documents', () => {
  it('have the size of their kind at 600 dots per inch', async () => {
    expect(await size(await passport(PEOPLE.imogen))).toEqual([2953, 2079]);
    for (const card of [licenceFront, licenceBack, identityFront, identityBack]) expect(await size(await card(PEOPLE.nolan))).toEqual([2022, 1276]);
  });

  it('come out the same each time', async () => {
    const [first, second] = [await passport(PEOPLE.andrew), await passport(PEOPLE.andrew)];
    expect(first.equals(second)).toBe(true);
    expect((await photographed(first, 'glareText')).equals(await photographed(second, 'glareText'))).toBe(true);
  });

  it('take a picture of one\'s own', async () => {
    const own = await sharp({ create: { width: 300, height: 400, channels: 3, background: '#808000' } }).jpeg().toBuffer();
    const portrait = await sharp(await identityFront({ ...PEOPLE.andrew, portrait: own })).extract({ left: 150, top: 350, width: 500, height: 650 }).png().toBuffer();
    // Where the portrait is, red and green are as strong as each other and blue is not.
    const [red, green, blue] = (await sharp(portrait).stats()).channels.map((channel) => channel.mean);
    expect(Math.abs((red ?? 0) - (green ?? 255))).toBeLessThan(20);
    expect((red ?? 0) - (blue ?? 255)).toBeGreaterThan(40);
  });
});

describe('a tampered document', () => {
  it.each(TAMPERS)('%s differs from the honest one in what it says', (tamper) => {
    expect(made(PEOPLE.andrew, tamper)).not.toEqual(made(PEOPLE.andrew, undefined));
  });

  it('is spoilt where the name says', () => {
    const edited = made(PEOPLE.andrew, 'editedBirthDate');
    expect([edited.printed.birthDate, edited.machine.birthDate]).toEqual(['1979-09-26', '1969-09-26']);
    const expired = made(PEOPLE.andrew, 'expired');
    expect([expired.printed.expiresOn, expired.machine.expiresOn]).toEqual(['2019-04-15', '2019-04-15']);
    expect(made(PEOPLE.andrew, 'swappedPortrait').printed.portrait).toBe('two');
    expect(made(PEOPLE.andrew, 'barcodeOfAnother').machine.familyName).toBe('Utzig');
    expect(made(PEOPLE.andrew, 'otherName').printed.familyName).toBe('Imposter');
  });

  it('differs in its picture, and only there for a check digit', async () => {
    const [honest, spoilt] = await Promise.all([passport(PEOPLE.andrew), passport(PEOPLE.andrew, 'badCheckDigit')]);
    const upper = { left: 0, top: 0, width: 2953, height: 1600 };
    const [above, aboveSpoilt] = await Promise.all([honest, spoilt].map((one) => sharp(one).extract(upper).raw().toBuffer()));
    expect(honest.equals(spoilt)).toBe(false);
    expect(aboveSpoilt !== undefined && above?.equals(aboveSpoilt)).toBe(true);
  });

  it('is refused where the kind has nothing to spoil', async () => {
    await expect(licenceBack(PEOPLE.andrew, { tamper: 'badCheckDigit' })).rejects.toThrow('no check digit');
  });
});

describe('the conditions', () => {
  it('are at least 25', () => {
    expect(CONDITIONS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(CONDITIONS).size).toBe(CONDITIONS.length);
  });

  it('make a JPEG of their own each, below the limit of an upload', async () => {
    const document = await identityBack(PEOPLE.imogen);
    const seen = new Set<string>();
    const kinds = ['scan', 'photo', 'motion7', 'glareHard', 'shadow', 'low640', 'jpegQ20', 'messenger', 'grey', 'recapture'] as const;
    for (const condition of kinds) {
      const jpeg = await photographed(document, condition);
      expect((await sharp(jpeg).metadata()).format, condition).toBe('jpeg');
      expect(jpeg.length, condition).toBeLessThan(2_000_000);
      seen.add(jpeg.toString('base64'));
    }
    expect(seen.size).toBe(kinds.length);
  });

  it('leave the turning to the EXIF tag where that is the condition', async () => {
    const jpeg = await photographed(await licenceFront(PEOPLE.andrew), 'exif6');
    const { orientation, width, height } = await sharp(jpeg).metadata();
    expect([orientation, width, height]).toEqual([6, 1500, 2000]);
  });
});
