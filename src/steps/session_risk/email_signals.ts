/** What an address for mail says of whoever typed it. Nothing of it is repeated: the details hold codes and counts. */
import { canonicalDomain } from '../../feeds/domains.ts';
import type { FeedAnswer } from '../../feeds/feeds.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import type { MailAnswer } from './mail_exchangers.ts';
import type { RiskFeeds } from './risk_feeds.ts';

const VERSION = 1;

/** Mailboxes of a function (RFC 2142 and custom), which no one person has. */
const ROLES: ReadonlySet<string> = new Set([
  'abuse', 'accounts', 'admin', 'administrator', 'billing', 'contact', 'enquiries', 'help', 'helpdesk', 'hostmaster', 'info', 'jobs', 'mail',
  'mailer-daemon', 'marketing', 'no-reply', 'noc', 'noreply', 'office', 'postmaster', 'press', 'root', 'sales', 'security', 'service', 'support',
  'team', 'test', 'webmaster', 'www',
]);

/** The domain of an address in ASCII, as resolvers and lists know it; undefined for one that cannot be. */
export function mailDomain(email: string): string | undefined {
  return canonicalDomain(email.slice(email.lastIndexOf('@') + 1).trim());
}

/** Shannon entropy of the characters, bits for each. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/**
 * Whether a machine made the name up. Names that people give themselves are readable: they have vowels, and figures, if
 * any, at the end.
 */
export function looksRandom(local: string): boolean {
  const text = local.toLowerCase().replace(/\+.*$/, '').replace(/[^a-z0-9]/g, '');
  // Short ones are initials and abbreviations; other alphabets are not judged.
  if (text.length < 10) return false;
  const letters = text.replace(/\d/g, '');
  const figures = (text.length - letters.length) / text.length;
  const changes = text.match(/[a-z]\d|\d[a-z]/g)?.length ?? 0;
  if (changes >= 4 || (figures >= 0.5 && changes >= 2)) return true;
  const vowels = (letters.match(/[aeiouy]/g)?.length ?? 0) / Math.max(1, letters.length);
  return entropyOf(text) > 3.2 && (vowels < 0.15 || /[bcdfghjklmnpqrstvwxz]{7,}/.test(letters));
}

type Found = Pick<Signal, 'status' | 'severity' | 'code'>;

const CLEAN = { status: 'ok', severity: 'none' } as const;
const MAIL: Readonly<Record<MailAnswer['kind'], Found>> = {
  takes_mail: { ...CLEAN, code: 'email_takes_mail' },
  takes_none: { status: 'ok', severity: 'medium', code: 'email_undeliverable' },
  no_such_domain: { status: 'ok', severity: 'medium', code: 'email_undeliverable' },
  names_nobody: { status: 'ok', severity: 'low', code: 'email_no_mx' },
  // The resolver's trouble is nobody's fault: unknown, and worth nothing unless a policy says otherwise.
  unknown: { status: 'unknown', severity: 'none', code: 'email_mail_unknown' },
};

/** Lists that cannot say "not listed" leave it open, as with addresses. */
function disposableOf(answer: FeedAnswer): Found & Pick<Signal, 'feedVersion' | 'details'> {
  const version = 'version' in answer ? { feedVersion: answer.version } : {};
  switch (answer.kind) {
    case 'listed':
      return { status: 'ok', severity: 'medium', code: 'email_disposable', details: { list: answer.list }, ...version };
    case 'not_listed':
      return { ...CLEAN, code: 'email_not_disposable', details: {}, ...version };
    case 'unreadable':
      return { status: 'error', severity: 'none', code: 'disposable_list_unreadable', details: { fault: answer.fault } };
    case 'stale':
    case 'not_configured':
      return { status: 'unknown', severity: 'none', code: `disposable_list_${answer.kind}`, details: {}, ...version };
  }
}

function nameOf(local: string): Found {
  if (ROLES.has(local.toLowerCase().replace(/\+.*$/, ''))) return { status: 'ok', severity: 'low', code: 'email_role' };
  return looksRandom(local) ? { status: 'ok', severity: 'low', code: 'email_random' } : { ...CLEAN, code: 'email_name_ordinary' };
}

/** The mail signals: its domain, whether anybody takes mail there, and the name before the `@`. */
export async function emailSignals(
  email: string,
  { disposable, mail }: { readonly disposable: RiskFeeds['disposable']; readonly mail: (domain: string) => Promise<MailAnswer> },
): Promise<readonly Signal[]> {
  const made = (id: string, found: Found, more: Partial<Pick<Signal, 'details' | 'source'>> = {}): Signal =>
    ({ id, version: VERSION, details: {}, source: 'email', ...found, ...more });
  const domain = mailDomain(email);
  const name = made('email_name', nameOf(email.slice(0, email.lastIndexOf('@'))));
  if (domain === undefined) return [made('email_domain', { status: 'ok', severity: 'medium', code: 'email_undeliverable' }, { details: { why: 'domain' } }), name];
  const answer = await mail(domain);
  return [
    { id: 'email_domain', version: VERSION, source: 'feed', ...disposableOf(disposable.look(domain)) },
    made('email_mail', MAIL[answer.kind], { source: 'dns', details: answer.kind === 'unknown' ? { fault: answer.fault } : { answer: answer.kind } }),
    name,
  ];
}
