/** What a reveal opens: everything kept about the person of one journey, and what could not be opened. */
import type { ReadDocument } from '../../journey/document_evidence.ts';
import type { ClaimedIdentity, Prefill } from '../../journey/journey.ts';
import type { ReleasedProfile } from '../../journey/released.ts';
import { LONGEST_REASON, SHORTEST_REASON } from '../reason.ts';

/** Where somebody was seen. */
export interface RevealedPlace {
  /** `session`: the browser the journey began in; `capture`: what took the pictures; `consent`: what gave it. */
  readonly of: 'session' | 'capture' | 'consent';
  readonly at: number;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

export interface RevealedData {
  /** The application's own name for its user. */
  readonly credential: string | undefined;
  /** What the application supplied. */
  readonly prefill: Prefill | undefined;
  /** What the person typed on the first page. */
  readonly typed: { readonly country?: string | undefined; readonly email?: string | undefined; readonly username?: string | undefined } | undefined;
  readonly claimed: ClaimedIdentity | undefined;
  /** What applications are told after an approval. */
  readonly released: ReleasedProfile | undefined;
  readonly documents: readonly { readonly accepted: boolean; readonly at: number; readonly document: ReadDocument }[];
  readonly places: readonly RevealedPlace[];
  /** Kinds of record that are there and do not open, or do not have their shape. */
  readonly unreadable: readonly string[];
}

/** The reason as it is recorded, or what is wrong with it. Pure. */
export function revealReason(typed: string): { readonly reason: string } | { readonly fault: string } {
  const reason = typed.normalize('NFC').replace(/\s+/g, ' ').trim();
  if (reason.length < SHORTEST_REASON) return { fault: `Say why, in at least ${SHORTEST_REASON} characters. It is kept in the audit log with your name.` };
  if (reason.length > LONGEST_REASON) return { fault: `Say why in at most ${LONGEST_REASON} characters.` };
  return { reason };
}
