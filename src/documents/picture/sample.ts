import type { GreyImage } from './grey.ts';

/** Brightness between pixels, bilinear; outside the picture the nearest edge counts. */
export function sampleAt(image: GreyImage, x: number, y: number): number {
  const { data, width, height } = image;
  const insideX = Math.min(width - 1.001, Math.max(0, x));
  const insideY = Math.min(height - 1.001, Math.max(0, y));
  const left = insideX | 0;
  const top = insideY | 0;
  const shareX = insideX - left;
  const shareY = insideY - top;
  const at = top * width + left;
  return (data[at]! * (1 - shareX) + data[at + 1]! * shareX) * (1 - shareY)
    + (data[at + width]! * (1 - shareX) + data[at + width + 1]! * shareX) * shareY;
}
