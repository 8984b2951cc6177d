import type { AdminPage } from '../../page.ts';
import { pathOf } from '../pages.ts';
import type { Whom } from './whom.ts';

/** What came back from trying a workflow. */
export type Tried =
  | {
      readonly kind: 'answered';
      /** `policyDecision` of the token. */
      readonly decision: string;
      readonly transactionId: string;
      /** Of simulated people alone: the key is a test key. */
      readonly claims: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'refused'; readonly error: string; readonly description: string };

/** What an application would have been told. */
export function tryPage({ workflowId, outcome, whom }: { readonly workflowId: string; readonly outcome: Tried; readonly whom: Whom | undefined }): AdminPage {
  return {
    view: 'admin/workflows/tried.njk', title: 'What the application is told', area: 'workflows',
    trail: [{ title: 'Workflows', href: '/admin/workflows' }, { title: workflowId, href: pathOf(workflowId) }],
    model: { outcome, whom: whom ?? false, action: `${pathOf(workflowId)}/try`, path: pathOf(workflowId), journeyHref: outcome.kind === 'answered' ? `/admin/journeys/${encodeURIComponent(outcome.transactionId)}` : '' },
  };
}
