import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';

const VISIT = 'gatehouse_staff_visit';
const SHAPE = /^[\w-]{22}$/;

/** Whether this browser came with what it is known by. */
export function hasVisit(ctx: Context): boolean {
  return SHAPE.test(ctx.cookies.get(VISIT, { signed: false }) ?? '');
}

/** What this browser is known by at the console, signed in or not; given to it where it has none yet. */
export function visitOf(ctx: Context, origin: string): string {
  // Asked for several times in one request, it is given once.
  const given = ctx.state['staffVisit'] as string | undefined;
  if (given !== undefined) return given;
  let visit = ctx.cookies.get(VISIT, { signed: false });
  if (visit === undefined || !SHAPE.test(visit)) {
    visit = randomBytes(16).toString('base64url');
    ctx.cookies.set(VISIT, visit, { signed: false, httpOnly: true, sameSite: 'strict', path: '/admin', secure: origin.startsWith('https:'), overwrite: true });
  }
  ctx.state['staffVisit'] = visit;
  return visit;
}
