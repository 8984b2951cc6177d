/** The tables as Kysely sees them. `jsonb` columns are written as JSON text and read back parsed. */
import type { ColumnType } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type Bytes = Uint8Array;

export interface Database {
  data_key: {
    id: string;
    purpose: string;
    master_key_id: string;
    wrapped: Bytes;
    created_at: number;
    retired_at: number | null;
  };
  development_key: { id: string; secret: Bytes };
  signing_key: {
    kid: string;
    alg: string;
    state: 'next' | 'current' | 'previous';
    sealed: Bytes;
    created_at: number;
    promoted_at: number | null;
    remove_at: number | null;
  };
  workflow: { id: string; deployed_version: number | null; created_at: number };
  workflow_version: {
    workflow_id: string;
    version: number;
    definition: Json<unknown>;
    definition_hash: string;
    created_at: number;
  };
  workflow_key: {
    client_id: string;
    workflow_id: string;
    mode: 'test' | 'live';
    secret_hash: string;
    metadata: Json<unknown>;
    created_at: number;
    revoked_at: number | null;
  };
  account: {
    id: string;
    identity_hash: string | null;
    sealed: Bytes | null;
    created_at: number;
    erased_at: number | null;
  };
  credential: { workflow_id: string; credential_hash: string; account_id: string; created_at: number };
  journey: {
    id: string;
    interaction_uid: string;
    workflow_id: string;
    workflow_version: number;
    mode: 'test' | 'live';
    client_id: string;
    version: number;
    created_at: number;
    expires_at: number;
    delete_at: number;
    extensions: number;
    results: Json<unknown>;
    decision: Json<unknown> | null;
    decided_at: number | null;
    account_id: string | null;
    credential_hash: string | null;
    sealed: Bytes;
    lease_until: number | null;
  };
  evidence: {
    journey_id: string;
    seq: number;
    kind: string;
    version: number;
    node: string;
    simulated: boolean;
    sealed: Bytes;
    at: number;
  };
  journey_event: {
    journey_id: string;
    seq: number;
    at: number;
    node: string | null;
    layer: string;
    name: string;
    outcome: string;
    reason: string | null;
    details: Json<unknown> | null;
  };
  consent: {
    journey_id: string;
    seq: number;
    node: string;
    purpose: string;
    text_hash: string;
    locale: string;
    method: string;
    sealed: Bytes;
    at: number;
  };
  consent_text: { text_hash: string; body: string; first_seen_at: number };
  link: { token_hash: string; journey_id: string; node: string; expires_at: number };
  message: {
    id: string;
    journey_id: string;
    attempt: number;
    status: string;
    rank: number;
    provider: string | null;
    provider_message_id: string | null;
    code: string | null;
    created_at: number;
    updated_at: number;
  };
  outbox_message: { id: string; sealed: Bytes; sent_at: number };
  oidc_record: {
    model: string;
    id_hash: string;
    sealed: Bytes;
    grant_id: string | null;
    uid_hash: string | null;
    account_id: string | null;
    client_id: string | null;
    links: Json<unknown> | null;
    expires_at: number | null;
    consumed_at: number | null;
  };
  grant_outcome: {
    grant_id: string;
    journey_id: string;
    account_id: string;
    client_id: string;
    verdict: 'approve' | 'deny' | 'review';
    policy: string;
    credential_hash: string | null;
    reuse_until: number;
    decided_at: number;
    summary: Json<unknown>;
    sealed: Bytes | null;
    created_at: number;
  };
  image: {
    id: string;
    journey_id: string;
    purpose: string;
    place: 'database' | 'object';
    sealed: Bytes | null;
    bytes: number;
    created_at: number;
    delete_at: number;
  };
  image_reveal: { id: string; image_id: string; journey_id: string; actor: string; reason: string; at: number };
  document_seen: { document_hash: string; person_hash: string; journey_id: string; at: number; delete_at: number };
  face_seen: { id: string; scope: string; person_hash: string; journey_id: string; sealed: Bytes; at: number; delete_at: number };
  sandbox_session: { id: string; sealed: Bytes; at: number };
  velocity_event: { dimension: string; key_hash: Bytes; at: number; journey_id: string };
}

