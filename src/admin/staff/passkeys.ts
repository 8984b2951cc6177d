/**
 * Passkeys of the staff (WebAuthn level 2). They are told from those of the people who are verified by their table: one
 * never opens the other's door. What is asked for needs no memory: the challenge is computed from the session, or from the
 * step of the sign-in, which ends when it was answered well.
 */
import { generateRegistrationOptions, verifyAuthenticationResponse, verifyRegistrationResponse, type AuthenticationResponseJSON, type AuthenticatorTransport, type RegistrationResponseJSON } from '@simplewebauthn/server';
import { challengeSaid, passkeysPossible, readAuthentication, readRegistration, rpIdOf, type PasskeyFault } from '../../devices/webauthn_reply.ts';
import { sameSecret } from '../../constant_time.ts';
import type { StaffMember, StaffPasskey, StaffStore } from './store.ts';

/** How long a challenge can be answered, milliseconds; up to twice that. */
const SLOT_MS = 5 * 60_000;
const PATIENCE_MS = 180_000;
/** Ed25519, ES256 and RS256. */
const ALGORITHMS = [-8, -7, -257];
const TRANSPORTS: ReadonlySet<string> = new Set(['ble', 'hybrid', 'internal', 'nfc', 'usb']);

export interface StaffPasskeys {
  /** Browsers know no passkeys for an address in digits, nor over plain http but on localhost. */
  readonly possible: boolean;
  /** What `navigator.credentials.create` is given, as JSON text. `binding`: hash of the session or of the sign-in's step. */
  creation(member: Pick<StaffMember, 'id' | 'name'>, have: readonly StaffPasskey[], binding: string, now: number): Promise<string>;
  register(answer: string, binding: string, label: string, now: number): Promise<{ readonly kind: 'made'; readonly passkey: StaffPasskey } | { readonly kind: 'refused'; readonly why: PasskeyFault }>;
  /** What `navigator.credentials.get` is given, as JSON text. */
  request(have: readonly StaffPasskey[], binding: string, now: number): string;
  /** Whether the answer is that of one of these, and its person was recognised by it. */
  verify(answer: string, have: readonly StaffPasskey[], binding: string, now: number): Promise<'good' | PasskeyFault>;
}

export function staffPasskeys({ origin, keyed, store }: {
  readonly origin: string;
  /** HMAC under a secret of the gateway, base64url. */
  readonly keyed: (text: string) => string;
  readonly store: Pick<StaffStore, 'usePasskey'>;
}): StaffPasskeys {
  const rpId = rpIdOf(origin);
  const challengeAt = (binding: string, slot: number): string => keyed(`${binding}\0${slot}`);
  const current = (binding: string, now: number): string => challengeAt(binding, Math.floor(now / SLOT_MS));
  /** The challenge that the answer says it answers, where it is one of ours of these minutes. */
  const awaited = (answer: string, binding: string, now: number) => {
    const said = challengeSaid(answer) ?? '';
    const slot = Math.floor(now / SLOT_MS);
    const ours = [slot, slot - 1].map((one) => challengeAt(binding, one)).find((one) => sameSecret(one, said));
    return { challenge: ours ?? challengeAt(binding, slot), origin, rpId };
  };
  const described = (one: StaffPasskey) => ({ id: one.id, transports: [...one.transports] as AuthenticatorTransport[] });
  return {
    possible: passkeysPossible(origin),
    async creation(member, have, binding, now) {
      return JSON.stringify(await generateRegistrationOptions({
        rpName: 'Gatehouse console', rpID: rpId, userName: member.name, userDisplayName: member.name, userID: Uint8Array.from(Buffer.from(member.id)),
        challenge: raw(current(binding, now)), timeout: PATIENCE_MS, attestationType: 'none', excludeCredentials: have.map(described),
        authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' }, supportedAlgorithmIDs: ALGORITHMS,
      }));
    },
    async register(answer, binding, label, now) {
      const expected = awaited(answer, binding, now);
      const read = readRegistration(answer, expected);
      if (read.kind === 'bad') return { kind: 'refused', why: read.fault };
      const made = await verifyRegistrationResponse({
        response: read.reply as RegistrationResponseJSON, expectedChallenge: expected.challenge, expectedOrigin: origin, expectedRPID: rpId, requireUserVerification: true, supportedAlgorithmIDs: ALGORITHMS,
      }).catch(() => undefined);
      if (!made?.verified) return { kind: 'refused', why: 'passkey_signature' };
      const { id, publicKey, counter } = made.registrationInfo.credential;
      return { kind: 'made', passkey: { id, publicKey, counter, transports: read.reply.response.transports.filter((one) => TRANSPORTS.has(one)), label, createdAt: now, lastUsedAt: undefined } };
    },
    request: (have, binding, now) => JSON.stringify({
      rpId, challenge: current(binding, now), timeout: PATIENCE_MS, userVerification: 'required', allowCredentials: have.map((one) => ({ ...described(one), type: 'public-key' })),
    }),
    async verify(answer, have, binding, now) {
      const expected = awaited(answer, binding, now);
      const read = readAuthentication(answer, expected);
      if (read.kind === 'bad') return read.fault;
      const passkey = have.find(({ id }) => id === read.reply.id);
      if (!passkey) return 'passkey_unknown';
      const { response, ...rest } = read.reply;
      const { userHandle: _handle, ...signed } = response;
      const verified = await verifyAuthenticationResponse({
        response: { ...rest, response: signed } as AuthenticationResponseJSON, expectedChallenge: expected.challenge, expectedOrigin: origin, expectedRPID: rpId,
        credential: { id: passkey.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
        // The second factor may also stand alone where somebody proves themselves anew: then it must know its owner.
        requireUserVerification: true,
      }).catch(() => undefined);
      if (verified?.verified !== true) return 'passkey_signature';
      return (await store.usePasskey(passkey.id, verified.authenticationInfo.newCounter, now)) ? 'good' : 'passkey_copied';
    },
  };
}

function raw(encoded: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(encoded, 'base64url'));
}
