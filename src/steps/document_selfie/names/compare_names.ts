/** Whether the names on a document and the names somebody gave are one person's. Pure. */
import type { FindingStatus } from '../../../journey/document_checks.ts';
import { nearly } from './near.ts';
import { isLatin, spellingsOf, withoutUmlauts } from './spellings.ts';
import { ABBREVIATIONS, ABBREVIATIONS_OF_GIVEN, formsOfOne, NO_NAME, PARTICLES, SUFFIXES } from './words.ts';

/** Names as they are written; either may be empty. */
export interface Names {
  readonly familyName: string;
  readonly givenName: string;
}

export interface NamesOnDocument extends Names {
  /** The name field was full: what stands at its end may have been cut (ICAO 9303 part 3, 4.6). */
  readonly truncated: boolean;
  /** Where the document keeps the generation apart from the names, as AAMVA's barcodes do: `JR`, `III`. */
  readonly suffix?: string;
}

export interface NameVerdict {
  readonly status: FindingStatus;
  /** Code of the reason; absent for a plain pass. */
  readonly why?: string;
}

type Words = readonly string[];
interface Spelled {
  readonly family: Words;
  readonly given: Words;
  /** Generations named by suffixes, `1` for senior. */
  readonly generations: Words;
}

const PASS: NameVerdict = { status: 'pass' };
const fail = (why: string): NameVerdict => ({ status: 'fail', why });
const doubt = (why: string): NameVerdict => ({ status: 'doubt', why });
const BEST: readonly FindingStatus[] = ['pass', 'doubt', 'fail', 'unknown'];

/**
 * `pass` where the difference is one of writing only, `doubt` where a human could see one person in both (short forms, initials, one
 * of two middle names), `fail` where the names differ, `unknown` where one side has none.
 */
export function compareNames(document: NamesOnDocument, claimed: Names): NameVerdict {
  const pairs = spelledOf(document).flatMap((read) => spelledOf(claimed).map((said) => compareSpelled(read, said, document.truncated)));
  // The spelling in which they agree best is the one that the document uses.
  return pairs.reduce((best, next) => (BEST.indexOf(next.status) < BEST.indexOf(best.status) ? next : best), { status: 'unknown', why: 'no_name' });
}

function spelledOf({ familyName, givenName, suffix = '' }: Names & Pick<NamesOnDocument, 'suffix'>): readonly Spelled[] {
  const apart = spellingsOf(suffix).flatMap((words) => words.slice(0, 1)).flatMap((word) => SUFFIXES.get(word) ?? []);
  const families = spellingsOf(familyName).flatMap((words) => unabbreviated(words, ABBREVIATIONS));
  const givens = spellingsOf(givenName).flatMap((words) => unabbreviated(words, ABBREVIATIONS_OF_GIVEN));
  return families.flatMap((family) => givens.map((given) => {
    const one = withoutSuffixes(family.filter((word) => !NO_NAME.has(word)));
    const other = withoutSuffixes(given.filter((word) => !NO_NAME.has(word)));
    return { family: one.words, given: other.words, generations: [...apart, ...one.generations, ...other.generations] };
  }));
}

/** The words as they are and, where one before another is an abbreviation, with it written out. */
function unabbreviated(words: Words, abbreviations: ReadonlyMap<string, string>): readonly Words[] {
  const whole = words.map((word, index) => (index < words.length - 1 ? (abbreviations.get(word) ?? word) : word));
  return joined(whole) === joined(words) ? [words] : [words, whole];
}

function withoutSuffixes(words: Words): { readonly words: Words; readonly generations: Words } {
  const last = words.at(-1);
  const generation = last === undefined ? undefined : SUFFIXES.get(last);
  // A name that is nothing but a suffix is a name.
  return generation === undefined || words.length === 1 ? { words, generations: [] } : { words: words.slice(0, -1), generations: [generation] };
}

