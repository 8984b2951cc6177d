/**
 * Which vendors there are, from environment names. Parsed once at the start; every fault is named at once.
 *
 * | name                     | meaning                                                                                |
 * |--------------------------|----------------------------------------------------------------------------------------|
 * | `CARRIER_CAMARA_*`       | the operator behind live keys (`camara/config.ts`)                                     |
 * | `LINE_TYPE_VENDOR`       | `none` (default) or `twilio`, for live keys                                            |
 * | `SMS_SENDER`             | `outbox` (default; test keys only, live keys have none), `http` or `twilio` (both)     |
 * | `SMS_TEST_NUMBERS`       | numbers (E.164, by comma) that test keys may message over `http` or `twilio`; none     |
 * | `SMS_HTTP_*`, `TWILIO_*` | their access (`http_sms/config.ts`, `twilio/config.ts`)                                |
 * | `KBA_HTTP_*`             | knowledge questions of live keys (`kba_http/config.ts`)                                |
 * | `DOCUMENT_VENDOR_*`      | the document vendor of live keys (`document_http/config.ts`)                           |
 * | `SANDBOX_TIMEOUT_MS`     | time limit for questions to the sandbox, default 6000                                  |
 */
import { z } from 'zod';
import { Personal } from '../personal.ts';
import { camaraConfigFrom } from './camara/config.ts';
import type { CamaraConfig } from './camara/config.ts';
import { documentVendorConfigFrom, type DocumentVendorConfig } from './document_http/config.ts';
import { anySet, parseEnv, timeoutMs } from './env.ts';
import type { Env, EnvResult } from './env.ts';
import { httpSmsConfigFrom } from './http_sms/config.ts';
import type { HttpSmsConfig } from './http_sms/config.ts';
import { kbaHttpConfigFrom, type KbaHttpConfig } from './kba_http/config.ts';
import { twilioConfigFrom } from './twilio/config.ts';
import type { TwilioLookupConfig, TwilioMessagesConfig } from './twilio/config.ts';

export const SENDERS = ['outbox', 'http', 'twilio'] as const;
export type SenderName = (typeof SENDERS)[number];

export interface VendorConfig {
  /** The operator of live keys; undefined where none is configured. */
  readonly carrier: CamaraConfig | undefined;
  /** The line-type look-up of live keys. */
  readonly lineType: TwilioLookupConfig | undefined;
  readonly sms: {
    /** Of test keys, and of live keys unless it is the outbox. */
    readonly sender: SenderName;
    /** E.164: the only ones that test keys may message by a sender of the real world. */
    readonly testNumbers: Personal<ReadonlySet<string>>;
    readonly http: HttpSmsConfig | undefined;
    readonly twilio: TwilioMessagesConfig | undefined;
  };
  /** Knowledge questions of live keys. */
  readonly kba: KbaHttpConfig | undefined;
  /** The document vendor of live keys. */
  readonly documentVendor: DocumentVendorConfig | undefined;
  /** For one question to the sandbox, milliseconds. */
  readonly sandboxTimeoutMs: number;
}

const E164 = /^\+[1-9]\d{4,14}$/;
const testNumbers = z
  .string()
  .transform((text) => text.split(',').map((number) => number.trim()))
  .refine((numbers) => numbers.every((number) => E164.test(number)), 'must be numbers in E.164 form, by comma');
const sms = z.object({
  SMS_SENDER: z.enum(SENDERS, `must be one of ${SENDERS.join(', ')}`).default('outbox'),
  SMS_TEST_NUMBERS: testNumbers.default([]),
});
const lineType = z.object({ LINE_TYPE_VENDOR: z.enum(['none', 'twilio'], 'must be none or twilio').default('none') });
const sandbox = z.object({ SANDBOX_TIMEOUT_MS: timeoutMs.default(6000) });

/**
 * Read everything about vendors. `config` is undefined exactly where there are faults; faults name settings and never
 * quote their values.
 */
export function vendorConfigFrom(env: Env): {
  readonly config: VendorConfig | undefined;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const take = <T>(result: EnvResult<T>): T | undefined => {
    if (result.ok) return result.config;
    faults.push(...result.faults);
    return undefined;
  };
  /** A part is read where any of its settings is there, so that half of one is a fault and none of it is none. */
  const part = <T>(prefix: string, read: (env: Env) => EnvResult<T>): T | undefined =>
    anySet(env, prefix) ? take(read(env)) : undefined;

  const httpNames = Object.keys(env).filter((name) => name.startsWith('SMS_HTTP_'));
  const senders = take(parseEnv(env, 'SMS_', sms, httpNames));
  const line = take(parseEnv(env, 'LINE_TYPE_', lineType));
  const box = take(parseEnv(env, 'SANDBOX_', sandbox));
  const carrier = part('CARRIER_CAMARA_', camaraConfigFrom);
  const http = part('SMS_HTTP_', httpSmsConfigFrom);
  const twilio = part('TWILIO_', twilioConfigFrom);
  const kba = part('KBA_HTTP_', kbaHttpConfigFrom);
  const documentVendor = part('DOCUMENT_VENDOR_', documentVendorConfigFrom);

  if (senders === undefined || line === undefined || box === undefined) return { config: undefined, faults };
  const sender = senders.SMS_SENDER;
  if (sender === 'http' && !anySet(env, 'SMS_HTTP_')) {
    faults.push('SMS_HTTP_URL: is required', 'SMS_HTTP_SECRET: is required');
  }
  const needsTwilio = sender === 'twilio' || line.LINE_TYPE_VENDOR === 'twilio';
  if (needsTwilio && !anySet(env, 'TWILIO_')) {
    faults.push('TWILIO_ACCOUNT_SID: is required', 'TWILIO_AUTH_TOKEN: is required');
  }
  if (sender === 'twilio' && twilio !== undefined && twilio.messages === undefined) {
    faults.push('TWILIO_FROM: is required (or TWILIO_MESSAGING_SERVICE_SID)');
  }
  if (faults.length > 0) return { config: undefined, faults };
  const config: VendorConfig = {
    carrier,
    lineType: line.LINE_TYPE_VENDOR === 'twilio' ? twilio?.lookup : undefined,
    sms: Object.freeze({
      sender,
      testNumbers: Personal.of(new Set(senders.SMS_TEST_NUMBERS)),
      http,
      twilio: twilio?.messages,
    }),
    kba,
    documentVendor,
    sandboxTimeoutMs: box.SANDBOX_TIMEOUT_MS,
  };
  return { config: Object.freeze(config), faults };
}
