/**
 * A vendor that verifies documents and speaks our own protocol (`client.ts`): hosted capture, or pictures sent to it.
 *
 * | name                             | meaning                                                          |
 * |----------------------------------|------------------------------------------------------------------|
 * | `DOCUMENT_VENDOR_URL`            | where the protocol's paths begin                                 |
 * | `DOCUMENT_VENDOR_NAME`           | what records call it, and the last part of its webhook's path    |
 * | `DOCUMENT_VENDOR_TOKEN`          | bearer token, at least 32 characters                             |
 * | `DOCUMENT_VENDOR_WEBHOOK_SECRET` | `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks)        |
 * | `DOCUMENT_VENDOR_TIMEOUT_MS`     | time limit for one question, default 8000                        |
 */
import { z } from 'zod';
import { Personal } from '../../personal.ts';
import { parseEnv, timeoutMs, vendorUrl, type Env, type EnvResult } from '../env.ts';

export interface DocumentVendorConfig {
  readonly name: string;
  readonly url: string;
  readonly token: Personal<string>;
  readonly webhookSecret: Personal<Buffer>;
  readonly timeoutMs: number;
}

const settings = z.object({
  DOCUMENT_VENDOR_URL: vendorUrl,
  DOCUMENT_VENDOR_NAME: z.string().regex(/^[a-z][a-z0-9_]{1,30}$/, 'must be lower-case letters, digits and _').refine((name) => !name.startsWith('sandbox'), 'must not begin with sandbox'),
  DOCUMENT_VENDOR_TOKEN: z.string().min(32, 'must be at least 32 characters'),
  DOCUMENT_VENDOR_WEBHOOK_SECRET: z.string().transform((text, context) => {
    const secret = webhookSecretOf(text);
    if (secret) return secret;
    context.addIssue({ code: 'custom', message: 'must be whsec_ and base64 of 24 to 64 bytes' });
    return z.NEVER;
  }),
  DOCUMENT_VENDOR_TIMEOUT_MS: timeoutMs.default(8000),
});

/** The bytes of a Standard Webhooks secret; undefined where it is none. */
export function webhookSecretOf(text: string): Buffer | undefined {
  const found = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text);
  const bytes = Buffer.from(found?.[1] ?? '', 'base64');
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

/** Read the settings `DOCUMENT_VENDOR_*`; all faults at once, values never quoted. */
export function documentVendorConfigFrom(env: Env): EnvResult<DocumentVendorConfig> {
  const parsed = parseEnv(env, 'DOCUMENT_VENDOR_', settings);
  if (!parsed.ok) return parsed;
  const set = parsed.config;
  return {
    ok: true,
    config: Object.freeze({
      name: set.DOCUMENT_VENDOR_NAME,
      url: set.DOCUMENT_VENDOR_URL,
      token: Personal.of(set.DOCUMENT_VENDOR_TOKEN),
      webhookSecret: Personal.of(set.DOCUMENT_VENDOR_WEBHOOK_SECRET),
      timeoutMs: set.DOCUMENT_VENDOR_TIMEOUT_MS,
    }),
  };
}
