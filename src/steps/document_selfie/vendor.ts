/**
 * A document vendor: its hosted capture in place of our pages, or its word on what our pages took. A session that was
 * started says nothing about anybody; only a finished result, asked for by us, is judged. A notice and the person's
 * return only make it worth asking.
 */
import { sameSecret } from '../../constant_time.ts';
import type { JourneyEvent } from '../../events/events.ts';
import { Personal } from '../../personal.ts';
import type { DocumentPictures, VendorAnswer } from '../../vendors/ports.ts';
import type { Change, Submission, SubmitResult } from '../step.ts';
import { cannot } from './capture.ts';
import { latestEnd } from './claim.ts';
import { frontalFrames } from './compare_faces.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { endWith } from './endings.ts';
import { claimedOf } from './evidence.ts';
import { fetchPictures } from './pictures.ts';
import { nameOf, owedOf, positionOf, type Task } from './position.ts';
import { picturesOf, type Apply, type BegunView, type CapturedSide, type KeptVendor, type State } from './state.ts';
import { stillWanted, untroubled } from './trouble.ts';

/** Between questions: the first pause, doubled each time, up to the last. Milliseconds. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 120_000;
/** However often a person or a notice asks. */
const LEAST_PAUSE = 2_000;
/** Failures one after the other before the step ends as what they were. */
const MOST_TRIES = 3;

/** The hash under which a vendor's notice finds its journey, as if it had come by a link. */
export function vendorLinkHash(hashOf: (token: string) => string, vendor: string, sessionId: string): string {
  return hashOf(`vendor:${vendor}:${sessionId}`);
}

/** Whether a hash is the one of this journey's vendor session. */
export function isVendorHash(deps: Pick<DocumentSelfieDeps, 'hashOf'>, vendor: KeptVendor, linkHash: string): boolean {
  return sameSecret(vendorLinkHash(deps.hashOf, vendor.name, vendor.sessionId), linkHash);
}

const pauseAfter = (asked: number): number => Math.min(FIRST_PAUSE * 2 ** Math.min(asked, 10), LONGEST_PAUSE);

/** The person is back from the vendor's pages, a notice came, or "I cannot do this". */
export function answerVendor(submission: Submission, view: BegunView, byNotice: boolean): SubmitResult<State> {
  const { action } = submission.values.open();
  const { vendor } = view.state;
  if (!vendor) return { kind: 'invalid', errors: {} };
  if (action === 'cannot' && !byNotice) return cannot(view);
  if (action !== 'check') return { kind: 'invalid', errors: { action: 'required' } };
  const askAt = Math.min(vendor.askAt, Math.max(view.now, vendor.askedAt + LEAST_PAUSE));
  // Nothing new: a notice comes twice, a person presses twice.
  if (askAt === vendor.askAt && vendor.returned) return { kind: 'change', change: {} };
  return { kind: 'change', change: { state: { ...view.state, vendor: { ...vendor, askAt, returned: true } } } };
}

/** Start the vendor's session; the same reference gives the same session, so a repeat after a crash starts no second one. */
export async function startVendor(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const { state, journey } = view;
  if (!state.consent || state.where.kind === 'handover') return () => undefined;
  const port = deps.vendors[journey.mode].documentVendor;
  const { types, countries } = view.workflow.definition.options.documents;
  const claimed = claimedOf(view);
  const answer = await port.start({
    // Another phone, which takes other pictures, gets another session.
    reference: `${journey.id}.${view.node}.${state.where.browser.at}`,
    returnUrl: state.where.kind === 'phone' ? `${deps.origin}/capture` : `${deps.origin}/interaction/${journey.interactionUid}`,
    types, countries, locale: state.consent.locale,
    claimed: claimed && Personal.of({
      givenName: claimed.givenName, familyName: claimed.familyName, ...(claimed.birthDate === undefined ? {} : { birthDate: claimed.birthDate }),
    }),
  });
  return (current) => {
    const wanted = stillWanted(current, 'vendor_start', '');
    if (!wanted) return undefined;
    if (answer.kind !== 'answer') return vendorTrouble(wanted, 'vendor_start', answer);
    const { sessionId, url } = answer.value;
    const own = wanted.state.own !== undefined;
    const vendor: KeptVendor = {
      name: port.name, sessionId, url: own ? '' : url, uploaded: false, asked: 0,
      askedAt: wanted.now, askAt: wanted.now + FIRST_PAUSE, returned: own,
    };
    return {
      state: { ...untroubled(wanted.state), vendor },
      links: [{ tokenHash: vendorLinkHash(deps.hashOf, port.name, sessionId), expiresAt: latestEnd(wanted) }],
      events: [vendorEvent('success', 'started', answer)],
    };
  };
}

