import type { Selectable } from 'kysely';
import type { Passkey, PasskeyStore } from '../devices/store.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** Passkeys in PostgreSQL. Public keys and counters are no secrets; whose they are is told by ids alone. */
export function passkeyStore(db: Db): PasskeyStore {
  const select = () => db
    .selectFrom('passkey')
    .innerJoin('account', 'account.id', 'passkey.account_id')
    .selectAll('passkey')
    .select('account.erased_at');
  return {
    async add(passkey) {
      // Of an account that is there and not erased: what was erased meanwhile gets no new way in.
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('passkey')
        .columns([
          'id', 'account_id', 'workflow_id', 'mode', 'credential_hash', 'user_handle', 'public_key', 'counter', 'transports', 'device_type',
          'backed_up', 'label', 'journey_id', 'acr', 'created_at',
        ])
        .expression(db.selectFrom('account').where('account.id', '=', passkey.accountId).where('account.erased_at', 'is', null).select((eb) => [
          eb.cast<string>(eb.val(passkey.id), 'text').as('id'),
          'account.id as account_id',
          eb.cast<string>(eb.val(passkey.workflowId), 'text').as('workflow_id'),
          eb.cast<string>(eb.val(passkey.mode), 'text').as('mode'),
          eb.cast<string | null>(eb.val(passkey.credentialHash ?? null), 'text').as('credential_hash'),
          eb.cast<string>(eb.val(passkey.userHandle), 'text').as('user_handle'),
          eb.cast<Uint8Array>(eb.val(Buffer.from(passkey.publicKey)), 'bytea').as('public_key'),
          eb.cast<number>(eb.val(passkey.counter), 'bigint').as('counter'),
          eb.cast<string>(eb.val(JSON.stringify(passkey.transports)), 'jsonb').as('transports'),
          eb.cast<string>(eb.val(passkey.deviceType), 'text').as('device_type'),
          eb.cast<boolean>(eb.val(passkey.backedUp), 'boolean').as('backed_up'),
          eb.cast<string | null>(eb.val(passkey.label ?? null), 'text').as('label'),
          eb.cast<string>(eb.val(passkey.journeyId), 'text').as('journey_id'),
          eb.cast<string>(eb.val(passkey.acr), 'text').as('acr'),
          eb.cast<number>(eb.val(passkey.createdAt), 'bigint').as('created_at'),
        ]))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async byId(id) {
      const row = await select().where('passkey.id', '=', id).executeTakeFirst();
      return row && passkeyOf(row);
    },
    async ofAccount(accountId) {
      const rows = await select().where('passkey.account_id', '=', accountId).orderBy('passkey.created_at', 'desc').orderBy('passkey.id').execute();
      return rows.map(passkeyOf);
    },
    async used(id, counter, backedUp, now) {
      const { numUpdatedRows } = await db
        .updateTable('passkey')
        .set({ counter, backed_up: backedUp, last_used_at: now })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        // Authenticators that do not count say 0 for ever (WebAuthn 2, section 6.1.1).
        .where((eb) => eb.or([eb('counter', '<', counter), eb.and([eb('counter', '=', 0), eb.lit(counter === 0)])]))
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    async revoke({ accountId, id, reason, now }) {
      const { numUpdatedRows } = await db
        .updateTable('passkey')
        .set({ revoked_at: now, revoked_reason: reason })
        .where('account_id', '=', accountId)
        .where('revoked_at', 'is', null)
        .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    },
  };
}

function passkeyOf(row: Selectable<Database['passkey']> & { readonly erased_at: number | null }): Passkey {
  return {
    id: row.id,
    accountId: row.account_id,
    workflowId: row.workflow_id,
    mode: row.mode,
    credentialHash: row.credential_hash ?? undefined,
    userHandle: row.user_handle,
    publicKey: row.public_key,
    counter: row.counter,
    transports: row.transports as readonly string[],
    // Whatever is not plainly bound to one device counts as one that was copied.
    deviceType: row.device_type === 'singleDevice' ? 'singleDevice' : 'multiDevice',
    backedUp: row.backed_up,
    label: row.label ?? undefined,
    journeyId: row.journey_id,
    acr: row.acr,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    accountErased: row.erased_at !== null,
  };
}
