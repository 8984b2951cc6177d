/**
 * Passkeys (WebAuthn level 2) over `@simplewebauthn/server`: what a browser is asked for, and what of its answer holds.
 * A passkey belongs to one account at one workflow under one name of the application's; a lost device's passkey, one of
 * an erased account, of the other mode or of another application never lets anybody in.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse,
  type AuthenticationResponseJSON, type AuthenticatorTransport, type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON, type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import type { Mode } from '../journey/journey.ts';
import type { IncidentStore, Passkey, PasskeyStore } from './store.ts';
import { passkeysPossible, readAuthentication, readRegistration, rpIdOf, type AuthenticationReply, type Awaited, type PasskeyFault } from './webauthn_reply.ts';

export interface PasskeyDeps {
  readonly store: PasskeyStore;
  readonly incidents: Pick<IncidentStore, 'open'>;
  /** Of the issuer, without a trailing slash. */
  readonly origin: string;
}

/** Who gets a passkey, and where it will be good. */
export interface PasskeyHolder {
  readonly accountId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  /** Keyed hash of the application's own name for the person; undefined where it named none. */
  readonly credentialHash: string | undefined;
}

/** Where a passkey has to be good, and for whom. */
export interface PasskeyAsked {
  readonly mode: Mode;
  readonly workflowId: string;
  /** Further workflows whose passkeys count. */
  readonly trustFrom: readonly string[];
  /** Of the person whom the application named; undefined where it named none. */
  readonly credentialHash: string | undefined;
  /** The very person, where a device already told who it is. */
  readonly accountId?: string | undefined;
}

export type PasskeyRegistered =
  | { readonly kind: 'added'; readonly id: string }
  | { readonly kind: 'refused'; readonly code: PasskeyFault };

export type PasskeyAnswer =
  | { readonly kind: 'good'; readonly passkey: Passkey; readonly userVerified: boolean; readonly deviceType: Passkey['deviceType'] }
  | { readonly kind: 'refused'; readonly code: PasskeyFault };

/** A browser's request for a passkey that is there already: what `navigator.credentials.get` takes, as JSON. */
export type PasskeyRequest = PublicKeyCredentialRequestOptionsJSON;

export interface Passkeys {
  /** False where browsers know no passkeys for this origin: nothing is offered then. */
  readonly possible: boolean;
  /** What `navigator.credentials.create` is given, as JSON; `userHandle` has to come back with the answer. */
  creation(holder: PasskeyHolder, at: { readonly challenge: string; readonly appName: string; readonly now: number }): Promise<{ readonly options: PublicKeyCredentialCreationOptionsJSON; readonly userHandle: string }>;
  /** Keep a new passkey. The challenge must have been taken for this answer alone. */
  register(holder: PasskeyHolder, made: {
    readonly answer: string; readonly challenge: string; readonly userHandle: string; readonly label: string | undefined;
    readonly journeyId: string; readonly acr: string; readonly now: number;
  }): Promise<PasskeyRegistered>;
  /** What `navigator.credentials.get` is given, as JSON; without `allow` the person chooses among those for this site. */
  request(challenge: string, allow?: readonly Passkey[]): PasskeyRequest;
  /** The passkeys of an account that would be good here. */
  fitting(accountId: string, asked: PasskeyAsked): Promise<readonly Passkey[]>;
  /**
   * Whether an answer (JSON as the browser's script sends it) proves a passkey that is good here. The same answer to the
   * same challenge may be asked about again.
   */
  verify(asked: PasskeyAsked, given: { readonly answer: string; readonly challenge: string; readonly journeyId: string | undefined; readonly now: number }): Promise<PasskeyAnswer>;
}

/** How long a person may take over a passkey, milliseconds. */
const PATIENCE_MS = 180_000;
/** Ed25519, ES256 and RS256: what every browser's authenticators have. */
const ALGORITHMS = [-8, -7, -257];
const TRANSPORTS: ReadonlySet<string> = new Set(['ble', 'hybrid', 'internal', 'nfc', 'usb']);
/** Passkeys one account may have; more are no use to anybody. */
const MOST_PASSKEYS = 20;
/** How long an answer that was judged is remembered, milliseconds, and how many are. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 1_000;
/** Two processes that judge one double press. Milliseconds. */
const REPEATED_MS = 30_000;

