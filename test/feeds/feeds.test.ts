import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadFeeds } from '../../src/feeds/feeds.ts';

const START = Date.parse('2026-06-17T12:00:00Z');
const NONE = { kind: 'not_configured' };
const EXIT = '185.220.101.4';
let folder: string;
let now: number;
const clock = (): number => now;

beforeEach(async () => {
  now = START;
  folder = await mkdtemp(join(tmpdir(), 'feeds-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string | Uint8Array, at = now): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await utimes(path, at / 1000, at / 1000);
  return path;
}

describe('loadFeeds', () => {
  test('what is not configured is not clean', async () => {
    const feeds = await loadFeeds({}, clock);
    expect(await feeds.look(EXIT)).toEqual({ tor: NONE, denied: NONE, hosting: NONE, vpn: NONE });
  });

  test('listed, not listed, and the version of the list', async () => {
    const torFile = await write('tor', `${EXIT}\n`);
    const feeds = await loadFeeds({ torFile, denyFiles: [{ path: await write('deny', '203.0.113.0/24\n'), format: 'netset' }] }, clock);
    const version = expect.stringMatching(/^[0-9a-f]{12}@2026-06-17T/);
    expect(await feeds.look(EXIT)).toEqual({ tor: { kind: 'listed', list: 0, version }, denied: { kind: 'not_listed', version }, hosting: NONE, vpn: NONE });
    expect((await feeds.look('::ffff:203.0.113.9')).denied).toMatchObject({ kind: 'listed' });
    expect((await feeds.look('garbage')).tor).toEqual({ kind: 'unreadable', fault: 'address_unreadable' });
  });

  test.each([
    ['missing', undefined, 'not_readable'],
    ['empty', '', 'empty'],
    ['comments only', '# nothing\n', 'empty'],
    ['an error page', '<html>\n<p>busy</p>\n', 'unparseable'],
    ['binary', new Uint8Array([0xff, 0xfe, 0x00, 0x80]), 'not_utf8'],
    ['old exits only', 'ExitNode A\nExitAddress 185.220.101.4 2026-06-01 00:00:00\n', 'only_old_entries'],
  ])('%s is an error, never clean', async (_name, content, fault) => {
    const torFile = content === undefined ? join(folder, 'absent') : await write('tor', content);
    const feeds = await loadFeeds({ torFile }, clock);
    expect((await feeds.look(EXIT)).tor).toEqual({ kind: 'unreadable', fault });
    expect(feeds.status()[0]).toMatchObject({ fault, entries: 0 });
  });

  test('a directory in place of the file is an error', async () => {
    const feeds = await loadFeeds({ torFile: folder }, clock);
    expect((await feeds.look(EXIT)).tor).toEqual({ kind: 'unreadable', fault: 'not_readable' });
  });

  test('a changed file is seen after a minute, not before', async () => {
    const torFile = await write('tor', '185.220.101.9\n');
    const feeds = await loadFeeds({ torFile }, clock);
    await write('tor', `${EXIT}\n`, START + 5_000);
    now = START + 59_000;
    expect((await feeds.look(EXIT)).tor.kind).toBe('not_listed');
    now = START + 60_000;
    expect((await feeds.look(EXIT)).tor.kind).toBe('listed');
  });

  test('a broken new version keeps the old one in force and shows the fault', async () => {
    const torFile = await write('tor', `${EXIT}\n`);
    const feeds = await loadFeeds({ torFile }, clock);
    await write('tor', 'not a list\n', START + 1000);
    now += 60_000;
    expect((await feeds.look(EXIT)).tor.kind).toBe('listed');
    expect((await feeds.look('185.220.101.9')).tor).toEqual({ kind: 'unreadable', fault: 'unparseable' });
    await write('tor', '185.220.101.9\n', START + 2000);
    now += 60_000;
    expect((await feeds.look('185.220.101.9')).tor.kind).toBe('listed');
    expect(feeds.status()[0]?.fault).toBeUndefined();
  });

  test('a list that loses more than half at once is refused', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `185.220.101.${index}`).join('\n');
    const torFile = await write('tor', many);
    const feeds = await loadFeeds({ torFile }, clock);
    await write('tor', '185.220.101.250\n', START + 1000);
    now += 60_000;
    expect((await feeds.look('185.220.101.7')).tor.kind).toBe('listed');
    expect((await feeds.look('8.8.8.8')).tor.kind).toBe('not_listed');
    expect(feeds.status()[0]).toMatchObject({ fault: 'shrank', entries: 200 });
    now += 3 * 86_400_000;
    expect((await feeds.look('8.8.8.8')).tor.kind).toBe('stale');
    await write('tor', '185.220.101.250\n');
    expect((await (await loadFeeds({ torFile }, clock)).look('185.220.101.7')).tor.kind).toBe('not_listed');
  });

  test('a deny list that grows tenfold, to a share that is felt, is refused', async () => {
    const path = await write('deny', '23.0.0.0/16\n');
    const feeds = await loadFeeds({ denyFiles: [{ path, format: 'netset' }] }, clock);
    await write('deny', '23.0.0.0/16\n81.0.0.0/8\n', START + 1000);
    now += 60_000;
    expect((await feeds.look('81.1.1.1')).denied.kind).toBe('not_listed');
    expect(feeds.status()[0]).toMatchObject({ fault: 'grew' });
  });

  test('a list nobody refreshes goes stale: it still denies, and no longer clears', async () => {
    const torFile = await write('tor', `${EXIT}\n`, START - 4 * 86_400_000);
    const feeds = await loadFeeds({ torFile }, clock);
    expect((await feeds.look(EXIT)).tor.kind).toBe('listed');
    expect((await feeds.look('185.220.101.9')).tor.kind).toBe('stale');
  });

  test('a fresh list beside a stale one does not clear for both', async () => {
    const [fresh, old] = [await write('fresh', '203.0.113.0/24\n'), await write('old', '198.51.100.0/24\n', START - 31 * 86_400_000)];
    const feeds = await loadFeeds({ denyFiles: [{ path: fresh, format: 'cidr' }, { path: old, format: 'cidr' }] }, clock);
    expect((await feeds.look('192.0.2.1')).denied.kind).toBe('stale');
    expect((await feeds.look('198.51.100.7')).denied).toMatchObject({ kind: 'listed', list: 1 });
    expect(feeds.status().map(({ id, stale }) => [id, stale])).toEqual([['deny-list-file-1', false], ['deny-list-file-2', true]]);
  });

  test('one broken deny list beside a good one: hits count, misses are not clean', async () => {
    const good = { path: await write('good', '203.0.113.0/24\n'), format: 'cidr' } as const;
    const bad = { path: join(folder, 'absent'), format: 'drop_json' } as const;
    const feeds = await loadFeeds({ denyFiles: [bad, good] }, clock);
    expect((await feeds.look('203.0.113.9')).denied).toMatchObject({ kind: 'listed', list: 1 });
    expect((await feeds.look('198.51.100.9')).denied).toEqual({ kind: 'unreadable', fault: 'not_readable' });
  });
});
