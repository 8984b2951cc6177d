/**
 * Name, address and phone: typed, reviewed, consented to, then matched with carrier record and identity database at the
 * same time, with the phone's own risk beside it. Refuses to ask anybody without a recorded consent; never tells the
 * person which attribute failed. Leaves with one of the outcomes of `journey/steps.ts`.
 */
import { z } from 'zod';
import { getCountries } from 'libphonenumber-js/max';
import type { JourneyEvent } from '../../events/events.ts';
import type { ClaimedIdentity, Evidence, Reason } from '../../journey/journey.ts';
import type { SourceFinding } from '../../journey/released.ts';
import type { Lists } from '../../journey/rules/lists.ts';
import { countsOf } from '../../journey/rules/velocity.ts';
import { suppliedClaim, suppliedIdentity } from '../../journey/supplied.ts';
import { Personal } from '../../personal.ts';
import type { VendorAnswer, Vendors } from '../../vendors/ports.ts';
import type { Change, Counted, PageShown, Step, StepEnd, StepView, SubmitResult, Submission } from '../step.ts';
import { askAll, askedAttributes, type Answers } from './ask.ts';
import { consentAgreedTo } from './consent.ts';
import { formValues, readForm } from './form.ts';
import { listedClaim } from './listed.ts';
import { lockedFault, suppliedFault, suppliedValues, withSupplied, type SuppliedFault } from './supplied_fields.ts';
import { claimKeys, failureTakenBack, personTakenBack, triedKeys } from './phone_velocity.ts';
import { judge, judgeIdentity, judgePhoneRisk, judgeSource, missedBy, type Judged } from './judge.ts';

const claimedShape = z.strictObject({
  givenName: z.string(), familyName: z.string(), street: z.string(), city: z.string(), region: z.string(),
  postalCode: z.string(), country: z.string(), phone: z.string(), birthDate: z.string().optional(),
});

const stateShape = z.strictObject({
  stage: z.enum(['form', 'review', 'sent']),
  /** How often details were sent to be matched. */
  sent: z.number().int().min(0),
  claimed: claimedShape.optional(),
  /** Hash of the consent text agreed to. */
  consent: z.string().optional(),
});
type State = z.infer<typeof stateShape>;
type View = StepView<State>;

/**
 * What stops details that too many journeys used, or too often in vain; asked before any vendor is, when this journey is
 * counted already. `deny`: nobody is asked. `challenge`: a match alone will not do, and the person goes on as one whose
 * phone is a risk. It gives reasons also where it stops nobody.
 */
export interface PhoneVelocity {
  check(claimed: Personal<ClaimedIdentity>, view: Pick<View, 'journey' | 'workflow' | 'now' | 'evidence'>): Promise<{ readonly verdict: 'within' | 'challenge' | 'deny'; readonly reasons: StepEnd['reasons'] }>;
}

export interface PiiValidationDeps {
  readonly vendors: Vendors;
  readonly velocity: PhoneVelocity;
  /** The operator's own lists; absent where there are none. */
  readonly lists?: Lists;
}

export function piiValidation(deps: PiiValidationDeps): Step<State> {
  return {
    name: 'pii_validation',
    needs: [],
    yields: ['claimed_identity', 'identity_match', 'phone_risk'],
    state: stateShape as z.ZodType<State>,
    move(view) {
      const { state } = view;
      const end = state ? undefined : unusableSupply(view);
      if (end) return { kind: 'finish', end };
      if (state?.stage === 'sent') return { kind: 'work', task: 'match' };
      if (state?.stage === 'review' && state.claimed) return { kind: 'show', page: reviewPage(view, state.claimed as ClaimedIdentity) };
      return { kind: 'show', page: formPage(view) };
    },
    async submit(submission, view) {
      return submission.page === 'pii_review' ? send(view) : fill(submission, view);
    },
    work: (_task, view) => match(deps, view),
  };
}

function formPage(view: View): PageShown & { values: Readonly<Record<string, string>> } {
  const { options } = view.workflow.definition;
  const claimed = view.state?.claimed as ClaimedIdentity | undefined;
  const supplied = suppliedValues(suppliedIdentity(view.journey, view.workflow));
  // Supplied for a workflow that lets people say who they are: a convenience, to be changed as they like.
  const suggested = suppliedValues(view.journey.opening.prefill?.open());
  const country = claimed?.country ?? suggested['country'] ?? startingCountry(view);
  return {
    name: 'pii_form',
    model: {
      country,
      countries: getCountries(),
      askBirthDate: options.askBirthDate,
      again: (view.state?.sent ?? 0) > 0,
      locked: Object.keys(supplied),
    },
    values: { ...suggested, ...(claimed ? formValues(claimed) : { country }), ...supplied },
  };
}

