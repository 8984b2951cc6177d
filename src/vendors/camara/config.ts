/**
 * The operator's access: where, as whom, for what purpose, and how long to wait.
 */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parseEnv, timeoutMs, vendorUrl } from '../env.ts';
import type { Env, EnvResult } from '../env.ts';

export interface CamaraConfig {
  /** The operator's name in records. */
  readonly name: string;
  /** Base of the API paths, without a slash at the end. */
  readonly apiRoot: string;
  readonly tokenEndpoint: string;
  /** `aud` of the client assertion: the operator's issuer or token endpoint. */
  readonly audience: string;
  readonly clientId: string;
  readonly key: ClientKey;
  /** Exactly one W3C DPV purpose goes with every token (CAMARA Security and Interoperability Profile). */
  readonly purpose: string;
  /** For one question, token and retries included; milliseconds. */
  readonly timeoutMs: number;
}

/** What the client assertion is signed with. A KeyObject prints without its secret. */
export interface ClientKey {
  readonly key: KeyObject;
  readonly algorithm: 'ES256' | 'RS256';
  readonly keyId: string | undefined;
}

const PREFIX = 'CARRIER_CAMARA_';

const settings = z.object({
  CARRIER_CAMARA_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be a short name of small letters, digits and _')
    .default('camara'),
  CARRIER_CAMARA_API_ROOT: vendorUrl,
  CARRIER_CAMARA_TOKEN_ENDPOINT: vendorUrl,
  CARRIER_CAMARA_AUDIENCE: z.string().max(512).optional(),
  CARRIER_CAMARA_CLIENT_ID: z.string().min(1).max(256),
  CARRIER_CAMARA_PRIVATE_KEY: z.string().transform((text, context) => {
    const key = clientKey(text);
    if (key !== undefined) return key;
    const message = 'must be a private JWK: EC P-256 (ES256) or RSA of 2048 bits or more (RS256)';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }),
  CARRIER_CAMARA_PURPOSE: z
    .string()
    .regex(/^dpv:[A-Za-z]{1,64}$/, 'must be one purpose, for example dpv:FraudPreventionAndDetection')
    .default('dpv:FraudPreventionAndDetection'),
  CARRIER_CAMARA_TIMEOUT_MS: timeoutMs.default(6000),
});

/** Read the settings `CARRIER_CAMARA_*`; all faults at once, values never quoted. */
export function camaraConfigFrom(env: Env): EnvResult<CamaraConfig> {
  const parsed = parseEnv(env, PREFIX, settings);
  if (!parsed.ok) return parsed;
  const set = parsed.config;
  return {
    ok: true,
    config: Object.freeze({
      name: set.CARRIER_CAMARA_NAME,
      apiRoot: set.CARRIER_CAMARA_API_ROOT,
      tokenEndpoint: set.CARRIER_CAMARA_TOKEN_ENDPOINT,
      audience: set.CARRIER_CAMARA_AUDIENCE ?? set.CARRIER_CAMARA_TOKEN_ENDPOINT,
      clientId: set.CARRIER_CAMARA_CLIENT_ID,
      key: set.CARRIER_CAMARA_PRIVATE_KEY,
      purpose: set.CARRIER_CAMARA_PURPOSE,
      timeoutMs: set.CARRIER_CAMARA_TIMEOUT_MS,
    }),
  };
}

const privateJwk = z.looseObject({
  kty: z.enum(['EC', 'RSA']),
  d: z.string(),
  kid: z.string().optional(),
  alg: z.enum(['ES256', 'RS256']).optional(),
});

/** Read a private JWK (JSON text); undefined unless it is a key that can sign ES256 or RS256. */
export function clientKey(text: string): ClientKey | undefined {
  try {
    const jwk = privateJwk.parse(JSON.parse(text));
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    const details = key.asymmetricKeyDetails;
    const algorithm =
      details?.namedCurve === 'prime256v1' ? 'ES256' : (details?.modulusLength ?? 0) >= 2048 ? 'RS256' : undefined;
    if (algorithm === undefined || (jwk.alg !== undefined && jwk.alg !== algorithm)) return undefined;
    return { key, algorithm, keyId: jwk.kid };
  } catch {
    return undefined;
  }
}
