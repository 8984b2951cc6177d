import type { Personal } from '../personal.ts';
import type { JourneyEvent } from '../events/events.ts';
import type { DeviceKeyEvidence } from './device_evidence.ts';
import type { FiredRule } from './rules/automations.ts';
import type { DecisionRecord } from './rules/decision_record.ts';
import type { Decision, Evidence, Journey, Mode, Opening, StepResult } from './journey.ts';
import type { Reviewer, ReviewRound } from './review.ts';
import type { Workflow } from './workflow.ts';

/** What is known when a journey begins; the store gives it its first version. */
export interface NewJourney {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  readonly mode: Mode;
  readonly clientId: string;
  readonly interactionUid: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When it is deleted whole, by the workflow's retention, epoch milliseconds. */
  readonly deleteAt: number;
  readonly opening: Opening;
  readonly events: readonly JourneyEvent[];
}

/** A place that an address was located at; what is not known is absent. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  /** The place is somewhere within so many kilometres of the point. */
  readonly radiusKm?: number;
  /** `hosting`, `vpn` and `relay` say where the network is, not where the person is; `mobile` may be a carrier's gateway far away. */
  readonly network?: 'access' | 'mobile' | 'hosting' | 'vpn' | 'relay';
}

/** A subject (a credential or account) was seen somewhere; kept for travel. The subject is hashed before it is stored. */
export interface Sighting {
  readonly subject: Personal<string>;
  readonly place: Place;
}

/** A session decision as it is kept, with what the shadow policy would have said. */
export interface RiskDecided {
  readonly record: DecisionRecord;
  readonly policyVersion: number;
  readonly shadow?: { readonly record: DecisionRecord; readonly policyVersion: number };
}

/** What somebody came back by. All of it has to live still when they are approved. */
export interface ReturnedBy {
  /** Of the trust in a device, where that is how they were recognised. */
  readonly trustId: string | undefined;
  /** The device whose key answered, if one did. */
  readonly deviceId: string | undefined;
  /** The passkey that signed, if one did. */
  readonly passkeyId: string | undefined;
  /** The journey that verified them. */
  readonly journeyId: string;
}

/** What becomes of devices when a journey is approved. */
export interface DeviceBinding {
  /** Keys shown in this journey: bound to the account, and trusted for it. */
  readonly keys: readonly DeviceKeyEvidence[];
  /** Present where the person was recognised rather than verified. */
  readonly returned: ReturnedBy | undefined;
  /** What the journey reached, an `acr` value. */
  readonly acr: string;
  /** Why these devices are trusted: the step that established the person. */
  readonly reason: string;
  /** Epoch milliseconds, by kind of device. */
  readonly expiresAt: { readonly desktop: number; readonly phone: number };
  /** Devices the account may have trusted at a time. */
  readonly most: number;
}

/** The account a decided journey belongs to: found by identity, created where there is none. */
export interface AccountBinding {
  /** Text whose keyed hash finds the account; or the account itself, where the person came back. */
  readonly identity: Personal<string> | { readonly accountId: string; readonly by: ReturnedBy };
  /** Undefined where the workflow trusts no devices. */
  readonly devices: DeviceBinding | undefined;
  /** The newest that was established about the person; sealed on the account. */
  readonly profile: Personal<unknown>;
  /** The application's own name for its user; never moved from one account to another. */
  readonly credential: Personal<string> | undefined;
}

/** What a journey needs that waits for a person on the staff. */
export interface WaitsForReview {
  /** Until when its case is to be decided, epoch milliseconds. */
  readonly dueAt: number;
  /** A second person has to agree. */
  readonly fourEyes: boolean;
  /** Keys shown so far: their browsers can be given cookies when they leave, and are trusted by nobody yet. */
  readonly keys: readonly DeviceKeyEvidence[];
}

/** What a person on the staff decided, guarded by the version of the case that they looked at. */
export interface ReviewRecording {
  readonly caseId: string;
  readonly caseVersion: number;
  readonly round: ReviewRound;
  readonly by: Reviewer;
  /** In their own words; sealed with the case. */
  readonly words: Personal<string> | undefined;
  /** Where the person is asked for a step again, in place of a decision. */
  readonly again?: {
    readonly results: readonly StepResult[];
    /** Their evidence goes, but for attempts, which prove nothing. */
    readonly dropped: readonly string[];
    readonly expiresAt: number;
    /** Of the one-time link by which the person goes on; absent where they wait on a page of ours. */
    readonly linkHash: string | undefined;
  };
}

