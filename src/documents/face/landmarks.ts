/**
 * Sixty-eight points of a face: the landmark network of @vladmandic/face-api, which looks at a square of 112 pixels.
 * Four dense blocks of depthwise-separable convolutions, then one matrix.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Box, type Pixels, samplePatch } from './pixels.ts';
import { type Convolution, loadNetwork, type Weights } from './tensors.ts';

/** In pixels of the picture. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** The 68 points (numbered as in iBUG 300-W) of the face in a box. */
export type FindLandmarks = (pixels: Pixels, box: Box) => readonly Spot[];

/** Mean colour of what these networks were trained on; red, green, blue. */
const MEAN = [122.782, 117.001, 104.298];
const SIDE = 112;
const POINTS = 68;

interface Separable {
  readonly depth: tf.Tensor4D;
  readonly point: Convolution;
}
interface Network {
  readonly first: Convolution;
  /** The very first layer is `first`, so its block has one fewer here. */
  readonly blocks: readonly (readonly Separable[])[];
  readonly matrix: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/** @param manifest `face_landmark_68_model-weights_manifest.json` */
export function loadLandmarks(manifest: string): FindLandmarks {
  const network = loadNetwork(manifest, read);
  return (pixels, box) => {
    const side = Math.max(box.width, box.height);
    const scale = side / SIDE;
    const [left, top] = [box.x + (box.width - side) / 2, box.y + (box.height - side) / 2];
    const map = { a: scale, b: 0, x0: left + scale / 2, y0: top + scale / 2 };
    // The network was trained on boxes with black beside them, not on what lies around the face.
    const patch = samplePatch(pixels, map, SIDE, box);
    const found = tf.tidy(() => run(network, normalised(patch, SIDE)).dataSync<'float32'>());
    return Array.from({ length: POINTS }, (_, at) => ({
      x: left + (found[at * 2] ?? 0) * side, y: top + (found[at * 2 + 1] ?? 0) * side,
    }));
  };
}

/** Patches as these networks want them: mean colour taken off, divided by 255. */
export function normalised(patches: Float32Array, side: number): tf.Tensor4D {
  return tf.tensor4d(patches.map((value, at) => (value - (MEAN[at % 3] ?? 0)) / 255), [patches.length / (side * side * 3), side, side, 3]);
}

function read(weights: Weights): Network {
  const layer = (name: string): Separable => ({
    depth: weights.take(`${name}/depthwise_filter`, tf.Rank.R4),
    point: { filter: weights.take(`${name}/pointwise_filter`, tf.Rank.R4), bias: weights.take(`${name}/bias`, tf.Rank.R1) },
  });
  return {
    first: { filter: weights.take('dense0/conv0/filters', tf.Rank.R4), bias: weights.take('dense0/conv0/bias', tf.Rank.R1) },
    blocks: [0, 1, 2, 3].map((block) => [0, 1, 2, 3].filter((at) => block + at > 0).map((at) => layer(`dense${block}/conv${at}`))),
    matrix: weights.take('fc/weights', tf.Rank.R2),
    bias: weights.take('fc/bias', tf.Rank.R1),
  };
}

function run(network: Network, input: tf.Tensor4D): tf.Tensor2D {
  let features = tf.fused.conv2d({ x: input, filter: network.first.filter, bias: network.first.bias, strides: 2, pad: 'same', activation: 'relu' });
  network.blocks.forEach((layers, at) => {
    const [head, ...rest] = layers;
    // Each later block halves the grid first; the first block's head is the plain convolution above.
    if (at > 0 && head) features = tf.relu(separable(features, head, 2));
    features = dense(features, at > 0 ? rest : layers);
  });
  const pooled = tf.avgPool(features, [7, 7], [2, 2], 'valid');
  return tf.add(tf.matMul(tf.reshape<tf.Rank.R2>(pooled, [1, -1]), network.matrix), network.bias);
}

/** Every layer is fed the sum of all before it. */
function dense(first: tf.Tensor4D, layers: readonly Separable[]): tf.Tensor4D {
  let sum = first;
  let input = first;
  for (const layer of layers) {
    sum = tf.add(sum, separable(input, layer, 1));
    input = tf.relu(sum);
  }
  return input;
}

function separable(x: tf.Tensor4D, { depth, point }: Separable, strides: number): tf.Tensor4D {
  const deep = tf.depthwiseConv2d(x, depth, strides, 'same');
  return tf.fused.conv2d({ x: deep, filter: point.filter, bias: point.bias, strides: 1, pad: 'same' });
}
