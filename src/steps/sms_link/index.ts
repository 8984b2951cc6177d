/**
 * A one-time link to the phone that was matched, now or when the person was verified (SPEC 4). Opening it changes nothing;
 * a human confirms by POST, on a mobile device, within its life, picking the number that the desktop shows. Confirmed on a
 * desktop, wrong number, refused or timed out each end the step; where they lead is the workflow's business.
 *
 * The link's token is derived from its id, so a repeated send sends the very same link and only its hash is stored.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { JourneyEvent } from '../../events/events.ts';
import { deviceKeyEvidence as deviceKeyShape } from '../../journey/device_evidence.ts';
import type { Evidence } from '../../journey/journey.ts';
import { countsOf } from '../../journey/rules/velocity.ts';
import { Personal } from '../../personal.ts';
import { SENDER_FAULTS, type Vendors } from '../../vendors/ports.ts';
import { deviceClass, readProbes } from '../device_class.ts';
import { asDeviceKeyEvidence, deviceKeyModel, readDeviceKey, type DeviceKeyDeps } from '../device_key.ts';
import type { Change, MessageReport, PageShown, Step, StepEnd, StepView, Submission, SubmitResult } from '../step.ts';
import { matchedPhone, newestMatch } from './matched_phone.ts';
import { composeMessage } from './message.ts';
import { drawNumbers } from './numbers.ts';
import { SENT, intendSend, reportedSends, sendRecord, sendShape, withSend, withheldRecord, type MessageLimit } from './sends.ts';

export type { MessageLimit, MessageStanding } from './sends.ts';

const OUTCOMES = ['confirmed', 'opened_on_desktop', 'wrong_number', 'refused'] as const;

const stateShape = z.strictObject({
  linkId: z.string(),
  phone: z.string(),
  /** The two digits that the desktop shows. */
  number: z.string(),
  /** What the phone offers, the right one among them. */
  choices: z.array(z.string()),
  startedAt: z.number(),
  expiresAt: z.number(),
  sends: z.array(sendShape),
  desktopTries: z.number().int().min(0),
  answer: z.enum(OUTCOMES).optional(),
  /** The person says that the number, known from before, is theirs no longer. */
  givenUp: z.boolean().optional(),
  /** The key that the confirming phone showed. */
  device: deviceKeyShape.optional(),
});
type State = z.infer<typeof stateShape>;
type View = StepView<State>;

export interface SmsLinkDeps {
  readonly vendors: Vendors;
  readonly limit: MessageLimit;
  /** Public origin that the link stands under. */
  readonly origin: string;
  /** The token of a link id: at least 128 bits, the same each time, not to be guessed from the id. */
  readonly tokenOf: (linkId: string) => string;
  /** How a token is stored. */
  readonly hashOf: (token: string) => string;
  readonly deviceKeys: DeviceKeyDeps;
}

export function smsLink(deps: SmsLinkDeps): Step<State> {
  return {
    name: 'sms_link',
    needs: ['claimed_identity', 'identity_match'],
    // Whoever came back on a trusted device was matched before.
    needsInstead: ['known_person'],
    yields: ['phone_possession', 'device_key'],
    state: stateShape as z.ZodType<State>,
    move(view) {
      const { state, now } = view;
      if (!state) return { kind: 'work', task: 'prepare' };
      if (state.answer) return { kind: 'finish', end: answered(state, state.answer, view) };
      if (state.givenUp) return { kind: 'finish', end: ended('undeliverable', 'numberGivenUp') };
      const last = state.sends.at(-1);
      if (last && state.sends.every((one) => one.status === 'failed')) return { kind: 'finish', end: undelivered(last.code) };
      if (now >= state.expiresAt) return { kind: 'finish', end: ended('timed_out', 'timeout') };
      if (last?.status === 'intended') return { kind: 'work', task: 'send' };
      return { kind: 'show', page: waitPage(view, state) };
    },
    phonePage(view) {
      const { state, now } = view;
      return state && !state.answer && !state.givenUp && now < state.expiresAt ? confirmPage(deps, view, state) : undefined;
    },
    async submit(submission, view) {
      if (submission.channel === 'phone') return confirm(deps, submission, view);
      return submission.values.open()['action'] === GIVEN_UP ? giveUp(view) : resend(deps, view);
    },
    work: (task, view) => (task === 'prepare' ? prepare(deps, view) : send(deps, view)),
    report: (report, view) => reported(report, view),
  };
}

