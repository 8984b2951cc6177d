import type { Context } from 'koa';
import { hashOfToken, TOKEN_SHAPE } from '../devices/token.ts';
import { AGAIN_PATH } from '../journey/again_links.ts';

/** Where the pages stand for a browser that used a link up; no token looks like it. */
export const AGAIN_PAGES = `${AGAIN_PATH}/journey`;

/** Longer than any workflow gives; the row behind it ends first. Milliseconds. */
const MOST_AGE_MS = 31 * 86_400_000;

/** The cookie of a browser that used a link up: 256 bits, chosen for it when it was shown the link's page. */
export interface AgainCookie {
  /** Hash of the one that came with this request. */
  hash(ctx: Context): string | undefined;
  set(ctx: Context, token: string): void;
}

/** @param origin `__Host-` on https, the plain name on http: for the reasons given in `capture_cookie.ts` */
export function againCookie(origin: string): AgainCookie {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-gatehouse_again' : 'gatehouse_again';
  return {
    hash(ctx) {
      const value = ctx.cookies.get(name, { signed: false });
      return value !== undefined && TOKEN_SHAPE.test(value) ? hashOfToken(value) : undefined;
    },
    // Lax: a vendor's pages lead back here.
    set: (ctx, token) => void ctx.cookies.set(name, token, { signed: false, httpOnly: true, sameSite: 'lax', path: '/', secure, overwrite: true, maxAge: MOST_AGE_MS }),
  };
}
