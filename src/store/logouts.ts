/** Applications that have to be told of an end, as jobs made in the transaction of that end. */
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Logout, LogoutQueue, TakenLogout } from '../oidc/logouts.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import { withinTransaction, type Jobs, type JobsLogger } from './jobs.ts';
import { logoutsOfEntry } from './logouts_listed.ts';
import { logoutsOf } from './logouts_of.ts';
import type { Database } from './tables.ts';

const QUEUE = 'backchannel_logout';
/** Entries of the lists, by themselves: however many were added, whoever is known to have to be told does not wait behind them. */
const LOOK_UPS = 'backchannel_logout_look_up';
/** A claim of a process that died is taken over after this, seconds; a try takes less than three. */
const CLAIM_SECONDS = 30;
/** Waits double from the first to the last, seconds: fifteen tries in about a day. */
const [FIRST_WAIT, LAST_WAIT, TRIES] = [15, 6 * 3_600, 15];

/** What the queue answers to a deletion, which its types leave out. */
const deleted = z.object({ affected: z.number().int() });

export interface LogoutJobs extends LogoutQueue {
  /** Have applications told that what an account was granted ends, by one device or at all. To be called before it is deleted, in its transaction. */
  sendEnd(tx: Transaction<Database>, accountId: string, deviceId?: string): Promise<void>;
  /** Have those told who have somebody signed in that these new blocks hit; who that is, is looked up afterwards. */
  sendEntries(tx: Transaction<Database>, entries: readonly string[]): Promise<void>;
}

/** Whom to tell. */
interface JobData {
  readonly client: string;
  readonly account: string;
  readonly sid?: string;
}

export interface LogoutJobsDeps {
  readonly db: Db;
  readonly vault: Pick<Vault, 'open' | 'keyedHash'>;
  readonly now: () => number;
  readonly logger: JobsLogger;
}

/** Make the queues where they are not there yet. */
export async function logoutJobs(jobs: Jobs, { db, vault, now, logger }: LogoutJobsDeps): Promise<LogoutJobs> {
  for (const queue of [QUEUE, LOOK_UPS]) {
    if (!(await jobs.getQueue(queue))) {
      await jobs.createQueue(queue, {
        retryLimit: TRIES - 1, retryDelay: FIRST_WAIT, retryBackoff: true, retryDelayMax: LAST_WAIT, expireInSeconds: CLAIM_SECONDS, retentionSeconds: 2 * 86_400, deleteAfterSeconds: 3_600,
      });
    }
    // A queue's facts are remembered at their first use, which must not be within a transaction.
    await jobs.deleteJob(queue, randomUUID());
  }

  const insert = async (tx: Transaction<Database>, queue: string, list: readonly object[]): Promise<void> => {
    if (list.length > 0) await jobs.insert(queue, list.map((data) => ({ data })), { db: withinTransaction(tx) });
  };
  const send = (tx: Transaction<Database>, logouts: readonly Logout[]) => insert(tx, QUEUE, logouts.map(({ clientId, accountId, sid }): JobData => ({ client: clientId, account: accountId, ...(sid === undefined ? {} : { sid }) })));
  return {
    sendEnd: async (tx, accountId, deviceId) => send(tx, await logoutsOf(tx, { vault, logger }, accountId, { deviceId })),
    sendEntries: (tx, entries) => insert(tx, LOOK_UPS, entries.map((entry) => ({ entry }))),
    async take(most) {
      return (await jobs.fetch<JobData>(QUEUE, { batchSize: most })).map(({ id, retryCount, data }): TakenLogout => ({ claim: { id, retryCount }, clientId: data.client, accountId: data.account, sid: data.sid }));
    },
    async lookUp() {
      const [job] = await jobs.fetch<{ readonly entry: string }>(LOOK_UPS, { batchSize: 1 });
      if (!job) return false;
      const claim: Claim = { id: job.id, retryCount: job.retryCount };
      const { entry } = job.data;
      try {
        await db.transaction().execute(async (tx) => {
          // First: it holds the job from whoever would take it over, and where that was done already, they tell.
          const { affected } = deleted.parse(await jobs.deleteJob(LOOK_UPS, claim, { db: withinTransaction(tx) }));
          if (affected > 0) await send(tx, await logoutsOfEntry(tx, { vault, logger }, entry, now()));
        });
      } catch (thrown) {
        logger.warn({ event: 'logouts_failed', entry, error: thrown instanceof Error ? thrown.name : 'unknown' }, 'whom a new block hits could not be looked up; it is tried again');
        await jobs.fail(LOOK_UPS, claim);
      }
      return true;
    },
    async settle({ claim }, told) {
      // Nothing where the claim had lapsed, and another process took it over.
      if (told) await jobs.deleteJob(QUEUE, claim as Claim);
      else await jobs.fail(QUEUE, claim as Claim);
    },
  };
}

interface Claim {
  readonly id: string;
  readonly retryCount: number;
}
