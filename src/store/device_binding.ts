/** What an approval does to devices, in its own transaction. */
import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { bindingRule } from '../devices/binding_rule.ts';
import type { JourneyEvent } from '../events/events.ts';
import type { DeviceKeyEvidence } from '../journey/device_evidence.ts';
import type { Journey, Mode } from '../journey/journey.ts';
import type { DeviceBinding, ReturnedBy } from '../journey/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { Database } from './tables.ts';

/** Whose devices are bound, and by what. */
export interface BindDevices {
  readonly journey: Pick<Journey, 'id' | 'mode' | 'workflowId'>;
  /** Its row is locked already, so that a person's trust is changed by one approval at a time. */
  readonly accountId: string;
  readonly credentialHash: string | null;
  readonly binding: DeviceBinding;
  readonly now: number;
}

/** How a fingerprint's values are hashed: by themselves, under a key, and never the same for both modes. */
export function fingerprintHash(vault: Pick<Vault, 'keyedHash'>, mode: Mode): (attribute: string, value: string) => string {
  return (attribute, value) => vault.keyedHash(`fingerprint:${mode}`, `${attribute}\0${value}`);
}

/**
 * Bind the keys that were shown, note the use of the device by which the person came back, name the journey's devices,
 * and keep the person within their number of devices. {@link bindingRule} says what trust begins or begins anew.
 */
export async function bindDevices(tx: Transaction<Database>, facts: BindDevices): Promise<readonly JourneyEvent[]> {
  const { journey, accountId, binding, now } = facts;
  const { returned } = binding;
  const { trustKeys, renew } = bindingRule({ acr: binding.acr, returned: returned !== undefined });
  const devices = new Map<'browser' | 'phone', string>();
  const came = returned && (await noteReturn(tx, returned, now));
  if (came !== undefined) devices.set('browser', came);
  // Always in the same order: two approvals with the same keys must not wait for each other.
  const keys = trustKeys ? binding.keys.toSorted((a, b) => (a.thumbprint < b.thumbprint ? -1 : 1)) : [];
  for (const key of keys) {
    const deviceId = await upsertDevice(tx, journey.mode, key, now);
    await upsertTrust(tx, facts, { deviceId, renew, expiresAt: binding.expiresAt[key.kind] });
    devices.set(key.channel, deviceId);
  }
  const rows = [...devices].map(([channel, device_id]) => ({ journey_id: journey.id, channel, device_id, issued_at: null }));
  // Some may be there already: of a journey that waited for a person its browsers were registered when it began to wait.
  if (rows.length > 0) {
    await tx.insertInto('journey_device').values(rows)
      .onConflict((conflict) => conflict.columns(['journey_id', 'channel']).doUpdateSet((eb) => ({ device_id: eb.ref('excluded.device_id') }))).execute();
  }
  const browser = devices.get('browser');
  if (browser !== undefined) await tx.updateTable('journey').set({ device_id: browser }).where('id', '=', journey.id).execute();
  const dropped = keys.length > 0 ? await dropBeyond(tx, accountId, binding.most, browser, now) : 0;
  return [
    ...keys.map(({ channel, kind }): JourneyEvent => ({ layer: 'block', name: 'deviceBinding', outcome: 'success', reason: renew ? 'bound' : 'added', details: { channel, kind } })),
    ...(dropped > 0 ? [{ layer: 'block', name: 'deviceBinding', outcome: 'success', reason: 'tooMany', details: { revoked: dropped } } as const] : []),
    ...labelOf(trustKeys, keys.length, came !== undefined),
  ];
}

/**
 * Register the browsers that showed keys in a journey that waits for a person, trusted by nobody: they leave before it is
 * decided, and could not be given their cookies later. A device that is known already has its cookie, and is not touched:
 * a journey that nobody approved must not exchange it.
 */
export async function registerDevices(
  tx: Transaction<Database>, { journey, keys, now }: { readonly journey: Pick<Journey, 'id' | 'mode'>; readonly keys: readonly DeviceKeyEvidence[]; readonly now: number },
): Promise<void> {
  for (const key of keys.toSorted((a, b) => (a.thumbprint < b.thumbprint ? -1 : 1))) {
    const made = await tx.insertInto('device').values(newDevice(journey.mode, key, now)).onConflict((conflict) => conflict.columns(['mode', 'thumbprint']).doNothing()).returning('id').executeTakeFirst();
    if (!made) continue;
    await tx.insertInto('journey_device').values({ journey_id: journey.id, channel: key.channel, device_id: made.id, issued_at: null })
      .onConflict((conflict) => conflict.doNothing()).execute();
  }
}

