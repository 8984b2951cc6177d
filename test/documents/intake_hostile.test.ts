/** Files made to harm, or merely odd: each is refused by its code, quickly and in bounded memory, or comes out harmless. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import type { ImageRefusal } from '../../src/documents/reader.ts';
import { blackPng, cardPhoto, pngChunk, readerFor, residentBytes, type TestReader } from './support.ts';

let subject: TestReader;
let pid: number;
let before: number;
beforeAll(async () => {
  subject = readerFor();
  await subject.ready();
  pid = subject.pid();
  before = residentBytes(pid);
});
afterAll(() => subject.reader.close());
afterEach(() => {
  expect(subject.pid(), 'the same process throughout').toBe(pid);
  expect(residentBytes(pid) - before).toBeLessThan(300e6);
});

const photo = async () => (await cardPhoto({ width: 800, height: 600 })).jpeg().toBuffer();
const solid = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#357' } });

/** Index of a JPEG marker that is followed by a segment. */
function marker(jpeg: Buffer, ...codes: readonly number[]): number {
  const at = jpeg.findIndex((byte, index) => byte === 0xff && codes.includes(jpeg[index + 1] ?? 0));
  if (at < 0) throw new Error('no such marker');
  return at;
}

/** ITU-T T.81 B.2.2: the frame header's height and width, overwritten. */
async function claiming(width: number, height: number): Promise<Buffer> {
  const jpeg = await photo();
  const frame = marker(jpeg, 0xc0, 0xc2);
  jpeg.writeUInt16BE(height, frame + 5);
  jpeg.writeUInt16BE(width, frame + 7);
  return jpeg;
}

/** A progressive JPEG whose last scan comes again and again: each makes the decoder go over the whole picture. */
async function manyScans(): Promise<Buffer> {
  const jpeg = await sharp(await photo()).resize(2000).jpeg({ progressive: true }).toBuffer();
  const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), jpeg.length - 2);
  return Buffer.concat([jpeg.subarray(0, -2), ...Array.from({ length: Math.min(1860, Math.floor(8e6 / scan.length)) }, () => scan), Buffer.from([0xff, 0xd9])]);
}

/** B.2.3: the selection of coefficients as some phones write it in a baseline scan, 0 to 0 instead of 0 to 63. */
function phoneScan(jpeg: Buffer): Buffer {
  const scan = marker(jpeg, 0xda);
  const at = scan + 5 + 2 * jpeg[scan + 4]!;
  expect([...jpeg.subarray(at, at + 3)]).toEqual([0, 63, 0]);
  const written = Buffer.from(jpeg);
  written[at + 1] = 0;
  return written;
}

async function gif(): Promise<Sharp> {
  const frames = await Promise.all(Array.from({ length: 60 }, (_, index) => sharp({ create: { width: 320, height: 240, channels: 3, background: { r: index * 4, g: 90, b: 90 } } }).png().toBuffer()));
  return sharp(await sharp(frames, { join: { animated: true } }).gif().toBuffer(), { animated: true });
}

