/** A small network that tells OCR-B letters apart: one hidden layer, weights in bytes with a scale per row. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { GatehouseError } from '../../errors.ts';

const quantised = z.object({ s: z.array(z.number()), b: z.string() });
const weightsFile = z.object({
  cls: z.string().length(37), pw: z.number().int(), ph: z.number().int(), hid: z.number().int(),
  w1: quantised, b1: z.array(z.number()), w2: quantised, b2: z.array(z.number()),
});

export interface Classifier {
  /** The letters, in the order of the probabilities. */
  readonly letters: string;
  readonly patchWidth: number;
  readonly patchHeight: number;
  /** Probabilities of the letters for a normalised patch; they sum to 1. */
  classify(patch: Float32Array): Float32Array;
}

/**
 * Load the weights that lie beside this file.
 * @throws GatehouseError `mrz_weights` where they do not have their shape
 */
export function loadClassifier(): Classifier {
  const read = weightsFile.safeParse(JSON.parse(readFileSync(new URL('./ocrb-net.json', import.meta.url), 'utf8')));
  if (!read.success) throw new GatehouseError('mrz_weights', 500, 'the weights of the OCR-B classifier do not have their shape');
  const { cls: letters, pw: patchWidth, ph: patchHeight, hid: hidden } = read.data;
  const inputs = patchWidth * patchHeight;
  const first = dequantised(read.data.w1, hidden);
  const second = dequantised(read.data.w2, letters.length);
  const [firstBias, secondBias] = [Float32Array.from(read.data.b1), Float32Array.from(read.data.b2)];
  const complete = first.length === inputs * hidden && second.length === hidden * letters.length
    && firstBias.length === hidden && secondBias.length === letters.length;
  if (!complete) throw new GatehouseError('mrz_weights', 500, 'the weights of the OCR-B classifier are incomplete');

  const middle = new Float32Array(hidden);
  return {
    letters, patchWidth, patchHeight,
    classify(patch) {
      for (let unit = 0; unit < hidden; unit++) {
        let sum = firstBias[unit]!;
        const row = unit * inputs;
        for (let i = 0; i < inputs; i++) sum += first[row + i]! * patch[i]!;
        middle[unit] = sum > 0 ? sum : 0.01 * sum;
      }
      const scores = new Float32Array(letters.length);
      let highest = -Infinity;
      for (let letter = 0; letter < scores.length; letter++) {
        let sum = secondBias[letter]!;
        const row = letter * hidden;
        for (let unit = 0; unit < hidden; unit++) sum += second[row + unit]! * middle[unit]!;
        scores[letter] = sum;
        highest = Math.max(highest, sum);
      }
      return normalisedExp(scores, highest);
    },
  };
}

function normalisedExp(scores: Float32Array, highest: number): Float32Array {
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i]! - highest);
    total += scores[i]!;
  }
  for (let i = 0; i < scores.length; i++) scores[i]! /= total;
  return scores;
}

function dequantised({ s: scales, b: bytes }: z.infer<typeof quantised>, rows: number): Float32Array {
  const raw = new Int8Array(Buffer.from(bytes, 'base64'));
  const columns = raw.length / rows;
  return Float32Array.from(raw, (value, index) => value * (scales[Math.floor(index / columns)] ?? Number.NaN));
}
