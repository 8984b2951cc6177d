/** Codes for the day when the phone is lost: 80 random bits each, shown once, each good once. */
import { randomBytes } from 'node:crypto';

const COUNT = 10;
/** Crockford's base 32: no letter that looks like a digit. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ten of the form `xxxx-xxxx-xxxx-xxxx`. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: COUNT }, () => {
    const letters = [...randomBytes(16)].map((byte) => LETTERS[byte % 32]).join('');
    return (letters.match(/.{4}/g) ?? []).join('-');
  });
}

/** As it was written down, whatever came of case, dashes and look-alikes; undefined where it cannot be one. Pure. */
export function recoveryCodeOf(text: string): string | undefined {
  const letters = text.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return /^[0-9a-hjkmnp-tv-z]{16}$/.test(letters) ? (letters.match(/.{4}/g) ?? []).join('-') : undefined;
}