/** Hand over what our pages took; sending it again changes nothing. */
export async function uploadToVendor(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const { vendor, consent } = view.state;
  if (!vendor || !consent) return () => undefined;
  const pictures = await picturesFor(deps, view.state);
  const answer = pictures ? await deps.vendors[view.journey.mode].documentVendor.upload(vendor.sessionId, Personal.of(pictures)) : undefined;
  return (current) => {
    const wanted = stillWanted(current, 'vendor_upload', vendor.sessionId);
    if (!wanted?.state.vendor) return undefined;
    // An outcome file in place of a picture, or a picture that is gone.
    if (!answer) return endWith(wanted, 'could_not_tell', [{ code: 'no_pictures_for_vendor' }]);
    if (answer.kind !== 'answer') return vendorTrouble(wanted, 'vendor_upload', answer);
    const sent = { ...wanted.state.vendor, uploaded: true, askedAt: wanted.now, askAt: wanted.now + FIRST_PAUSE };
    return { state: { ...untroubled(wanted.state), vendor: sent }, events: [vendorEvent('success', 'uploaded', answer)] };
  };
}

async function picturesFor(deps: DocumentSelfieDeps, state: State): Promise<DocumentPictures | undefined> {
  const documents: DocumentPictures['documents'][number][] = [];
  const one = async (side: CapturedSide | undefined): Promise<Uint8Array | undefined> => (await fetchPictures(deps, picturesOf(side)))?.[0];
  for (const kept of state.documents) {
    const [front, back] = [await one(kept.front), await one(kept.back)];
    if (!front || (kept.back && !back)) return undefined;
    documents.push({ front, ...(back ? { back } : {}) });
  }
  const selfies = state.selfie?.kind === 'settled' ? await fetchPictures(deps, frontalFrames(state.selfie.taken)) : undefined;
  return selfies ? { documents, selfies } : undefined;
}

/** Ask for the result. "Pending" is asked again later, at growing distances. */
export async function askVendor(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const position = positionOf(view);
  const { vendor, consent } = view.state;
  if (!vendor || !consent || position.at !== 'work' || position.task !== 'vendor_result') return () => undefined;
  const answer = await deps.vendors[view.journey.mode].documentVendor.result(vendor.sessionId);
  return (current) => {
    const wanted = stillWanted(current, 'vendor_result', position.about);
    if (!wanted?.state.vendor) return undefined;
    const kept = wanted.state.vendor;
    if (answer.kind !== 'answer') {
      const change = vendorTrouble(wanted, 'vendor_result', answer);
      return change.end || !change.state ? change : { ...change, state: { ...change.state, vendor: askedAgain(kept, wanted.now) } };
    }
    const clear = untroubled(wanted.state);
    const { value } = answer;
    if (value.kind === 'pending') return { state: { ...clear, vendor: askedAgain(kept, wanted.now) } };
    if (value.kind === 'expired') return endWith(wanted, 'timed_out', [{ code: 'vendor_session_expired' }], { events: [vendorEvent('fail', 'expired', answer)] });
    const { verdict, findings, document, liveness, authenticityVerified } = value;
    const result: NonNullable<KeptVendor['result']> = {
      verdict, authenticityVerified,
      findings: findings.map((one) => ({ ...one })),
      ...(document ? { document: document.open() } : {}),
      ...(liveness ? { liveness: { certified: liveness.certified } } : {}),
    };
    return { state: { ...clear, vendor: { ...kept, askedAt: wanted.now, result } }, events: [vendorEvent('success', 'finished', answer)] };
  };
}

function askedAgain(kept: KeptVendor, now: number): KeptVendor {
  return { ...kept, asked: kept.asked + 1, askedAt: now, askAt: now + pauseAfter(kept.asked + 1) };
}

type NoAnswer = Exclude<VendorAnswer<unknown>, { readonly kind: 'answer' }>;

/** No answer: tried again where that may help, then the step ends as what it was. Nothing was learned of the person. */
function vendorTrouble(view: BegunView, task: Task, answer: NoAnswer): Change<State> {
  const code = 'code' in answer ? answer.code : answer.kind;
  const events = [vendorEvent('fail', code, answer)];
  if (answer.kind === 'not_configured') return endWith(view, 'could_not_tell', [{ code: 'vendor_not_configured' }], { events });
  if (answer.kind === 'could_not_tell') return endWith(view, 'could_not_tell', [{ code }], { events });
  const owed = owedOf(view);
  // Each question for the result is a task of its own, with its time beside it: failures in a row are those of all of them.
  const asking = task === 'vendor_result' || owed.at !== 'work';
  const name = asking ? task : nameOf(owed);
  const times = view.state.trouble?.task === name ? view.state.trouble.times + 1 : 1;
  const until = asking ? {} : { until: view.now + pauseAfter(times - 1) };
  if (times < MOST_TRIES) return { state: { ...view.state, trouble: { task: name, times, busy: 0, ...until } }, events };
  return endWith(view, answer.kind, [{ code: answer.kind === 'timed_out' ? 'vendor_timed_out' : code, detail: { tries: times } }], { events });
}

function vendorEvent(outcome: 'success' | 'fail', reason: string, answer: VendorAnswer<unknown>): JourneyEvent {
  if (answer.kind === 'not_configured') return { layer: 'block', name: 'documentVendor', outcome, reason };
  const { vendor, simulated, latencyMs, requestId } = answer.meta;
  return { layer: 'block', name: 'documentVendor', outcome, reason, details: { vendor, simulated, latencyMs, ...(requestId === undefined ? {} : { requestId }) } };
}
