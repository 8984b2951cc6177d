/** What a rule says, and how several words on one check become one. Pure. */
import type { CaptureSlot, Finding, FindingStatus } from '../../../journey/document_checks.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { JudgedFacts } from '../facts.ts';
import type { CaptureProblem } from '../pages.ts';

/** What a new picture could mend, and what the person is told to do better. */
export interface Mend {
  readonly slot: CaptureSlot;
  readonly problem: CaptureProblem;
  /** Which document, from 0; absent for the selfie. */
  readonly document?: number;
}

/** A finding without its code. */
export interface Verdict extends Omit<Finding, 'code'> {
  /** All that a new picture could mend, most promising first. */
  readonly mends?: readonly Mend[];
}

/** One check: facts and options in, a verdict out. Never throws over what was read: odd data fails or is unknown. */
export type Rule = (facts: JudgedFacts, options: DocumentOptions) => Verdict;

type Detail = NonNullable<Finding['detail']>;

export const pass = (detail?: Detail): Verdict => ({ status: 'pass', ...(detail ? { detail } : {}) });
export const fail = (why: string, detail?: Detail): Verdict => ({ status: 'fail', why, ...(detail ? { detail } : {}) });
export const doubt = (why: string, detail?: Detail): Verdict => ({ status: 'doubt', why, ...(detail ? { detail } : {}) });
export const unknown = (why: string, detail?: Detail): Verdict => ({ status: 'unknown', why, ...(detail ? { detail } : {}) });

const WORST: readonly FindingStatus[] = ['fail', 'doubt', 'unknown', 'pass'];

/** The worst of several: a no beats a doubt, a doubt beats not knowing, and all must pass for a pass. Of equals the first. */
export function worst<T extends { readonly status: FindingStatus }>(first: T, ...others: readonly T[]): T {
  return others.reduce((least, next) => (WORST.indexOf(next.status) < WORST.indexOf(least.status) ? next : least), first);
}

const CODE = /^[A-Za-z0-9_]{1,64}$/;

/** A reason that came from elsewhere, if it is a code; anything else could be about the person. */
export function codeOr(why: string | undefined, otherwise: string): string {
  return why !== undefined && CODE.test(why) ? why : otherwise;
}

/** A measure that is one: what an outcome file or a broken model gives may be no number at all. */
export function measured(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}
