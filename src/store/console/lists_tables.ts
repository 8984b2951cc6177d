import type { ListEffect, ListKind, ListMode } from '../../journey/rules/lists.ts';

export interface ListTables {
  list_clock: { id: string; version: number };
  list_entry: {
    id: string;
    /** The number it was made under; lists are paged by it. */
    seq: number;
    /** The number of its last change. */
    version: number;
    effect: ListEffect;
    kind: ListKind;
    /** In its one spelling, or a keyed hash for what is personal. */
    key: string;
    /** Of an account its identity hashes, of a device its key's thumbprint, by spaces: they are found by any. */
    also_keys: string | null;
    /** The journey that a document was named by. */
    about: string | null;
    /** The value as it is shown in part; phone and email only. */
    sealed: Uint8Array | null;
    mode: ListMode;
    workflow_id: string | null;
    reason: string;
    expires_at: number | null;
    created_at: number;
    actor_kind: string;
    actor_id: string;
    actor_name: string;
    removed_at: number | null;
  };
}