function waitPage(view: View, state: State): PageShown {
  const { link } = view.workflow.definition.options;
  const last = state.sends.at(-1);
  return {
    name: 'sms_wait',
    wakeAt: state.expiresAt,
    model: {
      ...(link.numberTransfer ? { number: state.number } : {}),
      phoneEnding: state.phone.slice(-2),
      expiresAt: state.expiresAt,
      canResendAt: (last?.at ?? view.now) + link.resendAfterSeconds * 1000,
      sendsLeft: Math.max(0, link.maxSends - state.sends.length),
      status: last?.status === 'intended' ? 'sending' : (last?.status ?? 'sending'),
      known: isKnownNumber(view),
    },
  };
}

function confirmPage(deps: SmsLinkDeps, view: View, state: State): PageShown {
  return {
    name: 'phone_confirm',
    model: { startedAt: view.journey.createdAt, choices: state.choices, ...deviceKeyModel(deps.deviceKeys, view, 'phone') },
  };
}

/** Of the button by which somebody says that a known number is theirs no longer. */
const GIVEN_UP = 'given_up';

/** The number comes from an earlier verification: nobody typed it just now, and it may have been given up since. */
function isKnownNumber({ evidence }: View): boolean {
  return newestMatch(evidence)?.kind === 'known_person';
}

function giveUp(view: View): SubmitResult<State> {
  const { state } = view;
  if (!state || !isKnownNumber(view)) return { kind: 'invalid', errors: {} };
  return { kind: 'change', change: { state: { ...state, givenUp: true } } };
}

/** Draw everything that is random, and store the intent to send, counted, before anything is sent. */
async function prepare(deps: SmsLinkDeps, view: View): Promise<(current: View) => Change<State> | undefined> {
  const number = matchedPhone(view.evidence);
  if (number === undefined) return () => ({ end: ended('broke', 'missingPhoneNumber') });
  const phone = Personal.of(number);
  const linkId = randomBytes(16).toString('base64url');
  const { numberTransfer, lifetimeSeconds } = view.workflow.definition.options.link;
  const drawn = drawNumbers();
  return (current) => {
    if (current.state) return undefined;
    const expiresAt = Math.min(current.now + lifetimeSeconds * 1000, current.journey.expiresAt);
    const first = intendSend(current.now);
    return {
      state: {
        linkId, phone: number, number: drawn.number, choices: numberTransfer ? drawn.choices : [],
        startedAt: current.now, expiresAt, sends: [first], desktopTries: 0,
      },
      links: [{ tokenHash: deps.hashOf(deps.tokenOf(linkId)), expiresAt }],
      messages: [{ id: first.id, attempt: 1 }],
      counts: countsOf(view.journey.mode, [{ dimension: 'message', key: phone }]),
      events: [{ layer: 'phase', name: 'possessionLink', outcome: 'start' }],
    };
  };
}

async function send(deps: SmsLinkDeps, view: View): Promise<(current: View) => Change<State> | undefined> {
  const { state } = view;
  const intended = state?.sends.at(-1);
  if (!state || !intended) return () => undefined;
  // Only now, with the message counted: journeys in parallel see each other, and none slips past the limit.
  const share = await deps.limit.look(Personal.of(state.phone), view, true);
  const attempt = state.sends.length;
  if (share.over && share.enforced) {
    return ({ state: now }) => ({ ...(now ? { state: { ...now, sends: withSend(now.sends, intended.id, 'failed', 'message_limit') } } : {}), ...withheldRecord(intended.id, attempt, share) });
  }
  const link = Personal.of(`${deps.origin}/l/${deps.tokenOf(state.linkId)}`);
  const { opening, mode } = view.journey;
  const answer = await deps.vendors[mode].sms.send({
    id: intended.id,
    to: Personal.of(state.phone),
    body: link.map((address) => composeMessage(opening.locale, opening.clientName, (state.expiresAt - state.startedAt) / 1000, address)),
    link,
    validitySeconds: Math.max(1, Math.floor((state.expiresAt - view.now) / 1000)),
  });
  const code = answer.kind === 'accepted' ? undefined : answer.code;
  return ({ state: now }) => ({
    ...(now ? { state: { ...now, sends: withSend(now.sends, intended.id, SENT[answer.kind], code) } } : {}),
    ...sendRecord(intended.id, attempt, answer, share),
  });
}