/** Nothing to say where somebody came back by a passkey alone: no device was expected. */
function labelOf(trustKeys: boolean, bound: number, came: boolean): readonly JourneyEvent[] {
  if (bound > 0) return [{ layer: 'label', name: 'device_binding', outcome: 'success', reason: 'bound', details: { devices: bound } }];
  if (came) return [{ layer: 'label', name: 'device_binding', outcome: 'success', reason: 'returned' }];
  return trustKeys ? [{ layer: 'label', name: 'device_binding', outcome: 'failure', reason: 'noKeyShown' }] : [];
}

/**
 * The device whose key answered, with its use noted; undefined where none did. Whoever shows a device's cookie without
 * its key is never given that device's name, nor its next cookie. That the trust lives was seen to with the account's lock.
 */
async function noteReturn(tx: Transaction<Database>, { trustId, deviceId }: ReturnedBy, now: number): Promise<string | undefined> {
  if (trustId === undefined || deviceId === undefined) return undefined;
  const device = await tx
    .updateTable('device')
    .set((eb) => ({ last_seen_at: eb.fn<number>('greatest', ['last_seen_at', eb.val(now)]) }))
    .where('id', '=', deviceId)
    .returning('id')
    .executeTakeFirst();
  await tx.updateTable('device_trust').set({ last_used_at: now }).where('id', '=', trustId).where('device_id', '=', deviceId).execute();
  return device?.id;
}

/** What is kept of a device's looks when its key was shown. */
function lookOf(key: DeviceKeyEvidence, now: number) {
  return {
    kind: key.kind,
    label: key.label ?? null,
    last_country: key.country ?? null,
    last_seen_at: now,
    // More than the device was proven just now. A key in hardware that the browser lost would otherwise be missed for ever;
    // one that is still there is invited again with the next cookie.
    hardware: null,
    // A browser that shows nothing this time keeps the look it had.
    ...(key.look === undefined ? {} : { fingerprint: JSON.stringify(key.look), collector_version: key.collectorVersion }),
  };
}

function newDevice(mode: Mode, key: DeviceKeyEvidence, now: number) {
  return {
    id: randomUUID(), mode, thumbprint: key.thumbprint, jwk: JSON.stringify(key.jwk), token_hash: null, token_used_at: null,
    previous_hash: null, previous_until: null, fingerprint: null, collector_version: null, created_at: now, ...lookOf(key, now),
  };
}

async function upsertDevice(tx: Transaction<Database>, mode: Mode, key: DeviceKeyEvidence, now: number): Promise<string> {
  const { id } = await tx
    .insertInto('device')
    .values(newDevice(mode, key, now))
    .onConflict((conflict) => conflict.columns(['mode', 'thumbprint']).doUpdateSet(lookOf(key, now)))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

async function upsertTrust(
  tx: Transaction<Database>,
  { journey, accountId, credentialHash, binding, now }: BindDevices,
  { deviceId, renew, expiresAt }: { readonly deviceId: string; readonly renew: boolean; readonly expiresAt: number },
): Promise<void> {
  const granted = {
    // Trust of somebody who was merely known rests on what theirs rested on: it must not outlive that by being handed on.
    journey_id: binding.returned?.journeyId ?? journey.id, acr: binding.acr, reason: binding.reason, granted_at: now, expires_at: expiresAt, last_used_at: now,
    // The carrier is asked at the next return: whatever it said before was said of another verification.
    sim_checked_at: null, revoked_at: null, revoked_reason: null,
  };
  await tx
    .insertInto('device_trust')
    .values({ id: randomUUID(), device_id: deviceId, account_id: accountId, workflow_id: journey.workflowId, credential_hash: credentialHash, ...granted })
    .onConflict((conflict) => {
      const same = conflict.columns(['device_id', 'account_id', 'workflow_id']);
      // A login that names nobody does not take away the name by which another login is found.
      return renew
        ? same.doUpdateSet((eb) => ({ ...granted, credential_hash: eb.fn.coalesce('excluded.credential_hash', 'device_trust.credential_hash') }))
        : same.doUpdateSet({ last_used_at: now }).where('device_trust.revoked_at', 'is', null).where('device_trust.expires_at', '>', now);
    })
    .execute();
}

/** End trust in the devices longest unused beyond so many; gives how many trusts ended. The browser's own goes last. */
async function dropBeyond(tx: Transaction<Database>, accountId: string, most: number, browser: string | undefined, now: number): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE device_trust SET revoked_at = ${now}, revoked_reason = 'too_many'
    WHERE account_id = ${accountId} AND revoked_at IS NULL AND device_id IN (
      SELECT device_id FROM device_trust
      WHERE account_id = ${accountId} AND revoked_at IS NULL AND expires_at > ${now}
      GROUP BY device_id
      ORDER BY max(last_used_at) DESC, device_id = ${browser ?? ''} DESC, device_id
      OFFSET ${most}
    )`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}
