/**
 * Sends the link of a step that is asked again to the phone that was matched or confirmed in the journey: by the same
 * sender, within the same share of messages per phone, and recorded like the journey's other messages. Nothing is sent
 * to a number that was merely typed, without the consent on record under which numbers are messaged, or to somebody who
 * said that the number is not theirs.
 */
import { knownPersonOf } from '../journey/device_evidence.ts';
import type { Evidence, Journey } from '../journey/journey.ts';
import { countsOf } from '../journey/rules/velocity.ts';
import type { JourneyStore, LoadedJourney, Recording, WorkflowStore } from '../journey/store.ts';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import { matchedPhone } from '../steps/sms_link/matched_phone.ts';
import { composeMessage } from '../steps/sms_link/message.ts';
import { intendSend, sendRecord, withheldRecord, type MessageLimit } from '../steps/sms_link/sends.ts';
import type { Vendors } from '../vendors/ports.ts';
import { emptyRecording } from './recording.ts';

/** What became of it. `id` is the message's, as it stands with the journey; undefined where none was even intended. */
export type AgainSent =
  /** Its provider took it; whether it arrives is told with the journey's messages. */
  | { readonly kind: 'sent'; readonly id: string }
  /** It may or may not be on its way. */
  | { readonly kind: 'unknown'; readonly id: string | undefined; readonly code: string }
  | { readonly kind: 'failed'; readonly id: string | undefined; readonly code: string };

/** A phone as it was looked up, with the journeys in which the consent to be messaged on it may have been given. */
export interface AgainPhone {
  readonly phone: Personal<string>;
  readonly consentIn: readonly string[];
}

export interface AgainMessages {
  /** The phone that a link may be sent to; undefined where there is none, or it must not be. */
  phone(journeyId: string): Promise<AgainPhone | undefined>;
  /**
   * Send a link to it.
   * @param to as it was looked up before the step was asked again: what proved it may be among what that dropped. The
   *   consent, and that nobody said the number is not theirs, are asked for once more.
   * @param expiresAt when the link ends, epoch milliseconds
   */
  send(journeyId: string, to: AgainPhone, link: Personal<string>, expiresAt: number): Promise<AgainSent>;
}

export interface AgainMessageDeps {
  readonly journeys: Pick<JourneyStore, 'byId' | 'record'>;
  readonly workflows: Pick<WorkflowStore, 'version'>;
  readonly vendors: Vendors;
  readonly limit: MessageLimit;
  /** Whether the consent to use the phone, and to be messaged on it, is on record with one of these journeys. */
  readonly consented: (journeyIds: readonly string[]) => Promise<boolean>;
  /** What became of a message whose journey is decided by now, and so is not written to. */
  readonly messageSent: (outcome: Recording['delivered'][number], now: number) => Promise<void>;
  /** Told where what became of a message could not be written down: it stands as intended then. */
  readonly unrecorded: (thrown: unknown) => void;
  readonly now: () => number;
}

/** More than two processes ever write to one journey at a moment. */
const MOST_TRIES = 20;

/** Why a number is not its owner's, in the reasons of steps and decisions. */
const NOT_THEIRS: ReadonlySet<string> = new Set(['reportedByUser', 'numberGivenUp']);

/** Where the phone of a journey comes from: whose consent stands behind it. */
interface Reachable {
  readonly phone: string;
  /** The journeys in which the consent may have been given: this one, and for whoever is known the one that verified them. */
  readonly consentIn: readonly string[];
}

/** The phone that was confirmed or matched last in a journey. Pure. @throws GatehouseError `evidence_unreadable` */
export function reachable({ journey, evidence }: Pick<LoadedJourney, 'journey' | 'evidence'>): Reachable | undefined {
  if (mustNotBe(journey)) return undefined;
  const { id } = journey;
  const newest = evidence.findLast(({ kind }) => kind === 'phone_possession' || kind === 'identity_match' || kind === 'known_person');
  const phone = newest?.kind === 'phone_possession' ? possessed(newest) : matchedPhone(evidence);
  if (phone === undefined || phone === '') return undefined;
  const known = knownPersonOf(evidence);
  return { phone, consentIn: known?.linkPhone === phone ? [id, known.journeyId] : [id] };
}

