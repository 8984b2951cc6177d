/** Who a request's cookie stands for, read anew with every request: whoever is shut out is out at once. */
import type { Context } from 'koa';
import { SYSTEM } from '../actor.ts';
import type { StaffSessions } from '../route.ts';
import type { StaffCookies } from './cookies.ts';
import type { SessionStore } from './store.ts';

/** How often it is written down that a session is in use, milliseconds. */
const SEEN_MS = 60_000;

export interface StaffSessionDeps {
  readonly sessions: Pick<SessionStore, 'byHash' | 'seen' | 'end'>;
  readonly cookies: Pick<StaffCookies, 'session'>;
  /** Whether passwords of our own are on; where they are off, sessions that began with one end. */
  readonly passwords: boolean;
  readonly now: () => number;
}

export function staffSessions({ sessions, cookies, passwords, now }: StaffSessionDeps): StaffSessions {
  return {
    async of(ctx: Context) {
      const hash = cookies.session(ctx);
      if (hash === undefined) return undefined;
      const at = now();
      const open = await sessions.byHash(hash, at);
      if (!open) return undefined;
      if (!passwords && !open.external) {
        await sessions.end(SYSTEM, open.staffId, { id: open.id });
        return undefined;
      }
      if (at - open.lastSeenAt >= SEEN_MS) await sessions.seen(hash, at);
      const { staffId, name, roles, authenticatedAt } = open;
      return { hash, staffId, name, roles, authenticatedAt };
    },
  };
}
