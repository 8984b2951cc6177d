/** What sending a link to go on by asks of the database, beside the journey itself. */
import type { AgainMessageDeps } from '../engine/again_message.ts';
import type { Db } from './database.ts';
import { rankOf } from './message_rank.ts';

/** Under which numbers are looked up and messaged; given before either is done. */
const PURPOSE = 'phone_data_and_messages';

export function againMessageRows(db: Db): Pick<AgainMessageDeps, 'consented' | 'messageSent'> {
  return {
    async consented(journeyIds) {
      if (journeyIds.length === 0) return false;
      const row = await db.selectFrom('consent').innerJoin('journey', 'journey.id', 'consent.journey_id').select('consent.seq')
        .where('consent.journey_id', 'in', [...journeyIds]).where('consent.purpose', '=', PURPOSE)
        // What is left of the consent of somebody who was erased permits nothing.
        .where('journey.erased_at', 'is', null).limit(1).executeTakeFirst();
      return row !== undefined;
    },
    async messageSent({ id, status, provider, providerMessageId, code }, now) {
      // Only from its intent: a report of the provider may have been first, and knows more.
      await db.updateTable('message').set({ status, rank: rankOf(status), provider, provider_message_id: providerMessageId ?? null, code: code ?? null, updated_at: now })
        .where('id', '=', id).where('rank', '=', 0).execute();
    },
  };
}
