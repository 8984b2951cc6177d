/** A detector finds the same face in many neighbouring places: keep the surest of them. */
import type { Box } from './pixels.ts';

export interface Scored {
  /** 0 to 1. */
  readonly score: number;
  readonly box: Box;
}

/** Of candidates that overlap by more than `most` (area in common over area covered), the one with the best score; best first. */
export function withoutOverlaps<T extends Scored>(candidates: readonly T[], most: number): readonly T[] {
  const kept: T[] = [];
  for (const one of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(one.box, other.box) <= most)) kept.push(one);
  }
  return kept;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const common = Math.max(0, width) * Math.max(0, height);
  const covered = a.width * a.height + b.width * b.height - common;
  return covered > 0 ? common / covered : 0;
}
