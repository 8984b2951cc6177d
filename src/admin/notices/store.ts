/** What the notices of rules need kept. Implemented in `store/console/notices.ts`. Times are epoch milliseconds. */
import type { Mode, Verdict } from '../../journey/journey.ts';
import type { Actor } from '../actor.ts';

/** A rule of a workflow's automation fitted a journey, and asked that somebody be told. */
export interface RuleNotice {
  readonly id: string;
  readonly rule: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly journeyId: string;
  /** As the decision was written then. */
  readonly verdict: Verdict;
  readonly at: number;
  /** The case that the rule opened or tagged. */
  readonly caseId: string | undefined;
}

/** Of one workflow, or of one rule of it. */
export interface NoticeFilter {
  readonly workflowId?: string | undefined;
  readonly rule?: string | undefined;
}

export interface NoticeDesk {
  /** Those that nobody dismissed, the newest first. @throws GatehouseError `bad_cursor` */
  page(filter: NoticeFilter, before: string | undefined, most: number): Promise<{ readonly notices: readonly RuleNotice[]; readonly next: string | undefined }>;
  /** False where there is no such notice any more. */
  dismiss(actor: Actor, id: string): Promise<boolean>;
  /** All of one rule that were left until then, at most {@link MOST_DISMISSED} at a time; gives how many. */
  dismissAll(actor: Actor, of: { readonly workflowId: string; readonly rule: string; readonly until: number }): Promise<number>;
}

export const MOST_DISMISSED = 10_000;
