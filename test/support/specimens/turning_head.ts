/**
 * A head that turns, from one portrait: what a phone's camera would see of its owner during the challenge. The face's
 * points in space give every part of the picture a depth; the picture is then drawn again as seen from the side. Good
 * enough for the networks, not for the eye, and only for people whose portraits are made for it.
 */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { decodePixels, type Pixels } from '../../../src/documents/face/pixels.ts';
import { type FaceMesh, makeFaceMesh, type Point3 } from '../../../src/documents/liveness/face_mesh.ts';
import { drawDisplaced, type Vertex } from './displaced.ts';

/** One picture of a film and for how long it is shown. All pictures of a film must be of one size. */
export interface Take {
  readonly jpeg: Buffer;
  readonly seconds: number;
}

/** Chromium plays a fake camera's MJPEG file at this rate, whatever is in it. */
export const CAMERA_RATE = 30;
/**
 * Degrees by which a head is to be drawn for the challenge: the pose reader, which measures less, then sees 22 to 30, and
 * the face is still within 0.5 of the one that looks straight ahead.
 */
export const CHALLENGE_YAW = 50;
/**
 * Shares of the face's width: between the vertices of the grid that is bent, how far a point's depth reaches, and where
 * the face has faded into what is around it.
 */
const GRID = 1 / 60;
const REACH = 0.035;
const FADE = 0.55;
/** Points of the mesh: the cheeks before the ears. */
const CHEEKS = [234, 454] as const;
/** Between the outer corners of the eyes, as a share of a selfie's width. */
const EYES = 0.22;

let loaded: Promise<FaceMesh> | undefined;

/**
 * The portrait as if the head had turned.
 * @param yawDegrees positive: to the person's own left, which is to the right in the picture
 * @throws Error where the portrait shows no face
 */
export async function turningHead(portrait: Buffer, yawDegrees: number): Promise<Buffer> {
  const pixels = await decodePixels(await flat(portrait));
  const points = await faceOf(pixels);
  const { vertices, columns } = bent(pixels, points, (yawDegrees * Math.PI) / 180);
  const drawn = drawDisplaced(pixels, vertices, columns);
  return await sharp(drawn, { raw: { width: pixels.width, height: pixels.height, channels: 3 } }).jpeg({ quality: 92 }).toBuffer();
}

/** A frame as a phone's front camera takes it: the person of the portrait, close and in the middle. Not mirrored. */
export async function selfieFrame(portrait: Buffer, { width = 720, height = 960 } = {}): Promise<Buffer> {
  const jpeg = await flat(portrait);
  const pixels = await decodePixels(jpeg);
  const points = await faceOf(pixels);
  const [right, left, nose] = [at(points, 33), at(points, 263), at(points, 1)];
  const wide = Math.round(Math.hypot(right.x - left.x, right.y - left.y) / EYES);
  const high = Math.round((wide * height) / width);
  const border = Math.max(wide, high);
  const padded = await sharp(jpeg).extend({ top: border, bottom: border, left: border, right: border, extendWith: 'copy' }).png().toBuffer();
  return await sharp(padded)
    .extract({ left: Math.round(nose.x + border - wide / 2), top: Math.round(nose.y + border - high * 0.47), width: wide, height: high })
    .resize(width, height, { fit: 'fill' }).jpeg({ quality: 90 }).toBuffer();
}

/** Write a film for Chromium's `--use-file-for-fake-video-capture` (the name must end in `.mjpeg`); it plays in a loop. */
export async function cameraVideo(takes: readonly Take[], file: string): Promise<void> {
  await writeFile(file, Buffer.concat(takes.flatMap(({ jpeg, seconds }) => Array.from({ length: Math.max(1, Math.round(seconds * CAMERA_RATE)) }, () => jpeg))));
}

async function flat(portrait: Buffer): Promise<Buffer> {
  return await sharp(portrait).flatten({ background: '#808080' }).toColourspace('srgb').jpeg({ quality: 95 }).toBuffer();
}

async function faceOf(pixels: Pixels): Promise<readonly Point3[]> {
  loaded ??= makeFaceMesh();
  const [face] = await (await loaded).find(pixels);
  if (!face) throw new Error('the portrait shows no face');
  return face.points;
}

/** Where every vertex of a grid over the picture goes when the head turns about the axis between its ears. */
function bent({ width, height }: Pixels, points: readonly Point3[], angle: number): { readonly vertices: readonly Vertex[]; readonly columns: number } {
  const [right, left] = CHEEKS.map((cheek) => at(points, cheek)) as [Point3, Point3];
  const axis = { x: (right.x + left.x) / 2, z: (right.z + left.z) / 2 };
  const face = Math.hypot(left.x - right.x, left.y - right.y);
  const step = Math.max(1, Math.round(face * GRID));
  const columns = Math.ceil(width / step) + 1;
  const rows = Math.ceil(height / step) + 1;
  const vertices = Array.from({ length: columns * rows }, (_, index) => {
    const [x, y] = [(index % columns) * step, Math.floor(index / columns) * step];
    const near = nearness(points, x, y, face);
    if (near === 0) return { x, y, toX: x, toY: y, depth: 0 };
    const [across, away] = [x - axis.x, depthAt(points, x, y, face) - axis.z];
    const moved = across * (Math.cos(angle) - 1) - away * Math.sin(angle);
    return { x, y, toX: x + moved * near, toY: y, depth: (across * Math.sin(angle) + away * Math.cos(angle)) * near };
  });
  return { vertices, columns };
}

/** How much of the face there is at a place: 1 on it, 0 away from it. */
function nearness(points: readonly Point3[], x: number, y: number, face: number): number {
  let nearest = Infinity;
  for (const point of points) nearest = Math.min(nearest, (point.x - x) ** 2 + (point.y - y) ** 2);
  const far = Math.min(1, Math.sqrt(nearest) / (face * FADE));
  return 1 - far * far * (3 - 2 * far);
}

/** The mean depth of the points around a place; far from all of them, that of the nearest. */
function depthAt(points: readonly Point3[], x: number, y: number, face: number): number {
  const reach = 2 * (face * REACH) ** 2;
  let [weights, sum] = [0, 0];
  for (const point of points) {
    const apart = (point.x - x) ** 2 + (point.y - y) ** 2;
    // The second, wide and weak, counts only where the first has died away.
    const weight = Math.exp(-apart / reach) + 1e-9 * Math.exp(-apart / (reach * 50));
    weights += weight;
    sum += weight * point.z;
  }
  return sum / weights;
}

function at(points: readonly Point3[], index: number): Point3 {
  const point = points[index];
  if (!point) throw new Error(`the mesh has no point ${index}`);
  return point;
}
