/** The cookies of the staff: who is signed in, where a sign-in stands, and which browser is known at a name. */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { sameSecret } from '../../constant_time.ts';
import { hashOfToken, TOKEN_SHAPE } from '../../devices/token.ts';
import type { Personal } from '../../personal.ts';

const SESSION = 'gatehouse_staff';
const STEP = 'gatehouse_staff_step';
const KNOWN = 'gatehouse_staff_known';
const OUTSIDE = 'gatehouse_staff_outside';

/** How long a browser stays known at a name, milliseconds. */
const KNOWN_MS = 180 * 86_400_000;
/** Where other providers send people back. */
export const CALLBACK = '/admin/sign-in/external/callback';

export interface StaffCookies {
  /** Hash of the session's cookie. */
  session(ctx: Context): string | undefined;
  setSession(ctx: Context, token: string): void;
  dropSession(ctx: Context): void;
  /** Hash of the cookie that stands for a sign-in under way. */
  step(ctx: Context): string | undefined;
  setStep(ctx: Context, token: string): void;
  dropStep(ctx: Context): void;
  /** What marks this browser at this name; undefined where it is not known there. */
  known(ctx: Context, name: string): string | undefined;
  setKnown(ctx: Context, name: string): void;
  /** Sealed by the caller; Lax, because it must come along from the other provider. */
  outside(ctx: Context): string | undefined;
  setOutside(ctx: Context, sealed: string | undefined, forMs: number): void;
}

/** The address that a request came from. */
export function addressOf(ctx: Context): string {
  return (ctx.state['clientAddress'] as Personal<string> | undefined)?.open() ?? '';
}

/** @param keyed HMAC under a secret of the gateway */
export function staffCookies(origin: string, keyed: (text: string) => string): StaffCookies {
  const secure = origin.startsWith('https:');
  // `__Secure-`: no page on plain http can plant it. `__Host-` would ask for the whole site as its path.
  const named = (name: string): string => (secure ? `__Secure-${name}` : name);
  const strict = { signed: false, httpOnly: true, sameSite: 'strict', path: '/admin', secure, overwrite: true } as const;
  const hashed = (ctx: Context, name: string): string | undefined => {
    const value = ctx.cookies.get(named(name), { signed: false });
    return value !== undefined && TOKEN_SHAPE.test(value) ? hashOfToken(value) : undefined;
  };
  const markOf = (nonce: string, name: string): string => `${nonce}.${keyed(`${nonce}\0${name}`)}`;
  return {
    session: (ctx) => hashed(ctx, SESSION),
    setSession: (ctx, token) => void ctx.cookies.set(named(SESSION), token, strict),
    dropSession: (ctx) => void ctx.cookies.set(named(SESSION), null, strict),
    step: (ctx) => hashed(ctx, STEP),
    setStep: (ctx, token) => void ctx.cookies.set(named(STEP), token, strict),
    dropStep: (ctx) => void ctx.cookies.set(named(STEP), null, strict),
    known(ctx, name) {
      const value = ctx.cookies.get(named(KNOWN), { signed: false }) ?? '';
      const [nonce = ''] = value.split('.');
      return /^[\w-]{22}$/.test(nonce) && sameSecret(value, markOf(nonce, name)) ? nonce : undefined;
    },
    setKnown: (ctx, name) => void ctx.cookies.set(named(KNOWN), markOf(randomBytes(16).toString('base64url'), name), { ...strict, maxAge: KNOWN_MS }),
    outside: (ctx) => ctx.cookies.get(named(OUTSIDE), { signed: false }),
    setOutside: (ctx, sealed, forMs) => void ctx.cookies.set(named(OUTSIDE), sealed ?? null, { ...strict, sameSite: 'lax', path: CALLBACK, ...(sealed === undefined ? {} : { maxAge: forMs }) }),
  };
}
