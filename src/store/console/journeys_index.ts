/** What makes a journey findable: columns that say what it came to, and keyed hashes of whom it is about. */
import type { QueryCreator, Transaction } from 'kysely';
import { z } from 'zod';
import type { Decision, Evidence, Mode, StepResult } from '../../journey/journey.ts';
import { credentialHash } from '../../oidc/credential.ts';
import type { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Database } from '../tables.ts';

type Hashing = Pick<Vault, 'keyedHash'>;
type PersonRow = Database['journey_person'];

/** The columns that lists are narrowed by. Whoever writes a decision, or takes one back, writes these with it. Pure. */
export function decisionColumns(decision: Decision | undefined): { readonly verdict: string | null; readonly reason: string | null } {
  return { verdict: decision?.verdict ?? null, reason: decision?.reasons[0]?.code ?? null };
}

/** The step that ended last. Pure. */
export function lastStepColumn(results: readonly StepResult[]): { readonly last_step: string | null } {
  return { last_step: results.at(-1)?.step ?? null };
}

/** Hash of a phone number in E.164. */
export function phoneHash(vault: Hashing, phone: string): string {
  return vault.keyedHash('journey_phone', phone);
}

/** Hash of an email address; upper and lower case are one, as people type them. */
export function emailHash(vault: Hashing, email: string): string {
  return vault.keyedHash('journey_email', email.trim().normalize('NFC').toLowerCase());
}

/** Hashes of an application's name for its user, under keys of either mode. */
export function credentialHashes(vault: Vault, credential: string): readonly string[] {
  return (['live', 'test'] as const).map((mode) => credentialHash(vault, mode, credential));
}

interface Whose {
  readonly id: string;
  readonly createdAt: number;
  readonly mode: Mode;
}

/** Who is known when a journey begins: whom the application named. */
export function namedRows(vault: Vault, journey: Whose, credential: Personal<string> | undefined): readonly PersonRow[] {
  return credential === undefined ? [] : [rowOf(journey, 'credential', credentialHash(vault, journey.mode, credential.open()))];
}

const person = z.looseObject({ phone: z.string().catch('').default(''), email: z.string().catch('').default('') });
const nested = z.looseObject({ profile: z.unknown() });

/** Who turns out to be in it: phones and addresses that were typed, and those of somebody who came back. */
export function evidentRows(vault: Vault, journey: Whose, evidence: readonly Evidence[]): readonly PersonRow[] {
  const rows = evidence.flatMap(({ kind, data }) => {
    if (kind !== 'claimed_identity' && kind !== 'session' && kind !== 'known_person') return [];
    const known = kind === 'known_person' ? nested.safeParse(data.open()).data?.profile : data.open();
    const { phone = '', email = '' } = person.safeParse(known).data ?? {};
    return [
      ...(phone === '' ? [] : [rowOf(journey, 'phone', phoneHash(vault, phone))]),
      ...(email === '' ? [] : [rowOf(journey, 'email', emailHash(vault, email))]),
    ];
  });
  return rows.filter((row, index) => rows.findIndex(({ kind, hash }) => kind === row.kind && hash === row.hash) === index);
}

function rowOf({ id, createdAt }: Whose, kind: PersonRow['kind'], hash: string): PersonRow {
  return { kind, hash, created_at: createdAt, journey_id: id };
}

/** Writes the rows within the statement that is built on what comes back: finding people costs none of its own. */
export function withPeople(tx: Transaction<Database>, rows: readonly PersonRow[]): Pick<QueryCreator<Database>, 'insertInto'> {
  if (rows.length === 0) return tx;
  return tx.with('people', (qb) => qb.insertInto('journey_person').values([...rows]).onConflict((conflict) => conflict.doNothing()).returning('journey_id'));
}
