import type { WorkflowSource } from '../workflow.ts';
import { userOnboarding } from './user_onboarding.ts';

/**
 * For signing in again and again: a trusted device with clean signals costs nothing, less than clean costs a link on the
 * known phone, much less the whole onboarding, and beyond that is denied. The routes are those of the onboarding; what
 * differs is that trust given by the application's other workflows counts (`devices.trustFrom`), and that every sign-in
 * proves the device anew.
 */
export const continuousReauth: WorkflowSource = {
  ...userOnboarding,
  name: 'Continuous re-authentication',
  template: 'continuous_reauth',
  options: { reuseSeconds: 300, devices: { trustFrom: ['user_onboarding'] } },
};
