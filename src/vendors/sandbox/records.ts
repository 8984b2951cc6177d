/**
 * Which record the simulated sources hold for a question, and how alike each attribute is. Shared by carrier and
 * identity database, who differ in how they say it.
 */
import { effectsOf } from './numbers.ts';
import { PERSONAS, SOMEBODY_ELSE } from './personas.ts';
import type { SandboxRecord } from './personas.ts';
import { plain, similarity } from './similarity.ts';

/**
 * A likeness of one attribute: `null` where nothing is held; a score where the source gives one, 100 being equality.
 */
export type Likeness = { readonly equal: boolean; readonly score: number | null } | null;

export interface Asked {
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly address?: string | undefined;
  readonly streetName?: string | undefined;
  readonly streetNumber?: string | undefined;
  readonly city?: string | undefined;
  readonly region?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly country?: string | undefined;
  readonly birthDate?: string | undefined;
}

/**
 * Names less alike than this get a plain "no" without a score: a simulated source forgives a slip of the finger, and
 * another name is another name ("Andy" and "Andrew" are 83 alike by Jaro-Winkler). The standard leaves scores optional.
 */
const NAME_SCORE_FROM = 90;

/** The record a source holds when asked about this person: the nearest persona's, or somebody else's. */
export function recordFor(asked: Asked): SandboxRecord {
  const [nearest] = PERSONAS.map((persona) => ({ persona, likeness: nearness(persona, asked) })).toSorted(
    (a, b) => b.likeness - a.likeness,
  );
  return nearest?.persona.standing === 'known' ? nearest.persona : SOMEBODY_ELSE;
}

function nearness(persona: SandboxRecord, asked: Asked): number {
  // The name decides; the rest only where two personas are equally near (or no name was asked).
  const near = (text: string | undefined, held: string) => (text === undefined ? 0 : similarity(text, held));
  return (
    1000 * (near(asked.givenName, persona.givenName) + near(asked.familyName, persona.familyName)) +
    near(asked.streetName ?? asked.address, persona.streetName) +
    near(asked.postalCode, persona.postalCode)
  );
}

/** Compare every attribute that was asked with the record. */
export function compare(asked: Asked, held: SandboxRecord, phone: string): ReadonlyMap<keyof Asked, Likeness> {
  const { scores, nothingHeld } = effectsOf(phone);
  const found = new Map<keyof Asked, Likeness>();
  for (const [attribute, rule] of RULES) {
    const value = asked[attribute];
    if (value === undefined) continue;
    found.set(attribute, nothingHeld === true ? null : rule(value, held));
  }
  const force = (attribute: keyof Asked, score: number | undefined) => {
    if (score !== undefined && found.has(attribute)) found.set(attribute, { equal: false, score });
  };
  force('givenName', scores?.givenName);
  force('familyName', scores?.familyName);
  force('streetName', scores?.street);
  force('address', scores?.street);
  return found;
}

type Rule = (value: string, held: SandboxRecord) => Likeness;

const RULES: readonly (readonly [keyof Asked, Rule])[] = [
  ['givenName', (value, held) => nameLikeness(value, held.givenName)],
  ['familyName', (value, held) => nameLikeness(value, held.familyName)],
  ['address', (value, held) => textLikeness(value, wholeAddress(held))],
  ['streetName', (value, held) => textLikeness(value, held.streetName)],
  ['streetNumber', (value, held) => textLikeness(value, held.streetNumber)],
  ['city', (value, held) => textLikeness(value, held.city)],
  ['region', (value, held) => regionLikeness(value, held)],
  ['postalCode', (value, held) => equality(postal(value, held.country) === postal(held.postalCode, held.country))],
  ['country', (value, held) => equality(value.toUpperCase() === held.country)],
  ['birthDate', (value, held) => equality(value === held.birthDate)],
];

/** The address as one line, in the order we send it. */
export function wholeAddress(held: SandboxRecord): string {
  return `${held.streetNumber} ${held.streetName}, ${held.city}, ${held.region[0]}, ${held.postalCode}`;
}

function textLikeness(value: string, held: string): Likeness {
  const score = similarity(value, held);
  return { equal: score === 100, score };
}

function nameLikeness(value: string, held: string): Likeness {
  const score = similarity(value, held);
  return { equal: score === 100, score: score >= NAME_SCORE_FROM ? score : null };
}

function regionLikeness(value: string, held: SandboxRecord): Likeness {
  return held.region.some((form) => plain(form) === plain(value))
    ? { equal: true, score: 100 }
    : textLikeness(value, held.region[0]);
}

function equality(equal: boolean): Likeness {
  return { equal, score: null };
}

/** Spaces and case do not count; neither do the last four digits of a ZIP+4. */
function postal(value: string, country: string): string {
  const bare = value.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return country === 'US' ? bare.slice(0, 5) : bare;
}
