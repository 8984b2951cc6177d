/** What coming back leaves as evidence, in the shapes of `journey/device_evidence.ts`. Pure. */
import { deviceProofEvidence, knownPersonEvidence, passkeyProofEvidence } from '../../journey/device_evidence.ts';
import type { Evidence } from '../../journey/journey.ts';
import { Personal } from '../../personal.ts';
import { asDeviceKeyEvidence } from '../device_key.ts';
import type { PasskeyJudged } from './passkey_port.ts';
import type { View, Weighed } from './state.ts';

/** The session's own evidence, as the gatherer made it. */
export function sessionOf({ session }: Weighed): Evidence {
  return { kind: 'session', version: session.version, simulated: session.simulated, data: Personal.of(session.data) };
}

/** @param passkeyId where a passkey, and not this device, says who it is */
function knownPerson({ known }: Weighed, { journey, now }: View, passkeyId?: string): Evidence {
  const { accountId, trustId, journeyId, acr, profile, linkPhone } = known;
  return {
    kind: 'known_person',
    version: 1,
    // It rests on what was established then, and under test keys that was a sandbox's word.
    simulated: journey.mode === 'test',
    data: Personal.of(knownPersonEvidence.parse({
      accountId, by: passkeyId === undefined ? 'device' : 'passkey', trustId: passkeyId ?? trustId, journeyId, acr, profile,
      ...(linkPhone === undefined ? {} : { linkPhone }), at: now,
    })),
  };
}

function deviceProof({ known, hardware, band }: Weighed, now: number): Evidence {
  const key = hardware === 'proven' ? 'hardware' : 'software';
  return { kind: 'device_proof', version: 1, simulated: false, data: Personal.of(deviceProofEvidence.parse({ deviceId: known.deviceId, accountId: known.accountId, key, band, at: now })) };
}

/** Trusted: the device speaks for its person. */
export function trustedEvidence(weighed: Weighed, view: View): readonly Evidence[] {
  return [sessionOf(weighed), knownPerson(weighed, view), deviceProof(weighed, view.now)];
}

/** Elevated: whom the link goes to, and the key that is bound once it was answered. */
export function elevatedEvidence(weighed: Weighed, view: View): readonly Evidence[] {
  return [sessionOf(weighed), knownPerson(weighed, view), ...(weighed.shown ? [asDeviceKeyEvidence(weighed.shown)] : [])];
}

/** @param device whether the device proved itself too; a passkey stands for its person all the same */
export function passkeyEvidence(weighed: Weighed, view: View, judged: Extract<PasskeyJudged, { kind: 'good' }>, device: boolean): readonly Evidence[] {
  const { passkeyId, deviceType, userVerified } = judged;
  return [
    sessionOf(weighed),
    ...(device ? [knownPerson(weighed, view), deviceProof(weighed, view.now)] : [knownPerson(weighed, view, passkeyId)]),
    { kind: 'passkey_proof', version: 1, simulated: false, data: Personal.of(passkeyProofEvidence.parse({ passkeyId, accountId: weighed.known.accountId, deviceType, userVerified, at: view.now })) },
  ];
}
