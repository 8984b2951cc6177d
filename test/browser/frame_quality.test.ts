/** What makes the shutter go off: measures of drawn frames, the hints they lead to, and the time that must pass. */
import { describe, expect, it } from 'vitest';
import { autoShutter } from '../../src/browser/auto-shutter.ts';
import { cropOf, fitted, frameIn } from '../../src/browser/camera-geometry.ts';
import { hintFor, measure, movement, sharpness, type Box, type Grey, type Look } from '../../src/browser/frame-quality.ts';

const WIDTH = 400;
const HEIGHT = 270;
const FRAME: Box = { x: 40, y: 30, width: 320, height: 210 };

type Paint = (x: number, y: number) => number;

function drawn(paint: Paint): Grey {
  const data = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1) for (let x = 0; x < WIDTH; x += 1) data[y * WIDTH + x] = Math.max(0, Math.min(255, paint(x, y)));
  return { width: WIDTH, height: HEIGHT, data };
}

/** A light card with lines of print on a dark table. */
function card({ share = 1, tilt = 0, paper = 215, table = 70 } = {}): Paint {
  const [w, h] = [FRAME.width * share, FRAME.height * share];
  const [left, top] = [WIDTH / 2 - w / 2, HEIGHT / 2 - h / 2];
  return (x, y) => {
    const [u, v] = [(x - left + (y - HEIGHT / 2) * tilt) / w, (y - top - (x - WIDTH / 2) * tilt) / h];
    if (u < 0 || u > 1 || v < 0 || v > 1) return table;
    const line = v > 0.12 && v < 0.9 && Math.floor(v * 24) % 2 === 0 && u > 0.06 && u < 0.94;
    return line && Math.floor(x / 3) % 3 !== 0 ? paper - 150 : paper;
  };
}

function blurred(grey: Grey, radius: number): Grey {
  return drawn((x, y) => {
    let [sum, count] = [0, 0];
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) {
        const value = x + dx >= 0 && x + dx < WIDTH ? grey.data[(y + dy) * WIDTH + x + dx] : undefined;
        if (value === undefined) continue;
        sum += value;
        count += 1;
      }
    }
    return sum / count;
  });
}

const spot = (paint: Paint, radius: number): Paint => (x, y) => paint(x, y) + 400 * Math.exp(-(((x - 230) ** 2 + (y - 150) ** 2) / radius ** 2));

function look(grey: Grey, extra: Partial<Look> = {}): Look {
  return { ...measure(grey, FRAME), moved: 1, sharpness: sharpness([grey]), lightOn: false, ...extra };
}

describe('a frame', () => {
  it.each([
    ['a card that fills the frame', card(), {}, 'good'],
    ['a card somewhat smaller', card({ share: 0.88 }), {}, 'good'],
    ['a card a little askew', card({ tilt: 0.03 }), {}, 'good'],
    ['an empty table', card({ share: 0 }), {}, 'place'],
    ['a card far away', card({ share: 0.58 }), {}, 'closer'],
    ['a card that sticks out', card({ share: 1.35 }), {}, 'away'],
    ['a card in the dark', card({ paper: 48, table: 10 }), {}, 'dark'],
    ['a burnt-out card', card({ paper: 400, table: 90 }), {}, 'bright'],
    ['a reflection', spot(card(), 42), {}, 'glare'],
    ['the reflection of the own light', spot(card(), 42), { lightOn: true }, 'flash'],
    ['a hand that moves', card(), { moved: 14 }, 'steady'],
    ['nothing before it to compare with', card(), { moved: 255 }, 'steady'],
    ['no sharp patch', card(), { sharpness: 12 }, 'blurred'],
  ] as const)('with %s', (_what, paint, extra, hint) => {
    expect(hintFor(look(drawn(paint), extra))).toBe(hint);
  });

  it('is sharper than the same frame out of focus', () => {
    const sharp = drawn(card());
    const values = [sharp, blurred(sharp, 1), blurred(sharp, 3)].map((grey) => sharpness([grey]));
    expect(values[0]).toBeGreaterThan(2 * (values[1] ?? 0));
    expect(values[1]).toBeGreaterThan(2 * (values[2] ?? 0));
    expect(sharpness([])).toBe(0);
    // Blank paper beside print does not make the print less sharp.
    expect(sharpness([drawn(() => 200), sharp])).toBe(values[0]);
  });

  it('moves by what differs, not by the light', () => {
    const before = drawn(card());
    expect(movement(before, before)).toBe(0);
    expect(movement(before, drawn((x, y) => card()(x, y) + 9))).toBeLessThan(0.01);
    expect(movement(before, drawn((x, y) => card()(x - 6, y - 4)))).toBeGreaterThan(5);
    expect(movement(before, { width: 2, height: 1, data: new Uint8Array(2) })).toBe(255);
  });

  it('counts the sides along which an edge runs', () => {
    expect(measure(drawn(card()), FRAME).sides).toBe(4);
    const open: Paint = (x, y) => (y > 200 ? card()(x, 60) : card()(x, y));
    expect(measure(drawn(open), FRAME).sides).toBe(3);
    expect(measure(drawn(() => 90), FRAME)).toEqual({ brightness: 90, glare: 0, content: 0, around: 0, sides: 0 });
  });
});

