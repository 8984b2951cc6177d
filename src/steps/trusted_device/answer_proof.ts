/**
 * The browser's answer to the question-free page: its key's proof, its cookie, its look and its session are put together,
 * and nothing is decided yet. Reads only; what changes the world is done by `settle.ts`.
 */
import { hardwareStanding } from '../../devices/dbsc.ts';
import { bandOf, compareMaps, componentsOf, hashedMap } from '../../devices/fingerprint.ts';
import { verifyProof } from '../../devices/proof.ts';
import type { HashedMap, KnownDevice } from '../../devices/store.ts';
import type { Mode } from '../../journey/journey.ts';
import { Personal } from '../../personal.ts';
import { DEVICE_KEY_FIELD, shownKey } from '../device_key.ts';
import { readCollector } from '../session_risk/collector.ts';
import type { Submission, SubmitResult } from '../step.ts';
import type { TrustedDeviceDeps } from './deps.ts';
import { exposedBy, trustFor } from './device_trust.ts';
import { weighedEvents } from './events.ts';
import { drawChallenge } from './look.ts';
import type { Known, Proving, State, View, Weighed } from './state.ts';

/** How old a challenge may be when it is answered, milliseconds. */
const OLDEST_CHALLENGE = 60_000;
/** Challenges that one browser may let grow old, before it counts as one that cannot answer. */
const MOST_ROUNDS = 3;

export async function answerProof(deps: TrustedDeviceDeps, submission: Submission, view: View, state: Proving): Promise<SubmitResult<State>> {
  const { known } = state;
  // Signed for a page that stood before this challenge, in another tab or before it grew old: it is not held against the
  // browser, which is shown the present one.
  if (submission.version !== 0 && submission.version < state.askedFrom) return { kind: 'change', change: {} };
  const values = submission.values.open();
  const sent = values[DEVICE_KEY_FIELD] ?? '';
  const old = view.now - state.madeAt > OLDEST_CHALLENGE;
  if (old && sent !== '' && state.rounds < MOST_ROUNDS) {
    const renewed: State = { ...state, challenge: drawChallenge(), madeAt: view.now, rounds: state.rounds + 1, askedFrom: view.journey.version + 1 };
    return { kind: 'change', change: { state: renewed } };
  }
  const came = submission.deviceHash === undefined ? undefined : await deps.devices.byToken(submission.deviceHash, view.journey.mode, view.now);
  const { proof, shown } = await proofOf(deps, submission, view, state, old);
  const map = mapOf(deps, values['collector'], view.journey.mode);
  const stored = came?.device.fingerprint;
  const gathered = await deps.gather({
    visitor: submission.visitor, values, workflow: view.workflow, mode: view.journey.mode, journeyId: view.journey.id, now: view.now,
    subject: Personal.of(known.accountId),
    ...(known.linkPhone === undefined ? {} : { phone: Personal.of(known.linkPhone) }),
    ...(shown ? { device: Personal.of(shown.thumbprint) } : {}),
    ...(proof === 'good' ? { proved: Personal.of(known.deviceId) } : {}),
  });
  const { record } = gathered.decision;
  const { evidence } = gathered;
  const weighed: Weighed = {
    known,
    ...cookieOf(deps, came, view, known),
    proof,
    hardware: came && deps.hardwareKeys === true ? hardwareStanding(came.device, submission.boundHash, view.now) : 'none',
    band: came ? bandOf(stored, map) : 'not_compared',
    session: { outcome: record.outcome, version: evidence.version, simulated: evidence.simulated, data: evidence.data.open() },
    ...(shown ? { shown } : {}),
  };
  return {
    kind: 'change',
    change: {
      state: { at: 'weighing', ...weighed },
      events: weighedEvents(weighed, stored && map ? compareMaps(stored, map) : undefined, record),
      counts: gathered.counts,
      risk: gathered.decision,
      // Only who proved to be the device says where its person is; a copied cookie must not send them on a journey.
      sightings: proof === 'good' ? gathered.sightings : [],
    },
  };
}

async function proofOf(deps: TrustedDeviceDeps, submission: Submission, view: View, { challenge, known }: Proving, old: boolean): Promise<Pick<Weighed, 'proof' | 'shown'>> {
  if (old) return { proof: submission.values.open()[DEVICE_KEY_FIELD] ? 'proof_challenge' : 'proof_missing' };
  const judged = await verifyProof(submission.values.open()[DEVICE_KEY_FIELD], {
    challenge, origin: deps.deviceKeys.origin, now: view.now, thumbprint: known.thumbprint, form: 'own',
  });
  const signer = judged.kind === 'good' ? judged : judged.shown;
  const shown = signer && shownKey(deps.deviceKeys, submission, signer, { channel: 'browser', mode: view.journey.mode, now: view.now });
  const key = shown ? { shown } : {};
  if (judged.kind === 'good') return { proof: 'good', ...key };
  // A new key is what a browser has that lost its storage; another device's key says that cookie and key were mixed.
  const owner = judged.shown && (await deps.devices.byThumbprint(judged.shown.thumbprint, view.journey.mode));
  return owner ? { proof: 'other_device' } : { proof: judged.fault, ...key };
}

function cookieOf(deps: TrustedDeviceDeps, came: KnownDevice | undefined, view: View, known: Known): Pick<Weighed, 'cookie' | 'exposed' | 'withdrawn'> {
  if (!came) return { cookie: 'gone', exposed: [] };
  if (came.device.id !== known.deviceId) return { cookie: 'other_device', exposed: [] };
  if (came.token === 'replayed') return { cookie: 'replayed', exposed: [...exposedBy(came, view.now)] };
  const chosen = trustFor(deps, came, view);
  const withdrawn = chosen.kind === 'refused' ? chosen.code : chosen.trust.id === known.trustId ? undefined : 'trust_changed';
  return { cookie: came.token, exposed: [], ...(withdrawn === undefined ? {} : { withdrawn }) };
}

/** What the browser looks like now, hashed as devices are kept; undefined where it does not say. */
function mapOf(deps: TrustedDeviceDeps, collector: string | undefined, mode: Mode): HashedMap | undefined {
  const read = readCollector(collector);
  return read.kind === 'read' ? hashedMap(componentsOf(read.data), deps.deviceKeys.fingerprintHash(mode)) : undefined;
}
