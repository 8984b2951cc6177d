/**
 * `npm run pictures -- list <transaction id>` names the pictures that are kept of a journey; `npm run pictures -- reveal
 * <picture id> --by <name> --reason <text> --out <file>` writes one to a file, after it has put on record who looks and
 * why. On the embedded database stop the gateway first: it can be open only once.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { GatehouseError } from '../errors.ts';
import { imageStore, type KeptImages } from '../store/images.ts';
import { s3Objects } from '../vendors/s3/client.ts';
import { onDatabase } from './opened.ts';

const USAGE = 'usage: pictures list <transaction id>, or pictures reveal <picture id> --by <name> --reason <text> --out <file>';

async function run(images: KeptImages): Promise<readonly string[]> {
  const { positionals: [what, id], values } = parseArgs({
    allowPositionals: true,
    options: { by: { type: 'string' }, reason: { type: 'string' }, out: { type: 'string' } },
  });
  if (id === undefined) throw new GatehouseError('usage', 400, USAGE);
  if (what === 'list') {
    const kept = await images.ofJourney(id);
    return kept.length === 0 ? ['no picture is kept of this journey'] : kept.map((one) => `${one.id}  ${one.purpose}  until ${new Date(one.deleteAt).toISOString()}`);
  }
  const { by = '', reason = '', out } = values;
  if (what !== 'reveal' || by.trim() === '' || reason.trim() === '' || out === undefined) throw new GatehouseError('usage', 400, USAGE);
  const picture = await images.reveal(id, { actor: by.trim(), reason: reason.trim() });
  if (!picture) return ['there is no such picture any more'];
  // Somebody's passport: for the one who asked alone, and never over another file.
  await writeFile(out, picture.jpeg.open(), { mode: 0o600, flag: 'wx' });
  return [`${picture.purpose} of ${picture.journeyId} written; the look is on record`];
}

await onDatabase(async ({ config, db, vault }) => run(imageStore(db, await vault(), Date.now, config.imageStore && s3Objects(config.imageStore))));
