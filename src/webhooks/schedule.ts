/** When a delivery is tried, and when it is given up. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before each try, milliseconds: ten tries in little more than three days. */
export const WAITS: readonly number[] = [
  0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
];

/** The longest that an endpoint's `retry-after` is followed, milliseconds. */
export const LONGEST_WAIT_MS = 24 * HOUR;

/** An endpoint that answered nothing but failures for so long is disabled, milliseconds. */
export const DISABLED_AFTER_MS = 5 * 24 * HOUR;

/**
 * How long to wait for the next try, milliseconds; undefined where there is none. Pure.
 *
 * @param tries how many there were in this round
 * @param chance from 0 to 1: waits differ by up to a tenth, so that what failed together does not come back together
 * @param askedMs what the endpoint asked for
 */
export function waitAfter(tries: number, chance: number, askedMs: number | undefined): number | undefined {
  const wait = WAITS[tries];
  if (wait === undefined) return undefined;
  return Math.max(Math.round(wait * (0.9 + 0.2 * chance)), Math.min(askedMs ?? 0, LONGEST_WAIT_MS));
}

/** A `retry-after` header in milliseconds from now (RFC 9110, 10.2.3); undefined where it says nothing. Pure. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.length > 60) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND;
  const at = /[A-Za-z]{3}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
