import { isLocale, type Locale } from './locales/index.ts';

/** Cookie that keeps a language chosen by link. */
export const LANGUAGE_COOKIE = 'gatehouse_lang';

/**
 * The language of a page: chosen by the person, else wished by the application (`ui_locales`, space separated, in
 * order), else the browser's (`Accept-Language`), else English.
 */
export function chooseLocale(wishes: {
  readonly chosen?: string | undefined;
  readonly uiLocales?: string | undefined;
  readonly acceptLanguage?: string | undefined;
}): Locale {
  if (wishes.chosen !== undefined && isLocale(wishes.chosen)) return wishes.chosen;
  return first((wishes.uiLocales ?? '').split(' ')) ?? first(preferred(wishes.acceptLanguage ?? '')) ?? 'en';
}

/** The first tag whose primary language we have (BCP 47 lookup on the language alone). */
function first(tags: readonly string[]): Locale | undefined {
  for (const tag of tags) {
    const language = tag.trim().toLowerCase().split(/[-_]/)[0] ?? '';
    if (isLocale(language)) return language;
  }
  return undefined;
}

/** Tags of an Accept-Language header by falling weight (RFC 9110 section 12.5.4). */
function preferred(header: string): readonly string[] {
  return header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
      const weight = Number(parameters.find((piece) => piece.startsWith('q='))?.slice(2) ?? 1);
      return { tag, weight: Number.isFinite(weight) ? weight : 0 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
