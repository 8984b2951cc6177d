import type { Signal } from '../../journey/rules/signal.ts';
import type { VelocityFinding, VelocityKey } from '../../journey/rules/velocity.ts';
import { SOFT_DIMENSIONS } from '../../journey/rules/velocity_rules.ts';
import { canonicalAddress, net64Of } from '../../feeds/address.ts';
import { Personal } from '../../personal.ts';
import { canonicalEmail, failureNetOf, net48Of } from '../counted_as.ts';

/** What a session is known by. */
export interface SessionKeyed {
  readonly address: string;
  readonly email?: string | undefined;
  /** Thumbprint of the key that the browser showed. */
  readonly device?: string | undefined;
  /** What the browser looks like: see `fingerprintOf`. */
  readonly fingerprint?: string | undefined;
}

/** What a session is counted by. */
export function sessionKeys({ address, email, fingerprint }: SessionKeyed): readonly VelocityKey[] {
  const canonical = canonicalAddress(address);
  const key = (dimension: VelocityKey['dimension'], value: string | undefined, peer?: string): readonly VelocityKey[] =>
    value === undefined ? [] : [{ dimension, key: Personal.of(value), ...(peer === undefined ? {} : { peer: Personal.of(peer) }) }];
  return [
    ...key('address', canonical),
    ...key('net64', net64Of(address)),
    ...key('net48', net48Of(address)),
    ...key('email', email === undefined ? undefined : canonicalEmail(email)),
    ...(canonical === undefined ? [] : key('fingerprint', fingerprint, net64Of(address) ?? canonical)),
  ];
}

/** What a device that proved its key is counted and judged by: itself, and nothing that it shares with strangers. */
export function provedKeys(deviceId: Personal<string>): readonly VelocityKey[] {
  return [{ dimension: 'return', key: deviceId }];
}

/** What a session is judged by: what it is counted by, and what later steps counted under the same keys. */
export function judgedKeys(keyed: SessionKeyed): readonly VelocityKey[] {
  const of = (dimension: VelocityKey['dimension'], value: string | undefined): readonly VelocityKey[] =>
    value === undefined ? [] : [{ dimension, key: Personal.of(value) }];
  return [
    ...sessionKeys(keyed).map(({ dimension, key }) => ({ dimension, key })),
    ...of('device', keyed.device),
    ...of('fingerprint_identity', keyed.fingerprint),
    ...of('failed_device', keyed.device),
    ...of('failed_net', failureNetOf(keyed.address)),
  ];
}

const SEVERITY = { within: 'none', challenge: 'medium', deny: 'high' } as const;
const WORST_FIRST = ['deny', 'challenge', 'within'] as const;

const worstOf = (findings: readonly VelocityFinding[]): VelocityFinding | undefined =>
  WORST_FIRST.map((verdict) => findings.find((finding) => finding.verdict === verdict)).find(Boolean);

const isSoft = ({ dimension }: VelocityFinding): boolean => SOFT_DIMENSIONS.includes(dimension);

function detailsOf(worst: VelocityFinding, findings: readonly VelocityFinding[]): Signal['details'] {
  const { rule, count, limit, windowSeconds } = worst;
  const broken = findings.filter(({ verdict }) => verdict !== 'within').map((finding) => finding.rule);
  return { rule, count, limit, windowSeconds, broken: broken.join(',') };
}

/**
 * One signal for all velocity rules: the worst finding, and the names of every rule that was broken. One, because the
 * rules overlap (ten minutes lie within a day) and two of them must not add up to more than either says.
 */
export function velocitySignal(all: readonly VelocityFinding[]): Signal {
  const base = { id: 'velocity', version: 2, source: 'store' } as const;
  const findings = all.filter((finding) => !isSoft(finding));
  const worst = worstOf(findings);
  if (!worst) return { ...base, status: 'unknown', severity: 'none', code: 'velocity_not_counted', details: {} };
  return { ...base, status: 'ok', severity: SEVERITY[worst.verdict], code: `velocity_${worst.verdict}`, details: detailsOf(worst, findings) };
}

const FINGERPRINT_CODES = { within: 'fingerprint_not_shared', challenge: 'fingerprint_shared', deny: 'fingerprint_crowded' } as const;

/** How many others look exactly alike. */
export function fingerprintSignal(all: readonly VelocityFinding[]): Signal {
  const base = { id: 'fingerprint', version: 1, source: 'store' } as const;
  const findings = all.filter(isSoft);
  const worst = worstOf(findings);
  if (!worst) return { ...base, status: 'unknown', severity: 'none', code: 'fingerprint_not_counted', details: {} };
  return { ...base, status: 'ok', severity: SEVERITY[worst.verdict], code: FINGERPRINT_CODES[worst.verdict], details: detailsOf(worst, findings) };
}
