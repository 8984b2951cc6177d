/**
 * Signing in with a password and a second factor. An unknown name, a wrong password and an account that is shut out get the
 * same answer after the same work. What was tried is recorded without the name that was typed: it may be a password.
 */
import { z } from 'zod';
import type { TicketStore } from '../../devices/store.ts';
import { hashOfToken, newToken } from '../../devices/token.ts';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { StaffSession } from '../route.ts';
import { againTries, passwordTries } from './limits.ts';
import type { PasswordHasher } from './password.ts';
import { proveSecond, type Proof, type ProvingDeps } from './proving.ts';
import type { Credentials, SessionStore, StaffStore } from './store.ts';

/** How long the second step may take, milliseconds. */
const STEP_MS = 10 * 60_000;
const PURPOSE = 'staff_second';
const held = z.strictObject({ staffId: z.string(), name: z.string(), to: z.string() });

/** An id that nobody has: an unknown name costs the reads of a known one. */
const NOBODY = 'staff_nobody';

/** Where a request comes from. */
export interface From {
  readonly address: string;
  /** The browser, in words. */
  readonly label: string;
}

export interface SignInDeps extends ProvingDeps {
  readonly store: StaffStore;
  readonly sessions: SessionStore;
  readonly tickets: TicketStore;
  readonly audit: Pick<AuditLog, 'note'>;
  readonly hasher: PasswordHasher;
  /** Whether passwords of our own are on. */
  readonly passwords: boolean;
}

/** Somebody whose password was right. */
export interface Halfway {
  readonly credentials: Credentials;
  /** As it was typed; marks the browser as known. */
  readonly name: Personal<string>;
  readonly to: string;
}

export type Began = { readonly kind: 'second'; readonly token: string } | { readonly kind: 'wrong' } | { readonly kind: 'wait'; readonly ms: number };
export type Ended =
  | { readonly kind: 'in'; readonly token: string; readonly halfway: Halfway; readonly by: string }
  | { readonly kind: 'wrong' } | { readonly kind: 'wait'; readonly ms: number } | { readonly kind: 'gone' };

export interface SignIn {
  /**
   * First step. `known`: what marks this browser at this name.
   * @throws GatehouseError `passwords_off` 403
   */
  begin(typed: { readonly name: Personal<string>; readonly password: Personal<string>; readonly to: string }, known: string | undefined, from: From): Promise<Began>;
  /** Who stands before the second step. */
  halfway(step: string): Promise<Halfway | undefined>;
  /** Second step; `instead`: a session that this browser has already. */
  finish(step: string, proof: Proof, instead: string | undefined, from: From): Promise<Ended>;
  /** Prove it again: password and second factor, or a passkey that knows its owner. Gives the session's new token. */
  again(session: StaffSession, given: Proof & { readonly password: Personal<string> }, actor: Actor): Promise<{ readonly kind: 'good'; readonly token: string } | Exclude<Ended, { kind: 'in' }>>;
  /** Begin a session for somebody who proved who they are: just now, or at `provedAt` elsewhere. Gives its token. */
  open(member: { readonly id: string; readonly name: string }, by: string, instead: string | undefined, from: From, provedAt?: number): Promise<string>;
}

/** The name that limits and marks go by. */
export const foldedName = (name: Personal<string>): string => name.open().trim().normalize('NFKC').toLowerCase();

const nobody = (address: string): Actor => ({ kind: 'staff', id: 'nobody', name: 'not signed in', address });

