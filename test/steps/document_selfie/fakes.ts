/** Stand-ins for the reader, the picture store, the past and a document vendor: they do as told and keep what was asked. */
import type { Mode } from '../../../src/journey/journey.ts';
import type { FaceMatch, FramePose, SafeImage, SideReading, SideWanted } from '../../../src/documents/facts.ts';
import type { DocumentReader, JobAnswer } from '../../../src/documents/reader.ts';
import { Personal } from '../../../src/personal.ts';
import type { ImagePurpose, ImageStore, SeenBefore } from '../../../src/steps/document_selfie/images.ts';
import { readingFromFile } from '../../../src/steps/document_selfie/outcome_file.ts';
import type { DocumentVendorPort, DocumentVendorResult, VendorAnswer, VendorMeta } from '../../../src/vendors/ports.ts';

/** Words that a test plants and that must turn up nowhere they do not belong. */
export const PERSON = { familyName: 'Roshell', givenName: 'Andrew', birthDate: '1969-09-26' } as const;
export const NUMBER = 'X1234567';

const engine = { kind: 'ready', version: 'fake' } as const;

/** A safe picture whose bytes are those that were sent. */
export function safe(bytes: Uint8Array, problems: SafeImage['quality']['problems'] = [], editedBy?: string): SafeImage {
  return { jpeg: bytes, width: 1600, height: 1000, quality: { sharpness: 500, glare: 0, brightness: 128, longSide: 1600, problems }, format: 'jpeg', editedBy };
}

/** What a sound picture of a side reads. */
export function sound(wanted: SideWanted, document: { readonly issuer?: string; readonly family_name?: string; readonly expiry_date?: string } = {}): SideReading {
  return readingFromFile({ sandbox: 1, document: { family_name: PERSON.familyName, given_name: PERSON.givenName, birth_date: PERSON.birthDate, number: NUMBER, ...document } }, wanted, undefined);
}

const YAW: Readonly<Record<string, number>> = { left: 25, right: -25, centre: 1 };

/** A frame is named by what it shows: `left`, `right`, `centre`, `nobody`, `two`. */
function poseOf(jpeg: Uint8Array): FramePose {
  const shows = Buffer.from(jpeg).toString().split(':')[0] ?? '';
  if (shows === 'nobody') return { faces: 0, yaw: undefined, eyeDistance: undefined };
  if (shows === 'two') return { faces: 2, yaw: undefined, eyeDistance: 90 };
  return { faces: 1, yaw: YAW[shows] ?? 0, eyeDistance: 90 };
}

export class FakeReader implements DocumentReader {
  readonly longestMs = 40_000;
  readonly calls: string[] = [];
  readonly wanted: SideWanted[] = [];
  /** Answers given before the usual ones, oldest first; null is the usual one. */
  readonly intakes: (JobAnswer<SafeImage> | SafeImage['quality']['problems'] | null)[] = [];
  readonly readings: (JobAnswer<SideReading> | null)[] = [];
  readonly poseAnswers: JobAnswer<readonly FramePose[]>[] = [];
  readonly matches: (JobAnswer<FaceMatch | undefined> | Partial<FaceMatch>)[] = [];
  document: Parameters<typeof sound>[1] = {};

  engines = () => ({ barcode: engine, mrz: engine, text: engine, face: engine, pose: engine });
  close = async () => undefined;

  async intake(bytes: Uint8Array): Promise<JobAnswer<SafeImage>> {
    this.calls.push('intake');
    const told = this.intakes.shift() ?? null;
    if (told === null) return { kind: 'done', value: safe(bytes) };
    return 'kind' in told ? told : { kind: 'done', value: safe(bytes, told) };
  }

  async readSide(_jpeg: Uint8Array, wanted: SideWanted): Promise<JobAnswer<SideReading>> {
    this.calls.push('readSide');
    this.wanted.push(wanted);
    return this.readings.shift() ?? { kind: 'done', value: sound(wanted, this.document) };
  }

