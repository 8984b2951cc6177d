/** What `npm run specimen` writes. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { KINDS, UsageError, type Kind, type SpecimenOptions } from './command_options.ts';
import { photographed } from './conditions.ts';
import { outcomeExample } from './outcome_example.ts';
import { PEOPLE, type SpecimenPerson } from './people.ts';
import { selfieFrames } from './selfies.ts';
import { SIDES, type SpecimenSide } from './sides.ts';
import { cameraVideo } from './turning_head.ts';

/** What a webcam gives. */
const CAMERA = { width: 1280, height: 960 } as const;
/** How long each side is held before the camera; the film then begins again. */
const SIDE_SECONDS = 5;
/** How long the head stays as it is: all three within the time that one turn is given. */
const TURN_SECONDS = 3;

/** Writes the files and answers their paths. Refuses with a {@link UsageError} what the arguments name wrongly. */
export async function writeSpecimens(options: SpecimenOptions): Promise<readonly string[]> {
  const person = await personOf(options);
  await mkdir(options.out, { recursive: true });
  switch (options.type) {
    case 'selfie':
      return writeSelfies(person, options);
    case 'camera':
      return [await writeFilm(person, options)];
    case 'outcome':
      return [await write(options, `${options.persona}-outcome.yaml`, outcomeExample(person))];
    case 'all':
      // A licence has no check digit, so there is nothing to spoil on it.
      return writeDocuments(person, KINDS.filter((kind) => kind !== 'licence' || options.tamper !== 'badCheckDigit'), options);
    default:
      return writeDocuments(person, [options.type], options);
  }
}

async function personOf({ persona, portrait }: SpecimenOptions): Promise<SpecimenPerson> {
  if (portrait === undefined) return PEOPLE[persona];
  try {
    // Upright, and known to be a picture before anything is written.
    return { ...PEOPLE[persona], portrait: await sharp(await readFile(portrait)).autoOrient().png().toBuffer() };
  } catch (error) {
    throw new UsageError(`--portrait ${portrait}: not a picture that can be read`, { cause: error });
  }
}

async function write({ out }: SpecimenOptions, name: string, content: Buffer | string): Promise<string> {
  const path = join(out, name);
  await writeFile(path, content);
  return path;
}

async function writeDocuments(person: SpecimenPerson, kinds: readonly Kind[], options: SpecimenOptions): Promise<readonly string[]> {
  const written: string[] = [];
  for (const side of kinds.flatMap((kind): readonly SpecimenSide[] => SIDES[kind])) {
    const name = [`${options.persona}-${side.name}`, ...(options.tamper === undefined ? [] : [options.tamper])].join('.');
    const document = await side.make(person, options.tamper);
    written.push(options.condition === 'none'
      ? await write(options, `${name}.png`, document)
      : await write(options, `${name}.${options.condition}.jpg`, await photographed(document, options.condition)));
  }
  return written;
}

async function writeSelfies(person: SpecimenPerson, options: SpecimenOptions): Promise<readonly string[]> {
  const frames = await selfieFrames(person.portrait);
  const written: string[] = [];
  for (const turn of ['centre', 'left', 'right'] as const) written.push(await write(options, `${options.persona}-selfie-${turn}.jpg`, frames[turn]));
  return written;
}

async function writeFilm(person: SpecimenPerson, options: SpecimenOptions): Promise<string> {
  const path = join(options.out, `${options.persona}-camera-${[options.shown, ...(options.tamper === undefined ? [] : [options.tamper])].join('.')}.mjpeg`);
  await cameraVideo(options.shown === 'selfie' ? await selfieFilm(person) : await documentFilm(person, options.shown, options), path);
  return path;
}

type Film = readonly { readonly jpeg: Buffer; readonly seconds: number }[];

async function selfieFilm(person: SpecimenPerson): Promise<Film> {
  const frames = await selfieFrames(person.portrait);
  return (['centre', 'left', 'right'] as const).map((turn) => ({ jpeg: frames[turn], seconds: TURN_SECONDS }));
}

async function documentFilm(person: SpecimenPerson, shown: Kind, { tamper, condition }: SpecimenOptions): Promise<Film> {
  const sides: readonly SpecimenSide[] = SIDES[shown];
  const film: { jpeg: Buffer; seconds: number }[] = [];
  for (const side of sides) {
    const document = await side.make(person, tamper);
    const seen = condition === 'none' ? document : await photographed(document, condition);
    const jpeg = await sharp(seen).autoOrient().resize({ ...CAMERA, fit: 'contain', background: '#604830' }).jpeg({ quality: 88 }).toBuffer();
    film.push({ jpeg, seconds: SIDE_SECONDS });
  }
  return film;
}
