import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { GatehouseError } from './errors.ts';
import type { MasterKey } from './vault/vault.ts';

/**
 * The configured master keys; outside production, where none are configured, one made at the first start and kept in
 * the data folder, readable by its owner alone. It says so loudly, because whoever has the folder has everything.
 *
 * @throws GatehouseError `master_key_invalid` where the kept file is damaged
 */
export async function masterKeysOf(config: Config, logger: Logger): Promise<readonly MasterKey[]> {
  if (config.masterKeys) return config.masterKeys;
  const file = join(config.dataDir, 'development-master.key');
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  // Written apart and linked into place: of two processes that start together one key wins, and neither reads half of it.
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, randomBytes(32).toString('base64'), { mode: 0o600 });
  try {
    await link(partial, file);
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown;
  } finally {
    await unlink(partial);
  }
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64');
  if (key.length !== 32) throw new GatehouseError('master_key_invalid', 500, `${file} does not hold a master key`);
  logger.warn({ event: 'development_master_key', file }, 'personal data is encrypted with a development key kept beside it; set MASTER_KEYS for anything real');
  return [{ id: 'development', key }];
}
