import type { WorkflowSource } from '../workflow.ts';
import { userOnboarding } from './user_onboarding.ts';

const { trusted_device, session_risk, pii_validation, document_selfie, kba } = userOnboarding.nodes as Required<WorkflowSource['nodes']>;
if (!trusted_device || !session_risk || !pii_validation || !document_selfie || !kba) throw new TypeError('user_onboarding lost a node');

/**
 * User onboarding without the link: a match alone approves, at a lower assurance. Nothing later in it can answer a
 * challenge of session risk, so a challenge goes to a document at once; questions cannot stand in for that one, for the
 * person has said nothing yet that they could be drawn from.
 */
export const userOnboardingMatchOnly: WorkflowSource = {
  name: 'User onboarding, match only',
  template: 'user_onboarding_match_only',
  entry: 'trusted_device',
  nodes: {
    // Without a link there is nothing between trusted and verified anew.
    trusted_device: { ...trusted_device, routes: { ...trusted_device.routes, elevated: { go: 'session_risk' } } },
    session_risk: { ...session_risk, routes: { ...session_risk.routes, challenge: { go: 'challenged_document' } } },
    challenged_document: { ...document_selfie, routes: { ...document_selfie.routes, cannot_capture: { end: 'deny' }, consent_declined: { end: 'deny' } } },
    pii_validation: { ...pii_validation, routes: { ...pii_validation.routes, match: { end: 'approve' } } },
    document_selfie,
    kba,
  },
};
