/**
 * A source of knowledge questions that speaks our own small protocol (`client.ts`): for `live` keys a service of the
 * operator's in front of whatever bureau they have a contract with.
 *
 * | name                  | meaning                                     |
 * |-----------------------|---------------------------------------------|
 * | `KBA_HTTP_URL`        | where the protocol's paths begin            |
 * | `KBA_HTTP_SECRET`     | bearer token, at least 32 characters        |
 * | `KBA_HTTP_TIMEOUT_MS` | time limit for one question, default 8000   |
 */
import { z } from 'zod';
import { Personal } from '../../personal.ts';
import { parseEnv, timeoutMs, vendorUrl, type Env, type EnvResult } from '../env.ts';

export interface KbaHttpConfig {
  readonly url: string;
  readonly secret: Personal<string>;
  readonly timeoutMs: number;
}

const settings = z.object({
  KBA_HTTP_URL: vendorUrl,
  KBA_HTTP_SECRET: z.string().min(32, 'must be at least 32 characters'),
  KBA_HTTP_TIMEOUT_MS: timeoutMs.default(8000),
});

/** Read the settings `KBA_HTTP_*`; all faults at once, values never quoted. */
export function kbaHttpConfigFrom(env: Env): EnvResult<KbaHttpConfig> {
  const parsed = parseEnv(env, 'KBA_HTTP_', settings);
  if (!parsed.ok) return parsed;
  const { KBA_HTTP_URL, KBA_HTTP_SECRET, KBA_HTTP_TIMEOUT_MS } = parsed.config;
  return { ok: true, config: Object.freeze({ url: KBA_HTTP_URL, secret: Personal.of(KBA_HTTP_SECRET), timeoutMs: KBA_HTTP_TIMEOUT_MS }) };
}
