/**
 * A `pg` pool that rides out a database restart.
 *
 * Two moments are bridged: taking a connection while the server is away, and a single statement outside a transaction
 * whose connection died under it. Repeating such a statement is safe here because every single statement of the store
 * is either idempotent or fails closed when it finds its own earlier effect (a consumed code stays consumed). A
 * transaction is never repeated down here: its owner decides with {@link riding}, guarded by the journey's version.
 *
 * Who cannot be served within the limit is told `database_unavailable` (503).
 */
import type { Pool, PoolClient } from 'pg';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { GatehouseError } from '../errors.ts';
import { statementNamer } from './named.ts';

const LOST = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '08000', '08003', '08006',
]);

/** Whether an error says that the connection, not the statement, failed. */
export function connectionLost(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = (thrown as { code?: unknown }).code;
  if (typeof code === 'string' && LOST.has(code)) return true;
  if (thrown instanceof AggregateError) return thrown.errors.some(connectionLost);
  // pg reports a socket that closed under a query by message only.
  return /^Connection terminated|^Client has encountered a connection error|timeout exceeded when trying to connect/.test(thrown.message);
}

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/**
 * Run something until it stops failing for want of a connection, for at most `limit` milliseconds. Only for what may be
 * run twice.
 *
 * @throws GatehouseError `database_unavailable` where the limit was not enough; any other failure is thrown as it came
 */
export async function riding<T>(run: () => Promise<T>, limit: number): Promise<T> {
  const deadline = Date.now() + limit;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    try {
      return await run();
    } catch (thrown) {
      if (!connectionLost(thrown)) throw thrown;
      if (Date.now() + wait > deadline) throw unavailable(thrown);
      await pause(wait);
    }
  }
}

function unavailable(cause: unknown): GatehouseError {
  return new GatehouseError('database_unavailable', 503, 'the database could not be reached in time', { cause, visitor: 'unavailable' });
}

const OPENS = /^(begin|start transaction)/i;
const CLOSES = /^(commit|rollback)$/i;

/** Wrap a pool for Kysely's PostgreSQL dialect. `limit` is how long a restart may take, in milliseconds. */
export function ridingPool(pool: Pool, limit: number): PostgresPool {
  // The pool listens for lost connections only while they are idle. One that is lost in use tells its statement, and
  // would tell the process too, which ends by it where nobody listens.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const namer = statementNamer();
  return {
    options: pool.options,
    async connect(): Promise<PostgresPoolClient> {
      let client: PoolClient = await riding(() => pool.connect(), limit);
      let inTransaction = false;
      /** Given back to the pool already: its replacement could not be had. */
      let released = false;
      const replace = async (dead: unknown, left: number): Promise<void> => {
        released = true;
        client.release(dead instanceof Error ? dead : true);
        client = await riding(() => pool.connect(), left);
        released = false;
      };
      const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
        const deadline = Date.now() + limit;
        for (;;) {
          try {
            const result = await client.query(namer.query(sql, parameters));
            if (OPENS.test(sql)) inTransaction = true;
            else if (CLOSES.test(sql)) inTransaction = false;
            return result;
          } catch (thrown) {
            const nameLost = namer.nameLost(thrown);
            if (inTransaction || !(nameLost || connectionLost(thrown))) throw thrown;
            if (nameLost) continue;
            if (Date.now() > deadline) throw unavailable(thrown);
            await replace(thrown, deadline - Date.now());
          }
        }
      };
      return {
        query,
        release: (discard?: boolean) => {
          if (!released) client.release(discard);
        },
        get processID() {
          return (client as unknown as { processID?: number }).processID;
        },
      } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}
