/** The drawn code, read back as a camera would. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { qrDataUri } from '../../src/hosted/qr.ts';

beforeAll(async () => {
  const file = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  await prepareZXingModule({ overrides: { wasmBinary: file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer }, fireImmediately: true });
});

const svgOf = (uri: string): string => Buffer.from(uri.slice('data:image/svg+xml;base64,'.length), 'base64').toString();

test.each(['http://localhost:3000/l/HeViNYCjBUMRd0BEs2vJIA', `https://${'identity.'.repeat(12)}example.com/l/HeViNYCjBUMRd0BEs2vJI-`])('%s', async (address) => {
  const uri = qrDataUri(address);
  expect(uri).toMatch(/^data:image\/svg\+xml;base64,[A-Za-z0-9+/]+=*$/);
  const { data, info } = await sharp(Buffer.from(svgOf(uri)), { density: 72 }).resize(500, 500, { kernel: 'nearest' }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const found = await readBarcodes({ data: new Uint8ClampedArray(data), width: info.width, height: info.height, colorSpace: 'srgb' } as ImageData, { formats: ['QRCode'] });
  expect(found.map(({ text, ecLevel }) => [text, ecLevel])).toEqual([[address, 'M']]);
});

test('is dark on white with four empty modules around, and holds nothing but two shapes', () => {
  const svg = svgOf(qrDataUri('https://id.example.com/l/x'));
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const [[, first] = []] = svg.matchAll(/<path d="M(\d+ \d+)h7v1/g);
  expect(first).toBe('4 4');
  expect((side - 8 - 17) % 4).toBe(0);
  expect(svg).toContain(`<path fill="#fff" d="M0 0h${side}v${side}H0z"/>`);
  expect(svg.replaceAll(/ d="[MhvHVz0-9 -]+"/g, '')).toMatch(/^<svg [^<>]*><path fill="#fff"\/><path\/><\/svg>$/);
});
