import type { ColumnType } from 'kysely';

type Json<T> = ColumnType<T, string, string>;

export interface WorkflowDraftTables {
  /** What somebody is working on, one per workflow; `revision` counts up with every change and guards each write. */
  workflow_draft: {
    workflow_id: string;
    definition: Json<unknown>;
    /** The deployed version it was begun from; null where none was deployed. */
    base_version: number | null;
    revision: number;
    created_at: number;
    changed_at: number;
    changed_by: string;
    changed_name: string;
  };
}
