/** What devices, passkeys and the person's own page need kept: interfaces, implemented in `store/`. */
import type { DeviceChannel, PublicJwk } from '../journey/device_evidence.ts';
import type { Mode } from '../journey/journey.ts';
import type { Personal } from '../personal.ts';

/** Attribute name to keyed hash (or, for a version, its number): what a browser looked like, not to be read back. */
export type HashedMap = Readonly<Record<string, string | number>>;

/** A key that the browser keeps in hardware by its own protocol (DBSC), bound to this device. */
export interface HardwareKey {
  readonly sessionId: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly alg: 'ES256' | 'RS256';
  readonly registeredAt: number;
  /** Hash of the short-lived cookie that the last refresh gave, and until when it is good. */
  readonly cookieHash?: string;
  readonly cookieUntil?: number;
}

/** A browser or phone that showed a key once. Times are epoch milliseconds. */
export interface Device {
  readonly id: string;
  readonly mode: Mode;
  readonly kind: 'desktop' | 'phone';
  readonly thumbprint: string;
  readonly jwk: PublicJwk;
  readonly fingerprint: HashedMap | undefined;
  readonly collectorVersion: number | undefined;
  readonly hardware: HardwareKey | undefined;
  readonly label: string | undefined;
  readonly lastCountry: string | undefined;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

/** Trust in one device for one person at one workflow. */
export interface DeviceTrust {
  readonly id: string;
  readonly deviceId: string;
  readonly accountId: string;
  readonly workflowId: string;
  /** Keyed hash of the application's own name for the person, where it named one. */
  readonly credentialHash: string | undefined;
  /** The journey that verified the person. */
  readonly journeyId: string;
  readonly acr: string;
  readonly reason: string;
  readonly grantedAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number;
  readonly simCheckedAt: number | undefined;
  readonly revokedAt: number | undefined;
  readonly revokedReason: string | undefined;
  readonly accountErased: boolean;
}

/**
 * How the presented cookie stands. `previous` is good for a short overlap, so that parallel tabs do not lose each other.
 * `lost` is the one before a rotation whose answer never arrived, as far as anybody can tell: nobody came with the fresh
 * one. Exchanging it spends that one, so if somebody has it after all, the next to come with it is found. `replayed` is
 * every other one that this device ever had, however old: two browsers hold copies.
 */
export type TokenStanding = 'current' | 'previous' | 'lost' | 'replayed';

export interface KnownDevice {
  readonly device: Device;
  readonly token: TokenStanding;
  /** Of every person and workflow, dead ones included: refusing says why. */
  readonly trusts: readonly DeviceTrust[];
}

export type RevokeReason = 'by_person' | 'by_operator' | 'reported' | 'sim_swapped' | 'too_many' | 'erased' | 'replayed';

export interface DeviceStore {
  /** The device of a cookie, by the cookie's hash. */
  byToken(tokenHash: string, mode: Mode, now: number): Promise<KnownDevice | undefined>;
  /** The device that showed this key (RFC 7638 thumbprint) before. */
  byThumbprint(thumbprint: string, mode: Mode): Promise<Device | undefined>;
  /**
   * Give the device that a decided journey ended with a fresh cookie (rotation on use, or the first one). False where the
   * journey has no device on that channel. `presented` is the hash the browser came with: nothing is rotated, and false
   * given, where that is the current one and was issued for this very journey already, or is an earlier one within its
   * overlap, or where another journey was given one a moment ago that may still be on its way. `fresh` is the hash of the fresh cookie. Safe to run twice with the same `fresh`.
   *
   * @throws GatehouseError `token_not_hashed` where `fresh` is no hash: a cookie's own value is never stored
   */
  issue(at: { readonly journeyId: string; readonly channel: DeviceChannel; readonly fresh: string; readonly presented: string | undefined; readonly now: number }): Promise<boolean>;
  /** Keep what was learned on a return: the drifted map, when and where it was seen, when the carrier was asked. */
  seen(at: { readonly deviceId: string; readonly trustId: string; readonly now: number; readonly fingerprint?: HashedMap; readonly collectorVersion?: number; readonly country?: string; readonly simCheckedAt?: number }): Promise<void>;
  /** Every trust of an account, with its device, newest use first. */
  ofAccount(accountId: string): Promise<readonly { readonly device: Device; readonly trust: DeviceTrust }[]>;
  /** End trust: of one device, or of all where none is named; gives how many ended. Revoking twice changes nothing. */
  revoke(of: { readonly accountId: string; readonly deviceId?: string; readonly reason: RevokeReason; readonly now: number }): Promise<number>;
  /** Keep or replace the hardware key of a device. */
  bindHardware(deviceId: string, key: HardwareKey | undefined): Promise<void>;
  byHardwareSession(sessionId: string): Promise<Device | undefined>;
  /** The device of a key (RFC 7638 thumbprint): tells a key that is new from one that belongs to another device. */
  byThumbprint(thumbprint: string, mode: Mode): Promise<Device | undefined>;
  /** Delete devices that nobody trusts and nobody came with for long, at most so many; gives how many went. */
  purge(now: number, most: number): Promise<number>;
}

/** A passkey (WebAuthn credential). `id` and `userHandle` are base64url. */
export interface Passkey {
  readonly id: string;
  readonly accountId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly credentialHash: string | undefined;
  readonly userHandle: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly deviceType: 'singleDevice' | 'multiDevice';
  readonly backedUp: boolean;
  readonly label: string | undefined;
  /** The journey that verified the person. */
  readonly journeyId: string;
  readonly acr: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
  readonly accountErased: boolean;
}

export interface PasskeyStore {
  add(passkey: Omit<Passkey, 'accountErased' | 'revokedAt' | 'lastUsedAt'>): Promise<boolean>;
  byId(id: string): Promise<Passkey | undefined>;
  ofAccount(accountId: string): Promise<readonly Passkey[]>;
  /** Note a use; false where the signature counter went backwards since it was read: somebody else used a copy. */
  used(id: string, counter: number, backedUp: boolean, now: number): Promise<boolean>;
  revoke(of: { readonly accountId: string; readonly id?: string; readonly reason: RevokeReason; readonly now: number }): Promise<number>;
}

/** A one-time bearer of a right, for instance to see one's own devices. Stored hashed; what it holds is sealed. */
export interface TicketStore {
  make(ticket: { readonly hash: string; readonly purpose: string; readonly holds: Personal<unknown>; readonly now: number; readonly expiresAt: number }): Promise<void>;
  /** What it holds, without using it up. */
  peek(hash: string, purpose: string, now: number): Promise<Personal<unknown> | undefined>;
  /** What it holds; of any number of parallel callers one gets it. */
  take(hash: string, purpose: string, now: number): Promise<Personal<unknown> | undefined>;
  purge(now: number, most: number): Promise<number>;
}

/** Something a person reported or the gateway noticed, for an operator to look at. Details are codes, never personal data. */
export interface Incident {
  readonly id: string;
  readonly mode: Mode;
  readonly kind: 'device_reported' | 'link_reported' | 'cookie_replayed' | 'passkey_copied';
  readonly accountId: string | undefined;
  readonly deviceId: string | undefined;
  readonly journeyId: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly status: 'open' | 'closed';
  readonly at: number;
}

export interface IncidentStore {
  open(incident: Omit<Incident, 'id' | 'status'>): Promise<string>;
  list(filter: { readonly status?: Incident['status']; readonly most: number }): Promise<readonly Incident[]>;
  /** False where there is no such open one. */
  close(id: string): Promise<boolean>;
}
