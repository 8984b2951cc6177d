/** Fetched feeds: one process fetches, every process has them. Against a real server on this machine. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { feedsCommand } from '../../src/commands/feed_lines.ts';
import { loadFeeds, type AddressFeeds } from '../../src/feeds/feeds.ts';
import { keepFresh } from '../../src/feeds/keep_fresh.ts';
import { rowIdOf, type UrlSource } from '../../src/feeds/source.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { feedStore } from '../../src/store/feeds.ts';
import { Personal } from '../../src/personal.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { NOW } from './support.ts';

const HOUR = 3_600_000;
const nets = (count: number, first = 1): string => Array.from({ length: count }, (_, index) => `185.${first}.${index}.0/24`).join('\n');

let server: Server;
let origin: string;
let asked: IncomingHttpHeaders[] = [];
let answer: (response: ServerResponse, headers: IncomingHttpHeaders) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers);
    answer(response, request.headers);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describeDatabases('fetched feeds', ({ fresh }) => {
  let opened: OpenedDatabase;
  let now: number;
  ownDatabase(fresh, (own) => void (opened = own));
  beforeEach(async () => {
    await opened.db.deleteFrom('risk_feed').execute();
    now = NOW;
    asked = [];
    serve(nets(200), '"one"');
  });

  /** The list as it stands, under its name. */
  function serve(body: string | Buffer, etag?: string): void {
    answer = (response, headers) => {
      if (etag !== undefined && headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, etag === undefined ? {} : { etag }).end(body);
    };
  }
  const source = (what: Partial<UrlSource> = {}): UrlSource => ({
    id: 'deny', kind: 'deny', format: 'netset', staleMs: 72 * HOUR, from: { url: Personal.of(`${origin}/deny?key=hunter2`), everyMs: 24 * HOUR, least: 10 }, ...what,
  });
  const start = (...sources: readonly UrlSource[]): Promise<AddressFeeds> =>
    loadFeeds({ sources: sources.length > 0 ? sources : [source()] }, () => now, feedStore(opened.db));
  const denied = async (feeds: AddressFeeds, address: string): Promise<string> => (await feeds.look(address)).denied.kind;
  const row = () => opened.db.selectFrom('risk_feed').selectAll().executeTakeFirstOrThrow();

  describe('a feed with an address', () => {
    test('is unknown until it was fetched, and then answers; it is fetched when due, and by its name', async () => {
      const feeds = await start();
      expect(await denied(feeds, '185.1.7.9')).toBe('stale');
      expect(feeds.status()).toMatchObject([{ id: 'deny', source: `${origin}/deny`, entries: 0, version: undefined, stale: true }]);
      expect(await feeds.refresh()).toEqual([{ id: 'deny', outcome: 'replaced' }]);
      expect([await denied(feeds, '185.1.7.9'), await denied(feeds, '185.2.7.9')]).toEqual(['listed', 'not_listed']);
      now = NOW + 24 * HOUR - 1;
      expect(await feeds.refresh()).toEqual([]);
      now = NOW + 24 * HOUR;
      expect(await feeds.refresh()).toEqual([{ id: 'deny', outcome: 'unchanged' }]);
      expect(asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"one"']);
      expect(feeds.status()).toMatchObject([{ entries: 200, fetched: now, fault: undefined, stale: false }]);
      expect(JSON.stringify(feeds.status())).not.toContain('hunter2');
    });

    test('that changed is seen by the other process within its minute, and answers until then as before', async () => {
      const [one, other] = [await start(), await start()];
      await one.refresh();
      now += 59_000;
      expect(await denied(other, '185.1.7.9')).toBe('stale');
      now += 1_000;
      expect(await denied(other, '185.1.7.9')).toBe('listed');
      serve(nets(210, 2), '"two"');
      now = NOW + 25 * HOUR;
      await other.check();
      expect(await one.refresh()).toEqual([{ id: 'deny', outcome: 'replaced' }]);
      expect([await denied(one, '185.2.7.9'), await denied(other, '185.2.7.9')]).toEqual(['listed', 'not_listed']);
      await other.check();
      expect([await denied(other, '185.2.7.9'), await denied(other, '185.1.7.9')]).toEqual(['listed', 'not_listed']);
      const late = await start();
      expect(await denied(late, '185.2.7.9')).toBe('listed');
    });

    test('is fetched by one of several processes', async () => {
      const all = await Promise.all([start(), start(), start(), start()]);
      const done = await Promise.all(all.map((feeds) => feeds.refresh()));
      expect(done.flat()).toEqual([{ id: 'deny', outcome: 'replaced' }]);
      expect(asked).toHaveLength(1);
    });

    test('an attempt whose process died is made again after an hour; its late answer changes nothing', async () => {
      const store = feedStore(opened.db);
      const id = rowIdOf(source());
      await start();
      const due = { everyMs: 24 * HOUR, retryMs: HOUR };
      const dead = (await store.claim(id, { now, ...due }))!;
      expect(await store.claim(id, { now: now + HOUR - 1, ...due })).toBeUndefined();
      const next = (await store.claim(id, { now: now + HOUR, ...due }))!;
      await store.replace(next, now + HOUR, { etag: 'n', lastModified: undefined, body: Buffer.from('new'), sha256: 'aa', entries: 1 });
      await store.replace(dead, now + HOUR + 1, { etag: 'd', lastModified: undefined, body: Buffer.from('old'), sha256: 'bb', entries: 1 });
      await store.fail(dead, 'timed_out');
      expect(await row()).toMatchObject({ sha256: 'aa', etag: 'n', fault: null, fetched_at: now + HOUR });
      expect(await store.body(id, 'bb')).toBeUndefined();
      expect(Buffer.from((await store.body(id, 'aa')) ?? []).toString()).toBe('new');
    });

    test.each<[string, string | Buffer, string]>([
      ['lost more than half', nets(99), 'shrank'], ['an error page', '<html>\n<body>busy</body>\n</html>\n', 'unparseable'], ['nothing', '', 'empty'],
      ['hardly anything', nets(9), 'too_few'], ['binary', Buffer.from([0xff, 0xfe, 0x80]), 'not_utf8'], ['too large', Buffer.alloc(33 * 1024 * 1024, '\n'), 'too_large'],
    ])('that came as %s is refused; the version before it answers, until it is stale', async (_name, body, fault) => {
      const feeds = await start();
      await feeds.refresh();
      serve(body);
      now = NOW + 25 * HOUR;
      expect(await feeds.refresh()).toEqual([{ id: 'deny', outcome: fault }]);
      await feeds.check();
      expect([await denied(feeds, '185.1.150.9'), await denied(feeds, '185.9.9.9')]).toEqual(['listed', 'not_listed']);
      expect(feeds.status()).toMatchObject([{ fault, entries: 200, stale: false }]);
      now = NOW + 72 * HOUR + 1;
      expect([await denied(feeds, '185.1.150.9'), await denied(feeds, '185.9.9.9')]).toEqual(['listed', 'stale']);
      expect(feeds.status()).toMatchObject([{ stale: true }]);
      serve(nets(190));
      expect(await feeds.refresh()).toEqual([{ id: 'deny', outcome: 'replaced' }]);
      expect(feeds.status()).toMatchObject([{ fault: undefined, stale: false, entries: 190 }]);
    });

    test('that really shrank is taken when the operator says so', async () => {
      const feeds = await start();
      await feeds.refresh();
      serve(nets(50));
      now += 1;
      expect(await feedsCommand(['refresh', 'deny'], feeds)).toEqual({ lines: ['deny  shrank'], good: false });
      now += 1;
      expect(await feedsCommand(['refresh', 'deny', '--accept-size'], feeds)).toEqual({ lines: ['deny  replaced'], good: true });
      expect(await denied(feeds, '185.1.60.9')).toBe('not_listed');
    });

    test('that grew tenfold is taken when the operator says so; one that denies the world never is', async () => {
      const feeds = await start();
      await feeds.refresh();
      const grown = `${nets(200)}\n81.0.0.0/8\n82.0.0.0/8\n83.0.0.0/8\n84.0.0.0/8\n85.0.0.0/8\n86.0.0.0/8\n87.0.0.0/8\n88.0.0.0/8`;
      serve(grown);
      now += 1;
      expect(await feedsCommand(['refresh', 'deny'], feeds)).toEqual({ lines: ['deny  grew'], good: false });
      expect(await denied(feeds, '81.1.1.1')).toBe('not_listed');
      now += 1;
      expect(await feedsCommand(['refresh', 'deny', '--accept-size'], feeds)).toEqual({ lines: ['deny  replaced'], good: true });
      expect(await denied(feeds, '81.1.1.1')).toBe('listed');
      serve(Array.from({ length: 400 }, (_, index) => `${(index >> 1) + 11}.${(index & 1) * 128}.0.0/9`).join('\n'));
      now += 1;
      expect(await feedsCommand(['refresh', 'deny', '--accept-size'], feeds)).toEqual({ lines: ['deny  too_broad'], good: false });
      expect(await denied(feeds, '11.1.1.1')).toBe('not_listed');
    });

    test('that does not answer in time is tried again after an hour', async () => {
      answer = () => undefined;
      const feeds = await start();
      expect(await feeds.refresh({ timeoutMs: 100 })).toEqual([{ id: 'deny', outcome: 'timed_out' }]);
      expect(await row()).toMatchObject({ fault: 'timed_out', fetched_at: null });
      serve(nets(200));
      now += HOUR - 1;
      expect(await feeds.refresh()).toEqual([]);
      now += 1;
      expect(await feeds.refresh()).toEqual([{ id: 'deny', outcome: 'replaced' }]);
    });

    test('that redirects to an inner address is not followed there', async () => {
      answer = (response) => response.writeHead(302, { location: 'https://169.254.169.254/latest/meta-data' }).end();
      const feeds = await start();
      expect(await feeds.refresh()).toEqual([{ id: 'deny', outcome: 'address_refused' }]);
    });

    test('whose kept body this version cannot read is an error, never clean', async () => {
      const feeds = await start();
      await feeds.refresh();
      await opened.db.updateTable('risk_feed').set({ body: Buffer.from('<html>'), sha256: 'ff' }).execute();
      await feeds.check();
      expect((await feeds.look('185.9.9.9')).denied).toEqual({ kind: 'unreadable', fault: 'unparseable' });
      expect(await denied(feeds, '185.1.7.9')).toBe('listed');
    });

    test('that nobody configures any more goes after a month; one that was pointed elsewhere begins anew', async () => {
      await (await start()).refresh();
      const moved = await start(source({ from: { ...source().from, url: Personal.of(`${origin}/elsewhere`) } }));
      expect(await denied(moved, '185.1.7.9')).toBe('stale');
      await moved.refresh();
      expect(asked[1]?.['if-none-match']).toBeUndefined();
      expect(await opened.db.selectFrom('risk_feed').select('id').execute()).toHaveLength(2);
      now += 31 * 24 * HOUR;
      await moved.refresh();
      expect(await opened.db.selectFrom('risk_feed').select('id').execute()).toHaveLength(1);
    });
  });

  test('a stopped process gives its attempt back, and stops at once', async () => {
    answer = () => undefined;
    const feeds = await start();
    const lines: object[] = [];
    const logger = { info: (fields: object) => void lines.push(fields), warn: (fields: object) => void lines.push(fields) };
    const keeper = keepFresh(feeds, { logger });
    await expect.poll(() => asked.length).toBe(1);
    await keeper.stop();
    expect(await row()).toMatchObject({ attempted_at: null, fault: null });
    expect(lines).toEqual([]);
  });

  test('the round of the minute fetches and takes by itself, and says so', async () => {
    const feeds = await start();
    const lines: object[] = [];
    const logger = { info: (fields: object) => void lines.push(fields), warn: (fields: object) => void lines.push(fields) };
    const keeper = keepFresh(feeds, { logger, everyMs: 30 });
    await expect.poll(() => denied(feeds, '185.1.7.9')).toBe('listed');
    serve('<html></html>');
    now += 25 * HOUR;
    await expect.poll(() => lines.length).toBeGreaterThan(1);
    await keeper.stop();
    expect(lines).toEqual([{ event: 'feed_fetched', feed: 'deny', outcome: 'replaced' }, { event: 'feed_refused', feed: 'deny', fault: 'unparseable' }]);
  });

  test('a database that is away keeps nobody out: what is in force answers', async () => {
    const store = feedStore(opened.db);
    let away = false;
    const feeds = await loadFeeds({ sources: [source()] }, () => now, { ...store, kept: async (rows) => (away ? Promise.reject(new Error('away')) : store.kept(rows)) });
    await feeds.refresh();
    away = true;
    now += HOUR;
    expect(await denied(feeds, '185.1.7.9')).toBe('listed');
    await expect(feeds.check()).rejects.toThrow('away');
  });
});

test('without a store no address can be fetched, and that is said at once', async () => {
  const from = { url: Personal.of('https://x.example/'), everyMs: HOUR, least: 1 };
  await expect(loadFeeds({ sources: [{ id: 'a', kind: 'deny', format: 'netset', staleMs: HOUR, from }] }, () => NOW)).rejects.toThrow(TypeError);
});
