/** Whom a known device stands for in this journey, and what happens to one whose cookie is in two hands. */
import type { KnownDevice } from '../../devices/store.ts';
import { chooseTrust, deathOf, type ChosenTrust, type TrustRefusal } from '../../devices/trust.ts';
import type { TrustedDeviceDeps } from './deps.ts';
import type { Known, View } from './state.ts';

export function trustFor(deps: Pick<TrustedDeviceDeps, 'credentialHash'>, known: KnownDevice, { journey, workflow, now }: View): ChosenTrust {
  const { credential } = journey.opening;
  return chooseTrust(known, {
    workflowId: workflow.id,
    trustFrom: workflow.definition.options.devices.trustFrom,
    credentialHash: credential && deps.credentialHash(journey.mode, credential.open()),
    now,
  });
}

/** Why the trust that somebody was recognised by is no more; undefined while it lives. Asked again after every wait. */
export async function endedSince(deps: { readonly devices: Pick<TrustedDeviceDeps['devices'], 'ofAccount'> }, { accountId, trustId }: Known, now: number): Promise<TrustRefusal | undefined> {
  const found = (await deps.devices.ofAccount(accountId)).find(({ trust }) => trust.id === trustId);
  return found ? deathOf(found.trust, now) : 'no_trust';
}

/** The accounts that a device is trusted for at this moment, at whichever workflow. */
export function exposedBy({ trusts }: KnownDevice, now: number): readonly string[] {
  return [...new Set(trusts.filter((trust) => deathOf(trust, now) === undefined).map(({ accountId }) => accountId))];
}

/**
 * A cookie that was replaced, and whose successor was used, came again: one of the two is a copy, and nobody can say
 * which. The device loses all trust, and an operator is told. Of a device that has none left there is nothing new to tell,
 * so a copy that keeps coming opens no further record; only a crash between the two writes can repeat one.
 */
export async function reportReplay(deps: Pick<TrustedDeviceDeps, 'devices' | 'incidents'>, deviceId: string, exposed: readonly string[], { journey, now }: View): Promise<void> {
  for (const accountId of exposed) {
    await deps.incidents.open({ mode: journey.mode, kind: 'cookie_replayed', accountId, deviceId, journeyId: journey.id, details: { trustedFor: exposed.length }, at: now });
    await deps.devices.revoke({ accountId, deviceId, reason: 'replayed', now });
  }
}
