/**
 * Finds faces: the SSD MobileNet of @vladmandic/face-api (trained on WIDER FACE), which looks at a square of 512 pixels.
 * The layers are its own; batch normalisation is folded into the convolutions before it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { rememberingPlaces } from './known_places.ts';
import { type Scored, withoutOverlaps } from './non_max.ts';
import { type Box, type Pixels, type Squared, squared, within } from './pixels.ts';
import { centred, type Convolution, loadNetwork, type Weights } from './tensors.ts';

/** Finds the faces of a picture, in its pixels, largest first. */
export type FindFaces = (pixels: Pixels) => Promise<readonly Scored[]>;

const SIDE = 512;
const LEAST_SCORE = 0.4;
/** Beside a face it is sure of, what this detector is unsure of was never one. */
const SHARE_OF_BEST = 0.6;
const MOST_OVERLAP = 0.5;
const MOST_FACES = 10;
/** Of the long side, around pictures in which nothing was found. */
const RETRY_MARGIN = 0.5;
const EPSILON = 0.001;
const LAYERS = 13;
const HALVING = [2, 4, 6, 12];
/** The layer whose finer grid serves small faces. */
const FINE_LAYER = 11;

interface Network {
  readonly first: Convolution;
  readonly layers: readonly { readonly depth: Convolution; readonly point: Convolution }[];
  /** Pairs: the second of each halves the grid. */
  readonly extra: readonly Convolution[];
  /** For each grid. */
  readonly predictors: readonly { readonly box: Convolution; readonly face: Convolution }[];
  /** Top, left, bottom and right of each anchor, as shares of the square. */
  readonly anchors: Float32Array;
}

/** @param manifest `ssd_mobilenetv1_model-weights_manifest.json` */
export function loadDetector(manifest: string): FindFaces {
  const network = loadNetwork(manifest, read);
  return rememberingPlaces(async (pixels) => {
    const found = detect(network, await squared(pixels, SIDE), pixels);
    const faces = found.length > 0 ? found : detect(network, await squared(pixels, SIDE, RETRY_MARGIN), pixels);
    return faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  });
}

function read(weights: Weights): Network {
  const point = (name: string): Convolution => ({
    filter: weights.take(`${name}_pointwise/weights`, tf.Rank.R4),
    bias: weights.take(`${name}_pointwise/convolution_bn_offset`, tf.Rank.R1),
  });
  const predictor = (name: string): Convolution => ({
    filter: weights.take(`${name}/weights`, tf.Rank.R4), bias: weights.take(`${name}/biases`, tf.Rank.R1),
  });
  return {
    first: point('MobilenetV1/Conv2d_0'),
    layers: Array.from({ length: LAYERS }, (_, at) => `MobilenetV1/Conv2d_${at + 1}`)
      .map((name) => ({ depth: depthwise(weights, `${name}_depthwise`), point: point(name) })),
    extra: Array.from({ length: 8 }, (_, at) => point(`Prediction/Conv2d_${at}`)),
    predictors: Array.from({ length: 6 }, (_, at) => `Prediction/BoxPredictor_${at}`)
      .map((name) => ({ box: predictor(`${name}/BoxEncodingPredictor`), face: predictor(`${name}/ClassPredictor`) })),
    anchors: weights.take('Output/extra_dim', tf.Rank.R3).dataSync<'float32'>(),
  };
}

function depthwise(weights: Weights, name: string): Convolution {
  const norm = (part: string): tf.Tensor1D => weights.take(`${name}/BatchNorm/${part}`, tf.Rank.R1);
  const scale = tf.div<tf.Tensor1D>(norm('gamma'), tf.sqrt(tf.add(norm('moving_variance'), EPSILON)));
  return {
    filter: tf.mul(weights.take(`${name}/depthwise_weights`, tf.Rank.R4), tf.reshape(scale, [-1, 1])),
    bias: tf.sub(norm('beta'), tf.mul(norm('moving_mean'), scale)),
  };
}

