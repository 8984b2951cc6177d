/** Everything recorded of one journey besides personal data: ids, codes, counts and times. */
import type { Decision, Mode, StepResult } from '../../journey/journey.ts';
import type { DecisionRecord } from '../../journey/rules/decision_record.ts';

export interface ReportedEvent {
  readonly at: number;
  readonly node: string | undefined;
  readonly layer: string;
  readonly name: string;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

export interface ReportedRisk {
  readonly at: number;
  readonly node: string;
  readonly policyVersion: number;
  readonly outcome: string;
  readonly score: number;
  /** Undefined where it was written in a shape that this version does not know. */
  readonly record: DecisionRecord | undefined;
  readonly shadow: { readonly policyVersion: number; readonly outcome: string; readonly record: DecisionRecord | undefined } | undefined;
}

export interface ReportedDevice {
  readonly channel: string;
  readonly id: string;
  readonly kind: string;
  readonly label: string | undefined;
  /** When its browser was given its cookie for this journey. */
  readonly issuedAt: number | undefined;
  /** Trust for this journey's account. */
  readonly trusts: readonly {
    readonly workflowId: string;
    readonly acr: string;
    readonly reason: string;
    /** Begun by this very journey, rather than by an earlier one. */
    readonly byThis: boolean;
    readonly expiresAt: number;
    readonly revoked: { readonly at: number; readonly reason: string } | undefined;
  }[];
}

/** How often the decision was used again without a page. */
export interface ReportedReturns {
  readonly deviceId: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly country: string | undefined;
  /** Risk policy of the last one; 0 is the workflow's own. */
  readonly policyVersion: number;
  /** Of those, the ones that were sent to the pages, and the last of them. */
  readonly refused: { readonly count: number; readonly at: number; readonly code: string } | undefined;
}

export interface JourneyReport {
  readonly id: string;
  /** `workflow@version`. */
  readonly workflow: string;
  readonly mode: Mode;
  readonly clientId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly accountId: string | undefined;
  readonly deviceId: string | undefined;
  readonly results: readonly StepResult[];
  readonly decision: Decision | undefined;
  readonly events: readonly ReportedEvent[];
  readonly risk: readonly ReportedRisk[];
  readonly devices: readonly ReportedDevice[];
  readonly returns: ReportedReturns | undefined;
}

export interface FoundConsent {
  readonly at: number;
  readonly node: string;
  readonly purpose: string;
  /** SHA-256 of the text, hex. */
  readonly textHash: string;
  /** The text itself; undefined where it is no longer kept. */
  readonly text: string | undefined;
  readonly locale: string;
  readonly method: string;
}

export interface FoundMessage {
  readonly id: string;
  readonly attempt: number;
  readonly status: string;
  readonly provider: string | undefined;
  readonly code: string | undefined;
  readonly sentAt: number;
  readonly updatedAt: number;
}

/** What was checked on a document: codes and how they came out, never what was read. */
export interface FoundChecks {
  readonly at: number;
  readonly node: string;
  /** Accepted, and so evidence; or an attempt that proves nothing. */
  readonly accepted: boolean;
  /** `gatehouse 1`; empty where the record can no longer be read. */
  readonly reader: string;
  readonly authenticity: string;
  readonly findings: readonly { readonly code: string; readonly status: string; readonly why: string | undefined }[];
}

export interface FoundPicture {
  readonly id: string;
  readonly purpose: string;
  readonly deleteAt: number;
}

/** One journey with all there is to see of it without opening anything that is about the person. */
export interface FoundJourney extends JourneyReport {
  readonly workflowId: string;
  readonly workflowVersion: number;
  readonly decidedAt: number | undefined;
  /** When it is deleted whole. */
  readonly deleteAt: number;
  /** How often the person asked for more time. */
  readonly extensions: number;
  /** A sandbox vendor stands behind some of its evidence. */
  readonly simulated: boolean;
  /** The application's name for its user is tied to the account. */
  readonly credentialBound: boolean;
  /** When the account's data were erased. */
  readonly erasedAt: number | undefined;
  readonly evidence: readonly { readonly kind: string; readonly node: string; readonly simulated: boolean; readonly at: number }[];
  readonly consents: readonly FoundConsent[];
  readonly messages: readonly FoundMessage[];
  readonly checks: readonly FoundChecks[];
  readonly pictures: readonly FoundPicture[];
}
