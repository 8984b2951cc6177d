/**
 * `npm run feeds` shows how every feed stands; `npm run feeds -- refresh [ID]` fetches now what has an address
 * (`--accept-smaller` takes a list that lost more than half, when somebody has looked at it); `npm run feeds -- look
 * ADDRESS` prints what all feeds say of one address, to this terminal alone. On the embedded database stop the gateway
 * first: it can be open only once.
 */
import { configFrom } from '../config.ts';
import { feedsCommand } from '../feeds/command.ts';
import { loadFeeds } from '../feeds/feeds.ts';
import { openDatabase } from '../store/database.ts';
import { feedStore } from '../store/feeds.ts';
import { migrate } from '../store/migrate.ts';

const config = configFrom(process.env);
const database = await openDatabase(
  config.databaseUrl === undefined
    ? { kind: 'pglite', folder: config.databaseFolder }
    : { kind: 'postgres', url: config.databaseUrl, poolSize: 2, restartMs: config.databaseRestartMs },
);
try {
  await migrate(database.db);
  const feeds = await loadFeeds(config.feeds, Date.now, feedStore(database.db));
  const { lines, good } = await feedsCommand(process.argv.slice(2), feeds);
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (!good) process.exitCode = 1;
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : 'failed'}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}
