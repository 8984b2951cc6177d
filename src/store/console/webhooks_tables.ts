import type { ColumnType } from 'kysely';

export interface WebhookTables {
  /** What happened, in the order of nobody: told to endpoints once `fanned_at` is set. */
  webhook_event: {
    id: string;
    type: string;
    mode: 'test' | 'live';
    workflow_id: string | null;
    client_id: string | null;
    journey_id: string | null;
    data: ColumnType<unknown, string, string>;
    at: number;
    fanned_at: number | null;
  };
}
