/** What a value is found by: typed ones in their one spelling, named ones by what their id stands for. */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { ValueFault } from '../../admin/lists/store.ts';
import { readDocument } from '../../journey/document_evidence.ts';
import { documentText, type ListKind } from '../../journey/rules/lists.ts';
import { Personal } from '../../personal.ts';
import { emailValues, netsAround, readListValue } from '../../steps/session_risk/list_value.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Database } from '../tables.ts';
import { listHashes } from './lists_snapshot.ts';

/** A value as an entry keeps it. */
export interface Resolved {
  readonly key: string;
  /** What else it is found by. */
  readonly alsoKeys?: readonly string[];
  readonly about?: string | undefined;
  /** To be sealed. */
  readonly personal?: Personal<string> | undefined;
}

export type ResolvedValue = { readonly kind: 'value'; readonly value: Resolved } | { readonly kind: 'fault'; readonly fault: ValueFault };

/** A document and a mere attempt alike; of an attempt there may be nothing to read. */
const shown = z.object({ documents: z.array(readDocument) });
const ID = /^[\w-]{1,64}$/;
const fault = (code: ValueFault): ResolvedValue => ({ kind: 'fault', fault: code });
const resolved = (value: Resolved): ResolvedValue => ({ kind: 'value', value });

/** Read a value of a kind, looking up what an id stands for. */
export async function resolveValue(db: Kysely<Database>, vault: Vault, kind: ListKind, given: Personal<string>): Promise<ResolvedValue> {
  const text = given.open().trim();
  const hashes = listHashes(vault);
  switch (kind) {
    case 'address':
    case 'net': {
      const read = readListValue(kind, text);
      return read.kind === 'fault' ? fault(read.fault) : resolved({ key: read.value });
    }
    case 'phone':
    case 'email': {
      const read = readListValue(kind, text);
      return read.kind === 'fault' ? fault(read.fault) : resolved({ key: hashes[kind](read.value), personal: Personal.of(read.value) });
    }
    case 'device': {
      const row = ID.test(text) ? await db.selectFrom('device').select(['id', 'thumbprint']).where('id', '=', text).executeTakeFirst() : undefined;
      return row ? resolved({ key: row.id, alsoKeys: [row.thumbprint] }) : fault('device_unknown');
    }
    case 'identity': {
      return ID.test(text) ? accountOf(db, text) : fault('account_unknown');
    }
    case 'document':
      return ID.test(text) ? documentOf(db, vault, text) : fault('journey_unknown');
  }
}

/** An account with what it is found by; of one that became part of another, the other, with everything that leads to it. */
async function accountOf(db: Kysely<Database>, id: string): Promise<ResolvedValue> {
  const named = await db.selectFrom('account').select(['id', 'merged_into']).where('id', '=', id).executeTakeFirst();
  if (!named) return fault('account_unknown');
  const key = named.merged_into ?? named.id;
  return resolved({ key, alsoKeys: await identityKeys(db, key) });
}

/** What else an account is found by: its identity, and the accounts that became part of it with theirs. */
export async function identityKeys(db: Kysely<Database>, accountId: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('account').select(['id', 'identity_hash']).where((eb) => eb.or([eb('id', '=', accountId), eb('merged_into', '=', accountId)])).execute();
  return rows.flatMap((row) => [...(row.id === accountId ? [] : [row.id]), ...(row.identity_hash === null ? [] : [row.identity_hash])]);
}

/** The newest document that a journey showed, accepted or not. */
async function documentOf(db: Kysely<Database>, vault: Vault, journeyId: string): Promise<ResolvedValue> {
  const journey = await db.selectFrom('journey').select('id').where('id', '=', journeyId).executeTakeFirst();
  if (!journey) return fault('journey_unknown');
  const row = await db.selectFrom('evidence').select(['seq', 'sealed'])
    .where('journey_id', '=', journeyId).where('kind', 'in', ['document', 'document_attempt']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  if (!row) return fault('journey_without_document');
  const data = JSON.parse((await vault.open('evidence', row.sealed, `evidence:${journeyId}:${row.seq}`)).toString('utf8')) as unknown;
  const [document] = shown.parse(data).documents;
  // Without its number it would be every document of that issuer.
  if (!document || document.number === '') return fault('journey_without_document');
  return resolved({ key: listHashes(vault).document(documentText(document)), about: journeyId });
}

/** What entries that hold this are found by, for each kind that it can be read as. */
export function keysHolding(vault: Pick<Vault, 'keyedHash'>, given: Personal<string>): readonly { readonly kind: ListKind; readonly keys: readonly string[] }[] {
  const text = given.open().trim();
  const hashes = listHashes(vault);
  const value = (kind: 'address' | 'net' | 'phone' | 'email'): readonly string[] => {
    const read = readListValue(kind, text);
    return read.kind === 'value' ? [read.value] : [];
  };
  const lengths = (bits: number): readonly number[] => Array.from({ length: bits + 1 }, (_one, at) => at);
  const around = value('address').flatMap((address) => netsAround(address, { 4: lengths(32), 6: lengths(128) }));
  const emails = value('email').flatMap((email) => (email.startsWith('@') ? [email] : emailValues(email)));
  const ids = ID.test(text) ? [text] : [];
  return [
    { kind: 'address' as const, keys: value('address') },
    { kind: 'net' as const, keys: [...value('net'), ...around] },
    { kind: 'phone' as const, keys: value('phone').map(hashes.phone) },
    { kind: 'email' as const, keys: emails.map(hashes.email) },
    { kind: 'device' as const, keys: ids },
    { kind: 'identity' as const, keys: ids },
  ].filter(({ keys }) => keys.length > 0);
}
