/**
 * Reads the PDF417 of North American licences and cards. The symbol is found by its strokes and turned level first, as
 * the decoder reads along level lines only; then AAMVA's structure applies. Refuses anything that is not AAMVA data.
 */
import { readFileSync } from 'node:fs';
import { GatehouseError } from '../../errors.ts';
import type { BarcodeReading, Reading } from '../facts.ts';
import { readBarcode, type BarcodeFound } from './read_barcode.ts';
import { loadDecoder } from './zxing.ts';

export type { BarcodeFound } from './read_barcode.ts';

export interface BarcodeReader {
  readonly version: string;
  /** Reads the built-in sample exactly. @throws GatehouseError `engine_self_test` */
  selfTest(): Promise<void>;
  /** Unread: `not_found`, `out_of_time`, `not_aamva`. @throws what the decoder throws on bytes that are no picture */
  read(jpeg: Uint8Array): Promise<Reading<BarcodeReading>>;
  /** The same, with the place of the symbol. */
  find(jpeg: Uint8Array): Promise<Reading<BarcodeFound>>;
}

/** Load the decoder. */
export async function makeBarcodeReader(): Promise<BarcodeReader> {
  const decoder = await loadDecoder();
  return {
    version: decoder.version,
    async selfTest() {
      const found = await readBarcode(readFileSync(new URL('./sample.jpg', import.meta.url)), decoder);
      if (found.kind === 'unread') throw new GatehouseError('engine_self_test', 500, `barcode: the built-in sample was not read (${found.why})`);
      const { familyName, number, birthDate, expiryDate, jurisdiction, faults } = found.value.reading;
      const right = familyName === 'ROSHELL' && number === 'Z123456789' && birthDate === '1985-03-14' && expiryDate === '2032-04-15'
        && jurisdiction === 'UTO-ZZ' && faults.length === 0;
      if (!right) throw new GatehouseError('engine_self_test', 500, 'barcode: the built-in sample was read wrong');
    },
    async read(jpeg) {
      const found = await readBarcode(jpeg, decoder);
      return found.kind === 'read' ? { ...found, value: found.value.reading } : found;
    },
    find: (jpeg) => readBarcode(jpeg, decoder),
  };
}
