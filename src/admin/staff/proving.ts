/** Judging what somebody proves themselves with, against the limits and never twice. What was wrong is not told. */
import type { StaffPasskeys } from './passkeys.ts';
import { secondTries } from './limits.ts';
import { recoveryCodeOf } from './recovery.ts';
import type { Credentials, StaffStore, TryStore } from './store.ts';
import { totpStep } from './totp.ts';

/** What was given; each may be empty. */
export interface Proof {
  /** A code of the app, or a recovery code. */
  readonly code: string;
  /** A passkey's answer, JSON. */
  readonly passkey: string;
}

export type Proved =
  | { readonly kind: 'good'; readonly by: 'totp' | 'passkey' | 'recovery_code' }
  | { readonly kind: 'wrong'; readonly why: string }
  | { readonly kind: 'wait'; readonly ms: number };

export interface ProvingDeps {
  readonly store: Pick<StaffStore, 'useTotpStep' | 'useRecoveryCode'>;
  readonly tries: TryStore;
  readonly passkeys: StaffPasskeys;
  readonly now: () => number;
}

/**
 * Whether a second factor holds; a good one is used up.
 * @param binding hash of the session, or of the step of the sign-in, that the page was shown to
 */
export async function proveSecond(deps: ProvingDeps, credentials: Credentials, proof: Proof, binding: string): Promise<Proved> {
  const { member } = credentials;
  const now = deps.now();
  const keys = secondTries(member.id);
  const ms = await deps.tries.begin(keys, now);
  if (ms > 0) return { kind: 'wait', ms };
  const proved = await judge(deps, credentials, proof, binding, now);
  if (proved.kind === 'good') await deps.tries.forget(keys);
  return proved;
}

async function judge({ store, passkeys }: ProvingDeps, { member, totpSecret, passkeys: have }: Credentials, { code, passkey }: Proof, binding: string, now: number): Promise<Proved> {
  if (passkey !== '') {
    const verdict = await passkeys.verify(passkey, have, binding, now);
    return verdict === 'good' ? { kind: 'good', by: 'passkey' } : { kind: 'wrong', why: verdict };
  }
  const step = totpSecret && totpStep(totpSecret, code, now);
  if (step !== undefined) return (await store.useTotpStep(member.id, step)) ? { kind: 'good', by: 'totp' } : { kind: 'wrong', why: 'code_used' };
  const recovery = recoveryCodeOf(code);
  if (recovery !== undefined && (await store.useRecoveryCode(member.id, recovery, now))) return { kind: 'good', by: 'recovery_code' };
  return { kind: 'wrong', why: 'code_wrong' };
}
