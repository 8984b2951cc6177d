/**
 * What the OIDC server needs kept, and the rows its decisions are read from. Implemented in `store/records.ts`; the
 * adapter that the library talks to is `adapter.ts`.
 */
import type { HardwareKey } from '../devices/store.ts';
import type { Mode, Verdict } from '../journey/journey.ts';
import type { Personal } from '../personal.ts';

/** A stored model of the library: plain JSON, with `consumed` (epoch seconds) once it was used. */
export type Payload = Readonly<Record<string, unknown>>;

/** One row of `workflow_key`, revoked ones left out. `metadata` is unparsed: `clients.ts` reads it. */
export interface ClientRow {
  readonly clientId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly secretHash: string;
  /** The secret before the last rotation, good until then (epoch milliseconds); absent once there is none. */
  readonly previousSecret?: { readonly hash: string; readonly until: number };
  readonly metadata: unknown;
}

/** The account as claims see it. */
export interface AccountRow {
  readonly id: string;
  readonly erased: boolean;
}

/** One step as scope `evidence` tells it: no personal data. */
export interface StepSummary {
  readonly step: string;
  readonly outcome: string;
  /** Epoch seconds. */
  readonly at: number;
  /** How it came to that; codes and measures only. */
  readonly methods?: Readonly<Record<string, string | number | boolean>>;
}

/** What tokens tell about a decision beyond the verdict; codes only, never personal data. */
export interface OutcomeSummary {
  /** True when a sandbox vendor stands behind any of it (SPEC 11). */
  readonly simulated: boolean;
  readonly steps: readonly StepSummary[];
  /** Keyed hash of workflow and account, where the workflow tells it. */
  readonly persistentId?: string;
}

/** How the device behind a decision stands now. Hashes are of its cookies; times are epoch milliseconds. */
export interface OutcomeDevice {
  readonly tokenHash: string | undefined;
  /** The cookie before the last rotation, good until {@link previousUntil}. */
  readonly previousHash: string | undefined;
  readonly previousUntil: number | undefined;
  /** Until when the account's trust in it lasts; undefined where it has ended or was revoked. */
  readonly trustedUntil: number | undefined;
  /** Its key in hardware, if it registered one; judged with the devices' own rules. */
  readonly hardware?: HardwareKey | undefined;
}

/** The decision that a Grant rests on. Times are epoch milliseconds. */
export interface GrantOutcome {
  readonly grantId: string;
  readonly journeyId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly verdict: Verdict;
  readonly policy: string;
  /** Until when a returning session may use it without a new journey. */
  readonly reuseUntil: number;
  readonly decidedAt: number;
  /** Keyed hash of the credential the decision was made for, if the application named one. */
  readonly credentialHash: string | undefined;
  readonly summary: OutcomeSummary;
  /** The device whose browser the journey ran in; undefined where it showed no key, or devices are not trusted. */
  readonly deviceId: string | undefined;
  /** Every device that the approval bound, the phone that confirmed the link too; known as long as the journey is kept. */
  readonly boundDevices: readonly string[];
  /** Read where a silent return is judged by it; undefined where it is gone, or was not asked for. */
  readonly device: OutcomeDevice | undefined;
  /**
   * What this very decision established about the person, opened when asked for; undefined for a denial. A later journey
   * of the same account changes nothing in it.
   */
  readonly profile: () => Promise<Personal<unknown> | undefined>;
}

/** A decision to be kept. */
export interface NewOutcome extends Omit<GrantOutcome, 'profile' | 'device' | 'boundDevices'> {
  readonly profile: Personal<unknown> | undefined;
}

/** The longest a Grant lives, seconds: as long as a decision can be reused (workflow option `reuseSeconds`). */
export const LONGEST_GRANT = 180 * 24 * 60 * 60;

/** What a returning browser needs, in one statement. */
export interface SessionReads {
  readonly session: Payload | undefined;
  /** This client's Grant of that session. */
  readonly grant: Payload | undefined;
  readonly outcome: GrantOutcome | undefined;
  readonly account: AccountRow | undefined;
  readonly client: ClientRow | undefined;
}

/** A code or token with everything its use will ask for, in one statement. */
export interface TokenReads {
  readonly token: Payload | undefined;
  readonly grant: Payload | undefined;
  /** The session it is bound to, by uid. */
  readonly session: Payload | undefined;
  readonly outcome: GrantOutcome | undefined;
  readonly account: AccountRow | undefined;
  readonly client: ClientRow | undefined;
}

/** Models that hang on a Grant and are read together with it. */
export type GrantedModel = 'AuthorizationCode' | 'AccessToken' | 'RefreshToken';

/** Finding by id leaves out what has expired, with a tolerance for the library's own better-worded refusals. */
export interface RecordStore {
  find(model: string, id: string): Promise<Payload | undefined>;
  /** The session with this uid; uids are not unique (two tabs may race), the longest-lived one counts. */
  findSessionByUid(uid: string): Promise<Payload | undefined>;
  /** A session with this client's Grant, the decision behind it, the account and the client. */
  findSession(id: string, clientId: string): Promise<SessionReads>;
  findGranted(model: GrantedModel, id: string): Promise<TokenReads>;
  /** Insert or replace; what was consumed stays consumed. `ttl` in seconds. */
  upsert(model: string, id: string, payload: Payload, ttl: number | undefined): Promise<void>;
  /** Replace what is there; false where it is gone. `ttl` in seconds. */
  update(model: string, id: string, payload: Payload, ttl: number | undefined): Promise<boolean>;
  /** Insert, never replace; false where an unexpired one is there already. */
  insertOnce(model: string, id: string, payload: Payload, ttl: number): Promise<boolean>;
  /** Mark as used; false where it is gone or was used before: of any number of parallel callers one gets true. */
  consume(model: string, id: string): Promise<boolean>;
  /**
   * Mark an authorization code as used and insert the access token it becomes, both or neither; false where the code is
   * gone or was used before.
   */
  redeem(code: string, token: string, payload: Payload, ttl: number | undefined): Promise<boolean>;
  /**
   * Delete a waiting interaction and insert the record that it led to, both or neither; false where the interaction is
   * gone: of any number of parallel callers one gets true. `ttl` in seconds.
   */
  conclude(interaction: string, model: string, id: string, payload: Payload, ttl: number | undefined): Promise<boolean>;
  /** Delete; false where nothing was there. Deleting a Grant deletes the outcome it rests on. */
  destroy(model: string, id: string): Promise<boolean>;
  revokeByGrantId(model: string, grantId: string): Promise<void>;

  client(clientId: string): Promise<ClientRow | undefined>;
  account(accountId: string): Promise<AccountRow | undefined>;
  outcome(grantId: string): Promise<GrantOutcome | undefined>;
  saveOutcome(outcome: NewOutcome): Promise<void>;
  /** Delete what has expired, and outcomes whose Grant was never saved, in bounded batches; gives how many records. */
  sweep(): Promise<number>;
}
