/** Beside `workflow_key` itself, which the OIDC server reads. */
export interface KeyTables {
  /** About to the minute: written behind what it tells of. */
  workflow_key_use: {
    client_id: string;
    last_used_at: number | null;
    /** When the secret before the last rotation was last used. */
    previous_used_at: number | null;
  };
}
