/** Pictures out of a running video: grey copies for looking at, JPEG for sending. */
import { fitted, type Rect } from './camera-geometry.ts';
import type { Grey } from './frame-quality.ts';

const scratch = document.createElement('canvas');

/** Part of the video in grey, at most `longest` pixels a side. */
export function greyOf(video: HTMLVideoElement, { x, y, width, height }: Rect, longest: number): Grey {
  const size = fitted({ width, height }, longest);
  scratch.width = size.width;
  scratch.height = size.height;
  const context = scratch.getContext('2d', { willReadFrequently: true });
  if (!context) return { ...size, data: new Uint8Array(size.width * size.height) };
  context.drawImage(video, x, y, width, height, 0, 0, size.width, size.height);
  const { data } = context.getImageData(0, 0, size.width, size.height);
  const grey = new Uint8Array(size.width * size.height);
  for (let i = 0; i < grey.length; i += 1) {
    const at = i * 4;
    grey[i] = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
  }
  return { ...size, data: grey };
}

/** Draws part of the video onto a canvas, at most `longest` pixels a side. False where the browser gives no canvas. */
export function drawTo(canvas: HTMLCanvasElement, video: HTMLVideoElement, { x, y, width, height }: Rect, longest: number): boolean {
  const size = fitted({ width, height }, longest);
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext('2d');
  context?.drawImage(video, x, y, width, height, 0, 0, size.width, size.height);
  return context !== null;
}

/** The canvas as JPEG; undefined where the browser fails at it. */
export function jpegOf(canvas: HTMLCanvasElement, quality: number): Promise<Blob | undefined> {
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', quality));
}

/** All of the video. */
export function wholeOf(video: HTMLVideoElement): Rect {
  return { x: 0, y: 0, width: video.videoWidth, height: video.videoHeight };
}
