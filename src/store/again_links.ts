/** Links by which people go on with a journey that a reviewer sent back, in PostgreSQL. Races are settled by statements. */
import { sql } from 'kysely';
import type { AgainLinks } from '../journey/again_links.ts';
import type { Db } from './database.ts';

/** For so long after its journey ran out of time a browser is told so. Milliseconds. */
const TOLD_MS = 86_400_000;

export function againLinks(db: Db): AgainLinks {
  return {
    async peek(tokenHash, now) {
      const row = await db.selectFrom('again_link').innerJoin('journey', 'journey.id', 'again_link.journey_id').select('journey.id')
        .where('token_hash', '=', tokenHash).where('used_at', 'is', null).where('again_link.expires_at', '>', now)
        .where('journey.decided_at', 'is', null).where('journey.erased_at', 'is', null).executeTakeFirst();
      return row?.id;
    },
    async take(tokenHash, holderHash, now) {
      // One statement: of two browsers at once one finds it unused. A holder has one link.
      const { rows } = await sql<{ journey_id: string }>`
        UPDATE again_link SET visit_hash = ${holderHash}, used_at = coalesce(used_at, ${now}::bigint)
        WHERE token_hash = ${tokenHash} AND expires_at > ${now}::bigint AND (used_at IS NULL OR visit_hash = ${holderHash})
          AND EXISTS (SELECT 1 FROM journey WHERE journey.id = again_link.journey_id AND decided_at IS NULL AND erased_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM again_link AS other WHERE other.visit_hash = ${holderHash} AND other.token_hash <> ${tokenHash})
        RETURNING journey_id`.execute(db);
      return rows.length > 0;
    },
    async held(holderHash, now) {
      const row = await db.selectFrom('again_link').innerJoin('journey', 'journey.id', 'again_link.journey_id')
        .select(['again_link.journey_id', 'again_link.token_hash', 'again_link.expires_at'])
        .where('visit_hash', '=', holderHash).where('again_link.expires_at', '>', now - TOLD_MS).where('journey.erased_at', 'is', null).executeTakeFirst();
      return row && { journeyId: row.journey_id, tokenHash: row.token_hash, expiresAt: row.expires_at };
    },
  };
}
