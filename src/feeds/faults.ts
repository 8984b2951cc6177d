/** Why the newest version of a feed was refused, or did not come. Codes for the operator; none quotes an address. */
export const FEED_FAULTS = [
  // The file or the answer.
  'not_readable', 'too_large', 'cannot_unpack',
  // What is in it.
  'not_utf8', 'empty', 'unparseable', 'only_old_entries', 'not_a_database', 'lacks_its_field',
  // How much.
  'too_few', 'too_many', 'shrank', 'too_broad', 'grew',
  // The way to it.
  'timed_out', 'stopped', 'connection_failed', 'connection_lost', 'address_refused', 'redirect_refused', 'encoding_refused',
] as const;

/** `status_404` and the like: the other side answered, with that. */
export type FeedFault = (typeof FEED_FAULTS)[number] | `status_${number}`;

/** A code as it was kept; what is not one of ours is undefined. */
export function feedFaultOf(text: string | null): FeedFault | undefined {
  const known = FEED_FAULTS.find((one) => one === text);
  if (known) return known;
  const status = /^status_(\d{3})$/.exec(text ?? '');
  return status ? `status_${Number(status[1])}` : undefined;
}
