import type { GreyImage } from '../picture/grey.ts';
import { sampleAt } from '../picture/sample.ts';
import { selectAt } from '../picture/select.ts';
import type { Classifier } from './classifier.ts';
import { slopeAt, valueAt } from './curve.ts';
import type { TextLine } from './lines.ts';

/** One place of a line, classified. */
export interface Cell {
  /** Of the classifier's letters, in its order; they sum to 1. */
  readonly probabilities: Float64Array;
  /** Ink against paper, 0 to about 1; next to nothing where there is no letter. */
  readonly contrast: number;
}

interface Jitter {
  /** Shift, in widths and heights of the cell. */
  readonly across: number;
  readonly down: number;
  readonly scale: number;
}

/** Each cell is looked at seven times: a letter stays what it is when the frame moves a little, noise does not. */
const JITTERS: readonly Jitter[] = [
  { across: 0, down: 0, scale: 1 },
  { across: 0.06, down: 0, scale: 1 },
  { across: -0.06, down: 0, scale: 1 },
  { across: 0, down: 0.06, scale: 1 },
  { across: 0, down: -0.06, scale: 1 },
  { across: 0, down: 0, scale: 0.92 },
  { across: 0, down: 0, scale: 1.1 },
];

/** A cell is so much higher than it is wide. */
const CELL_HEIGHT = 1.5;
/** Below this pitch one sample per patch pixel sees everything. */
const FINE_PITCH = 22;
const FLOOR = 1e-4;

/** Classify the cell at a place: the geometric mean over the jitters. */
export function classifyCell(image: GreyImage, line: TextLine, place: number, classifier: Classifier): Cell {
  const logs = new Float64Array(classifier.letters.length);
  let contrast = 0;
  for (const jitter of JITTERS) {
    const { patch, contrast: seen } = patchAt(image, line, place, jitter, classifier);
    contrast += seen / JITTERS.length;
    const probabilities = classifier.classify(patch);
    for (let i = 0; i < logs.length; i++) logs[i]! += Math.log(probabilities[i]! + FLOOR) / JITTERS.length;
  }
  let total = 0;
  for (let i = 0; i < logs.length; i++) {
    logs[i] = Math.exp(logs[i]!);
    total += logs[i]!;
  }
  for (let i = 0; i < logs.length; i++) logs[i]! /= total;
  return { probabilities: logs, contrast };
}

/** Ink as 1, paper as 0, cut along the line's own direction. */
function patchAt(image: GreyImage, line: TextLine, place: number, { across, down, scale }: Jitter, classifier: Classifier): { patch: Float32Array; contrast: number } {
  const { patchWidth, patchHeight } = classifier;
  const [centreX, centreY] = [valueAt(line.x, place), valueAt(line.y, place)];
  const [stepX, stepY] = [slopeAt(line.x, place), slopeAt(line.y, place)];
  const pitch = Math.hypot(stepX, stepY);
  const [ux, uy] = [stepX / pitch, stepY / pitch];
  const fine = pitch < FINE_PITCH ? 1 : 2;
  const cellWidth = pitch * scale;
  const cellHeight = CELL_HEIGHT * pitch * scale * line.stretch;
  const patch = new Float32Array(patchWidth * patchHeight);
  for (let y = 0; y < patchHeight; y++) {
    for (let x = 0; x < patchWidth; x++) {
      let sum = 0;
      for (let a = 0; a < fine; a++) {
        for (let b = 0; b < fine; b++) {
          const u = ((x + (b + 0.5) / fine) / patchWidth - 0.5 + across) * cellWidth;
          const v = ((y + (a + 0.5) / fine) / patchHeight - 0.5 + down) * cellHeight;
          sum += sampleAt(image, centreX + u * ux - v * uy, centreY + u * uy + v * ux);
        }
      }
      patch[y * patchWidth + x] = 1 - sum / (255 * fine * fine);
    }
  }
  return { patch, contrast: normalise(patch) };
}

/** Stretch to the range the classifier was trained on, robustly; returns the contrast found. */
function normalise(patch: Float32Array): number {
  const values = patch.slice();
  const low = selectAt(values, Math.floor(patch.length * 0.08))!;
  const contrast = Math.max(1e-3, selectAt(values, Math.floor(patch.length * 0.97))! - low);
  for (let i = 0; i < patch.length; i++) patch[i] = Math.min(1.2, Math.max(-0.2, (patch[i]! - low) / contrast)) - 0.3;
  return contrast;
}
