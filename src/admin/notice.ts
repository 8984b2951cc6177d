/** A sentence that a redirect leaves for the next page: what was done. Kept in a cookie, so that no address repeats it. */
import type { Context } from 'koa';

const NOTICE = 'gatehouse_staff_notice';
const MOST = 300;

function attributes(origin: string) {
  return { signed: false, httpOnly: true, sameSite: 'strict', path: '/admin', secure: origin.startsWith('https:'), overwrite: true } as const;
}

export function writeNotice(ctx: Context, text: string, origin: string): void {
  ctx.cookies.set(NOTICE, Buffer.from(text.slice(0, MOST)).toString('base64url'), { ...attributes(origin), maxAge: 60_000 });
}

/** The sentence, once. It is shown as text: whoever can set cookies here could show a sentence, and nothing more. */
export function readNotice(ctx: Context, origin: string): string | undefined {
  const kept = ctx.cookies.get(NOTICE, { signed: false });
  if (kept === undefined || kept === '') return undefined;
  ctx.cookies.set(NOTICE, null, attributes(origin));
  return Buffer.from(kept, 'base64url').toString('utf8').slice(0, MOST);
}
