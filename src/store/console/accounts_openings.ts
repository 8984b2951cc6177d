/** What journeys were opened with, as far as it names the person: the application's own name for them. */
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import { namedSubject } from '../../steps/session_evidence.ts';
import type { Vault } from '../../vault/vault.ts';
import { subjectHash } from '../sightings.ts';

interface OpenedRow {
  readonly id: string;
  readonly mode: 'test' | 'live';
  readonly workflow_id: string;
  readonly sealed: Uint8Array;
}

/** The name that the application gave its user, for each journey that was given one. A box that does not open names nobody. */
export async function openingNames(vault: Pick<Vault, 'open'>, rows: readonly OpenedRow[]): Promise<ReadonlyMap<string, Personal<string>>> {
  const names = new Map<string, Personal<string>>();
  for (const { id, sealed } of rows) {
    try {
      const { opening } = JSON.parse((await vault.open('journey', sealed, `journey:${id}`)).toString('utf8')) as { readonly opening?: { readonly credential?: string } };
      if (typeof opening?.credential === 'string') names.set(id, Personal.of(opening.credential));
    } catch (thrown) {
      // Damaged, or sealed under a key that is gone: it must not keep the rest from being held or erased.
      if (!(thrown instanceof GatehouseError)) throw thrown;
    }
  }
  return names;
}

/** Hashes under which sightings of those names are kept. */
export async function openingSubjects(vault: Pick<Vault, 'open' | 'keyedHash'>, rows: readonly OpenedRow[]): Promise<readonly string[]> {
  const names = await openingNames(vault, rows);
  const hashes = rows.flatMap(({ id, mode, workflow_id: workflowId }) => {
    const credential = names.get(id);
    const subject = credential && namedSubject({ workflowId, opening: { credential, clientName: '', locale: '' } });
    return subject ? [subjectHash(vault, mode, subject)] : [];
  });
  return [...new Set(hashes)];
}
