import pino from 'pino';
import { configFrom, type Config } from '../config.ts';
import { masterKeysOf } from '../master_keys.ts';
import { dataKeyStore } from '../store/data_keys.ts';
import { openDatabase, type Db } from '../store/database.ts';
import { developmentKeyStore } from '../store/development_key.ts';
import { migrate } from '../store/migrate.ts';
import { openVault, type Vault } from '../vault/vault.ts';

export interface Opened {
  readonly config: Config;
  readonly db: Db;
  /** Opened on demand: what needs no key runs without one. */
  readonly vault: () => Promise<Vault>;
}

/**
 * Run a command on the gateway's database and print its lines. A failure is a sentence on stderr and exit code 1. On the
 * embedded database stop the gateway first: it can be open only once.
 */
export async function onDatabase(command: (opened: Opened) => Promise<readonly string[]>): Promise<void> {
  try {
    const config = configFrom(process.env);
    const logger = pino({ level: 'error', base: null });
    const database = await openDatabase(
      config.databaseUrl === undefined
        ? { kind: 'pglite', folder: config.databaseFolder }
        : { kind: 'postgres', url: config.databaseUrl, poolSize: 2, restartMs: config.databaseRestartMs },
    );
    try {
      const { db } = database;
      await migrate(db);
      const vault = async (): Promise<Vault> => openVault({ masterKeys: await masterKeysOf(config, logger, developmentKeyStore(db)), store: dataKeyStore(db) });
      for (const line of await command({ config, db, vault })) process.stdout.write(`${line}\n`);
    } finally {
      await database.close();
    }
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : 'failed'}\n`);
    process.exitCode = 1;
  }
}
