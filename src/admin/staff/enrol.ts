/**
 * From an invitation to an account. Opening the link changes nothing; name and password are kept aside, sealed, until a
 * second factor is there; only then does the account exist, the invitation being used up in the same moment.
 */
import { z } from 'zod';
import type { TicketStore } from '../../devices/store.ts';
import { hashOfToken, newToken, TOKEN_SHAPE } from '../../devices/token.ts';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import type { PasswordHasher } from './password.ts';
import { passwordFault } from './password_rule.ts';
import type { StaffPasskeys } from './passkeys.ts';
import { newRecoveryCodes } from './recovery.ts';
import type { Invitation, InvitationStore, NewFactor, StaffRefusal, StaffStore } from './store.ts';
import { newTotpSecret, totpStep } from './totp.ts';

const STEP_MS = 20 * 60_000;
const PURPOSE = 'staff_enrol';
const held = z.strictObject({ invitation: z.string(), id: z.string(), name: z.string(), email: z.string(), passwordHash: z.string(), secret: z.string() });

/** What was typed into the form of an invitation. */
export interface Typed {
  readonly name: string;
  readonly email: Personal<string>;
  readonly password: Personal<string>;
  readonly again: Personal<string>;
}

/** Somebody who has chosen a password and now needs a second factor. */
export interface Enrolling {
  readonly name: string;
  readonly email: Personal<string>;
  readonly secret: Personal<string>;
  /** Stands for the account in an authenticator until it exists. */
  readonly id: string;
}

export type EnrolResult =
  | { readonly kind: 'in'; readonly id: string; readonly name: string; readonly email: Personal<string>; readonly codes: readonly string[] }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'gone'; readonly why: StaffRefusal };

export interface Enrol {
  /** The invitation behind a link; undefined where it is none, or none any more. */
  invitation(token: string): Promise<Invitation | undefined>;
  /** Check the form and go on to the second factor. */
  begin(token: string, typed: Typed): Promise<{ readonly kind: 'on'; readonly step: string } | { readonly kind: 'faults'; readonly errors: Readonly<Record<string, string>> } | { readonly kind: 'gone' }>;
  current(step: string): Promise<Enrolling | undefined>;
  finish(step: string, given: { readonly code: string; readonly passkey: string; readonly label: string }, address: string): Promise<EnrolResult>;
}

export interface EnrolDeps {
  readonly store: Pick<StaffStore, 'byId' | 'idByEmail'>;
  readonly invitations: InvitationStore;
  readonly tickets: TicketStore;
  readonly hasher: PasswordHasher;
  readonly passkeys: StaffPasskeys;
  /** Whether passwords of our own are on; without them no link leads anywhere. */
  readonly passwords: boolean;
  readonly now: () => number;
}

/** Faults of a name, shown to others in lists and in the audit log. Pure. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'Enter your name, as colleagues know you.';
  if (name.length > 80) return 'Use at most 80 characters.';
  return /[\p{Cc}\p{Cf}]/u.test(name) ? 'The name has a character that cannot be shown.' : undefined;
}

export function emailFault(email: Personal<string>): string | undefined {
  const text = email.open().trim();
  return text.length <= 200 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) && !/[\p{Cc}\p{Cf}]/u.test(text) ? undefined : 'Enter an e-mail address, such as ada@example.com.';
}

export function makeEnrol({ store, invitations, tickets, hasher, passkeys, passwords, now }: EnrolDeps): Enrol {
  /** What was begun, unless passwords were turned off meanwhile. */
  const begun = async (step: string) => (passwords ? tickets.peek(step, PURPOSE, now()) : undefined);
  const invitation = async (token: string): Promise<Invitation | undefined> => (passwords && TOKEN_SHAPE.test(token) ? invitations.byHash(hashOfToken(token), now()) : undefined);
  return {
    invitation,
    async begin(token, typed) {
      const found = await invitation(token);
      if (!found) return { kind: 'gone' };
      const whose = found.staffId === undefined ? undefined : await store.byId(found.staffId);
      if (found.staffId !== undefined && !whose) return { kind: 'gone' };
      // Who is reset keeps name and address.
      const name = whose?.name ?? typed.name.trim();
      const email = whose ? whose.email : typed.email;
      if (!email) throw new GatehouseError('staff_without_email', 500, 'an account with a password has no sign-in name');
      const faults: Readonly<Record<string, string | undefined>> = {
        ...(whose ? {} : { name: nameFault(name), email: emailFault(email) ?? ((await store.idByEmail(email)) === undefined ? undefined : 'Somebody signs in with this address already.') }),
        password: passwordFault(typed.password, { name, email }),
        again: typed.again.open() === typed.password.open() ? undefined : 'This is not the same as above.',
      };
      const errors = Object.fromEntries(Object.entries(faults).filter((one): one is [string, string] => one[1] !== undefined));
      if (Object.keys(errors).length > 0) return { kind: 'faults', errors };
      const step = newToken();
      const holds = {
        invitation: hashOfToken(token), id: newToken().slice(0, 22), name, email: email.open().trim(), passwordHash: await hasher.hash(typed.password), secret: newTotpSecret().open(),
      };
      await tickets.make({ hash: hashOfToken(step), purpose: PURPOSE, holds: Personal.of(holds), now: now(), expiresAt: now() + STEP_MS });
      return { kind: 'on', step };
    },
    async current(step) {
      const kept = await begun(step);
      if (!kept) return undefined;
      const { id, name, email, secret } = held.parse(kept.open());
      return { id, name, email: Personal.of(email), secret: Personal.of(secret) };
    },
    async finish(step, { code, passkey, label }, address) {
      const kept = await begun(step);
      if (!kept) return { kind: 'gone', why: 'gone' };
      const { invitation: hash, name, email, passwordHash, secret } = held.parse(kept.open());
      const factor = await factorOf(passkeys, Personal.of(secret), { code, passkey, label }, step, now());
      if (!factor) return { kind: 'wrong' };
      if (!(await tickets.take(step, PURPOSE, now()))) return { kind: 'gone', why: 'gone' };
      const codes = newRecoveryCodes();
      const came = await invitations.accept({ kind: 'staff', address }, hash, { name, email: Personal.of(email), passwordHash, factor, recoveryCodes: codes }, now());
      return came.kind === 'accepted' ? { kind: 'in', id: came.id, name, email: Personal.of(email), codes } : { kind: 'gone', why: came.why };
    },
  };
}

/** A second factor that was shown to work; undefined where it was not. */
export async function factorOf(
  passkeys: StaffPasskeys, secret: Personal<string>, { code, passkey, label }: { readonly code: string; readonly passkey: string; readonly label: string }, binding: string, now: number,
): Promise<NewFactor | undefined> {
  if (passkey !== '') {
    const made = await passkeys.register(passkey, binding, label, now);
    return made.kind === 'made' ? { kind: 'passkey', passkey: made.passkey } : undefined;
  }
  const step = totpStep(secret, code, now);
  return step === undefined ? undefined : { kind: 'totp', secret, step };
}
