import type { Context } from 'koa';

/** 128 bits in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{22}$/;
/** The token behind it ends with its journey; this only tidies up on phones that never come back. Milliseconds. */
const MOST_AGE_MS = 24 * 3600_000;

/** The cookie of a phone that took a capture over. It survives a browser that is closed in between. */
export interface CaptureCookie {
  /** Undefined where there is none, or none of ours. */
  read(ctx: Context): string | undefined;
  set(ctx: Context, token: string): void;
  clear(ctx: Context): void;
}

/**
 * `__Host-` on an https origin: no subdomain and no plain-http neighbour can plant one. Browsers accept that prefix only
 * with `Secure`, so on http (trying things out on localhost) the cookie goes by its plain name.
 */
export function captureCookie(origin: string): CaptureCookie {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-gatehouse_capture' : 'gatehouse_capture';
  // Lax, not strict: a vendor's pages and the phone's camera lead here from outside.
  const attributes = { signed: false, httpOnly: true, sameSite: 'lax', path: '/', secure, overwrite: true } as const;
  return {
    read(ctx) {
      const value = ctx.cookies.get(name, { signed: false });
      return value !== undefined && TOKEN.test(value) ? value : undefined;
    },
    set: (ctx, token) => void ctx.cookies.set(name, token, { ...attributes, maxAge: MOST_AGE_MS }),
    clear: (ctx) => void ctx.cookies.set(name, null, attributes),
  };
}
