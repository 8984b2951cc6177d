/** The built-in face engine: weights of @vladmandic/face-api 1.7.15, run on the WebAssembly backend of TensorFlow.js. */
import { join } from 'node:path';
import type { FaceFound } from '../facts.ts';
import { loadCloseDetector } from './close_detector.ts';
import { loadDescriptor } from './descriptor.ts';
import { loadDetector } from './detector.ts';
import type { FaceEngine, Scene } from './face_engine.ts';
import { type FindLandmarks, loadLandmarks, type Spot } from './landmarks.ts';
import type { Scored } from './non_max.ts';
import { type Box, decodePixels, type Pixels, within } from './pixels.ts';
import { provesItself } from './self_test.ts';
import { packageFolder, startTensors } from './tensors.ts';

export type { DescribedFace, FaceEngine, Scene } from './face_engine.ts';

/** Outer corners of the eyes among the 68 points. */
const [RIGHT_CORNER, LEFT_CORNER] = [36, 45];
/** What the landmarks were trained to be given, against the close detector's box: narrower, taller and higher up. */
const FROM_CLOSE = { width: 0.92, height: 1.07, up: 0.05 } as const;

interface Marked {
  readonly face: FaceFound;
  readonly landmarks: readonly Spot[];
}

/**
 * Load the engine: some 13 MB of weights, from the disk.
 * @throws GatehouseError `engine_backend`, `engine_weights`
 */
export async function makeFaceEngine(): Promise<FaceEngine> {
  await startTensors();
  const models = join(packageFolder('@vladmandic/face-api'), 'model');
  const detect = loadDetector(join(models, 'ssd_mobilenetv1_model-weights_manifest.json'));
  const detectClose = loadCloseDetector();
  const landmarks = loadLandmarks(join(models, 'face_landmark_68_model-weights_manifest.json'));
  const describe = loadDescriptor(join(models, 'face_recognition_model-weights_manifest.json'));

  const marked = async (pixels: Pixels, scene: Scene): Promise<readonly Marked[]> => {
    const close = scene === 'person' ? await detectClose(pixels) : [];
    const found = close.length > 0 ? close.map(({ score, box }) => ({ score, box: fromClose(box, pixels) })) : await detect(pixels);
    return found.map((one) => mark(pixels, one, landmarks));
  };
  const engine: FaceEngine = {
    name: 'face-api',
    // Ours, for alignment and averaging, after the weights'.
    version: '1.7.15+gatehouse.1',
    selfTest: () => provesItself(engine),
    find: async (jpeg) => (await marked(await decodePixels(jpeg), 'document')).map(({ face }) => face),
    embed: async (jpeg, scene) => {
      const pixels = await decodePixels(jpeg);
      return (await marked(pixels, scene)).map((one) => ({ face: one.face, template: describe(pixels, one.landmarks) }));
    },
  };
  return engine;
}

function fromClose(box: Box, pixels: Pixels): Box {
  const [width, height] = [box.width * FROM_CLOSE.width, box.height * FROM_CLOSE.height];
  const [x, y] = [box.x + box.width / 2, box.y + box.height * (0.5 - FROM_CLOSE.up)];
  return within({ x: x - width / 2, y: y - height / 2, width, height }, pixels);
}

function mark(pixels: Pixels, { score, box }: Scored, landmarks: FindLandmarks): Marked {
  const spots = landmarks(pixels, box);
  const [right, left] = [spots[RIGHT_CORNER], spots[LEFT_CORNER]];
  const eyeDistance = right && left ? Math.hypot(right.x - left.x, right.y - left.y) : 0;
  return { face: { score, box, eyeDistance }, landmarks: spots };
}
