/** Workflow keys in PostgreSQL, changed with their entry in the audit log. Of a secret only its hash is kept. */
import { randomBytes } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import type { AuditFact } from '../../admin/audit/audit.ts';
import { DEFAULT_SETTINGS, settingsChanged, settingsFaults, settingsOf, storedSettings, type KeySettings } from '../../admin/keys/settings.ts';
import { CLIENT_ID, KeyRefused, LONGEST_OVERLAP, type Key, type KeyDesk, type KeyLine, type NewKey } from '../../admin/keys/store.ts';
import { GatehouseError } from '../../errors.ts';
import type { Mode } from '../../journey/journey.ts';
import { hashClientSecret, newClient, newClientSecret, storedClient, type StoredClient } from '../../oidc/clients.ts';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';
import { audited, type Auditing } from './audit.ts';

type Row = Selectable<Database['workflow_key']>;
type Tx = Transaction<Database>;
/** What came of a change, and what the log says of it. */
export interface KeyChange<T> {
  readonly result: T;
  readonly fact: AuditFact | undefined;
}

export function keyDesk(auditing: Auditing): KeyDesk {
  const { db, now } = auditing;
  return {
    list: (filter) => listKeys(db, filter, now()),
    get: (clientId) => readKey(db, clientId, now()),
    create: (actor, key) => audited(auditing, actor, (tx) => createKey(tx, key, now())),
    update: (actor, clientId, settings, revision) => audited(auditing, actor, (tx) => updateKey(tx, clientId, settings, now(), revision)),
    rotate: (actor, clientId, overlapSeconds, revision) => audited(auditing, actor, (tx) => rotateKey(tx, clientId, overlapSeconds, now(), revision)),
    endOverlap: (actor, clientId) => audited(auditing, actor, (tx) => endOverlap(tx, clientId, now())),
    revoke: (actor, clientId) => audited(auditing, actor, (tx) => revokeKey(tx, clientId, now())),
  };
}

const about = (clientId: string) => ({ kind: 'key', id: clientId });

/** Make a key within a transaction; see {@link KeyDesk.create}. */
export async function createKey(tx: Tx, { workflowId, mode, clientId: wanted, ...given }: NewKey, now: number): Promise<KeyChange<{ clientId: string; secret: string | undefined }>> {
  const clientId = wanted ?? `${mode}_${randomBytes(12).toString('base64url')}`;
  if (!CLIENT_ID.test(clientId) || !clientId.startsWith(`${mode}_`)) {
    throw new GatehouseError('client_id_invalid', 400, `the id of a ${mode} key is ${mode}_ and 8 to 60 letters, digits, hyphens and underscores`);
  }
  const settings = { ...DEFAULT_SETTINGS, ...withoutUndefined(given) };
  const metadata = checked(settings, mode);
  const workflow = await tx.selectFrom('workflow').select('id').where('id', '=', workflowId).executeTakeFirst();
  if (!workflow) throw new GatehouseError('workflow_unknown', 404, 'there is no such workflow');
  // Every key has one, so that authentication by secret can be chosen later; whoever needs it rotates.
  const secret = newClientSecret();
  const row = await tx.insertInto('workflow_key').values({
    client_id: clientId, workflow_id: workflowId, mode, secret_hash: hashClientSecret(secret), metadata: JSON.stringify(metadata), created_at: now, revoked_at: null,
  }).onConflict((conflict) => conflict.column('client_id').doNothing()).returning('client_id').executeTakeFirst();
  if (!row) throw new GatehouseError('key_exists', 409, 'there is a key of this id already; its secret was shown when it was made');
  return {
    result: { clientId, secret: hasSecret(settings) ? secret : undefined },
    fact: { action: 'key.created', target: about(clientId), details: { workflow: workflowId, mode, settings: settingsChanged(DEFAULT_SETTINGS, settingsOf(metadata)) } },
  };
}

