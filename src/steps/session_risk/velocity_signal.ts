import type { Signal } from '../../journey/rules/signal.ts';
import type { VelocityFinding, VelocityKey } from '../../journey/rules/velocity.ts';
import { canonicalAddress, net64Of } from '../../feeds/address.ts';
import { Personal } from '../../personal.ts';

/**
 * Addresses behind which one mailbox hides: the part after `+` is dropped everywhere, dots at Google alone, where they
 * are known to mean nothing.
 */
export function canonicalEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1).toLowerCase();
  const local = email.slice(0, at).toLowerCase().replace(/\+.*$/, '');
  const google = domain === 'gmail.com' || domain === 'googlemail.com';
  return google ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** What a session is counted by. */
export function sessionKeys(address: string, email: string | undefined): readonly VelocityKey[] {
  const canonical = canonicalAddress(address);
  const net64 = net64Of(address);
  return [
    ...(canonical === undefined ? [] : [{ dimension: 'address', key: Personal.of(canonical) } as const]),
    ...(net64 === undefined ? [] : [{ dimension: 'net64', key: Personal.of(net64) } as const]),
    ...(email === undefined ? [] : [{ dimension: 'email', key: Personal.of(canonicalEmail(email)) } as const]),
  ];
}

const SEVERITY = { within: 'none', challenge: 'medium', deny: 'high' } as const;
const WORST_FIRST = ['deny', 'challenge', 'within'] as const;

/**
 * One signal for all velocity rules: the worst finding, and the names of every rule that was broken. One, because the
 * rules overlap (ten minutes lie within a day) and two of them must not add up to more than either says.
 */
export function velocitySignal(findings: readonly VelocityFinding[]): Signal {
  const base = { id: 'velocity', version: 1, source: 'store' } as const;
  const worst = WORST_FIRST.map((verdict) => findings.find((finding) => finding.verdict === verdict)).find(Boolean);
  if (!worst) return { ...base, status: 'unknown', severity: 'none', code: 'velocity_not_counted', details: {} };
  const broken = findings.filter(({ verdict }) => verdict !== 'within').map(({ rule }) => rule);
  const { rule, count, limit, windowSeconds, verdict } = worst;
  return {
    ...base,
    status: 'ok',
    severity: SEVERITY[verdict],
    code: `velocity_${verdict}`,
    details: { rule, count, limit, windowSeconds, broken: broken.join(',') },
  };
}
