/** Invitations: each makes one account, or gives one new proofs, once. */
import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Actor } from '../../admin/actor.ts';
import type { InvitationStore, StaffRefusal } from '../../admin/staff/store.ts';
import type { Database } from '../tables.ts';
import { appendAudit, audited } from './audit.ts';
import { activeAdministrators, newStaffId, type StaffAuditing } from './staff.ts';
import { ADMINISTERED, alone, FOUNDED } from './staff_links.ts';
import { emailHash, invitationOf, rolesOf, rolesText, sealedEmail, writeFactor, writeRecoveryCodes } from './staff_rows.ts';

/** Set-up links that are good side by side; of processes that start at once each prints one. */
const MOST_SETUP = 10;

const newInvitationId = (): string => `inv_${randomBytes(9).toString('base64url')}`;

/** Thrown to undo what an acceptance wrote before it turned out that the name is taken. */
class Undone extends Error {
  readonly why: 'email_taken' | 'gone';
  constructor(why: 'email_taken' | 'gone') {
    super(why);
    this.why = why;
  }
}

export function invitationStore(auditing: StaffAuditing): InvitationStore {
  const { db, vault, now: clock } = auditing;
  return {
    async open(now, most) {
      const rows = await good(db, now).orderBy('expires_at').limit(most).execute();
      return rows.map(invitationOf);
    },
    async byHash(hash, now) {
      const row = await good(db, now).where('hash', '=', hash).executeTakeFirst();
      return row && invitationOf(row);
    },
    make: (actor, made) => audited<'done' | StaffRefusal>(auditing, actor, async (tx) => {
      await alone(tx);
      if (actor.kind === 'staff' && !(await activeAdministrators(tx)).includes(actor.id)) return { result: 'actor_gone', fact: undefined };
      if (made.staffId !== undefined) {
        const row = await tx.selectFrom('staff').select(['external_key', 'disabled_at']).where('id', '=', made.staffId).forUpdate().executeTakeFirst();
        if (!row) return { result: 'unknown', fact: undefined };
        if (row.external_key !== null) return { result: 'external', fact: undefined };
        if (row.disabled_at !== null) return { result: 'shut_out', fact: undefined };
        // One way in at a time, and none for whoever sits at the lost device.
        await tx.updateTable('staff_invitation').set({ withdrawn_at: made.now }).where('staff_id', '=', made.staffId).where('used_at', 'is', null).execute();
        await tx.deleteFrom('staff_session').where('staff_id', '=', made.staffId).execute();
      }
      const id = await insert(tx, { ...made, by: actor });
      return {
        result: 'done',
        fact: { action: made.purpose === 'reset' ? 'staff.reset_asked' : 'staff.invited', target: made.staffId === undefined ? { kind: 'invitation', id } : { kind: 'staff', id: made.staffId }, details: { invitation: id, roles: made.roles, until: new Date(made.expiresAt).toISOString() } },
      };
    }),
    makeSetup: (actor, { hash, now, expiresAt }) => audited(auditing, actor, async (tx) => {
      await alone(tx);
      if (await isAdministered(tx)) return { result: false, fact: undefined };
      // Another process may have printed one that is still in somebody's hand; of many starts the oldest go.
      await tx.deleteFrom('staff_invitation').where('purpose', '=', 'setup').where('used_at', 'is', null).where((eb) => eb.or([
        eb('expires_at', '<=', now), eb('withdrawn_at', 'is not', null),
        eb('hash', 'in', eb.selectFrom('staff_invitation').select('hash').where('purpose', '=', 'setup').where('used_at', 'is', null).where('withdrawn_at', 'is', null)
          .where('expires_at', '>', now).orderBy('created_at', 'desc').orderBy('id').offset(MOST_SETUP - 1)),
      ])).execute();
      const id = await insert(tx, { hash, purpose: 'setup', name: '', roles: ['administrator'], staffId: undefined, now, expiresAt, by: actor });
      return { result: true, fact: { action: 'staff.setup_offered', target: { kind: 'invitation', id } } };
    }),
    withdraw: (actor, id, now) => audited(auditing, actor, async (tx) => {
      const { numUpdatedRows } = await tx.updateTable('staff_invitation').set({ withdrawn_at: now })
        .where('id', '=', id).where('used_at', 'is', null).where('withdrawn_at', 'is', null).executeTakeFirst();
      return numUpdatedRows > 0n ? { result: 'done', fact: { action: 'staff.invitation_withdrawn', target: { kind: 'invitation', id } } } : { result: 'gone', fact: undefined };
    }),
    async accept(actor, hash, accepted, now) {
      try {
        return await db.transaction().execute(async (tx) => {
          await alone(tx);
          const row = await tx.updateTable('staff_invitation').set({ used_at: now })
            .where('hash', '=', hash).where('used_at', 'is', null).where('withdrawn_at', 'is', null).where('expires_at', '>', now).where(FOUNDED).returningAll().executeTakeFirst();
          if (!row) throw new Undone('gone');
          const { name, email, passwordHash, factor, recoveryCodes } = accepted;
          const named = { name, email_hash: emailHash(vault, email) };
          let id = row.staff_id;
          if (id === null) {
            // Whoever is first ends the set-up links that other processes printed.
            if (row.purpose === 'setup') await tx.deleteFrom('staff_invitation').where('purpose', '=', 'setup').where('used_at', 'is', null).execute();
            id = newStaffId();
            const made = await tx.insertInto('staff').values({
              ...named, id, email: sealedEmail(vault, id, email), external_key: null, password_hash: passwordHash, totp: null, roles: row.roles, created_at: now, disabled_at: null, signed_in_at: null,
            }).onConflict((conflict) => conflict.column('email_hash').doNothing()).executeTakeFirst();
            if ((made.numInsertedOrUpdatedRows ?? 0n) === 0n) throw new Undone('email_taken');
          } else {
            // Who they are stays as it is; by what they prove it is all new.
            await tx.updateTable('staff').set({ password_hash: passwordHash, totp: null, totp_step: 0 }).where('id', '=', id).execute();
            await tx.deleteFrom('staff_passkey').where('staff_id', '=', id).execute();
            await tx.deleteFrom('staff_session').where('staff_id', '=', id).execute();
          }
          if (!(await writeFactor(tx, vault, id, factor))) throw new Undone('gone');
          await writeRecoveryCodes(tx, vault, id, recoveryCodes);
          await appendAudit(tx, vault, { ...actor, id, name }, {
            action: row.purpose === 'reset' ? 'staff.reset' : 'staff.created', target: { kind: 'staff', id },
            details: { invitation: row.id, factor: factor.kind, ...(row.purpose === 'reset' ? {} : { roles: rolesOf(row.roles) }) },
          }, clock());
          return { kind: 'accepted' as const, id };
        });
      } catch (thrown) {
        if (thrown instanceof Undone) return { kind: 'refused', why: thrown.why };
        throw thrown;
      }
    },
  };
}

async function isAdministered(tx: Transaction<Database>): Promise<boolean> {
  return (await tx.selectNoFrom(ADMINISTERED.as('there')).executeTakeFirst())?.there === true;
}

async function insert(
  tx: Transaction<Database>,
  made: { readonly hash: string; readonly purpose: 'setup' | 'invite' | 'reset'; readonly name: string; readonly roles: readonly Parameters<typeof rolesText>[0][number][]; readonly staffId: string | undefined; readonly now: number; readonly expiresAt: number; readonly by: Actor },
): Promise<string> {
  const id = newInvitationId();
  await tx.insertInto('staff_invitation').values({
    hash: made.hash, id, purpose: made.purpose, name: made.name, roles: rolesText(made.roles), staff_id: made.staffId ?? null, made_by: made.by.name, maker_kind: made.by.kind, maker_id: made.by.id,
    created_at: made.now, expires_at: made.expiresAt, used_at: null, withdrawn_at: null,
  }).execute();
  return id;
}

function good(db: StaffAuditing['db'], now: number) {
  return db.selectFrom('staff_invitation').selectAll().where('used_at', 'is', null).where('withdrawn_at', 'is', null).where('expires_at', '>', now).where(FOUNDED);
}
