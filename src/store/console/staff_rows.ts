/** Rows of the staff as the console's nouns, and back. */
import type { Selectable, Transaction } from 'kysely';
import { ROLES, type Role } from '../../admin/permissions.ts';
import type { Accepted, Invitation, NewFactor, StaffMember, StaffPasskey } from '../../admin/staff/store.ts';
import { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Database } from '../tables.ts';

export type StaffVault = Pick<Vault, 'seal' | 'open' | 'keyedHash'>;

const emailContext = (id: string): string => `staff:${id}:email`;
const totpContext = (id: string): string => `staff:${id}:totp`;

/** One name to sign in, whatever its case and however its letters are composed. */
export function emailHash(vault: StaffVault, email: Personal<string>): string {
  return vault.keyedHash('staff_email', email.open().trim().normalize('NFKC').toLowerCase());
}

export function recoveryHash(vault: StaffVault, id: string, code: string): string {
  return vault.keyedHash('staff_recovery', `${id}\0${code}`);
}

/** Roles from their column; a word that is no role (any more) gives nothing. */
export function rolesOf(text: string): readonly Role[] {
  const words = text.split(',');
  return ROLES.filter((role) => words.includes(role));
}

export const rolesText = (roles: readonly Role[]): string => ROLES.filter((role) => roles.includes(role)).join(',');

export async function memberOf(vault: StaffVault, row: Selectable<Database['staff']>): Promise<StaffMember> {
  return {
    id: row.id,
    name: row.name,
    email: row.email === null ? undefined : Personal.of((await vault.open('account', row.email, emailContext(row.id))).toString('utf8')),
    roles: rolesOf(row.roles),
    external: row.external_key !== null,
    createdAt: row.created_at,
    disabledAt: row.disabled_at ?? undefined,
    signedInAt: row.signed_in_at ?? undefined,
  };
}

export function sealedEmail(vault: StaffVault, id: string, email: Personal<string>): Buffer {
  return vault.seal('account', email.open().trim(), emailContext(id));
}

export function sealedTotp(vault: StaffVault, id: string, secret: Personal<string>): Buffer {
  return vault.seal('account', secret.open(), totpContext(id));
}

export async function openedTotp(vault: StaffVault, id: string, sealed: Uint8Array): Promise<Personal<string>> {
  return Personal.of((await vault.open('account', sealed, totpContext(id))).toString('utf8'));
}

export function passkeyOf(row: Selectable<Database['staff_passkey']>): StaffPasskey {
  return {
    id: row.id, publicKey: row.public_key, counter: row.counter, transports: row.transports === '' ? [] : row.transports.split(','),
    label: row.label, createdAt: row.created_at, lastUsedAt: row.last_used_at ?? undefined,
  };
}

export function invitationOf(row: Selectable<Database['staff_invitation']>): Invitation {
  return {
    id: row.id, purpose: row.purpose, name: row.name, roles: rolesOf(row.roles), staffId: row.staff_id ?? undefined, madeBy: row.made_by,
    createdAt: row.created_at, expiresAt: row.expires_at,
  };
}

/** Write a second factor; false where that passkey is there already. */
export async function writeFactor(tx: Transaction<Database>, vault: StaffVault, id: string, factor: NewFactor): Promise<boolean> {
  if (factor.kind === 'totp') {
    await tx.updateTable('staff').set({ totp: sealedTotp(vault, id, factor.secret), totp_step: factor.step }).where('id', '=', id).execute();
    return true;
  }
  const { passkey } = factor;
  const { numInsertedOrUpdatedRows } = await tx.insertInto('staff_passkey').values({
    id: passkey.id, staff_id: id, public_key: Buffer.from(passkey.publicKey), counter: passkey.counter, transports: passkey.transports.join(','),
    label: passkey.label, created_at: passkey.createdAt, last_used_at: null,
  }).onConflict((conflict) => conflict.column('id').doNothing()).executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function writeRecoveryCodes(tx: Transaction<Database>, vault: StaffVault, id: string, codes: Accepted['recoveryCodes']): Promise<void> {
  await tx.deleteFrom('staff_recovery').where('staff_id', '=', id).execute();
  await tx.insertInto('staff_recovery').values(codes.map((code) => ({ staff_id: id, hash: recoveryHash(vault, id, code), used_at: null }))).execute();
}
