/** The table of velocity rules. A policy replaces the limits of any of them; windows and what is counted stay. */

export type VelocityDimension =
  | 'address'
  | 'net64'
  | 'net48'
  /** A key that a browser showed; peers are identities. */
  | 'device'
  /** What a desktop browser looks like; peers are addresses. */
  | 'fingerprint'
  /** The same; peers are identities. */
  | 'fingerprint_identity'
  /** Peers are identities. */
  | 'phone'
  /** A claimed person; peers are phones. */
  | 'identity'
  /** The same; peers are devices. */
  | 'identity_device'
  /** Peers are identities. */
  | 'email'
  /** Details that were sent and not confirmed by either source, by whence they came. */
  | 'failed_device'
  | 'failed_net'
  | 'failed_phone'
  /** Links to a phone that were confirmed on a desktop or with the wrong number. */
  | 'failed_link'
  /** A device by which somebody came back; by its key's proof and without a page are counted apart. */
  | 'return'
  | 'message'
  | 'kba';

export interface VelocityRule {
  readonly name: string;
  readonly dimension: VelocityDimension;
  readonly windowSeconds: number;
  /**
   * `events`: every row; `journeys`: other journeys, so that a second try in one journey is not held against it; `peers`:
   * different things that the key was seen with, the present one among them, and of each journey only what it said last,
   * so that a slip of the pen is nobody; `failures`: rows less those that take one back, the present try left out.
   */
  readonly of: 'events' | 'journeys' | 'peers' | 'failures';
  /** So many within the window, and the present one is challenged, or denied. */
  readonly challengeAt: number;
  readonly denyAt: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Starting rules. An IPv6 customer holds a whole /64 and a careless provider's a /48, so those are counted beside the
 * single address.
 */
export const VELOCITY_RULES: readonly VelocityRule[] = [
  { name: 'sessions_per_address_10m', dimension: 'address', windowSeconds: 10 * MINUTE, of: 'events', challengeAt: 10, denyAt: 30 },
  { name: 'sessions_per_address_24h', dimension: 'address', windowSeconds: DAY, of: 'events', challengeAt: 50, denyAt: 200 },
  { name: 'sessions_per_net64_10m', dimension: 'net64', windowSeconds: 10 * MINUTE, of: 'events', challengeAt: 10, denyAt: 30 },
  { name: 'sessions_per_net64_24h', dimension: 'net64', windowSeconds: DAY, of: 'events', challengeAt: 50, denyAt: 200 },
  { name: 'sessions_per_net48_10m', dimension: 'net48', windowSeconds: 10 * MINUTE, of: 'events', challengeAt: 40, denyAt: 120 },
  { name: 'sessions_per_net48_24h', dimension: 'net48', windowSeconds: DAY, of: 'events', challengeAt: 200, denyAt: 800 },
  { name: 'sessions_per_email_24h', dimension: 'email', windowSeconds: DAY, of: 'journeys', challengeAt: 5, denyAt: 10 },
  { name: 'journeys_per_phone_24h', dimension: 'phone', windowSeconds: DAY, of: 'journeys', challengeAt: 3, denyAt: 5 },
  { name: 'journeys_per_phone_30d', dimension: 'phone', windowSeconds: 30 * DAY, of: 'journeys', challengeAt: 8, denyAt: 15 },
  { name: 'identities_per_device_24h', dimension: 'device', windowSeconds: DAY, of: 'peers', challengeAt: 2, denyAt: 3 },
  { name: 'identities_per_device_30d', dimension: 'device', windowSeconds: 30 * DAY, of: 'peers', challengeAt: 3, denyAt: 5 },
  { name: 'identities_per_phone_30d', dimension: 'phone', windowSeconds: 30 * DAY, of: 'peers', challengeAt: 2, denyAt: 3 },
  { name: 'identities_per_phone_365d', dimension: 'phone', windowSeconds: 365 * DAY, of: 'peers', challengeAt: 2, denyAt: 3 },
  { name: 'phones_per_identity_24h', dimension: 'identity', windowSeconds: DAY, of: 'peers', challengeAt: 2, denyAt: 4 },
  { name: 'phones_per_identity_30d', dimension: 'identity', windowSeconds: 30 * DAY, of: 'peers', challengeAt: 2, denyAt: 4 },
  { name: 'devices_per_identity_24h', dimension: 'identity_device', windowSeconds: DAY, of: 'peers', challengeAt: 3, denyAt: 6 },
  { name: 'identities_per_email_30d', dimension: 'email', windowSeconds: 30 * DAY, of: 'peers', challengeAt: 2, denyAt: 3 },
  { name: 'failed_per_device_1h', dimension: 'failed_device', windowSeconds: HOUR, of: 'failures', challengeAt: 3, denyAt: 6 },
  { name: 'failed_per_net_1h', dimension: 'failed_net', windowSeconds: HOUR, of: 'failures', challengeAt: 10, denyAt: 30 },
  { name: 'failed_per_phone_24h', dimension: 'failed_phone', windowSeconds: DAY, of: 'failures', challengeAt: 3, denyAt: 5 },
  { name: 'failed_links_per_phone_24h', dimension: 'failed_link', windowSeconds: DAY, of: 'events', challengeAt: 2, denyAt: 4 },
  // An application may look as often as every ten seconds; a script that farms codes goes faster.
  { name: 'returns_per_device_10m', dimension: 'return', windowSeconds: 10 * MINUTE, of: 'events', challengeAt: 60, denyAt: 120 },
  { name: 'addresses_per_fingerprint_1h', dimension: 'fingerprint', windowSeconds: HOUR, of: 'peers', challengeAt: 5, denyAt: 15 },
  { name: 'identities_per_fingerprint_24h', dimension: 'fingerprint_identity', windowSeconds: DAY, of: 'peers', challengeAt: 10, denyAt: 30 },
];

/** Dimensions that a rule looks back on for a year: their rows are kept as long, those of the others thirty days. */
export const LONG_DIMENSIONS: readonly VelocityDimension[] = ['phone'];

/**
 * Dimensions that are judged by later steps than the session's, which keep no counts beside a decision: neither a replay
 * nor a policy in the shadow can try their limits.
 */
export const LATER_DIMENSIONS: readonly VelocityDimension[] = ['phone', 'identity', 'identity_device', 'failed_phone', 'failed_link'];

/**
 * Dimensions whose limits are no proof of anything: two laptops of one make look alike, and a large gateway sees many.
 * What they say adds points, and alone never denies.
 */
export const SOFT_DIMENSIONS: readonly VelocityDimension[] = ['fingerprint', 'fingerprint_identity'];
