/**
 * The shapes in which readings are kept in the step's sealed state. They follow `documents/facts.ts`, and do not compile
 * where they do not; what does not fit them is a bug and fails closed when the state is read back.
 */
import { z } from 'zod';
import type { FaceMatch, FramePose, Reading, SideReading } from '../../documents/facts.ts';
import type { JobAnswer } from '../../documents/reader.ts';

/**
 * A type without what storage does not keep: `readonly`, and the difference between a key that is absent and one that is
 * undefined.
 */
type Kept<T> = T extends object ? { -readonly [Key in keyof T]-?: Kept<Exclude<T[Key], undefined>> } : T;
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** The shape as that of a fact. Does not compile where the two differ in any key, or in what it holds. */
function shapeOf<Fact>() {
  return <Shape extends z.ZodType>(shape: Same<Kept<z.output<Shape>>, Kept<Fact>> extends true ? Shape : never): z.ZodType<Fact> => shape as z.ZodType<Fact>;
}

const reading = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('read'), value, confidence: z.number() }),
    z.strictObject({ kind: z.literal('unread'), why: z.string() }),
  ]);

const point = z.tuple([z.number(), z.number()]);
const outline = z.tuple([point, point, point, point]);

const mrzFields = z.strictObject({
  documentCode: z.string(), issuer: z.string(), number: z.string(), nationality: z.string(), birthDate: z.string(),
  sex: z.enum(['M', 'F', 'X']), expiryDate: z.string(), familyName: z.string(), givenName: z.string(), nameTruncated: z.boolean(),
});

const mrz = z.strictObject({
  format: z.enum(['TD1', 'TD2', 'TD3']),
  fields: mrzFields,
  checks: z.array(z.strictObject({ name: z.enum(['number', 'birth', 'expiry', 'optional', 'composite']), ok: z.boolean() })),
  lowestProbability: z.number(),
  repaired: z.number(),
  trusted: z.boolean(),
  certain: z.boolean(),
  outline,
});

const barcode = z.strictObject({
  iin: z.string(), version: z.number(), subfile: z.enum(['DL', 'ID']), jurisdiction: z.string().optional(), number: z.string(),
  familyName: z.string(), givenName: z.string(), middleName: z.string(), suffix: z.string().optional(), birthDate: z.string(), expiryDate: z.string(),
  issueDate: z.string(), street: z.string(), city: z.string(), region: z.string(), postalCode: z.string(), country: z.string(),
  nameTruncated: z.boolean(), faults: z.array(z.string()),
  // A state sealed before there were notes has none.
  notes: z.array(z.string()).default([]),
});

const box = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const face = z.strictObject({ score: z.number(), eyeDistance: z.number(), box });

/** One side as it was read. */
export const sideReadingShape = shapeOf<SideReading>()(z.strictObject({
  outline: reading(outline),
  mrz: reading(mrz),
  barcode: reading(barcode),
  print: reading(z.strictObject({ lines: z.array(z.strictObject({ text: z.string(), confidence: z.number(), box: box.optional() })) })),
  faces: reading(z.array(face)),
  recapture: z.strictObject({ screenPeak: z.number(), saturation: z.number() }),
}));

/** Where a head pointed in one frame. */
export const framePoseShape = shapeOf<FramePose>()(z.strictObject({
  faces: z.number(),
  yaw: z.number().optional(),
  eyeDistance: z.number().optional(),
}));

/** How faces compared. Storage has no undefined among numbers: a frame without a face is null there. */
export const faceMatchShape = shapeOf<FaceMatch>()(z.strictObject({
  distance: z.number(),
  spread: z.number(),
  challengeDistances: z.array(z.number().nullish().transform((one) => one ?? undefined)),
  mostFaces: z.number(),
  template: z.array(z.number()),
}));

/**
 * An answer of the reader as storage gives it back. What the state could not hold (a number that is none, a key that nobody
 * knows) counts as the reader's failure here, where it is tried again and then routed: kept, it would shut the journey.
 */
export function asKept<T>(shape: z.ZodType<T>, answer: JobAnswer<T>): JobAnswer<T> {
  if (answer.kind !== 'done') return answer;
  const read = shape.safeParse(answer.value === undefined ? undefined : JSON.parse(JSON.stringify(answer.value)));
  return read.success ? { kind: 'done', value: read.data } : { kind: 'crashed' };
}

/** A side of which nothing was read, for one and the same reason. */
export function unreadSide(why: string): SideReading {
  const unread: Reading<never> = { kind: 'unread', why };
  return {
    outline: unread, mrz: unread, barcode: unread, print: unread, faces: unread,
    // Neither sign is given: a screen shows itself by a high peak, a photocopy by hardly any colour.
    recapture: { screenPeak: 0, saturation: 1 },
  };
}
