/**
 * Housekeeping every process does, a little at a time: deletes run in bounded batches and may overlap with another
 * process's, because deleting twice deletes once.
 */
import { randomInt } from 'node:crypto';
import type { RecordStore } from '../oidc/records.ts';
import type { Db } from './database.ts';
import { purgeJourneys } from './journeys.ts';
import { purgeVelocity } from './velocity.ts';

export interface UpkeepOptions {
  readonly now: () => number;
  /** Velocity rows older than this are no longer looked at, milliseconds. */
  readonly velocityWindowMs: number;
  readonly logger: { warn(fields: object, message: string): void };
  readonly everyMs?: number;
}

const BATCH = 500;

export function startUpkeep(db: Db, records: RecordStore, options: UpkeepOptions): { stop(): Promise<void> } {
  const { now, velocityWindowMs, logger, everyMs = 60_000 } = options;
  let running: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    try {
      await records.sweep();
      await purgeVelocity(db, now() - velocityWindowMs);
      await purgeJourneys(db, now(), BATCH);
    } catch (thrown) {
      logger.warn({ event: 'upkeep_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'housekeeping failed; it is tried again');
    }
  };
  // Processes started together should not sweep together.
  const timer = setInterval(() => {
    running = running.then(round);
  }, everyMs + randomInt(10_000));
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
