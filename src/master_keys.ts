import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { GatehouseError } from './errors.ts';
import type { DevelopmentKeyStore } from './store/development_key.ts';
import type { MasterKey } from './vault/vault.ts';

/**
 * The configured master keys; outside production, where none are configured, one made at the first start. It is kept
 * beside the data: in the data folder, readable by its owner alone, or in the real database, so that several processes
 * on it agree. It says so loudly, because whoever has the data has everything.
 *
 * @param shared where a real database keeps it
 * @throws GatehouseError `master_key_invalid` where what is kept is damaged
 */
export async function masterKeysOf(config: Config, logger: Logger, shared: DevelopmentKeyStore): Promise<readonly MasterKey[]> {
  if (config.masterKeys) return config.masterKeys;
  const fresh = randomBytes(32);
  const key = config.databaseUrl === undefined ? await keptInFolder(config.dataDir, fresh) : await shared.keep(fresh);
  if (key.length !== 32) throw new GatehouseError('master_key_invalid', 500, 'the development key that is kept does not hold 32 bytes');
  logger.warn({ event: 'development_master_key' }, 'personal data is encrypted with a development key kept beside it; set MASTER_KEYS for anything real');
  return [{ id: 'development', key }];
}

/** Written apart and linked into place: of two processes that start together one key wins, and neither reads half of it. */
async function keptInFolder(folder: string, fresh: Buffer): Promise<Buffer> {
  const file = join(folder, 'development-master.key');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${file}.${randomBytes(6).toString('hex')}.partial`;
  await writeFile(partial, fresh.toString('base64'), { mode: 0o600 });
  try {
    await link(partial, file);
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown;
  } finally {
    await unlink(partial);
  }
  return Buffer.from((await readFile(file, 'utf8')).trim(), 'base64');
}
