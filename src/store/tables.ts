/** The tables as Kysely sees them. `jsonb` columns are written as JSON text and read back parsed. */
import type { ColumnType, Generated } from 'kysely';
import type { AccountTables } from './console/accounts_tables.ts';
import type { AuditTables } from './console/audit_tables.ts';
import type { AutomationTables } from './console/automations_tables.ts';
import type { CaseTables } from './console/cases_tables.ts';
import type { HealthTables } from './console/health_tables.ts';
import type { JourneySearchTables } from './console/journeys_tables.ts';
import type { KeyTables } from './console/keys_tables.ts';
import type { ListTables } from './console/lists_tables.ts';
import type { RollupTables } from './console/rollup_tables.ts';
import type { StaffTables } from './console/staff_tables.ts';
import type { TokenTables } from './console/tokens_tables.ts';
import type { WebhookTables } from './console/webhooks_tables.ts';
import type { WorkflowDraftTables } from './console/workflows_tables.ts';

type Json<T> = ColumnType<T, string, string>;
type Bytes = Uint8Array;

export interface Database
  extends AccountTables, AuditTables, AutomationTables, CaseTables, HealthTables, JourneySearchTables, KeyTables, ListTables, RollupTables, StaffTables, TokenTables, WebhookTables, WorkflowDraftTables {
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
  workflow: {
    id: string;
    deployed_version: number | null;
    created_at: number;
    /** Id and name of who deployed it; null of what was deployed before this was kept. */
    deployed_by: ColumnType<string | null, string | null | undefined>;
    deployed_name: ColumnType<string | null, string | null | undefined>;
    deployed_at: ColumnType<number | null, number | null | undefined>;
  };
  workflow_version: {
    workflow_id: string;
    version: number;
    definition: Json<unknown>;
    definition_hash: string;
    created_at: number;
    created_by: ColumnType<string | null, string | null | undefined>;
    created_name: ColumnType<string | null, string | null | undefined>;
    note: ColumnType<string | null, string | null | undefined>;
  };
  workflow_key: {
    client_id: string;
    workflow_id: string;
    mode: 'test' | 'live';
    secret_hash: string;
    metadata: Json<unknown>;
    created_at: number;
    revoked_at: number | null;
    /** Grows with every change: two who change it at once are told. */
    revision: Generated<number>;
    /** Null where it is still the first. */
    secret_changed_at: number | null;
    /** The secret before the last rotation, good until then. */
    previous_secret_hash: string | null;
    previous_secret_until: number | null;
  };
  account: {
    id: string;
    identity_hash: string | null;
    sealed: Bytes | null;
    created_at: number;
    erased_at: number | null;
    /** Null only of accounts older than the column of which no journey is left. */
    mode: 'test' | 'live' | null;
    /** The account that this one became part of: only a shell is left here. */
    merged_into: string | null;
    merged_at: number | null;
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
    device_id: string | null;
    /** When its personal parts were erased; the decision and its reasons stay. */
    erased_at: number | null;
    /** What lists are narrowed by: of the decision, its first reason, and the step that ended last. */
    verdict: string | null;
    reason: string | null;
    last_step: string | null;
    /** What people decided about it (`journey/review.ts`); null where nobody was asked. */
    reviews: ColumnType<unknown, string | undefined, string>;
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
    device_id: string | null;
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
  velocity_event: { dimension: string; key_hash: Bytes; at: number; journey_id: string; peer_hash: Bytes | null };
  device: {
    id: string;
    mode: 'test' | 'live';
    kind: 'desktop' | 'phone';
    thumbprint: string;
    jwk: Json<unknown>;
    token_hash: string | null;
    /** When the token was first presented, epoch milliseconds; null for one that nobody came back with yet. */
    token_used_at: number | null;
    /** The one that the browser gave up for the present one, as long as it may have to come with it again. */
    previous_hash: string | null;
    /** Until when the last exchange may still be on its way to tabs of the browser. */
    previous_until: number | null;
    fingerprint: Json<unknown> | null;
    collector_version: number | null;
    hardware: Json<unknown> | null;
    label: string | null;
    last_country: string | null;
    created_at: number;
    last_seen_at: number;
  };
  /** Cookies of a device that were given away before the last two, for as long as it is kept: whoever comes with one has a copy. */
  device_token: {
    hash: string;
    device_id: string;
    /** Tabs that hold it are let in until then, epoch milliseconds. */
    good_until: number;
  };
  device_trust: {
    id: string;
    device_id: string;
    account_id: string;
    workflow_id: string;
    credential_hash: string | null;
    journey_id: string;
    acr: string;
    reason: string;
    granted_at: number;
    expires_at: number;
    last_used_at: number;
    sim_checked_at: number | null;
    revoked_at: number | null;
    revoked_reason: string | null;
  };
  journey_device: { journey_id: string; channel: 'browser' | 'phone'; device_id: string; issued_at: number | null };
  passkey: {
    id: string;
    account_id: string;
    workflow_id: string;
    mode: 'test' | 'live';
    credential_hash: string | null;
    user_handle: string;
    public_key: Bytes;
    counter: number;
    transports: Json<unknown>;
    device_type: string;
    backed_up: boolean;
    label: string | null;
    journey_id: string;
    acr: string;
    created_at: number;
    last_used_at: number | null;
    revoked_at: number | null;
    revoked_reason: string | null;
  };
  ticket: { hash: string; purpose: string; sealed: Bytes; created_at: number; expires_at: number; used_at: number | null };
  incident: {
    id: string;
    mode: 'test' | 'live';
    kind: string;
    account_id: string | null;
    device_id: string | null;
    journey_id: string | null;
    details: Json<unknown>;
    status: 'open' | 'closed';
    at: number;
  };
  risk_decision: {
    journey_id: string;
    seq: number;
    workflow_id: string;
    mode: 'test' | 'live';
    node: string;
    policy_version: number;
    outcome: string;
    score: number;
    record: Json<unknown>;
    shadow_version: number | null;
    shadow_outcome: string | null;
    shadow: Json<unknown> | null;
    at: number;
  };
  risk_policy: {
    workflow_id: string;
    version: number;
    status: 'draft' | 'shadow' | 'active' | 'retired';
    definition: Json<unknown>;
    note: string | null;
    created_at: number;
    changed_at: number;
  };
  risk_feed: {
    id: string;
    kind: string;
    etag: string | null;
    last_modified: string | null;
    attempted_at: number | null;
    fetched_at: number | null;
    sha256: string | null;
    entries: number | null;
    fault: string | null;
    body: Bytes | null;
  };
  /** One row for each decision that was used again: `returns` of them, of which `refused` were sent to the pages. */
  silent_return: {
    journey_id: string;
    device_id: string;
    began_at: number;
    last_at: number;
    returns: number;
    /** Since when `in_window` counts. */
    window_at: number;
    in_window: number;
    policy_version: number;
    country: string | null;
    refused: number;
    refusal: string | null;
    refused_at: number | null;
  };
  sighting: {
    subject_hash: string;
    at: number;
    country: string | null;
    latitude: number | null;
    longitude: number | null;
    radius_km: number | null;
    network: string | null;
  };
}

