import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import sharp from 'sharp';
import { editorNamedIn } from '../../src/documents/intake/editors.ts';
import { formatOf } from '../../src/documents/intake/format.ts';
import { softwareNamed } from '../../src/documents/intake/software.ts';
import { cardPhoto, readerFor, taken, type TestReader } from './support.ts';

let subject: TestReader;
beforeAll(() => {
  subject = readerFor();
});
afterAll(() => subject.reader.close());

const take = async (bytes: Uint8Array) => taken(await subject.reader.intake(bytes));

describe('what comes out', () => {
  test.each(['jpeg', 'png', 'webp'] as const)('a %s becomes a plain JPEG of the same size', async (format) => {
    const image = await take(await (await cardPhoto()).toFormat(format).toBuffer());
    expect(image).toMatchObject({ format, width: 1200, height: 900, editedBy: undefined });
    expect(await sharp(image.jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 1200, height: 900, space: 'srgb', channels: 3 });
  });

  test('a large picture is scaled down to 2400 pixels and a small one left as it is', async () => {
    expect(await take(await (await cardPhoto({ width: 3600, height: 2400 })).jpeg().toBuffer())).toMatchObject({ width: 2400, height: 1600 });
    expect(await take(await (await cardPhoto({ width: 640, height: 480 })).jpeg().toBuffer())).toMatchObject({ width: 640, height: 480 });
  });

  test('orientation is applied, and place, owner, maker and thumbnail are gone from the bytes', async () => {
    const sent = await (await cardPhoto({ width: 800, height: 600 })).jpeg().withExif({
      IFD0: { Make: 'PlantedMaker', Software: 'PlantedFirmware 1.0', Artist: 'PlantedOwner' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '0/1 7/1 0/1' },
    }).withMetadata({ orientation: 6 }).toBuffer();
    const planted = await sharp(sent).metadata();
    expect(planted.orientation).toBe(6);
    expect(sent.includes('PlantedOwner')).toBe(true);
    const image = await take(sent);
    expect(image).toMatchObject({ width: 600, height: 800, editedBy: undefined });
    const bytes = Buffer.from(image.jpeg);
    for (const trace of ['Planted', 'Exif', 'GPS', 'ICC_PROFILE', 'http']) expect(bytes.includes(trace), trace).toBe(false);
    const left = await sharp(bytes).metadata();
    expect([left.exif, left.icc, left.xmp, left.iptc, left.orientation]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test('turned upright: the corner that was marked is where a person sees it', async () => {
    const mark = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#ff0000' } }).png().toBuffer();
    const sent = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#ffffff' } })
      .composite([{ input: mark, left: 0, top: 0 }]).withMetadata({ orientation: 3 }).jpeg().toBuffer();
    const image = await take(sent);
    const pixels = await sharp(image.jpeg).raw().toBuffer();
    const [red, green] = pixels.subarray((360 * 600 + 560) * 3);
    expect(red).toBeGreaterThan(200);
    expect(green).toBeLessThan(60);
  });

  test('what is transparent becomes white, CMYK and grey become sRGB', async () => {
    const clear = await take(await sharp({ create: { width: 400, height: 300, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } } }).png().toBuffer());
    expect((await sharp(clear.jpeg).stats()).channels.every(({ min }) => min > 250)).toBe(true);
    for (const space of ['cmyk', 'b-w'] as const) {
      const image = await take(await (await cardPhoto()).toColourspace(space).jpeg().toBuffer());
      expect((await sharp(image.jpeg).metadata()).space, space).toBe('srgb');
    }
  });

  test('what is appended is gone', async () => {
    const tail = Buffer.from('<html><script>alert(1)</script></html>PK\u0003\u0004planted-archive');
    const image = await take(Buffer.concat([await (await cardPhoto()).jpeg().toBuffer(), tail]));
    expect(Buffer.from(image.jpeg).includes('planted-archive')).toBe(false);
    expect(Buffer.from(image.jpeg).includes('<html>')).toBe(false);
  });

  test('an editor named in the metadata is told, a camera is not', async () => {
    const edited = await (await cardPhoto()).jpeg().withExif({ IFD0: { Software: 'Adobe Photoshop 26.1 (Macintosh) by Jane Planted' } }).toBuffer();
    expect((await take(edited)).editedBy).toBe('Adobe Photoshop');
    const camera = await (await cardPhoto()).jpeg().withExif({ IFD0: { Software: '18.1.1' } }).toBuffer();
    expect((await take(camera)).editedBy).toBeUndefined();
  });
});

describe('quality', () => {
  const problems = async (...photo: Parameters<typeof cardPhoto>) => (await take(await (await cardPhoto(...photo)).jpeg({ quality: 90 }).toBuffer())).quality.problems;

  test('a plain capture has no problem, at 640 pixels neither', async () => {
    expect(await problems()).toEqual([]);
    expect(await problems({ width: 640, height: 480 })).toEqual([]);
    expect(await problems({ blur: 1.2 })).toEqual([]);
    expect(await problems({ light: 0.5 })).toEqual([]);
  });

  test.each([
    ['blurred', { blur: 12 }],
    ['too_dark', { light: 0.12 }],
    ['too_bright', { light: 8 }],
    ['glare', { spot: 0.14 }],
    ['too_small', { width: 400, height: 300 }],
  ] as const)('%s', async (problem, photo) => {
    expect(await problems(photo)).toContain(problem);
  });

  test('a scan on a white page is neither glaring nor too bright', async () => {
    const card = await (await cardPhoto({ width: 700, height: 450 })).png().toBuffer();
    const page = await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#ffffff' } }).composite([{ input: card, left: 200, top: 150 }]).jpeg().toBuffer();
    expect((await take(page)).quality.problems).toEqual([]);
  });

  const samples = process.env['DOCUMENT_SAMPLES'] ?? '';
  test.skipIf(!existsSync(samples))('the sample captures in DOCUMENT_SAMPLES that can be read have no problem (skipped where that names no folder)', async () => {
    const readable = readdirSync(samples).filter((name) => /\.(?:photo|persp|low640|shadow)\.jpg$/.test(name));
    expect(readable.length).toBeGreaterThan(5);
    for (const name of readable) expect((await take(readFileSync(`${samples}/${name}`))).quality.problems, name).toEqual([]);
  });
});

describe('formatOf', () => {
  const ftyp = (brand: string) => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brand}`, 'latin1'), Buffer.alloc(12)]);
  test.each([
    ['ffd8ffe0', 'jpeg'], ['89504e470d0a1a0a', 'png'], ['89504e47', undefined], ['ffd8', undefined], ['', undefined],
    [Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1').toString('hex'), 'webp'], [Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1').toString('hex'), undefined],
    [ftyp('heic').toString('hex'), 'heic'], [ftyp('mif1').toString('hex'), 'heic'], [ftyp('avif').toString('hex'), undefined], [ftyp('mp42').toString('hex'), undefined],
  ])('%s is %s', (hex, format) => {
    expect(formatOf(Buffer.from(hex, 'hex'))).toBe(format);
  });
});

describe('softwareNamed', () => {
  test('reads XMP and the text of a PNG too', () => {
    expect(softwareNamed({ xmp: Buffer.from('<x xmp:CreatorTool="GIMP 2.10"/>') })).toEqual(['GIMP 2.10']);
    expect(softwareNamed({ comments: [{ keyword: 'Software', text: 'Paint.NET 5.0' }, { keyword: 'Author', text: 'GIMP' }] })).toEqual(['Paint.NET 5.0']);
    expect(editorNamedIn(['Samsung S921BXXU1', 'Snapseed 2.0'])).toBe('Snapseed');
  });

  test('endures any bytes in place of EXIF', () => {
    for (let seed = 1; seed < 3000; seed += 1) {
      const bytes = Buffer.from(Array.from({ length: seed % 90 }, (_, index) => (seed * 2654435761 + index * 40503 * seed) >>> 7 & 0xff));
      const exif = seed % 2 === 0 ? Buffer.concat([Buffer.from('Exif\0\0MM\0*', 'latin1'), bytes]) : Buffer.concat([Buffer.from('II*\0\b\0\0\0', 'latin1'), bytes]);
      expect(softwareNamed({ exif }).every((name) => name.length <= 200)).toBe(true);
    }
  });
});
