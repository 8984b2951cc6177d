/** Applications that have to be told of an end, as jobs made in the transaction of that end. */
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Logout, LogoutQueue, TakenLogout } from '../oidc/logouts.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import { withinTransaction, type Jobs, type JobsLogger } from './jobs.ts';
import { logoutsOfEntry } from './logouts_listed.ts';
import type { Database } from './tables.ts';

const QUEUE = 'backchannel_logout';
/** A claim of a process that died is taken over after this, seconds; a try takes less than three. */
const CLAIM_SECONDS = 30;
/** Waits double from the first to the last, seconds: fifteen tries in about a day. */
const [FIRST_WAIT, LAST_WAIT, TRIES] = [15, 6 * 3_600, 15];

export interface LogoutJobs extends LogoutQueue {
  send(tx: Transaction<Database>, logouts: readonly Logout[]): Promise<void>;
  /** Have those told who have somebody signed in that these new blocks hit; who that is, is looked up afterwards. */
  sendEntries(tx: Transaction<Database>, entries: readonly string[]): Promise<void>;
}

/** What a job holds: one to be told, or an entry of the lists to be looked up. */
type JobData = { readonly client: string; readonly account: string; readonly sid?: string } | { readonly entry: string };

export interface LogoutJobsDeps {
  readonly db: Db;
  readonly vault: Pick<Vault, 'open' | 'keyedHash'>;
  readonly now: () => number;
  readonly logger: JobsLogger;
}

/** Make the queue where it is not there yet. */
export async function logoutJobs(jobs: Jobs, { db, vault, now, logger }: LogoutJobsDeps): Promise<LogoutJobs> {
  if (!(await jobs.getQueue(QUEUE))) {
    await jobs.createQueue(QUEUE, {
      retryLimit: TRIES - 1, retryDelay: FIRST_WAIT, retryBackoff: true, retryDelayMax: LAST_WAIT, expireInSeconds: CLAIM_SECONDS, retentionSeconds: 2 * 86_400, deleteAfterSeconds: 3_600,
    });
  }
  // The queue's facts are remembered at their first use, which must not be within a transaction.
  await jobs.deleteJob(QUEUE, randomUUID());

  const insert = async (tx: Transaction<Database>, list: readonly JobData[]): Promise<void> => {
    if (list.length > 0) await jobs.insert(QUEUE, list.map((data) => ({ data })), { db: withinTransaction(tx) });
  };
  const send: LogoutJobs['send'] = (tx, logouts) => insert(tx, logouts.map(({ clientId, accountId, sid }) => ({ client: clientId, account: accountId, ...(sid === undefined ? {} : { sid }) })));
  /** An entry becomes those whom it concerns, all or none; one that cannot be looked up comes again later. */
  const lookUp = async (claim: Claim, entry: string): Promise<void> => {
    try {
      await db.transaction().execute(async (tx) => {
        await send(tx, await logoutsOfEntry(tx, vault, entry, now()));
        await jobs.deleteJob(QUEUE, claim, { db: withinTransaction(tx) });
      });
    } catch (thrown) {
      logger.warn({ event: 'logouts_failed', entry, error: thrown instanceof Error ? thrown.name : 'unknown' }, 'whom a new block hits could not be looked up; it is tried again');
      await jobs.fail(QUEUE, claim);
    }
  };
  return {
    send,
    sendEntries: (tx, entries) => insert(tx, entries.map((entry) => ({ entry }))),
    async take(most) {
      const due: TakenLogout[] = [];
      for (const { id, retryCount, data } of await jobs.fetch<JobData>(QUEUE, { batchSize: most })) {
        if ('entry' in data) await lookUp({ id, retryCount }, data.entry);
        else due.push({ claim: { id, retryCount }, clientId: data.client, accountId: data.account, sid: data.sid });
      }
      return due;
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
