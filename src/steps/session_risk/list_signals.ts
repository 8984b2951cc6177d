import { listedCode, type Lists, type ListScope, type Looked } from '../../journey/rules/lists.ts';
import type { RiskFacts } from '../../journey/rules/decision_record.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import { Personal } from '../../personal.ts';

/** What a session shows that can be listed. */
export interface SessionThings {
  readonly address: string;
  readonly email?: string | undefined;
  readonly phone?: Personal<string> | undefined;
  /** Thumbprint of the key that was shown, and the id of the device that proved itself. */
  readonly devices: readonly string[];
  readonly accountId?: string | undefined;
}

export function lookAtSession(lists: Lists, { address, email, phone, devices, accountId }: SessionThings, scope: ListScope): Looked {
  return lists.look({ address, devices, phone, accountId, email: email === undefined ? undefined : Personal.of(email) }, scope);
}

/** What the operator's lists say: one signal for each block, or a single one that there is none, or that nobody can tell. */
export function listSignals({ fresh, blocked }: Looked): readonly Signal[] {
  const base = { id: 'lists', version: 1, source: 'store' } as const;
  if (blocked.length > 0) return blocked.map(({ kind, entry }) => ({ ...base, status: 'ok', severity: 'high', code: listedCode(kind), details: { entry } }));
  return [fresh
    ? { ...base, status: 'ok', severity: 'none', code: 'lists_clear', details: {} }
    : { ...base, status: 'unknown', severity: 'medium', code: 'lists_stale', details: {} }];
}

/** The allow entry that a decision may rest on; of a phone or mailbox none: whoever comes types them, and a session proves neither. */
export function allowedBy({ allowed }: Looked): Pick<RiskFacts, 'allowedList'> {
  const hit = allowed.find(({ kind }) => kind !== 'phone' && kind !== 'email');
  return hit ? { allowedList: { kind: hit.kind, entry: hit.entry } } : {};
}
