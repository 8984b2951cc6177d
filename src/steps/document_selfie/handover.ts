/**
 * From the desktop to the phone: a code that is renewed before it ends, a text message with a link of its own, or no
 * hand-over at all. Tokens are derived from their ids and only hashes are stored. Older tokens stay good until they
 * end, so that a phone that scanned just before a renewal is not turned away; all of them are void once one is claimed.
 */
import { randomBytes } from 'node:crypto';
import { countsOf } from '../../journey/rules/velocity.ts';
import { Personal } from '../../personal.ts';
import { deviceClass, readProbes } from '../device_class.ts';
import { sessionEvidenceOf } from '../session_evidence.ts';
import { composeMessage } from '../sms_link/message.ts';
import { drawNumbers } from '../sms_link/numbers.ts';
import { SENT, intendSend, reportedSends, sendRecord, withSend, withheldRecord } from '../sms_link/sends.ts';
import type { Change, LinkMade, MessageReport, PageShown, Submission, SubmitResult } from '../step.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { endWith } from './endings.ts';
import { claimedPhone } from './evidence.ts';
import type { DocumentPageModels } from './pages.ts';
import { readableTypes } from './position.ts';
import { allPictures, type Apply, type BegunView, type CaptureBrowser, type Handover, type HandoverLink, type State, type View } from './state.ts';

/** The part of a code's life after which the next one is drawn. */
const RENEWED_AT = 0.8;

/** What begins the step: on a phone capture goes straight on, elsewhere a code is drawn. */
export async function prepare(deps: DocumentSelfieDeps, view: View): Promise<Apply> {
  const session = sessionEvidenceOf(view.evidence);
  const impossible = whyImpossible(deps, view);
  return (current) => {
    if (current.state) return undefined;
    const kept = { startedAt: current.now, documents: [], failures: [] };
    const events: NonNullable<Change<State>['events']> = [{ layer: 'phase', name: 'documentVerification', outcome: 'start' }];
    // Before consent, and before anybody photographs anything: it could come to nothing.
    if (impossible !== undefined) return endWith({ ...current, state: { ...kept, where: { kind: 'handover' } } }, 'could_not_tell', [{ code: impossible }], { events });
    if (session?.device === 'mobile') {
      const { userAgent, address, device } = session;
      return { state: { ...kept, where: { kind: 'here', browser: { userAgent, address, device, at: current.now } } }, events: [...events, handedOver('here')] };
    }
    const { handover, links } = drawHandover(deps, current, []);
    return { state: { ...kept, where: { kind: 'handover' }, handover }, links, events };
  };
}

/** Why our own pages could not come to an approval, whatever was captured; undefined where they could, or a vendor's are used. */
function whyImpossible({ facesAllowed, reader }: DocumentSelfieDeps, { journey, workflow }: View): string | undefined {
  const options = workflow.definition.options.documents;
  if (options.capture === 'vendor') return undefined;
  const { face, pose } = reader.engines();
  const off = [face, pose].some((engine) => engine.kind === 'unavailable' && engine.why === 'not_enabled');
  if (off || !facesAllowed(journey.mode)) return 'faces_not_enabled';
  return readableTypes(options).length === 0 ? 'no_readable_document' : undefined;
}

/** A fresh hand-over; what was sent before still counts towards the limits. */
function drawHandover(deps: DocumentSelfieDeps, view: View, sends: Handover['sends']): { readonly handover: Handover; readonly links: readonly LinkMade[] } {
  const { numberTransfer } = view.workflow.definition.options.link;
  const { number, choices } = drawNumbers();
  const link = drawLink(view, 'qr');
  return { handover: { links: [link], number, choices: numberTransfer ? choices : [], desktopTries: 0, sends }, links: [madeKnown(deps, link)] };
}

function drawLink(view: View, via: HandoverLink['via']): HandoverLink {
  const lifetime = view.workflow.definition.options.documents.handoverSeconds * 1000;
  const expiresAt = Math.min(view.now + lifetime, view.journey.expiresAt);
  return { id: randomBytes(16).toString('base64url'), via, madeAt: view.now, expiresAt };
}

function madeKnown(deps: DocumentSelfieDeps, link: HandoverLink): LinkMade {
  return { tokenHash: deps.hashOf(deps.tokenOf(link.id)), expiresAt: link.expiresAt };
}

const newest = (handover: Handover, via: HandoverLink['via']): HandoverLink | undefined => handover.links.findLast((one) => one.via === via);

const renewAt = ({ madeAt, expiresAt }: HandoverLink): number => madeAt + (expiresAt - madeAt) * RENEWED_AT;

/** A code that ends with the journey itself cannot be renewed. */
const renewable = (code: HandoverLink, { journey }: View): boolean => code.expiresAt < journey.expiresAt;