function compareSpelled(read: Spelled, said: Spelled, truncated: boolean): NameVerdict {
  const ofRead = [...read.family, ...read.given];
  const ofSaid = [...said.family, ...said.given];
  if (ofRead.length === 0 || ofSaid.length === 0) return { status: 'unknown', why: 'no_name' };
  // Father and son share every other word.
  const [elder] = read.generations;
  const [younger] = said.generations;
  if (elder !== undefined && younger !== undefined && elder !== younger) return fail('generation_differs');
  if (!isLatin([...ofRead, ...ofSaid])) return sameWords(ofRead, ofSaid) ? PASS : doubt('other_script');
  if ([read, said].some(({ family, given }) => family.length === 0 || given.length === 0)) return compareWhole(read, said, truncated);
  const straight = compareParts(read, said, truncated);
  if (straight.status === 'pass') return straight;
  // Fields filled the other way round, as where the family name comes first; nothing less than all of both counts then.
  return joined(read.family) === joined(said.given) && joined(read.given) === joined(said.family) ? PASS : straight;
}

/** Somebody with a single name, or a register that keeps all of it in one field. */
function compareWhole(read: Spelled, said: Spelled, truncated: boolean): NameVerdict {
  const whole = [...read.family, ...read.given];
  const other = [...said.family, ...said.given];
  if (sameWords(whole, other) || sameWords(withoutParticles(whole), withoutParticles(other))) return PASS;
  // One name, given twice because the form wants two.
  const single = joined(whole);
  if (read.family.length === 0 || read.given.length === 0) {
    if ([said.family, said.given].every((part) => part.length === 0 || joined(part) === single)) return PASS;
  }
  if (truncated && read.given.length === 0 && cutFamily(read.family, said.family)) return doubt('name_cut');
  return someOf(whole, other) || someOf(other, whole) ? doubt('part_of_name') : fail('names_differ');
}

/** Whether one is two or more names out of the other: `RAJESH SHARMA` of `RAJESH KUMAR SHARMA`. */
function someOf(part: Words, whole: Words): boolean {
  const names = new Set(withoutParticles(part).filter((word) => word.length > 1));
  return names.size > 1 && part.every((word) => whole.includes(word) || PARTICLES.has(word) || whole.some(([initial]) => word === initial));
}

function compareParts(read: Spelled, said: Spelled, truncated: boolean): NameVerdict {
  const family = compareFamily(read.family, said.family, truncated);
  if (family === 'differs') return fail('family_name_differs');
  const given = compareGiven(read.given, said.given, truncated);
  if (given.status === 'fail' || family === 'same') return given;
  if (given.why === 'given_name_spelling') return fail('given_name_differs');
  if (family === 'alike') return doubt('family_name_spelling');
  // Half of a double name is one person's only together with all of the first names.
  return joined(read.given) === joined(said.given) ? PASS : doubt('part_of_family_name');
}

/** `part`: one has a double name, and the other its first or last part. `alike`: written so by some, and another name for others. */
function compareFamily(read: Words, said: Words, truncated: boolean): 'same' | 'part' | 'alike' | 'differs' {
  const [bareRead, bareSaid] = [withoutParticles(read), withoutParticles(said)];
  if (joined(read) === joined(said) || joined(bareRead) === joined(bareSaid)) return 'same';
  if (truncated && cutFamily(read, said)) return 'same';
  const folded = withoutUmlauts(joined(bareRead));
  if (folded.length >= LEAST_ALIKE && folded === withoutUmlauts(joined(bareSaid))) return folded.length >= LEAST_UMLAUT ? 'same' : 'alike';
  if (isArticleAnd(joined(bareRead), joined(bareSaid)) || isArticleAnd(joined(bareSaid), joined(bareRead))) return 'alike';
  const [short, long] = bareRead.length <= bareSaid.length ? [bareRead, bareSaid] : [bareSaid, bareRead];
  const single = joined(short);
  if (long.length === short.length || single.length < LEAST_PART) return 'differs';
  return [long.slice(0, short.length), long.slice(-short.length)].some((part) => joined(part) === single) ? 'part' : 'differs';
}

/** Letters of a name in which an `E` behind a vowel may stand for its marks; in shorter ones it tells names apart (`SUEN`, `SUN`). */
const LEAST_UMLAUT = 5;
/** Letters below which a name is not even like another that has two more. */
const LEAST_ALIKE = 4;

