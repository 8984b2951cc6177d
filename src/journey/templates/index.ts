import type { WorkflowSource } from '../workflow.ts';
import { continuousReauth } from './continuous_reauth.ts';
import { documentOnly } from './document_only.ts';
import { identityBinding } from './identity_binding.ts';
import { userOnboarding } from './user_onboarding.ts';
import { userOnboardingMatchOnly } from './user_onboarding_match_only.ts';

/** The built-in templates, by name. */
export const TEMPLATES: Readonly<Record<string, WorkflowSource>> = {
  user_onboarding: userOnboarding,
  user_onboarding_match_only: userOnboardingMatchOnly,
  document_only: documentOnly,
  continuous_reauth: continuousReauth,
  identity_binding: identityBinding,
};