/** What the hand-over owes the world now. */
export function handoverTask(view: BegunView): 'send' | 'renew' | undefined {
  const { handover } = view.state;
  if (!handover) return undefined;
  if (handover.sends.at(-1)?.status === 'intended') return 'send';
  const code = newest(handover, 'qr');
  return !code || (view.now >= renewAt(code) && renewable(code, view)) ? 'renew' : undefined;
}

/** The next code, beside the one that is about to end; what has ended is forgotten. */
export async function renew(deps: DocumentSelfieDeps): Promise<Apply> {
  return (current) => {
    const { state } = current;
    if (state?.where.kind !== 'handover' || !state.handover || handoverTask({ ...current, state }) !== 'renew') return undefined;
    const link = drawLink(current, 'qr');
    const links = state.handover.links.filter((one) => one.expiresAt > current.now || isSentLast(state.handover, one));
    return { state: { ...state, handover: { ...state.handover, links: [...links, link] } }, links: [madeKnown(deps, link)] };
  };
}

const isSentLast = (handover: Handover | undefined, link: HandoverLink): boolean => handover?.sends.at(-1)?.linkId === link.id;

/** The desktop's page while no phone has taken over. */
export function handoverPage(deps: DocumentSelfieDeps, view: BegunView, handover: Handover, otherWay: boolean): PageShown {
  const code = newest(handover, 'qr');
  const model: DocumentPageModels['document_handover'] = {
    url: code ? `${deps.origin}/l/${deps.tokenOf(code.id)}` : '',
    expiresAt: code?.expiresAt ?? view.now,
    ...(handover.choices.length > 0 ? { number: handover.number } : {}),
    ...smsModel(view, handover),
    otherWay,
  };
  return { name: 'document_handover', model: { ...model }, ...(code ? { wakeAt: renewable(code, view) ? renewAt(code) : code.expiresAt } : {}) };
}

function smsModel(view: BegunView, { sends }: Handover): Pick<DocumentPageModels['document_handover'], 'sms'> {
  const { link, documents } = view.workflow.definition.options;
  const phone = claimedPhone(view);
  if (!documents.handoverSms || phone === undefined) return {};
  const last = sends.at(-1);
  return {
    sms: {
      phoneEnding: phone.slice(-2),
      sendsLeft: Math.max(0, link.maxSends - sends.length),
      canResendAt: last ? last.at + link.resendAfterSeconds * 1000 : view.now,
      status: last === undefined ? 'none' : last.status === 'intended' ? 'sending' : last.status,
    },
  };
}

/** What the desktop answers on the hand-over page. */
export async function answerHandover(deps: DocumentSelfieDeps, submission: Submission, view: BegunView): Promise<SubmitResult<State>> {
  switch (submission.values.open()['action']) {
    case 'sms':
      return askForMessage(deps, view);
    case 'here':
      return captureHere(submission, view);
    case 'cannot':
      return { kind: 'change', change: endWith(view, 'cannot_capture', [{ code: 'cannot_capture' }]) };
    default:
      return { kind: 'invalid', errors: { action: 'required' } };
  }
}

/** The intent to send is stored, and counted, before anything is sent. */
async function askForMessage(deps: DocumentSelfieDeps, view: BegunView): Promise<SubmitResult<State>> {
  const { state, now } = view;
  const { handover } = state;
  const { link, documents } = view.workflow.definition.options;
  const phone = claimedPhone(view);
  if (!handover || !documents.handoverSms || phone === undefined) return { kind: 'invalid', errors: { action: 'required' } };
  const last = handover.sends.at(-1);
  if (handover.sends.length >= link.maxSends) return { kind: 'invalid', errors: { action: 'resend_limit' } };
  if (last && (last.status === 'intended' || now < last.at + link.resendAfterSeconds * 1000)) return { kind: 'invalid', errors: { action: 'resend_too_soon' } };
  const share = await deps.limit.look(Personal.of(phone), view, false);
  if (share.over && share.enforced) return { kind: 'invalid', errors: { action: 'resend_limit' } };
  // The same link again while most of its life is left; it goes by message alone, so answering it shows that the phone is held.
  const before = newest(handover, 'sms');
  const fresh = before && now < (before.madeAt + before.expiresAt) / 2 ? undefined : drawLink(view, 'sms');
  const linkId = (fresh ?? before)?.id ?? '';
  const intended = { ...intendSend(now), linkId };
  return {
    kind: 'change',
    change: {
      state: { ...state, handover: { ...handover, links: fresh ? [...handover.links, fresh] : handover.links, sends: [...handover.sends, intended] } },
      ...(fresh ? { links: [madeKnown(deps, fresh)] } : {}),
      messages: [{ id: intended.id, attempt: handover.sends.length + 1 }],
      counts: countsOf(view.journey.mode, [{ dimension: 'message', key: Personal.of(phone) }]),
    },
  };
}

