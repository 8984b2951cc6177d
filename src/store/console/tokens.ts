/** Tokens of the admin API in PostgreSQL: of a token only its hash is kept. */
import { createHash, randomBytes } from 'node:crypto';
import type { Action } from '../../admin/permissions.ts';
import { MOST_TOKENS, TOKEN_PATTERN, type ApiToken, type TokenDesk } from '../../admin/tokens/store.ts';
import { GatehouseError } from '../../errors.ts';
import type { Selectable, Transaction } from 'kysely';
import type { Actor } from '../../admin/actor.ts';
import type { Database } from '../tables.ts';
import { appendAudit, audited, type Auditing } from './audit.ts';

const MINUTE = 60_000;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export function tokenDesk(auditing: Auditing): TokenDesk {
  const { db, now } = auditing;
  return {
    async list() {
      const rows = await db.selectFrom('api_token').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(MOST_TOKENS * 5).execute();
      return rows.map(tokenOf);
    },
    create: (actor, { name, scopes, nets, expiresAt }) => audited(auditing, actor, async (tx) => {
      const living = await tx.selectFrom('api_token').select(({ fn }) => fn.countAll<number>().as('count')).where('revoked_at', 'is', null).executeTakeFirstOrThrow();
      if (Number(living.count) >= MOST_TOKENS) throw new GatehouseError('too_many_tokens', 409, `there are ${MOST_TOKENS} tokens already; revoke what is no longer used`);
      const token = `gha_${randomBytes(32).toString('base64url')}`;
      const id = `tok_${randomBytes(12).toString('base64url')}`;
      await tx.insertInto('api_token').values({
        id, hash: hashOf(token), name, hint: token.slice(-4), scopes: JSON.stringify(scopes), nets: JSON.stringify(nets), created_by: actor.name, created_by_id: actor.id,
        created_at: now(), expires_at: expiresAt ?? null, last_used_at: null, revoked_at: null,
      }).execute();
      return { result: { token, id }, fact: { action: 'token.created', target: { kind: 'token', id }, details: { name, scopes, nets, expires_at: expiresAt ?? null } } };
    }),
    revoke: (actor, id) => audited(auditing, actor, async (tx) => {
      const row = await tx.updateTable('api_token').set({ revoked_at: now() }).where('id', '=', id).where('revoked_at', 'is', null).returning('name').executeTakeFirst();
      return { result: row !== undefined, fact: row && { action: 'token.revoked', target: { kind: 'token', id }, details: { name: row.name } } };
    }),
    async use(presented) {
      if (!TOKEN_PATTERN.test(presented)) return undefined;
      const at = now();
      const row = await db.selectFrom('api_token').selectAll().where('hash', '=', hashOf(presented)).where('revoked_at', 'is', null).executeTakeFirst();
      if (!row || (row.expires_at !== null && row.expires_at <= at)) return undefined;
      if ((row.last_used_at ?? 0) <= at - MINUTE) await db.updateTable('api_token').set({ last_used_at: at }).where('id', '=', row.id).execute();
      return tokenOf(row);
    },
  };
}

/** The living tokens that somebody made, newest first. */
export async function tokensBy(db: Auditing['db'], makerId: string, now: number): Promise<readonly ApiToken[]> {
  const rows = await db.selectFrom('api_token').selectAll().where('created_by_id', '=', makerId).where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)])).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(MOST_TOKENS).execute();
  return rows.map(tokenOf);
}

/** Revoke the tokens that somebody made, within a transaction, each with its entry; gives how many. Do it late: it writes to the log. */
export async function revokeTokensBy(tx: Transaction<Database>, { vault, now }: Auditing, actor: Actor, makerId: string): Promise<number> {
  const rows = await tx.updateTable('api_token').set({ revoked_at: now() }).where('created_by_id', '=', makerId).where('revoked_at', 'is', null).returning(['id', 'name']).execute();
  for (const { id, name } of rows) await appendAudit(tx, vault, actor, { action: 'token.revoked', target: { kind: 'token', id }, details: { name } }, now());
  return rows.length;
}

function tokenOf(row: Selectable<Database['api_token']>): ApiToken {
  return {
    id: row.id, name: row.name, hint: row.hint, scopes: row.scopes as readonly Action[], nets: row.nets as readonly string[], createdBy: row.created_by,
    createdAt: row.created_at, expiresAt: row.expires_at ?? undefined, lastUsedAt: row.last_used_at ?? undefined, revokedAt: row.revoked_at ?? undefined,
  };
}
