/**
 * Housekeeping every process does, a little at a time: work runs in bounded batches and may overlap with another
 * process's, because deleting twice deletes once and a journey is decided once.
 */
import { randomInt } from 'node:crypto';
import { KEPT_MS as WEBHOOKS_KEPT_MS } from '../admin/webhooks/store.ts';
import type { RecordStore } from '../oidc/records.ts';
import type { AccountDeps } from './console/accounts_common.ts';
import { resumeErasures } from './console/accounts_erase.ts';
import { purgeRepeats } from './console/repeats.ts';
import { refreshRollup } from './console/rollup.ts';
import { purgeHealth } from './console/health.ts';
import { purgeKeptForms } from './console/staff_kept.ts';
import { purgeLists } from './console/lists.ts';
import type { Db } from './database.ts';
import { purgeDevices } from './devices.ts';
import { purgeIncidents } from './incidents.ts';
import { purgeJourneys } from './journeys.ts';
import { purgeSandboxSessions } from './sandbox_sessions.ts';
import { purgeSeen } from './seen.ts';
import { purgeSightings } from './sightings.ts';
import { purgeReturns } from './silent_return.ts';
import { purgeTickets } from './tickets.ts';
import { purgeVelocity } from './velocity.ts';
import { purgeWebhookEvents, purgeWebhookLeftovers } from './console/webhooks_reads.ts';

export interface UpkeepOptions {
  readonly now: () => number;
  /** Velocity rows older than this are no longer looked at, milliseconds. */
  readonly velocityWindowMs: number;
  /** Decides journeys that were left behind, at most so many; gives how many there were. */
  readonly settleOverdue: (most: number) => Promise<number>;
  /** Deletes pictures past their own time, at most so many; gives how many went. */
  readonly purgeImages: (most: number) => Promise<number>;
  /** Goes on with erasures that a process left behind; absent where nobody is erased here. */
  readonly erasing?: AccountDeps | undefined;
  readonly logger: { warn(fields: object, message: string): void };
  readonly everyMs?: number;
}

const BATCH = 500;
/** Velocity rows are narrow, and there are many for each journey. */
const VELOCITY_BATCH = 5_000;
/** Batches per round and kind: a backlog is worked off over several rounds. */
const MOST_BATCHES = 20;

/** One round of everything. */
export async function upkeep(db: Db, records: Pick<RecordStore, 'sweep'>, { now, velocityWindowMs, settleOverdue, purgeImages, erasing }: UpkeepOptions): Promise<void> {
  const untilFew = async (batch: () => Promise<number>, size = BATCH): Promise<void> => {
    for (let count = 0; count < MOST_BATCHES && (await batch()) >= size; count += 1);
  };
  await records.sweep();
  // Early: what a person asked to be forgotten goes before what is merely old.
  if (erasing) await resumeErasures(erasing);
  await untilFew(() => settleOverdue(BATCH));
  await untilFew(() => purgeVelocity(db, now() - velocityWindowMs, VELOCITY_BATCH, now()), VELOCITY_BATCH);
  await untilFew(() => purgeJourneys(db, now(), BATCH));
  await untilFew(() => purgeSeen(db, now(), BATCH));
  await untilFew(() => purgeSandboxSessions(db, now(), BATCH));
  await untilFew(() => purgeSightings(db, now(), BATCH));
  await untilFew(() => purgeReturns(db, now(), BATCH));
  await untilFew(() => purgeDevices(db, now(), BATCH));
  await untilFew(() => purgeTickets(db, now(), BATCH));
  await untilFew(() => purgeKeptForms(db, now(), BATCH));
  await untilFew(() => purgeIncidents(db, now(), BATCH));
  await untilFew(() => purgeLists(db, now(), BATCH));
  await purgeHealth(db, now());
  await untilFew(() => purgeRepeats(db, now(), BATCH));
  await refreshRollup(db, now());
  await untilFew(() => purgeWebhookEvents(db, now() - WEBHOOKS_KEPT_MS, BATCH));
  await purgeWebhookLeftovers(db, now());
  // Last: an object store that does not answer must not keep the rest from being tidied.
  await untilFew(() => purgeImages(BATCH));
}

/** Do a round every minute until stopped; a failed round is logged and tried again at the next. */
export function startUpkeep(db: Db, records: Pick<RecordStore, 'sweep'>, options: UpkeepOptions): { stop(): Promise<void> } {
  const { logger, everyMs = 60_000 } = options;
  let running: Promise<void> = Promise.resolve();
  const round = (): Promise<void> =>
    upkeep(db, records, options).catch((thrown: unknown) => {
      logger.warn({ event: 'upkeep_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'housekeeping failed; it is tried again');
    });
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
