/**
 * What the accounts area needs kept and done. Pages and the admin API call the same desk; every rule of doing something
 * to an account holds below it. Implemented in `store/console/accounts.ts`. Times are epoch milliseconds.
 */
import type { Mode } from '../../journey/journey.ts';
import type { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';
import type { ComparedIdentities, MergeRefusal } from './rules.ts';

export type AccountState = 'active' | 'merged' | 'erasing' | 'erased';

export interface AccountRow {
  readonly id: string;
  /** Undefined only of old accounts of which no journey is left. */
  readonly mode: Mode | undefined;
  readonly state: AccountState;
  readonly held: boolean;
  readonly createdAt: number;
}

export interface AccountsPage {
  readonly rows: readonly AccountRow[];
  /** Where older ones begin; undefined where there are none. Opaque. */
  readonly next: string | undefined;
}

/** What an account is looked for by. */
export type AccountSearchKind = 'id' | 'transaction' | 'credential' | 'phone' | 'email';

export interface Hold {
  readonly id: string;
  readonly kind: 'account' | 'journey';
  readonly subjectId: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: number;
  readonly released: { readonly by: string; readonly at: number; readonly reason: string } | undefined;
}

export interface AccountTrust {
  readonly workflowId: string;
  readonly acr: string;
  readonly reason: string;
  readonly journeyId: string;
  readonly grantedAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number;
  readonly revoked: { readonly at: number; readonly reason: string } | undefined;
}

export interface AccountDevice {
  readonly id: string;
  readonly kind: 'desktop' | 'phone';
  readonly label: string | undefined;
  readonly lastCountry: string | undefined;
  readonly lastSeenAt: number;
  readonly trusts: readonly AccountTrust[];
}

export interface AccountPasskey {
  readonly id: string;
  readonly workflowId: string;
  readonly label: string | undefined;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly revoked: { readonly at: number; readonly reason: string } | undefined;
}

export interface AccountJourney {
  readonly id: string;
  /** `workflow@version`. */
  readonly workflow: string;
  readonly clientId: string;
  readonly verdict: 'approve' | 'deny' | 'review' | undefined;
  readonly createdAt: number;
  readonly erased: boolean;
}

export interface AccountView extends AccountRow {
  readonly mergedInto: string | undefined;
  readonly mergedAt: number | undefined;
  /** Shells that lead here. */
  readonly mergedFrom: readonly { readonly id: string; readonly at: number }[];
  readonly erasure: { readonly begunAt: number; readonly finishedAt: number | undefined; readonly counts: Readonly<Record<string, number>> } | undefined;
  /** Newest first; released ones too. Those of its journeys are among them while they are in force. */
  readonly holds: readonly Hold[];
  /** Only the beginning of the hash: the name itself is shown by {@link AccountDesk.reveal}. */
  readonly credentials: readonly { readonly workflowId: string; readonly hashPrefix: string; readonly createdAt: number }[];
  readonly journeys: readonly AccountJourney[];
  readonly olderJourneys: string | undefined;
  readonly devices: readonly AccountDevice[];
  readonly passkeys: readonly AccountPasskey[];
  /** Grants in force, and how many sessions and tokens there are. */
  readonly grants: readonly { readonly clientId: string; readonly policy: string; readonly decidedAt: number; readonly reuseUntil: number }[];
  readonly records: Readonly<Record<string, number>>;
  readonly incidents: readonly { readonly id: string; readonly kind: string; readonly status: 'open' | 'closed'; readonly at: number; readonly journeyId: string | undefined }[];
  readonly cases: readonly { readonly id: string; readonly status: string; readonly at: number; readonly journeyId: string | undefined }[];
}

/** What is hidden until somebody says why they look. */
export interface RevealedAccount {
  readonly credentials: readonly { readonly workflowId: string; readonly hashPrefix: string; readonly name: Personal<string> | undefined }[];
  /** Field names and values of what was established last. */
  readonly profile: Personal<readonly (readonly [string, string])[]>;
}

export interface MergePreview {
  readonly source: AccountRow | undefined;
  readonly target: AccountRow | undefined;
  /** Empty where it can be done. */
  readonly refusals: readonly MergeRefusal[];
  /** Rows that move, by what they are. */
  readonly moves: Readonly<Record<'credentials' | 'journeys' | 'trusts' | 'passkeys' | 'incidents' | 'entries', number>>;
  /** Whether both tell of one person. */
  readonly identity: ComparedIdentities;
  /** Devices that both are trusted on, where the later expiry wins, and an end on either side. */
  readonly sharedTrusts: number;
  /** What ends: sessions, grants and tokens of the source. */
  readonly ends: number;
  /** Workflows in which both have a name: the merged account has two there. */
  readonly twoNames: readonly string[];
  /** Keys whose applications see another `sub` from now on. */
  readonly clients: readonly string[];
}

export type MergeResult =
  | { readonly kind: 'merged' }
  /** It was merged into this very target before: nothing was done again. */
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly refusals: readonly MergeRefusal[] };

