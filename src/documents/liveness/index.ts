/** Where heads point, frame by frame: what an active liveness challenge is judged by. */
import sharp from 'sharp';
import type { FramePose } from '../facts.ts';
import { decodePixels, type Pixels } from '../face/pixels.ts';
import { samplePortrait } from '../face/self_test.ts';
import { type FaceMesh, makeFaceMesh, type MeshFace } from './face_mesh.ts';
import { yawOf } from './yaw.ts';

/** Reads poses. Passive liveness scores, which do not tell pictures from people, are not among what it does. */
export interface PoseReader {
  readonly version: string;
  /** Prove on a built-in portrait that angles come out right, and mirrored ones mirrored; false: do not use it. */
  selfTest(): Promise<boolean>;
  /** One pose per frame. Frames are safe pictures, and must not be mirrored: left would be right. */
  poses(jpegs: readonly Uint8Array[]): Promise<readonly FramePose[]>;
}

/** Degrees; the built-in portrait looks almost straight ahead. */
const STRAIGHT = 12;
const SAME_ANGLE = 6;
/** Outer corners of the eyes among the mesh's points. */
const [RIGHT_CORNER, LEFT_CORNER] = [33, 263];

/**
 * Load the networks: 2 MB, from the disk.
 * @throws GatehouseError `engine_backend`, `engine_weights`
 */
export async function makePoseReader(): Promise<PoseReader> {
  const mesh = await makeFaceMesh();
  const pose = async (jpeg: Uint8Array): Promise<FramePose> => await poseOf(mesh, await decodePixels(jpeg));
  return {
    version: 'facemesh-3.3.6+gatehouse.1',
    selfTest: async () => {
      const portrait = await samplePortrait(0);
      const other = await sharp(portrait).flop().jpeg().toBuffer();
      const [straight, turned] = [await pose(portrait), await pose(other)];
      if (straight.yaw === undefined || turned.yaw === undefined) return false;
      return Math.abs(straight.yaw) <= STRAIGHT && Math.abs(straight.yaw + turned.yaw) <= SAME_ANGLE;
    },
    poses: async (jpegs) => {
      const poses: FramePose[] = [];
      // One after the other: memory for one frame at a time.
      for (const jpeg of jpegs) poses.push(await pose(jpeg));
      return poses;
    },
  };
}

async function poseOf(mesh: FaceMesh, pixels: Pixels): Promise<FramePose> {
  const faces = await mesh.find(pixels);
  const [largest] = faces;
  return {
    faces: faces.length,
    yaw: largest && faces.length === 1 ? yawOf(largest.upright) : undefined,
    eyeDistance: largest && eyeDistance(largest),
  };
}

function eyeDistance({ points }: MeshFace): number | undefined {
  const [right, left] = [points[RIGHT_CORNER], points[LEFT_CORNER]];
  return right && left && Math.hypot(right.x - left.x, right.y - left.y);
}
