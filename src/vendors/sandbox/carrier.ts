/**
 * The carrier simulator: the CAMARA paths, request and error bodies, answered from the persona and number tables.
 */
import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { CAMARA_APIS } from '../camara/apis.ts';
import type { CamaraApi } from '../camara/apis.ts';
import { readText } from './body.ts';
import { effectsOf } from './numbers.ts';
import type { NumberEffects } from './numbers.ts';
import { compare, recordFor } from './records.ts';
import type { Asked, Likeness } from './records.ts';
import type { Granted, SandboxTokens } from './tokens.ts';
import { makeTrouble } from './trouble.ts';
import type { Dialect } from './trouble.ts';

export interface CarrierSettings {
  readonly tokens: SandboxTokens;
  readonly slowMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

const phoneNumber = z.string().regex(/^\+[1-9][0-9]{4,14}$/);
const date = z.iso.date();
const text = z.string();

const matchBody = z.object({
  phoneNumber: phoneNumber.optional(),
  givenName: text.optional(),
  familyName: text.optional(),
  address: text.optional(),
  streetName: text.optional(),
  streetNumber: text.optional(),
  locality: text.optional(),
  region: text.optional(),
  postalCode: text.optional(),
  country: text.optional(),
  birthdate: date.optional(),
});
const simSwapBody = z.object({
  phoneNumber: phoneNumber.optional(),
  maxAge: z.number().int().min(1).max(2400).default(240),
});
const recyclingBody = z.object({ phoneNumber: phoneNumber.optional(), specifiedDate: date });
const verificationBody = z.union([
  z.strictObject({ phoneNumber }),
  z.strictObject({ hashedPhoneNumber: z.string().regex(/^[a-fA-F0-9]{64}$/) }),
]);

/** Our attribute, CAMARA's field, and whether the standard has a score for it. */
const MATCH_FIELDS: readonly (readonly [keyof Asked, string, boolean])[] = [
  ['givenName', 'givenName', true],
  ['familyName', 'familyName', true],
  ['address', 'address', true],
  ['streetName', 'streetName', true],
  ['streetNumber', 'streetNumber', true],
  ['city', 'locality', true],
  ['region', 'region', true],
  ['postalCode', 'postalCode', false],
  ['country', 'country', false],
  ['birthDate', 'birthdate', false],
];

const CARRIER_DIALECT: Dialect = {
  broken: (context) => fail(context, 500, 'INTERNAL', 'Internal server error.'),
  rateLimited: (context) => fail(context, 429, 'TOO_MANY_REQUESTS', 'Rejected due to request rate limit overpassed.'),
  unknownNumber: (context) => fail(context, 404, 'IDENTIFIER_NOT_FOUND', 'Phone number not found.'),
};

/** The operator's APIs and its token endpoint. */
export function carrierRouter(settings: CarrierSettings): Router {
  const router = new Router();

  router.post('/oauth2/token', async (context) => {
    const form = context.is('application/x-www-form-urlencoded') ? await readText(context.req) : undefined;
    if (form === undefined) {
      context.status = 400;
      context.body = { error: 'invalid_request' };
      return;
    }
    const reply = await settings.tokens.answer(form);
    context.status = reply.status;
    context.set('cache-control', 'no-store');
    context.body = reply.body;
  });

  /** One API: who may, is it well formed, is the number troubled, and then the answer. */
  const serve = <Body extends { readonly phoneNumber?: string | undefined }>(
    api: CamaraApi,
    schema: z.ZodType<Body>,
    answer: (context: Context, body: Body, phone: string, effects: NumberEffects) => void,
  ): void => {
    const { path, scope } = CAMARA_APIS[api];
    router.post(path, async (context) => {
      if (grantedFor(context, settings.tokens, scope) === undefined) return;
      const body = await wellFormed(context, schema);
      if (body === undefined) return;
      if (body.phoneNumber === undefined) {
        fail(context, 422, 'MISSING_IDENTIFIER', 'The phone number cannot be identified.');
        return;
      }
      const effects = effectsOf(body.phoneNumber);
      if (await makeTrouble(effects.trouble?.carrier, context, CARRIER_DIALECT, settings.slowMs)) return;
      answer(context, body, body.phoneNumber, effects);
    });
  };

  serve('kycMatch', matchBody, (context, body, phone) => {
    const { phoneNumber: _, locality, birthdate, ...same } = body;
    const asked: Asked = { ...same, city: locality, birthDate: birthdate };
    const found = compare(asked, recordFor(asked), phone);
    if (found.size === 0) {
      const code = 'KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION';
      fail(context, 400, code, 'Indicated parameter combination is invalid');
      return;
    }
    context.body = matchAnswer(found);
  });

  serve('simSwap', simSwapBody, (context, { maxAge }, _phone, effects) => {
    if (effects.simSwapLongestHours !== undefined && maxAge > effects.simSwapLongestHours) {
      fail(context, 400, 'OUT_OF_RANGE', 'Client specified an invalid range.');
      return;
    }
    context.body = { swapped: effects.simSwappedHoursAgo !== undefined && effects.simSwappedHoursAgo <= maxAge };
  });

  serve('numberRecycling', recyclingBody, (context, { specifiedDate }, _phone, effects) => {
    const days = effects.recycledDaysAgo;
    const changedOn = days === undefined ? undefined : settings.clock() - days * 86_400_000;
    context.body = { phoneNumberRecycled: changedOn !== undefined && Date.parse(specifiedDate) <= changedOn };
  });

  router.post(CAMARA_APIS.numberVerification.path, async (context) => {
    const granted = grantedFor(context, settings.tokens, CAMARA_APIS.numberVerification.scope);
    if (granted === undefined) return;
    if (granted.phone === undefined) {
      const code = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';
      fail(context, 403, code, 'Client must authenticate via the mobile network to use this service');
      return;
    }
    const body = await wellFormed(context, verificationBody);
    if (body === undefined) return;
    const { trouble } = effectsOf(granted.phone);
    if (await makeTrouble(trouble?.carrier, context, CARRIER_DIALECT, settings.slowMs)) return;
    const same =
      'phoneNumber' in body
        ? body.phoneNumber === granted.phone
        : body.hashedPhoneNumber.toLowerCase() === sha256(granted.phone);
    context.body = { devicePhoneNumberVerified: same };
  });

  return router;
}

function matchAnswer(found: ReadonlyMap<keyof Asked, Likeness>): Record<string, string | number> {
  const body: Record<string, string | number> = {};
  for (const [ours, theirs, scored] of MATCH_FIELDS) {
    const likeness = found.get(ours);
    if (likeness === undefined) continue;
    body[`${theirs}Match`] = likeness === null ? 'not_available' : String(likeness.equal);
    // A score stands only beside `false`, and never reaches 100 there.
    if (likeness !== null && !likeness.equal && likeness.score !== null && scored) {
      body[`${theirs}MatchScore`] = Math.min(99, likeness.score);
    }
  }
  return body;
}

function grantedFor(context: Context, tokens: SandboxTokens, scope: string): Granted | undefined {
  const correlator = context.get('x-correlator');
  if (/^[a-zA-Z0-9-_:;./<>{}]{1,256}$/.test(correlator)) context.set('x-correlator', correlator);
  const granted = tokens.find(context.get('authorization').replace(/^Bearer /, ''));
  if (granted === undefined) {
    const message = 'Request not authenticated due to missing, invalid, or expired credentials.';
    fail(context, 401, 'UNAUTHENTICATED', `${message} A new authentication is required.`);
    return undefined;
  }
  if (!granted.scopes.includes(scope)) {
    fail(context, 403, 'PERMISSION_DENIED', 'Client does not have sufficient permissions to perform this action.');
    return undefined;
  }
  return granted;
}

async function wellFormed<Body>(context: Context, schema: z.ZodType<Body>): Promise<Body | undefined> {
  const raw = context.is('application/json') ? await readText(context.req) : undefined;
  let value: unknown;
  try {
    value = raw === undefined ? undefined : JSON.parse(raw);
  } catch {
    value = undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  fail(context, 400, 'INVALID_ARGUMENT', 'Client specified an invalid argument, request body or query param.');
  return undefined;
}

/** CAMARA's ErrorInfo. */
function fail(context: Context, status: number, code: string, message: string): void {
  context.status = status;
  context.body = { status, code, message };
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
