/** The person's answer where the device alone was not enough: a passkey, or the other way. Reads only. */
import type { KnownDevice } from '../../devices/store.ts';
import type { StepEnd, Submission, SubmitResult } from '../step.ts';
import type { TrustedDeviceDeps } from './deps.ts';
import { endedSince, trustFor } from './device_trust.ts';
import { endOf, passkeyEvents } from './events.ts';
import { passkeyEvidence, sessionOf } from './evidence.ts';
import { judgeReturn, notReturned, provedItself } from './judge.ts';
import { endAs, offered } from './settle.ts';
import type { Choosing, State, View } from './state.ts';

/** Passkeys that may fail before it goes the other way. */
const MOST_TRIES = 3;

export async function answerChallenge(deps: TrustedDeviceDeps, submission: Submission, view: View, state: Choosing): Promise<SubmitResult<State>> {
  const { at: _at, sim, passkey, tries, ...weighed } = state;
  const values = submission.values.open();
  const judged = judgeReturn(weighed, view, sim);
  const otherWay = async (): Promise<StepEnd> => {
    const ended = await endedSince(deps, weighed.known, view.now);
    const gone = ended && notReturned({ cookie: weighed.cookie, withdrawn: ended });
    return gone ? endOf(gone.outcome, [{ code: gone.code }], { evidence: [sessionOf(weighed)] }) : endAs(judged, weighed, view);
  };
  if (values['action'] === 'other') return { kind: 'change', change: { end: await otherWay() } };
  const response = values['passkey'] ?? '';
  if (response === '' || !deps.passkeys) return { kind: 'invalid', errors: { passkey: 'required' } };
  const { journey, workflow, now } = view;
  const found = await deps.passkeys.verify(response, passkey.challenge, { accountId: state.known.accountId, workflow, mode: journey.mode, now });
  const events = passkeyEvents(found);
  if (found.kind === 'good') {
    const device = provedItself(weighed) && (await stillTrusted(deps, submission, view, state));
    const reasons = [{ code: 'passkey_accepted' }, ...judged.reasons];
    return { kind: 'change', change: { end: endOf('trusted', reasons, { evidence: passkeyEvidence(weighed, view, found, device), events }) } };
  }
  // A challenge is good once, also for an answer that was not.
  const again = tries + 1 < MOST_TRIES ? await offered(deps, weighed, view) : undefined;
  if (!again) return { kind: 'change', change: { events, end: await otherWay() } };
  return { kind: 'change', change: { events, state: { ...state, tries: tries + 1, passkey: { challenge: again.challenge, options: { ...again.options } } } } };
}

/** Whether nothing ended the trust while the page stood. */
async function stillTrusted(deps: TrustedDeviceDeps, { deviceHash }: Submission, view: View, { known }: Choosing): Promise<boolean> {
  const came: KnownDevice | undefined = deviceHash === undefined ? undefined : await deps.devices.byToken(deviceHash, view.journey.mode, view.now);
  if (!came || came.device.id !== known.deviceId || came.token === 'replayed') return false;
  const chosen = trustFor(deps, came, view);
  return chosen.kind === 'trusted' && chosen.trust.id === known.trustId;
}
