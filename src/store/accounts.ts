import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { GatehouseError } from '../errors.ts';
import type { JourneyEvent } from '../events/events.ts';
import type { Journey, Mode } from '../journey/journey.ts';
import type { AccountBinding, ReturnedBy } from '../journey/store.ts';
import { credentialHash } from '../oidc/credential.ts';
import { Personal } from '../personal.ts';
import type { Vault } from '../vault/vault.ts';
import type { Database } from './tables.ts';

export interface Bound {
  readonly accountId: string;
  /** Null where none was named, or the one named is tied to another account. */
  readonly credentialHash: string | null;
  readonly event: JourneyEvent;
}

/**
 * Find the account of an established identity, or create it, and tie the application's name for its user to it. Somebody
 * who came back has an account; what it tells stays as it was established.
 *
 * A credential that belongs to another account already is left where it is: `login_hint` comes through the browser, so
 * obeying it would let somebody verify as themselves into another person's account. Test and live people never meet.
 * The unique indices settle races. The account's row is locked until the transaction ends.
 *
 * @throws GatehouseError `account_erased` or `trust_ended`: nothing of the transaction may stay, and the journey is denied
 */
export async function bindAccount(
  tx: Transaction<Database>,
  vault: Vault,
  { binding, journey, now }: { readonly binding: AccountBinding; readonly journey: Journey; readonly now: number },
): Promise<Bound> {
  const { accountId, found } = binding.identity instanceof Personal
    ? await byIdentity(tx, vault, { mode: journey.mode, hash: vault.keyedHash(`account_identity:${journey.mode}`, binding.identity.open()) }, binding.profile, now)
    : await lockAlive(tx, binding.identity, journey);
  if (!binding.credential) return { accountId, credentialHash: null, event: bindingEvent('success', found) };
  const hash = credentialHash(vault, journey.mode, binding.credential.open());
  await tx
    .insertInto('credential')
    .values({ workflow_id: journey.workflowId, credential_hash: hash, account_id: accountId, created_at: now })
    .onConflict((conflict) => conflict.columns(['workflow_id', 'credential_hash']).doNothing())
    .execute();
  const owner = await tx
    .selectFrom('credential')
    .select('account_id')
    .where('workflow_id', '=', journey.workflowId)
    .where('credential_hash', '=', hash)
    .executeTakeFirstOrThrow();
  if (owner.account_id === accountId) return { accountId, credentialHash: hash, event: bindingEvent('success', found) };
  return { accountId, credentialHash: null, event: bindingEvent('failure', 'credentialOfAnotherAccount') };
}

interface FoundAccount {
  readonly accountId: string;
  readonly found: 'created' | 'found' | 'returned';
}

/** The account of an identity, created where there is none, telling the newest of the person. */
async function byIdentity(tx: Transaction<Database>, vault: Vault, { mode, hash: identityHash }: { readonly mode: Mode; readonly hash: string }, profile: AccountBinding['profile'], now: number): Promise<FoundAccount> {
  const id = randomUUID();
  const row = await tx
    .insertInto('account')
    .values({ id, identity_hash: identityHash, sealed: null, created_at: now, erased_at: null, mode })
    // The update that changes nothing makes the row that won come back, and locks it for the profile below.
    .onConflict((conflict) => conflict.column('identity_hash').doUpdateSet({ identity_hash: identityHash }))
    .returning(['id', 'erased_at', 'merged_into'])
    .executeTakeFirstOrThrow();
  const accountId = await aliveOf(tx, row);
  const sealed = vault.seal('account', JSON.stringify(profile.open()), `account:${accountId}`);
  await tx.updateTable('account').set({ sealed }).where('id', '=', accountId).execute();
  return { accountId, found: accountId === id ? 'created' : 'found' };
}

/**
 * The account of somebody who came back, which may have been erased since the journey recognised them; and what they came
 * back by may have been taken away. Whoever takes it away holds the account's row too, so one of the two is first.
 */
async function lockAlive(tx: Transaction<Database>, { accountId: named, by }: { readonly accountId: string; readonly by: ReturnedBy }, { createdAt }: Pick<Journey, 'createdAt'>): Promise<FoundAccount> {
  const row = await tx.selectFrom('account').select(['id', 'erased_at', 'merged_into']).where('id', '=', named).forNoKeyUpdate().executeTakeFirst();
  if (!row) throw erased();
  const accountId = await aliveOf(tx, row);
  const { trustId, deviceId, passkeyId } = by;
  const trust = trustId === undefined ? undefined : await tx
    .selectFrom('device_trust')
    .select('device_id')
    .where('id', '=', trustId)
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    // Time alone takes nothing from somebody who had begun to come back before.
    .where('expires_at', '>', createdAt)
    .executeTakeFirst();
  if (trustId !== undefined && (!trust || (deviceId !== undefined && deviceId !== trust.device_id))) throw trustEnded();
  const passkey = passkeyId === undefined ? undefined : await tx
    .selectFrom('passkey')
    .select('id')
    .where('id', '=', passkeyId)
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (passkeyId !== undefined && !passkey) throw trustEnded();
  if (!trust && !passkey) throw trustEnded();
  return { accountId, found: 'returned' };
}

/**
 * The account behind a locked row: itself, or the one that it became part of, locked too. One hop is enough, because
 * merging rewrites the shells of what is merged. The shell is always locked before what it leads to.
 */
async function aliveOf(tx: Transaction<Database>, row: { readonly id: string; readonly erased_at: number | null; readonly merged_into: string | null }): Promise<string> {
  if (row.merged_into === null) {
    if (row.erased_at !== null) throw erased();
    return row.id;
  }
  const target = await tx.selectFrom('account').select('id').where('id', '=', row.merged_into).where('erased_at', 'is', null).forNoKeyUpdate().executeTakeFirst();
  if (!target) throw erased();
  return target.id;
}

function trustEnded(): GatehouseError {
  return new GatehouseError('trust_ended', 409, 'what somebody came back by was taken away before they were approved', { visitor: 'session_not_found' });
}

function erased(): GatehouseError {
  return new GatehouseError('account_erased', 409, 'the account that an approval belongs to was erased', { visitor: 'session_not_found' });
}

function bindingEvent(outcome: 'success' | 'failure', reason: string): JourneyEvent {
  return { layer: 'label', name: 'account_binding', outcome, reason };
}