/** The country chosen on the first page, where one was. */
function startingCountry(view: View): string {
  const session = view.evidence.findLast((one) => one.kind === 'session')?.data.open();
  const chosen = z.object({ country: z.string() }).safeParse(session);
  return chosen.success ? chosen.data.country : (view.workflow.definition.options.phoneCountries[0] ?? 'US');
}

function reviewPage(view: View, claimed: ClaimedIdentity): PageShown {
  const { birthDate } = claimed;
  const form = formPage(view);
  const locked = new Set(form.model['locked'] as readonly string[]);
  const fixed = (fields: readonly string[]) => (fields.every((field) => locked.has(field)) ? { fixed: true } : {});
  return {
    name: 'pii_review',
    exact: true,
    model: {
      country: claimed.country,
      rows: [
        { key: 'label.given_name', value: claimed.givenName, field: 'given_name', ...fixed(['given_name']) },
        { key: 'label.family_name', value: claimed.familyName, field: 'family_name', ...fixed(['family_name']) },
        { key: 'label.address', value: addressLines(claimed), field: 'street', ...fixed(['street', 'city', 'postal_code', 'country']) },
        { key: 'label.phone', value: claimed.phone, field: 'phone', ...fixed(['phone']) },
        ...(birthDate === undefined ? [] : [{ key: 'label.birth_date', value: birthDate, field: 'birth_date', ...fixed(['birth_date']) }]),
      ],
    },
    back: { name: form.name, model: form.model, values: form.values },
  };
}

/** The page adds the country, which has a name in each language. */
function addressLines({ street, city, region, postalCode }: ClaimedIdentity): string {
  return [street, [city, [region, postalCode].filter(Boolean).join(' ')].filter(Boolean).join(', ')].filter(Boolean).join('\n');
}

/** Something supplied that no form would take, and nobody here may change: the person goes the way of whom nobody can look up. */
function unusableSupply(view: View): StepEnd | undefined {
  const supplied = suppliedIdentity(view.journey, view.workflow);
  const fault = supplied && suppliedFault(supplied, view.workflow.definition.options, dayOf(view));
  return fault && unusable(view, fault);
}

function unusable(view: View, fault: SuppliedFault): StepEnd {
  const data = suppliedClaim(view.journey, view.workflow);
  const person: Evidence = { kind: 'claimed_identity', version: 1, simulated: view.journey.mode === 'test', data: Personal.of(data) };
  const end = failed('could_not_tell', [{ code: 'suppliedIdentityUnusable', detail: { ...fault } }], [person]);
  return { ...end, events: [{ layer: 'label', name: 'identity_prefill', outcome: 'failure', reason: 'suppliedIdentityUnusable', details: { ...fault } }, ...(end.events ?? [])] };
}

function dayOf(view: View): string {
  return new Date(view.now).toISOString().slice(0, 10);
}

function fill(submission: Submission, view: View): SubmitResult<State> {
  const supplied = suppliedIdentity(view.journey, view.workflow);
  const values = { ...submission.values.open(), ...suppliedValues(supplied) };
  const { options } = view.workflow.definition;
  const read = readForm(values, options, dayOf(view));
  // The hash proves which text stood on the screen; another one must be seen before it can be agreed to.
  const consent = consentAgreedTo(view.workflow, view.journey.opening.clientName, values['consent']);
  // What only shows beside what the person typed, a number of another country for instance: still nothing they could mend.
  const locked = read.kind === 'faults' ? lockedFault(read.errors, supplied) : undefined;
  if (locked) return { kind: 'change', change: { end: unusable(view, locked) } };
  if (read.kind === 'faults' || !consent) {
    const errors = read.kind === 'faults' ? read.errors : {};
    return { kind: 'invalid', errors: consent ? errors : { ...errors, consent: 'consent_changed' } };
  }
  const first = view.state === undefined;
  return {
    kind: 'change',
    change: {
      state: { stage: 'review', sent: view.state?.sent ?? 0, claimed: withSupplied(read.claimed, supplied), consent: consent.hash },
      consents: [{ purpose: 'phone_data_and_messages', text: consent.text, locale: consent.locale, method: 'button' }],
      events: [
        ...(first ? [{ layer: 'phase', name: 'phoneBasedIdentityAffirmation', outcome: 'start' } as const] : []),
        { layer: 'label', name: 'proofing_data_input', outcome: 'success' },
        ...(supplied ? [{ layer: 'label', name: 'identity_prefill', outcome: 'success', details: { fields: Object.keys(suppliedValues(supplied)).length } } as const] : []),
      ],
    },
  };
}

