/** One picture through the real reading process: made safe, then read, as the document step does. */
import type { SafeImage, SideReading, SideWanted } from '../../src/documents/facts.ts';
import type { DocumentReader, JobAnswer } from '../../src/documents/reader.ts';

export interface ReadPicture {
  readonly safe: SafeImage | undefined;
  /** Undefined where it was refused, or reading came to no end. */
  readonly reading: SideReading | undefined;
  /** The picture would be sent back for its quality before anything is read from it. */
  readonly sentBack: boolean;
  /** Of both jobs, milliseconds. */
  readonly took: number;
  /** Kind of an answer that was not `done`. */
  readonly trouble: Exclude<JobAnswer<unknown>['kind'], 'done'> | undefined;
}

/** Reads it whatever its quality: what would be sent back first must not be misread either. */
export async function readPicture(reader: DocumentReader, picture: Uint8Array, wanted: SideWanted): Promise<ReadPicture> {
  const began = performance.now();
  const intake = await reader.intake(picture);
  if (intake.kind !== 'done') return { safe: undefined, reading: undefined, sentBack: true, took: performance.now() - began, trouble: intake.kind };
  const safe = intake.value;
  const read = await reader.readSide(safe.jpeg, wanted);
  const sentBack = safe.quality.problems.length > 0;
  const took = performance.now() - began;
  return read.kind === 'done' ? { safe, reading: read.value, sentBack, took, trouble: undefined } : { safe, reading: undefined, sentBack, took, trouble: read.kind };
}

/** The value of an answer that must be there for a measurement to mean anything. */
export function done<T>(answer: JobAnswer<T>, what: string): T {
  if (answer.kind !== 'done') throw new Error(`${what}: ${answer.kind}${answer.kind === 'unavailable' ? ` (${answer.engine}: ${answer.why})` : ''}`);
  return answer.value;
}
