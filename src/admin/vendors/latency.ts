/** Latency from counts by bucket. Pure. */

/** Upper ends of the buckets, milliseconds; one more bucket holds what took longer. A change of them is a change of meaning. */
export const LATENCY_BOUNDS_MS = [50, 100, 200, 400, 800, 1_500, 3_000, 6_000, 12_000, 30_000] as const;

/**
 * The upper end of the bucket that a share of all answers is reached in, milliseconds: at least that share took no longer.
 * The longest bound where it lies beyond; undefined where there was no answer.
 */
export function percentile(buckets: readonly number[], share: number): number | undefined {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let seen = 0;
  const place = buckets.findIndex((count) => (seen += count) >= share * all);
  return LATENCY_BOUNDS_MS[place] ?? LATENCY_BOUNDS_MS.at(-1);
}
