/** Paths of the console, and what of a browser's word leads to one of them. */
import type { Context } from 'koa';

export const ADMIN = '/admin';
export const SIGN_IN = '/admin/sign-in';
/** Where somebody who is signed in proves it anew. */
export const AGAIN = '/admin/again';

/** Where somebody proves who they are, and from there to where they wanted. Pure. */
export function led(prove: string, to: string): string {
  return to === ADMIN && prove === SIGN_IN ? SIGN_IN : `${prove}?to=${encodeURIComponent(to)}`;
}

/** The page a form was sent from, if it is one of the console's. */
export function pathBefore(ctx: Context): string {
  const from = URL.parse(ctx.get('referer'));
  return from && from.host === ctx.host ? inConsole(`${from.pathname}${from.search}`) : ADMIN;
}

/** A path of the console, or its front page: nobody is sent anywhere else. Pure. */
export function inConsole(path: string | undefined): string {
  if (path === undefined || !/^\/admin(?:[/?][\w\-./?&=%~:+]*)?$/.test(path) || path.includes('//')) return ADMIN;
  // As a browser would read it: dots, written plainly or not, lead elsewhere.
  const read = URL.parse(path, 'http://console.invalid');
  return read && `${read.pathname}${read.search}` === path ? path : ADMIN;
}
