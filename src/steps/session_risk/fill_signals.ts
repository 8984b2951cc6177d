/**
 * How the first page was filled in: by its time, which the page carries signed, and by a field that people do not see.
 * Both are cheap to get round for whoever looks; most who automate do not look.
 */
import { sameSecret } from '../../constant_time.ts';
import type { Signal } from '../../journey/rules/signal.ts';

/** Field of the signed time. */
export const SHOWN_AT_FIELD = 'shown_at';
/** A field that must stay empty; named so that programs like to fill it and no browser does. */
export const HONEYPOT_FIELD = 'homepage';

/** Nobody reads a page, and answers it, in less. Milliseconds. */
const FASTEST_MS = 2_000;

/** A keyed hash, base64url. */
export type Sign = (text: string) => string;

interface At {
  readonly journeyId: string;
  readonly node: string;
  readonly now: number;
}

const signedText = ({ journeyId, node }: Omit<At, 'now'>, shownAt: string): string => JSON.stringify(['shown_at', journeyId, node, shownAt]);

/** What the page carries: when it was shown, good for this journey and node alone. Pure but for the hash. */
export function shownAtToken(sign: Sign, at: At): string {
  const shownAt = String(at.now);
  return `${shownAt}.${sign(signedText(at, shownAt))}`;
}

function timeSignal(sign: Sign, token: string | undefined, at: At): Signal {
  const base = { id: 'fill_time', version: 1, details: {}, source: 'form' } as const;
  if (token === undefined || token === '') return { ...base, status: 'unknown', severity: 'low', code: 'shown_at_missing' };
  const [shownAt = '', signature = ''] = token.split('.', 2);
  const tookMs = at.now - Number(shownAt);
  if (!/^\d{1,15}$/.test(shownAt) || !sameSecret(signature, sign(signedText(at, shownAt))) || tookMs < 0) {
    return { ...base, status: 'ok', severity: 'medium', code: 'shown_at_forged' };
  }
  return tookMs < FASTEST_MS
    ? { ...base, status: 'ok', severity: 'low', code: 'filled_fast', details: { tookMs } }
    : { ...base, status: 'ok', severity: 'none', code: 'filled_in_time', details: { tookMs } };
}

function honeypotSignal(value: string | undefined): Signal {
  const base = { id: 'honeypot', version: 1, status: 'ok', details: {}, source: 'form' } as const;
  return value === undefined || value === ''
    ? { ...base, severity: 'none', code: 'honeypot_empty' }
    : { ...base, severity: 'high', code: 'honeypot_filled' };
}

/** How the form was filled in. */
export function fillSignals(sign: Sign, values: Readonly<Record<string, string>>, at: At): readonly Signal[] {
  return [timeSignal(sign, values[SHOWN_AT_FIELD], at), honeypotSignal(values[HONEYPOT_FIELD])];
}
