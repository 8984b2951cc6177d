import type { Mode } from '../../journey/journey.ts';
import type { Personal } from '../../personal.ts';

/** What a picture shows; tells nothing about whom. */
export type ImagePurpose = 'document_front' | 'document_back' | 'selfie';

/**
 * Where pictures are kept: sealed, apart from the rows that refer to them, with their own retention clock. Ids are
 * random and mean nothing to anybody without the database.
 */
export interface ImageStore {
  /** Keep a picture; it deletes itself at `deleteAt`, epoch milliseconds, unless a later change sets its clock again. */
  put(image: { readonly journeyId: string; readonly purpose: ImagePurpose; readonly jpeg: Personal<Uint8Array>; readonly deleteAt: number }): Promise<string>;
  /** Undefined where it is gone. */
  get(id: string): Promise<Personal<Uint8Array> | undefined>;
}

/** Documents and faces that came before, under keys of the same mode: test and live people never meet. */
export interface SeenBefore {
  /** How many other persons came with this document. `person` tells persons apart; both are hashed before they are compared. */
  otherPersons(mode: Mode, document: Personal<string>, person: Personal<string>): Promise<number>;
  /** The smallest distance to the face of another person among this workflow's newest; undefined where there is none. */
  nearestFace(journey: { readonly mode: Mode; readonly workflowId: string }, template: Personal<readonly number[]>, person: Personal<string>): Promise<number | undefined>;
}
