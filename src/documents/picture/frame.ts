import type { Outline, Point } from '../facts.ts';

/** A rectangle at an angle: its limits along the direction (`left`, `right`) and across it (`top`, `bottom`). */
export interface Frame {
  readonly angle: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A pixel's position along and across a direction. */
export function inFrame(angle: number, x: number, y: number): Point {
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  return [x * ux + y * uy, y * ux - x * uy];
}

/** And back to pixels. */
export function outFrame({ angle }: { readonly angle: number }, along: number, across: number): Point {
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  return [along * ux - across * uy, along * uy + across * ux];
}

/** Its corners in pixels, clockwise. */
export function boxOf(frame: Frame): Outline {
  const { left, right, top, bottom } = frame;
  return [outFrame(frame, left, top), outFrame(frame, right, top), outFrame(frame, right, bottom), outFrame(frame, left, bottom)];
}
