/**
 * When keys were last used: noted in memory, written once a minute. The hot path pays nothing; a process that is killed
 * forgets a minute, which nobody decides anything by.
 */
import { sql } from 'kysely';
import type { KeyUses, SecretUsed } from '../../oidc/key_uses.ts';
import type { Db } from '../database.ts';

interface Uses {
  used: number | undefined;
  previous: number | undefined;
}

export interface KeptKeyUses extends KeyUses {
  /** Write what was noted. What fails is kept for the next time. */
  flush(): Promise<void>;
  start(everyMs?: number): void;
  /** Write the rest and stop. */
  stop(): Promise<void>;
}

export function keyUses({ db, now, logger }: { readonly db: Db; readonly now: () => number; readonly logger: { warn(fields: object, message: string): void } }): KeptKeyUses {
  let noted = new Map<string, Uses>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const taken = noted;
    noted = new Map();
    for (const [clientId, { used, previous }] of taken) {
      try {
        // One row at a time: two processes that write the same keys in another order never wait for each other in a ring.
        await sql`
          INSERT INTO workflow_key_use (client_id, last_used_at, previous_used_at)
          SELECT client_id, ${used ?? null}::bigint, ${previous ?? null}::bigint FROM workflow_key WHERE client_id = ${clientId}
          ON CONFLICT (client_id) DO UPDATE SET last_used_at = greatest(workflow_key_use.last_used_at, excluded.last_used_at),
            previous_used_at = greatest(workflow_key_use.previous_used_at, excluded.previous_used_at)`.execute(db);
        taken.delete(clientId);
      } catch (thrown) {
        for (const [id, uses] of taken) if (!noted.has(id)) noted.set(id, uses);
        logger.warn({ event: 'key_uses_not_written', code: (thrown as { code?: unknown }).code }, 'when keys were used could not be written; it is tried again');
        return;
      }
    }
  };
  const flush = (): Promise<void> => (writing = writing.then(write));

  return {
    note(clientId: string, secret: SecretUsed) {
      const at = now();
      let uses = noted.get(clientId);
      if (!uses) noted.set(clientId, (uses = { used: undefined, previous: undefined }));
      uses.used = at;
      if (secret === 'previous') uses.previous = at;
    },
    flush,
    start(everyMs = 60_000) {
      timer ??= setInterval(() => void flush(), everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await flush();
    },
  };
}
