/**
 * The lists as this process has them. Every few seconds one statement asks for what changed since the last; no request
 * ever asks the database. What another process blocks counts here within that time.
 */
import { randomInt } from 'node:crypto';
import type { Lists, Looked } from '../../journey/rules/lists.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import { ListIndex, type ListHashes } from './lists_index.ts';

/** How long a change elsewhere may take to count here, milliseconds. */
export const LISTS_EVERY_MS = 10_000;
/** After this the process cannot say any more that something is not listed, milliseconds. */
export const LISTS_STALE_MS = 60_000;
/** After a look that failed, milliseconds: whoever was away is waited for. */
const RETRY_MS = 1_000;
/** Rows read at a time. */
const STRIDE = 5_000;
const COLUMNS = ['id', 'version', 'effect', 'kind', 'key', 'also_keys', 'mode', 'workflow_id', 'expires_at', 'removed_at'] as const;

export function listHashes(vault: Pick<Vault, 'keyedHash'>): ListHashes {
  return {
    phone: (number) => vault.keyedHash('list:phone', number),
    email: (value) => vault.keyedHash('list:email', value),
    document: (text) => vault.keyedHash('list:document', text),
    identity: (mode, text) => vault.keyedHash(`account_identity:${mode}`, text),
  };
}

export interface ListsSnapshot extends Lists {
  /** Take what changed now; whoever changes an entry calls it, so that their own process knows at once. */
  refresh(): Promise<void>;
  /** Refresh by itself until stopped. */
  start(): void;
  stop(): Promise<void>;
}

export interface SnapshotOptions {
  readonly db: Db;
  readonly vault: Pick<Vault, 'keyedHash'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: { warn(fields: object, message: string): void };
  /** A clock that nobody sets, milliseconds: how long ago the database was last heard of. */
  readonly monotonic?: () => number;
  readonly everyMs?: number;
}

/** Reads every entry once; fails where the database does, because a gateway without its lists must not start. */
export async function listsSnapshot({ db, vault, now, logger, monotonic = () => performance.now(), everyMs = LISTS_EVERY_MS }: SnapshotOptions): Promise<ListsSnapshot> {
  const index = new ListIndex(listHashes(vault));
  let version = 0;
  let heardAt = monotonic();
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function take(): Promise<void> {
    for (;;) {
      const asked = monotonic();
      // Numbers appear in the order of their commits: below the highest one seen none is missing.
      const rows = await db.selectFrom('list_entry').select(COLUMNS).where('version', '>', version).orderBy('version').limit(STRIDE).execute();
      for (const row of rows) {
        index.put(row, now());
        version = row.version;
      }
      if (rows.length < STRIDE) {
        heardAt = asked;
        return;
      }
    }
  }

  /** One after the other: whoever asks is given what was there when they asked. */
  function refresh(): Promise<void> {
    const mine = (running ?? Promise.resolve()).catch(() => undefined).then(take);
    running = mine;
    return mine;
  }

  function again(afterMs: number): void {
    if (stopped) return;
    timer = setTimeout(() => {
      refresh().then(() => everyMs, (thrown: unknown) => {
        logger.warn({ event: 'lists_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'the lists could not be read; they are read again in a moment');
        return Math.min(everyMs, RETRY_MS);
      }).then(again, () => again(everyMs));
    }, afterMs);
    timer.unref();
  }

  await refresh();
  return {
    look(things, scope): Looked {
      const found = index.find(things, scope);
      const of = (wanted: 'block' | 'allow') => found.filter(({ effect }) => effect === wanted).map(({ entry, kind }) => ({ entry, kind }));
      return { fresh: monotonic() - heardAt < LISTS_STALE_MS, blocked: of('block'), allowed: of('allow') };
    },
    refresh,
    start() {
      // Processes started together should not all ask at the same moment.
      again(everyMs - randomInt(Math.max(1, Math.floor(everyMs / 10))));
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running?.catch(() => undefined);
    },
  };
}