/** Counted in the very change that asks: journeys in parallel then all see each other, and none slips past the limit. */
function send(view: View): SubmitResult<State> {
  const { state } = view;
  if (!state) return { kind: 'invalid', errors: {} };
  const claimed = state.claimed as ClaimedIdentity | undefined;
  const counts = claimed && onPhonePath(view, claimed)
    ? countsOf(view.journey.mode, [...claimKeys(claimed, view.evidence), ...triedKeys(claimed, view.evidence)])
    : [];
  return { kind: 'change', change: { state: { ...state, stage: 'sent', sent: state.sent + 1 }, counts } };
}

function onPhonePath({ workflow }: View, claimed: ClaimedIdentity): boolean {
  return workflow.definition.options.phoneCountries.includes(claimed.country);
}

/** The answer belongs to the details it was asked about: where they were sent anew meanwhile, it is dropped. */
async function match(deps: PiiValidationDeps, view: View): Promise<(current: View) => Change<State> | undefined> {
  const change = await askAndJudge(deps, view);
  return (current) => (current.state?.stage === 'sent' && current.state.sent === view.state?.sent ? change(current.state) : undefined);
}

async function askAndJudge(deps: PiiValidationDeps, view: View): Promise<(current: State) => Change<State>> {
  const { options } = view.workflow.definition;
  const claimed = view.state?.claimed as ClaimedIdentity | undefined;
  if (!claimed || view.state?.consent === undefined) {
    return () => ({ end: failed('could_not_tell', [{ code: 'missingConsent' }], []) });
  }
  const simulated = view.journey.mode === 'test';
  const person: Evidence = { kind: 'claimed_identity', version: 1, simulated, data: Personal.of(claimed) };
  const listed = deps.lists && listedClaim(deps.lists, claimed, view);
  if (listed && listed.against.length > 0) {
    // Before anybody is asked; the person is sent on like whoever's phone is a risk, and learns nothing of a list.
    const counts = onPhonePath(view, claimed) ? takenBack(view, claimed, { confirmed: false, failed: false }) : [];
    return () => ({ counts, end: failed('phone_risk', listed.against, [person]) });
  }
  if (!onPhonePath(view, claimed)) {
    return () => ({ end: failed('unsupported_country', [{ code: 'unsupported_country', detail: { country: claimed.country } }], [person]) });
  }
  const counted = await deps.velocity.check(Personal.of(claimed), view);
  // A phone that the operator lets past is shared by many on purpose: what was counted is told, and stops nobody.
  const velocity = listed?.phoneAllowed === true ? { ...counted, verdict: 'within' as const } : counted;
  if (velocity.verdict === 'deny') {
    return () => ({ counts: takenBack(view, claimed, { confirmed: false, failed: false }), end: failed('phone_risk', velocity.reasons, [person]) });
  }

  const attributes = askedAttributes(claimed, options);
  const answers = await askAll(deps.vendors[view.journey.mode], claimed, attributes, options, view.now);
  const carrier = judgeSource(answers.carrier, options.match, attributes);
  const database = judgeSource(answers.database, options.match, attributes);
  const identity = judgeIdentity([carrier, database]);
  const phone = challenged(judgePhoneRisk(answers.phone, options.phoneRisk), velocity);
  const verdict = judge(identity, phone);
  const events = [
    ...velocity.reasons.filter((found) => identity.outcome !== 'match' || !phone.reasons.includes(found)).map(unenforced),
    ...affirmation(carrier, database, identity, answers),
    ...phoneRisk(phone, identity.outcome === 'match'),
  ];

  return (current) => {
    const counts = takenBack(view, claimed, { confirmed: identity.outcome === 'match', failed: identity.outcome === 'no_match' });
    if (verdict.outcome === 'no_match' && current.sent < options.piiAttempts) return { events, counts, state: { ...current, stage: 'form' } };
    if (verdict.outcome !== 'match') return { counts, end: { ...failed(verdict.outcome, verdict.reasons, [person]), events } };
    const evidence: Evidence[] = [
      person,
      { kind: 'identity_match', version: 1, simulated, data: Personal.of(matchRecord(answers, carrier, database, (answer) => missedBy(answer, options.match, attributes))) },
      { kind: 'phone_risk', version: 1, simulated, data: Personal.of(phoneRecord(answers)) },
    ];
    return { counts, end: { outcome: 'match', reasons: verdict.reasons, evidence, events } };
  };
}

/** What was counted when the details were sent, and turned out otherwise. */
function takenBack({ journey, evidence }: View, claimed: ClaimedIdentity, is: { readonly confirmed: boolean; readonly failed: boolean }): readonly Counted[] {
  return countsOf(journey.mode, [...(is.confirmed ? [] : personTakenBack(claimed, evidence)), ...(is.failed ? [] : failureTakenBack(claimed, evidence))]);
}

