import type { DocumentReader } from '../../documents/reader.ts';
import type { Mode } from '../../journey/journey.ts';
import type { Lists } from '../../journey/rules/lists.ts';
import type { Vendors } from '../../vendors/ports.ts';
import type { DeviceKeyDeps } from '../device_key.ts';
import type { MessageLimit } from '../sms_link/sends.ts';
import type { ImageStore, SeenBefore } from './images.ts';

/** What the document step needs of the world. */
export interface DocumentSelfieDeps {
  readonly reader: DocumentReader;
  readonly images: ImageStore;
  readonly seen: SeenBefore;
  readonly vendors: Vendors;
  /** What stops a number from being sent too many hand-over messages. */
  readonly limit: MessageLimit;
  /** Public origin that links stand under. */
  readonly origin: string;
  /** The token of a link id: at least 128 bits, the same each time, not to be guessed from the id. */
  readonly tokenOf: (linkId: string) => string;
  /** How a token is stored. */
  readonly hashOf: (token: string) => string;
  /** Whether faces may be compared under a mode's keys: for `live` only after the operator accepted the notice. */
  readonly facesAllowed: (mode: Mode) => boolean;
  readonly deviceKeys: DeviceKeyDeps;
  /** The operator's own lists; absent where there are none. */
  readonly lists?: Lists;
}
