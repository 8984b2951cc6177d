/**
 * What the project depends on: licences, exact versions, and a lock file that any registry can serve.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/process.ts';

const LICENCES = new Set([
  'MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC', 'CC0-1.0', 'Unlicense', 'BlueOak-1.0.0', 'PostgreSQL',
]);

/** Prebuilt libvips, under the LGPL: a shared library of its own, loaded by sharp, unmodified and replaceable by the operator. */
const DYNAMICALLY_LINKED = /^node_modules\/@img\/sharp-libvips-[\w-]+$/;

interface Manifest {
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly resolved?: string; readonly integrity?: string }>>;
}

const json = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const manifest = json('package.json') as Manifest;
const lock = json('package-lock.json') as Lock;
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

function licenceOf(path: string): string {
  const { license, licenses } = json(`${path}/package.json`) as Manifest;
  if (typeof license === 'string') return license;
  return license?.type ?? (licenses ?? []).map((one) => one.type ?? '?').join(' OR ');
}

/** `(MIT OR X)` passes by MIT; with AND each part must pass. */
function allowed(expression: string): boolean {
  return expression.replace(/[()]/g, ' ').split(/\sOR\s/).some((choice) => choice.split(/\sAND\s/).every((part) => LICENCES.has(part.trim())));
}

describe('the dependencies', () => {
  it('of production come under licences that ask nothing in return', () => {
    const production = installed.filter(([, entry]) => entry.dev !== true);
    expect(production.length).toBeGreaterThan(10);
    const missing = production.filter(([path, entry]) => entry.optional !== true && !existsSync(join(ROOT, path, 'package.json')));
    expect(missing.map(([path]) => path)).toEqual([]);
    const refused = production
      .filter(([path]) => existsSync(join(ROOT, path, 'package.json')))
      .map(([path]) => ({ path, licence: licenceOf(path) }))
      .filter(({ path, licence }) => !allowed(licence) && !(DYNAMICALLY_LINKED.test(path) && licence === 'LGPL-3.0-or-later'));
    expect(refused).toEqual([]);
  });

  it('are pinned to exact versions, all of them', () => {
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(([, range]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range));
    expect(loose).toEqual([]);
  });

  it('are locked by content and not by the registry they came from', () => {
    expect(installed.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(installed.filter(([, entry]) => entry.integrity === undefined).map(([path]) => path)).toEqual([]);
    expect(/\bregistry\.[\w.-]+\//.exec(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))?.[0]).toBeUndefined();
  });
});
