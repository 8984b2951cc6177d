/** Facts to judge, made: a sound document of each type, its holder, and ways to change one thing about them. */
import type { BarcodeReading, DocumentType, MrzReading, Reading, SideReading } from '../../../src/documents/facts.ts';
import { workflowOptions } from '../../../src/journey/workflow.ts';
import type { DocumentOptions } from '../../../src/journey/document_options.ts';
import type { ClaimedIdentity } from '../../../src/journey/journey.ts';
import type { CapturedDocument, JudgedFacts } from '../../../src/steps/document_selfie/facts.ts';

export const TODAY = '2026-11-22';
const EDGE = [[0, 0], [100, 0], [100, 70], [0, 70]] as const;

export const read = <T>(value: T, confidence = 0.9): Reading<T> => ({ kind: 'read', value, confidence });
export const unread = (why = 'not_found'): { readonly kind: 'unread'; readonly why: string } => ({ kind: 'unread', why });

export const ANDREW: ClaimedIdentity = {
  givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone: '+14075550123', birthDate: '1969-09-26',
};

const FIELDS: MrzReading['fields'] = {
  documentCode: 'P', issuer: 'UTO', number: 'X48213907', nationality: 'UTO', birthDate: '1969-09-26', sex: 'M', expiryDate: '2034-05-02',
  familyName: 'ROSHELL', givenName: 'ANDREW JAMES', nameTruncated: false,
};

export type MrzChange = Partial<Omit<MrzReading, 'fields'>> & { readonly fields?: Partial<MrzReading['fields']> };

export function mrz({ fields, ...change }: MrzChange = {}): MrzReading {
  return {
    format: 'TD3', fields: { ...FIELDS, ...fields }, checks: (['number', 'birth', 'expiry', 'composite'] as const).map((name) => ({ name, ok: true })),
    lowestProbability: 0.93, repaired: 0, trusted: true, certain: true, outline: EDGE, ...change,
  };
}

export function barcode(change: Partial<BarcodeReading> = {}): BarcodeReading {
  return {
    iin: '999999', version: 10, subfile: 'DL', jurisdiction: 'UTO-ZZ', number: 'R240-001-69-346', familyName: 'ROSHELL', givenName: 'ANDREW', middleName: 'JAMES',
    birthDate: '1969-09-26', expiryDate: '2034-09-26', issueDate: '2025-01-15', street: '2591 BRUNSWICK CT', city: 'KISSIMMEE', region: 'FL', postalCode: '347430000',
    country: 'USA', nameTruncated: false, faults: [], notes: [], ...change,
  };
}

const PORTRAIT = [{ score: 0.95, eyeDistance: 82, box: { x: 40, y: 60, width: 180, height: 220 } }] as const;

export const side = (change: Partial<SideReading> = {}): SideReading => ({
  outline: read(EDGE), mrz: unread(), barcode: unread(), print: unread(), faces: read([]), recapture: { screenPeak: 14, saturation: 0.2 }, ...change,
});
export const frontSide = (change: Partial<SideReading> = {}): SideReading => side({ faces: read(PORTRAIT), ...change });

const captured = (type: DocumentType, front: SideReading, back?: SideReading): CapturedDocument => ({ type, country: 'US', front, back, editedBy: [], captureAttempts: { front: 1 } });

export const passport = (change: MrzChange = {}, front: Partial<SideReading> = {}): CapturedDocument => captured('passport', frontSide({ mrz: read(mrz(change)), ...front }));

/** As the outcome file gives it: nobody looked at its print. */
export const licence = (change: Partial<BarcodeReading> = {}, front: Partial<SideReading> = {}): CapturedDocument =>
  captured('driving_licence', frontSide({ print: unread('simulated'), ...front }), side({ barcode: read(barcode(change)) }));

export const card = ({ fields, ...change }: MrzChange = {}, front: Partial<SideReading> = {}): CapturedDocument =>
  captured('identity_card', frontSide({ print: unread('simulated'), ...front }), side({ mrz: read(mrz({ format: 'TD1', ...change, fields: { documentCode: 'I', number: 'C11122233', ...fields } })) }));

export const SELFIE: JudgedFacts['selfie'] = {
  liveness: { passed: true, method: 'live', frames: 12 },
  match: { distance: 0.41, spread: 0.22, challengeDistances: [0.44, 0.5, 0.46, 0.48], mostFaces: 1, template: [0.1, 0.2] },
  faceEngine: 'ready',
};

export const facts = (change: Partial<JudgedFacts> = {}): JudgedFacts => ({
  documents: [passport()], selfie: SELFIE, claimed: ANDREW, mode: 'test', today: TODAY, otherPersons: 0, nearestFace: undefined, attemptsLeft: { front: 2, back: 2, selfie: 2 }, ...change,
});
/** The facts with the selfie's match changed. */
export const matched = (change: Partial<NonNullable<JudgedFacts['selfie']['match']>>): JudgedFacts =>
  facts({ selfie: { ...SELFIE, ...(SELFIE.match ? { match: { ...SELFIE.match, ...change } } : {}) } });
/** The facts with what is known of liveness changed. */
export const lively = (change: Partial<NonNullable<JudgedFacts['selfie']['liveness']>>): JudgedFacts =>
  facts({ selfie: { ...SELFIE, ...(SELFIE.liveness ? { liveness: { ...SELFIE.liveness, ...change } } : {}) } });

export type OptionsWritten = Partial<DocumentOptions>;
export const options = (change: OptionsWritten = {}): DocumentOptions => workflowOptions.parse({ documents: change }).documents;

/** Rows of a table with their names, for `test.each(…)('$name', …)`: rows of several lengths keep their types. */
export const named = <Row extends readonly [string, ...unknown[]]>(rows: readonly Row[], columns = 1): readonly { readonly name: string; readonly row: Row }[] =>
  rows.map((row) => ({ name: row.slice(0, columns).map(String).join(': '), row }));
