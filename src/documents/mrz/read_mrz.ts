import sharp from 'sharp';
import type { MrzReading, Reading } from '../facts.ts';
import { budgetOf, type Budget } from '../picture/budget.ts';
import { loadGrey, MOST_PIXELS, type GreyImage } from '../picture/grey.ts';
import { rounded, scaled } from '../picture/outlines.ts';
import { checksOf } from './checks.ts';
import type { Classifier } from './classifier.ts';
import { fieldsOf } from './fields.ts';
import { BELIEVED, fitZone, isSettled, type Candidate } from './fit_zone.ts';
import { groupLines } from './groups.ts';
import { findLines } from './lines.ts';

/** One way to look at a picture; lengths as shares of its width. */
interface Rung {
  readonly longSide: number;
  readonly window: number;
  readonly deviations: number;
  readonly sharpen?: number;
}

/** Tried in order until one gives a trusted reading. */
const LADDER: readonly Rung[] = [
  { longSide: 1800, window: 0.03, deviations: 0.35 },
  { longSide: 1800, window: 0.022, deviations: 0.75 },
  { longSide: 2600, window: 0.024, deviations: 0.6, sharpen: 3 },
  { longSide: 1200, window: 0.03, deviations: 0.45 },
  { longSide: 2600, window: 0.03, deviations: 0.9 },
];

export const MRZ_BUDGET_MS = 4000;
/** Rungs after which a picture without a single pair of lines has no zone, where none was likely. */
const UNLIKELY_RUNGS = 2;
const MOST_GROUPS = 8;
/** Below this the lines are some other text. */
const LEAST_MEAN = 0.45;

export interface MrzRequest {
  readonly jpeg: Uint8Array;
  /** `YYYY-MM-DD`, for two-digit years. */
  readonly today: string;
  readonly budgetMs?: number;
  /** A side on which zones hardly ever stand: given up where the first rungs find nothing like one. */
  readonly unlikely?: boolean;
}

/** Find and read a machine-readable zone. Unread: `not_found`, `out_of_time`. */
export async function readMrz({ jpeg, today, budgetMs = MRZ_BUDGET_MS, unlikely = false }: MrzRequest, classifier: Classifier): Promise<Reading<MrzReading>> {
  const budget = budgetOf(budgetMs);
  const { width: fullWidth = 0 } = await sharp(jpeg, { limitInputPixels: MOST_PIXELS }).metadata();
  let best: Found | undefined;
  let last: { readonly rung: Rung; readonly image: GreyImage } | undefined;
  for (const [at, rung] of LADDER.entries()) {
    if (budget.spent() || (unlikely && at >= UNLIKELY_RUNGS && !best)) break;
    const sameSize = last !== undefined && last.rung.longSide === rung.longSide && last.rung.sharpen === rung.sharpen;
    const image: GreyImage = last && sameSize ? last.image
      : await loadGrey(jpeg, { longSide: rung.longSide, enlarge: true, ...(rung.sharpen === undefined ? {} : { sharpen: rung.sharpen }) });
    last = { rung, image };
    const candidate = bestIn(image, rung, classifier, budget);
    if (!candidate) continue;
    const found: Found = { candidate, scale: fullWidth / image.width, seenTwice: best !== undefined && sameText(best.candidate, candidate) };
    if (!best || candidate.score > best.candidate.score) best = found;
    else if (found.seenTwice) best = { ...best, seenTwice: true };
    if (isTrusted(best.candidate) || isCertain(best)) break;
  }
  if (!best || best.candidate.mean <= LEAST_MEAN) return { kind: 'unread', why: budget.spent() ? 'out_of_time' : 'not_found' };
  return { kind: 'read', value: readingOf(best, today), confidence: best.candidate.mean };
}

interface Found {
  readonly candidate: Candidate;
  /** From pixels it was read in to pixels of the safe picture. */
  readonly scale: number;
  /** Two rungs read the same text. */
  readonly seenTwice: boolean;
}

const sameText = (a: Candidate, b: Candidate): boolean => a.format === b.format && a.lines.join() === b.lines.join();

const isTrusted = ({ failing, lowest }: Candidate): boolean => failing === 0 && lowest >= BELIEVED;

/** A failing check digit accuses: that takes a second look that reads the very same, and no O that might be a 0. */
function isCertain({ candidate, seenTwice }: Found): boolean {
  const { lowest, repaired, failing, doubted } = candidate;
  return lowest >= BELIEVED && repaired === 0 && (failing === 0 || (seenTwice && doubted === 0));
}

function bestIn(image: GreyImage, rung: Rung, classifier: Classifier, budget: Budget): Candidate | undefined {
  const setting = { window: Math.round(image.width * rung.window) | 1, deviations: rung.deviations };
  let best: Candidate | undefined;
  for (const group of groupLines(findLines(image, setting, budget)).slice(0, MOST_GROUPS)) {
    const candidate = fitZone(image, group, classifier, budget);
    if (candidate && isSettled(candidate)) return candidate;
    if (candidate && (!best || candidate.score > best.score)) best = candidate;
  }
  return best;
}

function readingOf(found: Found, today: string): MrzReading {
  const { candidate, scale } = found;
  return {
    format: candidate.format,
    fields: fieldsOf(candidate.format, candidate.lines, today),
    checks: checksOf(candidate.format, candidate.lines),
    lowestProbability: candidate.lowest,
    repaired: candidate.repaired,
    trusted: isTrusted(candidate),
    certain: isCertain(found),
    outline: rounded(scaled(candidate.outline, scale)),
  };
}
