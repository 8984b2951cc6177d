/**
 * What a verification step is. A step is told what it kept and what time it is, and says what should happen; it never
 * knows its successor, never touches the database, and reaches the world only in `work`, through vendor ports.
 *
 * The engine runs `move` again after every recorded change, so the position is always worked out from recorded facts:
 * reload, back button, two tabs and a second process end in the same place.
 */
import type { z } from 'zod';
import type { Evidence, EvidenceKind, Journey, Reason, StepName, Visitor } from '../journey/journey.ts';
import type { Workflow } from '../journey/workflow.ts';
import type { RiskDecided, Sighting } from '../journey/store.ts';
import type { JourneyEvent } from '../events/events.ts';
import type { Personal } from '../personal.ts';

/** What a step may look at. `state` is undefined until the step recorded something. */
export interface StepView<State> {
  readonly journey: Journey;
  readonly workflow: Workflow;
  readonly node: string;
  readonly state: State | undefined;
  /** Epoch milliseconds, read once per advance. */
  readonly now: number;
  /** Evidence recorded so far in this journey, newest last. */
  readonly evidence: readonly Evidence[];
}

/** What should happen now. */
export type StepMove =
  | { readonly kind: 'show'; readonly page: PageShown }
  | { readonly kind: 'work'; readonly task: string }
  | { readonly kind: 'finish'; readonly end: StepEnd };

/** A page at rest. `model` is typed per page in `hosted/pages.ts`. `wakeAt` is when the step wants another look. */
export interface PageShown {
  readonly name: string;
  readonly model: Readonly<Record<string, unknown>>;
  /** What the fields hold when the page is shown. */
  readonly values?: Readonly<Record<string, string>>;
  readonly wakeAt?: number;
  /** The answer must come from the very version shown: what was reviewed is what is sent. */
  readonly exact?: boolean;
  /** A page the person may go back to from this one (`?edit`); its form is accepted too. */
  readonly back?: { readonly name: string; readonly model: Readonly<Record<string, unknown>>; readonly values: Readonly<Record<string, string>> };
}

export interface StepEnd {
  readonly outcome: string;
  readonly reasons: readonly Reason[];
  readonly evidence?: readonly Evidence[];
  readonly events?: readonly JourneyEvent[];
}

/** A consent given: recorded before the call it covers (SPEC 12). */
export interface ConsentGiven {
  readonly purpose: 'phone_data_and_messages' | 'biometrics' | 'knowledge_questions';
  /** The exact text that stood on the screen. */
  readonly text: string;
  readonly locale: string;
  readonly method: 'button';
}

/** A one-time link made known, so that the phone's request finds its journey. Only the hash is stored. */
export interface LinkMade {
  readonly tokenHash: string;
  readonly expiresAt: number;
}

/** One thing to be counted by velocity rules. `key` is hashed with the index key before it is stored. */
export interface Counted {
  readonly dimension: string;
  readonly key: Personal<string>;
  /** What it was seen together with, for rules that count different ones; hashed likewise. */
  readonly peer?: Personal<string>;
}

/** A message about to be sent: the intent is stored before the send (SPEC 4, sms_link). */
export interface MessageIntent {
  readonly id: string;
  readonly attempt: number;
}

/** What became of a message. */
export interface MessageOutcome {
  readonly id: string;
  readonly status: 'sent' | 'rejected' | 'unknown';
  readonly provider: string;
  readonly providerMessageId?: string;
  readonly code?: string;
}

/** Everything that one recorded change holds; the engine writes it in one transaction, guarded by the version. */
export interface Change<State> {
  readonly state?: State;
  readonly end?: StepEnd;
  readonly events?: readonly JourneyEvent[];
  readonly consents?: readonly ConsentGiven[];
  readonly links?: readonly LinkMade[];
  readonly counts?: readonly Counted[];
  readonly messages?: readonly MessageIntent[];
  readonly delivered?: readonly MessageOutcome[];
  /** When pictures of the journey are deleted, epoch milliseconds: their own clock, set again at the step's end. */
  readonly images?: { readonly ids: readonly string[] | 'all'; readonly deleteAt: number };
  /** A document that was accepted as read; both are hashed with the index key before they are stored. */
  readonly documentSeen?: { readonly document: Personal<string>; readonly person: Personal<string> };
  /** A face to be recognised under another identity later; sealed. Only where the workflow asks. */
  readonly faceSeen?: { readonly person: Personal<string>; readonly template: Personal<readonly number[]> };
  /** A session decision with everything it stood on; kept beyond the step. */
  readonly risk?: RiskDecided;
  readonly sightings?: readonly Sighting[];
}

