/** What has to be given before something is done to a person's account. Pure. */
import { LONGEST_REASON, SHORTEST_REASON } from '../reason.ts';

/** The reason as it is kept; undefined where it is too short or too long to be one. */
export function reasonOf(typed: string | undefined): string | undefined {
  const reason = (typed ?? '').trim().replace(/\s+/g, ' ');
  return reason.length >= SHORTEST_REASON && reason.length <= LONGEST_REASON ? reason : undefined;
}

/** What is typed to confirm: the beginning of the id of what goes, so that it was looked at. */
export function confirmationOf(accountId: string): string {
  return accountId.slice(0, 8);
}

/** Whether the confirmation was typed. */
export function isConfirmed(accountId: string, typed: string | undefined): boolean {
  return (typed ?? '').trim().toLowerCase() === confirmationOf(accountId).toLowerCase();
}

/** Shapes that ids of accounts and journeys have; anything else is nobody's. */
export function isId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

/** An E.164 number out of what was typed; undefined where it is none. Numbers without a country are taken as of North America. */
export function phoneOf(typed: string): string | undefined {
  const digits = typed.replace(/[\s().-]/g, '');
  if (/^\+[1-9]\d{6,14}$/.test(digits)) return digits;
  if (/^1?[2-9]\d{9}$/.test(digits)) return `+1${digits.slice(-10)}`;
  return undefined;
}

/** Why two accounts cannot become one; stable codes. */
export type MergeRefusal = 'same_account' | 'not_found' | 'already_merged' | 'erased' | 'held' | 'mode_differs' | 'mode_unknown' | 'identity_differs';

/** What an account tells of who its person is; empty where it does not. */
export interface NamedPerson {
  readonly givenName: string;
  readonly familyName: string;
  readonly birthDate: string;
}

/** How two accounts compare, without telling either. */
export type Compared = 'same' | 'differs' | 'unknown';

export interface ComparedIdentities {
  readonly name: Compared;
  readonly birthDate: Compared;
  /** Whether somebody has to say that they are one person: all but the same name and the same birth date. */
  readonly asks: boolean;
}

/** Compare who two accounts say their person is. Case, accents' spelling and spaces make no difference. */
export function compareIdentities(one: NamedPerson | undefined, other: NamedPerson | undefined): ComparedIdentities {
  const compare = (read: (person: NamedPerson) => readonly string[]): Compared => {
    const [a, b] = [one, other].map((person) => person && read(person).map((text) => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()));
    if (!a || !b || [...a, ...b].includes('')) return 'unknown';
    return a.every((text, index) => text === b[index]) ? 'same' : 'differs';
  };
  const name = compare(({ givenName, familyName }) => [givenName, familyName]);
  const birthDate = compare((person) => [person.birthDate]);
  return { name, birthDate, asks: name !== 'same' || birthDate !== 'same' };
}

/** An account as far as merging asks. */
export interface MergeSide {
  readonly id: string;
  readonly state: 'active' | 'merged' | 'erasing' | 'erased';
  readonly mode: 'test' | 'live' | undefined;
  readonly held: boolean;
}

/** What stands against merging, most telling first; empty where nothing does. */
export function mergeRefusals(source: MergeSide | undefined, target: MergeSide | undefined): readonly MergeRefusal[] {
  if (!source || !target) return ['not_found'];
  if (source.id === target.id) return ['same_account'];
  const found: MergeRefusal[] = [];
  const sides = [source, target];
  if (sides.some(({ state }) => state === 'merged')) found.push('already_merged');
  if (sides.some(({ state }) => state === 'erased' || state === 'erasing')) found.push('erased');
  if (sides.some(({ held }) => held)) found.push('held');
  // Test and live people never meet, so whoever's mode is not known is not merged either.
  if (sides.some(({ mode }) => mode === undefined)) found.push('mode_unknown');
  else if (source.mode !== target.mode) found.push('mode_differs');
  return found;
}