export function makePasskeys({ store, incidents, origin }: PasskeyDeps): Passkeys {
  const rpId = rpIdOf(origin);
  const awaited = (challenge: string): Awaited => ({ challenge, origin, rpId });
  const remembered = new Map<string, { readonly until: number; readonly answer: Promise<PasskeyAnswer> }>();

  /** Counted on the row itself; an older count is a copy in use, unless this very use was counted a moment ago. */
  const counted = async (passkey: Passkey, counter: number, backedUp: boolean, at: { readonly journeyId: string | undefined; readonly now: number }): Promise<PasskeyFault | undefined> => {
    if (await store.used(passkey.id, counter, backedUp, at.now)) return undefined;
    const fresh = await store.byId(passkey.id);
    if (!fresh || fresh.revokedAt !== undefined) return 'passkey_revoked';
    if (fresh.counter === counter && fresh.lastUsedAt !== undefined && at.now - fresh.lastUsedAt < REPEATED_MS) return 'passkey_repeated';
    await incidents.open({
      mode: passkey.mode, kind: 'passkey_copied', accountId: passkey.accountId, deviceId: undefined, journeyId: at.journeyId,
      details: { counter, expectedAbove: fresh.counter }, at: at.now,
    });
    return 'passkey_copied';
  };

  const judge = async (asked: PasskeyAsked, { answer, challenge, journeyId, now }: Parameters<Passkeys['verify']>[1]): Promise<PasskeyAnswer> => {
    const refused = (code: PasskeyFault): PasskeyAnswer => ({ kind: 'refused', code });
    const read = readAuthentication(answer, awaited(challenge));
    if (read.kind === 'bad') return refused(read.fault);
    const passkey = await store.byId(read.reply.id);
    if (!passkey) return refused('passkey_unknown');
    // Whether it is theirs comes before what became of it: a stranger learns nothing of somebody's passkey.
    const verified = await signatureOf(read.reply, passkey, awaited(challenge));
    if (!verified) return refused('passkey_signature');
    // Every passkey here is made to be found by the person, and then names its owner (WebAuthn 2, section 7.2, step 6).
    const handle = read.reply.response.userHandle ?? undefined;
    if (handle === undefined ? asked.accountId === undefined : handle !== passkey.userHandle) return refused('passkey_user_handle');
    const unfit = unfitness(passkey, asked);
    if (unfit) return refused(unfit);
    const fault = await counted(passkey, verified.newCounter, verified.credentialBackedUp, { journeyId, now });
    if (fault) return refused(fault);
    return { kind: 'good', passkey, userVerified: verified.userVerified, deviceType: verified.credentialDeviceType };
  };

  return {
    possible: passkeysPossible(origin),
    async creation(holder, { challenge, appName, now }) {
      const own = (await store.ofAccount(holder.accountId)).filter((one) => one.revokedAt === undefined && sameHolder(one, holder));
      // One handle per holder: an authenticator keeps one passkey for each, and those of two applications stay apart.
      const userHandle = own[0]?.userHandle ?? randomBytes(32).toString('base64url');
      const options = await generateRegistrationOptions({
        rpName: appName,
        rpID: rpId,
        // The application's name for the person is theirs alone: it would stand in the authenticator for everybody to read.
        userName: `${appName}, ${new Date(now).toISOString().slice(0, 10)}`,
        userDisplayName: appName,
        userID: raw(userHandle),
        challenge: raw(challenge),
        timeout: PATIENCE_MS,
        attestationType: 'none',
        excludeCredentials: own.map(described),
        authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
        supportedAlgorithmIDs: ALGORITHMS,
      });
      return { options, userHandle };
    },
    async register(holder, { answer, challenge, userHandle, label, journeyId, acr, now }) {
      const refused = (code: PasskeyFault): PasskeyRegistered => ({ kind: 'refused', code });
      const read = readRegistration(answer, awaited(challenge));
      if (read.kind === 'bad') return refused(read.fault);
      const made = await verifyRegistrationResponse({
        response: read.reply as RegistrationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rpId,
        requireUserVerification: false,
        supportedAlgorithmIDs: ALGORITHMS,
      }).catch(() => undefined);
      if (!made?.verified) return refused('passkey_signature');
      const { credential, credentialDeviceType, credentialBackedUp } = made.registrationInfo;
      if ((await store.ofAccount(holder.accountId)).filter((one) => one.revokedAt === undefined).length >= MOST_PASSKEYS) return refused('passkey_too_many');
      const added = await store.add({
        ...holder, id: credential.id, userHandle, publicKey: credential.publicKey, counter: credential.counter,
        transports: read.reply.response.transports.filter((one) => TRANSPORTS.has(one)),
        deviceType: credentialDeviceType, backedUp: credentialBackedUp, label, journeyId, acr, createdAt: now,
      });
      return added ? { kind: 'added', id: credential.id } : refused('passkey_known');
    },
    request: (challenge, allow = []) => ({
      rpId, challenge, timeout: PATIENCE_MS, userVerification: 'preferred',
      allowCredentials: allow.map((one) => ({ ...described(one), type: 'public-key' as const })),
    }),
    async fitting(accountId, asked) {
      return (await store.ofAccount(accountId)).filter((one) => unfitness(one, { ...asked, accountId }) === undefined);
    },
    verify(asked, given) {
      // An engine whose record lost a race asks again with the same answer: it was counted once already.
      const key = createHash('sha256').update(JSON.stringify([given.challenge, given.answer, asked])).digest('base64url');
      for (const [old, { until }] of remembered) if (until <= given.now || remembered.size > MOST_REMEMBERED) remembered.delete(old);
      const known = remembered.get(key);
      if (known) return known.answer;
      const answer = judge(asked, given);
      remembered.set(key, { until: given.now + REMEMBERED_MS, answer });
      answer.catch(() => remembered.delete(key));
      return answer;
    },
  };
}

