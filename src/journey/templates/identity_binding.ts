import type { WorkflowSource } from '../workflow.ts';
import { userOnboarding } from './user_onboarding.ts';

/** The application supplies the identity, signed or by its own authenticated request; the person must match it. */
export const identityBinding: WorkflowSource = {
  ...userOnboarding,
  name: 'Identity binding',
  template: 'identity_binding',
  options: { identity: 'application' },
};
