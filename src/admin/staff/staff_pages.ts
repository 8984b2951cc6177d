/** The pages of the staff: everybody's list, one person, invitations, and one's own. */
import type { AdminPage } from '../page.ts';
import { ROLES, ROLE_TEXTS, type Role } from '../permissions.ts';
import type { ApiToken } from '../tokens/store.ts';
import type { Credentials, Invitation, ListedSession, StaffMember } from './store.ts';

const STAFF = { title: 'Staff', href: '/admin/staff' };
const ME = { title: 'You', href: '/admin/me' };
const NAMES: Readonly<Record<Role, string>> = { administrator: 'Administrator', workflow_author: 'Workflow author', reviewer: 'Reviewer', auditor: 'Auditor', support: 'Support' };

/** Roles with what they mean, for choosing and for reading. */
export function roleRows(chosen: readonly Role[]): readonly { readonly role: Role; readonly name: string; readonly text: string; readonly on: boolean }[] {
  return ROLES.map((role) => ({ role, name: NAMES[role], text: ROLE_TEXTS[role], on: chosen.includes(role) }));
}

/** A person as templates read them: opened, for those who may see the staff, and nowhere else. */
function shownMember(member: StaffMember) {
  return {
    id: member.id, name: member.name, email: member.email?.open() ?? '', external: member.external, createdAt: member.createdAt,
    disabledAt: member.disabledAt ?? 0, signedInAt: member.signedInAt ?? 0, roles: member.roles.map((role) => NAMES[role]),
  };
}

export function staffListPage(model: { readonly members: readonly StaffMember[]; readonly invitations: readonly Invitation[]; readonly manages: boolean; readonly next: string; readonly first: string; readonly outside: boolean; readonly passwords: boolean; readonly you: string }): AdminPage {
  return {
    view: 'admin/staff/list.njk', title: 'Staff', area: 'staff', trail: [],
    model: {
      ...model, roleRows: roleRows([]), members: model.members.map(shownMember),
      invitations: model.invitations.map((one) => ({ ...one, staffId: one.staffId ?? '', roles: one.roles.map((role) => NAMES[role]) })),
    },
  };
}

/** `tokens`: of the API, made by them and still good. */
export function staffPage(model: { readonly credentials: Credentials; readonly sessions: readonly ListedSession[]; readonly tokens: readonly ApiToken[]; readonly manages: boolean; readonly passwords: boolean; readonly you: string }): AdminPage {
  const { member, totpSecret, passkeys, recoveryLeft } = model.credentials;
  return {
    view: 'admin/staff/member.njk', title: member.name, area: 'staff', trail: [STAFF],
    model: {
      member: shownMember(member), manages: model.manages, passwords: model.passwords, self: model.you === member.id, roleRows: roleRows(member.roles),
      tokens: model.tokens.map(({ id, name, hint, scopes, expiresAt, lastUsedAt }) => ({ id, name, hint, scopes, expiresAt: expiresAt ?? 0, lastUsedAt: lastUsedAt ?? 0 })),
      totp: totpSecret !== undefined, passkeys: passkeys.length, recoveryLeft, sessions: model.sessions.map(({ id, createdAt, lastSeenAt, label }) => ({ id, createdAt, lastSeenAt, label })),
    },
  };
}

export function invitePage(hours: readonly number[], chosen: readonly Role[] = []): AdminPage {
  return {
    view: 'admin/staff/invite.njk', title: 'Invite somebody', area: 'staff', trail: [STAFF],
    model: { roleRows: roleRows(chosen), hours: hours.map((one) => ({ value: String(one), text: one === 24 ? '1 day' : `${one / 24} days` })) },
  };
}

/** The link, this once. */
export function linkPage(model: { readonly link: string; readonly expiresAt: number; readonly purpose: 'invite' | 'reset'; readonly name: string }): AdminPage {
  return { view: 'admin/staff/link.njk', title: model.purpose === 'invite' ? 'The invitation is ready' : 'The new link is ready', area: 'staff', trail: [STAFF], model };
}

export function mePage(model: { readonly credentials: Credentials; readonly sessions: readonly ListedSession[]; readonly hash: string; readonly passkeysPossible: boolean; readonly least: number }): AdminPage {
  const { member, totpSecret, passkeys, recoveryLeft } = model.credentials;
  return {
    view: 'admin/staff/me.njk', title: 'You', area: 'me', trail: [],
    model: {
      member: shownMember(member), roleRows: roleRows(member.roles).filter(({ on }) => on), totp: totpSecret !== undefined, recoveryLeft, passkeysPossible: model.passkeysPossible, least: model.least,
      passkeys: passkeys.map(({ id, label, createdAt, lastUsedAt }) => ({ id, label, createdAt, lastUsedAt: lastUsedAt ?? 0 })),
      sessions: model.sessions.map(({ id, hash, createdAt, lastSeenAt, label }) => ({ id, createdAt, lastSeenAt, label, this: hash === model.hash })),
    },
  };
}

/** `box`: the new secret, sealed to this session. */
export function newTotpPage(model: { readonly qr: string; readonly key: string; readonly box: string }): AdminPage {
  return { view: 'admin/staff/me_totp.njk', title: 'Set up an authenticator app', area: 'me', trail: [ME], model };
}

export function newPasskeyPage(model: { readonly options: string }): AdminPage {
  return { view: 'admin/staff/me_passkey.njk', title: 'Add a passkey', area: 'me', trail: [ME], model };
}
