/**
 * The sentences that the capture scripts tell while no page is loaded: hints, problems, the challenge. The scripts hold
 * no words of their own, so that every language is complete by its catalogue.
 */
import { LOCALES, isMessageKey, message, type Locale } from '../http/locales/index.ts';
import { en } from '../http/locales/en.ts';

const SPOKEN = /^(?:capture\.problem\.|camera\.)/;

const WORDS: Readonly<Record<Locale, string>> = Object.fromEntries(
  LOCALES.map((locale) => {
    const keys = Object.keys(en).filter((key) => SPOKEN.test(key) && isMessageKey(key));
    return [locale, JSON.stringify(Object.fromEntries(keys.map((key) => [key, message(locale, key)])))];
  }),
) as Readonly<Record<Locale, string>>;

/** Message key to sentence, as JSON, for one locale. */
export function captureWords(locale: Locale): string {
  return WORDS[locale];
}
