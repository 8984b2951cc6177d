export interface HealthTables {
  /** One row for each vendor, capability, mode and hour, added to by every process. */
  vendor_health: {
    /** Its beginning, epoch milliseconds. */
    hour: number;
    capability: string;
    mode: 'test' | 'live';
    vendor: string;
    ok: number;
    could_not_tell: number;
    timed_out: number;
    broke: number;
    /** Answers by how long they took: see `LATENCY_BOUNDS_MS`, and one more for what took longer. */
    buckets: number[];
    last_at: number;
    last_outcome: 'ok' | 'could_not_tell' | 'timed_out' | 'broke';
    last_code: string | null;
    last_ms: number;
  };
  vendor_health_code: {
    hour: number;
    capability: string;
    mode: 'test' | 'live';
    vendor: string;
    outcome: 'ok' | 'could_not_tell' | 'timed_out' | 'broke';
    code: string;
    count: number;
  };
  feed_refresh: { feed: string; asked_at: number };
}
