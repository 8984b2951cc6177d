/**
 * The answer to a return: what the carrier still has to say is asked, what was learned is kept, trust that must end ends,
 * and the step ends, or offers a passkey in place of anything that costs more. May run twice: the carrier answers again,
 * and every write says what is, not what changes.
 */
import { COLLECTOR_VERSION } from '../../devices/fingerprint.ts';
import type { JourneyEvent } from '../../events/events.ts';
import { Personal } from '../../personal.ts';
import type { Change, StepEnd } from '../step.ts';
import type { TrustedDeviceDeps } from './deps.ts';
import { endedSince, reportReplay } from './device_trust.ts';
import { endOf, simEvents } from './events.ts';
import { elevatedEvidence, sessionOf, trustedEvidence } from './evidence.ts';
import { judgeReturn, notReturned, passkeyReaches, type Judged } from './judge.ts';
import type { PasskeyOffer } from './passkey_port.ts';
import type { Apply, SimFinding, State, View, Weighed } from './state.ts';

const HOUR = 3_600_000;
/** How long the carrier's answer counts beside a good proof. Where the phone is the proof, it is asked every time. */
const SIM_ANSWER_LASTS = 24 * HOUR;
/** What CAMARA SIM Swap allows to look back at most, hours. */
const LONGEST_LOOK_BACK = 2_400;

export async function settleReturn(deps: TrustedDeviceDeps, view: View): Promise<Apply> {
  const { state } = view;
  if (state?.at !== 'weighing') return () => undefined;
  const { at: _at, ...weighed } = state;
  const write = (change: Change<State>): Apply => (current) => (current.state?.at === 'weighing' ? change : undefined);

  const stranger = notReturned(weighed);
  if (stranger) return write({ end: endOf(stranger.outcome, [{ code: stranger.code }], { evidence: [sessionOf(weighed)] }) });
  if (weighed.cookie === 'replayed') await reportReplay(deps, weighed.known.deviceId, weighed.exposed, view);

  const before = judgeReturn(weighed, view, 'not_asked');
  const sim = before.answer === 'trusted' || before.oneMoreProof ? await askCarrier(deps, weighed, view, before.answer === 'trusted') : NOT_ASKED;
  // The carrier takes its time, and a killed process more: what was taken away meanwhile is not trusted, nor sent a link.
  const ended = weighed.cookie === 'replayed' ? undefined : await endedSince(deps, weighed.known, view.now);
  const gone = ended === undefined ? undefined : notReturned({ cookie: weighed.cookie, withdrawn: ended });
  if (gone && sim.finding !== 'swapped') return write({ end: endOf(gone.outcome, [{ code: gone.code }], { evidence: [sessionOf(weighed)], events: sim.events }) });
  if (sim.finding === 'swapped') await deps.devices.revoke({ accountId: weighed.known.accountId, reason: 'sim_swapped', now: view.now });
  const judged = judgeReturn(weighed, view, sim.finding);
  if (judged.answer === 'trusted' || sim.finding === 'unchanged') await keepSeen(deps, weighed, view, judged, sim.finding);

  const offer = judged.oneMoreProof ? await offered(deps, weighed, view) : undefined;
  if (offer) return write({ state: { at: 'choosing', ...weighed, sim: sim.finding, passkey: { challenge: offer.challenge, options: { ...offer.options } }, tries: 0 }, events: sim.events });
  return write({ end: endAs(judged, weighed, view, sim.events) });
}

/** The end that an answer stands for. */
export function endAs({ answer, reasons }: Pick<Judged, 'answer' | 'reasons'>, weighed: Weighed, view: View, events: readonly JourneyEvent[] = []): StepEnd {
  const evidence = answer === 'trusted' ? trustedEvidence(weighed, view) : answer === 'elevated' ? elevatedEvidence(weighed, view) : [sessionOf(weighed)];
  return endOf(answer, reasons, { evidence, events });
}

interface SimAnswer {
  readonly finding: SimFinding;
  readonly events: readonly JourneyEvent[];
}

const NOT_ASKED: SimAnswer = { finding: 'not_asked', events: [] };

/** Whether the SIM behind the matched phone changed since it was known not to have. Not knowing is never taken for a no. */
async function askCarrier(deps: TrustedDeviceDeps, { known }: Weighed, { workflow, journey, now }: View, lately: boolean): Promise<SimAnswer> {
  const { linkPhone, grantedAt, simCheckedAt } = known;
  if (!workflow.definition.options.devices.simSwap || linkPhone === undefined) return NOT_ASKED;
  if (lately && simCheckedAt !== undefined && now - simCheckedAt < SIM_ANSWER_LASTS) return NOT_ASKED;
  const since = Math.max(grantedAt, simCheckedAt ?? 0);
  const wanted = Math.max(1, Math.ceil((now - since) / HOUR));
  const hours = Math.min(LONGEST_LOOK_BACK, wanted);
  const answer = await deps.vendors[journey.mode].simSwap.check(Personal.of(linkPhone), hours);
  const told = (finding: SimFinding, code?: string): SimAnswer => ({ finding, events: simEvents(finding, code) });
  switch (answer.kind) {
    case 'answer':
      if (answer.value.swapped === true) return told('swapped');
      // Nobody looked at what lies before.
      if (wanted > hours) return told('could_not_tell', 'look_back_too_short');
      return told(answer.value.swapped === null ? 'could_not_tell' : 'unchanged');
    case 'could_not_tell':
    case 'broke':
      return told('could_not_tell', answer.code);
    default:
      return told('could_not_tell', answer.kind);
  }
}

/** Trusted: the browser as it looks by now. Otherwise no more than that the carrier was asked. */
async function keepSeen(deps: TrustedDeviceDeps, { known, shown }: Weighed, { now }: View, { answer }: Judged, sim: SimFinding): Promise<void> {
  const trusted = answer === 'trusted';
  const fingerprint = trusted ? shown?.look : undefined;
  await deps.devices.seen({
    deviceId: known.deviceId,
    trustId: known.trustId,
    now,
    ...(fingerprint ? { fingerprint, collectorVersion: COLLECTOR_VERSION } : {}),
    ...(trusted && shown?.country !== undefined ? { country: shown.country } : {}),
    ...(sim === 'unchanged' ? { simCheckedAt: now } : {}),
  });
}

/** A passkey, where the account has one and it would do. Which ones it has is told to nobody but its own device. */
export async function offered(deps: Pick<TrustedDeviceDeps, 'passkeys'>, { known, proof }: Weighed, view: View): Promise<PasskeyOffer | undefined> {
  const { journey, workflow, now } = view;
  if (!deps.passkeys || !workflow.definition.options.devices.passkeys || !passkeyReaches(view)) return undefined;
  const offer = await deps.passkeys.offered({ accountId: known.accountId, workflow, mode: journey.mode, now });
  return offer && (proof === 'good' ? offer : { ...offer, options: { ...offer.options, allowCredentials: [] } });
}
