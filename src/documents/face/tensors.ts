/** The one TensorFlow.js of the process: its backend, and weights read from the disk. Nothing here uses a network. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { GatehouseError } from '../../errors.ts';
import type { Pixels } from './pixels.ts';

const require = createRequire(import.meta.url);

/** A convolution's numbers: `[height, width, in, out]` and one number per channel that comes out. */
export interface Convolution {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** Named numbers of one network. */
export interface Weights {
  /**
   * @throws GatehouseError `engine_weights` where there is no such name or its rank differs
   */
  take<R extends tf.Rank>(name: string, rank: R): tf.Tensor<R>;
}

interface Manifest {
  readonly paths: readonly string[];
  readonly weights: tf.io.WeightsManifestEntry[];
}

let started: Promise<void> | undefined;

/**
 * Start the WebAssembly backend, once per process. The plain JavaScript backend would need 15 seconds a face, so there
 * is no falling back to it.
 * @throws GatehouseError `engine_backend`
 */
export function startTensors(): Promise<void> {
  started ??= start();
  return started;
}

async function start(): Promise<void> {
  setWasmPaths(`${packageFolder('@tensorflow/tfjs-backend-wasm')}/dist/`);
  // More threads do not make these small networks faster.
  setThreadsCount(1);
  const ready = await tf.setBackend('wasm').catch(() => false);
  if (!ready || tf.getBackend() !== 'wasm') {
    throw new GatehouseError('engine_backend', 500, 'the WebAssembly backend of TensorFlow.js does not start');
  }
  await tf.ready();
}

/** The folder that a package was installed in. */
export function packageFolder(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

/**
 * Read a network's numbers, quantised ones made whole. What `read` does not return is freed.
 * @param manifest a `*-weights_manifest.json`, beside its files
 * @throws GatehouseError `engine_weights`
 */
export function loadNetwork<T extends object>(manifest: string, read: (weights: Weights) => T): T {
  return tf.tidy(() => read(weightsOf(manifest)) as T & tf.TensorContainer);
}

function weightsOf(manifest: string): Weights {
  const groups = JSON.parse(readFileSync(manifest, 'utf8')) as readonly Manifest[];
  const found: tf.NamedTensorMap = {};
  for (const { paths, weights } of groups) {
    const bytes = Buffer.concat(paths.map((path) => readFileSync(join(dirname(manifest), path))));
    Object.assign(found, tf.io.decodeWeights(exactBuffer(bytes), weights));
  }
  return {
    take: <R extends tf.Rank>(name: string, rank: R) => {
      const tensor = found[name];
      if (tensor === undefined || `R${tensor.rank}` !== rank) throw new GatehouseError('engine_weights', 500, `${manifest} has no ${name} of rank ${rank}`);
      return tensor as tf.Tensor<R>;
    },
  };
}

/** A picture as detectors want it: colours from -1 to 1. */
export function centred({ data, width, height }: Pixels): tf.Tensor4D {
  const values = new Float32Array(width * height * 3);
  for (let at = 0; at < values.length; at++) values[at] = (data[at] ?? 0) / 127.5 - 1;
  return tf.tensor4d(values, [1, height, width, 3]);
}

/** The bytes as a buffer of their own: those of `readFileSync` may share one. */
export function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}
