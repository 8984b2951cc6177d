/** What happened to webhooks, in words for the operator. */
import type { DeliveryState, WebhookEndpoint } from './store.ts';

export interface Badge {
  readonly text: string;
  readonly kind: 'good' | 'bad' | 'warn' | 'plain';
}

const STATE_BADGES: Readonly<Record<DeliveryState, Badge>> = {
  waiting: { text: 'waiting', kind: 'plain' },
  delivered: { text: 'delivered', kind: 'good' },
  failed: { text: 'failed', kind: 'bad' },
};

export const stateBadge = (state: DeliveryState): Badge => STATE_BADGES[state];

const DISABLED: Readonly<Record<NonNullable<WebhookEndpoint['disabledBecause']>, Badge & { readonly why: string }>> = {
  by_staff: { text: 'disabled', kind: 'plain', why: 'It was disabled here. Events that happen meanwhile are not kept for it.' },
  gone: { text: 'disabled: gone', kind: 'bad', why: 'It answered 410 (gone), which asks for nothing to be sent any more. What happens meanwhile is kept as failed: enable it, and send that again.' },
  failing: { text: 'disabled: failing', kind: 'bad', why: 'It only failed for five days. What happens meanwhile is kept as failed: mend it, enable it, and send that again.' },
};

/** How an endpoint stands. */
export function statusOf(endpoint: WebhookEndpoint): Badge & { readonly why: string } {
  if (!endpoint.enabled) return DISABLED[endpoint.disabledBecause ?? 'by_staff'];
  if (endpoint.slow) return { text: 'hanging', kind: 'warn', why: 'Its last answer did not come in time. It gets one try at a time until it answers.' };
  if (endpoint.failingSince !== undefined) return { text: 'failing', kind: 'warn', why: 'Its last tries failed. After five days of nothing but failures it is disabled.' };
  return { text: 'enabled', kind: 'good', why: '' };
}

const ERRORS: Readonly<Record<string, string>> = {
  address_refused: 'Not called: its name leads to an address inside a network.',
  name_unknown: 'Its name was not found.',
  timed_out: 'No answer in time.',
  connection_refused: 'The connection was refused.',
  connection_lost: 'The connection broke off.',
  tls_failed: 'Its certificate was not accepted.',
  bad_answer: 'It did not answer in HTTP.',
  redirect_refused: 'It redirected; redirects are not followed.',
  endpoint_disabled: 'Not sent: the endpoint was disabled.',
};

/** One try's outcome; empty where there was none. */
export function outcomeText(status: number | undefined, error: string | undefined): string {
  if (error !== undefined && ERRORS[error] !== undefined) return status === undefined ? ERRORS[error] : `${ERRORS[error]} (${status})`;
  return status === undefined ? error ?? '' : `Answered ${status}`;
}
