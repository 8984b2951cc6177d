/** Whom an approval belongs to, and what becomes of the devices that took part. Pure. */
import { GatehouseError } from '../errors.ts';
import { identityKey, returnedAccount } from '../journey/binding.ts';
import { deviceKeysOf, deviceProofOf, knownPersonOf, passkeyProofOf } from '../journey/device_evidence.ts';
import { newestOf } from '../journey/document_evidence.ts';
import type { Evidence, StepResult } from '../journey/journey.ts';
import { levelOf } from '../journey/levels.ts';
import { ofOnePerson } from '../journey/one_person.ts';
import { releasedProfile } from '../journey/released.ts';
import { STEP_FACTS } from '../journey/steps.ts';
import type { AccountBinding, DeviceBinding, LoadedJourney, ReturnedBy } from '../journey/store.ts';
import type { Workflow } from '../journey/workflow.ts';

const DAY_MS = 86_400_000;

/**
 * The account an approval belongs to: of the person who was verified, or else of the one who came back.
 *
 * @throws GatehouseError `approved_nobody` where neither is: a workflow that must not be, and it fails closed
 */
export function bindingOf({ journey, evidence }: Pick<LoadedJourney, 'journey' | 'evidence'>, workflow: Workflow, now: number): AccountBinding {
  const identity = identityKey(evidence);
  const accountId = identity ? undefined : returnedAccount(evidence);
  const profile = releasedProfile(evidence);
  const acr = levelOf(evidence);
  const returned = accountId === undefined ? undefined : returnedBy(ofOnePerson(evidence));
  const whom = identity ?? (accountId === undefined || !returned ? undefined : { accountId, by: returned });
  if (!profile || !whom || acr === undefined) {
    throw new GatehouseError('approved_nobody', 500, 'an approval was reached without an established identity');
  }
  const { trust, desktopDays, phoneDays, most } = workflow.definition.options.devices;
  const devices: DeviceBinding = {
    keys: deviceKeysOf(evidence),
    returned,
    acr,
    reason: newestOf(ofOnePerson(evidence), 'review') ? 'review' : establishedBy(journey.results),
    expiresAt: { desktop: now + desktopDays * DAY_MS, phone: now + phoneDays * DAY_MS },
    most,
  };
  return { identity: whom, devices: trust ? devices : undefined, profile, credential: journey.opening.credential };
}

function returnedBy(evidence: readonly Evidence[]): ReturnedBy | undefined {
  const known = knownPersonOf(evidence);
  if (!known) return undefined;
  const byDevice = known.by === 'device';
  return {
    trustId: byDevice ? known.trustId : undefined,
    deviceId: byDevice ? deviceProofOf(evidence)?.deviceId : undefined,
    passkeyId: passkeyProofOf(evidence)?.passkeyId ?? (byDevice ? undefined : known.trustId),
    journeyId: known.journeyId,
  };
}

/** The last step that said yes, by its name. */
function establishedBy(results: readonly StepResult[]): string {
  return results.findLast(({ step, outcome }) => STEP_FACTS[step].approves.includes(outcome))?.step ?? 'none';
}
