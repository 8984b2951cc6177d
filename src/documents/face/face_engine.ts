import type { FaceFound } from '../facts.ts';

/** What kind of picture it is: a document seen whole, or a person before a camera. */
export type Scene = 'document' | 'person';

/** A face and the numbers by which it is compared. */
export interface DescribedFace {
  readonly face: FaceFound;
  /** Biometric. Templates can be compared with those of the same engine and version only. */
  readonly template: readonly number[];
}

/**
 * Something that finds faces and describes them so that two pictures of one person come out close to each other. Pictures
 * are safe ones (JPEG, upright); coordinates are their pixels. An operator's own model can stand behind it, as long as
 * its distances mean the same: up to 0.55 one person, above 0.62 two.
 */
export interface FaceEngine {
  readonly name: string;
  readonly version: string;
  /** Prove on built-in pictures that one person is told from another; false: do not use this engine. */
  selfTest(): Promise<boolean>;
  /** All faces on a document, largest first. */
  find(jpeg: Uint8Array): Promise<readonly FaceFound[]>;
  /** All faces, largest first, described. */
  embed(jpeg: Uint8Array, scene: Scene): Promise<readonly DescribedFace[]>;
}