/** What an erasure would do, or did, by table. */
export interface ErasurePlan {
  readonly account: AccountRow;
  /** Why it cannot be done now. */
  readonly refusals: readonly ErasureRefusal[];
  readonly holds: readonly Hold[];
  readonly goes: readonly { readonly table: string; readonly rows: number }[];
  readonly stays: readonly { readonly table: string; readonly rows: number }[];
  /** Journeys of no account that share a phone or mailbox with the person, and nothing else: they go where that is asked for. */
  readonly contacts: number;
}

export type ErasureRefusal = 'held' | 'merged' | 'erased';

export type ErasureResult =
  | { readonly kind: 'erased'; readonly counts: Readonly<Record<string, number>> }
  /** Begun, and in force: housekeeping does the rest. */
  | { readonly kind: 'erasing' }
  /** It was erased before. */
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly refusals: readonly ErasureRefusal[] | readonly ['not_found'] };

export type HoldResult =
  | { readonly kind: 'held'; readonly id: string }
  | { readonly kind: 'already'; readonly id: string }
  | { readonly kind: 'refused'; readonly why: 'not_found' | 'erased' | 'merged' };

export interface AccountDesk {
  /** Newest first. An unreadable cursor begins at the newest. */
  page(before: string | undefined, most: number): Promise<AccountsPage>;
  /** Accounts that something belongs to; of both modes. By what, and how many were found, is written to the audit log, never whom. */
  search(actor: Actor, kind: AccountSearchKind, value: Personal<string>): Promise<readonly AccountRow[]>;
  /** Everything that is not personal. `before`: cursor into its journeys. */
  find(id: string, before?: string): Promise<AccountView | undefined>;
  /** Written to the audit log before anything is opened. Undefined where there is nobody to reveal. */
  reveal(actor: Actor, accountId: string, reason: string): Promise<RevealedAccount | undefined>;
  /** End trust in one device, or in all; with `endGrants`, what they were granted too, and the sessions that hold it. Gives how many trusts ended; undefined: no such device of theirs. */
  revokeDevices(actor: Actor, of: { readonly accountId: string; readonly deviceId: string | undefined; readonly endGrants: boolean; readonly reason: string }): Promise<number | undefined>;
  /** False where they have no such passkey, or it was revoked before. */
  revokePasskey(actor: Actor, of: { readonly accountId: string; readonly passkeyId: string; readonly reason: string }): Promise<boolean>;
  /** Sign them out of every application: sessions, grants and tokens. Gives how many records went; undefined: no such account. */
  endSessions(actor: Actor, of: { readonly accountId: string; readonly reason: string }): Promise<number | undefined>;
  mergePreview(source: string, target: string): Promise<MergePreview>;
  /** `onePerson`: somebody says that they are, which has to be said where {@link ComparedIdentities.asks}. */
  merge(actor: Actor, of: { readonly source: string; readonly target: string; readonly reason: string; readonly onePerson: boolean }): Promise<MergeResult>;
  /** Everything that is kept of a person, as JSON in pieces; written to the audit log before the first. Undefined: no such account. */
  exportPerson(actor: Actor, of: { readonly accountId: string; readonly reason: string; readonly pictures: boolean }): Promise<AsyncIterable<string> | undefined>;
  /** What would go and what would stay; changes nothing. */
  erasurePlan(accountId: string): Promise<ErasurePlan | undefined>;
  /** With `alsoContacts`, journeys that {@link ErasurePlan.contacts} counts go too. */
  erase(actor: Actor, of: { readonly accountId: string; readonly reason: string; readonly alsoContacts?: boolean }): Promise<ErasureResult>;
  hold(actor: Actor, of: { readonly kind: 'account' | 'journey'; readonly subjectId: string; readonly reason: string }): Promise<HoldResult>;
  /** False where there is no such hold in force. */
  release(actor: Actor, of: { readonly holdId: string; readonly reason: string }): Promise<boolean>;
  /** One hold, in force or released. */
  findHold(holdId: string): Promise<Hold | undefined>;
  /** Holds of a journey, newest first. */
  journeyHolds(journeyId: string): Promise<readonly Hold[]>;
}