/** Somebody said that the number is not theirs, or nothing could be delivered last; also where that step was asked again since. */
function mustNotBe({ results, decision, reviews = [] }: Pick<Journey, 'results' | 'decision' | 'reviews'>): boolean {
  const all = [...reviews.flatMap(({ dropped = [] }) => dropped), ...results];
  const said = [...all.flatMap(({ reasons }) => reasons), ...(decision?.reasons ?? []), ...reviews.flatMap(({ from }) => from.reasons)];
  if (said.some(({ code }) => NOT_THEIRS.has(code))) return true;
  const last = all.toSorted((a, b) => a.at - b.at).findLast(({ step }) => step === 'sms_link');
  return last?.outcome === 'undeliverable';
}

function possessed({ data }: Evidence): string | undefined {
  const { phone } = data.open() as { readonly phone?: unknown };
  return typeof phone === 'string' ? phone : undefined;
}

/** Undefined where the issuer's address alone fills a message: this link is longer than those that steps send. */
function bodyOf(link: Personal<string>, compose: (address: string) => string): Personal<string> | undefined {
  try {
    return link.map(compose);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

export function againMessages(deps: AgainMessageDeps): AgainMessages {
  const { journeys, workflows, vendors, limit, now } = deps;

  /** Write beside whatever else goes on in the journey; undefined where it is decided or gone by now. */
  const write = async (journeyId: string, make: (loaded: LoadedJourney, at: number) => Partial<Recording>): Promise<LoadedJourney | undefined> => {
    for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
      const loaded = await journeys.byId(journeyId);
      if (!loaded || loaded.journey.decision) return undefined;
      const at = now();
      const written = await journeys.record(loaded.journey, { ...emptyRecording(loaded.journey, at), ...make(loaded, at) });
      if (written) return written;
    }
    throw new GatehouseError('journey_contended', 503, 'a journey changed faster than a message could be recorded', { visitor: 'unavailable' });
  };

  return {
    async phone(journeyId) {
      const loaded = await journeys.byId(journeyId);
      const found = loaded && reachable(loaded);
      return found && (await deps.consented(found.consentIn)) ? { phone: Personal.of(found.phone), consentIn: found.consentIn } : undefined;
    },
    async send(journeyId, { phone, consentIn }, link, expiresAt) {
      const begun = await journeys.byId(journeyId);
      const workflow = begun && (await workflows.version(begun.journey.workflowId, begun.journey.workflowVersion));
      if (!begun || !workflow || mustNotBe(begun.journey) || !(await deps.consented(consentIn))) return { kind: 'failed', id: undefined, code: 'no_phone' };
      const { mode, opening } = begun.journey;
      const seconds = Math.max(1, Math.floor((expiresAt - now()) / 1000));
      const body = bodyOf(link, (address) => composeMessage(opening.locale, opening.clientName, seconds, address, 'again'));
      if (!body) return { kind: 'failed', id: undefined, code: 'link_too_long' };
      const { id } = intendSend(now());
      // The intent is stored, and counted, before anything is sent: journeys in parallel see each other's messages.
      const intended = await write(journeyId, () => ({ messages: [{ id, attempt: 1 }], counts: countsOf(mode, [{ dimension: 'message', key: phone }]) }));
      if (!intended) return { kind: 'failed', id: undefined, code: 'journey_over' };
      // What was done is done, and is told as it is: a record that cannot be written must not make another answer of it.
      const finish = async (record: Pick<Recording, 'delivered' | 'events'>): Promise<void> => {
        try {
          if (await write(journeyId, () => record)) return;
          for (const outcome of record.delivered) await deps.messageSent(outcome, now());
        } catch (thrown) {
          deps.unrecorded(thrown);
        }
      };
      const share = await limit.look(phone, { journey: intended.journey, workflow, now: now() }, true);
      if (share.over && share.enforced) {
        await finish(withheldRecord(id, 1, share));
        return { kind: 'failed', id, code: 'message_limit' };
      }
      const answer = await vendors[mode].sms.send({ id, to: phone, link, validitySeconds: seconds, body });
      await finish(sendRecord(id, 1, answer, share));
      if (answer.kind === 'accepted') return { kind: 'sent', id };
      return { kind: answer.kind === 'unknown' ? 'unknown' : 'failed', id, code: answer.code };
    },
  };
}
