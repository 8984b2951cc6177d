/** What the workflows' area needs kept. Implemented in `store/console/workflows.ts`. */
import type { WorkflowDefinition } from '../../journey/workflow.ts';
import type { Actor } from '../actor.ts';

/** A workflow as the list shows it. */
export interface WorkflowSummary {
  readonly id: string;
  readonly name: string;
  readonly template: string;
  /** The version that new journeys get; undefined where none was deployed yet. */
  readonly deployedVersion: number | undefined;
  /** Epoch milliseconds and name of who deployed it; undefined where it was not kept. */
  readonly deployedAt: number | undefined;
  readonly deployedBy: string | undefined;
  readonly draft: { readonly changedAt: number; readonly changedBy: string } | undefined;
  /** Keys in use, by mode. */
  readonly keys: { readonly test: number; readonly live: number };
}

/** What somebody is working on. */
export interface Draft {
  readonly workflowId: string;
  /** Of the right shape; whether it may be deployed is another question. */
  readonly definition: WorkflowDefinition;
  /** The deployed version it was begun from. */
  readonly base: number | undefined;
  /** Counts up with every change. */
  readonly revision: number;
  readonly changedAt: number;
  readonly changedBy: string;
}

export interface VersionRow {
  readonly version: number;
  readonly createdAt: number;
  /** Undefined where it was not kept. */
  readonly createdBy: string | undefined;
  readonly note: string | undefined;
  readonly deployed: boolean;
}

export type DraftSaved =
  | { readonly kind: 'saved'; readonly draft: Draft }
  /** Somebody else changed, deployed or discarded it since it was read; what there is now. */
  | { readonly kind: 'changed'; readonly draft: Draft | undefined };

export type Deployed =
  | { readonly kind: 'deployed'; readonly version: number }
  /** The draft is not the one that was looked at. */
  | { readonly kind: 'changed' }
  /** Another version was deployed since; undefined where none is. */
  | { readonly kind: 'moved'; readonly deployed: number | undefined };

export interface WorkflowDraftStore {
  /** By id, after one, at most so many. */
  list(after: string | undefined, most: number): Promise<readonly WorkflowSummary[]>;
  find(id: string): Promise<WorkflowSummary | undefined>;
  /** Newest first, below a version. */
  versions(id: string, before: number | undefined, most: number): Promise<readonly VersionRow[]>;
  version(id: string, version: number): Promise<WorkflowDefinition | undefined>;
  draft(id: string): Promise<Draft | undefined>;
  /** Make a workflow with its first draft; false where the id is taken. */
  create(actor: Actor, id: string, definition: WorkflowDefinition): Promise<boolean>;
  /**
   * Write a draft if it still has this revision; 0 begins one upon the deployed version, which has to be `base` then.
   * A draft keeps what it was begun from, unless `rebase` sets it upon what is deployed, which has to be `base` too.
   * @param what which part was changed, for the audit log: `options.documents`, `routes`, `json`
   */
  saveDraft(actor: Actor, id: string, draft: { readonly definition: WorkflowDefinition; readonly base: number | undefined; readonly revision: number; readonly rebase?: boolean; readonly what: string }): Promise<DraftSaved>;
  /** A workflow that was never deployed, and has no keys, goes with its draft. False where it was changed since. */
  discardDraft(actor: Actor, id: string, revision: number): Promise<boolean>;
  /** Deploy the draft of this revision as the next version, if its base is what is deployed; the draft is gone then. */
  deployDraft(actor: Actor, id: string, revision: number, note: string | undefined): Promise<Deployed>;
  /** Deploy an older version again, if `from` is what is deployed. Journeys under way keep theirs. */
  rollBack(actor: Actor, id: string, to: number, from: number): Promise<Deployed>;
}
