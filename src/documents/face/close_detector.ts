/**
 * Finds faces as a phone held in the hand sees them: BlazeFace (Google MediaPipe, Apache-2.0) as @vladmandic/human ships
 * it. Twenty times faster than the other detector, and blind to small faces, so not for documents.
 */
import { loadGraph, type RunGraph } from './graph_model.ts';
import { rememberingPlaces } from './known_places.ts';
import { type Scored, withoutOverlaps } from './non_max.ts';
import { type Pixels, squared } from './pixels.ts';
import type { Spot } from './landmarks.ts';
import { centred } from './tensors.ts';

/** A face close to the camera. The box is a tight one: from the brows to the chin. */
export interface CloseFace extends Scored {
  readonly nose: Spot;
  readonly mouth: Spot;
}

/** Finds the faces of a picture, in its pixels, largest first. */
export type FindCloseFaces = (pixels: Pixels) => Promise<readonly CloseFace[]>;

const SIDE = 256;
const LEAST_SCORE = 0.4;
const MOST_OVERLAP = 0.3;
const MOST_FACES = 5;
/** Two grids of anchors; each anchor has one logit and sixteen numbers: centre, size, six points. */
const GRIDS = [{ cells: 16, perCell: 2 }, { cells: 8, perCell: 6 }] as const;
const NUMBERS = 16;
/** Which of the six points. */
const [NOSE, MOUTH] = [2, 3];

let loaded: FindCloseFaces | undefined;

/**
 * The one of the process: comparing faces and reading poses look at the same frames.
 * @throws GatehouseError `engine_weights`
 */
export function loadCloseDetector(): FindCloseFaces {
  loaded ??= rememberingPlaces(load());
  return loaded;
}

function load(): FindCloseFaces {
  const run = loadGraph('blazeface');
  return async (pixels) => {
    const { pixels: square, scale } = await squared(pixels, SIDE);
    const found = candidates(run, square).map(({ score, box, nose, mouth }) => ({
      score,
      box: { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale },
      nose: { x: nose.x * scale, y: nose.y * scale },
      mouth: { x: mouth.x * scale, y: mouth.y * scale },
    }));
    return withoutOverlaps(found, MOST_OVERLAP).slice(0, MOST_FACES).toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  };
}

function candidates(run: RunGraph, square: Pixels): readonly CloseFace[] {
  const outputs = run(() => centred(square));
  return GRIDS.flatMap(({ cells, perCell }) => {
    const anchors = cells * cells * perCell;
    const logits = outputs.get(anchors) ?? new Float32Array();
    const numbers = outputs.get(anchors * NUMBERS) ?? new Float32Array();
    return Array.from({ length: anchors }, (_, at) => at).flatMap((at) => {
      const score = 1 / (1 + Math.exp(-(logits[at] ?? -Infinity)));
      if (!(score > LEAST_SCORE)) return [];
      const cell = Math.floor(at / perCell);
      const anchor = { x: ((cell % cells) + 0.5) * (SIDE / cells), y: (Math.floor(cell / cells) + 0.5) * (SIDE / cells) };
      const pair = (index: number): Spot => ({ x: numbers[at * NUMBERS + index] ?? 0, y: numbers[at * NUMBERS + index + 1] ?? 0 });
      const [offset, size] = [pair(0), pair(2)];
      const point = (index: number): Spot => ({ x: anchor.x + pair(4 + index * 2).x, y: anchor.y + pair(4 + index * 2).y });
      const box = { x: anchor.x + offset.x - size.x / 2, y: anchor.y + offset.y - size.y / 2, width: size.x, height: size.y };
      return [{ score, box, nose: point(NOSE), mouth: point(MOUTH) }];
    });
  });
}
