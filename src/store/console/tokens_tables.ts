import type { ColumnType } from 'kysely';

type Json = ColumnType<unknown, string, string>;

export interface TokenTables {
  api_token: {
    id: string;
    /** SHA-256 of the token, hex. */
    hash: string;
    name: string;
    /** Its last four characters, to tell tokens apart. */
    hint: string;
    scopes: Json;
    /** Nets (CIDR) it may be used from; empty: from anywhere. */
    nets: Json;
    created_by: string;
    /** Id of whoever made it. */
    created_by_id: string;
    created_at: number;
    expires_at: number | null;
    last_used_at: number | null;
    revoked_at: number | null;
  };
  /** Answers to requests with an idempotency key. `status` is null while the first is under way. */
  api_repeat: {
    token_id: string;
    key_hash: string;
    request_hash: string;
    status: number | null;
    sealed: Uint8Array | null;
    at: number;
  };
}
