/** Where the staff is signed in. A session is known by the hash of its cookie; who it stands for is read anew each time. */
import { randomBytes } from 'node:crypto';
import type { SessionStore } from '../../admin/staff/store.ts';
import { audited } from './audit.ts';
import type { StaffAuditing } from './staff.ts';
import { rolesOf } from './staff_rows.ts';

/** Without a request for so long it has ended, milliseconds. */
export const IDLE_MS = 30 * 60_000;
/** The longest that one lasts, milliseconds. */
export const LONGEST_MS = 12 * 3_600_000;
/** Sessions one person may have; the oldest goes. */
const MOST = 20;

export function sessionStore(auditing: StaffAuditing): SessionStore {
  const { db } = auditing;
  return {
    async byHash(hash, now) {
      const row = await db.selectFrom('staff_session').innerJoin('staff', 'staff.id', 'staff_session.staff_id')
        .select(['staff_session.id', 'hash', 'staff_id', 'staff_session.created_at', 'last_seen_at', 'authenticated_at', 'label', 'staff.name', 'staff.roles', 'staff.external_key'])
        .where('hash', '=', hash).where('expires_at', '>', now).where('last_seen_at', '>', now - IDLE_MS).where('staff.disabled_at', 'is', null).executeTakeFirst();
      return row && {
        id: row.id, hash: row.hash, staffId: row.staff_id, createdAt: row.created_at, lastSeenAt: row.last_seen_at, label: row.label,
        authenticatedAt: row.authenticated_at, name: row.name, roles: rolesOf(row.roles), external: row.external_key !== null,
      };
    },
    async seen(hash, now) {
      await db.updateTable('staff_session').set({ last_seen_at: now }).where('hash', '=', hash).where('last_seen_at', '<', now).execute();
    },
    begin: (actor, { hash, staffId, label, by, instead, now, authenticatedAt }) => audited(auditing, actor, async (tx) => {
      if (instead !== undefined) await tx.deleteFrom('staff_session').where('hash', '=', instead).execute();
      await tx.deleteFrom('staff_session').where('expires_at', '<=', now).execute();
      await tx.deleteFrom('staff_session').where('hash', 'in', (eb) =>
        eb.selectFrom('staff_session').select('hash').where('staff_id', '=', staffId).orderBy('created_at', 'desc').orderBy('last_seen_at', 'desc').orderBy('hash').offset(MOST - 1)).execute();
      await tx.insertInto('staff_session').values({
        hash, id: `sess_${randomBytes(9).toString('base64url')}`, staff_id: staffId, created_at: now, last_seen_at: now, expires_at: now + LONGEST_MS, authenticated_at: authenticatedAt, label,
      }).execute();
      await tx.updateTable('staff').set({ signed_in_at: now }).where('id', '=', staffId).execute();
      return { result: undefined, fact: { action: 'staff.signed_in', target: { kind: 'staff', id: staffId }, details: { by } } };
    }),
    renew: (actor, { from, to, by, now }) => audited(auditing, actor, async (tx) => {
      const row = await tx.updateTable('staff_session').set({ hash: to, authenticated_at: now, last_seen_at: now }).where('hash', '=', from).where('expires_at', '>', now).returning('staff_id').executeTakeFirst();
      return row ? { result: true, fact: { action: 'staff.proved_again', target: { kind: 'staff', id: row.staff_id }, details: { by } } } : { result: false, fact: undefined };
    }),
    async of(staffId, now) {
      const rows = await db.selectFrom('staff_session').select(['id', 'hash', 'created_at', 'last_seen_at', 'label'])
        .where('staff_id', '=', staffId).where('expires_at', '>', now).where('last_seen_at', '>', now - IDLE_MS).orderBy('created_at', 'desc').orderBy('last_seen_at', 'desc').orderBy('hash').limit(MOST).execute();
      return rows.map((row) => ({ id: row.id, hash: row.hash, createdAt: row.created_at, lastSeenAt: row.last_seen_at, label: row.label }));
    },
    end: (actor, staffId, which) => audited(auditing, actor, async (tx) => {
      let ending = tx.deleteFrom('staff_session').where('staff_id', '=', staffId);
      if ('id' in which) ending = ending.where('id', '=', which.id);
      else if (which.except !== undefined) ending = ending.where('hash', '!=', which.except);
      const count = Number((await ending.executeTakeFirst()).numDeletedRows);
      return { result: count, fact: count === 0 ? undefined : { action: 'staff.sessions_ended', target: { kind: 'staff', id: staffId }, details: { count } } };
    }),
    close: (actor, hash) => audited(auditing, actor, async (tx) => {
      const row = await tx.deleteFrom('staff_session').where('hash', '=', hash).returning('staff_id').executeTakeFirst();
      return { result: undefined, fact: row && { action: 'staff.signed_out', target: { kind: 'staff', id: row.staff_id } } };
    }),
  };
}
