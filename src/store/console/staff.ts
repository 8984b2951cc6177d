/** The staff in PostgreSQL. The last active administrator stays one: their rows are locked while one of them changes. */
import { randomBytes } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Actor } from '../../admin/actor.ts';
import type { AuditFact } from '../../admin/audit/audit.ts';
import type { Role } from '../../admin/permissions.ts';
import type { StaffRefusal, StaffStore } from '../../admin/staff/store.ts';
import type { Database } from '../tables.ts';
import { appendAudit, audited, type Auditing } from './audit.ts';
import { ADMINISTERED, alone, withdrawLinks } from './staff_links.ts';
import {
  emailHash, memberOf, openedTotp, passkeyOf, recoveryHash, rolesOf, rolesText, sealedEmail, writeFactor, writeRecoveryCodes, type StaffVault,
} from './staff_rows.ts';
import { revokeTokensBy, tokensBy } from './tokens.ts';

type Tx = Transaction<Database>;
export type StaffAuditing = Auditing & { readonly vault: StaffVault };

/** What ended along with a change, for the log; what did not is left out. */
const counted = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> => Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

/** Passkeys one person may have. */
const MOST_PASSKEYS = 20;

export const newStaffId = (): string => `staff_${randomBytes(12).toString('base64url')}`;

export function staffStore(auditing: StaffAuditing): StaffStore {
  const { db, vault } = auditing;

  /** Change one row, locked, with what comes of it for the log. */
  const change = (
    actor: Actor, id: string, action: string,
    work: (tx: Tx, row: { readonly roles: string; readonly disabled_at: number | null; readonly external_key: string | null; readonly totp: Uint8Array | null }) => Promise<StaffRefusal | { readonly details?: AuditFact['details'] }>,
  ): Promise<'done' | StaffRefusal> => audited<'done' | StaffRefusal>(auditing, actor, async (tx) => {
    const row = await tx.selectFrom('staff').select(['roles', 'disabled_at', 'external_key', 'totp']).where('id', '=', id).forUpdate().executeTakeFirst();
    if (!row) return { result: 'unknown', fact: undefined };
    const came = await work(tx, row);
    const target = { kind: 'staff', id };
    return typeof came === 'string'
      ? { result: came, fact: { action, target, details: { why: came }, outcome: 'refused' } }
      : { result: 'done', fact: { action, target, details: came.details } };
  });

  return {
    async administered() {
      return (await db.selectNoFrom(ADMINISTERED.as('there')).executeTakeFirst())?.there === true;
    },
    async list(after, most) {
      const rows = await db.selectFrom('staff').selectAll()
        .$if(after !== undefined, (query) => query.where(sql<boolean>`(created_at < ${after?.createdAt} OR (created_at = ${after?.createdAt} AND id > ${after?.id}))`))
        .orderBy('created_at', 'desc').orderBy('id').limit(most).execute();
      return Promise.all(rows.map((row) => memberOf(vault, row)));
    },
    async byId(id) {
      const row = await db.selectFrom('staff').selectAll().where('id', '=', id).executeTakeFirst();
      return row && memberOf(vault, row);
    },
    async credentials(id) {
      const row = await db.selectFrom('staff').selectAll().where('id', '=', id).executeTakeFirst();
      // All of it for whoever is not there too: how long an answer takes must not tell.
      const passkeys = await db.selectFrom('staff_passkey').selectAll().where('staff_id', '=', id).orderBy('created_at').execute();
      const left = await db.selectFrom('staff_recovery').select(sql<number>`count(*)::int`.as('count')).where('staff_id', '=', id).where('used_at', 'is', null).executeTakeFirst();
      return row && {
        member: await memberOf(vault, row), passwordHash: row.password_hash ?? undefined,
        totpSecret: row.totp === null ? undefined : await openedTotp(vault, id, row.totp),
        passkeys: passkeys.map(passkeyOf), recoveryLeft: left?.count ?? 0,
      };
    },
    async idByEmail(email) {
      return (await db.selectFrom('staff').select('id').where('email_hash', '=', emailHash(vault, email)).executeTakeFirst())?.id;
    },
    async useTotpStep(id, step) {
      const { numUpdatedRows } = await db.updateTable('staff').set({ totp_step: step }).where('id', '=', id).where('totp_step', '<', step).executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async useRecoveryCode(id, code, now) {
      const { numUpdatedRows } = await db.updateTable('staff_recovery').set({ used_at: now })
        .where('staff_id', '=', id).where('hash', '=', recoveryHash(vault, id, code)).where('used_at', 'is', null).executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async usePasskey(id, counter, now) {
      // 0 for ever: an authenticator that does not count (WebAuthn 2, section 6.1.1).
      const { numUpdatedRows } = await db.updateTable('staff_passkey').set({ counter, last_used_at: now }).where('id', '=', id)
        .where((eb) => (counter === 0 ? eb('counter', '=', 0) : eb('counter', '<', counter))).executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    changeRoles: (actor, id, roles) => guardedChange(actor, id, 'staff.roles_changed', async (tx, row) => {
      if (row.external_key !== null) return 'external';
      await tx.updateTable('staff').set({ roles: rolesText(roles) }).where('id', '=', id).execute();
      const links = roles.includes('administrator') ? 0 : await withdrawLinks(tx, id, auditing.now(), { own: false });
      return { details: { before: rolesOf(row.roles), after: roles, ...counted({ links_withdrawn: links }) } };
    }, (row) => rolesOf(row.roles).includes('administrator') && !roles.includes('administrator')),
    tokensOf: (id, now) => tokensBy(db, id, now),
    disable: (actor, id, now, also) => guardedChange(actor, id, 'staff.disabled', async (tx) => {
      await tx.updateTable('staff').set({ disabled_at: now }).where('id', '=', id).where('disabled_at', 'is', null).execute();
      await tx.deleteFrom('staff_session').where('staff_id', '=', id).execute();
      const links = await withdrawLinks(tx, id, now, { own: true });
      const tokens = also?.tokens === true ? await revokeTokensBy(tx, auditing, actor, id) : 0;
      return { details: counted({ links_withdrawn: links, tokens_revoked: tokens }) };
    }, (row) => rolesOf(row.roles).includes('administrator')),
    enable: (actor, id) => guardedChange(actor, id, 'staff.enabled', async (tx) => {
      await tx.updateTable('staff').set({ disabled_at: null }).where('id', '=', id).execute();
      return {};
    }, () => false),
    changePassword: (actor, id, passwordHash, keep) => change(actor, id, 'staff.password_changed', async (tx, row) => {
      if (row.external_key !== null) return 'external';
      await tx.updateTable('staff').set({ password_hash: passwordHash }).where('id', '=', id).execute();
      await endOthers(tx, id, keep);
      return {};
    }),
    addFactor: (actor, id, factor, keep) => change(actor, id, factor.kind === 'totp' ? 'staff.totp_changed' : 'staff.passkey_added', async (tx, row) => {
      if (row.external_key !== null) return 'external';
      if (factor.kind === 'passkey' && (await passkeysOf(tx, id)) >= MOST_PASSKEYS) return 'gone';
      if (!(await writeFactor(tx, vault, id, factor))) return 'gone';
      await endOthers(tx, id, keep);
      return {};
    }),
    removeFactor: (actor, id, which) => change(actor, id, which === 'totp' ? 'staff.totp_removed' : 'staff.passkey_removed', async (tx, row) => {
      const factors = (await passkeysOf(tx, id)) + (row.totp === null ? 0 : 1);
      if (factors <= 1) return 'last_factor';
      if (which === 'totp') {
        await tx.updateTable('staff').set({ totp: null }).where('id', '=', id).execute();
        return {};
      }
      const { numDeletedRows } = await tx.deleteFrom('staff_passkey').where('id', '=', which.passkey).where('staff_id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n ? {} : 'gone';
    }),
    replaceRecoveryCodes: (actor, id, codes) => change(actor, id, 'staff.recovery_codes_made', async (tx, row) => {
      if (row.external_key !== null) return 'external';
      await writeRecoveryCodes(tx, vault, id, codes);
      return { details: { codes: codes.length } };
    }),
    async fromOutside(actor, { issuer, subject, name, email, roles, now }) {
      const key = vault.keyedHash('staff_external', `${issuer}\0${subject}`);
      const id = await audited(auditing, actor, async (tx) => {
        await alone(tx);
        const fresh = newStaffId();
        const made = await tx.insertInto('staff').values({
          id: fresh, name, external_key: key, roles: rolesText(roles), created_at: now,
          email: email === undefined ? null : sealedEmail(vault, fresh, email), email_hash: null, password_hash: null, totp: null, disabled_at: null, signed_in_at: null,
        }).onConflict((conflict) => conflict.column('external_key').doNothing()).returning('id').executeTakeFirst();
        if (made) return { result: fresh, fact: { action: 'staff.created', target: { kind: 'staff', id: fresh }, details: { from: 'outside', roles } } };
        const row = await tx.selectFrom('staff').select(['id', 'roles']).where('external_key', '=', key).forUpdate().executeTakeFirstOrThrow();
        await tx.updateTable('staff').set({ name, roles: rolesText(roles), email: email === undefined ? null : sealedEmail(vault, row.id, email) }).where('id', '=', row.id).execute();
        const same = row.roles === rolesText(roles);
        const links = same || roles.includes('administrator') ? 0 : await withdrawLinks(tx, row.id, now, { own: false });
        return { result: row.id, fact: same ? undefined : { action: 'staff.roles_changed', target: { kind: 'staff', id: row.id }, details: { from: 'outside', before: rolesOf(row.roles), after: roles, ...counted({ links_withdrawn: links }) } } };
      });
      return memberOf(vault, await db.selectFrom('staff').selectAll().where('id', '=', id).executeTakeFirstOrThrow());
    },
    refusedOutside: (actor, { issuer, subject, now }) => audited(auditing, actor, async (tx) => {
      await alone(tx);
      const row = await tx.selectFrom('staff').select(['id', 'roles']).where('external_key', '=', vault.keyedHash('staff_external', `${issuer}\0${subject}`)).forUpdate().executeTakeFirst();
      const ended = row ? Number((await tx.deleteFrom('staff_session').where('staff_id', '=', row.id).executeTakeFirst()).numDeletedRows) : 0;
      if (row && (row.roles !== '' || ended > 0)) {
        await tx.updateTable('staff').set({ roles: '' }).where('id', '=', row.id).execute();
        const links = await withdrawLinks(tx, row.id, now, { own: false });
        await appendAudit(tx, vault, actor, {
          action: 'staff.roles_changed', target: { kind: 'staff', id: row.id },
          details: { from: 'outside', before: rolesOf(row.roles), after: [], ...counted({ sessions_ended: ended, links_withdrawn: links }) },
        }, auditing.now());
      }
      return { result: undefined, fact: { action: 'staff.sign_in_failed', target: { kind: 'staff', id: row?.id ?? 'unknown' }, details: { why: 'no_role' }, outcome: 'refused' } };
    }),
  };

  /** A change of who may do what. Two administrators who shut each other out wait for each other, and one is refused. */
  function guardedChange(
    actor: Actor, id: string, action: string, work: Parameters<typeof change>[3],
    takesAdministrator: (row: { readonly roles: string }) => boolean,
  ): Promise<'done' | StaffRefusal> {
    return audited<'done' | StaffRefusal>(auditing, actor, async (tx) => {
      await alone(tx);
      const target = { kind: 'staff', id };
      const active = await activeAdministrators(tx);
      const refused = (why: StaffRefusal) => ({ result: why, fact: { action, target, details: { why }, outcome: 'refused' as const } });
      if (actor.kind === 'staff' && !active.includes(actor.id)) return refused('actor_gone');
      const row = await tx.selectFrom('staff').select(['roles', 'disabled_at', 'external_key', 'totp']).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!row) return { result: 'unknown', fact: undefined };
      if (takesAdministrator(row) && active.includes(id) && active.length === 1) return refused('last_administrator');
      const came = await work(tx, row);
      return typeof came === 'string' ? refused(came) : { result: 'done', fact: { action, target, details: came.details } };
    });
  }
}

/** Ids of those who could let others in, locked in one order until the transaction ends. */
export async function activeAdministrators(tx: Tx): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string; roles: Role }>`
    SELECT id FROM staff WHERE disabled_at IS NULL AND ',' || roles || ',' LIKE '%,administrator,%' ORDER BY id FOR UPDATE`.execute(tx);
  return rows.map(({ id }) => id);
}

async function passkeysOf(tx: Tx, id: string): Promise<number> {
  const row = await tx.selectFrom('staff_passkey').select(sql<number>`count(*)::int`.as('count')).where('staff_id', '=', id).executeTakeFirst();
  return row?.count ?? 0;
}

async function endOthers(tx: Tx, id: string, keep: string): Promise<void> {
  await tx.deleteFrom('staff_session').where('staff_id', '=', id).where('hash', '!=', keep).execute();
}