  async poses(jpegs: readonly Uint8Array[]): Promise<JobAnswer<readonly FramePose[]>> {
    this.calls.push('poses');
    return this.poseAnswers.shift() ?? { kind: 'done', value: jpegs.map(poseOf) };
  }

  async matchFaces(request: Parameters<DocumentReader['matchFaces']>[0]): Promise<JobAnswer<FaceMatch | undefined>> {
    this.calls.push(`matchFaces ${request.frontal.length}+${request.challenge.length}`);
    const told = this.matches.shift() ?? {};
    if ('kind' in told) return told;
    return { kind: 'done', value: { distance: 0.4, spread: 0.2, challengeDistances: request.challenge.map(() => 0.5), mostFaces: 1, template: [0.25, 0.5], ...told } };
  }
}

export class FakeImages implements ImageStore {
  readonly kept = new Map<string, { readonly purpose: ImagePurpose; readonly jpeg: Personal<Uint8Array>; deleteAt: number }>();
  puts = 0;

  async put({ purpose, jpeg, deleteAt }: Parameters<ImageStore['put']>[0]): Promise<string> {
    this.puts += 1;
    const id = `image-${this.puts}`;
    this.kept.set(id, { purpose, jpeg, deleteAt });
    return id;
  }

  get = async (id: string) => this.kept.get(id)?.jpeg;
}

export class FakePast implements SeenBefore {
  others = 0;
  nearest: number | undefined;
  readonly asked: string[] = [];

  async otherPersons(_mode: Mode, document: Personal<string>, person: Personal<string>): Promise<number> {
    this.asked.push(document.open(), person.open());
    return this.others;
  }

  async nearestFace(): Promise<number | undefined> {
    this.asked.push('face');
    return this.nearest;
  }
}

const META: VendorMeta = { vendor: 'fake', sourceClass: 'simulator', simulated: true, latencyMs: 1 };
export const answered = <T>(value: T): VendorAnswer<T> => ({ kind: 'answer', value, meta: META });
export const TROUBLE = {
  timed_out: { kind: 'timed_out', meta: META },
  broke: { kind: 'broke', code: 'http_500', meta: META },
  could_not_tell: { kind: 'could_not_tell', code: 'not_covered', meta: META },
  not_configured: { kind: 'not_configured' },
} as const satisfies Readonly<Record<string, VendorAnswer<never>>>;

export type Finished = Extract<DocumentVendorResult, { readonly kind: 'finished' }>;

/** A vendor's pass with everything that a pass needs. */
export function finished(more: Partial<Finished> = {}): Finished {
  const codes = ['selfie_matches', 'portrait_present'] as const;
  return {
    kind: 'finished', verdict: 'pass', findings: codes.map((code) => ({ code, status: 'pass' })), liveness: { certified: true }, authenticityVerified: true,
    document: Personal.of({ type: 'passport', issuer: 'UTO', number: NUMBER, ...PERSON, expiryDate: '2049-12-31', method: 'vendor' }),
    ...more,
  };
}

export class FakeVendor implements DocumentVendorPort {
  readonly name = 'fake_documents';
  readonly calls: string[] = [];
  readonly starts: VendorAnswer<{ sessionId: string; url: string }>[] = [];
  readonly uploads: VendorAnswer<{ received: number }>[] = [];
  readonly results: VendorAnswer<DocumentVendorResult>[] = [];

  async start({ reference, returnUrl }: Parameters<DocumentVendorPort['start']>[0]) {
    this.calls.push(`start ${reference} ${returnUrl}`);
    return this.starts.shift() ?? answered({ sessionId: `s-${reference}`, url: 'https://vendor.example/capture' });
  }

  async upload(_sessionId: string, pictures: Parameters<DocumentVendorPort['upload']>[1]) {
    const { documents, selfies } = pictures.open();
    this.calls.push(`upload ${documents.length}+${selfies.length}`);
    return this.uploads.shift() ?? answered({ received: 1 });
  }

  async result() {
    this.calls.push('result');
    return this.results.shift() ?? answered<DocumentVendorResult>({ kind: 'pending' });
  }
}
