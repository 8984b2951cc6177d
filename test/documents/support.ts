/** A document reader with its real processes, and pictures to send to it. */
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { startDocumentReader, type ReaderOptions } from '../../src/documents/client.ts';
import type { SafeImage } from '../../src/documents/facts.ts';
import { DEFAULT_READER, type DocumentReader, type JobAnswer, type ReaderSettings } from '../../src/documents/reader.ts';

export interface Said {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface TestReader {
  readonly reader: DocumentReader;
  readonly said: readonly Said[];
  /** Of the process started last. */
  pid(): number;
  /** Waits until a small picture is taken. */
  ready(): Promise<void>;
}

/** Without engines unless they are named: intake needs none, and the process starts at once. */
export function readerFor(settings: Partial<ReaderSettings> = {}, options: ReaderOptions = {}): TestReader {
  const said: Said[] = [];
  const note = (fields: object, message: string): void => {
    said.push({ fields: fields as Said['fields'], message });
  };
  const reader = startDocumentReader({ ...DEFAULT_READER, ...settings }, { info: note, warn: note }, { engines: [], ...options });
  return {
    reader,
    said,
    pid: () => said.findLast(({ fields }) => fields['event'] === 'reader_started')?.fields['pid'] as number,
    async ready() {
      const small = await sharp({ create: { width: 256, height: 256, channels: 3, background: '#888' } }).png().toBuffer();
      const until = Date.now() + 60_000;
      while (Date.now() < until) if ((await reader.intake(small)).kind === 'done') return;
      throw new Error('the reading process did not come up');
    },
  };
}

/** Resident memory of a process, bytes, as Linux tells it. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Whether a process still runs; one that is dead and waits to be noticed by its parent does not. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The picture of an answer that must be one. */
export function taken(answer: JobAnswer<SafeImage>): SafeImage {
  if (answer.kind !== 'done') throw new Error(`not taken: ${JSON.stringify(answer)}`);
  return answer.value;
}

/** Words on a light card on a dark table: something with edges, as sharp as `blur` (sigma, pixels) leaves it. */
export async function cardPhoto({ width = 1200, height = 900, blur = 0, light = 1, spot = 0 } = {}): Promise<Sharp> {
  const lines = Array.from({ length: 9 }, (_, row) => Array.from({ length: 26 }, (_unused, cell) =>
    `<rect x="${0.16 + cell * 0.026}" y="${0.24 + row * 0.06}" width="${(row + cell) % 3 === 0 ? 0.006 : 0.013}" height="${cell % 2 === 0 ? 0.03 : 0.018}" fill="#202030"/>`).join('')).join('');
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 1 1" preserveAspectRatio="none">
    <rect width="1" height="1" fill="#5a4a3a"/><rect x="0.1" y="0.16" width="0.8" height="0.68" fill="#d8d8d0"/>${lines}
    <ellipse cx="0.5" cy="0.5" rx="${spot}" ry="${spot}" fill="#ffffff"/></svg>`;
  const drawn = sharp(await sharp(Buffer.from(drawing)).removeAlpha().png().toBuffer());
  if (blur > 0) drawn.blur(blur);
  return light === 1 ? drawn : drawn.linear(light, 0);
}

/** Nearly a second of unpacking in a small file; interlaced, so that all of it must be unpacked at once. */
export async function slowPicture(side = 6200): Promise<Buffer> {
  const pattern = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => ((index * 2_654_435_761) >>> 13) & 255));
  const tile = await sharp(pattern, { raw: { width: 64, height: 64, channels: 3 } }).png().toBuffer();
  const page = sharp({ create: { width: side, height: side, channels: 3, background: '#000000' } });
  return page.composite([{ input: tile, tile: true }]).png({ progressive: true, compressionLevel: 1 }).toBuffer();
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
const crc = (bytes: Uint8Array): number => {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
};

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, sum]);
}

/** A black PNG of one bit a pixel, as small as its packed rows are; `extra` chunks stand before the pixels. */
export function blackPng(width: number, height: number, extra: readonly Buffer[] = [], rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const packed = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * rows), { level: 1 });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), pngChunk('IHDR', header), ...extra, pngChunk('IDAT', packed), pngChunk('IEND', Buffer.alloc(0))]);
}
