/** The arguments of `npm run specimen`, from words to a typed value. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CONDITIONS, type ConditionName } from './conditions.ts';
import { PEOPLE, type PersonName } from './people.ts';
import { TAMPERS, type Tamper } from './tampers.ts';

export const KINDS = ['passport', 'licence', 'card'] as const;
export type Kind = (typeof KINDS)[number];
export const TYPES = [...KINDS, 'all', 'selfie', 'camera', 'outcome'] as const;
export type SpecimenType = (typeof TYPES)[number];
/** What a camera may be shown. */
export const SHOWN = [...KINDS, 'selfie'] as const;
export type Shown = (typeof SHOWN)[number];

export interface SpecimenOptions {
  readonly persona: PersonName;
  readonly type: SpecimenType;
  /** `none`: the flat document itself, to be printed out for instance. */
  readonly condition: ConditionName | 'none';
  readonly shown: Shown;
  readonly tamper: Tamper | undefined;
  /** File of a picture of one's own. */
  readonly portrait: string | undefined;
  readonly out: string;
}

const PERSONAS = Object.keys(PEOPLE) as readonly PersonName[];

export const USAGE = `npm run specimen -- --persona NAME --type TYPE [options]

  --persona    ${PERSONAS.join(', ')}
  --type       ${KINDS.join(', ')}: the document's sides, each as a photograph; all: all three
               selfie: frames of a face, from the front and turned
               camera: a film for a browser's pretended camera (--use-file-for-fake-video-capture)
               outcome: a file to upload in place of a picture, which sets what comes of it
  --for        ${SHOWN.join(', ')}: what the camera is shown
  --condition  ${CONDITIONS.join(', ')};
               none for the flat document. Default: photo
  --tamper     ${TAMPERS.join(', ')}
  --portrait   a picture of your own, JPEG, PNG or WebP: to try the whole journey with your own face
  --out        folder to write to. Default: specimens`;

const OPTIONS = {
  persona: { type: 'string' },
  type: { type: 'string' },
  for: { type: 'string' },
  condition: { type: 'string' },
  tamper: { type: 'string' },
  portrait: { type: 'string' },
  out: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

/** What is wrong with the arguments, for whoever typed them. */
export class UsageError extends Error {}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new UsageError(`--${name} ${value}: expected one of ${known.join(', ')}`);
  return found;
}

function given(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

/**
 * The options, or a {@link UsageError}: an unknown word, a missing one, or two that do not go together.
 */
export function specimenOptions(words: readonly string[]): SpecimenOptions {
  const values = parsed(words);
  const type = oneOf('type', given('type', values.type), TYPES);
  const tamper = values.tamper === undefined ? undefined : oneOf('tamper', values.tamper, TAMPERS);
  const shown = type === 'camera' ? oneOf('for', given('for', values.for), SHOWN) : 'selfie';
  if (type !== 'camera' && values.for !== undefined) throw new UsageError('--for goes with --type camera only');
  if (tamper === 'badCheckDigit' && (type === 'licence' || shown === 'licence')) throw new UsageError('--tamper badCheckDigit: a licence has no check digit');
  const spoils: readonly string[] = [...KINDS, 'all', 'camera'];
  if (tamper !== undefined && !spoils.includes(type)) throw new UsageError(`--tamper does not go with --type ${type}`);
  return {
    persona: oneOf('persona', given('persona', values.persona), PERSONAS),
    type,
    shown,
    tamper,
    condition: values.condition === undefined ? 'photo' : oneOf('condition', values.condition, [...CONDITIONS, 'none'] as const),
    portrait: values.portrait === undefined ? undefined : given('portrait', values.portrait),
    out: values.out === undefined ? 'specimens' : given('out', values.out),
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's own sentence names the word that it does not know.
    throw new UsageError(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}
