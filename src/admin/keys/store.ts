/** Workflow keys, as the console, the admin API and `apply` see them. Implemented in `store/console/keys.ts`. */
import { GatehouseError } from '../../errors.ts';
import type { Mode } from '../../journey/journey.ts';
import type { Actor } from '../actor.ts';
import type { KeyFaults, KeySettings } from './settings.ts';

/** A key in a list. Times are epoch milliseconds. */
export interface KeyLine {
  readonly clientId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly name: string;
  readonly createdAt: number;
  readonly revokedAt: number | undefined;
  /** About to the minute; undefined: never. */
  readonly lastUsedAt: number | undefined;
  /** Until when the secret before the last rotation works too; undefined where it does not any more. */
  readonly overlapUntil: number | undefined;
}

export interface Key extends KeyLine {
  /** Grows with every change. */
  readonly revision: number;
  /** When the secret was made. */
  readonly secretAt: number;
  /** When the secret before the last rotation was last used. */
  readonly previousUsedAt: number | undefined;
  readonly settings: KeySettings;
}

export interface NewKey extends Partial<Omit<KeySettings, 'name' | 'redirectUris'>>, Pick<KeySettings, 'name' | 'redirectUris'> {
  readonly workflowId: string;
  readonly mode: Mode;
  /** One of {@link CLIENT_ID}, of the same mode; made where it is not given. */
  readonly clientId?: string | undefined;
}

/** How the id of a key looks. */
export const CLIENT_ID = /^(test|live)_[A-Za-z0-9_-]{8,60}$/;
/** The longest both secrets can work, seconds. */
export const LONGEST_OVERLAP = 90 * 24 * 60 * 60;

export interface KeyDesk {
  /** Newest first, revoked ones included. @throws GatehouseError `bad_cursor` 400 */
  list(filter: { readonly workflowId?: string | undefined; readonly before?: string | undefined; readonly most: number }): Promise<{ readonly keys: readonly KeyLine[]; readonly next: string | undefined }>;
  get(clientId: string): Promise<Key | undefined>;
  /**
   * Make a key. `secret` is told this once, and undefined for a key that has none.
   * @throws KeyRefused; GatehouseError `workflow_unknown` 404, `client_id_invalid` 400, `key_exists` 409
   */
  create(actor: Actor, key: NewKey): Promise<{ readonly clientId: string; readonly secret: string | undefined }>;
  /**
   * Change settings; those that are not given stay.
   * @param revision what the change was made on, where lost updates matter
   * @throws KeyRefused; GatehouseError `key_unknown` 404, `key_revoked` 409, `key_changed` 409
   */
  update(actor: Actor, clientId: string, settings: Partial<KeySettings>, revision?: number): Promise<Key>;
  /**
   * A new secret, told this once. The one before works until the overlap ends, one before that no longer.
   * @param overlapSeconds 0 to {@link LONGEST_OVERLAP}
   * @throws GatehouseError `key_unknown` 404, `key_revoked` 409, `key_changed` 409, `key_has_no_secret` 409, `overlap_invalid` 400
   */
  rotate(actor: Actor, clientId: string, overlapSeconds: number, revision?: number): Promise<{ readonly secret: string }>;
  /** End the overlap now; false where there is none. @throws GatehouseError `key_unknown` 404 */
  endOverlap(actor: Actor, clientId: string): Promise<boolean>;
  /** For good, at once: nobody gets or uses a token with it any more. False where it was revoked before. @throws GatehouseError `key_unknown` 404 */
  revoke(actor: Actor, clientId: string): Promise<boolean>;
}

/** Settings that cannot be: every fault, by field. */
export class KeyRefused extends GatehouseError {
  readonly faults: KeyFaults;

  constructor(faults: KeyFaults) {
    super('key_settings_invalid', 400, `the settings of the key have faults: ${Object.entries(faults).map(([field, text]) => `${field}: ${text}`).join(' ')}`);
    this.faults = faults;
  }
}
