/**
 * Reads the printed text of a page, to be held against what machines read from it. Owns one recognising thread. What it
 * reads confirms or contradicts; nothing is ever taken from it alone.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GatehouseError } from '../../errors.ts';
import type { PrintReading, Reading } from '../facts.ts';
import { comparePrint, type PrintExpected } from './compare_print.ts';
import { readPrint, type PrintRequest } from './read_print.ts';
import { startRecogniser } from './worker.ts';

export interface TextReader {
  readonly version: string;
  /** Reads the built-in sample exactly. @throws GatehouseError `engine_self_test` */
  selfTest(): Promise<void>;
  /** Unread: `no_text`, `out_of_time`, `no_page`. @throws what the decoder throws on bytes that are no picture */
  read(jpeg: Uint8Array, options?: Omit<PrintRequest, 'jpeg'>): Promise<Reading<PrintReading>>;
  close(): Promise<void>;
}

const PRINTED_ON_SAMPLE: PrintExpected = {
  familyName: 'ROSHELL', givenName: 'ANDREW', birthDate: '1969-09-26', number: 'C40218873', expiryDate: '2034-04-15',
};

/** @throws GatehouseError `text_engine` where the thread does not start */
export async function makeTextReader(): Promise<TextReader> {
  const recogniser = await startRecogniser();
  const { version } = createRequire(import.meta.url)('tesseract.js/package.json') as { readonly version: string };
  return {
    version: `tesseract.js-${version}`,
    async selfTest() {
      const reading = await readPrint({ jpeg: readFileSync(new URL('./sample.jpg', import.meta.url)), upright: true }, recogniser);
      if (reading.kind === 'unread') throw new GatehouseError('engine_self_test', 500, `text: the built-in sample was not read (${reading.why})`);
      const verdicts = comparePrint(reading.value, PRINTED_ON_SAMPLE);
      if (!Object.values(verdicts).every((verdict) => verdict === 'agrees')) throw new GatehouseError('engine_self_test', 500, 'text: the built-in sample was read wrong');
    },
    read: (jpeg, options = {}) => readPrint({ jpeg, ...options }, recogniser),
    close: () => recogniser.close(),
  };
}