/** Change settings within a transaction; see {@link KeyDesk.update}. */
export async function updateKey(tx: Tx, clientId: string, given: Partial<KeySettings>, now: number, revision?: number): Promise<KeyChange<Key>> {
  const row = await living(tx, clientId, revision);
  const before = storedClient.parse(row.metadata);
  const shown = settingsOf(before);
  const after = checked({ ...shown, ...given }, row.mode, before);
  const changed = settingsChanged(shown, settingsOf(after));
  if (Object.keys(changed).length > 0) {
    await tx.updateTable('workflow_key').set({ metadata: JSON.stringify(after), revision: row.revision + 1 }).where('client_id', '=', clientId).execute();
  }
  const key = await readKey(tx, clientId, now);
  if (!key) throw unknown();
  return { result: key, fact: Object.keys(changed).length === 0 ? undefined : { action: 'key.changed', target: about(clientId), details: changed } };
}

async function rotateKey(tx: Tx, clientId: string, overlapSeconds: number, now: number, revision?: number): Promise<KeyChange<{ secret: string }>> {
  if (!Number.isSafeInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > LONGEST_OVERLAP) {
    throw new GatehouseError('overlap_invalid', 400, `an overlap is a whole number of seconds from 0 to ${LONGEST_OVERLAP}`);
  }
  const row = await living(tx, clientId, revision);
  if (!hasSecret(settingsOf(storedClient.parse(row.metadata)))) throw new GatehouseError('key_has_no_secret', 409, 'this key authenticates without a secret; there is none to rotate');
  const secret = newClientSecret();
  const until = overlapSeconds === 0 ? null : now + overlapSeconds * 1000;
  await tx.updateTable('workflow_key').set({
    secret_hash: hashClientSecret(secret), secret_changed_at: now, revision: row.revision + 1,
    previous_secret_hash: until === null ? null : row.secret_hash, previous_secret_until: until,
  }).where('client_id', '=', clientId).execute();
  await tx.updateTable('workflow_key_use').set({ previous_used_at: null }).where('client_id', '=', clientId).execute();
  return { result: { secret }, fact: { action: 'key.rotated', target: about(clientId), details: { overlap_seconds: overlapSeconds, ended_another_overlap: overlapOf(row, now) !== undefined } } };
}

async function endOverlap(tx: Tx, clientId: string, now: number): Promise<KeyChange<boolean>> {
  const row = await locked(tx, clientId);
  if (overlapOf(row, now) === undefined) return { result: false, fact: undefined };
  await tx.updateTable('workflow_key').set({ previous_secret_hash: null, previous_secret_until: null, revision: row.revision + 1 }).where('client_id', '=', clientId).execute();
  return { result: true, fact: { action: 'key.overlap_ended', target: about(clientId), details: { would_have_ended_at: row.previous_secret_until } } };
}

async function revokeKey(tx: Tx, clientId: string, now: number): Promise<KeyChange<boolean>> {
  const row = await locked(tx, clientId);
  if (row.revoked_at !== null) return { result: false, fact: undefined };
  await tx.updateTable('workflow_key').set({ revoked_at: now, previous_secret_hash: null, previous_secret_until: null, revision: row.revision + 1 }).where('client_id', '=', clientId).execute();
  return { result: true, fact: { action: 'key.revoked', target: about(clientId), details: { workflow: row.workflow_id, mode: row.mode } } };
}

async function locked(tx: Tx, clientId: string): Promise<Row> {
  const row = possible(clientId) ? await tx.selectFrom('workflow_key').selectAll().where('client_id', '=', clientId).forUpdate().executeTakeFirst() : undefined;
  if (!row) throw unknown();
  return row;
}

async function living(tx: Tx, clientId: string, revision: number | undefined): Promise<Row> {
  const row = await locked(tx, clientId);
  if (row.revoked_at !== null) throw new GatehouseError('key_revoked', 409, 'this key is revoked for good; make another');
  if (revision !== undefined && row.revision !== revision) throw new GatehouseError('key_changed', 409, 'somebody changed this key meanwhile; look at it again');
  return row;
}

