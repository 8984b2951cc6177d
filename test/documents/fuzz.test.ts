/**
 * Damaged pictures by the thousand through the real process: some two minutes of one processor. `FUZZ_MUTATIONS=400` for
 * a short run; the seed is fixed, so that a failure can be had again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import sharp from 'sharp';
import { IMAGE_REFUSALS } from '../../src/documents/worker/protocol.ts';
import { cardPhoto, readerFor, residentBytes, type TestReader } from './support.ts';

const MUTATIONS = Number(process.env['FUZZ_MUTATIONS'] ?? 10_000);
/** Of one job, milliseconds. */
const LIMIT_MS = 10_000;
const MOST_GROWTH = 500e6;

/** Mulberry32: small, seeded, the same everywhere. Whole numbers below `most`. */
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * most);
  };
}

type Damage = (bytes: Buffer, pick: (most: number) => number, other: Buffer) => Buffer;

/** Where lengths and sizes stand: JPEG segments, PNG chunks, RIFF chunks. */
function structure(bytes: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at + 8 < bytes.length; at += 1) {
    if (bytes[at] === 0xff && bytes[at + 1]! >= 0xc0 && bytes[at + 1] !== 0xff) found.push(at + 2);
    else if (/^(?:IHDR|IDAT|IEND|eXIf|iCCP|tEXt|pHYs|PLTE|VP8[ LX]|EXIF|ALPH|RIFF)$/.test(bytes.toString('latin1', at, at + 4))) found.push(at - 4, at, at + 4);
  }
  return found.filter((at) => at >= 0);
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  bits(bytes, pick) {
    for (let count = 1 + pick(12); count > 0; count -= 1) bytes[pick(bytes.length)]! ^= 1 << pick(8);
    return bytes;
  },
  header_bits(bytes, pick) {
    for (let count = 1 + pick(6); count > 0; count -= 1) bytes[pick(Math.min(700, bytes.length))]! ^= 1 << pick(8);
    return bytes;
  },
  truncation: (bytes, pick) => bytes.subarray(0, pick(bytes.length)),
  lengths(bytes, pick) {
    const places = structure(bytes);
    const at = places[pick(places.length)] ?? 0;
    const value = [0, 1, 2, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, pick(0xffffffff)][pick(9)]!;
    if (pick(2) === 0) bytes.writeUInt16BE(value & 0xffff, Math.min(at, bytes.length - 2));
    else bytes.writeUInt32BE(value, Math.min(at, bytes.length - 4));
    return bytes;
  },
  splice(bytes, pick, other) {
    const from = pick(other.length);
    return Buffer.concat([bytes.subarray(0, pick(bytes.length)), other.subarray(from, from + pick(4000)), bytes.subarray(pick(bytes.length))]);
  },
  duplication(bytes, pick) {
    const places = structure(bytes);
    const from = places[pick(places.length)] ?? 0;
    const piece = bytes.subarray(from, from + pick(3000));
    return Buffer.concat([bytes.subarray(0, from), ...Array.from({ length: 1 + pick(40) }, () => piece), bytes.subarray(from)]);
  },
  filling(bytes, pick) {
    const from = pick(bytes.length);
    return bytes.fill(pick(2) === 0 ? 0xff : pick(256), from, Math.min(bytes.length, from + pick(200)));
  },
};

let subject: TestReader;
let seeds: readonly Buffer[];

beforeAll(async () => {
  subject = readerFor({ jobMs: LIMIT_MS });
  const photo = await (await cardPhoto({ width: 480, height: 360 })).png().toBuffer();
  const open = () => sharp(photo);
  seeds = await Promise.all([
    open().jpeg().withExif({ IFD0: { Software: 'GIMP 2.10' } }).withMetadata({ orientation: 6 }).toBuffer(),
    open().jpeg({ progressive: true }).toBuffer(),
    open().toColourspace('cmyk').jpeg().toBuffer(),
    open().png().toBuffer(),
    open().png({ progressive: true, palette: true }).toBuffer(),
    open().ensureAlpha(0.5).png().withExif({ IFD0: { Software: 'GIMP 2.10' } }).toBuffer(),
    open().webp().toBuffer(),
    open().ensureAlpha(0.5).webp({ lossless: true, effort: 0 }).withIccProfile('p3').toBuffer(),
  ]);
});
afterAll(() => subject.reader.close());

test(`${MUTATIONS} damaged pictures: each is taken or refused, none ends, blocks or fattens the process`, { timeout: 120_000 + MUTATIONS * 200 }, async () => {
  await subject.ready();
  for (const seed of seeds) expect((await subject.reader.intake(seed)).kind).toBe('done');
  const pid = subject.pid();
  const before = residentBytes(pid);
  const pick = chance(20_261_122);
  const names = Object.keys(DAMAGES);
  const counts: Record<string, number> = {};
  let fattest = 0;
  let longest = 0;
  for (let round = 0; round < MUTATIONS; round += 1) {
    const name = names[round % names.length]!;
    const seed = pick(seeds.length);
    const bytes = DAMAGES[name]!(Buffer.from(seeds[seed]!), pick, seeds[pick(seeds.length)]!);
    const begin = performance.now();
    const answer = await subject.reader.intake(bytes);
    longest = Math.max(longest, performance.now() - begin);
    const outcome = answer.kind === 'refused' ? answer.code : answer.kind;
    expect(['done', ...IMAGE_REFUSALS], `round ${round}: ${name} of seed ${seed}`).toContain(outcome);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    fattest = Math.max(fattest, residentBytes(pid));
  }
  expect(subject.pid()).toBe(pid);
  expect(longest).toBeLessThan(LIMIT_MS);
  expect(fattest - before).toBeLessThan(MOST_GROWTH);
  // Both happen: the damage is neither always fatal nor never noticed.
  expect(counts['done']).toBeGreaterThan(MUTATIONS / 50);
  expect(counts['image_damaged']).toBeGreaterThan(MUTATIONS / 10);
  process.stdout.write(`fuzz: ${JSON.stringify(counts)}, longest ${Math.round(longest)} ms, grown by ${Math.round((fattest - before) / 1e6)} MB\n`);
});
