import type { Middleware } from 'koa';

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
] as const;

/** The policy of a page whose form may end at the application. */
export const CSP_LEAVING = CSP.filter((directive) => !directive.startsWith('form-action')).join('; ');
const CSP_STAYING = CSP.join('; ');

const NO_DEVICES = 'camera=(), microphone=(), geolocation=(), payment=(), usb=()';

/**
 * Headers of every answer, set before anybody writes one.
 *
 * `Referrer-Policy: same-origin`, not `no-referrer`: under the latter browsers send `Origin: null` with our own forms,
 * and the origin check would have to let that through.
 */
export function securityHeaders(https: boolean): Middleware {
  return async (ctx, next) => {
    ctx.set({
      'Content-Security-Policy': CSP_STAYING,
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'same-origin',
      'Permissions-Policy': NO_DEVICES,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Robots-Tag': 'noindex',
      ...(https ? { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' } : {}),
    });
    await next();
  };
}

/**
 * Let this page's form lead away to the application. Chromium applies `form-action` to the whole redirect chain of a
 * form, the application's own redirects included, so `'self'` would leave the person standing here without a word.
 * Only for pages that ask nothing.
 */
export function allowLeaving(ctx: { set(name: string, value: string): void }): void {
  ctx.set('Content-Security-Policy', CSP_LEAVING);
}

/** Let this page use the camera, and nothing else. Only for pages that take a picture. */
export function allowCamera(ctx: { set(name: string, value: string): void }): void {
  ctx.set('Permissions-Policy', NO_DEVICES.replace('camera=()', 'camera=(self)'));
}
