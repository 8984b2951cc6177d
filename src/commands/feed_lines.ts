/** What the operator's command does, apart from opening and closing: what it prints, and whether all is well. */
import { parseArgs } from 'node:util';
import { GatehouseError } from '../errors.ts';
import { canonicalAddress } from '../feeds/address.ts';
import type { FeedStatus } from '../feeds/feed.ts';
import type { AddressFeeds, FeedAnswer } from '../feeds/feeds.ts';

const USAGE = 'usage: feeds [status], feeds refresh [ID] [--accept-size], or feeds look ADDRESS';

function statusLine({ id, kind, source, entries, version, fetched, fault, stale }: FeedStatus): string {
  const age = fetched === undefined ? 'never' : new Date(fetched).toISOString();
  const notes = [fault === undefined ? '' : `fault: ${fault}`, stale ? 'stale' : ''].filter((note) => note !== '').join(', ') || 'good';
  return `${id}  ${kind}  ${source}\n    ${entries} entries, version ${version ?? 'none'}, current at ${age}: ${notes}`;
}

function answerText(answer: FeedAnswer): string {
  switch (answer.kind) {
    case 'listed':
      return `listed (list ${answer.list + 1}, ${answer.version})`;
    case 'unreadable':
      return `unreadable (${answer.fault})`;
    case 'not_configured':
      return 'not configured';
    default:
      return `${answer.kind.replace('_', ' ')} (${answer.version})`;
  }
}

async function look(feeds: AddressFeeds, text: string): Promise<readonly string[]> {
  const address = canonicalAddress(text);
  if (address === undefined) throw new GatehouseError('usage', 400, 'look: that is not an address');
  const answers = Object.entries(await feeds.look(address)).map(([name, answer]) => `${name}: ${answerText(answer as FeedAnswer)}`);
  const place = Object.entries(feeds.locate(address)).map(([name, value]) => `${name}: ${value}`);
  return [...answers, ...place];
}

/**
 * Run one command; gives what it prints, and whether all went well.
 *
 * @throws GatehouseError `usage`
 */
export async function feedsCommand(args: readonly string[], feeds: AddressFeeds): Promise<{ readonly lines: readonly string[]; readonly good: boolean }> {
  const { positionals: [what = 'status', name, ...more], values } = parseArgs({ args: [...args], allowPositionals: true, options: { 'accept-size': { type: 'boolean' } } });
  if (more.length > 0) throw new GatehouseError('usage', 400, USAGE);
  if (what === 'status' && name === undefined) {
    const all = feeds.status();
    const shipped = `shipped: country of registration, disposable mail domains (${feeds.disposable.shipped})`;
    return { lines: [...all.map(statusLine), shipped], good: all.every(({ fault, stale }) => fault === undefined && !stale) };
  }
  if (what === 'refresh') {
    const known = feeds.status().some(({ id }) => id === name);
    if (name !== undefined && !known) throw new GatehouseError('usage', 400, `there is no feed ${name}`);
    const done = await feeds.refresh({ force: true, acceptSize: values['accept-size'] === true, ...(name === undefined ? {} : { only: name }) });
    const lines = done.map(({ id, outcome }) => `${id}  ${outcome}`);
    return { lines: lines.length > 0 ? lines : ['no feed with an address: files are read by themselves'], good: done.every(({ outcome }) => outcome === 'replaced' || outcome === 'unchanged') };
  }
  if (what === 'look' && name !== undefined) return { lines: await look(feeds, name), good: true };
  throw new GatehouseError('usage', 400, USAGE);
}
