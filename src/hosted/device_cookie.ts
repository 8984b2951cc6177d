import type { Context } from 'koa';
import { hashOfToken } from '../devices/token.ts';
import type { Mode } from '../journey/journey.ts';

/** 256 bits in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** Browsers keep a cookie 400 days at most. Milliseconds. */
const AGE_MS = 400 * 86_400_000;

/**
 * The cookie by which a browser is found again. It proves nothing alone: the browser's key has to answer too. Each mode has
 * its own: a sign-in to a test key must not take the live one away.
 */
export interface DeviceCookie {
  /** Hash of the cookie that came with this request; undefined where there is none, or none of ours. */
  hash(ctx: Context, mode: Mode): string | undefined;
  set(ctx: Context, mode: Mode, token: string): void;
}

const NAMES: Readonly<Record<Mode, string>> = { live: 'gatehouse_device', test: 'gatehouse_device_test' };

/** `__Host-` on an https origin, the plain name on http: for the reasons given in `capture_cookie.ts`. */
export function deviceCookie(origin: string): DeviceCookie {
  const secure = origin.startsWith('https:');
  const nameOf = (mode: Mode): string => (secure ? `__Host-${NAMES[mode]}` : NAMES[mode]);
  return {
    hash(ctx, mode) {
      const value = ctx.cookies.get(nameOf(mode), { signed: false });
      return value !== undefined && TOKEN.test(value) ? hashOfToken(value) : undefined;
    },
    // Lax: the person is sent here by an application's site.
    set: (ctx, mode, token) => void ctx.cookies.set(nameOf(mode), token, { signed: false, httpOnly: true, sameSite: 'lax', path: '/', secure, overwrite: true, maxAge: AGE_MS }),
  };
}
