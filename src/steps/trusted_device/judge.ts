/** What a return comes to: the facts that the answer table is asked about, and what is no return at all. Pure. */
import { answerFor, type Answer, type ReturnFacts } from '../../devices/answer.ts';
import type { TrustRefusal } from '../../devices/trust.ts';
import type { Reason } from '../../journey/journey.ts';
import { levelBy, satisfies } from '../../journey/levels.ts';
import type { Outcome } from './events.ts';
import type { Known, SimFinding, View, Weighed } from './state.ts';

/** What each way of coming back reaches. */
const BY_DEVICE = levelBy(['known_person', 'device_proof']);
const BY_PASSKEY = levelBy(['known_person', 'passkey_proof']);
const BY_LINK = levelBy(['known_person', 'phone_possession']);

/** Steps that prove the known phone to be in hand. */
const LINKS: ReadonlySet<string> = new Set(['sms_link', 'otp']);

/** The cookie is known and trusted for nobody here: who that makes a stranger, and who is worth a closer look. */
const REFUSED: Readonly<Record<TrustRefusal, Outcome>> = {
  no_trust: 'unknown',
  trust_expired: 'unknown',
  account_erased: 'unknown',
  another_credential: 'unknown',
  // Nobody can say which of them it is, and the application did not.
  several_people: 'unknown',
  // Somebody took the trust away.
  trust_revoked: 'high',
};

export function refusedOutcome(code: TrustRefusal): Outcome {
  return REFUSED[code];
}

/** Why what was weighed cannot be a return of the known device; undefined where it is to be judged. */
export function notReturned({ cookie, withdrawn }: Pick<Weighed, 'cookie' | 'withdrawn'>): { readonly outcome: Outcome; readonly code: string } | undefined {
  if (cookie === 'gone') return { outcome: 'unknown', code: 'cookie_gone' };
  if (cookie === 'other_device') return { outcome: 'high', code: 'cookie_of_another_device' };
  if (withdrawn === undefined) return undefined;
  return { outcome: (REFUSED as Readonly<Record<string, Outcome>>)[withdrawn] ?? 'high', code: withdrawn };
}

/** Whether a link to the known phone follows where less than trust is owed. */
export function canLink({ linkPhone }: Known, { workflow, node }: View): boolean {
  const { nodes } = workflow.definition;
  const target = nodes[node]?.routes['elevated'];
  const step = target && 'go' in target ? nodes[target.go]?.step : undefined;
  return linkPhone !== undefined && step !== undefined && LINKS.has(step);
}

/** Whether one of the wanted levels is reached; wanting none is reached by all. */
function reaches(level: string | undefined, { journey }: View): boolean {
  const wanted = journey.opening.wanted?.acr ?? [];
  return wanted.length === 0 || wanted.some((acr) => satisfies(level, acr));
}

/** Whether a passkey is worth offering for what the application wants. */
export const passkeyReaches = (view: View): boolean => reaches(BY_PASSKEY, view);

/** @param cookie one that {@link notReturned} lets through */
function factsOf(weighed: Weighed, view: View, sim: SimFinding): ReturnFacts {
  const { cookie, proof, band, hardware, session, known } = weighed;
  return {
    session: session.outcome,
    // What is not a standing ended it before.
    cookie: cookie === 'gone' || cookie === 'other_device' ? 'replayed' : cookie,
    proof,
    band,
    hardware,
    sim,
    active: view.journey.opening.wanted?.active ?? false,
    acr: reaches(BY_DEVICE, view) ? 'by_device' : reaches(BY_LINK, view) ? 'by_link' : 'beyond_link',
    knownPhone: canLink(known, view),
  };
}

/** Whether the device is known to be itself, whatever else is owed. */
export function provedItself({ proof, hardware, band }: Weighed): boolean {
  return proof === 'good' && hardware !== 'missing' && band !== 'different' && band !== 'contradictory';
}

export interface Judged {
  readonly answer: Answer;
  readonly reasons: readonly Reason[];
  /** One more proof from the person would do, whether or not there is a phone to ask for it. */
  readonly oneMoreProof: boolean;
}

export function judgeReturn(weighed: Weighed, view: View, sim: SimFinding): Judged {
  const facts = factsOf(weighed, view, sim);
  const { answer, reasons } = answerFor(facts);
  // What the carrier could not say is nothing to a passkey, which needs no phone.
  const besides = answerFor({ ...facts, knownPhone: true, sim: sim === 'could_not_tell' ? 'unchanged' : sim }).answer;
  return { answer, reasons, oneMoreProof: besides === 'elevated' || (besides === 'trusted' && answer !== 'trusted') };
}
