/**
 * A face as 128 numbers: the recogniser of @vladmandic/face-api, a residual network of 29 layers converted from dlib's
 * `dlib_face_recognition_resnet_model_v1` (CC0). It looks at a face of 150 pixels whose eyes are level.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Spot } from './landmarks.ts';
import { normalised } from './landmarks.ts';
import { mirrored, type Pixels, samplePatch, type Similarity } from './pixels.ts';
import { type Convolution, loadNetwork, type Weights } from './tensors.ts';

/** 128 numbers of a face, given its 68 points. Two are compared by their Euclidean distance. */
export type Describe = (pixels: Pixels, landmarks: readonly Spot[]) => readonly number[];

const SIDE = 150;
/** Where the centres of the eyes, the base of the nose and the corners of the mouth come to lie. */
const TARGET: readonly Spot[] = [{ x: 47.5, y: 46.5 }, { x: 100.5, y: 46.5 }, { x: 74, y: 88 }, { x: 50.5, y: 103 }, { x: 97.5, y: 103 }];

/** Blocks in order; `down` halves the grid. */
const BLOCKS = [
  'conv32_1', 'conv32_2', 'conv32_3', 'conv64_down', 'conv64_1', 'conv64_2', 'conv64_3', 'conv128_down', 'conv128_1',
  'conv128_2', 'conv256_down', 'conv256_1', 'conv256_2', 'conv256_down_out',
];

interface Network {
  readonly first: Convolution;
  readonly blocks: readonly { readonly down: boolean; readonly one: Convolution; readonly two: Convolution }[];
  readonly matrix: tf.Tensor2D;
}

/** @param manifest `face_recognition_model-weights_manifest.json` */
export function loadDescriptor(manifest: string): Describe {
  const network = loadNetwork(manifest, read);
  return (pixels, landmarks) => {
    const chip = samplePatch(pixels, fitSimilarity(TARGET, fivePoints(landmarks)), SIDE);
    // The mean of a face and its mirror image tells people apart better than either.
    const both = new Float32Array(chip.length * 2);
    both.set(chip);
    both.set(mirrored(chip, SIDE), chip.length);
    return tf.tidy(() => Array.from(tf.mean(run(network, normalised(both, SIDE)), 0).dataSync<'float32'>()));
  };
}

/** Euclidean distance of two templates. */
export function distanceBetween(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));
}

/** The similarity that brings `from` onto `to` with the least sum of squares. */
export function fitSimilarity(from: readonly Spot[], to: readonly Spot[]): Similarity {
  const [source, target] = [centre(from), centre(to)];
  let [a, b, size] = [0, 0, 0];
  from.forEach((spot, at) => {
    const [x, y] = [spot.x - source.x, spot.y - source.y];
    const [u, v] = [(to[at]?.x ?? 0) - target.x, (to[at]?.y ?? 0) - target.y];
    a += x * u + y * v;
    b += x * v - y * u;
    size += x * x + y * y;
  });
  a /= size;
  b /= size;
  return { a, b, x0: target.x - a * source.x + b * source.y, y0: target.y - b * source.x - a * source.y };
}

function fivePoints(landmarks: readonly Spot[]): readonly Spot[] {
  const corners = [landmarks[48], landmarks[54]].map((spot) => spot ?? { x: 0, y: 0 });
  return [centre(landmarks.slice(36, 42)), centre(landmarks.slice(42, 48)), centre(landmarks.slice(31, 36)), ...corners];
}

function centre(spots: readonly Spot[]): Spot {
  return { x: spots.reduce((sum, { x }) => sum + x, 0) / spots.length, y: spots.reduce((sum, { y }) => sum + y, 0) / spots.length };
}

function read(weights: Weights): Network {
  /** The layer that scales after each convolution is folded into it. */
  const convolution = (name: string): Convolution => {
    const scale = weights.take(`${name}/scale/weights`, tf.Rank.R1);
    return {
      filter: tf.mul(weights.take(`${name}/conv/filters`, tf.Rank.R4), scale),
      bias: tf.add(tf.mul(weights.take(`${name}/conv/bias`, tf.Rank.R1), scale), weights.take(`${name}/scale/biases`, tf.Rank.R1)),
    };
  };
  return {
    first: convolution('conv32_down'),
    blocks: BLOCKS.map((name) => ({ down: name.includes('down'), one: convolution(`${name}/conv1`), two: convolution(`${name}/conv2`) })),
    matrix: weights.take('fc', tf.Rank.R2),
  };
}

function run(network: Network, input: tf.Tensor4D): tf.Tensor2D {
  const { filter, bias } = network.first;
  const first = tf.fused.conv2d({ x: input, filter, bias, strides: 2, pad: 'valid', activation: 'relu' });
  let features = tf.maxPool(first, 3, 2, 'valid');
  for (const { down, one, two } of network.blocks) {
    const [strides, pad] = down ? ([2, 'valid'] as const) : ([1, 'same'] as const);
    const half = tf.fused.conv2d({ x: features, filter: one.filter, bias: one.bias, strides, pad, activation: 'relu' });
    const out = tf.fused.conv2d({ x: half, filter: two.filter, bias: two.bias, strides: 1, pad: 'same' });
    features = tf.relu(down ? addUneven(out, tf.avgPool(features, 2, 2, 'valid')) : tf.add(out, features));
  }
  return tf.matMul(tf.mean<tf.Tensor2D>(features, [1, 2]), network.matrix);
}

/** Add two grids of different size or depth, the smaller one filled up with zeros at its end, as dlib does. */
function addUneven(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  const shape = a.shape.map((length, at) => Math.max(length, b.shape[at] ?? 0));
  const filled = (x: tf.Tensor4D): tf.Tensor4D => tf.pad(x, x.shape.map((length, at): [number, number] => [0, (shape[at] ?? 0) - length]));
  return tf.add(filled(a), filled(b));
}
