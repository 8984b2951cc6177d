/** How far a message has come; updates only ever go up. */
const RANK: Readonly<Record<string, number>> = { intended: 0, unknown: 1, sent: 2, delivered: 3, rejected: 4, failed: 4 };
/** From here on a report changes nothing. */
export const FINAL_RANK = 3;

/** The place of a status; one that nobody knows says no more than that it was meant to be sent. Pure. */
export function rankOf(status: string): number {
  return RANK[status] ?? 0;
}
