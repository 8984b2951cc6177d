import type { DeviceTrust, KnownDevice } from './store.ts';

/** Why a known device is trusted for nobody here. */
export type TrustRefusal = 'trust_expired' | 'trust_revoked' | 'account_erased' | 'another_credential' | 'several_people' | 'no_trust';

export type ChosenTrust =
  | { readonly kind: 'trusted'; readonly trust: DeviceTrust }
  | { readonly kind: 'refused'; readonly code: TrustRefusal };

export interface AskedTrust {
  readonly workflowId: string;
  /** Further workflows whose trust counts here. */
  readonly trustFrom: readonly string[];
  /** Keyed hash of the name by which the application asks for its user; undefined where it names nobody. */
  readonly credentialHash: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Whom a known device stands for at this workflow, or why for nobody. Pure.
 *
 * Where the application names its user, only trust under that very name counts: trust that knows no name may be in
 * anybody. Where it names nobody, one person must be meant; several workflows that trust one person are still one.
 * The workflow's own trust goes before another's, then the newest.
 */
export function chooseTrust({ trusts }: Pick<KnownDevice, 'trusts'>, { workflowId, trustFrom, credentialHash, now }: AskedTrust): ChosenTrust {
  const here = trusts.filter((trust) => trust.workflowId === workflowId || trustFrom.includes(trust.workflowId));
  const meant = credentialHash === undefined ? here : here.filter((trust) => trust.credentialHash === credentialHash);
  const alive = meant.filter((trust) => deathOf(trust, now) === undefined);
  if (new Set(alive.map(({ accountId }) => accountId)).size > 1) return { kind: 'refused', code: 'several_people' };
  const [chosen] = alive.toSorted((a, b) => Number(b.workflowId === workflowId) - Number(a.workflowId === workflowId) || b.grantedAt - a.grantedAt);
  if (chosen) return { kind: 'trusted', trust: chosen };
  const [latest] = meant.toSorted((a, b) => b.lastUsedAt - a.lastUsedAt);
  const code = latest ? deathOf(latest, now) : undefined;
  return { kind: 'refused', code: code ?? (here.length > 0 ? 'another_credential' : 'no_trust') };
}

/** Why trust has ended; undefined while it lives. Pure. */
export function deathOf({ accountErased, revokedAt, expiresAt }: DeviceTrust, now: number): TrustRefusal | undefined {
  if (accountErased) return 'account_erased';
  if (revokedAt !== undefined) return 'trust_revoked';
  return now >= expiresAt ? 'trust_expired' : undefined;
}
