/**
 * The way back for somebody whom a reviewer asks for one step again: a link that works once, for one browser. Implemented
 * in `store/again_links.ts`. Tokens arrive hashed; times are epoch milliseconds.
 */
import type { Context } from 'koa';
import { hashOfToken, TOKEN_SHAPE } from '../devices/token.ts';

/** Everything of it lies below; the pages themselves at {@link AGAIN_PAGES}, which no token looks like. */
export const AGAIN_PATH = '/again';
export const AGAIN_PAGES = `${AGAIN_PATH}/journey`;

/** A browser that used a link up. */
export interface HeldAgain {
  readonly journeyId: string;
  /** Of the link that it came by. */
  readonly tokenHash: string;
  /** When the journey ends without an answer. */
  readonly expiresAt: number;
}

export interface AgainLinks {
  /** The journey behind a link that nobody used and that still asks something. Changes nothing. */
  peek(tokenHash: string, now: number): Promise<string | undefined>;
  /** Use a link up for one browser; the same browser may send it twice. False for everybody else, and where nothing is asked any more. */
  take(tokenHash: string, holderHash: string, now: number): Promise<boolean>;
  /** What a browser came to by its link; a while beyond the journey's end, so that it can be told of it. */
  held(holderHash: string, now: number): Promise<HeldAgain | undefined>;
}

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
