/**
 * The sandbox's outcome file: a small YAML text that is sent in place of a picture and says what came of it, so that an
 * integrator can try every ending without a camera. `test` keys only; what it sets is marked as simulated like
 * everything under such a key.
 *
 *     sandbox: 1
 *     document: { family_name: Roshell, given_name: Andrew, birth_date: 1969-09-26 }
 *     findings: { not_expired: fail, selfie_matches: pass }
 *     delay_seconds: 2
 *     answer: timed_out
 */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { DocumentType, Outline, Side, SideReading } from '../../documents/facts.ts';
import { CHECK_CODES, type CheckCode } from '../../journey/document_checks.ts';
import type { ClaimedIdentity } from '../../journey/journey.ts';
import type { SentFile } from '../step.ts';
import { unreadSide } from './reading_shape.ts';

/** Bytes. */
export const MOST_OUTCOME_BYTES = 16 * 1024;

const text = z.string().max(100);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

const finding = z.enum(['pass', 'fail', 'doubt', 'unknown']).exactOptional();

/** The file's shape; anything else in it is refused. */
export const outcomeFile = z.strictObject({
  /** Marks the file, and names the version of its shape. */
  sandbox: z.literal(1),
  /** What the side says; what is left out is taken from what the person claimed. */
  document: z.strictObject({
    issuer: z.string().regex(/^[A-Z]{3}$/).optional(),
    number: z.string().regex(/^[A-Z0-9]{3,20}$/).optional(),
    family_name: text.optional(),
    given_name: text.optional(),
    birth_date: date.optional(),
    expiry_date: date.optional(),
    street: text.optional(),
    city: text.optional(),
    region: text.optional(),
    postal_code: text.optional(),
  }).optional(),
  /** Findings by code, in place of what the checks would say. */
  findings: z.strictObject(Object.fromEntries(CHECK_CODES.map((code) => [code, finding])) as Record<CheckCode, typeof finding>).optional(),
  /** How long reading takes. */
  delay_seconds: z.number().min(0).max(10).optional(),
  /** Trouble in place of a reading. */
  answer: z.enum(['timed_out', 'crashed', 'busy', 'unavailable']).optional(),
});
export type OutcomeFile = z.infer<typeof outcomeFile>;

const YAML_TYPES: ReadonlySet<string> = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml', 'text/plain']);
/** What senders say who do not know. */
const NO_TYPES: ReadonlySet<string> = new Set(['', 'application/octet-stream']);

/**
 * Whether a sent file is meant as an outcome file: it says so, or it says nothing and begins with the mark. The bytes
 * are not decoded beyond that.
 */
export function isOutcomeFile(file: SentFile): boolean {
  const type = file.mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (YAML_TYPES.has(type)) return true;
  return NO_TYPES.has(type) && Buffer.from(file.bytes.open().subarray(0, 8)).toString('latin1') === 'sandbox:';
}

/** The parsed file; undefined for what is too large, no UTF-8, no YAML, or not of the shape. Aliases and tags are refused. */
export function readOutcomeFile(file: SentFile): OutcomeFile | undefined {
  const bytes = file.bytes.open();
  if (bytes.length > MOST_OUTCOME_BYTES) return undefined;
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // No aliases that multiply, no tags that make things, no keys twice.
    const document = parseDocument(decoded, { schema: 'core', customTags: [], uniqueKeys: true, merge: false, strict: true });
    if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
    return outcomeFile.safeParse(document.toJS({ maxAliasCount: 0 })).data;
  } catch {
    return undefined;
  }
}

const EDGE: Outline = [[0, 0], [100, 0], [100, 70], [0, 70]];
const NOBODY = { familyName: 'SPECIMEN', givenName: 'JANE', birthDate: '1985-03-27' };

/** The reading that a file stands for: what a sound picture of that side would give, with the file's words in it. */
export function readingFromFile(file: OutcomeFile, wanted: { readonly side: Side; readonly type: DocumentType }, claimed: ClaimedIdentity | undefined): SideReading {
  const nothing = unreadSide('simulated');
  const given = file.document ?? {};
  const words = {
    number: given.number ?? 'X1234567',
    familyName: (given.family_name ?? claimed?.familyName ?? NOBODY.familyName).toUpperCase(),
    givenName: (given.given_name ?? claimed?.givenName ?? NOBODY.givenName).toUpperCase(),
    birthDate: given.birth_date ?? claimed?.birthDate ?? NOBODY.birthDate,
    expiryDate: given.expiry_date ?? '2049-12-31',
  };
  const base: SideReading = { ...nothing, outline: { kind: 'read', value: EDGE, confidence: 1 } };
  const front: SideReading = wanted.side === 'back' ? { ...base, faces: { kind: 'read', value: [], confidence: 1 } } : {
    ...base,
    faces: { kind: 'read', confidence: 1, value: [{ score: 1, eyeDistance: 80, box: { x: 10, y: 10, width: 40, height: 50 } }] },
  };
  if (wanted.type === 'driving_licence') return wanted.side === 'back' ? { ...front, barcode: { kind: 'read', confidence: 1, value: barcodeOf(words, given, claimed) } } : front;
  if ((wanted.type === 'passport') !== (wanted.side === 'front')) return front;
  const passport = wanted.type === 'passport';
  return {
    ...front,
    mrz: {
      kind: 'read', confidence: 1,
      value: {
        format: passport ? 'TD3' : 'TD1',
        fields: { ...words, documentCode: passport ? 'P' : 'I', issuer: given.issuer ?? 'UTO', nationality: given.issuer ?? 'UTO', sex: 'X', nameTruncated: false },
        checks: (['number', 'birth', 'expiry', 'composite'] as const).map((name) => ({ name, ok: true })),
        lowestProbability: 1, repaired: 0, trusted: true, certain: true, outline: EDGE,
      },
    },
  };
}

type Words = { readonly number: string; readonly familyName: string; readonly givenName: string; readonly birthDate: string; readonly expiryDate: string };

function barcodeOf(words: Words, given: NonNullable<OutcomeFile['document']>, claimed: ClaimedIdentity | undefined) {
  return {
    ...words, iin: '999999', version: 10, subfile: 'DL' as const, jurisdiction: 'UTO-ZZ', middleName: '', issueDate: '2020-01-31',
    street: given.street ?? claimed?.street ?? '', city: given.city ?? claimed?.city ?? '', region: given.region ?? claimed?.region ?? '',
    postalCode: given.postal_code ?? claimed?.postalCode ?? '', country: 'USA', nameTruncated: false, faults: [], notes: [],
  };
}
