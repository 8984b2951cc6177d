/** Domains of throw-away mail addresses: the CC0 list that ships with Gatehouse, and those that are configured. */
import { createRequire } from 'node:module';
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import { answerOf, type FeedAnswer } from './answer.ts';
import { holdsDomain } from './domains.ts';
import type { Feed } from './feed.ts';

export interface DisposableDomains {
  /**
   * Whether a domain, or one it lies under, is on a list; garbage is on none. The shipped list is number 0. Never
   * `not_configured`; `stale` or `unreadable` where no list holds it and a configured one cannot say so.
   */
  look(domain: string): FeedAnswer;
  /** Version of the list that ships. */
  readonly shipped: string;
}

let embedded: { readonly domains: ReadonlySet<string>; readonly version: string } | undefined;

function open(): NonNullable<typeof embedded> {
  const { version } = createRequire(import.meta.url)('disposable-email-domains-js/package.json') as { version: string };
  return { domains: disposableEmailBlocklistSet(), version: `embedded-${version}` };
}

// Read on first use: a process whose workflows ask for no mail address does not need it.
const opened = (): NonNullable<typeof embedded> => (embedded ??= open());

/**
 * Ask the shipped list and further ones.
 *
 * @param clock epoch milliseconds
 */
export function disposableDomains(further: readonly Feed[], clock: () => number): DisposableDomains {
  return {
    look(domain) {
      const { domains, version } = opened();
      if (holdsDomain(domains, domain)) return { kind: 'listed', list: 0, version };
      const answer = answerOf(further, (data) => data.shape === 'domains' && holdsDomain(data.domains, domain), clock());
      switch (answer.kind) {
        case 'not_configured':
          return { kind: 'not_listed', version };
        case 'listed':
          return { ...answer, list: answer.list + 1 };
        case 'unreadable':
          return answer;
        default:
          return { ...answer, version: `${version},${answer.version}` };
      }
    },
    get shipped() {
      return opened().version;
    },
  };
}