function detect(network: Network, square: Squared, picture: Pixels): readonly Scored[] {
  const [boxes, logits] = tf.tidy(() => {
    const grids = gridsOf(network, centred(square.pixels));
    const predict = (which: 'box' | 'face', numbers: number): tf.Tensor2D => tf.concat2d(grids.flatMap((grid, at) => {
      const predictor = network.predictors[at]?.[which];
      return predictor ? [tf.reshape<tf.Rank.R2>(convolve(grid, predictor, 1, 'linear'), [-1, numbers])] : [];
    }), 0);
    return [predict('box', 4).dataSync<'float32'>(), predict('face', 3).dataSync<'float32'>()];
  });
  const candidates = Array.from({ length: logits.length / 3 }, (_, at) => at).flatMap((at) => {
    const score = 1 / (1 + Math.exp(-(logits[at * 3 + 1] ?? -Infinity)));
    if (!(score > LEAST_SCORE)) return [];
    const box = within(toPicture(decode(network.anchors, boxes, at), square), picture);
    return box.width > 0 && box.height > 0 ? [{ score, box }] : [];
  });
  const found = withoutOverlaps(candidates, MOST_OVERLAP);
  const best = found[0]?.score ?? 0;
  return found.filter(({ score }) => score >= best * SHARE_OF_BEST).slice(0, MOST_FACES);
}

/** Features of the six grids, finest first. What is used up is freed at once: together the layers fill 200 MB. */
function gridsOf(network: Network, input: tf.Tensor4D): readonly tf.Tensor4D[] {
  const grids: tf.Tensor4D[] = [];
  let features = convolve(input, network.first, 2, 'relu6');
  input.dispose();
  const goOn = (next: tf.Tensor4D): void => {
    if (!grids.includes(features)) features.dispose();
    features = next;
  };
  network.layers.forEach(({ depth, point }, at) => {
    const strides = HALVING.includes(at + 1) ? 2 : 1;
    goOn(tf.fused.depthwiseConv2d({ x: features, filter: depth.filter, bias: depth.bias, strides, pad: 'same', activation: 'relu6' }));
    goOn(convolve(features, point, 1, 'relu6'));
    if (at + 1 === FINE_LAYER) grids.push(features);
  });
  grids.push(features);
  network.extra.forEach((layer, at) => {
    goOn(convolve(features, layer, at % 2 === 1 ? 2 : 1, 'relu6'));
    if (at % 2 === 1) grids.push(features);
  });
  return grids;
}

function convolve(x: tf.Tensor4D, { filter, bias }: Convolution, strides: number, activation: 'relu6' | 'linear'): tf.Tensor4D {
  return tf.fused.conv2d({ x, filter, bias, strides, pad: 'same', activation });
}

/** One anchor moved and resized as predicted, in pixels of the square. */
function decode(anchors: Float32Array, boxes: Float32Array, at: number): Box {
  const [top = 0, left = 0, bottom = 0, right = 0] = anchors.subarray(at * 4, at * 4 + 4);
  const [dy = 0, dx = 0, dh = 0, dw = 0] = boxes.subarray(at * 4, at * 4 + 4);
  const [anchorWidth, anchorHeight] = [right - left, bottom - top];
  const [width, height] = [Math.exp(dw / 5) * anchorWidth, Math.exp(dh / 5) * anchorHeight];
  const [x, y] = [(dx / 10 + 0.5) * anchorWidth + left - width / 2, (dy / 10 + 0.5) * anchorHeight + top - height / 2];
  return { x: x * SIDE, y: y * SIDE, width: width * SIDE, height: height * SIDE };
}

function toPicture(box: Box, { scale, left, top }: Squared): Box {
  return { x: (box.x - left) * scale, y: (box.y - top) * scale, width: box.width * scale, height: box.height * scale };
}