/** A phone that too many share, or that was tried too often in vain, is not clean, whatever its vendors say. */
function challenged(phone: ReturnType<typeof judgePhoneRisk>, { verdict, reasons }: Awaited<ReturnType<PhoneVelocity['check']>>): ReturnType<typeof judgePhoneRisk> {
  if (verdict !== 'challenge' || phone.outcome !== 'clean') return phone;
  return { outcome: 'phone_risk', reasons: reasons.filter(({ detail }) => detail?.['enforced'] === true) };
}

/** A finding that stops nobody under this key leaves its trace all the same. */
function unenforced({ code, detail }: Reason): JourneyEvent {
  return { layer: 'block', name: 'phoneNumberRiskEvaluation', outcome: 'success', reason: code, details: detail ?? {} };
}

function failed(outcome: string, reasons: StepEnd['reasons'], evidence: readonly Evidence[]): StepEnd {
  const reason = reasons[0]?.code ?? outcome;
  return {
    outcome,
    reasons,
    evidence,
    events: [
      { layer: 'label', name: 'phone_based_identity_affirmation', outcome: 'failure', reason },
      { layer: 'phase', name: 'phoneBasedIdentityAffirmation', outcome: 'exit', reason },
    ],
  };
}

function affirmation(
  carrier: Judged<'match', 'no_match'>,
  database: Judged<'match', 'no_match'>,
  identity: Judged<'match', 'no_match'>,
  answers: Answers,
): readonly JourneyEvent[] {
  const matched = identity.outcome === 'match';
  const reason = identity.reasons[0]?.code ?? identity.outcome;
  const block = (name: 'carrierMatch' | 'identityDatabaseMatch', judged: Judged<'match', 'no_match'>, answer: VendorAnswer<unknown>): JourneyEvent => ({
    layer: 'block',
    name,
    outcome: judged.outcome === 'match' ? 'success' : 'fail',
    reason: judged.reasons[0]?.code ?? judged.outcome,
    details: { ...vendorDetails(answer), ...judged.reasons[0]?.detail },
  });
  return [
    block('carrierMatch', carrier, answers.carrier),
    block('identityDatabaseMatch', database, answers.database),
    { layer: 'block', name: 'phoneBasedIdentityAffirmation', outcome: matched ? 'success' : 'fail', reason },
    { layer: 'label', name: 'phone_based_identity_affirmation', outcome: matched ? 'success' : 'failure', reason },
    { layer: 'phase', name: 'phoneBasedIdentityAffirmation', outcome: matched ? 'next' : 'exit', reason },
  ];
}

function phoneRisk(phone: Judged<'clean', 'phone_risk'>, relevant: boolean): readonly JourneyEvent[] {
  if (!relevant) return [];
  const clean = phone.outcome === 'clean';
  const reason = clean ? {} : { reason: phone.reasons[0]?.code ?? phone.outcome };
  return [
    { layer: 'phase', name: 'phoneNumberRiskEvaluation', outcome: 'start' },
    { layer: 'block', name: 'phoneNumberRiskEvaluation', outcome: clean ? 'success' : 'fail', ...reason, details: phone.reasons[0]?.detail ?? {} },
    { layer: 'label', name: 'phone_risk_evaluation', outcome: clean ? 'success' : 'failure', ...reason },
    { layer: 'phase', name: 'phoneNumberRiskEvaluation', outcome: clean ? 'next' : 'exit', ...reason },
  ];
}

function vendorDetails(answer: VendorAnswer<unknown>): Readonly<Record<string, string | number | boolean>> {
  if (answer.kind === 'not_configured') return { answer: answer.kind };
  const { vendor, sourceClass, simulated, requestId, latencyMs } = answer.meta;
  return { answer: answer.kind, vendor, sourceClass, simulated, latencyMs, ...(requestId === undefined ? {} : { requestId }) };
}

function matchRecord(
  answers: Answers,
  carrier: Judged<'match', 'no_match'>,
  database: Judged<'match', 'no_match'>,
  missed: (answer: Answers['carrier']) => SourceFinding['missed'],
): unknown {
  const source = (answer: Answers['carrier'], judged: Judged<'match', 'no_match'>): SourceFinding & Readonly<Record<string, unknown>> => ({
    outcome: judged.outcome,
    missed: missed(answer),
    ...vendorDetails(answer),
    attributes: answer.kind === 'answer' ? answer.value.attributes : {},
  });
  return { carrier: source(answers.carrier, carrier), database: source(answers.database, database) };
}

function phoneRecord(answers: Answers): unknown {
  return Object.fromEntries(
    Object.entries(answers.phone).map(([check, answer]) => [check, { ...vendorDetails(answer), ...(answer.kind === 'answer' ? answer.value : {}) }]),
  );
}
