/**
 * What working on cases needs kept and done; the console and the API go through the same desk, and every rule of it holds
 * below them. Implemented in `store/console/cases.ts`. Times are epoch milliseconds.
 */
import type { AgainSent } from '../../engine/again_message.ts';
import type { ReviewRefusal } from '../../engine/review.ts';
import type { Decision, Mode, StepResult } from '../../journey/journey.ts';
import type { ReviewRound, ReviewVerdict } from '../../journey/review.ts';
import type { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';

/** `follow_up`: opened by a rule of the workflow's automation, for looking afterwards; the journey's decision stands. */
export type CaseKind = 'review' | 'incident' | 'follow_up';
/** `waiting`: for the person, who was asked for a step again. */
export type CaseStatus = 'open' | 'waiting' | 'resolved';

export interface CaseFilter {
  readonly status?: CaseStatus | undefined;
  /** Of one person, or of nobody. */
  readonly assignee?: { readonly id: string } | 'nobody' | undefined;
  readonly workflowId?: string | undefined;
  readonly tag?: string | undefined;
  readonly mode?: Mode | undefined;
  /** Open and past their time by now. */
  readonly overdueAt?: number | undefined;
}

export interface CaseLine {
  readonly id: string;
  readonly kind: CaseKind;
  readonly status: CaseStatus;
  /** To be sent back with every change. */
  readonly version: number;
  readonly mode: Mode;
  /** Undefined for incidents. */
  readonly workflowId: string | undefined;
  readonly journeyId: string | undefined;
  readonly tags: readonly string[];
  readonly openedAt: number;
  readonly dueAt: number;
  readonly resolvedAt: number | undefined;
  /** `reviewed_approve`, `route_deny`, `incident_acted` …: a code. */
  readonly resolution: string | undefined;
  readonly assignee: { readonly id: string; readonly name: string } | undefined;
  readonly fourEyes: boolean;
  /** What one person would decide and another has to confirm. */
  readonly proposal: { readonly verdict: ReviewVerdict; readonly code: string; readonly by: { readonly kind: string; readonly id: string; readonly name: string }; readonly at: number } | undefined;
}

export interface CasePage {
  /** Open ones in the order in which they are due; others newest first. */
  readonly lines: readonly CaseLine[];
  /** Opaque; asks for those that follow. Undefined on the last page. */
  readonly next: string | undefined;
}

export interface CaseNote {
  readonly at: number;
  readonly kind: 'comment' | 'reason';
  readonly by: string;
  /** May hold personal data; undefined once erased. */
  readonly text: Personal<string> | undefined;
}

export interface CaseStep {
  readonly at: number;
  readonly by: string;
  /** Stable: `opened`, `assigned`, `proposed`, `decided` … */
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Other journeys that share something with this one: at most {@link MOST_RELATED}, and whether there are more. */
export interface RelatedJourneys {
  readonly by: 'phone' | 'device' | 'document';
  readonly journeys: readonly { readonly id: string; readonly verdict: string | undefined; readonly createdAt: number }[];
  readonly more: boolean;
}

export const MOST_RELATED = 5;

export interface FoundCase extends CaseLine {
  readonly journey: {
    readonly id: string;
    readonly clientId: string;
    /** `workflow@version`. */
    readonly workflow: string;
    readonly createdAt: number;
    readonly expiresAt: number;
    readonly decision: Decision | undefined;
    readonly results: readonly StepResult[];
    readonly reviews: readonly ReviewRound[];
    readonly erased: boolean;
  } | undefined;
  readonly incident: {
    readonly id: string;
    readonly kind: string;
    readonly accountId: string | undefined;
    readonly deviceId: string | undefined;
    readonly journeyId: string | undefined;
    readonly details: Readonly<Record<string, string | number | boolean | null>>;
    readonly at: number;
  } | undefined;
  readonly notes: readonly CaseNote[];
  readonly history: readonly CaseStep[];
  readonly related: readonly RelatedJourneys[];
}

export type CaseRefusal =
  | ReviewRefusal
  | 'unknown'
  | 'resolved'
  /** Somebody works on it; say that you take it over. */
  | 'assigned'
  /** No such person on the staff who may work on cases. */
  | 'no_such_person'
  /** Only somebody signed in may propose or confirm under four eyes: a token may be anybody's. */
  | 'people_only'
  | 'too_many_tags'
  /** The person is not waited for: a new link is made only where they are. */
  | 'not_waiting'
  | 'wrong_kind'
  /** Cases of this kind do not end so. */
  | 'bad_ending'
  /** There is no phone that the link may be sent to: none was matched or confirmed, or the consent for it is not on record. */
  | 'no_phone';

export interface Refused {
  readonly kind: 'refused';
  readonly why: CaseRefusal;
}

export type CaseChanged = { readonly kind: 'done'; readonly version: number } | Refused;

export type CaseDecided =
  | { readonly kind: 'decided' }
  /** Somebody else has to confirm. */
  | { readonly kind: 'proposed' }
  /** The second person would decide otherwise: back in the queue, with nobody assigned. */
  | { readonly kind: 'returned' }
  | Refused;

export type CaseAsked =
  /**
   * `url` is a secret that works once, told here and never again; until `expiresAt`. `unsent`: it was to be sent by text
   * message, and that failed, or nobody can say.
   */
  | { readonly kind: 'asked'; readonly expiresAt: number; readonly url: string; readonly unsent?: Exclude<AgainSent, { readonly kind: 'sent' }> }
  /** Sent by text message to the phone that ends in `ending`, and told to nobody else. */
  | { readonly kind: 'sent'; readonly expiresAt: number; readonly ending: string }
  | Refused;

interface OfCase {
  readonly caseId: string;
  /** As it was looked at. */
  readonly version: number;
}

/** One of `REVIEW_REASONS`, and more in one's own words. */
interface Because {
  readonly code: string;
  readonly words: Personal<string> | undefined;
}

/** Why a case is closed that decides nothing: an incident, or one for looking afterwards. */
export const CASE_ENDINGS = { acted: 'Something was done about it', looked_at: 'Looked at; nothing needs doing', false_alarm: 'A false alarm' } as const;
export type CaseEnding = keyof typeof CASE_ENDINGS;

/** How cases end that are closed rather than decided; undefined for those that are decided. */
export function endingsOf(kind: CaseKind): Readonly<Partial<Record<CaseEnding, string>>> | undefined {
  const { acted, looked_at } = CASE_ENDINGS;
  return kind === 'incident' ? CASE_ENDINGS : kind === 'follow_up' ? { looked_at, acted } : undefined;
}

export const MOST_TAGS = 20;

export interface CaseDesk {
  /** Where only open ones are asked for, what is due first comes first. @throws GatehouseError `bad_cursor` */
  queue(filter: CaseFilter, before: string | undefined, most: number): Promise<CasePage>;
  find(id: string): Promise<FoundCase | undefined>;
  /** Id of the case of a journey. */
  ofJourney(journeyId: string): Promise<string | undefined>;
  /** What the queue can be narrowed by. */
  choices(): Promise<{ readonly workflows: readonly string[]; readonly tags: readonly string[]; readonly people: readonly { readonly id: string; readonly name: string }[] }>;
  /** Give a case to somebody by their staff id, or to nobody. Taking one that is somebody else's has to be meant: `takeOver`. */
  assign(actor: Actor, of: OfCase & { readonly to: string | undefined; readonly takeOver: boolean }): Promise<CaseChanged>;
  tag(actor: Actor, of: OfCase & { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<CaseChanged>;
  comment(actor: Actor, of: { readonly caseId: string; readonly text: Personal<string> }): Promise<CaseChanged>;
  decide(actor: Actor, of: OfCase & Because & { readonly verdict: ReviewVerdict }): Promise<CaseDecided>;
  /** Take back what one proposed oneself. */
  withdraw(actor: Actor, of: OfCase): Promise<CaseChanged>;
  /** The last two digits of the phone that a link to go on by may be sent to; undefined where there is none. */
  textable(caseId: string): Promise<string | undefined>;
  /**
   * Send the person back to a step: on the page where they wait, if they do, and by a link in any browser.
   * @param of.send the link goes by text message to the phone that was matched or confirmed in the journey
   */
  askAgain(actor: Actor, of: OfCase & Because & { readonly node: string; readonly send?: boolean | undefined }): Promise<CaseAsked>;
  /** A new link for somebody who is waited for, in place of the one before: that one, and the browser that used it, are shut out. */
  newLink(actor: Actor, of: OfCase & { readonly send?: boolean | undefined }): Promise<CaseAsked>;
  /** Close an incident, or a case for looking afterwards, by one of {@link endingsOf} its kind. */
  close(actor: Actor, of: OfCase & { readonly code: CaseEnding; readonly words: Personal<string> | undefined }): Promise<CaseChanged>;
}
