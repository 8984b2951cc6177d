/**
 * Reads machine-readable zones (ICAO 9303). Lines are found as chains of evenly spaced blobs, every cell is classified,
 * then grammar and check digits apply. Owns nothing but its weights; refuses to guess: what is not trusted says so.
 */
import { readFileSync } from 'node:fs';
import { GatehouseError } from '../../errors.ts';
import type { MrzReading, Reading } from '../facts.ts';
import { loadClassifier } from './classifier.ts';
import { readMrz, type MrzRequest } from './read_mrz.ts';

export interface MrzReader {
  readonly version: string;
  /** Reads the built-in sample exactly. @throws GatehouseError `engine_self_test` */
  selfTest(): Promise<void>;
  /** Unread: `not_found`, `out_of_time`. @throws what the decoder throws on bytes that are no picture */
  read(jpeg: Uint8Array, options?: Pick<MrzRequest, 'unlikely'>): Promise<Reading<MrzReading>>;
}

/** @param now the clock, for two-digit years */
export async function makeMrzReader(now: () => Date = () => new Date()): Promise<MrzReader> {
  const classifier = loadClassifier();
  const today = (): string => now().toISOString().slice(0, 10);
  return {
    version: 'ocrb-1',
    async selfTest() {
      const sample = readFileSync(new URL('./sample.jpg', import.meta.url));
      const reading = await readMrz({ jpeg: sample, today: '2026-01-01' }, classifier);
      if (reading.kind === 'unread') throw new GatehouseError('engine_self_test', 500, `mrz: the built-in sample was not read (${reading.why})`);
      const { trusted, fields } = reading.value;
      const right = trusted && fields.number === 'L898902C3' && fields.birthDate === '1985-03-14' && fields.expiryDate === '2032-04-15'
        && fields.familyName === 'ROSHELL' && fields.givenName === 'ANDREW' && fields.issuer === 'UTO';
      if (!right) throw new GatehouseError('engine_self_test', 500, 'mrz: the built-in sample was read wrong');
    },
    read: (jpeg, options = {}) => readMrz({ jpeg, today: today(), ...options }, classifier),
  };
}
