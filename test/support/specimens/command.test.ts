import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { isOutcomeFile, readOutcomeFile } from '../../../src/steps/document_selfie/outcome_file.ts';
import { writeSpecimens } from './command_files.ts';
import { specimenOptions, UsageError } from './command_options.ts';
import { outcomeExample } from './outcome_example.ts';
import { PEOPLE } from './people.ts';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'gatehouse-specimens-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

const options = (words: string) => specimenOptions([...words.split(' '), '--out', out]);

describe('the arguments', () => {
  it('become options', () => {
    expect(specimenOptions('--persona andrew --type passport'.split(' '))).toEqual({
      persona: 'andrew', type: 'passport', shown: 'selfie', tamper: undefined, condition: 'photo', portrait: undefined, out: 'specimens',
    });
    expect(specimenOptions('--persona nolan --type camera --for card --tamper expired --condition shadow'.split(' '))).toMatchObject({
      persona: 'nolan', type: 'camera', shown: 'card', tamper: 'expired', condition: 'shadow',
    });
  });

  it.each([
    ['', '--type is missing'],
    ['--type passport', '--persona is missing'],
    ['--type passport --persona bob', '--persona bob: expected one of andrew, andrea'],
    ['--type visa --persona andrew', '--type visa: expected one of passport'],
    ['--type passport --persona andrew --condition foggy', '--condition foggy: expected one of'],
    ['--type passport --persona andrew --tamper burnt', '--tamper burnt: expected one of badCheckDigit'],
    ['--type camera --persona andrew', '--for is missing'],
    ['--type card --persona andrew --for card', '--for goes with --type camera only'],
    ['--type licence --persona andrew --tamper badCheckDigit', 'a licence has no check digit'],
    ['--type camera --for licence --persona andrew --tamper badCheckDigit', 'a licence has no check digit'],
    ['--type selfie --persona andrew --tamper expired', '--tamper does not go with --type selfie'],
    ['--type card --persona andrew --portrait=', '--portrait is missing'],
    ['--type card --persona andrew --colour blue', "'--colour'"],
    ['--type card --persona andrew more', "'more'"],
  ])('%j are refused', (words, sentence) => {
    const refused = (): unknown => specimenOptions(words.split(' ').filter((word) => word !== ''));
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(sentence);
  });
});

describe('the files', () => {
  it('are the sides of a document', async () => {
    expect(await writeSpecimens(options('--persona andrea --type licence --condition low640'))).toEqual([
      join(out, 'andrea-licence-front.low640.jpg'), join(out, 'andrea-licence-back.low640.jpg'),
    ]);
    expect(await sharp(join(out, 'andrea-licence-back.low640.jpg')).metadata()).toMatchObject({ format: 'jpeg', width: 640, height: 480 });
  });

  it('leave out of all documents the one that cannot be spoilt so', async () => {
    const written = await writeSpecimens(options('--persona imogen --type all --tamper badCheckDigit --condition none'));
    expect(written.map((path) => path.slice(out.length + 1))).toEqual([
      'imogen-passport.badCheckDigit.png', 'imogen-card-front.badCheckDigit.png', 'imogen-card-back.badCheckDigit.png',
    ]);
  });

  it("take one's own portrait, and refuse what is none", async () => {
    const [own, broken] = [join(out, 'own.png'), join(out, 'broken.jpg')];
    await writeFile(own, await sharp({ create: { width: 200, height: 260, channels: 3, background: '#123456' } }).png().toBuffer());
    await writeFile(broken, 'no picture');
    const [plain = '', mine = ''] = [
      ...(await writeSpecimens(options('--persona andrew --type passport --condition none'))),
      ...(await writeSpecimens({ ...options('--persona andrew --type passport --condition none'), out: join(out, 'mine'), portrait: own })),
    ];
    expect((await readFile(plain)).equals(await readFile(mine))).toBe(false);
    for (const portrait of [broken, join(out, 'absent.jpg')]) {
      await expect(writeSpecimens({ ...options('--persona andrew --type passport'), portrait })).rejects.toThrow(UsageError);
    }
  });

  it('are a film of frames of one size for a camera', async () => {
    const [film = ''] = await writeSpecimens(options('--persona andrew --type camera --for selfie'));
    expect(film.endsWith('andrew-camera-selfie.mjpeg')).toBe(true);
    expect((await readFile(film)).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    expect((await readdir(out)).filter((name) => name.endsWith('.mjpeg'))).toHaveLength(1);
  });

  it.each(Object.values(PEOPLE))('are an outcome file that the step takes for $givenName', (person) => {
    const bytes = Personal.of(new Uint8Array(Buffer.from(outcomeExample(person))));
    const file = { field: 'picture', mediaType: '', bytes };
    expect(isOutcomeFile(file)).toBe(true);
    expect(readOutcomeFile(file)?.document).toMatchObject({ family_name: person.familyName, birth_date: person.birthDate, postal_code: person.postalCode });
  });
});
