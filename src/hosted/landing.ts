/**
 * Where a phone goes when its part is over. Its address bar, its history and whoever looks over its shoulder learn that
 * the capture ended, never how the journey was decided: that goes to the application over its own channel. Pure.
 */
import type { CaptureSight } from '../engine/engine.ts';
import type { PageModels } from './pages.ts';

export type LandingStatus = 'completed' | 'declined' | 'expired';

type Over = Pick<Extract<CaptureSight, { kind: 'over' }>, 'outcome' | 'journey'>;

/** Outcomes by which the person did not go on; every other one, a plain no included, is a capture that was completed. */
const DECLINED: ReadonlySet<string> = new Set(['consent_declined', 'refused', 'cannot_capture']);

/** How a phone's part ended, as may be told in an address. */
export function landingStatus({ outcome, journey }: Over): LandingStatus {
  if (outcome !== undefined) return DECLINED.has(outcome) ? 'declined' : 'completed';
  // The journey ended around the step: stopped on the other device, or out of time.
  return journey.decision?.reasons[0]?.code === 'cancelled_by_person' ? 'declined' : 'expired';
}

/** The page for a phone that has nowhere to go, or not by itself. */
export const DONE_KIND: Readonly<Record<LandingStatus, PageModels['capture_done']['kind']>> = { completed: 'done', declined: 'declined', expired: 'expired' };

/**
 * The workflow's `asyncUIRedirect` with `transaction_id` and `status`, and nothing else added. A query it has stays as it
 * is, but for these two names, which are ours alone.
 */
export function landingAddress(redirect: string, transactionId: string, status: LandingStatus): string {
  const url = new URL(redirect);
  for (const name of ['transaction_id', 'status']) if (url.searchParams.has(name)) url.searchParams.delete(name);
  const ours = new URLSearchParams({ transaction_id: transactionId, status }).toString();
  url.search = url.search === '' ? ours : `${url.search}&${ours}`;
  return url.href;
}

/** Whether a browser can go there by itself. An app's own scheme often opens only at a person's touch. */
export function opensByItself(redirect: string): boolean {
  return ['https:', 'http:'].includes(new URL(redirect).protocol);
}