/** Send what was intended; the same message id and link each time, so a repeat after a crash is harmless. */
export async function sendLink(deps: DocumentSelfieDeps, view: View): Promise<Apply> {
  const handover = view.state?.handover;
  const intended = handover?.sends.at(-1);
  const phone = claimedPhone(view);
  const link = handover?.links.find((one) => one.id === intended?.linkId);
  if (!handover || !intended || phone === undefined) return () => undefined;
  const attempt = handover.sends.length;
  const noted = (current: View, status: Parameters<typeof withSend>[2], code: string | undefined): Partial<Change<State>> => {
    const { state } = current;
    return state?.handover ? { state: { ...state, handover: { ...state.handover, sends: withSend(state.handover.sends, intended.id, status, code) } } } : {};
  };
  // Only now, with the message counted: journeys in parallel see each other, and none slips past the limit.
  const share = await deps.limit.look(Personal.of(phone), view, true);
  if (share.over && share.enforced) return (current) => ({ ...noted(current, 'failed', 'message_limit'), ...withheldRecord(intended.id, attempt, share) });
  const { opening, mode } = view.journey;
  if (!link || link.expiresAt <= view.now) {
    const late = { kind: 'rejected', provider: 'none', code: 'link_ended' } as const;
    return (current) => ({ ...noted(current, 'failed', late.code), ...sendRecord(intended.id, attempt, late, share) });
  }
  const address = Personal.of(`${deps.origin}/l/${deps.tokenOf(link.id)}`);
  const seconds = (link.expiresAt - view.now) / 1000;
  const answer = await deps.vendors[mode].sms.send({
    id: intended.id,
    to: Personal.of(phone),
    body: address.map((text) => composeMessage(opening.locale, opening.clientName, seconds, text, 'capture')),
    link: address,
    validitySeconds: Math.max(1, Math.floor(seconds)),
  });
  const code = answer.kind === 'accepted' ? undefined : answer.code;
  return (current) => ({ ...noted(current, SENT[answer.kind], code), ...sendRecord(intended.id, attempt, answer, share) });
}

/** How an authenticated delivery report changes the state. */
export function messageReported(report: MessageReport, view: View): Change<State> | undefined {
  const { state } = view;
  const after = state?.handover && reportedSends(state.handover.sends, report);
  return state?.handover && after ? { state: { ...state, handover: { ...state.handover, sends: after.sends } }, events: after.events } : undefined;
}

/** Straight on in this browser: a tablet or phone that was not recognised as one, never a desktop. */
function captureHere(submission: Submission, view: BegunView): SubmitResult<State> {
  const browser = browserOf(submission, view.now);
  if (browser.device === 'desktop' || browser.device === 'robot') return { kind: 'invalid', errors: { action: 'use_your_phone' } };
  return { kind: 'change', change: { state: { ...view.state, where: { kind: 'here', browser } }, events: [handedOver('here')] } };
}

/** What a request says of the browser that captures from now on. */
export function browserOf({ visitor, values }: Submission, now: number): CaptureBrowser {
  const device = deviceClass(visitor.userAgent, visitor.headers, readProbes(values.open()['collector']));
  return { userAgent: visitor.userAgent, address: visitor.address.open(), device, at: now };
}

/** The line on the timeline for a hand-over that was taken, or was none. */
export function handedOver(via: 'qr' | 'sms' | 'here'): NonNullable<Change<State>['events']>[number] {
  return { layer: 'block', name: 'captureHandover', outcome: 'success', details: { via } };
}

/** What the desktop answers while a phone captures. */
export function answerFollowing(deps: DocumentSelfieDeps, submission: Submission, view: BegunView): SubmitResult<State> {
  switch (submission.values.open()['action']) {
    case 'other_phone':
      return { kind: 'change', change: otherPhone(deps, view) };
    case 'cannot':
      return { kind: 'change', change: endWith(view, 'cannot_capture', [{ code: 'cannot_capture' }]) };
    default:
      return { kind: 'invalid', errors: { action: 'required' } };
  }
}

/**
 * Another phone takes over: the claim ends, and so does every token drawn before it. Consent, pictures, our own verdict on
 * them and a vendor's session were another device's, perhaps another hand's, and are asked for anew; failed attempts still count.
 */
function otherPhone(deps: DocumentSelfieDeps, view: BegunView): Change<State> {
  const { startedAt, failures, handover: before } = view.state;
  const { handover, links } = drawHandover(deps, view, before?.sends ?? []);
  const ids = allPictures(view.state);
  return {
    state: {
      startedAt, failures, documents: [], where: { kind: 'handover' },
      handover: { ...handover, desktopTries: before?.desktopTries ?? 0 },
    },
    links,
    ...(ids.length > 0 ? { images: { ids, deleteAt: view.now } } : {}),
    events: [{ layer: 'block', name: 'captureHandover', outcome: 'fail', reason: 'other_phone' }],
  };
}
