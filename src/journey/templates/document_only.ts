import type { WorkflowSource } from '../workflow.ts';
import { userOnboarding } from './user_onboarding.ts';

const { trusted_device, session_risk, document_selfie } = userOnboarding.nodes as Required<WorkflowSource['nodes']>;
if (!trusted_device || !session_risk || !document_selfie) throw new TypeError('user_onboarding lost a node');

/** The document alone: nothing is known of the person to draw questions from, so who cannot capture is denied. */
export const documentOnly: WorkflowSource = {
  name: 'Document only',
  template: 'document_only',
  entry: 'trusted_device',
  nodes: {
    // No phone is known that a link could be sent to: anything less than clean is verified anew.
    trusted_device: { ...trusted_device, routes: { ...trusted_device.routes, elevated: { go: 'session_risk' } } },
    session_risk: { ...session_risk, routes: { ...session_risk.routes, allow: { go: 'document_selfie' }, challenge: { go: 'document_selfie' } } },
    document_selfie: { ...document_selfie, routes: { ...document_selfie.routes, cannot_capture: { end: 'deny' }, consent_declined: { end: 'deny' } } },
  },
};
