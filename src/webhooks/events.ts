/**
 * What endpoints can be told. Names are stable; data are ids and codes, never personal data: who wants more asks for it
 * with the id and credentials of their own.
 */
import type { Mode } from '../journey/journey.ts';

export const WEBHOOK_EVENTS = {
  'journey.decided': 'A journey came to its decision: approve, deny, or review.',
  'journey.reviewed': 'A journey that was in review was decided: by a person, or by its steps after one was asked for again.',
  'journey.step_requested': 'A reviewer asks the person for one step again.',
  'journey.automation': 'A rule of the workflow’s automation calls out: it fits what a journey came to.',
  'case.opened': 'A case was opened.',
  'case.resolved': 'A case was resolved.',
  'account.merged': 'Two accounts became one.',
  'account.erased': 'An account was erased.',
  'device.revoked': 'A device is no longer trusted.',
  'endpoint.test': 'Sent by hand, to try an endpoint.',
} as const satisfies Readonly<Record<string, string>>;

export type WebhookEventType = keyof typeof WEBHOOK_EVENTS;

export interface WebhookEvent {
  readonly type: WebhookEventType;
  readonly mode: Mode;
  readonly workflowId: string | undefined;
  readonly clientId: string | undefined;
  readonly journeyId: string | undefined;
  /** Ids and codes in `snake_case`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly at: number;
}
