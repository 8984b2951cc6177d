/**
 * The ways in which one name stands on documents and in forms: with its national letters, without their marks, or
 * transliterated as ICAO 9303 part 3, section 6, table A recommends. Pure.
 */

/** Table A, where it recommends more than dropping the mark. Letters that no decomposition reaches are in both tables. */
const ICAO: Readonly<Record<string, string>> = {
  Ä: 'AE', Å: 'AA', Æ: 'AE', Ö: 'OE', Ø: 'OE', Œ: 'OE', Ü: 'UE', Þ: 'TH', ß: 'SS', ẞ: 'SS', Ĳ: 'IJ', Ð: 'D', Đ: 'D', Ł: 'L', Ħ: 'H', Ŧ: 'T', Ŋ: 'N', ı: 'I',
};
/** How people without that keyboard write, and registers that drop marks. */
const BARE: Readonly<Record<string, string>> = { ...ICAO, Ä: 'A', Å: 'A', Ö: 'O', Ø: 'O', Ü: 'U' };
/** Table A's other choice for two letters. */
const ICAO_XX: Readonly<Record<string, string>> = { ...ICAO, Ñ: 'NXX', Ü: 'UXX' };

/** Serbian and Croatian Đ, as people write it where the keyboard has none. */
const DJ: Readonly<Record<string, string>> = { ...BARE, Đ: 'DJ' };

const TABLES = [ICAO, BARE, ICAO_XX, DJ] as const;

/** Table A's other choice read back: no name has these letters otherwise. */
const READ_BACK: readonly ((text: string) => string)[] = [
  (text) => text.replace(/([NU])XX/g, '$1'),
  (text) => text.replace(/UXX/g, 'UE').replace(/NXX/g, 'N'),
];

/** Marks inside a word that documents leave out: apostrophes of every kind. */
const LEFT_OUT = /['’‘ʼʻ`´′]/gu;

/**
 * Words of a name in capitals, once for each way of writing it, without repetitions. Hyphens, commas and fillers part words; what
 * is not a Latin letter after that stays as it is.
 */
export function spellingsOf(name: string): readonly (readonly string[])[] {
  const capitals = name.normalize('NFKC').toUpperCase().replace(LEFT_OUT, '').normalize('NFC');
  const spelled = TABLES.map((table) => [...capitals].map((letter) => table[letter] ?? letter).join('').normalize('NFD').replace(/\p{M}/gu, ''));
  const [, bare = ''] = spelled;
  const readBack = READ_BACK.map((back) => back(bare));
  return [...new Set([...spelled, ...readBack])].map((text) => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''));
}

/** Whether every letter is one that the machine-readable zone has. */
export function isLatin(words: readonly string[]): boolean {
  return words.every((word) => /^[A-Z0-9]+$/.test(word));
}

/**
 * As a register writes it that drops the marks: `MULLER` for `MUELLER`, where the marks themselves are on neither. Not before a last
 * `L`: the `E` of `MICHAEL` and `SAMUEL` stands for itself.
 *
 * @param name in capitals without marks
 */
export function withoutUmlauts(name: string): string {
  return name.replace(/([AOU])E(?=[B-DF-HJ-NP-TV-XZ])(?!L$)/g, '$1');
}