/** A file that came with a form. Sent bytes: nothing but the document reader's intake may look into them. */
export interface SentFile {
  readonly field: string;
  readonly bytes: Personal<Uint8Array>;
  /** As the sender says; proves nothing. */
  readonly mediaType: string;
}

/** What a messaging provider reported about one message of this step; reports come late, twice and out of order. */
export interface MessageReport {
  readonly messageId: string;
  readonly status: 'queued' | 'sent' | 'delivered' | 'failed' | 'opted_out' | 'unknown';
  readonly code?: string;
}

/** A form that was sent. Values are as typed: a step trusts none of them. */
export interface Submission {
  /** Which page the form stood on; an answer to another page than the present one changes nothing. */
  readonly page: string;
  /** The journey's version that the form was shown for; 0 where the form did not say. */
  readonly version: number;
  /** `browser` holds the interaction; `phone` came by the one-time link. */
  readonly channel: 'browser' | 'phone';
  readonly values: Personal<Readonly<Record<string, string>>>;
  readonly visitor: Visitor;
  /** Pictures, in the order they were sent; absent for an ordinary form. */
  readonly files?: readonly SentFile[];
  /** Hash of the token by which a phone came; absent for the browser. */
  readonly linkHash?: string;
  /** Hash of the device cookie that came with this very request; absent where there was none, and for a phone, whose key is shown without one. */
  readonly deviceHash?: string;
  /** Hash of the short-lived cookie that only the browser's hardware key renews; absent where there was none. */
  readonly boundHash?: string;
}

/** Field name to message key (`errors.fields.<key>`); shown in the summary and at the field. */
export type FieldErrors = Readonly<Record<string, string>>;

export type SubmitResult<State> =
  | { readonly kind: 'change'; readonly change: Change<State> }
  /** Shown again on the same page with what was typed; nothing is recorded. */
  | { readonly kind: 'invalid'; readonly errors: FieldErrors };

export interface Step<State = unknown> {
  readonly name: StepName;
  /** Evidence kinds that must be there before the step runs; the engine fails closed otherwise. */
  readonly needs: readonly EvidenceKind[];
  /** Evidence kinds that, all together, will do in place of `needs`. */
  readonly needsInstead?: readonly EvidenceKind[];
  /** Evidence kinds the step can add. */
  readonly yields: readonly EvidenceKind[];
  /** Reads back what was stored; a state that does not parse is a bug and fails closed. */
  readonly state: z.ZodType<State>;
  /** Pure. */
  move(view: StepView<State>): StepMove;
  /** How long `work` may take at most, milliseconds, where that is longer than questions to vendors take. */
  readonly workMs?: number;
  /**
   * The page a phone sees that came by a token; pure; undefined where the step has none or the link is spent.
   * @param linkHash hash of that token: a step may have several that are good for different things
   */
  phonePage?(view: StepView<State>, linkHash: string): PageShown | undefined;
  /**
   * What an answer changes. `async` because a step may count velocity or look an address up; it asks no vendor.
   */
  submit(submission: Submission, view: StepView<State>): Promise<SubmitResult<State>>;
  /**
   * Asks the world, outside any transaction and under a lease, and gives back how the answer changes the state that is
   * current by then; undefined where the answer is no longer wanted, and then nothing is recorded. Must be safe to run
   * twice: a crash between the answer and its record repeats it.
   */
  work?(task: string, view: StepView<State>): Promise<(current: StepView<State>) => Change<State> | undefined>;
  /** How an authenticated delivery report changes the state; pure; undefined where it changes nothing. */
  report?(report: MessageReport, view: StepView<State>): Change<State> | undefined;
}
