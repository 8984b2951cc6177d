import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { feedsCommand } from '../../src/commands/feed_lines.ts';
import { DAY, feedFolder, type FeedFolder } from '../feeds/feeds_of.ts';

let files: FeedFolder;
const feedsOf: FeedFolder['feedsOf'] = (...kinds) => files.feedsOf(...kinds);

beforeEach(async () => {
  files = await feedFolder();
});
afterEach(() => files.remove());

describe('the command', () => {
  test('status names every feed and whether it is good', async () => {
    const feeds = await feedsOf('hosting', 'city');
    const { lines, good } = await feedsCommand([], feeds);
    expect(good).toBe(true);
    expect(lines[0]).toMatch(new RegExp(`^hosting {2}hosting {2}${files.folder}/hosting\n {4}1 entries, version [0-9a-f]{12}@.*, current at 2026-06-17T12:00:00.000Z: good$`));
    files.now += 61 * DAY;
    expect(await feedsCommand(['status'], feeds)).toMatchObject({ good: false, lines: [expect.stringMatching(/stale$/), expect.stringMatching(/stale$/), expect.stringContaining('shipped')] });
  });

  test('look prints every answer', async () => {
    const { lines } = await feedsCommand(['look', '::ffff:8.8.4.4'], await feedsOf('hosting', 'asn', 'city'));
    expect(lines).toEqual([
      'tor: not configured', 'denied: not configured', expect.stringMatching(/^hosting: listed \(list 1, [0-9a-f]{12}@/), 'vpn: not configured',
      'country: CA', 'latitude: 45.5', 'longitude: -73.5', 'radiusKm: 20', expect.stringMatching(/^feedVersion: city:/), 'network: hosting',
    ]);
  });

  test.each([[['look']], [['look', 'nonsense']], [['refresh', 'nobody']], [['dance']], [['look', '1.2.3.4', 'more']]])('%j is refused', async (args) => {
    await expect(feedsCommand(args, await feedsOf())).rejects.toMatchObject({ code: 'usage' });
  });

  test('nothing to fetch is said', async () => {
    expect(await feedsCommand(['refresh'], await feedsOf('vpn'))).toEqual({ lines: ['no feed with an address: files are read by themselves'], good: true });
  });
});
