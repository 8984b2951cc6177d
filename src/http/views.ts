/**
 * The template environment: autoescape on, undefined values refused, every helper bound to one locale. Knows nothing
 * of verification, keeps no state beyond compiled templates, and reads the clock only through what it was given.
 */
import nunjucks from 'nunjucks';
import { GatehouseError } from '../errors.ts';
import { LOCALES, isLocale, message, pluralMessage, type Locale, type MessageParams } from './locales/index.ts';

export { themeCss } from './theme.ts';

export interface Views {
  /**
   * Render a template.
   * @param name path below the views folder, e.g. `hosted/pii_form.njk`
   * @param locale a shipped locale; another one is a bug and throws
   * @param data what the template reads; helpers win over data of the same name
   */
  render(name: string, locale: string, data: Readonly<Record<string, unknown>>): string;
}

export interface ViewOptions {
  /** Absolute path of the views folder. */
  readonly dir: string;
  /** Epoch milliseconds; for "2 minutes ago" and for how long a page is good. */
  readonly now?: () => number;
}

export interface CountryChoice {
  readonly code: string;
  readonly name: string;
}

/** Compiles templates on first use and keeps them. */
export function makeViews({ dir, now = Date.now }: ViewOptions): Views {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(dir), {
    autoescape: true,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  const helpers = Object.fromEntries(LOCALES.map((locale) => [locale, helpersFor(locale, now)]));
  return {
    render(name, locale, data) {
      if (!isLocale(locale)) throw new GatehouseError('locale_unknown', 500, 'no catalogue for the locale of a page');
      return environment.render(name, { ...data, ...helpers[locale], locale });
    },
  };
}

/** Address of a page as a GET form needs it: browsers drop the query of such a form's action. */
export function hrefParts(href: string): { action: string; params: readonly { name: string; value: string }[] } {
  const [beforeHash = ''] = webLink(href).split('#', 1);
  const mark = beforeHash.indexOf('?');
  if (mark < 0) return { action: beforeHash, params: [] };
  const query = new URLSearchParams(beforeHash.slice(mark + 1));
  return { action: beforeHash.slice(0, mark), params: [...query].map(([name, value]) => ({ name, value })) };
}

/** True for http(s) addresses and paths of this site: what may stand in an `href`. */
export function isWebLink(href: string): boolean {
  return /^(?:https?:\/\/[^\s/]|\/(?![/\\]))/i.test(href);
}

/** The address itself, or an error: a `javascript:` link must never reach a page. */
export function webLink(href: string): string {
  if (!isWebLink(href)) throw new GatehouseError('link_invalid', 500, 'a page was given a link that is not http(s)');
  return href;
}

function helpersFor(locale: Locale, now: () => number) {
  const regions = new Intl.DisplayNames([locale], { type: 'region', fallback: 'code' });
  const collator = new Intl.Collator(locale);
  // Hours and minutes with their zone, because the server cannot know the person's; local-time.js rewrites them.
  const clock = new Intl.DateTimeFormat(locale, {
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const list = new Intl.ListFormat(locale);
  const sorted = new Map<string, readonly CountryChoice[]>();

  const countryName = (code: string): string => {
    if (!/^[A-Z]{2}$/.test(code)) throw new GatehouseError('country_unknown', 500, 'a country is two capital letters');
    return regions.of(code) ?? code;
  };

  return {
    t: (key: string, params: MessageParams = {}) => message(locale, key, params),
    tn: (key: string, count: number, params: MessageParams = {}) => pluralMessage(locale, key, count, params),
    clock: (at: number) => clock.format(at),
    dateTime: (at: number) => full.format(at),
    iso: (at: number) => new Date(at).toISOString(),
    secondsUntil: (at: number) => Math.max(0, Math.round((at - now()) / 1000)),
    minutesUntil: (at: number) => Math.max(1, Math.round((at - now()) / 60_000)),
    ago: (at: number) => {
      const seconds = Math.min(0, Math.round((at - now()) / 1000));
      if (seconds > -60) return relative.format(0, 'second');
      if (seconds > -5400) return relative.format(Math.round(seconds / 60), 'minute');
      return relative.format(Math.round(seconds / 3600), 'hour');
    },
    day: (at: number) => day.format(at),
    /** How long ago, in whole days once it is one; a date where it is weeks. */
    lately: (at: number) => {
      const hours = Math.min(0, Math.round((at - now()) / 3_600_000));
      if (hours > -1) return relative.format(Math.min(0, Math.round((at - now()) / 60_000)), 'minute');
      if (hours > -24) return relative.format(hours, 'hour');
      return hours > -14 * 24 ? relative.format(Math.round(hours / 24), 'day') : day.format(at);
    },
    /** `a, b and c`. */
    listed: (words: readonly string[]) => list.format(words),
    countryName,
    /** Names in the order of the locale's alphabet, with the given ones first. */
    countryChoices: (codes: readonly string[], first: readonly string[] = []): readonly CountryChoice[] => {
      const key = `${first.join()};${codes.join()}`;
      const known = sorted.get(key);
      if (known) return known;
      const rest = codes.filter((code) => !first.includes(code)).map((code) => ({ code, name: countryName(code) }));
      rest.sort((a, b) => collator.compare(a.name, b.name));
      const head = first.filter((code) => codes.includes(code)).map((code) => ({ code, name: countryName(code) }));
      const choices = [...head, ...rest];
      // Only the few lists of deployed workflows ever come here; the cap is against a caller's mistake.
      if (sorted.size < 50) sorted.set(key, choices);
      return choices;
    },
    hrefParts,
    isWebLink,
    webLink,
  };
}
