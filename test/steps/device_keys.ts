/** A browser's key, as our script keeps and uses it, and what steps need to hear of one. */
import { createHmac } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { PublicJwk } from '../../src/journey/device_evidence.ts';
import type { DeviceKeyDeps } from '../../src/steps/device_key.ts';

export const ORIGIN = 'https://id.example.com';

/** The keyed hash of these tests. */
export const keyed = (text: string): string => createHmac('sha256', 'tests').update(text).digest('base64url');

export const DEVICE_KEYS: DeviceKeyDeps = { challenge: keyed, origin: ORIGIN, roughPlace: () => ({ country: 'US' }), fingerprintHash: (mode) => (attribute, value) => keyed(`${mode}:${attribute}=${value}`) };

export interface BrowserKey {
  readonly jwk: PublicJwk;
  readonly thumbprint: string;
  /** A proof of this challenge. @param now epoch milliseconds */
  sign(challenge: string, now: number, audience?: string): Promise<string>;
}

export async function browserKey(): Promise<BrowserKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const { x = '', y = '' } = await exportJWK(publicKey);
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y };
  return {
    jwk,
    thumbprint: await calculateJwkThumbprint(jwk),
    sign: (challenge, now, audience = ORIGIN) => new SignJWT({ jti: challenge, aud: audience, iat: Math.floor(now / 1000) })
      .setProtectedHeader({ typ: 'dbsc+jwt', alg: 'ES256', jwk }).sign(privateKey),
  };
}
