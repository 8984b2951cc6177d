import type { Action } from './permissions.ts';

/** Headings of the navigation, in their order. */
export const NAV_GROUPS = ['Work', 'Set-up', 'Administration'] as const;

export interface NavEntry {
  readonly group: (typeof NAV_GROUPS)[number];
  readonly area: string;
  readonly title: string;
  readonly href: string;
  readonly action: Action;
}

/** The console's areas in their order; each shows to whoever may read it. */
export const NAV: readonly NavEntry[] = [
  { group: 'Work', area: 'overview', title: 'Overview', href: '/admin', action: 'overview.read' },
  { group: 'Work', area: 'journeys', title: 'Journeys', href: '/admin/journeys', action: 'journey.read' },
  { group: 'Work', area: 'cases', title: 'Cases', href: '/admin/cases', action: 'case.read' },
  { group: 'Work', area: 'accounts', title: 'Accounts', href: '/admin/accounts', action: 'account.read' },
  { group: 'Set-up', area: 'workflows', title: 'Workflows', href: '/admin/workflows', action: 'workflow.read' },
  { group: 'Set-up', area: 'keys', title: 'Keys', href: '/admin/keys', action: 'key.read' },
  { group: 'Set-up', area: 'webhooks', title: 'Webhooks', href: '/admin/webhooks', action: 'webhook.read' },
  { group: 'Set-up', area: 'lists', title: 'Lists', href: '/admin/lists', action: 'list.read' },
  { group: 'Set-up', area: 'vendors', title: 'Vendors and feeds', href: '/admin/vendors', action: 'vendor.read' },
  { group: 'Administration', area: 'staff', title: 'Staff', href: '/admin/staff', action: 'staff.read' },
  { group: 'Administration', area: 'tokens', title: 'API tokens', href: '/admin/tokens', action: 'token.read' },
  { group: 'Administration', area: 'audit', title: 'Audit log', href: '/admin/audit', action: 'audit.read' },
];
