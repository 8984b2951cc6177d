/** Making links: for somebody new, for somebody who lost their proofs, and for the very first administrator. */
import { hashOfToken, newToken } from '../../devices/token.ts';
import { SYSTEM, type Actor } from '../actor.ts';
import { ROLES, type Role } from '../permissions.ts';
import type { InvitationStore, StaffRefusal } from './store.ts';

const HOUR = 3_600_000;
export const SETUP_MS = 24 * HOUR;
const RESET_MS = 24 * HOUR;
/** For how long an invitation may be good, hours. */
export const INVITATION_HOURS = [24, 72, 168] as const;

export type Invited = { readonly kind: 'made'; readonly link: string; readonly expiresAt: number } | { readonly kind: 'faults'; readonly errors: Readonly<Record<string, string>> } | { readonly kind: 'refused'; readonly why: StaffRefusal };

export interface Inviting {
  /** The link is in the answer alone: only its hash is kept. */
  invite(actor: Actor, wanted: { readonly name: string; readonly roles: readonly string[]; readonly hours: number }): Promise<Invited>;
  /** New password and second factor for somebody who has lost them; ends their sessions. */
  reset(actor: Actor, staffId: string): Promise<Invited>;
  /** The first administrator's link, beside a few that earlier starts made; undefined where there is an active administrator. */
  setup(): Promise<string | undefined>;
}

export interface InvitingDeps {
  readonly invitations: InvitationStore;
  /** Of the console. */
  readonly origin: string;
  /** Whether passwords of our own are on; without them a link could make nobody, and none is made. */
  readonly passwords: boolean;
  readonly now: () => number;
}

export function makeInviting({ invitations, origin, passwords, now }: InvitingDeps): Inviting {
  const made = async (actor: Actor, purpose: 'invite' | 'reset', name: string, roles: readonly Role[], staffId: string | undefined, forMs: number): Promise<Invited> => {
    if (!passwords) return { kind: 'refused', why: 'passwords_off' };
    const token = newToken();
    const expiresAt = now() + forMs;
    const came = await invitations.make(actor, { hash: hashOfToken(token), purpose, name, roles, staffId, now: now(), expiresAt });
    return came === 'done' ? { kind: 'made', link: `${origin}/admin/invitation/${token}`, expiresAt } : { kind: 'refused', why: came };
  };
  return {
    async invite(actor, { name, roles, hours }) {
      const known = ROLES.filter((role) => roles.includes(role));
      const errors: Record<string, string> = {};
      if (known.length === 0 || roles.some((one) => !(ROLES as readonly string[]).includes(one))) errors['roles'] = 'Choose at least one role.';
      if (!INVITATION_HOURS.some((one) => one === hours)) errors['hours'] = 'Choose one of the times.';
      if (name.length > 80 || /[\p{Cc}\p{Cf}]/u.test(name)) errors['name'] = 'Use at most 80 characters that can be shown.';
      return Object.keys(errors).length > 0 ? { kind: 'faults', errors } : made(actor, 'invite', name.trim(), known, undefined, hours * HOUR);
    },
    reset: (actor, staffId) => made(actor, 'reset', '', [], staffId, RESET_MS),
    async setup() {
      // Where passwords are off, whoever comes first comes from the other provider, which says their role.
      if (!passwords) return undefined;
      const token = newToken();
      return (await invitations.makeSetup(SYSTEM, { hash: hashOfToken(token), now: now(), expiresAt: now() + SETUP_MS })) ? `${origin}/admin/setup/${token}` : undefined;
    },
  };
}
