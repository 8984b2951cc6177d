/**
 * The surface of a face as 468 points in space: the face mesh (Google MediaPipe, Apache-2.0) as @vladmandic/human ships
 * it, which looks at a square of 192 pixels around an upright face.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type CloseFace, type FindCloseFaces, loadCloseDetector } from '../face/close_detector.ts';
import { loadGraph, type RunGraph } from '../face/graph_model.ts';
import { type Pixels, samplePatch, type Similarity } from '../face/pixels.ts';
import { startTensors } from '../face/tensors.ts';

export interface Point3 {
  readonly x: number;
  readonly y: number;
  /** Away from the camera, from the head's middle. */
  readonly z: number;
}

export interface MeshFace {
  /** That this is a face, 0 to 1. */
  readonly score: number;
  /** In the network's own square, where the face stands upright: for angles. */
  readonly upright: readonly Point3[];
  /** In pixels of the picture. */
  readonly points: readonly Point3[];
}

export interface FaceMesh {
  /** Faces close to the camera, largest first. */
  find(pixels: Pixels): Promise<readonly MeshFace[]>;
}

const SIDE = 192;
const POINTS = 468;
const LEAST_SCORE = 0.5;
/** The square around a face, against the detector's box. */
const AROUND = 1.4;
/** Radians; the network bears heads tilted by less. */
const UPRIGHT = 0.2;

/** @throws GatehouseError `engine_backend`, `engine_weights` */
export async function makeFaceMesh(): Promise<FaceMesh> {
  await startTensors();
  const detect: FindCloseFaces = loadCloseDetector();
  const run = loadGraph('facemesh');
  return {
    find: async (pixels) => (await detect(pixels)).map((face) => measure(run, pixels, face)).filter(({ score }) => score >= LEAST_SCORE),
  };
}

function measure(run: RunGraph, pixels: Pixels, face: CloseFace): MeshFace {
  const map = squareAround(face);
  const patch = samplePatch(pixels, map, SIDE).map((value) => value / 255);
  const outputs = run(() => tf.tensor4d(patch, [1, SIDE, SIDE, 3]));
  const numbers = outputs.get(POINTS * 3) ?? new Float32Array();
  const upright = Array.from({ length: numbers.length / 3 }, (_, at) => ({
    x: numbers[at * 3] ?? 0, y: numbers[at * 3 + 1] ?? 0, z: numbers[at * 3 + 2] ?? 0,
  }));
  const scale = Math.hypot(map.a, map.b);
  return {
    score: outputs.get(1)?.[0] ?? 0,
    upright,
    points: upright.map(({ x, y, z }) => ({ x: map.a * x - map.b * y + map.x0, y: map.b * x + map.a * y + map.y0, z: z * scale })),
  };
}

/** From the network's square to the picture; turned where the head is tilted. */
function squareAround({ box, nose, mouth }: CloseFace): Similarity {
  const tilt = Math.atan2(nose.x - mouth.x, mouth.y - nose.y);
  const angle = Math.abs(tilt) > UPRIGHT ? tilt : 0;
  const scale = (Math.max(box.width, box.height) * AROUND) / SIDE;
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return { a, b, x0: x - (a - b) * (SIDE / 2), y0: y - (a + b) * (SIDE / 2) };
}
