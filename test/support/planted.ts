/**
 * A leak detector: values that must stay secret are planted in a journey, and everything the gateway wrote is searched
 * for them in each shape they could have slipped out in.
 */
import { createHash } from 'node:crypto';

export interface Leak {
  /** The planted value's name; the value itself stays out of test reports too. */
  readonly label: string;
  /** The shape it was found in. */
  readonly shape: string;
  /** Where: the name of the searched text and the position in it. */
  readonly source: string;
  readonly at: number;
  /** What stands before it. */
  readonly before: string;
}

interface Needle {
  readonly label: string;
  readonly shape: string;
  readonly text: string;
  /** Encodings are compared exactly; readable shapes whatever their case. */
  readonly exact: boolean;
}

// Shorter values are found everywhere by accident.
const SHORTEST = 4;

// A shorter word stands in the random part of some token once in a few thousand runs.
const UNMISTAKABLE = 8;

/** Whether what is found there is a piece of a token: a long run of small and capital letters and digits. */
function withinToken(text: string, at: number, length: number): boolean {
  const before = /[\w-]*$/.exec(text.slice(Math.max(0, at - 100), at))?.[0] ?? '';
  const run = before + (/^[\w-]*/.exec(text.slice(at, at + length + 100))?.[0] ?? '');
  return run.length >= 20 && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run);
}

/** Base64 of a value depends on where it begins within a longer text: the part common to each of three beginnings. */
function base64Shapes(value: string, encoding: 'base64' | 'base64url'): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const whole = bytes.toString(encoding).replace(/=+$/, '');
    const head = offset === 0 ? 0 : offset + 1;
    // The last character also holds bits of whatever follows, unless the value ends on a boundary.
    const tail = bytes.length % 3 === 0 ? whole.length : whole.length - 1;
    return whole.slice(head, tail);
  });
}

function needlesFor(label: string, value: string): readonly Needle[] {
  const readable: [string, string][] = [
    ['as it is', value],
    ['URL-encoded', encodeURIComponent(value)],
    ['form-encoded', new URLSearchParams([['', value]]).toString().slice(1)],
    ['JSON string', JSON.stringify(value).slice(1, -1)],
    ['HTML-escaped', value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;')],
    ['decomposed', value.normalize('NFD')],
    ['without accents', value.normalize('NFD').replace(/\p{M}/gu, '')],
    ['hex', Buffer.from(value).toString('hex')],
    // A hash without a key is no secret: phone numbers and names can be tried out.
    ...['sha1', 'sha256'].flatMap((name): [string, string][] => {
      const digest = createHash(name).update(value).digest();
      return [[`${name} in hex`, digest.toString('hex')], [`${name} in hex, beginning`, digest.toString('hex').slice(0, 16)]];
    }),
  ];
  const exact: [string, string][] = [
    ...base64Shapes(value, 'base64').map((text): [string, string] => ['base64', text]),
    ...base64Shapes(value, 'base64url').map((text): [string, string] => ['base64url', text]),
    ['sha256 in base64url', createHash('sha256').update(value).digest('base64url')],
  ];
  const digits = value.replace(/\D/g, '');
  if (/^\+?[\d\s()-]+$/.test(value) && digits.length >= 7) {
    readable.push(['digits', digits], ['national digits', digits.slice(-10)]);
  }
  const seen = new Set<string>();
  return [
    ...readable.map(([shape, text]) => ({ label, shape, text: text.toLowerCase(), exact: false })),
    ...exact.map(([shape, text]) => ({ label, shape, text, exact: true })),
  ].filter((needle) => needle.text.length >= SHORTEST && !seen.has(needle.text) && seen.add(needle.text));
}

export class Planted {
  readonly #needles: readonly Needle[];

  /** @param values name → value; each at least four characters, and unusual enough not to be found by accident */
  constructor(values: Readonly<Record<string, string>>) {
    for (const [label, value] of Object.entries(values)) {
      if (value.length < SHORTEST) throw new Error(`"${label}" is too short to be searched for`);
    }
    this.#needles = Object.entries(values).flatMap(([label, value]) => needlesFor(label, value));
  }

  /** Every leak in a text or in raw bytes (a database's file, a dump). `source` names it in the report. */
  leaksIn(haystack: string | Buffer, source = 'text'): readonly Leak[] {
    const text = typeof haystack === 'string' ? haystack : haystack.toString('utf8');
    const lower = text.toLowerCase();
    return this.#needles.flatMap((needle) => {
      const searched = needle.exact ? text : lower;
      let at = searched.indexOf(needle.text);
      while (at >= 0 && !needle.exact && needle.text.length < UNMISTAKABLE && withinToken(text, at, needle.text.length)) at = searched.indexOf(needle.text, at + 1);
      return at < 0 ? [] : [{ label: needle.label, shape: needle.shape, source, at, before: text.slice(Math.max(0, at - 60), at) }];
    });
  }

  /** The leaks of several named texts together: `expect(planted.leaks({log, urls})).toEqual([])`. */
  leaks(sources: Readonly<Record<string, string | Buffer>>): readonly Leak[] {
    return Object.entries(sources).flatMap(([source, haystack]) => this.leaksIn(haystack, source));
  }
}
