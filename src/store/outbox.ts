import { Personal } from '../personal.ts';
import type { OutboxStore } from '../vendors/outbox/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';

/** How many messages the outbox keeps: it is for looking at, not for keeping. */
const KEEPS = 500;

/** The development outbox: messages sealed like any personal data, the oldest dropped. */
export function outboxStore(db: Db, vault: Vault): OutboxStore {
  return {
    async add({ id, to, body, link, sentAt }) {
      const sealed = vault.seal('outbox', JSON.stringify({ to: to.open(), body: body.open(), link: link.open() }), `outbox:${id}`);
      await db.insertInto('outbox_message').values({ id, sealed, sent_at: sentAt }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
      await db
        .deleteFrom('outbox_message')
        .where('sent_at', '<', (eb) =>
          eb.selectFrom('outbox_message').select('sent_at').orderBy('sent_at', 'desc').offset(KEEPS - 1).limit(1))
        .execute();
    },
    async list(limit) {
      const rows = await db.selectFrom('outbox_message').selectAll().orderBy('sent_at', 'desc').orderBy('id').limit(limit).execute();
      return Promise.all(
        rows.map(async (row) => {
          const kept = JSON.parse((await vault.open('outbox', row.sealed, `outbox:${row.id}`)).toString('utf8')) as { to: string; body: string; link: string };
          return { to: Personal.of(kept.to), body: Personal.of(kept.body), link: Personal.of(kept.link), sentAt: row.sent_at };
        }),
      );
    },
  };
}
