/** What a password must be: long, not the person's own name, not one that everybody tries first. Nothing about its letters. Pure. */
import type { Personal } from '../../personal.ts';

export const LEAST_CHARACTERS = 12;
export const MOST_CHARACTERS = 200;

/** Of the lists that guessers begin with, those that are long enough to pass, and what they are made of. */
const COMMON: readonly string[] = [
  'password', 'passwort', 'passw0rd', 'p@ssw0rd', 'p@ssword', 'qwerty', 'qwertyuiop', 'azerty', 'asdfghjkl', 'zxcvbnm', 'letmein', 'welcome', 'iloveyou', 'administrator',
  'admin', 'changeme', 'secret', 'monkey', 'dragon', 'football', 'baseball', 'sunshine', 'princess', 'trustno1', 'superman', 'batman', 'master', 'login', 'starwars',
  'gatehouse', 'summer', 'winter', 'spring', 'autumn', 'default', 'temporary', 'testtest', 'password123', 'unknown', 'whatever', 'michael', 'jordan', 'hunter2', 'correcthorsebatterystaple',
];
const KEYBOARD = ['01234567890123456789', '1qaz2wsx3edc4rfv5tgb', 'qwertyuiopasdfghjklzxcvbnm', 'abcdefghijklmnopqrstuvwxyz', '1q2w3e4r5t6y7u8i9o0p', 'qazwsxedcrfvtgbyhnujm'];

/** Why it cannot be taken, as a sentence for its field; undefined where it can. */
export function passwordFault(password: Personal<string>, whose: { readonly name: string; readonly email: Personal<string> | undefined }): string | undefined {
  const text = password.open().normalize('NFKC');
  const length = [...text].length;
  if (length < LEAST_CHARACTERS) return `Use at least ${LEAST_CHARACTERS} characters. Several words in a row are easy to remember.`;
  if (length > MOST_CHARACTERS) return `Use at most ${MOST_CHARACTERS} characters.`;
  const plain = bare(text);
  const email = whose.email?.open() ?? '';
  const own = [...whose.name.split(/\s+/), whose.name, email, email.split('@')[0] ?? ''].map(bare).filter((word) => word.length >= 3);
  // What is left when the known parts are gone is what somebody has to guess.
  if (left(plain, own) < LEAST_CHARACTERS / 2) return 'This is made of your own name. Choose something that others cannot guess.';
  if (left(plain, COMMON) < 5 || new Set(plain).size < 5 || KEYBOARD.some((row) => (row + row).includes(plain) || [...row, ...row].toReversed().join('').includes(plain))) {
    return 'Too many people use this, or something like it. Choose something that others cannot guess.';
  }
  return undefined;
}

function bare(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}@]/gu, '');
}

function left(text: string, words: readonly string[]): number {
  return words.filter((word) => word !== '').toSorted((a, b) => b.length - a.length).reduce((rest, word) => rest.replaceAll(word, ''), text).length;
}
