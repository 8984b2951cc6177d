import type { Action } from './permissions.ts';

export interface NavEntry {
  readonly area: string;
  readonly title: string;
  readonly href: string;
  readonly action: Action;
}

/** The console's areas in their order; each shows to whoever may read it. */
export const NAV: readonly NavEntry[] = [
  { area: 'overview', title: 'Overview', href: '/admin', action: 'overview.read' },
  { area: 'journeys', title: 'Journeys', href: '/admin/journeys', action: 'journey.read' },
  { area: 'cases', title: 'Cases', href: '/admin/cases', action: 'case.read' },
  { area: 'accounts', title: 'Accounts', href: '/admin/accounts', action: 'account.read' },
  { area: 'workflows', title: 'Workflows', href: '/admin/workflows', action: 'workflow.read' },
  { area: 'keys', title: 'Keys', href: '/admin/keys', action: 'key.read' },
  { area: 'webhooks', title: 'Webhooks', href: '/admin/webhooks', action: 'webhook.read' },
  { area: 'lists', title: 'Lists', href: '/admin/lists', action: 'list.read' },
  { area: 'vendors', title: 'Vendors and feeds', href: '/admin/vendors', action: 'vendor.read' },
  { area: 'staff', title: 'Staff', href: '/admin/staff', action: 'staff.read' },
  { area: 'tokens', title: 'API tokens', href: '/admin/tokens', action: 'token.read' },
  { area: 'audit', title: 'Audit log', href: '/admin/audit', action: 'audit.read' },
];