const unknown = (): GatehouseError => new GatehouseError('key_unknown', 404, 'there is no such key');
/** PostgreSQL's text holds no NUL, and a statement with one would fail. */
const possible = (clientId: string): boolean => !clientId.includes('\0');

function checked(settings: KeySettings, mode: Mode, before?: StoredClient): StoredClient {
  const faults = settingsFaults(settings, mode);
  if (Object.keys(faults).length > 0) throw new KeyRefused(faults);
  return newClient(storedSettings(settings, before), mode);
}

function hasSecret({ authMethod }: KeySettings): boolean {
  return authMethod === 'client_secret_basic' || authMethod === 'client_secret_post';
}

function overlapOf(row: Pick<Row, 'previous_secret_until' | 'revoked_at'>, now: number): number | undefined {
  const until = row.previous_secret_until;
  return row.revoked_at !== null || until === null || until <= now ? undefined : until;
}

function withoutUndefined(given: Partial<KeySettings>): Partial<KeySettings> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<KeySettings>;
}

const LINE = ['k.client_id', 'k.workflow_id', 'k.mode', 'k.metadata', 'k.created_at', 'k.revoked_at', 'k.previous_secret_until', 'u.last_used_at'] as const;

async function listKeys(db: Db | Tx, { workflowId, before, most }: Parameters<KeyDesk['list']>[0], now: number): ReturnType<KeyDesk['list']> {
  const from = before === undefined ? undefined : cursorOf(before);
  let query = db.selectFrom('workflow_key as k').leftJoin('workflow_key_use as u', 'u.client_id', 'k.client_id').select(LINE);
  if (workflowId !== undefined) query = query.where('k.workflow_id', '=', workflowId);
  if (from) query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('k.created_at', 'k.client_id'), '<', tuple(from.createdAt, from.clientId)));
  const rows = await query.orderBy('k.created_at', 'desc').orderBy('k.client_id', 'desc').limit(most + 1).execute();
  const last = rows.length > most ? rows[most - 1] : undefined;
  return { keys: rows.slice(0, most).map((row) => lineOf(row, now)), next: last && Buffer.from(`${last.created_at} ${last.client_id}`).toString('base64url') };
}

function cursorOf(text: string): { readonly createdAt: number; readonly clientId: string } {
  const [, createdAt, clientId] = /^(\d{1,15}) ([\w.-]{1,200})$/.exec(Buffer.from(text, 'base64url').toString('utf8')) ?? [];
  if (createdAt === undefined || clientId === undefined) throw new GatehouseError('bad_cursor', 400, 'the address of this page is damaged');
  return { createdAt: Number(createdAt), clientId };
}

interface LineRow extends Pick<Row, 'client_id' | 'workflow_id' | 'mode' | 'metadata' | 'created_at' | 'revoked_at' | 'previous_secret_until'> {
  readonly last_used_at: number | null;
}

function lineOf(row: LineRow, now: number): KeyLine {
  return {
    clientId: row.client_id, workflowId: row.workflow_id, mode: row.mode, name: String((row.metadata as { client_name?: unknown }).client_name ?? row.client_id),
    createdAt: row.created_at, revokedAt: row.revoked_at ?? undefined, lastUsedAt: row.last_used_at ?? undefined, overlapUntil: overlapOf(row, now),
  };
}

async function readKey(db: Db | Tx, clientId: string, now: number): Promise<Key | undefined> {
  if (!possible(clientId)) return undefined;
  const row = await db.selectFrom('workflow_key as k').leftJoin('workflow_key_use as u', 'u.client_id', 'k.client_id')
    .select([...LINE, 'k.revision', 'k.secret_changed_at', 'u.previous_used_at']).where('k.client_id', '=', clientId).executeTakeFirst();
  return row && {
    ...lineOf(row, now), revision: row.revision, secretAt: row.secret_changed_at ?? row.created_at, previousUsedAt: row.previous_used_at ?? undefined,
    settings: settingsOf(storedClient.parse(row.metadata)),
  };
}
