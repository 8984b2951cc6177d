import type { Mode } from '../journey/journey.ts';
import type { Vault } from '../vault/vault.ts';

/** The keyed hash of an application's own name for its user: one and the same wherever it is kept or compared. */
export function credentialHash(vault: Vault, mode: Mode, credential: string): string {
  return vault.keyedHash(`credential:${mode}`, credential);
}
