/** The minute's round of the feeds: new versions are taken, and what is due is fetched, until stopped. */
import { randomInt } from 'node:crypto';
import type { AddressFeeds } from './feeds.ts';

export interface KeepFreshOptions {
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  readonly everyMs?: number;
}

/**
 * Begin. Fetching runs beside the minute's look, so that a slow publisher keeps no other version back; a round that
 * fails is logged and tried again at the next.
 */
export function keepFresh(feeds: Pick<AddressFeeds, 'check' | 'refresh'>, { logger, everyMs = 50_000 }: KeepFreshOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let fetching: Promise<void> | undefined;
  let looking: Promise<void> = Promise.resolve();
  const failed = (thrown: unknown): void => {
    logger.warn({ event: 'feeds_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'looking after the feeds failed; it is tried again');
  };

  async function fetchDue(): Promise<void> {
    for (const { id, outcome } of await feeds.refresh({ signal: stopping.signal })) {
      if (outcome === 'replaced' || outcome === 'unchanged') logger.info({ event: 'feed_fetched', feed: id, outcome }, 'a feed was fetched');
      else if (outcome !== 'stopped') logger.warn({ event: 'feed_refused', feed: id, fault: outcome }, 'a feed could not be taken; its last good version stays in force');
    }
  }
  function round(): void {
    looking = looking.then(() => feeds.check()).catch(failed);
    fetching ??= fetchDue().catch(failed).finally(() => {
      fetching = undefined;
    });
  }

  // At once: a feed that was configured a moment ago should not be missing for a minute.
  round();
  // Processes started together should not all look at the same moment; and none so late that a request looks instead.
  const timer = setInterval(round, everyMs + randomInt(Math.ceil(everyMs / 6)));
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await Promise.all([looking, fetching]);
    },
  };
}
