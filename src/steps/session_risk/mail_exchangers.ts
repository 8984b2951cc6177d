/** Whether a domain takes mail: a question to the resolver, with a limit and a memory. */
import { Resolver } from 'node:dns/promises';

export type MailAnswer =
  /** Somebody takes mail for it. */
  | { readonly kind: 'takes_mail' }
  /** It says that it takes none (null MX, RFC 7505). */
  | { readonly kind: 'takes_none' }
  /** It names nobody; mail might still go to the host itself (RFC 5321 section 5.1). */
  | { readonly kind: 'names_nobody' }
  | { readonly kind: 'no_such_domain' }
  /** The resolver failed or took too long; nothing is known. */
  | { readonly kind: 'unknown'; readonly fault: string };

export interface MailExchangers {
  /** @param domain in ASCII and lower case */
  of(domain: string): Promise<MailAnswer>;
}

/** The one call that is made of a resolver; rejects with an error that has a `code`, as `node:dns` does. */
export type ResolveMx = (domain: string) => Promise<readonly { readonly exchange: string; readonly priority: number }[]>;

const LIMIT_MS = 2_000;
const KNOWN_MS = 60 * 60_000;
/** A failure is asked about again sooner, and not by every form in between. */
const FAILED_MS = 60_000;
const MOST = 2_000;

function answerOf(records: Awaited<ReturnType<ResolveMx>>): MailAnswer {
  if (records.length === 0) return { kind: 'names_nobody' };
  // One record naming the root; Node writes that as an empty name.
  return records.every(({ exchange }) => exchange === '' || exchange === '.') ? { kind: 'takes_none' } : { kind: 'takes_mail' };
}

function failureOf(thrown: unknown): MailAnswer {
  const code = String((thrown as { code?: unknown } | null)?.code ?? 'failed');
  if (code === 'ENOTFOUND') return { kind: 'no_such_domain' };
  if (code === 'ENODATA') return { kind: 'names_nobody' };
  return { kind: 'unknown', fault: /^[A-Z_]{1,30}$/.test(code) ? code : 'failed' };
}

/** Ask the system's resolver, or a given one. */
export function mailExchangers(
  { now, resolve = systemResolver(), limitMs = LIMIT_MS }: { readonly now: () => number; readonly resolve?: ResolveMx; readonly limitMs?: number },
): MailExchangers {
  const known = new Map<string, { readonly until: number; readonly answer: Promise<MailAnswer> }>();

  const ask = async (domain: string): Promise<MailAnswer> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<MailAnswer>((done) => {
      timer = setTimeout(() => done({ kind: 'unknown', fault: 'timeout' }), limitMs);
    });
    try {
      return await Promise.race([resolve(domain).then(answerOf, failureOf), late]);
    } finally {
      clearTimeout(timer);
    }
  };

  const forgetFailure = async (domain: string, answer: Promise<MailAnswer>): Promise<void> => {
    if ((await answer).kind === 'unknown') known.set(domain, { until: now() + FAILED_MS, answer });
  };

  return {
    of(domain) {
      const found = known.get(domain);
      if (found && found.until > now()) return found.answer;
      const answer = ask(domain);
      known.delete(domain);
      known.set(domain, { until: now() + KNOWN_MS, answer });
      void forgetFailure(domain, answer);
      // The oldest goes: what is asked is typed by anybody, and must not fill the memory.
      if (known.size > MOST) known.delete(known.keys().next().value!);
      return answer;
    },
  };
}

function systemResolver(): ResolveMx {
  // One try within the limit: a person is waiting.
  const resolver = new Resolver({ timeout: LIMIT_MS, tries: 1 });
  return (domain) => resolver.resolveMx(domain);
}
