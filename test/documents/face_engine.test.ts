import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { distanceBetween } from '../../src/documents/face/descriptor.ts';
import { type FaceEngine, makeFaceEngine } from '../../src/documents/face/index.ts';
import { provesItself } from '../../src/documents/face/self_test.ts';

const PORTRAITS = new URL('../support/specimens/portraits/', import.meta.url);
const portrait = (name: string): Sharp => sharp(readFileSync(new URL(name, PORTRAITS))).flatten({ background: '#808080' }).toColourspace('srgb');
const collins = (): Sharp => portrait('collins.png');
const hopper = (): Sharp => portrait('hopper.jpg');
const jpeg = (picture: Sharp): Promise<Buffer> => picture.jpeg({ quality: 90 }).toBuffer();

let engine: FaceEngine;
let templates: { readonly collins: readonly number[]; readonly hopper: readonly number[] };

async function templateOf(picture: Buffer, scene: 'document' | 'person' = 'document'): Promise<readonly number[]> {
  const [face] = await engine.embed(picture, scene);
  if (!face) throw new Error('no face was found');
  return face.template;
}

beforeAll(async () => {
  vi.stubGlobal('fetch', () => {
    throw new Error('nothing may be fetched');
  });
  engine = await makeFaceEngine();
  templates = { collins: await templateOf(await jpeg(collins())), hopper: await templateOf(await jpeg(hopper())) };
});

describe('the built-in face engine', () => {
  it('loads without a network and proves itself', async () => {
    expect(await engine.selfTest()).toBe(true);
    expect(engine.version).toMatch(/^1\.7\.15/);
  });

  it('tells two people apart', () => {
    expect(templates.collins).toHaveLength(128);
    expect(distanceBetween(templates.collins, templates.hopper)).toBeGreaterThan(0.62);
  });

  it.each([
    ['mirrored', (picture: Sharp) => picture.flop()],
    ['darker', (picture: Sharp) => picture.modulate({ brightness: 0.6 })],
    ['small', (picture: Sharp) => picture.resize(360)],
    ['grey', (picture: Sharp) => picture.greyscale()],
    ['tilted', (picture: Sharp) => picture.rotate(14, { background: '#808080' })],
  ])('knows a person again when the picture is %s, as a document and before the camera', async (_how, change) => {
    for (const [picture, own, other] of [[collins(), templates.collins, templates.hopper], [hopper(), templates.hopper, templates.collins]] as const) {
      const changed = await jpeg(change(sharp(await jpeg(picture))));
      for (const scene of ['document', 'person'] as const) {
        const template = await templateOf(changed, scene);
        expect(distanceBetween(template, own)).toBeLessThan(0.45);
        expect(distanceBetween(template, other)).toBeGreaterThan(0.57);
      }
    }
  });

  it('finds a face that fills the picture, by giving it room', async () => {
    const [face] = await engine.find(await jpeg(collins()));
    if (!face) throw new Error('no face was found');
    const { x, y, width, height } = face.box;
    const tight = { left: Math.round(x), top: Math.round(y), width: Math.round(width), height: Math.round(height) };
    const crop = await jpeg(sharp(await jpeg(collins())).extract(tight).resize(300));
    const [found, ...others] = await engine.embed(crop, 'document');
    expect(others).toEqual([]);
    expect(found?.face.eyeDistance).toBeGreaterThan(40);
    expect(distanceBetween(found?.template ?? [], templates.collins)).toBeLessThan(0.5);
  });

  it('measures in the pixels of the picture it was given', async () => {
    const [small] = await engine.find(await jpeg(hopper()));
    const [large] = await engine.find(await jpeg(sharp(await jpeg(hopper())).resize(1536)));
    expect(small?.eyeDistance).toBeGreaterThan(80);
    expect((large?.eyeDistance ?? 0) / (small?.eyeDistance ?? 1)).toBeCloseTo(3, 0);
    expect((large?.box.x ?? 0) / (small?.box.x ?? 1)).toBeCloseTo(3, 0);
  });

  it('finds both people of one picture, the larger first', async () => {
    const small = await sharp(await jpeg(collins())).resize(300).toBuffer();
    const both = sharp({ create: { width: 860, height: 620, channels: 3, background: '#9aa5b1' } }).composite([
      { input: await jpeg(hopper()), left: 0, top: 0 }, { input: small, left: 540, top: 100 },
    ]);
    const faces = await engine.embed(await jpeg(both), 'document');
    expect(faces).toHaveLength(2);
    expect(distanceBetween(faces[0]?.template ?? [], templates.hopper)).toBeLessThan(0.4);
    expect(distanceBetween(faces[1]?.template ?? [], templates.collins)).toBeLessThan(0.4);
  });

  it('finds nobody where there is nobody', async () => {
    const blank = await jpeg(sharp({ create: { width: 640, height: 480, channels: 3, background: '#d8d2c4' } }));
    const dots = await jpeg(sharp(Uint8Array.from({ length: 640 * 480 * 3 }, (_, at) => (at * 7919) % 256), { raw: { width: 640, height: 480, channels: 3 } }));
    expect(await engine.find(blank)).toEqual([]);
    expect(await engine.embed(blank, 'person')).toEqual([]);
    expect(await engine.find(dots)).toEqual([]);
  });

  it('gives back the memory of every picture', async () => {
    const picture = await jpeg(collins());
    await engine.embed(picture, 'person');
    const before = tf.memory().numTensors;
    for (let run = 0; run < 3; run++) await engine.embed(picture, run % 2 === 0 ? 'person' : 'document');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('throws at bytes that are no picture', async () => {
    await expect(engine.find(Buffer.from('not a picture'))).rejects.toThrow();
  });
});

describe('the proof of an engine', () => {
  const face = { score: 1, eyeDistance: 60, box: { x: 0, y: 0, width: 90, height: 90 } };
  const engineOf = (embed: FaceEngine['embed']): FaceEngine => ({ ...engine, embed });

  it.each<[string, FaceEngine['embed']]>([
    ['finds nobody', async () => []],
    ['finds everybody twice', async (picture, scene) => { const faces = await engine.embed(picture, scene); return [...faces, ...faces]; }],
    ['takes all for one person', async () => [{ face, template: Array.from({ length: 128 }, () => 0.1) }]],
    ['computes nonsense', async () => [{ face, template: Array.from({ length: 128 }, () => Number.NaN) }]],
  ])('fails one that %s', async (_what, embed) => {
    expect(await provesItself(engineOf(embed))).toBe(false);
  });
});

describe('the backend', () => {
  it('is WebAssembly, or there is no engine', async () => {
    expect(tf.getBackend()).toBe('wasm');
    vi.resetModules();
    vi.doMock('@tensorflow/tfjs-core', async (original) => ({ ...(await original<typeof tf>()), setBackend: async () => false }));
    try {
      const fresh = await import('../../src/documents/face/tensors.ts');
      await expect(fresh.startTensors()).rejects.toMatchObject({ code: 'engine_backend' });
    } finally {
      vi.doUnmock('@tensorflow/tfjs-core');
      vi.resetModules();
    }
  });
});
