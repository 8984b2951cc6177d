import type { ColumnType } from 'kysely';

type Json<T> = ColumnType<T, string, string>;

export interface AccountTables {
  /** One row, locked first by whoever merges, erases or holds. */
  account_gate: { id: string };
  /** An erasure that was begun: what remains of it is done by housekeeping where the process ended. */
  account_erasure: {
    account_id: string;
    actor_kind: 'staff' | 'token' | 'command' | 'system';
    actor_id: string;
    actor_name: string;
    begun_at: number;
    finished_at: number | null;
    /** Whom to tell at the end: workflows, keys and transactions, read before they went. */
    told: Json<unknown>;
    /** Rows that went, by table. */
    counts: Json<Record<string, number>>;
    /** Kinds and hashes of phones and mailboxes by which journeys of no account go too; none once it is finished. */
    contacts: Json<unknown>;
  };
  legal_hold: {
    id: string;
    kind: 'account' | 'journey';
    subject_id: string;
    reason: string;
    placed_by: string;
    placed_at: number;
    released_by: string | null;
    released_reason: string | null;
    released_at: number | null;
  };
  legal_hold_subject: { subject_hash: string; hold_id: string };
  /** View: every journey that a hold covers. */
  held_journey: { journey_id: string };
}
