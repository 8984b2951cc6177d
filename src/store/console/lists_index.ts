/** The entries in memory, found by what they hold: a look is a few look-ups in a map, however many there are. */
import type { Selectable } from 'kysely';
import { LIST_KINDS, type ListedThings, type ListHit, type ListKind, type ListScope } from '../../journey/rules/lists.ts';
import type { Mode } from '../../journey/journey.ts';
import { emailValues, netsAround, readListValue } from '../../steps/session_risk/list_value.ts';
import type { ListTables } from './lists_tables.ts';

export type ListRow = Pick<Selectable<ListTables['list_entry']>, 'id' | 'version' | 'effect' | 'kind' | 'key' | 'also_keys' | 'mode' | 'workflow_id' | 'expires_at' | 'removed_at'>;

/** How personal values are found; uses are kept apart. */
export interface ListHashes {
  phone(number: string): string;
  /** A mailbox, or `@` and a domain. */
  email(value: string): string;
  document(text: string): string;
  /** As accounts are found by. */
  identity(mode: Mode, text: string): string;
}

type Held = Omit<ListRow, 'version' | 'removed_at'>;

export class ListIndex {
  readonly #hashes: ListHashes;
  readonly #byKey = new Map<string, Held[]>();
  readonly #byId = new Map<string, Held>();
  /** How many nets there are of each length: only these are asked for. */
  readonly #lengths = { 4: new Map<number, number>(), 6: new Map<number, number>() };

  constructor(hashes: ListHashes) {
    this.#hashes = hashes;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Take a row as it stands now. */
  put(row: ListRow, now: number): void {
    this.#drop(row.id);
    if (row.removed_at !== null || (row.expires_at !== null && row.expires_at <= now)) return;
    const { id, effect, kind, key, also_keys, mode, workflow_id, expires_at } = row;
    const held: Held = { id, effect, kind, key, also_keys, mode, workflow_id, expires_at };
    this.#byId.set(id, held);
    for (const at of placesOf(held)) this.#byKey.set(at, [...(this.#byKey.get(at) ?? []), held]);
    if (kind === 'net') this.#count(key, 1);
  }

  /** Every entry in force that holds one of the things, in the order of the kinds. */
  find(things: ListedThings, { mode, workflowId, now }: ListScope): readonly (ListHit & { readonly effect: Held['effect'] })[] {
    const found = this.#places(things, mode).flatMap((place) => this.#byKey.get(place) ?? []).filter((held) =>
      (held.mode === 'both' || held.mode === mode) && (held.workflow_id === null || held.workflow_id === workflowId) && (held.expires_at === null || now < held.expires_at));
    return [...new Set(found)].toSorted((a, b) => LIST_KINDS.indexOf(a.kind) - LIST_KINDS.indexOf(b.kind)).map(({ id, kind, effect }) => ({ entry: id, kind, effect }));
  }

  #places({ address, devices = [], phone, email, accountId, identities = [], documents = [] }: ListedThings, mode: Mode): readonly string[] {
    const at = (kind: ListKind, values: readonly string[]): readonly string[] => values.map((value) => placeOf(kind, value));
    const read = address === undefined ? undefined : readListValue('address', address);
    return [
      ...(read?.kind === 'value' ? at('address', [read.value]) : []),
      ...(address === undefined ? [] : at('net', netsAround(address, { 4: this.#lengths[4].keys(), 6: this.#lengths[6].keys() }))),
      ...at('device', devices),
      ...(phone === undefined ? [] : at('phone', [this.#hashes.phone(phone.open())])),
      ...(email === undefined ? [] : at('email', emailValues(email.open()).map(this.#hashes.email))),
      ...at('identity', [...(accountId === undefined ? [] : [accountId]), ...identities.map((text) => this.#hashes.identity(mode, text.open()))]),
      ...at('document', documents.map((text) => this.#hashes.document(text.open()))),
    ];
  }

  #drop(id: string): void {
    const held = this.#byId.get(id);
    if (!held) return;
    this.#byId.delete(id);
    for (const at of placesOf(held)) {
      const rest = (this.#byKey.get(at) ?? []).filter((one) => one.id !== id);
      if (rest.length > 0) this.#byKey.set(at, rest);
      else this.#byKey.delete(at);
    }
    if (held.kind === 'net') this.#count(held.key, -1);
  }

  #count(net: string, by: 1 | -1): void {
    const lengths = this.#lengths[net.includes(':') ? 6 : 4];
    const bits = Number(net.slice(net.indexOf('/') + 1));
    const count = (lengths.get(bits) ?? 0) + by;
    if (count > 0) lengths.set(bits, count);
    else lengths.delete(bits);
  }
}

function placeOf(kind: ListKind, key: string): string {
  return `${kind} ${key}`;
}

function placesOf({ kind, key, also_keys }: Held): readonly string[] {
  return [key, ...(also_keys === null ? [] : also_keys.split(' '))].map((one) => placeOf(kind, one));
}
