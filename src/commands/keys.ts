/**
 * `npm run keys` shows the signing keys; `npm run keys -- rotate` promotes the next one, and running gateways notice within
 * half a minute, without a restart; `npm run keys -- rewrap` wraps all data keys by the first master key. On the embedded database stop the gateway first: it can be open only once.
 */
import pino from 'pino';
import { configFrom } from '../config.ts';
import { masterKeysOf } from '../master_keys.ts';
import { keysCommand } from '../oidc/keys.ts';
import { dataKeyStore } from '../store/data_keys.ts';
import { openDatabase } from '../store/database.ts';
import { developmentKeyStore } from '../store/development_key.ts';
import { migrate } from '../store/migrate.ts';
import { signingKeyStore } from '../store/signing_keys.ts';
import { openVault } from '../vault/vault.ts';

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
  for (const line of await keysCommand(process.argv[2] ?? 'list', signingKeyStore(database.db), vault)) process.stdout.write(`${line}\n`);
} finally {
  await database.close();
}
