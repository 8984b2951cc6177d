/** Domains of throw-away mail addresses: the CC0 list that ships with Gatehouse, and those that are configured. */
import { createRequire } from 'node:module';
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import { holdsDomain } from './domains.ts';

export interface DisposableDomains {
  /** Whether a domain, or one it lies under, is on a list. Garbage is on none. */
  has(domain: string): boolean;
  /** Versions of the lists asked, by comma. */
  readonly version: string;
}

let embedded: { readonly domains: ReadonlySet<string>; readonly version: string } | undefined;

function open(): NonNullable<typeof embedded> {
  const { version } = createRequire(import.meta.url)('disposable-email-domains-js/package.json') as { version: string };
  return { domains: disposableEmailBlocklistSet(), version: `embedded-${version}` };
}

/**
 * Ask the shipped list and further ones.
 *
 * @param further looked at anew at every question, so that a new version counts at once
 */
export function disposableDomains(further: () => readonly { readonly domains: ReadonlySet<string>; readonly version: string }[]): DisposableDomains {
  // Read on first use: a process whose workflows ask for no mail address does not need it.
  const lists = (): readonly NonNullable<typeof embedded>[] => [(embedded ??= open()), ...further()];
  return {
    has: (domain) => lists().some(({ domains }) => holdsDomain(domains, domain)),
    get version() {
      return lists().map(({ version }) => version).join(',');
    },
  };
}
