/** The very same picture sent more than once. Pure. */
import { createHash } from 'node:crypto';
import type { TakenTurn } from './state.ts';

/** Of a mark, in base64url: 128 bits. */
const MARK_LENGTH = 22;

/** By which the very same picture is known again, and nothing of what it shows: intake makes the same bytes of the same pixels. */
export function markOf(jpeg: Uint8Array): string {
  return createHash('sha256').update(jpeg).digest('base64url').slice(0, MARK_LENGTH);
}

/** How many frames are the very picture of another, of this turn or of one before. A camera's never are, but for a few that it drew twice. */
export function repeatsIn(marks: readonly string[], taken: readonly TakenTurn[]): number {
  const before = new Set(taken.flatMap((one) => one.marks));
  return marks.filter((mark, index) => before.has(mark) || marks.indexOf(mark) < index).length;
}
