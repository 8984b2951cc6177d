/** What the console and the admin API need kept of webhooks. Implemented in `store/console/webhooks.ts`. */
import type { Mode } from '../../journey/journey.ts';
import type { WebhookEventType } from '../../webhooks/events.ts';
import type { Actor } from '../actor.ts';
import type { EndpointSettings } from './settings.ts';

export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly mode: Mode;
  /** Undefined: events of all workflows. */
  readonly workflowId: string | undefined;
  readonly events: readonly WebhookEventType[];
  readonly withCredential: boolean;
  readonly enabled: boolean;
  /** Why it is not: by somebody here, it answered 410, it only failed for days. */
  readonly disabledBecause: 'by_staff' | 'gone' | 'failing' | undefined;
  readonly disabledAt: number | undefined;
  /** First failure since it last answered well, epoch milliseconds. */
  readonly failingSince: number | undefined;
  /** It hung at its last try, and gets one try at a time until it answers. */
  readonly slow: boolean;
  readonly createdAt: number;
}

/** How tries of the last 24 hours went. */
export interface EndpointHealth {
  readonly delivered: number;
  readonly failed: number;
  /** Mean time of an answer or of the waiting for one, milliseconds; undefined where there was no try. */
  readonly meanMs: number | undefined;
}

/** A secret without itself. */
export interface EndpointSecret {
  readonly id: string;
  readonly createdAt: number;
  /** Undefined: the current one, valid until the next rotation. */
  readonly expiresAt: number | undefined;
}

export type DeliveryState = 'waiting' | 'delivered' | 'failed';

export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly tries: number;
  /** Epoch milliseconds; undefined where none is planned. */
  readonly nextAt: number | undefined;
  readonly lastAt: number | undefined;
  readonly lastStatus: number | undefined;
  /** `timed_out`, `status_500`, `endpoint_disabled` and their like. */
  readonly lastError: string | undefined;
  readonly createdAt: number;
}

export interface DeliveryTry {
  readonly number: number;
  readonly at: number;
  readonly ms: number;
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The first kilobyte of what was answered. */
  readonly answer: string | undefined;
}

export interface DeliveryDetail extends Delivery {
  readonly endpoint: WebhookEndpoint;
  readonly journeyId: string | undefined;
  /** What is sent, without the credential, which is added when it is sent and kept nowhere. */
  readonly body: string;
  readonly log: readonly DeliveryTry[];
  /** What became of the same event elsewhere. */
  readonly elsewhere: readonly { readonly id: string; readonly endpointId: string; readonly url: string; readonly state: DeliveryState }[];
}

export interface DeliveryFilter {
  readonly endpointId: string;
  readonly state?: DeliveryState | undefined;
}

/** Where the next page begins: what a delivery is ordered by. */
export interface DeliveryCursor {
  readonly createdAt: number;
  readonly id: string;
}

export type Replayed = 'queued' | 'not_found' | 'waiting' | 'disabled';

export interface WebhookDesk {
  /** All of them, the newest first; there are never more than {@link MOST_ENDPOINTS}. */
  endpoints(): Promise<readonly (WebhookEndpoint & { readonly health: EndpointHealth })[]>;
  endpoint(id: string): Promise<(WebhookEndpoint & { readonly health: EndpointHealth; readonly secrets: readonly EndpointSecret[] }) | undefined>;
  /**
   * Make an endpoint; its secret is given here and never again. `exists` where the id was used before (a form sent
   * twice), `too_many` where there are {@link MOST_ENDPOINTS}.
   */
  create(actor: Actor, id: string, settings: EndpointSettings): Promise<{ readonly kind: 'created'; readonly secret: string } | { readonly kind: 'exists' } | { readonly kind: 'too_many' }>;
  /** False where there is none. */
  change(actor: Actor, id: string, settings: EndpointSettings): Promise<boolean>;
  /** False where there is none. Enabling begins anew: what failed before no longer counts against it. */
  setEnabled(actor: Actor, id: string, enabled: boolean): Promise<boolean>;
  /** With its secrets and its log. False where there is none. */
  remove(actor: Actor, id: string): Promise<boolean>;
  /**
   * Make a new secret; the one before stays valid beside it for so long, and both sign. Undefined where there is no such
   * endpoint, or `current` is not its current secret any more (a form sent twice, or somebody was first).
   */
  rotate(actor: Actor, id: string, current: string, overlapMs: number): Promise<string | undefined>;
  /** End every secret but the current one now; gives how many there were. */
  endOldSecrets(actor: Actor, id: string): Promise<number>;
  /** Queue an `endpoint.test` for this endpoint alone; gives the delivery's id. `disabled` where it is. */
  test(actor: Actor, id: string): Promise<{ readonly kind: 'queued'; readonly deliveryId: string } | { readonly kind: 'disabled' | 'not_found' }>;
  /** Newest first, after a cursor, at most so many. */
  deliveries(filter: DeliveryFilter, after: DeliveryCursor | undefined, most: number): Promise<readonly Delivery[]>;
  delivery(id: string): Promise<DeliveryDetail | undefined>;
  /** Send one again, with the same id, from the first try on. */
  replay(actor: Actor, deliveryId: string): Promise<Replayed>;
  /** Send again what failed and was made since, the oldest first, at most {@link MOST_REPLAYED}; undefined where the endpoint is missing or disabled. */
  replayFailed(actor: Actor, endpointId: string, since: number): Promise<number | undefined>;
}

/** Every event is matched against all of them. */
export const MOST_ENDPOINTS = 50;
export const MOST_REPLAYED = 1_000;
/** How long an event, its deliveries and their log are kept, milliseconds. */
export const KEPT_MS = 30 * 86_400_000;
