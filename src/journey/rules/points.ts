/**
 * What each signal code is worth. Integers that an operator can add up by hand; a workflow replaces any of them by
 * `options.risk.points`.
 */

/**
 * What a signal speaks about, which decides whether it counts under `test` keys (SPEC 11): `network` always counts,
 * `browser` (the client is not an ordinary browser) never does, or nothing could be tested; `velocity` only where the
 * workflow asks for it, and so does `travel`: one sandbox persona is many people's, all over the world.
 */
export type SignalClass = 'network' | 'browser' | 'velocity' | 'travel';

export interface PointsRow {
  readonly points: number;
  readonly class: SignalClass;
}

/**
 * Codes that are not listed add nothing and count as `network`. An absent collector and an unconfigured list are
 * unknown: they add little or nothing, and are recorded.
 */
export const POINTS: Readonly<Record<string, PointsRow>> = {
  user_agent_missing: { points: 30, class: 'browser' },
  user_agent_unrecognised: { points: 10, class: 'browser' },
  user_agent_robot: { points: 60, class: 'browser' },
  user_agent_headless: { points: 60, class: 'browser' },
  client_hints_contradict: { points: 30, class: 'browser' },
  client_hints_missing: { points: 5, class: 'browser' },
  accept_language_missing: { points: 10, class: 'browser' },
  fetch_metadata_missing: { points: 10, class: 'browser' },
  automation_detected: { points: 60, class: 'browser' },
  headless_traits: { points: 15, class: 'browser' },
  user_agent_contradicts: { points: 30, class: 'browser' },
  platform_contradicts: { points: 25, class: 'browser' },
  languages_contradict: { points: 10, class: 'browser' },
  timezone_missing: { points: 10, class: 'browser' },
  collector_unreadable: { points: 20, class: 'browser' },
  collector_missing: { points: 10, class: 'network' },
  tor_exit: { points: 100, class: 'network' },
  tor_list_unreadable: { points: 5, class: 'network' },
  listed_address: { points: 100, class: 'network' },
  listed_net: { points: 100, class: 'network' },
  listed_device: { points: 100, class: 'network' },
  listed_phone: { points: 100, class: 'network' },
  listed_email: { points: 100, class: 'network' },
  listed_identity: { points: 100, class: 'network' },
  lists_stale: { points: 40, class: 'network' },
  address_lists_unreadable: { points: 5, class: 'network' },
  denied_net: { points: 100, class: 'network' },
  denied_nets_unreadable: { points: 40, class: 'network' },
  address_unreadable: { points: 40, class: 'network' },
  country_differs: { points: 5, class: 'network' },
  denied_country: { points: 100, class: 'network' },
  hosting_net: { points: 25, class: 'network' },
  hosting_list_unreadable: { points: 5, class: 'network' },
  vpn_net: { points: 15, class: 'network' },
  vpn_list_unreadable: { points: 5, class: 'network' },
  phone_country_differs: { points: 10, class: 'network' },
  timezone_differs: { points: 10, class: 'network' },
  impossible_travel: { points: 50, class: 'travel' },
  impossible_travel_perhaps: { points: 20, class: 'travel' },
  country_changed: { points: 25, class: 'travel' },
  country_changed_perhaps: { points: 10, class: 'travel' },
  email_disposable: { points: 30, class: 'network' },
  email_undeliverable: { points: 40, class: 'network' },
  email_no_mx: { points: 10, class: 'network' },
  email_role: { points: 5, class: 'network' },
  email_random: { points: 10, class: 'network' },
  // Two such desktops are no proof; many are worth a look, and enough of them a challenge.
  fingerprint_shared: { points: 20, class: 'velocity' },
  fingerprint_crowded: { points: 40, class: 'velocity' },
  honeypot_filled: { points: 60, class: 'browser' },
  filled_fast: { points: 15, class: 'browser' },
  shown_at_forged: { points: 30, class: 'browser' },
  shown_at_missing: { points: 10, class: 'browser' },
  velocity_challenge: { points: 40, class: 'velocity' },
  velocity_deny: { points: 100, class: 'velocity' },
};

/**
 * Codes that add nothing unless a policy says so: what was looked at and found in order, and what could not be looked at.
 * With {@link POINTS} these are all codes there are, so that a misspelt one is told from one that is worth nothing.
 */
const QUIET = `
lists_clear not_tor_exit tor_list_not_configured tor_list_stale address_not_listed address_lists_not_configured address_lists_stale
not_hosting_net hosting_list_not_configured hosting_list_stale not_vpn_net vpn_list_not_configured vpn_list_stale
net_not_denied denied_nets_not_configured country_not_denied denied_country_unknown denied_countries_not_configured
country_agrees place_unknown place_not_compared phone_country_agrees phone_country_unknown phone_country_not_compared
timezone_agrees timezone_unknown timezone_not_compared travel_possible travel_first_sighting travel_not_compared travel_nobody_named
velocity_within velocity_not_counted fingerprint_not_shared fingerprint_not_counted
user_agent_ordinary client_hints_agree client_hints_not_expected accept_language_present fetch_metadata_present fetch_metadata_not_expected
collector_present collector_consistent automation_not_seen automation_unknown headless_not_seen
email_not_disposable disposable_list_unreadable disposable_list_stale disposable_list_not_configured
email_takes_mail email_mail_unknown email_name_ordinary honeypot_empty filled_in_time
`.trim().split(/\s+/);

/** Every code that a signal may have. */
export const SIGNAL_CODES: ReadonlySet<string> = new Set([...Object.keys(POINTS), ...QUIET]);

/** Ids of everything that looks: a policy names them where it says what not being able to look counts. */
export const SIGNAL_IDS = [
  'address', 'tor', 'lists', 'address_lists', 'hosting', 'vpn', 'workflow_nets', 'denied_countries', 'place', 'phone_country', 'timezone', 'travel',
  'velocity', 'fingerprint', 'user_agent', 'client_hints', 'accept_language', 'fetch_metadata', 'collector', 'automation', 'headless',
  'collector_consistency', 'email_domain', 'email_mail', 'email_name', 'honeypot', 'fill_time',
] as const;

/** Which class a code belongs to. */
export function classOf(code: string): SignalClass {
  return Object.hasOwn(POINTS, code) ? POINTS[code]!.class : 'network';
}

/** Points of a code under a workflow's replacements. */
export function pointsOf(code: string, replaced: Readonly<Record<string, number>>): number {
  if (Object.hasOwn(replaced, code)) return replaced[code]!;
  return Object.hasOwn(POINTS, code) ? POINTS[code]!.points : 0;
}
