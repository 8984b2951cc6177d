/** The lists area: what is kept out and what is let past, for whoever changes or reads it. */
import type { ListEffect, ListKind, ListMode } from '../../journey/rules/lists.ts';
import type { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';

/** What an entry says besides its value. */
export interface EntryTerms {
  readonly effect: ListEffect;
  readonly kind: ListKind;
  readonly mode: ListMode;
  /** Undefined: every workflow. */
  readonly workflowId: string | undefined;
  readonly reason: string;
  /** Epoch milliseconds; undefined: never. */
  readonly expiresAt: number | undefined;
}

/** An entry as it is shown. The value of a phone or mailbox is masked: nobody needs the rest of it to recognise it. */
export interface ListEntry extends EntryTerms {
  readonly id: string;
  readonly seq: number;
  readonly shown: string;
  readonly createdAt: number;
  readonly by: Pick<Actor, 'kind' | 'id' | 'name'>;
}

export const VALUE_FAULTS = [
  'address', 'net', 'net_too_broad', 'phone', 'email', 'device_unknown', 'account_unknown', 'journey_unknown', 'journey_without_document', 'already_listed',
] as const;
/** Why a value cannot be listed. */
export type ValueFault = (typeof VALUE_FAULTS)[number];

/** A value that was refused, by its position among those given. */
export interface FaultyValue {
  readonly at: number;
  readonly fault: ValueFault;
}

export type Added =
  | { readonly kind: 'added'; readonly ids: readonly string[] }
  /** Nothing was added: all or nothing. */
  | { readonly kind: 'faults'; readonly faults: readonly FaultyValue[] }
  | { readonly kind: 'workflow_unknown' };

export interface ListFilter {
  readonly kind?: ListKind | undefined;
  readonly effect?: ListEffect | undefined;
}

/** Implemented in `store/console/lists.ts`. */
export interface ListDesk {
  /**
   * Put values on a list under the same terms, all of them or none. One entry of the audit log, without the values.
   *
   * @throws GatehouseError `list_terms_invalid`, `list_values_count`
   */
  add(actor: Actor, terms: EntryTerms, values: readonly Personal<string>[]): Promise<Added>;
  /** Take an entry off; false where there is none (any more). */
  remove(actor: Actor, id: string): Promise<boolean>;
  byId(id: string): Promise<ListEntry | undefined>;
  /** Newest first, below a number, at most so many. */
  page(filter: ListFilter, before: number | undefined, most: number): Promise<readonly ListEntry[]>;
  /** Entries that hold a value, of whatever kind it can be read as; nets that an address lies in too. Newest first, at most so many. */
  holding(value: Personal<string>, most: number): Promise<readonly ListEntry[]>;
  /** Ids of the workflows that an entry can be limited to. */
  workflows(): Promise<readonly string[]>;
}
