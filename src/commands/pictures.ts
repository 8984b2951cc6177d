/**
 * `npm run pictures -- list <transaction id>` names the pictures that are kept of a journey; `npm run pictures -- reveal
 * <picture id> --by <name> --reason <text> --out <file>` writes one to a file, after it has put on record who looks and
 * why. On the embedded database stop the gateway first: it can be open only once.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { configFrom } from '../config.ts';
import { GatehouseError } from '../errors.ts';
import { masterKeysOf } from '../master_keys.ts';
import { dataKeyStore } from '../store/data_keys.ts';
import { openDatabase } from '../store/database.ts';
import { developmentKeyStore } from '../store/development_key.ts';
import { imageStore, type KeptImages } from '../store/images.ts';
import { migrate } from '../store/migrate.ts';
import { openVault } from '../vault/vault.ts';
import { s3Objects } from '../vendors/s3/client.ts';

const USAGE = 'usage: pictures list <transaction id>, or pictures reveal <picture id> --by <name> --reason <text> --out <file>';

async function run(images: KeptImages): Promise<string> {
  const { positionals: [what, id], values } = parseArgs({
    allowPositionals: true,
    options: { by: { type: 'string' }, reason: { type: 'string' }, out: { type: 'string' } },
  });
  if (id === undefined) throw new GatehouseError('usage', 400, USAGE);
  if (what === 'list') {
    const kept = await images.ofJourney(id);
    return kept.map((one) => `${one.id}  ${one.purpose}  until ${new Date(one.deleteAt).toISOString()}\n`).join('') || 'no picture is kept of this journey\n';
  }
  const { by = '', reason = '', out } = values;
  if (what !== 'reveal' || by.trim() === '' || reason.trim() === '' || out === undefined) throw new GatehouseError('usage', 400, USAGE);
  const picture = await images.reveal(id, { actor: by.trim(), reason: reason.trim() });
  if (!picture) return 'there is no such picture any more\n';
  // Somebody's passport: for the one who asked alone, and never over another file.
  await writeFile(out, picture.jpeg.open(), { mode: 0o600, flag: 'wx' });
  return `${picture.purpose} of ${picture.journeyId} written; the look is on record\n`;
}

const config = configFrom(process.env);
const logger = pino({ level: 'error', base: null });
const database = await openDatabase(
  config.databaseUrl === undefined
    ? { kind: 'pglite', folder: config.databaseFolder }
    : { kind: 'postgres', url: config.databaseUrl, poolSize: 2, restartMs: config.databaseRestartMs },
);
try {
  await migrate(database.db);
  const vault = await openVault({ masterKeys: await masterKeysOf(config, logger, developmentKeyStore(database.db)), store: dataKeyStore(database.db) });
  process.stdout.write(await run(imageStore(database.db, vault, Date.now, config.imageStore && s3Objects(config.imageStore))));
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : 'failed'}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}
