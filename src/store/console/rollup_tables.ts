export interface RollupTables {
  rollup: {
    /** The hour's beginning, epoch milliseconds. */
    hour: number;
    workflow_id: string;
    mode: 'test' | 'live';
    metric: string;
    key: string;
    count: number;
    /** Sum of what was measured, milliseconds; 0 where nothing is. */
    total: number;
  };
  rollup_state: { id: string; until: number; refreshed_at: number };
}