/** One change, written whole or not at all. */
export interface Recording {
  readonly node: string | undefined;
  readonly now: number;
  readonly states: Journey['states'];
  readonly result?: StepResult;
  readonly decision?: Decision;
  readonly binding?: AccountBinding;
  readonly expiresAt?: number;
  readonly events: readonly JourneyEvent[];
  readonly evidence: readonly Evidence[];
  readonly consents: readonly { readonly purpose: string; readonly text: string; readonly locale: string; readonly method: string; readonly proof: Personal<unknown> }[];
  readonly links: readonly { readonly tokenHash: string; readonly expiresAt: number }[];
  readonly counts: readonly { readonly dimension: string; readonly key: Personal<string>; readonly peer?: Personal<string> }[];
  readonly messages: readonly { readonly id: string; readonly attempt: number }[];
  /** Pictures whose own clock is set; `all` of the journey's where it was interrupted and nobody needs them any more. */
  readonly images?: { readonly ids: readonly string[] | 'all'; readonly deleteAt: number };
  /** Both are hashed before they are stored. */
  readonly documentSeen?: { readonly document: Personal<string>; readonly person: Personal<string> };
  readonly faceSeen?: { readonly person: Personal<string>; readonly template: Personal<readonly number[]> };
  readonly risk?: RiskDecided;
  readonly sightings?: readonly Sighting[];
  readonly delivered: readonly { readonly id: string; readonly status: string; readonly provider: string; readonly providerMessageId?: string; readonly code?: string }[];
  /** With a decision `review`: opens its case. */
  readonly waits?: WaitsForReview;
  /** With a decision: the rules of the workflow's automation that fit it, each of which is run once for a journey. */
  readonly automations?: readonly FiredRule[];
  /** Written only where the stored decision is `review`; everything else only where there is none. */
  readonly review?: ReviewRecording;
}

/** A journey with what steps look at. */
export interface LoadedJourney {
  readonly journey: Journey;
  readonly evidence: readonly Evidence[];
  readonly accountId: string | undefined;
  /** Keyed hash of the application's name for its user, where it is tied to this very account. */
  readonly credentialHash: string | undefined;
  /** The device that the browser of this journey is, once it was approved. */
  readonly deviceId: string | undefined;
}

/** What the engine needs kept. Implemented in `store/journeys.ts`. */
export interface JourneyStore {
  /** Create it, or give back the one that this interaction already has: two tabs race to one journey. */
  open(journey: NewJourney): Promise<LoadedJourney>;
  byId(id: string): Promise<LoadedJourney | undefined>;
  byInteraction(uid: string): Promise<LoadedJourney | undefined>;
  /** Undecided journeys whose time has run out, at most so many. */
  overdue(now: number, most: number): Promise<readonly string[]>;
  /** Open cases of journeys that have waited for a person as long as journeys of their workflow are kept, at most so many. */
  unreviewed(now: number, most: number): Promise<readonly { readonly journeyId: string; readonly caseId: string; readonly caseVersion: number }[]>;
  /** Finds the journey and node of a one-time link, expired or not; the token arrives hashed. */
  byLink(tokenHash: string): Promise<(LoadedJourney & { readonly node: string; readonly linkExpiresAt: number }) | undefined>;
  byMessage(provider: string, providerMessageId: string): Promise<(LoadedJourney & { readonly messageId: string }) | undefined>;
  /** What a provider says became of a message, forward only, whether or not its journey is decided: the first final word stays. */
  messageReported(messageId: string, status: 'sent' | 'delivered' | 'failed', code: string | undefined, now: number): Promise<void>;
  /** Claim the right to ask the world for this journey until a time; false where somebody else holds it. */
  lease(journey: Journey, now: number, until: number): Promise<boolean>;
  /** Write a change if nobody wrote since `journey` was read; undefined where somebody did, and then nothing is written. */
  record(journey: Journey, recording: Recording): Promise<LoadedJourney | undefined>;
}

/** Who deploys a workflow: an id that is kept, and how they are called. */
export interface Deployer {
  readonly id: string;
  readonly name: string;
}

/** Deployed workflows. Implemented in `store/workflows.ts`. */
export interface WorkflowStore {
  /** A version that journeys began with; versions never change, so it may be remembered. */
  version(id: string, version: number): Promise<Workflow | undefined>;
  /** The version that new journeys get. */
  deployed(id: string): Promise<Workflow | undefined>;
  /**
   * Store a checked definition as the next version and deploy it; the same definition again makes no new version.
   * @param how.by who did it; the gateway itself by default
   * @param how.onlyOver replace only what one of these deployed; what anybody else did stays, and is given back
   */
  deploy(id: string, definition: Workflow['definition'], now: number, how?: { readonly by?: Deployer; readonly onlyOver?: readonly string[] }): Promise<Workflow>;
}
