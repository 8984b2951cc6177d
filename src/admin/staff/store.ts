/** What the staff area needs kept. Implemented in `store/console/staff*.ts`; every change is written with its audit entry. */
import type { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';
import type { Role } from '../permissions.ts';
import type { ApiToken } from '../tokens/store.ts';

/** Somebody on the staff. Times are epoch milliseconds. */
export interface StaffMember {
  readonly id: string;
  readonly name: string;
  readonly email: Personal<string> | undefined;
  readonly roles: readonly Role[];
  /** Signs in at another provider, which also says the roles. */
  readonly external: boolean;
  readonly createdAt: number;
  readonly disabledAt: number | undefined;
  readonly signedInAt: number | undefined;
}

/** A passkey of somebody on the staff; good as a second factor and to prove oneself anew. */
export interface StaffPasskey {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly label: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
}

/** By what somebody proves who they are. */
export interface Credentials {
  readonly member: StaffMember;
  /** PHC string; undefined for those who sign in elsewhere. */
  readonly passwordHash: string | undefined;
  /** Base32. */
  readonly totpSecret: Personal<string> | undefined;
  readonly passkeys: readonly StaffPasskey[];
  readonly recoveryLeft: number;
}

/** The second factor that an account begins with, or gets anew. */
export type NewFactor =
  | { readonly kind: 'totp'; readonly secret: Personal<string>; readonly step: number }
  | { readonly kind: 'passkey'; readonly passkey: StaffPasskey };

export type InvitationPurpose = 'setup' | 'invite' | 'reset';

export interface Invitation {
  readonly id: string;
  readonly purpose: InvitationPurpose;
  /** For whom, as the inviter called them; may be empty. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Whose account is reset. */
  readonly staffId: string | undefined;
  /** Name of whoever made it. */
  readonly madeBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** An account as its owner made it. */
export interface Accepted {
  readonly name: string;
  readonly email: Personal<string>;
  readonly passwordHash: string;
  readonly factor: NewFactor;
  /** Plain; kept hashed. */
  readonly recoveryCodes: readonly string[];
}

/** Why a change was not made. */
export type StaffRefusal = 'unknown' | 'last_administrator' | 'external' | 'email_taken' | 'gone' | 'last_factor' | 'actor_gone' | 'shut_out' | 'passwords_off';

export interface StaffStore {
  /** Whether there is an administrator who is not shut out. */
  administered(): Promise<boolean>;
  /** Newest first, after a cursor. */
  list(after: { readonly createdAt: number; readonly id: string } | undefined, most: number): Promise<readonly StaffMember[]>;
  byId(id: string): Promise<StaffMember | undefined>;
  /** The same reads whether there is such an account or none. */
  credentials(id: string): Promise<Credentials | undefined>;
  /** By sign-in name, whatever its case. */
  idByEmail(email: Personal<string>): Promise<string | undefined>;
  /** Take a code's time step; false where it, or a later one, was taken before. */
  useTotpStep(id: string, step: number): Promise<boolean>;
  /** Take a recovery code; false where it is none, or was used. */
  useRecoveryCode(id: string, code: string, now: number): Promise<boolean>;
  /** Count a passkey's use; false where its counter did not go up. */
  usePasskey(id: string, counter: number, now: number): Promise<boolean>;

  /** New roles. Whoever is an administrator no longer takes the open links they made with them. */
  changeRoles(actor: Actor, id: string, roles: readonly Role[]): Promise<'done' | StaffRefusal>;
  /** API tokens that somebody made and that still work, newest first. */
  tokensOf(id: string, now: number): Promise<readonly ApiToken[]>;
  /** Shut somebody out, everywhere and at once, with the open links they made or were given; `tokens`: and their API tokens. */
  disable(actor: Actor, id: string, now: number, also?: { readonly tokens: boolean }): Promise<'done' | StaffRefusal>;
  enable(actor: Actor, id: string): Promise<'done' | StaffRefusal>;
  /** A new password ends every session but `keep`. */
  changePassword(actor: Actor, id: string, passwordHash: string, keep: string): Promise<'done' | StaffRefusal>;
  /** A new code generator takes the old one's place; a passkey is added. Ends every session but `keep`. */
  addFactor(actor: Actor, id: string, factor: NewFactor, keep: string): Promise<'done' | StaffRefusal>;
  /** `totp`, or a passkey by its id; the last one stays. */
  removeFactor(actor: Actor, id: string, which: 'totp' | { readonly passkey: string }): Promise<'done' | StaffRefusal>;
  replaceRecoveryCodes(actor: Actor, id: string, codes: readonly string[]): Promise<'done' | StaffRefusal>;
  /**
   * Somebody came from another provider: their account, made at the first time, with the roles that it says now.
   * `actor` gives the address.
   */
  fromOutside(actor: Actor, who: { readonly issuer: string; readonly subject: string; readonly name: string; readonly email: Personal<string> | undefined; readonly roles: readonly Role[]; readonly now: number }): Promise<StaffMember>;
  /** Another provider knows them, but gives them no role of ours: whoever had one loses it, and every session. The try is noted. */
  refusedOutside(actor: Actor, who: { readonly issuer: string; readonly subject: string; readonly now: number }): Promise<void>;
}

export interface InvitationStore {
  /** Open ones, those that end first in front. */
  open(now: number, most: number): Promise<readonly Invitation[]>;
  byHash(hash: string, now: number): Promise<Invitation | undefined>;
  make(actor: Actor, made: { readonly hash: string; readonly purpose: 'invite' | 'reset'; readonly name: string; readonly roles: readonly Role[]; readonly staffId: string | undefined; readonly now: number; readonly expiresAt: number }): Promise<'done' | StaffRefusal>;
  /** The first administrator's, beside a few made before; false where there is an active administrator. */
  makeSetup(actor: Actor, made: { readonly hash: string; readonly now: number; readonly expiresAt: number }): Promise<boolean>;
  withdraw(actor: Actor, id: string, now: number): Promise<'done' | StaffRefusal>;
  /**
   * Use an invitation up: the account stands, or none does. Of two who use it at once one gets it. One of somebody on the staff
   * is good only while they are an active administrator, a reset only while its owner is not shut out.
   * @returns the account's id
   */
  accept(actor: Omit<Actor, 'id' | 'name'>, hash: string, accepted: Accepted, now: number): Promise<{ readonly kind: 'accepted'; readonly id: string } | { readonly kind: 'refused'; readonly why: StaffRefusal }>;
}

/** A session as its owner sees it in a list. */
export interface ListedSession {
  /** For links; opens nothing. */
  readonly id: string;
  readonly hash: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly label: string;
}

/** A session with whoever it stands for. */
export interface OpenSession extends ListedSession {
  readonly staffId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Signed in at another provider. */
  readonly external: boolean;
  readonly authenticatedAt: number;
}

export interface SessionStore {
  /** Undefined where it ended, was idle for too long, or its owner is shut out. */
  byHash(hash: string, now: number): Promise<OpenSession | undefined>;
  seen(hash: string, now: number): Promise<void>;
  /** Somebody signed in; `instead` is a session that this browser had before. */
  begin(actor: Actor, made: { readonly hash: string; readonly staffId: string; readonly label: string; readonly by: string; readonly instead: string | undefined; readonly now: number; readonly authenticatedAt: number }): Promise<void>;
  /** Proved anew: the session goes on under another token. False where it ended meanwhile. */
  renew(actor: Actor, made: { readonly from: string; readonly to: string; readonly by: string; readonly now: number }): Promise<boolean>;
  of(staffId: string, now: number): Promise<readonly ListedSession[]>;
  /** End one by its id, all, or all but the one with this hash; gives how many. */
  end(actor: Actor, staffId: string, which: { readonly id: string } | { readonly except: string | undefined }): Promise<number>;
  /** Signed out. */
  close(actor: Actor, hash: string): Promise<void>;
}

/** A limit that a try counts against. */
export interface TryKey {
  /** E.g. `name:…`; kept as a keyed hash. */
  readonly key: Personal<string>;
  readonly rule: TryRule;
}

/** How many failures are free, and how the wait grows after them. Milliseconds. */
export interface TryRule {
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
  /** Whether a success wipes the failures before it, or only its own try. */
  readonly wiped: boolean;
}

export interface TryStore {
  /**
   * Count a try as failed before it is judged, so that tries side by side count too.
   * @returns 0, or for how long nothing is judged, milliseconds
   */
  begin(keys: readonly TryKey[], now: number): Promise<number>;
  /** It was no failure. */
  forget(keys: readonly TryKey[]): Promise<void>;
}
