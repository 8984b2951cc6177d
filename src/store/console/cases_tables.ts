import type { ColumnType } from 'kysely';

type Json<T> = ColumnType<T, string, string>;

/** Review by people: cases, what they are tagged with, what was said and done. */
export interface CaseTables {
  review_case: {
    id: string;
    /** `follow_up`: for looking afterwards at a journey whose decision stands. */
    kind: 'review' | 'incident' | 'follow_up';
    status: 'open' | 'waiting' | 'resolved';
    /** Counts up with every change; guards each write. */
    version: number;
    mode: 'test' | 'live';
    workflow_id: string | null;
    journey_id: string | null;
    incident_id: string | null;
    opened_at: number;
    due_at: number;
    resolved_at: number | null;
    resolution: string | null;
    assignee_id: string | null;
    assignee_name: string | null;
    four_eyes: boolean;
    /** What one person would decide, where a second one has to agree. */
    proposal: Json<unknown> | null;
  };
  case_tag: { tag: string; case_id: string };
  case_note: {
    id: string;
    case_id: string;
    at: number;
    kind: 'comment' | 'reason';
    actor_kind: string;
    actor_id: string;
    actor_name: string;
    /** Null once erased. */
    sealed: Uint8Array | null;
  };
  case_event: {
    case_id: string;
    seq: number;
    at: number;
    actor_kind: string;
    actor_id: string;
    actor_name: string;
    action: string;
    details: Json<unknown>;
  };
  /** One-time links by which a person goes on with a journey that a reviewer sent back; one per journey. */
  again_link: {
    token_hash: string;
    journey_id: string;
    expires_at: number;
    /** Of the cookie that its first use gave. */
    visit_hash: string | null;
    used_at: number | null;
  };
}