const REFUSED: readonly (readonly [what: string, code: ImageRefusal, make: () => Buffer | Promise<Buffer>])[] = [
  ['nothing', 'image_empty', () => Buffer.alloc(0)],
  ['one byte', 'image_format', () => Buffer.from([0xff])],
  ['random bytes', 'image_format', () => Buffer.concat([Buffer.from([1]), randomBytes(50_000)])],
  ['one byte more than 12 MiB', 'image_too_many_bytes', () => Buffer.alloc(12 * 1024 * 1024 + 1, 0xff)],
  ['12 MiB that begin like a JPEG', 'image_damaged', () => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(12 * 1024 * 1024 - 4)])],
  ['a PNG of 30000×30000', 'image_too_many_pixels', () => blackPng(30_000, 30_000)],
  ['a PNG of 16000×16000', 'image_too_many_pixels', () => blackPng(16_000, 16_000)],
  ['a PNG of 6400×6400', 'image_too_many_pixels', () => blackPng(6400, 6400)],
  ['a PNG of 12001×300', 'image_too_many_pixels', () => blackPng(12_001, 300)],
  ['a PNG that claims 2147483647 a side', 'image_damaged', () => blackPng(2_147_483_647, 2_147_483_647, [], 10)],
  ['a PNG without its rows', 'image_damaged', () => blackPng(4000, 4000, [], 10)],
  ['a PNG of nothing but a signature', 'image_damaged', () => Buffer.from('89504e470d0a1a0a', 'hex')],
  ['a JPEG that claims 65500×65500', 'image_too_many_pixels', () => claiming(65_500, 65_500)],
  ['a JPEG that claims 6000×6000 and has no data for it', 'image_damaged', () => claiming(6000, 6000)],
  ['a JPEG cut in half', 'image_damaged', async () => (await photo()).subarray(0, 20_000)],
  ['a JPEG without its last bytes', 'image_damaged', async () => (await photo()).subarray(0, -600)],
  ['a JPEG cut in half, as phones write it', 'image_damaged', async () => phoneScan(await photo()).subarray(0, 20_000)],
  ['a JPEG cut in half and ended, as phones write it', 'image_damaged', async () => Buffer.concat([phoneScan(await photo()).subarray(0, 20_000), Buffer.from([0xff, 0xd9])])],
  ['a JPEG that ends within its scan header', 'image_damaged', async () => { const jpeg = await photo(); return jpeg.subarray(0, marker(jpeg, 0xda) + 6); }],
  ['a JPEG header only', 'image_damaged', async () => { const jpeg = await photo(); return jpeg.subarray(0, marker(jpeg, 0xda)); }],
  ['a JPEG of 1860 scans', 'image_damaged', manyScans],
  ['a WebP cut in half', 'image_damaged', async () => (await sharp(await photo()).webp().toBuffer()).subarray(0, 3000)],
  ['a moving WebP', 'image_format', async () => (await gif()).webp().toBuffer()],
  ['a picture of 199×900', 'image_too_small', () => solid(199, 900).jpeg().toBuffer()],
  ['a picture of one pixel', 'image_too_small', () => solid(1, 1).png().toBuffer()],
  ['an SVG', 'image_format', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><image href="file:///etc/passwd"/></svg>')],
  ['an SVG after an XML declaration', 'image_format', () => Buffer.from('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"/>')],
  ['a GIF of 60 frames', 'image_format', async () => (await gif()).gif().toBuffer()],
  ['a TIFF', 'image_format', () => solid(400, 400).tiff().toBuffer()],
  ['an AVIF', 'image_format', () => solid(400, 400).avif({ effort: 0 }).toBuffer()],
  ['a HEIC', 'image_heic', () => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'), randomBytes(4000)])],
  ['a PDF', 'image_format', () => Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF')],
  ['a ZIP', 'image_format', () => Buffer.from('PK\u0003\u0004 not a picture', 'latin1')],
  ['HTML', 'image_format', () => Buffer.from('<!doctype html><title>x</title>')],
];

test.each(REFUSED)('%s is refused: %s', async (_what, code, make) => {
  const bytes = await make();
  const begin = performance.now();
  expect(await subject.reader.intake(bytes)).toEqual({ kind: 'refused', code });
  expect(performance.now() - begin).toBeLessThan(20_000);
});

test('a JPEG whose scan names no coefficients, as some phones write it, is taken as it would be otherwise', async () => {
  const jpeg = await photo();
  const written = phoneScan(jpeg);
  await expect(sharp(written, { failOn: 'warning' }).toBuffer()).rejects.toThrow('Invalid SOS parameters');
  const [plain, phone] = [await subject.reader.intake(jpeg), await subject.reader.intake(written)];
  expect(phone.kind).toBe('done');
  expect(phone).toEqual(plain);
});

const BOMB = deflateSync(Buffer.alloc(200 * 1024 * 1024), { level: 6 });

test.each([
  ['a text', () => pngChunk('zTXt', Buffer.concat([Buffer.from('Software\0\0', 'latin1'), BOMB]))],
  ['a colour profile', () => pngChunk('iCCP', Buffer.concat([Buffer.from('p\0\0', 'latin1'), BOMB]))],
  ['an international text', () => pngChunk('iTXt', Buffer.concat([Buffer.from('Software\0\x01\0\0\0', 'latin1'), BOMB]))],
])('a PNG with %s that unpacks to 200 MiB does no harm', async (_what, chunk) => {
  const answer = await subject.reader.intake(blackPng(400, 400, [chunk()]));
  expect(['done', 'refused']).toContain(answer.kind);
});

test('a HEIC stays refused where it is wanted and the optional package is not there', async () => {
  const heic = readerFor({ heic: true });
  try {
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'), randomBytes(4000)]);
    // With the package installed these bytes are no picture either.
    expect(['image_heic', 'image_damaged']).toContain(((await heic.reader.intake(bytes)) as { code: string }).code);
  } finally {
    await heic.reader.close();
  }
});
