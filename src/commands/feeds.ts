/**
 * `npm run feeds` shows how every feed stands; `npm run feeds -- refresh [ID]` fetches now what has an address
 * (`--accept-size` takes a list that lost more than half or grew tenfold, when somebody has looked at it); `npm run feeds
 * -- look ADDRESS` prints what all feeds say of one address, to this terminal alone. On the embedded database stop the
 * gateway first: it can be open only once.
 */
import { loadFeeds } from '../feeds/feeds.ts';
import { feedStore } from '../store/feeds.ts';
import { feedsCommand } from './feed_lines.ts';
import { onDatabase } from './opened.ts';

await onDatabase(async ({ config, db }) => {
  const feeds = await loadFeeds(config.feeds, Date.now, feedStore(db));
  const { lines, good } = await feedsCommand(process.argv.slice(2), feeds);
  if (!good) process.exitCode = 1;
  return lines;
});
