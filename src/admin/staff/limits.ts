/**
 * How often a sign-in may be tried. Waits grow and are bounded: nobody is shut out for good by what strangers do. A browser
 * in which somebody signed in before does not wait for what strangers try with their name. Pure.
 */
import { Personal } from '../../personal.ts';
import type { TryKey, TryRule } from './store.ts';

const MINUTE = 60_000;

/** Failures older than this are forgotten, milliseconds. */
export const FORGOTTEN_MS = 24 * 60 * MINUTE;

const RULES = {
  /** One address at one name. */
  pair: { free: 5, firstMs: 5_000, mostMs: 15 * MINUTE, wiped: true },
  /** One address, whatever the name; an office shares one. */
  address: { free: 20, firstMs: 5_000, mostMs: 15 * MINUTE, wiped: false },
  /** One name, from everywhere: short, for its owner waits too. */
  name: { free: 20, firstMs: 2_000, mostMs: 30_000, wiped: true },
  /** A browser that is known at this name, in place of the two rows with the name. */
  known: { free: 5, firstMs: 5_000, mostMs: 15 * MINUTE, wiped: true },
  /** Second factors, for whoever has the password already. */
  second: { free: 5, firstMs: 5_000, mostMs: 15 * MINUTE, wiped: true },
} as const satisfies Readonly<Record<string, TryRule>>;

/** How long nothing is judged after so many failures, milliseconds. */
export function waitAfter(rule: TryRule, failures: number): number {
  return failures <= rule.free ? 0 : Math.min(rule.mostMs, rule.firstMs * 2 ** Math.min(failures - rule.free - 1, 30));
}

/** What a password counts against. `known`: of a browser that is known at this name. */
export function passwordTries(name: string, address: string, known: string | undefined): readonly TryKey[] {
  const perAddress = { key: Personal.of(`address:${address}`), rule: RULES.address };
  return known === undefined
    ? [perAddress, { key: Personal.of(`name:${name}`), rule: RULES.name }, { key: Personal.of(`pair:${name}\0${address}`), rule: RULES.pair }]
    : [perAddress, { key: Personal.of(`known:${known}`), rule: RULES.known }];
}

/** What the password counts against where somebody signed in proves it anew. */
export function againTries(staffId: string): readonly TryKey[] {
  return [{ key: Personal.of(`again:${staffId}`), rule: RULES.second }];
}

/** What a second factor counts against. */
export function secondTries(staffId: string): readonly TryKey[] {
  return [{ key: Personal.of(`second:${staffId}`), rule: RULES.second }];
}
