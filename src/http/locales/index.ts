/** The message catalogues. A new language is a file and a row here. */
import { GatehouseError } from '../../errors.ts';
import { en } from './en.ts';
import { es } from './es.ts';

export type MessageKey = keyof typeof en;
export type Catalogue = Readonly<Record<MessageKey, string>>;
export type MessageParams = Readonly<Record<string, string | number>>;

/** The shipped languages. */
export const CATALOGUES = { en, es } as const satisfies Readonly<Record<string, Catalogue>>;
export type Locale = keyof typeof CATALOGUES;
export const LOCALES = Object.keys(CATALOGUES) as readonly Locale[];

/** Narrow a tag to a shipped locale. */
export function isLocale(tag: string): tag is Locale {
  return Object.hasOwn(CATALOGUES, tag);
}

/** Narrow a key to one that the catalogues hold. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

/**
 * A sentence with its placeholders filled in: plain text, to be escaped where it is put into HTML.
 * An unknown key or a missing parameter is a bug and throws `message_invalid`.
 */
export function message(locale: Locale, key: string, params: MessageParams = {}): string {
  if (!isMessageKey(key)) throw new GatehouseError('message_invalid', 500, `no message has the key ${key}`);
  return CATALOGUES[locale][key].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) throw new GatehouseError('message_invalid', 500, `message ${key} lacks ${name}`);
    return String(value);
  });
}

/** Like {@link message}, choosing `<key>.one` or `<key>.other` by the locale's plural rule; fills in `{count}`. */
export function pluralMessage(locale: Locale, key: string, count: number, params: MessageParams = {}): string {
  const form = new Intl.PluralRules(locale).select(count) === 'one' ? 'one' : 'other';
  return message(locale, `${key}.${form}`, { ...params, count });
}
