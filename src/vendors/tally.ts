/** What is counted of vendors' answers: the nouns that whoever counts, keeps and shows them share. */
import type { Mode } from '../journey/journey.ts';
import type { VendorSet } from './ports.ts';

export type Capability = keyof VendorSet;

/** How an answer came out. `ok` says that the vendor works, not that it said yes. */
export type AnswerOutcome = 'ok' | 'could_not_tell' | 'timed_out' | 'broke';

/** What one vendor answered within one hour, since it was last drained. */
export interface VendorTally {
  readonly vendor: string;
  readonly capability: Capability;
  readonly mode: Mode;
  /** Beginning of the hour, epoch milliseconds. */
  readonly hour: number;
  readonly outcomes: Readonly<Record<AnswerOutcome, number>>;
  /** How many answers took at most as long as each bound, and last those that took longer; no answer is in two. */
  readonly buckets: readonly number[];
  /** How often each outcome came with each code. */
  readonly codes: readonly { readonly outcome: AnswerOutcome; readonly code: string; readonly count: number }[];
  readonly last: { readonly at: number; readonly outcome: AnswerOutcome; readonly code: string | undefined; readonly ms: number };
}
