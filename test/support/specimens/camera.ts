/** What cameras, light, hands and messengers do to a photograph: each a step from pixels to pixels. */
import sharp from 'sharp';
import { asSharp, eachPixel, pixelsOf, type Pixels } from './pixels.ts';
import { seeded } from './seeded.ts';

export type Spoil = (picture: Pixels) => Pixels | Promise<Pixels>;

/** Of the sensor; grey levels. */
export function noise(amplitude: number): Spoil {
  return (picture) => {
    const random = seeded(5);
    const data = new Uint8ClampedArray(picture.data.length);
    for (let at = 0; at < data.length; at++) data[at] = (picture.data[at] ?? 0) + (random() + random() - 1) * amplitude;
    return { ...picture, data };
  };
}

/** Out of focus; standard deviation in pixels. */
export const blur = (sigma: number): Spoil => (picture) => pixelsOf(asSharp(picture).blur(sigma));

/** Moved sideways by so many pixels while exposed; odd. */
export function motion(length: number): Spoil {
  const kernel = Array.from({ length: length * length }, (_, at) => (Math.floor(at / length) === length >> 1 ? 1 : 0));
  return (picture) => pixelsOf(asSharp(picture).convolve({ width: length, height: length, kernel }));
}

/** The reflection of a lamp: centre and radii as shares of the frame, strength 1 burns a dark spot out. */
export function glare(x: number, y: number, radiusX: number, radiusY: number, strength: number): Spoil {
  return (picture) => eachPixel(picture, (data, at, px, py) => {
    const distance = ((px / picture.width - x) / radiusX) ** 2 + ((py / picture.height - y) / radiusY) ** 2;
    const light = strength * 255 * Math.exp(-distance);
    for (let c = 0; c < 3; c++) data[at + c] = (data[at + c] ?? 0) + light;
  });
}

/** The left third in shade, down to so much of the light. */
export function shadow(left: number): Spoil {
  return (picture) => eachPixel(picture, (data, at, px) => {
    const light = left + (1 - left) * Math.min(1, Math.max(0, (px / picture.width - 0.3) * 3));
    for (let c = 0; c < 3; c++) data[at + c] = (data[at + c] ?? 0) * light;
  });
}

export const exposure = (gain: number, lift: number): Spoil => (picture) => pixelsOf(asSharp(picture).linear(gain, lift));
export const smaller = (width: number): Spoil => (picture) => pixelsOf(asSharp(picture).resize(width));

/** A black-and-white copy with hard contrast. */
export const photocopy: Spoil = (picture) => eachPixel(picture, (data, at) => {
  const grey = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
  data.fill(grey * 1.35 - 40, at, at + 3);
});

/** Sent through a messenger that recompresses: JPEG of so much quality. */
export const recompressed = (quality: number): Spoil => async (picture) => pixelsOf(sharp(await asSharp(picture).jpeg({ quality }).toBuffer()));

/** Shown on a screen and photographed again: its pixels' mask sampled at an odd ratio, lifted blacks, a blue cast. */
export const fromScreen: Spoil = async (picture) => {
  const shown = eachPixel(await pixelsOf(asSharp(picture).resize(Math.round(picture.width * 1.5))), (data, at, x, y) => {
    const row = y % 3 === 2 ? 0.72 : 1.06;
    for (let c = 0; c < 3; c++) data[at + c] = (data[at + c] ?? 0) * (c === x % 3 ? 1.25 : 0.72) * row;
  });
  const turned = await pixelsOf(asSharp(shown).rotate(1.3, { background: '#101010' }));
  return pixelsOf(asSharp(turned).resize(picture.width, picture.height, { fit: 'cover', kernel: 'linear' }).linear([0.88, 0.92, 1], [16, 18, 24]));
};
