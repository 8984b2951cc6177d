/**
 * A sender of the operator's own: any HTTP service that takes our signed request.
 */
import { z } from 'zod';
import { Personal } from '../../personal.ts';
import { parseEnv, timeoutMs, vendorUrl } from '../env.ts';
import type { Env, EnvResult } from '../env.ts';

export interface HttpSmsConfig {
  readonly url: string;
  /** Signs both ways. Not about a person, but wrapped all the same: so a printed configuration holds no secret. */
  readonly secret: Personal<string>;
  /** For one message, milliseconds. */
  readonly timeoutMs: number;
}

const settings = z.object({
  SMS_HTTP_URL: vendorUrl,
  SMS_HTTP_SECRET: z.string().min(32, 'must be at least 32 characters'),
  SMS_HTTP_TIMEOUT_MS: timeoutMs.default(6000),
});

/** Read the settings `SMS_HTTP_*`; all faults at once, values never quoted. */
export function httpSmsConfigFrom(env: Env): EnvResult<HttpSmsConfig> {
  const parsed = parseEnv(env, 'SMS_HTTP_', settings);
  if (!parsed.ok) return parsed;
  const set = parsed.config;
  return {
    ok: true,
    config: Object.freeze({
      url: set.SMS_HTTP_URL,
      secret: Personal.of(set.SMS_HTTP_SECRET),
      timeoutMs: set.SMS_HTTP_TIMEOUT_MS,
    }),
  };
}
