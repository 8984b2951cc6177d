import type { Context } from 'koa';
import type { Visitor } from '../journey/journey.ts';
import { LANGUAGE_COOKIE, chooseLocale } from '../http/locale.ts';
import type { Locale } from '../http/locales/index.ts';
import { Personal } from '../personal.ts';

/** Headers that risk signals look at. Everything else, cookies and credentials first, stays outside. */
const LOOKED_AT = [
  'accept', 'accept-language', 'accept-encoding', 'user-agent', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform',
  'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'sec-fetch-user', 'sec-purpose', 'purpose', 'x-purpose',
] as const;

/** The page language for a request; `wished` are the application's `ui_locales`, or the journey's own. */
export function localeOf(ctx: Context, wished?: string): Locale {
  const asked = typeof ctx.query['lang'] === 'string' ? ctx.query['lang'] : undefined;
  return chooseLocale({
    chosen: asked ?? ctx.cookies.get(LANGUAGE_COOKIE, { signed: false }),
    uiLocales: wished,
    acceptLanguage: ctx.get('accept-language'),
  });
}

/** Remember a language chosen by link; a preference, not a fact about the person. */
export function keepLanguage(ctx: Context): void {
  if (typeof ctx.query['lang'] !== 'string') return;
  ctx.cookies.set(LANGUAGE_COOKIE, chooseLocale({ chosen: ctx.query['lang'] }), {
    signed: false, httpOnly: true, sameSite: 'lax', secure: ctx.secure, maxAge: 31_536_000_000, overwrite: true,
  });
}

/** Facts on who is asking. The address is the one the issuer pin worked out, never a header's word. */
export function visitorOf(ctx: Context, locale: Locale): Visitor {
  const address = ctx.state['clientAddress'] as unknown;
  return {
    address: address instanceof Personal ? (address as Personal<string>) : Personal.of(''),
    userAgent: ctx.get('user-agent'),
    headers: Object.fromEntries(
      LOOKED_AT.flatMap((name) => {
        const value = ctx.get(name);
        return value === '' ? [] : [[name, value.slice(0, 2000)]];
      }),
    ),
    locale,
  };
}
