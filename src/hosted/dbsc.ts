/**
 * The doors of Device Bound Session Credentials (W3C draft): the invitation that goes out with a device cookie, and the
 * two addresses that browsers call by themselves. No page and no script takes part. What is sent there stands in headers
 * that no form and no other site's script can set.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { BOUND_MS, type Dbsc, type DbscAnswer } from '../devices/dbsc.ts';
import { hashOfToken, TOKEN_SHAPE } from '../devices/token.ts';
import { checkOrigin } from '../http/csrf.ts';
import type { Mode } from '../journey/journey.ts';
import { deviceCookie } from './device_cookie.ts';

const PREFIX = '/device/dbsc';
const REGISTER_PATH = `${PREFIX}/register`;
const REFRESH_PATH = `${PREFIX}/refresh`;

/** The short-lived cookie that a refresh gives; where it is, the hardware key signed minutes ago. */
export interface BoundCookie {
  readonly name: string;
  /** Hash of what came with this request; undefined where there is none, or none of ours. */
  hash(ctx: Context): string | undefined;
  set(ctx: Context, token: string): void;
}

const ATTRIBUTES = { httpOnly: true, sameSite: 'lax', path: '/' } as const;

/** `__Host-` on an https origin, the plain name on http: for the reasons given in `capture_cookie.ts`. */
export function boundCookie(origin: string): BoundCookie {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-gatehouse_bound' : 'gatehouse_bound';
  return {
    name,
    hash(ctx) {
      const value = ctx.cookies.get(name, { signed: false });
      return value !== undefined && TOKEN_SHAPE.test(value) ? hashOfToken(value) : undefined;
    },
    set: (ctx, token) => void ctx.cookies.set(name, token, { ...ATTRIBUTES, signed: false, secure, overwrite: true, maxAge: BOUND_MS }),
  };
}

/**
 * The invitation to register a hardware key, for the answer that sets the device cookie; browsers without such hardware
 * pass over it. To be given to `deviceIssue` as `also`.
 */
export function dbscHeader(dbsc: Pick<Dbsc, 'invite'>): (ctx: Context, issued: { readonly mode: Mode; readonly tokenHash: string }) => Promise<void> {
  return async (ctx, issued) => {
    const challenge = await dbsc.invite(issued);
    ctx.set('Secure-Session-Registration', `(ES256 RS256);path="${REGISTER_PATH}";challenge="${challenge}"`);
  };
}

/** `POST /device/dbsc/register` and `/device/dbsc/refresh`. */
export function dbscRoutes({ dbsc, origin }: { readonly dbsc: Dbsc; readonly origin: string }): Router {
  const router = new Router({ prefix: PREFIX });
  const [device, bound] = [deviceCookie(origin), boundCookie(origin)];

  const tell = (ctx: Context, answer: DbscAnswer): void => {
    ctx.set('Cache-Control', 'no-store');
    switch (answer.kind) {
      case 'bound':
        bound.set(ctx, answer.bound);
        ctx.body = session(answer.sessionId, origin, bound.name);
        return;
      case 'challenge':
        ctx.status = 403;
        ctx.set('Secure-Session-Challenge', `"${answer.challenge}";id="${answer.sessionId}"`);
        ctx.body = {};
        return;
      case 'over':
        ctx.body = { continue: false };
        return;
      case 'refused':
        // Neither 403, which asks for another try, nor 5xx: the browser lets the session go.
        ctx.status = 400;
        ctx.body = { problem: answer.code };
    }
  };

  router.post('/register', async (ctx) => {
    checkOrigin(ctx.headers, origin);
    tell(ctx, await dbsc.register(headerString(ctx, 'secure-session-response'), (mode) => device.hash(ctx, mode)));
  });
  router.post('/refresh', async (ctx) => {
    checkOrigin(ctx.headers, origin);
    tell(ctx, await dbsc.refresh(headerString(ctx, 'sec-secure-session-id'), headerString(ctx, 'secure-session-response'), (mode) => device.hash(ctx, mode)));
  });
  return router;
}

/** What the browser is to keep fresh, and where (session instructions of the draft). */
function session(sessionId: string, origin: string, cookie: string): object {
  const secure = origin.startsWith('https:') ? 'Secure; ' : '';
  return {
    session_identifier: sessionId,
    refresh_url: REFRESH_PATH,
    scope: {
      origin,
      include_site: false,
      // Only where people are; waiting for a refresh would hold up everything else for nothing.
      scope_specification: ['/assets', PREFIX].map((path) => ({ type: 'exclude', domain: new URL(origin).hostname, path })),
    },
    credentials: [{ type: 'cookie', name: cookie, attributes: `Path=/; ${secure}HttpOnly; SameSite=Lax` }],
  };
}

/** A header that is a token or a string of structured fields (RFC 8941, section 3.3.3); both are sent by browsers. */
function headerString(ctx: Context, name: string): string | undefined {
  const value = ctx.get(name).trim();
  const text = /^"([^"\\]*)"$/.exec(value)?.[1] ?? value;
  return text === '' ? undefined : text;
}
