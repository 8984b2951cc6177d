/**
 * Who may see a person's devices: first whoever holds a link, once and for a short while, then the browser that used it
 * up, by a cookie. Both are tickets, kept hashed, so that signing out or using a link once ends it everywhere.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import type { TicketStore } from '../devices/store.ts';
import { hashOfToken, newToken, TOKEN_SHAPE } from '../devices/token.ts';
import { Personal } from '../personal.ts';
import { MY_DEVICES_PATH } from './my_pages.ts';

const MINUTE = 60_000;
/** Offered to the person who was approved just now. */
export const SUCCESS_LINK_MS = 15 * MINUTE;
/** Sent to somebody by the operator or the application. */
export const SENT_LINK_MS = 24 * 60 * MINUTE;
/** How long the page stays open in the browser that used a link. It asks for nothing that could be lost. */
export const MY_SESSION_MS = 20 * MINUTE;

const LINK = 'my_devices';
const SESSION = 'my_session';

const held = z.strictObject({
  accountId: z.string().min(1),
  mode: z.enum(['test', 'live']),
  /** The workflow in whose look the pages appear. */
  workflowId: z.string().optional(),
  /** When it ends, epoch milliseconds; repeated here so that the page can tell. */
  until: z.number(),
});

/** Whose devices may be seen. */
export type MyAccount = Readonly<Omit<z.infer<typeof held>, 'until'>>;

/** The page open in one browser. `hash` names it, and the browser alone has what it was made of. */
export interface MySession extends MyAccount {
  readonly hash: string;
  readonly until: number;
}

/**
 * A link to somebody's devices, as a path of this origin: whoever opens it first, and says so, sees them.
 * @param lifeMs one of the constants above
 */
export async function devicesLink(tickets: Pick<TicketStore, 'make'>, whose: MyAccount, lifeMs: number, now: number): Promise<string> {
  const token = newToken();
  const until = now + lifeMs;
  await tickets.make({ hash: hashOfToken(token), purpose: LINK, holds: Personal.of({ ...whose, until }), now, expiresAt: until });
  return `${MY_DEVICES_PATH}/${token}`;
}

export interface MySessions {
  /** Whether the link can still be used; uses nothing up. */
  linkOpen(tokenHash: string): Promise<boolean>;
  /** Use the link up and open the page in this browser. False where it cannot be used: of many at once, one can. */
  begin(ctx: Context, tokenHash: string): Promise<boolean>;
  /** The session that this browser's cookie stands for. */
  of(ctx: Context): Promise<MySession | undefined>;
  end(ctx: Context): Promise<void>;
}

/** @param origin decides on the cookie's name: `__Host-` needs https, see `capture_cookie.ts` */
export function mySessions(tickets: Pick<TicketStore, 'make' | 'peek' | 'take'>, origin: string, now: () => number): MySessions {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-gatehouse_my' : 'gatehouse_my';
  // Lax: a link in a message leads here, and what it finds is asked for again by a form of our own.
  const attributes = { signed: false, httpOnly: true, sameSite: 'lax', path: '/', secure, overwrite: true } as const;
  const cookie = (ctx: Context): string | undefined => {
    const value = ctx.cookies.get(name, { signed: false });
    return value !== undefined && TOKEN_SHAPE.test(value) ? hashOfToken(value) : undefined;
  };
  const read = (holds: Personal<unknown> | undefined) => {
    const parsed = held.safeParse(holds?.open());
    return parsed.success ? parsed.data : undefined;
  };
  return {
    linkOpen: async (tokenHash) => read(await tickets.peek(tokenHash, LINK, now())) !== undefined,
    async begin(ctx, tokenHash) {
      const found = read(await tickets.take(tokenHash, LINK, now()));
      if (!found) return false;
      const before = cookie(ctx);
      // Whoever was signed in to the page here is not any more: two people at one browser must not see each other's.
      if (before !== undefined) await tickets.take(before, SESSION, now());
      const token = newToken();
      const until = now() + MY_SESSION_MS;
      await tickets.make({ hash: hashOfToken(token), purpose: SESSION, holds: Personal.of({ ...found, until }), now: now(), expiresAt: until });
      ctx.cookies.set(name, token, { ...attributes, maxAge: MY_SESSION_MS });
      return true;
    },
    async of(ctx) {
      const hash = cookie(ctx);
      const found = hash === undefined ? undefined : read(await tickets.peek(hash, SESSION, now()));
      return found && hash !== undefined ? { ...found, hash } : undefined;
    },
    async end(ctx) {
      const hash = cookie(ctx);
      if (hash !== undefined) await tickets.take(hash, SESSION, now());
      ctx.cookies.set(name, null, attributes);
    },
  };
}
