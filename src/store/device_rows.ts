/** Devices and their trust as they are read from their tables. */
import type { Selectable } from 'kysely';
import type { Device, DeviceTrust, HardwareKey, HashedMap } from '../devices/store.ts';
import type { PublicJwk } from '../journey/device_evidence.ts';
import type { Database } from './tables.ts';

/** Columns of a trust joined to its device, under names of their own. */
export const TRUST_COLUMNS = [
  'device_trust.id as t_id',
  'device_trust.device_id as t_device_id',
  'device_trust.account_id as t_account_id',
  'device_trust.workflow_id as t_workflow_id',
  'device_trust.credential_hash as t_credential_hash',
  'device_trust.journey_id as t_journey_id',
  'device_trust.acr as t_acr',
  'device_trust.reason as t_reason',
  'device_trust.granted_at as t_granted_at',
  'device_trust.expires_at as t_expires_at',
  'device_trust.last_used_at as t_last_used_at',
  'device_trust.sim_checked_at as t_sim_checked_at',
  'device_trust.revoked_at as t_revoked_at',
  'device_trust.revoked_reason as t_revoked_reason',
  'account.erased_at as a_erased_at',
] as const;

type TrustRow = Selectable<Database['device_trust']>;
/** Of a joined row: all null where the device has no trust at all. */
export type JoinedTrust = { readonly [Name in keyof TrustRow as `t_${Name}`]: TrustRow[Name] | null } & { readonly a_erased_at: number | null };

export function deviceOf(row: Selectable<Database['device']>): Device {
  return {
    id: row.id,
    mode: row.mode,
    kind: row.kind,
    thumbprint: row.thumbprint,
    jwk: row.jwk as PublicJwk,
    fingerprint: (row.fingerprint ?? undefined) as HashedMap | undefined,
    collectorVersion: row.collector_version ?? undefined,
    hardware: (row.hardware ?? undefined) as HardwareKey | undefined,
    label: row.label ?? undefined,
    lastCountry: row.last_country ?? undefined,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  };
}

/** Undefined where the device that was joined has none. */
export function trustOf(row: JoinedTrust): DeviceTrust | undefined {
  if (row.t_id === null) return undefined;
  // Of a trust that is there, only these may be absent.
  const there = row as { readonly [Name in keyof JoinedTrust]: NonNullable<JoinedTrust[Name]> };
  return {
    id: there.t_id,
    deviceId: there.t_device_id,
    accountId: there.t_account_id,
    workflowId: there.t_workflow_id,
    credentialHash: row.t_credential_hash ?? undefined,
    journeyId: there.t_journey_id,
    acr: there.t_acr,
    reason: there.t_reason,
    grantedAt: there.t_granted_at,
    expiresAt: there.t_expires_at,
    lastUsedAt: there.t_last_used_at,
    simCheckedAt: row.t_sim_checked_at ?? undefined,
    revokedAt: row.t_revoked_at ?? undefined,
    revokedReason: row.t_revoked_reason ?? undefined,
    accountErased: row.a_erased_at !== null,
  };
}