async function resend(deps: SmsLinkDeps, view: View): Promise<SubmitResult<State>> {
  const { state, now } = view;
  if (!state) return { kind: 'invalid', errors: {} };
  const { maxSends, resendAfterSeconds } = view.workflow.definition.options.link;
  const last = state.sends.at(-1);
  if (state.sends.length >= maxSends) return { kind: 'invalid', errors: { action: 'resend_limit' } };
  if (last && now < last.at + resendAfterSeconds * 1000) return { kind: 'invalid', errors: { action: 'resend_too_soon' } };
  const phone = Personal.of(state.phone);
  const share = await deps.limit.look(phone, view, false);
  if (share.over && share.enforced) return { kind: 'invalid', errors: { action: 'resend_limit' } };
  const again = intendSend(now);
  return {
    kind: 'change',
    change: {
      state: { ...state, sends: [...state.sends, again] },
      messages: [{ id: again.id, attempt: state.sends.length + 1 }],
      counts: countsOf(view.journey.mode, [{ dimension: 'message', key: phone }]),
    },
  };
}

async function confirm(deps: SmsLinkDeps, submission: Submission, view: View): Promise<SubmitResult<State>> {
  const { state } = view;
  if (!state) return { kind: 'invalid', errors: {} };
  const values = submission.values.open();
  const answer = (given: (typeof OUTCOMES)[number]): SubmitResult<State> => ({
    kind: 'change',
    change: {
      state: { ...state, answer: given },
      // The next journey with this number is judged by them.
      ...(given === 'opened_on_desktop' || given === 'wrong_number' ? { counts: countsOf(view.journey.mode, [{ dimension: 'failed_link', key: Personal.of(state.phone) }]) } : {}),
    },
  });
  // "This was not me" counts from any device: it only ever stops something.
  if (values['refuse'] !== undefined) return answer('refused');
  const device = deviceClass(submission.visitor.userAgent, submission.visitor.headers, readProbes(values['collector']));
  if (device === 'robot') return { kind: 'invalid', errors: { device: 'use_your_phone' } };
  // A device that cannot be told is not held against its owner: the number still has to be right.
  if (device === 'desktop') {
    const { desktopOpen } = view.workflow.definition.options.link;
    if (desktopOpen !== 'one_more_try' || state.desktopTries > 0) return answer('opened_on_desktop');
    return { kind: 'change', change: { state: { ...state, desktopTries: state.desktopTries + 1 } } };
  }
  const picked = state.choices.length === 0 ? (values['confirm'] === 'yes' ? state.number : '') : (values['number'] ?? '');
  if (picked === '') return { kind: 'invalid', errors: { number: 'required' } };
  if (picked !== state.number) return answer('wrong_number');
  const shown = await readDeviceKey(deps.deviceKeys, submission, view, { channel: 'phone' });
  return { kind: 'change', change: { state: { ...state, answer: 'confirmed', ...(shown ? { device: shown } : {}) } } };
}

/** The reason written on the timeline, by outcome. */
const REASONS: Readonly<Record<Exclude<(typeof OUTCOMES)[number], 'confirmed'>, string>> = {
  opened_on_desktop: 'openedOnDesktop',
  wrong_number: 'wrongNumber',
  refused: 'reportedByUser',
};

function answered(state: State, answer: (typeof OUTCOMES)[number], view: View): StepEnd {
  if (answer !== 'confirmed') return ended(answer, REASONS[answer]);
  const evidence: Evidence = {
    kind: 'phone_possession',
    version: 1,
    simulated: view.journey.mode === 'test',
    data: Personal.of({ phone: state.phone, confirmedAt: view.now, numberTransfer: state.choices.length > 0 }),
  };
  return {
    outcome: 'confirmed',
    reasons: [{ code: 'link_confirmed', detail: { messages: state.sends.length } }],
    evidence: [evidence, ...(state.device ? [asDeviceKeyEvidence(state.device)] : [])],
    events: closing('success', 'next'),
  };
}

function undelivered(code: string | undefined): StepEnd {
  const ours = code !== undefined && SENDER_FAULTS.has(code);
  return ended(ours ? 'broke' : 'undeliverable', code ?? 'undeliverable');
}

function ended(outcome: string, reason: string): StepEnd {
  return { outcome, reasons: [{ code: reason }], events: closing('failure', 'exit', reason) };
}

function closing(outcome: 'success' | 'failure', phase: 'next' | 'exit', reason?: string): readonly JourneyEvent[] {
  const why = reason === undefined ? {} : { reason };
  return [
    { layer: 'block', name: 'possessionLink', outcome: outcome === 'success' ? 'success' : 'fail', ...why },
    { layer: 'label', name: 'possession_link', outcome, ...why },
    { layer: 'phase', name: 'possessionLink', outcome: phase, ...why },
  ];
}

function reported(report: MessageReport, view: View): Change<State> | undefined {
  const { state } = view;
  const after = state && reportedSends(state.sends, report);
  return after ? { state: { ...state, sends: after.sends }, events: after.events } : undefined;
}
