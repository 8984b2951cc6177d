import { sql } from 'kysely';
import { feedFaultOf } from '../feeds/faults.ts';
import type { FeedClaim, FeedStore } from '../feeds/store.ts';
import type { Db } from './database.ts';

/** Fetched feeds, shared by all gateway processes: the bodies, and who may fetch the next one. They hold nothing personal. */
export function feedStore(db: Db): FeedStore {
  // A claim is over when somebody else took the next: a late answer must not undo a newer one.
  const claimed = ({ id, attemptedAt }: FeedClaim) => db.updateTable('risk_feed').where('id', '=', id).where('attempted_at', '=', attemptedAt);
  const columns = ['id', 'attempted_at', 'fetched_at', 'sha256', 'entries', 'fault'] as const;
  return {
    async kept(feeds) {
      if (feeds.length === 0) return [];
      const read = () => db.selectFrom('risk_feed').select(columns).where('id', 'in', feeds.map(({ id }) => id)).execute();
      let rows = await read();
      if (rows.length < feeds.length) {
        await db.insertInto('risk_feed').values(feeds.map(({ id, kind }) => ({ id, kind }))).onConflict((conflict) => conflict.doNothing()).execute();
        rows = await read();
      }
      return rows.map((row) => ({
        id: row.id,
        attemptedAt: row.attempted_at ?? undefined,
        fetchedAt: row.fetched_at ?? undefined,
        sha256: row.sha256 ?? undefined,
        entries: row.entries ?? 0,
        fault: feedFaultOf(row.fault),
      }));
    },
    async claim(id, { now, everyMs, retryMs }) {
      // An attempt brought something exactly where it was followed by a fetch; one whose process died was not.
      const row = await db
        .updateTable('risk_feed')
        .set({ attempted_at: now })
        .where('id', '=', id)
        .where(sql<boolean>`(attempted_at IS NULL OR attempted_at <= ${now - everyMs}
          OR (attempted_at <= ${now - retryMs} AND (fetched_at IS NULL OR fetched_at < attempted_at)))`)
        .returning(['sha256', 'entries', 'etag', 'last_modified'])
        .executeTakeFirst();
      return row && {
        id,
        attemptedAt: now,
        sha256: row.sha256 ?? undefined,
        entries: row.entries ?? 0,
        etag: row.etag ?? undefined,
        lastModified: row.last_modified ?? undefined,
      };
    },
    async confirm(claim, now, { etag, lastModified }) {
      await claimed(claim).set({ fetched_at: now, etag: etag ?? null, last_modified: lastModified ?? null, fault: null }).execute();
    },
    async replace(claim, now, { etag, lastModified, body, sha256, entries }) {
      const version = { fetched_at: now, etag: etag ?? null, last_modified: lastModified ?? null, fault: null };
      await claimed(claim).set({ ...version, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength), sha256, entries }).execute();
    },
    async fail(claim, fault) {
      await claimed(claim).set({ fault }).execute();
    },
    async release(claim) {
      await claimed(claim).set({ attempted_at: null }).execute();
    },
    async body(id, sha256) {
      const row = await db.selectFrom('risk_feed').select('body').where('id', '=', id).where('sha256', '=', sha256).executeTakeFirst();
      return row?.body ?? undefined;
    },
    async forget(except, before) {
      await db
        .deleteFrom('risk_feed')
        .where(sql<boolean>`coalesce(attempted_at, 0) < ${before}`)
        .$if(except.length > 0, (query) => query.where('id', 'not in', [...except]))
        .execute();
    },
  };
}
