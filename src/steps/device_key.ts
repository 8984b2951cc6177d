/**
 * The key that a browser shows on a page with a device-key field: a signed challenge in, evidence out. It is bound to the
 * account if the journey is approved. Nobody is asked anything for it: a browser that shows none is verified all the same,
 * and is not known the next time.
 */
import { COLLECTOR_VERSION, componentsOf, hashedMap } from '../devices/fingerprint.ts';
import { verifyProof } from '../devices/proof.ts';
import { componentMap, deviceKeyEvidence as shape, type ComponentMap, type DeviceChannel, type DeviceKeyEvidence, type PublicJwk } from '../journey/device_evidence.ts';
import type { Evidence, Mode } from '../journey/journey.ts';
import { Personal } from '../personal.ts';
import { browserName } from './browser_facts.ts';
import { deviceClass } from './device_class.ts';
import { readCollector } from './session_risk/collector.ts';
import type { StepView, Submission } from './step.ts';

/** The form field that holds the proof. */
export const DEVICE_KEY_FIELD = 'device_key';

export interface DeviceKeyDeps {
  /** A keyed hash, base64url: the same for the same text, and not to be guessed. */
  readonly challenge: (text: string) => string;
  /** Public origin that the proof must name as its audience. */
  readonly origin: string;
  /** Country an address is registered in. */
  readonly roughPlace: (address: string) => { readonly country?: string } | undefined;
  /** Keyed hash of one attribute of a look, as devices are stored with: the attributes themselves are kept nowhere. */
  readonly fingerprintHash: (mode: Mode) => (attribute: string, value: string) => string;
}

/** What a page with a device-key field shows beside its own. */
export interface DeviceKeyModel {
  readonly deviceChallenge: string;
  /** The server's time, epoch milliseconds: a browser's clock may be wrong. */
  readonly now: number;
}

/**
 * What a key signs to become known in this journey. Derived, not kept, so that a page can stand for minutes: it is good
 * for this journey, node and channel alone, and all that answering it twice shows is the same key.
 */
export function challengeFor(deps: Pick<DeviceKeyDeps, 'challenge'>, journeyId: string, node: string, channel: DeviceChannel): string {
  return deps.challenge(JSON.stringify(['device_key', journeyId, node, channel]));
}

/** The fields of a page's model that its device-key field is made of. Pure but for the keyed hash. */
export function deviceKeyModel(deps: Pick<DeviceKeyDeps, 'challenge'>, view: Pick<StepView<unknown>, 'journey' | 'node' | 'now'>, channel: DeviceChannel): DeviceKeyModel {
  return { deviceChallenge: challengeFor(deps, view.journey.id, view.node, channel), now: view.now };
}

/** A key that signed, and the browser it came from, as they are kept; undefined for what is no person's browser. */
export function shownKey(
  deps: Pick<DeviceKeyDeps, 'roughPlace' | 'fingerprintHash'>,
  { visitor, values }: Pick<Submission, 'visitor' | 'values'>,
  shown: { readonly jwk: PublicJwk; readonly thumbprint: string },
  at: { readonly channel: DeviceChannel; readonly mode: Mode; readonly now: number },
): DeviceKeyEvidence | undefined {
  const collector = readCollector(values.open()['collector']);
  const data = collector.kind === 'read' ? collector.data : undefined;
  const device = deviceClass(visitor.userAgent, visitor.headers, data);
  if (device === 'robot') return undefined;
  // What does not fit is a browser's invention: such a browser is known by its key alone.
  const components: ComponentMap | undefined = data && componentMap.safeParse(componentsOf(data)).data;
  const label = browserName(visitor.userAgent);
  const country = deps.roughPlace(visitor.address.open())?.country;
  return shape.parse({
    channel: at.channel,
    // Which of the two a device is that cannot be told, its part in the journey says.
    kind: device === 'mobile' || (device === 'uncertain' && at.channel === 'phone') ? 'phone' : 'desktop',
    thumbprint: shown.thumbprint,
    jwk: shown.jwk,
    ...(components === undefined ? {} : { look: hashedMap(components, deps.fingerprintHash(at.mode)) }),
    collectorVersion: COLLECTOR_VERSION,
    ...(label === undefined ? {} : { label: label.slice(0, 100) }),
    ...(country === undefined ? {} : { country }),
    at: at.now,
  });
}

/** Evidence `device_key` in its present version. */
export function asDeviceKeyEvidence(data: DeviceKeyEvidence): Evidence {
  // The browser's own word, under test keys too: no sandbox stands behind it.
  return { kind: 'device_key', version: 1, simulated: false, data: Personal.of(data) };
}

/**
 * The key shown with a form; undefined where there is none or its proof is bad, which is never the person's fault to be
 * told about.
 */
export async function readDeviceKey(
  deps: DeviceKeyDeps,
  submission: Pick<Submission, 'visitor' | 'values'>,
  view: Pick<StepView<unknown>, 'journey' | 'node' | 'now'>,
  { channel }: { readonly channel: DeviceChannel },
): Promise<DeviceKeyEvidence | undefined> {
  const jws = submission.values.open()[DEVICE_KEY_FIELD];
  if (jws === undefined || jws === '') return undefined;
  const proof = await verifyProof(jws, {
    challenge: challengeFor(deps, view.journey.id, view.node, channel), origin: deps.origin, now: view.now, form: 'own',
  });
  return proof.kind === 'good' ? shownKey(deps, submission, proof, { channel, mode: view.journey.mode, now: view.now }) : undefined;
}

/** {@link readDeviceKey} as the evidence that a step ends with. */
export async function deviceKeyEvidence(
  deps: DeviceKeyDeps,
  submission: Pick<Submission, 'visitor' | 'values'>,
  view: Pick<StepView<unknown>, 'journey' | 'node' | 'now'>,
  at: { readonly channel: DeviceChannel },
): Promise<Evidence | undefined> {
  const data = await readDeviceKey(deps, submission, view, at);
  return data && asDeviceKeyEvidence(data);
}
