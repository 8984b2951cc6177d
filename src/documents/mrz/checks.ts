import type { MrzCheckName, MrzFormat } from '../facts.ts';

export interface CheckResult {
  readonly name: MrzCheckName;
  readonly ok: boolean;
}

const WEIGHTS = [7, 3, 1] as const;

/** A letter's value: digits count themselves, A is 10, the filler nothing. */
function valueOf(letter: string): number {
  if (letter === '<') return 0;
  const code = letter.charCodeAt(0);
  return code <= 57 ? code - 48 : code - 55;
}

/** The check digit of a text (ICAO 9303 part 3, 4.9): weights 7, 3, 1, modulo 10. */
export function checkDigit(text: string): string {
  return String([...text].reduce((sum, letter, index) => sum + valueOf(letter) * WEIGHTS[index % 3]!, 0) % 10);
}

/**
 * A document number of more than nine letters goes on in the optional data (part 5, 4.2.2 note j): a filler stands where
 * the check digit would, and the digit follows the number's last letter there. Undefined where it does not go on.
 */
export function longNumber(number: string, digit: string, optional: string): { readonly number: string; readonly digit: string; readonly checked: string } | undefined {
  if (digit !== '<') return undefined;
  const rest = /^([A-Z0-9]+)([0-9])(?:<|$)/.exec(optional);
  if (!rest) return undefined;
  return { number: number + rest[1]!, digit: rest[2]!, checked: `${number}<${rest[1]!}` };
}

/** All check digits of a zone whose lines have their full length. */
export function checksOf(format: MrzFormat, lines: readonly string[]): readonly CheckResult[] {
  return format === 'TD1' ? checksOfCard(lines[0] ?? '', lines[1] ?? '') : checksOfPage(format, lines[1] ?? '');
}

function checksOfPage(format: 'TD2' | 'TD3', line: string): readonly CheckResult[] {
  const [optional, optionalDigit] = [line.slice(28, format === 'TD3' ? 42 : 35), line[42] ?? ''];
  const composite = line.slice(0, 10) + line.slice(13, 20) + line.slice(21, line.length - 1);
  const empty = optionalDigit === '<' && /^<*$/.test(optional);
  return [
    { name: 'number', ok: numberHolds(line.slice(0, 9), line[9] ?? '', optional) },
    { name: 'birth', ok: checkDigit(line.slice(13, 19)) === line[19] },
    { name: 'expiry', ok: expiryHolds(line.slice(21, 27), line[27]) },
    // Only TD3 has one, and it may be left out where there is nothing to check (part 4, 4.2.2).
    ...(format === 'TD3' ? [{ name: 'optional', ok: empty || checkDigit(optional) === optionalDigit } as const] : []),
    { name: 'composite', ok: checkDigit(composite) === line.at(-1) },
  ];
}

function checksOfCard(first: string, second: string): readonly CheckResult[] {
  const composite = first.slice(5) + second.slice(0, 7) + second.slice(8, 15) + second.slice(18, 29);
  return [
    { name: 'number', ok: numberHolds(first.slice(5, 14), first[14] ?? '', first.slice(15)) },
    { name: 'birth', ok: checkDigit(second.slice(0, 6)) === second[6] },
    { name: 'expiry', ok: expiryHolds(second.slice(8, 14), second[14]) },
    { name: 'composite', ok: checkDigit(composite) === second[29] },
  ];
}

function numberHolds(number: string, digit: string, optional: string): boolean {
  const long = longNumber(number, digit, optional);
  return long ? checkDigit(long.checked) === long.digit : checkDigit(number) === digit;
}

/** Fillers say that there is none; their digit is 0 or a filler as well. */
function expiryHolds(expiry: string, digit: string | undefined): boolean {
  return checkDigit(expiry) === digit || (digit === '<' && expiry === '<<<<<<');
}
