import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { GatehouseError } from '../src/errors.ts';
import { makeViews } from '../src/http/views.ts';
import { Personal } from '../src/personal.ts';

const SECRET = 'Andrew-Roshell-4075550123';
const hidden = Personal.of(SECRET);
const nested = { person: { phone: hidden, list: [hidden] } };

describe('a personal value hides', () => {
  test.each<[string, () => string]>([
    ['in a template literal', () => `${hidden as unknown as string}`],
    ['in concatenation', () => 'x' + (hidden as unknown as string)],
    ['as a string', () => String(hidden)],
    ['in join', () => [hidden, hidden].join()],
    ['as JSON', () => JSON.stringify(nested)],
    ['as JSON of its own', () => JSON.stringify(hidden)],
    ['in inspect', () => inspect(nested, { depth: 9, showHidden: true, getters: true })],
    ['in inspect with nothing custom', () => inspect(nested, { depth: 9, showHidden: true, customInspect: false })],
    ['in format', () => format('%s %j %o %O %d', hidden, hidden, hidden, hidden, hidden)],
    ['in an error message', () => new Error(`could not match ${String(hidden)}`).stack ?? ''],
    ['in an error it caused', () => inspect(new GatehouseError('x', 500, 'failed', { cause: nested }), { depth: 9 })],
    ['as a property key', () => JSON.stringify({ [hidden as unknown as string]: 1 })],
    ['among its own properties', () => JSON.stringify([Object.keys(hidden), Object.entries(hidden), Reflect.ownKeys(hidden).map(String)])],
    ['in a copy', () => JSON.stringify({ ...hidden })],
    ['in a structured clone', () => inspect(structuredClone(nested), { depth: 9 })],
    ['in a query', () => new URLSearchParams({ phone: hidden as unknown as string }).toString()],
    ['in a template of pages', () => makeViews({ dir: new URL('../views', import.meta.url).pathname }).render('hosted/finished.njk', 'en', personalPage())],
  ])('%s', (_where, show) => {
    expect(show()).not.toMatch(/Roshell|4075550123/);
  });

  test('and says that it does', () => {
    expect(String(hidden)).toBe('[personal]');
    expect(JSON.stringify(nested)).toBe('{"person":{"phone":"[personal]","list":["[personal]"]}}');
    expect(inspect(nested)).toContain('[personal]');
  });
});

/** What every page is given, with a personal value where a name belongs. */
function personalPage(): Record<string, unknown> {
  return {
    m: { returnHref: '/x' }, page: 'finished', title: 't', brand: hidden, appName: hidden, theme: {}, errors: {}, values: {}, faults: [], faultOf: {}, languages: [],
    reference: '', form: undefined, moreTime: undefined, expiresAt: undefined, wakeAfter: undefined, pollHref: undefined, app: hidden,
  };
}

describe('a personal value is read', () => {
  test('by opening it, and only so', () => {
    expect(hidden.open()).toBe(SECRET);
    expect(Personal.of({ a: 1 }).open()).toEqual({ a: 1 });
  });

  test('through map, which hides what comes of it', () => {
    const ending = hidden.map((value) => value.slice(-2));
    expect(ending.open()).toBe('23');
    expect(String(ending)).toBe('[personal]');
  });

  test('two of one value are not the same thing', () => {
    expect(Personal.of('a') === Personal.of('a')).toBe(false);
  });
});