describe('the shutter', () => {
  it('goes off when all is well for most of a second, and not before', () => {
    const shutter = autoShutter();
    const shots = [0, 160, 320, 480, 640, 790, 800].map((at) => shutter.look('good', at).shoot);
    expect(shots).toEqual([false, false, false, false, false, false, true]);
  });

  it('begins anew at anything that is not well', () => {
    const shutter = autoShutter();
    shutter.look('good', 0);
    shutter.look('steady', 700);
    expect(shutter.look('good', 860).shoot).toBe(false);
    expect(shutter.look('good', 1_600).shoot).toBe(false);
    expect(shutter.look('good', 1_660).shoot).toBe(true);
  });

  it('tells a hint at once, and another only when it has settled and the first could be read', () => {
    const shutter = autoShutter();
    const told = (hint: Parameters<typeof shutter.look>[0], at: number) => shutter.look(hint, at).hint;
    expect(told('place', 0)).toBe('place');
    expect(told('closer', 200)).toBeUndefined();
    expect(told('closer', 400)).toBeUndefined();
    expect(told('closer', 1_400)).toBe('closer');
    expect(told('closer', 3_000)).toBeUndefined();
    // Once is chance.
    expect(told('steady', 3_200)).toBeUndefined();
    expect(told('closer', 3_400)).toBeUndefined();
    expect(told('steady', 3_600)).toBeUndefined();
    expect(told('steady', 3_800)).toBe('steady');
  });
});

describe('the frame on the screen', () => {
  it('is as large as the video in its stage allows', () => {
    // A phone held upright, one held sideways, and a landscape camera in an upright window.
    expect(frameIn({ width: 1080, height: 1920 }, { width: 390, height: 693.3 }, 1.5)).toEqual({ width: expect.closeTo(358.8, 1), height: expect.closeTo(239.2, 1) });
    expect(frameIn({ width: 1920, height: 1080 }, { width: 700, height: 390 }, 1.5).height).toBeCloseTo(390 * 0.84, 0);
    expect(frameIn({ width: 1600, height: 1200 }, { width: 400, height: 700 }, 1.5)).toEqual({ width: expect.closeTo(368, 5), height: expect.closeTo(245.33, 1) });
  });

  it('is found in the pixels of a video that leaves bars beside it', () => {
    // 1920 by 1080 in a stage of 400 by 400: the video is 225 high there, 87.5 below the stage's top.
    const crop = cropOf({ width: 1920, height: 1080 }, { x: 0, y: 50, width: 400, height: 400 }, { x: 20, y: 150, width: 360, height: 180 }, 0);
    expect(crop.x).toBeCloseTo(20 * 4.8, 5);
    expect(crop.y).toBeCloseTo((150 - 50 - 87.5) * 4.8, 5);
    expect(crop.width).toBeCloseTo(1728, 5);
    expect(crop.height).toBeCloseTo(864, 5);
  });

  it('gets some room around it, but none beyond the picture', () => {
    const stage = { x: 0, y: 0, width: 100, height: 100 };
    expect(cropOf({ width: 200, height: 200 }, stage, { x: 10, y: 20, width: 40, height: 40 }, 0.5)).toEqual({ x: 0, y: 0, width: 140, height: 160 });
    expect(cropOf({ width: 200, height: 200 }, stage, stage, 0.1)).toEqual({ x: 0, y: 0, width: 200, height: 200 });
  });

  it('is made smaller, never larger', () => {
    expect(fitted({ width: 4000, height: 3000 }, 400)).toEqual({ width: 400, height: 300 });
    expect(fitted({ width: 300, height: 100 }, 400)).toEqual({ width: 300, height: 100 });
    expect(fitted({ width: 9000, height: 2 }, 400)).toEqual({ width: 400, height: 1 });
  });
});