/** Why a passkey is not good here; undefined where it is. Pure. */
export function unfitness(passkey: Passkey, asked: PasskeyAsked): PasskeyFault | undefined {
  if (passkey.mode !== asked.mode) return 'passkey_other_mode';
  if (passkey.accountErased) return 'account_erased';
  if (passkey.revokedAt !== undefined) return 'passkey_revoked';
  if (passkey.workflowId !== asked.workflowId && !asked.trustFrom.includes(passkey.workflowId)) return 'passkey_other_workflow';
  if (asked.accountId !== undefined && passkey.accountId !== asked.accountId) return 'another_account';
  // The application named its user: a passkey that was made for no name, or for another, is not known to be theirs.
  if (asked.credentialHash !== undefined && passkey.credentialHash !== asked.credentialHash) return 'another_credential';
  return undefined;
}

function sameHolder(passkey: Passkey, holder: PasskeyHolder): boolean {
  return passkey.workflowId === holder.workflowId && passkey.mode === holder.mode && passkey.credentialHash === holder.credentialHash;
}

/** The answer's signature under the registered key; undefined where it does not hold. The counter is judged on the row. */
async function signatureOf(reply: AuthenticationReply, passkey: Passkey, { challenge, origin, rpId }: Awaited) {
  const { response, ...rest } = reply;
  const { userHandle: handle, ...signed } = response;
  const userHandle = handle ?? undefined;
  const answer = { ...rest, response: { ...signed, ...(userHandle === undefined ? {} : { userHandle }) } };
  const verified = await verifyAuthenticationResponse({
    response: answer as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    credential: { id: passkey.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
    requireUserVerification: false,
  }).catch(() => undefined);
  return verified?.verified === true ? verified.authenticationInfo : undefined;
}

function described(passkey: Passkey): { id: string; transports: AuthenticatorTransport[] } {
  return { id: passkey.id, transports: [...passkey.transports] as AuthenticatorTransport[] };
}

function raw(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(encoded, 'base64url'));
}
