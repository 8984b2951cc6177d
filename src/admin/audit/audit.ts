/**
 * The audit log: every change, reveal, export and refused try, in the order they happened. Each entry's code is computed
 * over its text and the code before it with a key that is not in the database, so that whoever changes, removes or
 * reorders rows is found (`npm run audit -- verify`).
 */
import type { Actor } from '../actor.ts';

/** What was done to what. Never personal data and never a secret: ids, names of settings, codes, counts. */
export interface AuditFact {
  /** `thing.done`, e.g. `workflow.deployed`, `journey.revealed`. Stable. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  /** Before and after, or whatever explains it; JSON. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** In the actor's own words, where one was asked for. */
  readonly reason?: string | undefined;
  /** `refused`: it was tried by somebody who may not, or with a wrong password. */
  readonly outcome?: 'done' | 'refused' | undefined;
}

/** An entry as it is kept. */
export interface AuditEntry extends AuditFact {
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: Actor;
  readonly outcome: 'done' | 'refused';
  /** Chain code of this entry, base64url. */
  readonly code: string;
}

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly targetKind?: string | undefined;
  readonly targetId?: string | undefined;
  readonly outcome?: 'done' | 'refused' | undefined;
  /** Epoch milliseconds, from inclusive, until exclusive. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** How the chain stands. */
export type ChainVerdict =
  | { readonly kind: 'whole'; readonly entries: number; readonly headSeq: number; readonly headCode: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: 'changed' | 'missing' | 'columns_differ' | 'head_differs' };

/** The log, for whoever reads it, and for what is recorded without any other change. Implemented in `store/console/audit.ts`. */
export interface AuditLog {
  /** Record something that changes nothing else: a refused try, a reveal, an export. */
  note(actor: Actor, fact: AuditFact): Promise<void>;
  /** Newest first, below a sequence number, at most so many. */
  page(filter: AuditFilter, before: number | undefined, most: number): Promise<readonly AuditEntry[]>;
  /** Walk the whole chain. `head`: an entry's code written down earlier, which must still be there. */
  verify(head?: { readonly seq: number; readonly code: string }): Promise<ChainVerdict>;
}
