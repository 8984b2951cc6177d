/**
 * Jaro-Winkler similarity times 100: the algorithm CAMARA KYC Match names for its scores.
 */

/** Letters and digits only, lower case, without accents: what two spellings are compared by. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** 0 to 100, whole; 100 only for texts that are equal once made {@link plain}. */
export function similarity(one: string, other: string): number {
  const a = plain(one);
  const b = plain(other);
  return a === b ? 100 : Math.min(99, Math.round(jaroWinkler(a, b) * 100));
}

/** Winkler's bonus: a tenth of what is missing for each of the first four characters that agree. */
function jaroWinkler(a: string, b: string): number {
  const jaro = jaroOf(a, b);
  let prefix = 0;
  while (prefix < 4 && prefix < a.length && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function jaroOf(a: string, b: string): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Set<number>();
  const fromA: string[] = [];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = Math.max(0, i - reach); j <= Math.min(b.length - 1, i + reach); j += 1) {
      if (taken.has(j) || a[i] !== b[j]) continue;
      taken.add(j);
      fromA.push(a.charAt(i));
      break;
    }
  }
  const matched = fromA.length;
  if (matched === 0) return 0;
  const fromB = [...taken].toSorted((x, y) => x - y).map((j) => b[j]);
  const transposed = fromA.filter((letter, i) => letter !== fromB[i]).length / 2;
  return (matched / a.length + matched / b.length + (matched - transposed) / matched) / 3;
}