export function makeSignIn(deps: SignInDeps): SignIn {
  const { store, sessions, tickets, tries, audit, hasher, passwords, now } = deps;
  const failed = (address: string, id: string | undefined, why: string): Promise<void> =>
    audit.note(nobody(address), { action: 'staff.sign_in_failed', target: { kind: 'staff', id: id ?? 'unknown' }, details: { why }, outcome: 'refused' });

  const halfway = async (step: string): Promise<Halfway | undefined> => {
    // A step that was begun before passwords were turned off leads nowhere.
    const kept = passwords ? await tickets.peek(step, PURPOSE, now()) : undefined;
    if (!kept) return undefined;
    const { staffId, name, to } = held.parse(kept.open());
    const credentials = await store.credentials(staffId);
    return credentials?.member.disabledAt === undefined && credentials ? { credentials, name: Personal.of(name), to } : undefined;
  };

  const open: SignIn['open'] = async (member, by, instead, { address, label }, provedAt) => {
    const token = newToken();
    await sessions.begin({ kind: 'staff', id: member.id, name: member.name, address }, { hash: hashOfToken(token), staffId: member.id, label, by, instead, now: now(), authenticatedAt: Math.min(provedAt ?? now(), now()) });
    return token;
  };

  return {
    async begin({ name, password, to }, known, { address }) {
      if (!passwords) throw new GatehouseError('passwords_off', 403, 'Here the staff signs in at its own provider alone');
      const keys = passwordTries(foldedName(name), address, known);
      const ms = await tries.begin(keys, now());
      if (ms > 0) return { kind: 'wait', ms };
      const id = await store.idByEmail(name);
      const credentials = await store.credentials(id ?? NOBODY);
      const right = await hasher.verify(password, credentials?.passwordHash);
      const shut = credentials?.member.disabledAt !== undefined;
      if (!right || !credentials || shut) {
        await failed(address, id, !credentials ? 'unknown_name' : right ? 'disabled' : 'wrong_password');
        return { kind: 'wrong' };
      }
      await tries.forget(keys);
      const token = newToken();
      await tickets.make({ hash: hashOfToken(token), purpose: PURPOSE, holds: Personal.of({ staffId: credentials.member.id, name: name.open(), to }), now: now(), expiresAt: now() + STEP_MS });
      return { kind: 'second', token };
    },
    halfway,
    async finish(step, proof, instead, from) {
      const found = await halfway(step);
      if (!found) return { kind: 'gone' };
      const { member } = found.credentials;
      const proved = await proveSecond(deps, found.credentials, proof, step);
      if (proved.kind === 'wrong') await failed(from.address, member.id, proved.why);
      if (proved.kind !== 'good') return proved;
      // Used up: of two answers to one step one gets in.
      if (!(await tickets.take(step, PURPOSE, now()))) return { kind: 'gone' };
      return { kind: 'in', token: await open(member, `password+${proved.by}`, instead, from), halfway: found, by: proved.by };
    },
    async again(session, { password, code, passkey }, actor) {
      const credentials = await store.credentials(session.staffId);
      if (!passwords || !credentials || credentials.passwordHash === undefined) return { kind: 'gone' };
      const refused = async (why: string): Promise<{ readonly kind: 'wrong' }> => {
        await audit.note(actor, { action: 'staff.again_failed', target: { kind: 'staff', id: session.staffId }, details: { why }, outcome: 'refused' });
        return { kind: 'wrong' };
      };
      const keys = againTries(session.staffId);
      if (passkey === '') {
        const ms = await tries.begin(keys, now());
        if (ms > 0) return { kind: 'wait', ms };
        if (!(await hasher.verify(password, credentials.passwordHash))) return refused('wrong_password');
      }
      const proved = await proveSecond(deps, credentials, { code, passkey }, session.hash);
      if (proved.kind === 'wrong') return refused(proved.why);
      if (proved.kind === 'wait') return proved;
      // Not before both held: whoever has the password must not get more tries at the code by it.
      if (passkey === '') await tries.forget(keys);
      const token = newToken();
      const went = await sessions.renew(actor, { from: session.hash, to: hashOfToken(token), by: passkey === '' ? `password+${proved.by}` : 'passkey', now: now() });
      return went ? { kind: 'good', token } : { kind: 'gone' };
    },
    open,
  };
}