/** Whether a name is an Arabic article and the other name, in one word: `ALHADDAD`, `HADDAD`. */
function isArticleAnd(name: string, bare: string): boolean {
  return bare.length >= LEAST_ALIKE && /^[AE]L/.test(name) && name.slice(2) === bare;
}

/** Letters that half of a double name must have: shorter ones are parts of too many names. */
const LEAST_PART = 3;
/** Letters after which a single cut word is still one name and not the beginning of many. */
const LEAST_CUT = 8;

/** Whether the words read are the words said, each whole or cut behind (ICAO 9303 part 3, 4.6.1: the first stays whole if it fits). */
function cutFamily(read: Words, said: Words): boolean {
  const [first = ''] = read;
  const cut = read.length <= said.length && read.every((word, index) => said[index]?.startsWith(word));
  return cut && (first === said[0] ? read.length > 1 || first.length >= LEAST_CUT : first.length >= LEAST_CUT);
}

function compareGiven(read: Words, said: Words, truncated: boolean): NameVerdict {
  if (joined(read) === joined(said)) return PASS;
  const initials = isInitials(read) || isInitials(said);
  if (!initials && (said.every((word) => word.length > 1 && read.includes(word)) || beginsWith(read, said) || beginsWith(said, read))) return PASS;
  const [firstRead = ''] = read;
  const [firstSaid = ''] = said;
  // A first name that is itself cut could be another: `ANDRE` begins Andrew and Andrea.
  if (truncated && !initials && cutFirst(read, said)) return PASS;
  if (truncated && !initials && cutGiven(read, said)) return firstRead === firstSaid ? PASS : doubt('name_cut');
  // Somebody who goes by the name that was cut.
  const lastRead = read.at(-1) ?? '';
  if (truncated && read.length > 1 && lastRead.length >= LEAST_PART && firstSaid.startsWith(lastRead)) return doubt('name_cut');
  if (firstRead === firstSaid && firstRead.length > 1) {
    return middleAgrees(read.slice(1), said.slice(1)) ? PASS : doubt('middle_name_differs');
  }
  if (initials) return firstRead[0] === firstSaid[0] ? doubt('initials') : fail('given_name_differs');
  // A short form of any of the names: people go by their second one too.
  const short = read.some((word) => formsOfOne(word, firstSaid)) || said.some((word) => formsOfOne(word, firstRead));
  if (short) return doubt('short_form');
  return nearly(firstRead, firstSaid) ? doubt('given_name_spelling') : fail('given_name_differs');
}

/** Whether some first words of the long one, written together, are the short one: `MARY ANN LOUISE` for `MARYANN`. */
function beginsWith(long: Words, short: Words): boolean {
  const whole = joined(short);
  return whole.length > 1 && long.some((_word, index) => joined(long.slice(0, index + 1)) === whole);
}

/** The words read are the first of those said, the last of them cut. */
function cutGiven(read: Words, said: Words): boolean {
  return read.length <= said.length && read.every((word, index) => (index === read.length - 1 ? said[index]?.startsWith(word) : said[index] === word));
}

/** A single long name that lacks its end: a last letter alone tells men's names from women's, and is not taken for cut. */
function cutFirst([only = '', ...more]: Words, said: Words): boolean {
  const whole = joined(said);
  return more.length === 0 && only.length >= LEAST_CUT && whole.startsWith(only) && (said[0] ?? '').length !== only.length + 1;
}

/** Middle names beside one another: equal, initials of one another, or on one side only. */
function middleAgrees(read: Words, said: Words): boolean {
  return said.every((word, index) => {
    const other = read[index];
    return other === undefined || read.includes(word) || ((word.length === 1 || other.length === 1) && word[0] === other[0]);
  });
}

const joined = (words: Words): string => words.join('');
const isInitials = (words: Words): boolean => words.every((word) => word.length === 1);
const sameWords = (one: Words, other: Words): boolean => one.toSorted().join(' ') === other.toSorted().join(' ');

/** All but the particles; all of them where nothing else is left, for `LE` and `DO` are also names. */
function withoutParticles(words: Words): Words {
  const rest = words.filter((word) => !PARTICLES.has(word));
  return rest.length === 0 ? words : rest;
}
