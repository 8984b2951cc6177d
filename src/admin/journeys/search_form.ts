/** The filters as they were typed into the address, and what they mean. Nothing personal: that is looked for by a form that is posted. */
import { STEP_NAMES } from '../../journey/journey.ts';
import type { JourneyFilter } from './store.ts';

export const SEARCH_NAMES = ['workflow', 'key', 'mode', 'decision', 'reason', 'step', 'from', 'until'] as const;
export type JourneySearch = Readonly<Record<(typeof SEARCH_NAMES)[number], string>>;

const LONGEST = 200;
const DAY_MS = 86_400_000;
const DECISIONS = ['running', 'approve', 'deny', 'review'] as const;
const MODES = ['live', 'test'] as const;

/** Pure. */
export function searchOf(query: Readonly<Record<string, string>>): JourneySearch {
  return Object.fromEntries(SEARCH_NAMES.map((name) => [name, (query[name] ?? '').trim().slice(0, LONGEST)])) as JourneySearch;
}

/** A filter; days are whole ones in UTC, the last one included. Faults by field. Pure. */
export function journeyFilter(search: JourneySearch): { readonly filter: JourneyFilter; readonly errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {};
  const day = (name: 'from' | 'until'): number | undefined => {
    const text = search[name];
    if (text === '') return undefined;
    const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    if (!Number.isNaN(at)) return at;
    errors[name] = 'Enter a day as year-month-day, such as 2026-11-21.';
    return undefined;
  };
  const oneOf = <T extends string>(name: 'mode' | 'decision' | 'step', all: readonly T[]): T | undefined => {
    const text = search[name];
    const found = all.find((one) => one === text);
    if (text !== '' && found === undefined) errors[name] = `Choose one of ${all.join(', ')}.`;
    return found;
  };
  const text = (value: string): string | undefined => (value === '' ? undefined : value);
  const from = day('from');
  const until = day('until');
  if (from !== undefined && until !== undefined && until < from) errors['until'] = 'The last day is before the first.';
  return {
    filter: {
      workflowId: text(search.workflow), clientId: text(search.key), mode: oneOf('mode', MODES), verdict: oneOf('decision', DECISIONS),
      reason: text(search.reason), step: oneOf('step', STEP_NAMES), from, until: until === undefined ? undefined : until + DAY_MS,
    },
    errors,
  };
}

/** The path of a list with these filters. Pure. */
export function listHref(search: JourneySearch, before?: string): string {
  const kept = new URLSearchParams(Object.entries(search).filter(([, value]) => value !== ''));
  if (before !== undefined) kept.set('before', before);
  return kept.size === 0 ? '/admin/journeys' : `/admin/journeys?${kept.toString()}`;
}
