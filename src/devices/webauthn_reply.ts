/**
 * What a browser sends back from WebAuthn, read and held against what it was asked for, each fault by its own code.
 * Nothing here is proof yet: the signature is checked afterwards, over the very bytes that were read here. Pure.
 */
import { createHash } from 'node:crypto';
import { decodeAttestationObject, parseAuthenticatorData } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import { sameSecret } from '../constant_time.ts';

/** Why a passkey was not taken: stable codes, for timelines and scripts. */
export type PasskeyFault =
  /** Not the shape of an answer of WebAuthn. */
  | 'passkey_malformed'
  /** An answer to the other of the two ceremonies. */
  | 'passkey_type'
  | 'passkey_challenge'
  | 'passkey_origin'
  /** Given inside another site's frame. */
  | 'passkey_embedded'
  /** Made for another relying party's id. */
  | 'passkey_rp'
  /** Nobody touched the authenticator. */
  | 'passkey_not_present'
  /** A statement about the authenticator's maker came, which was not asked for. */
  | 'passkey_attestation'
  | 'passkey_signature'
  | 'passkey_user_handle'
  | 'passkey_unknown'
  | 'passkey_other_mode'
  | 'passkey_other_workflow'
  | 'passkey_revoked'
  | 'account_erased'
  | 'another_credential'
  | 'another_account'
  /** The signature counter did not go up: a copy of the passkey is in use. */
  | 'passkey_copied'
  /** The same answer, moments ago, in another process. */
  | 'passkey_repeated'
  /** Registered before. */
  | 'passkey_known'
  | 'passkey_too_many';

/** Longest answer that is looked at, characters: a few keys and signatures fit many times. */
const MOST_CHARACTERS = 16_384;

const base64url = z.string().min(1).max(8_192).regex(/^[A-Za-z0-9_-]+$/);
const envelope = {
  id: base64url.max(1_400),
  rawId: base64url,
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional().catch(undefined),
};

const registrationReply = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(20)).max(10).default([]),
  }),
});
export type RegistrationReply = z.infer<typeof registrationReply>;

const authenticationReply = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.max(120).nullish(),
  }),
});
export type AuthenticationReply = z.infer<typeof authenticationReply>;

const clientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

/** What the answer has to be an answer to. */
export interface Awaited {
  /** Base64url, as it was given to the browser. */
  readonly challenge: string;
  /** The issuer's origin, exactly. */
  readonly origin: string;
  readonly rpId: string;
}

type Faulty = { readonly kind: 'bad'; readonly fault: PasskeyFault };
const bad = (fault: PasskeyFault): Faulty => ({ kind: 'bad', fault });

/** The host of an origin: the relying party's id (WebAuthn 2, section 5.1.2). */
export const rpIdOf = (origin: string): string => new URL(origin).hostname;

/** A relying party's id is a domain name: there are no passkeys for an address, nor over plain http but on localhost. */
export function passkeysPossible(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  if (/^[\d.]+$/.test(hostname) || hostname.startsWith('[')) return false;
  return protocol === 'https:' || hostname === 'localhost';
}

/** A new passkey as a browser sends it, fit to have its signature checked; attestation is `none`, or by its own key. */
export function readRegistration(text: string, awaited: Awaited): { readonly kind: 'read'; readonly reply: RegistrationReply } | Faulty {
  const reply = parsed(registrationReply, text);
  if (!reply) return bad('passkey_malformed');
  try {
    const fault = faultOfClient(reply.response.clientDataJSON, 'webauthn.create', awaited);
    if (fault) return bad(fault);
    const attestation = decodeAttestationObject(bytes(reply.response.attestationObject));
    const [format, statement] = [attestation.get('fmt'), attestation.get('attStmt')];
    // Checking a maker's certificates would fetch what they point to: none were asked for, so none are looked at.
    if (format !== 'none' && !(format === 'packed' && statement.get('x5c') === undefined)) return bad('passkey_attestation');
    const faulty = faultOfAuthenticator(attestation.get('authData'), awaited.rpId);
    return faulty ? bad(faulty) : { kind: 'read', reply };
  } catch {
    return bad('passkey_malformed');
  }
}

/** A passkey's answer, fit to have its signature checked with the key it was registered with. */
export function readAuthentication(text: string, awaited: Awaited): { readonly kind: 'read'; readonly reply: AuthenticationReply } | Faulty {
  const reply = parsed(authenticationReply, text);
  if (!reply) return bad('passkey_malformed');
  try {
    const fault = faultOfClient(reply.response.clientDataJSON, 'webauthn.get', awaited)
      ?? faultOfAuthenticator(bytes(reply.response.authenticatorData), awaited.rpId);
    return fault ? bad(fault) : { kind: 'read', reply };
  } catch {
    return bad('passkey_malformed');
  }
}

/** The challenge that an answer says it answers, before anything of it is believed; undefined where it says none. */
export function challengeSaid(text: string): string | undefined {
  const reply = parsed(z.object({ response: z.object({ clientDataJSON: base64url }) }), text);
  if (!reply) return undefined;
  try {
    return clientData.safeParse(JSON.parse(bytes(reply.response.clientDataJSON).toString('utf8'))).data?.challenge;
  } catch {
    return undefined;
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return schema.safeParse(value).data;
}

/** @throws SyntaxError where it is no JSON */
function faultOfClient(encoded: string, type: string, { challenge, origin }: Awaited): PasskeyFault | undefined {
  const read = clientData.safeParse(JSON.parse(bytes(encoded).toString('utf8')));
  if (!read.success) return 'passkey_malformed';
  const said = read.data;
  if (said.type !== type) return 'passkey_type';
  if (!sameSecret(said.challenge, challenge)) return 'passkey_challenge';
  if (said.origin !== origin) return 'passkey_origin';
  return said.crossOrigin === true || said.topOrigin !== undefined ? 'passkey_embedded' : undefined;
}

/** @throws Error where it is no authenticator data */
function faultOfAuthenticator(data: Uint8Array, rpId: string): PasskeyFault | undefined {
  const { rpIdHash, flags } = parseAuthenticatorData(Uint8Array.from(data));
  if (!createHash('sha256').update(rpId).digest().equals(rpIdHash)) return 'passkey_rp';
  return flags.up ? undefined : 'passkey_not_present';
}

function bytes(encoded: string): Buffer<ArrayBuffer> {
  return Buffer.from(encoded, 'base64url') as Buffer<ArrayBuffer>;
}
