import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { distanceBetween } from '../../../src/documents/face/descriptor.ts';
import { type FaceEngine, makeFaceEngine } from '../../../src/documents/face/index.ts';
import { CAMERA_RATE, cameraVideo, CHALLENGE_YAW, selfieFrame, turningHead } from './turning_head.ts';

let engine: FaceEngine;
beforeAll(async () => {
  engine = await makeFaceEngine();
});

async function templateOf(picture: Buffer): Promise<readonly number[]> {
  const faces = await engine.embed(picture, 'person');
  expect(faces).toHaveLength(1);
  return faces[0]?.template ?? [];
}

describe('a turning head', () => {
  it.each(['collins.png', 'hopper.jpg'])('stays the same person, in a frame of a phone (%s)', async (name) => {
    const selfie = await selfieFrame(await readFile(new URL(`portraits/${name}`, import.meta.url)));
    expect(await sharp(selfie).metadata()).toMatchObject({ format: 'jpeg', width: 720, height: 960 });
    const straight = await templateOf(selfie);
    for (const yaw of [-CHALLENGE_YAW, CHALLENGE_YAW]) {
      const turned = await turningHead(selfie, yaw);
      expect(await sharp(turned).metadata()).toMatchObject({ format: 'jpeg', width: 720, height: 960 });
      const distance = distanceBetween(await templateOf(turned), straight);
      expect(distance).toBeGreaterThan(0.1);
      expect(distance).toBeLessThan(0.58);
    }
  });

  it('needs a face', async () => {
    const blank = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#aaaaaa' } }).png().toBuffer();
    await expect(turningHead(blank, 30)).rejects.toThrow('no face');
  });

  it('is written as a film of whole JPEGs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'film-'));
    try {
      const [one, two] = await Promise.all(['#300000', '#003000'].map((background) =>
        sharp({ create: { width: 16, height: 16, channels: 3, background } }).jpeg().toBuffer()));
      if (!one || !two) throw new Error('no pictures');
      await cameraVideo([{ jpeg: one, seconds: 1 }, { jpeg: two, seconds: 0.5 }], join(folder, 'film.mjpeg'));
      const film = await readFile(join(folder, 'film.mjpeg'));
      expect(film.length).toBe(one.length * CAMERA_RATE + two.length * (CAMERA_RATE / 2));
      expect(film.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
