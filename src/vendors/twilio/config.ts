/**
 * Access to Twilio: the line-type look-up (Lookup v2) and messages. Each is used only where chosen by name, so that one
 * set of credentials can serve either.
 */
import { z } from 'zod';
import { Personal } from '../../personal.ts';
import { parseEnv, timeoutMs, vendorUrl } from '../env.ts';
import type { Env, EnvResult } from '../env.ts';

export interface TwilioLookupConfig {
  readonly base: string;
  readonly username: string;
  /** Not about a person, but wrapped all the same: so a printed configuration holds no secret. */
  readonly password: Personal<string>;
  /** For one question, milliseconds. */
  readonly timeoutMs: number;
}

export interface TwilioMessagesConfig extends TwilioLookupConfig {
  readonly accountSid: string;
  /** Signs Twilio's callbacks; API keys cannot. */
  readonly authToken: Personal<string>;
  readonly from: { readonly number: string } | { readonly messagingServiceSid: string };
}

export interface TwilioConfig {
  readonly lookup: TwilioLookupConfig;
  /** Absent where no sender number or messaging service is set. */
  readonly messages: TwilioMessagesConfig | undefined;
}

const secret = z.string().min(16, 'must be at least 16 characters');

const settings = z
  .object({
    TWILIO_ACCOUNT_SID: z.string().regex(/^AC[0-9a-f]{32}$/, 'must be an account SID (AC and 32 hex digits)'),
    TWILIO_AUTH_TOKEN: secret,
    /** An API key instead of the account's own token, for calls. */
    TWILIO_API_KEY_SID: z
      .string()
      .regex(/^SK[0-9a-f]{32}$/, 'must be an API key SID (SK and 32 hex digits)')
      .optional(),
    TWILIO_API_KEY_SECRET: secret.optional(),
    TWILIO_FROM: z.string().regex(/^\+[1-9]\d{4,14}$/, 'must be a number in E.164 form').optional(),
    TWILIO_MESSAGING_SERVICE_SID: z
      .string()
      .regex(/^MG[0-9a-f]{32}$/, 'must be a messaging service SID (MG and 32 hex digits)')
      .optional(),
    TWILIO_API_BASE: vendorUrl.default('https://api.twilio.com'),
    TWILIO_LOOKUP_BASE: vendorUrl.default('https://lookups.twilio.com'),
    TWILIO_TIMEOUT_MS: timeoutMs.default(6000),
  })
  .superRefine((set, context) => {
    if ((set.TWILIO_API_KEY_SID === undefined) !== (set.TWILIO_API_KEY_SECRET === undefined)) {
      context.addIssue({
        code: 'custom',
        path: [set.TWILIO_API_KEY_SID === undefined ? 'TWILIO_API_KEY_SID' : 'TWILIO_API_KEY_SECRET'],
        message: 'TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET are set together or not at all',
      });
    }
    if (set.TWILIO_FROM !== undefined && set.TWILIO_MESSAGING_SERVICE_SID !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['TWILIO_FROM'],
        message: 'cannot be set together with TWILIO_MESSAGING_SERVICE_SID',
      });
    }
  });

/** Read the settings `TWILIO_*`; all faults at once, values never quoted. */
export function twilioConfigFrom(env: Env): EnvResult<TwilioConfig> {
  const parsed = parseEnv(env, 'TWILIO_', settings);
  if (!parsed.ok) return parsed;
  const set = parsed.config;
  const credentials = {
    username: set.TWILIO_API_KEY_SID ?? set.TWILIO_ACCOUNT_SID,
    password: Personal.of(set.TWILIO_API_KEY_SECRET ?? set.TWILIO_AUTH_TOKEN),
    timeoutMs: set.TWILIO_TIMEOUT_MS,
  };
  const from =
    set.TWILIO_MESSAGING_SERVICE_SID !== undefined
      ? { messagingServiceSid: set.TWILIO_MESSAGING_SERVICE_SID }
      : set.TWILIO_FROM !== undefined
        ? { number: set.TWILIO_FROM }
        : undefined;
  return {
    ok: true,
    config: Object.freeze({
      lookup: { ...credentials, base: set.TWILIO_LOOKUP_BASE },
      messages:
        from === undefined
          ? undefined
          : {
              ...credentials,
              base: set.TWILIO_API_BASE,
              accountSid: set.TWILIO_ACCOUNT_SID,
              authToken: Personal.of(set.TWILIO_AUTH_TOKEN),
              from,
            },
    }),
  };
}
