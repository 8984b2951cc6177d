/** Networks of @vladmandic/human, which come as graphs: read from the disk and given to TensorFlow.js as bytes. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type GraphModel, loadGraphModelSync } from '@tensorflow/tfjs-converter';
import { GatehouseError } from '../../errors.ts';
import { exactBuffer } from './tensors.ts';

const require = createRequire(import.meta.url);

interface Description {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[];
}

/** Run a graph; the values of its outputs, by how many numbers each has. */
export type RunGraph = (input: () => tf.Tensor4D) => ReadonlyMap<number, Float32Array>;

/**
 * @param name file in the package's `models`, without its ending
 * @throws GatehouseError `engine_weights` where the graph is not there or not sound
 */
export function loadGraph(name: string): RunGraph {
  const model = open(name);
  return (input) => {
    const values = new Map<number, Float32Array>();
    tf.tidy(() => {
      for (const output of [model.predict(input())].flat()) {
        if (!(output instanceof tf.Tensor)) throw new GatehouseError('engine_weights', 500, `the graph ${name} gives named outputs`);
        values.set(output.size, output.dataSync<'float32'>());
      }
    });
    return values;
  };
}

function open(name: string): GraphModel<tf.io.IOHandlerSync> {
  try {
    const folder = join(dirname(require.resolve('@vladmandic/human')), '..', 'models');
    const description = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Description;
    return loadGraphModelSync(tf.io.fromMemorySync({
      modelTopology: description.modelTopology,
      weightSpecs: description.weightsManifest.flatMap(({ weights }) => weights),
      weightData: exactBuffer(readFileSync(join(folder, `${name}.bin`))),
    }));
  } catch (cause) {
    throw new GatehouseError('engine_weights', 500, `the graph ${name} cannot be loaded`, { cause });
  }
}
