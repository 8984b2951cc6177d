import type { WorkflowSource } from '../workflow.ts';
import { userOnboarding } from './user_onboarding.ts';

const { session_risk, pii_validation, document_selfie } = userOnboarding.nodes as Required<WorkflowSource['nodes']>;
if (!session_risk || !pii_validation || !document_selfie) throw new TypeError('user_onboarding lost a node');

/**
 * User onboarding without the link: a match alone approves, at a lower assurance. Nothing later in it can answer a
 * challenge of session risk, so a challenge goes to the document.
 */
export const userOnboardingMatchOnly: WorkflowSource = {
  name: 'User onboarding, match only',
  template: 'user_onboarding_match_only',
  entry: 'session_risk',
  nodes: {
    session_risk: { ...session_risk, routes: { ...session_risk.routes, challenge: { go: 'document_selfie' } } },
    pii_validation: { ...pii_validation, routes: { ...pii_validation.routes, match: { end: 'approve' } } },
    document_selfie,
  },
};
