import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decodePixels } from '../../src/documents/face/pixels.ts';
import { makePoseReader, type PoseReader } from '../../src/documents/liveness/index.ts';
import { yawOf } from '../../src/documents/liveness/yaw.ts';
import { drawDisplaced } from '../support/specimens/displaced.ts';
import { CHALLENGE_YAW, selfieFrame, turningHead } from '../support/specimens/turning_head.ts';

const PORTRAITS = new URL('../support/specimens/portraits/', import.meta.url);
const NAMES = ['collins.png', 'hopper.jpg'] as const;

let reader: PoseReader;
const selfies: Buffer[] = [];

async function yaw(picture: Uint8Array): Promise<number> {
  const [pose] = await reader.poses([picture]);
  expect(pose).toMatchObject({ faces: 1 });
  return pose?.yaw ?? Number.NaN;
}

/** A print held before the camera and turned about its vertical axis, in perspective. */
async function flatTurned(picture: Buffer, degrees: number): Promise<Buffer> {
  const pixels = await decodePixels(picture);
  const [columns, rows, angle] = [61, 81, (degrees * Math.PI) / 180];
  const [width, height, far] = [pixels.width, pixels.height, pixels.width * 1.6];
  const vertices = Array.from({ length: columns * rows }, (_, at) => {
    const [x, y] = [((at % columns) * width) / (columns - 1), (Math.floor(at / columns) * height) / (rows - 1)];
    const [across, away] = [(x - width / 2) * Math.cos(angle), (x - width / 2) * Math.sin(angle)];
    const smaller = far / (far + away);
    return { x, y, toX: width / 2 + across * smaller, toY: height / 2 + (y - height / 2) * smaller, depth: away };
  });
  const blank = { ...pixels, data: new Uint8Array(pixels.data.length).fill(200) };
  const turned = drawDisplaced(pixels, vertices, columns, blank);
  return await sharp(turned, { raw: { width, height, channels: 3 } }).jpeg({ quality: 90 }).toBuffer();
}

beforeAll(async () => {
  vi.stubGlobal('fetch', () => {
    throw new Error('nothing may be fetched');
  });
  reader = await makePoseReader();
  for (const name of NAMES) selfies.push(await selfieFrame(readFileSync(new URL(name, PORTRAITS))));
});

describe('the pose reader', () => {
  it('loads without a network and proves itself', async () => {
    expect(await reader.selfTest()).toBe(true);
  });

  it('sees people who look straight ahead look straight ahead, their eyes in pixels of the picture', async () => {
    for (const selfie of selfies) {
      const [pose] = await reader.poses([selfie]);
      expect(Math.abs(pose?.yaw ?? 99)).toBeLessThan(8);
      expect(pose?.eyeDistance).toBeGreaterThan(130);
      expect(pose?.eyeDistance).toBeLessThan(190);
    }
  });

  it('sees a head turn, to its own left as positive, and mirrored pictures mirrored', async () => {
    for (const selfie of selfies) {
      const left = await turningHead(selfie, CHALLENGE_YAW);
      expect(await yaw(left)).toBeGreaterThan(20);
      expect(await yaw(await turningHead(selfie, -CHALLENGE_YAW))).toBeLessThan(-20);
      expect(Math.abs(await yaw(await sharp(left).flop().jpeg().toBuffer()) + await yaw(left))).toBeLessThan(8);
    }
  });

  it('measures the turn of a tilted head too', async () => {
    const [selfie] = selfies;
    if (!selfie) throw new Error('no selfie');
    const tilted = await sharp(await turningHead(selfie, CHALLENGE_YAW)).rotate(20, { background: '#808080' }).jpeg().toBuffer();
    expect(await yaw(tilted)).toBeGreaterThan(15);
  });

  it.each([-55, -40, -25, 25, 40, 55])('does not take a flat picture turned by %d degrees for a turned head', async (degrees) => {
    for (const selfie of selfies) {
      const [pose] = await reader.poses([await flatTurned(selfie, degrees)]);
      // Where no face is seen any more, there is no turn either.
      expect(Math.abs(pose?.yaw ?? 0)).toBeLessThan(11);
    }
  });

  it('counts faces, and gives no angle where there is not exactly one', async () => {
    const [one, two] = selfies;
    const both = await sharp({ create: { width: 1440, height: 960, channels: 3, background: '#777777' } })
      .composite([{ input: one ?? '', left: 0, top: 0 }, { input: two ?? '', left: 720, top: 0 }]).jpeg().toBuffer();
    const blank = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#c0b8aa' } }).jpeg().toBuffer();
    const [crowd, nobody] = await reader.poses([both, blank]);
    expect(crowd).toMatchObject({ faces: 2, yaw: undefined });
    expect(nobody).toEqual({ faces: 0, yaw: undefined, eyeDistance: undefined });
  });

  it('gives back the memory of every frame', async () => {
    await reader.poses(selfies);
    const before = tf.memory().numTensors;
    await reader.poses([...selfies, ...selfies]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('yawOf', () => {
  it('is undefined for what is not a mesh', () => {
    expect(yawOf([])).toBeUndefined();
    expect(yawOf(Array.from({ length: 468 }, () => ({ x: 1, y: 1, z: 1 })))).toBeUndefined();
  });
});
