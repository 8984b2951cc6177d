/** The PDF417 decoder: WebAssembly from the installed package, never from a network. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes, ZXING_WASM_VERSION, type ReaderOptions } from 'zxing-wasm/reader';
import type { GreyImage } from '../picture/grey.ts';

/** Turning and searching is done before: the decoder reads level lines only. */
const OPTIONS: ReaderOptions = {
  formats: ['PDF417'], tryHarder: true, tryRotate: false, tryInvert: false, tryDownscale: false, maxNumberOfSymbols: 1, textMode: 'Plain',
};

export interface BarcodeDecoder {
  readonly version: string;
  /** The text of a level PDF417 symbol; undefined where none is read without error. */
  decode(level: GreyImage): Promise<string | undefined>;
}

/** @throws what the platform throws where the module cannot be compiled */
export async function loadDecoder(): Promise<BarcodeDecoder> {
  const file = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  const wasmBinary = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return {
    version: `zxing-wasm-${ZXING_WASM_VERSION}`,
    async decode(level) {
      const [found] = await readBarcodes(coloured(level), OPTIONS);
      return found?.isValid === true && found.text !== '' ? found.text : undefined;
    },
  };
}

/** The decoder takes four channels. */
function coloured({ data, width, height }: GreyImage): ImageData {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!;
    pixels[at * 4] = value;
    pixels[at * 4 + 1] = value;
    pixels[at * 4 + 2] = value;
    pixels[at * 4 + 3] = 255;
  }
  return { data: pixels, width, height, colorSpace: 'srgb' };
}
