import type { Outline } from '../facts.ts';
import { homography, mapped, rectangle, warpGrey } from '../picture/homography.ts';
import type { GreyImage } from '../picture/grey.ts';
import { sizeOf } from '../picture/outlines.ts';

/** Letters of passports and cards alike come out 20 to 35 pixels high, as the engine likes them. */
const PAGE_WIDTH = 1500;
const MOST_ASPECT = 2;

/** The page as it lies level, so many pixels wide, with an area painted over. Outlines are in pixels of the image. */
export function levelPage(image: GreyImage, page: Outline, masked: Outline | undefined): GreyImage | undefined {
  const size = sizeOf(page);
  const height = Math.round(PAGE_WIDTH * Math.min(MOST_ASPECT, size.height / size.width));
  if (!(height >= 100)) return undefined;
  const frame = rectangle(PAGE_WIDTH, height);
  const [fromFrame, toFrame] = [homography(frame, page), homography(page, frame)];
  if (!fromFrame || !toFrame) return undefined;
  const level = warpGrey(image, fromFrame, PAGE_WIDTH, height);
  if (masked) paintOver(level, masked.map((corner) => mapped(toFrame, corner)));
  return level;
}

/** A band across the page, in its usual brightness. */
function paintOver(page: GreyImage, corners: readonly (readonly [number, number])[]): void {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const clamp = (value: number, most: number): number => Math.round(Math.min(most, Math.max(0, value)));
  const [left, right] = [clamp(Math.min(...xs) - 10, page.width), clamp(Math.max(...xs) + 10, page.width)];
  const [top, bottom] = [clamp(Math.min(...ys), page.height), clamp(Math.max(...ys), page.height)];
  const sample = page.data.filter((_, index) => index % 101 === 0).sort();
  const usual = sample[Math.floor(sample.length * 0.7)] ?? 255;
  for (let y = top; y < bottom; y++) page.data.fill(usual, y * page.width + left, y * page.width + right);
}

const STRIPS = 6;
/** Paper at one end of the page so many times as bright as at the other is no print. */
const UNEVEN = 1.5;

/** Whether light falls unevenly on a page: its paper in the brightest strip against that in the darkest, across and down. */
export function isShaded(page: GreyImage): boolean {
  const papers = (stripOf: (x: number, y: number) => number): number => {
    const strips: number[][] = Array.from({ length: STRIPS }, () => []);
    for (let y = 2; y < page.height; y += 7) {
      for (let x = 2; x < page.width; x += 7) strips[Math.min(STRIPS - 1, stripOf(x, y))]!.push(page.data[y * page.width + x]!);
    }
    // The bright quarter of a strip is paper, whatever is printed on the rest.
    const bright = strips.map((values) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.8)] ?? 255);
    return Math.max(...bright) / Math.max(1, Math.min(...bright));
  };
  const [across, down] = [papers((x) => Math.floor((x * STRIPS) / page.width)), papers((_x, y) => Math.floor((y * STRIPS) / page.height))];
  return Math.max(across, down) > UNEVEN;
}
