import type { WorkflowSource } from '../workflow.ts';
import { userOnboarding } from './user_onboarding.ts';

const { session_risk, document_selfie } = userOnboarding.nodes as Required<WorkflowSource['nodes']>;
if (!session_risk || !document_selfie) throw new TypeError('user_onboarding lost a node');

/** The document alone: nothing is known of the person to draw questions from, so who cannot capture is denied. */
export const documentOnly: WorkflowSource = {
  name: 'Document only',
  template: 'document_only',
  entry: 'session_risk',
  nodes: {
    session_risk: { ...session_risk, routes: { ...session_risk.routes, allow: { go: 'document_selfie' }, challenge: { go: 'document_selfie' } } },
    document_selfie: { ...document_selfie, routes: { ...document_selfie.routes, cannot_capture: { end: 'deny' }, consent_declined: { end: 'deny' } } },
  },
};
