import type { ColumnType, Generated } from 'kysely';

type Mode = 'test' | 'live';

export interface WebhookTables {
  /** What happened, in the order of nobody: told to endpoints once `fanned_at` is set. */
  webhook_event: {
    id: string;
    type: string;
    mode: Mode;
    workflow_id: string | null;
    client_id: string | null;
    journey_id: string | null;
    data: ColumnType<unknown, string, string>;
    at: number;
    fanned_at: number | null;
    /** Told to this endpoint alone; null: to whichever subscribes. */
    endpoint_id: string | null;
  };
  webhook_endpoint: {
    id: string;
    url: string;
    description: string;
    mode: Mode;
    /** Null: events of all workflows. */
    workflow_id: string | null;
    /** Types that are wanted. */
    events: ColumnType<readonly string[], string, string>;
    with_credential: boolean;
    enabled: boolean;
    disabled_because: 'by_staff' | 'gone' | 'failing' | null;
    disabled_at: number | null;
    /** First failure since it last answered well. */
    failing_since: number | null;
    /** It hung at its last try. */
    slow: Generated<boolean>;
    created_at: number;
    updated_at: number;
  };
  webhook_secret: {
    id: string;
    endpoint_id: string;
    sealed: Uint8Array;
    created_at: number;
    /** Null: the current one. */
    expires_at: number | null;
  };
  webhook_delivery: {
    id: string;
    event_id: string;
    endpoint_id: string;
    type: string;
    state: 'waiting' | 'delivered' | 'failed';
    /** The one job that may try it. */
    job_id: string | null;
    /** Tries since it was queued or replayed last. */
    round: number;
    /** All tries. */
    tries: number;
    next_at: number | null;
    last_at: number | null;
    last_status: number | null;
    last_error: string | null;
    created_at: number;
  };
  webhook_try: {
    delivery_id: string;
    number: number;
    at: number;
    ms: number;
    status: number | null;
    error: string | null;
    /** Sealed. */
    answer: Uint8Array | null;
  };
  /** How tries went, by the hour: health is read from here, not from the tries. */
  webhook_hour: { endpoint_id: string; hour: number; delivered: number; failed: number; ms: number };
}
