/**
 * A folder of photographs made elsewhere: read, and compared where their names say what they show
 * (`passport-andrew.photo.jpg`: kind, then whose, then how photographed).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentType, Side } from '../../src/documents/facts.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { amount, printTable } from '../table.ts';
import { readPicture } from './read_picture.ts';
import { believed, verdictOn, type Truth } from './truth.ts';

const KINDS: Readonly<Record<string, { readonly type: DocumentType; readonly side: Side }>> = {
  passport: { type: 'passport', side: 'front' },
  idfront: { type: 'identity_card', side: 'front' },
  idback: { type: 'identity_card', side: 'back' },
  dlfront: { type: 'driving_licence', side: 'front' },
  dlback: { type: 'driving_licence', side: 'back' },
};

const ANDREW: Truth = { number: 'L898902C3', familyName: 'ROSHELL', givenName: 'ANDREW', birthDate: '1985-03-14', expiryDate: '2032-04-15' };
const ANNA: Truth = { number: 'D23145890', familyName: 'ERIKSSON', givenName: 'ANNA MARIA', birthDate: '1974-08-12', expiryDate: '2032-04-15' };
const LICENCE: Truth = { ...ANDREW, number: 'Z123456789' };
/** What is machine-readable in the prototype's specimens; `nothing` where no reading may be believed. */
const TRUTHS: Readonly<Record<string, Truth | 'nothing'>> = {
  'passport-andrew': ANDREW,
  'passport-anna': ANNA,
  'passport-expired': { ...ANDREW, expiryDate: '2019-04-15' },
  'passport-dobedited': ANDREW,
  'passport-photoswap': ANDREW,
  'passport-badcheck': 'nothing',
  'idback-andrew': ANDREW,
  'idback-anna': ANNA,
  'dlback-andrew': LICENCE,
  'dlback-othername': { ...LICENCE, familyName: 'IMPOSTER' },
  'dlback-expired': { ...LICENCE, expiryDate: '2019-04-15' },
};

export async function samples(reader: DocumentReader, folder: string): Promise<void> {
  const rows: (readonly string[])[] = [];
  for (const file of (await readdir(folder)).filter((name) => /\.(?:jpe?g|png|webp)$/i.test(name)).toSorted()) {
    const shown = file.split('.')[0] ?? '';
    const wanted = KINDS[shown.split('-')[0] ?? ''];
    if (wanted === undefined) continue;
    const { reading, took, sentBack, trouble } = await readPicture(reader, await readFile(join(folder, file)), wanted);
    const truth = TRUTHS[shown];
    const read = reading !== undefined && believed(reading) !== undefined;
    const verdict = truth === undefined ? (read ? 'read, truth not known' : 'nothing believed')
      : truth === 'nothing' ? (read ? 'WRONG' : 'nothing believed, as it should be') : verdictOn(reading, truth).replace('_', ' ');
    const faces = reading?.faces.kind === 'read' ? String(reading.faces.value.length) : '-';
    rows.push([file, trouble ?? verdict, sentBack ? 'yes' : 'no', faces, amount(reading?.recapture.screenPeak), amount(took)]);
  }
  printTable('Samples', ['file', 'machine-readable data', 'sent back for quality', 'faces', 'screen pattern', 'ms'], rows);
}
