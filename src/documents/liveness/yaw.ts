/** How far a head is turned, from the points of its mesh. */
import type { Point3 } from './face_mesh.ts';

/** Points of the mesh: middle of the forehead, chin, the person's right and left cheek before the ears. */
const [FOREHEAD, CHIN, RIGHT_CHEEK, LEFT_CHEEK] = [10, 152, 234, 454];
/**
 * The scale of depth in which the thresholds were measured: at it a flat picture held at 20 to 60 degrees never shows
 * more than 7, because what depth the mesh imagines counts less than what it sees.
 */
const DEPTH = 1 / 1.5;

/**
 * Degrees about the head's own vertical axis; positive where the person turned to their own left (in a picture that is
 * not mirrored, the nose then points to the picture's right). Undefined where the points are not a face.
 */
export function yawOf(upright: readonly Point3[]): number | undefined {
  const [top, bottom, right, left] = [FOREHEAD, CHIN, RIGHT_CHEEK, LEFT_CHEEK].map((at) => upright[at]);
  if (!top || !bottom || !right || !left) return undefined;
  const down = unit(difference(bottom, top));
  const across = unit(difference(left, right));
  const forward = unit(cross(across, down));
  const sideways = cross(down, forward);
  const yaw = (Math.atan2(-forward.x, sideways.x) * 180) / Math.PI;
  return Number.isFinite(yaw) ? yaw : undefined;
}

function difference(a: Point3, b: Point3): Point3 {
  return { x: a.x - b.x, y: a.y - b.y, z: (a.z - b.z) * DEPTH };
}

function cross(a: Point3, b: Point3): Point3 {
  return { x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x };
}

function unit({ x, y, z }: Point3): Point3 {
  const length = Math.hypot(x, y, z);
  return { x: x / length, y: y / length, z: z / length };
}
