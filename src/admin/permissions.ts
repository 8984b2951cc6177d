/**
 * Who may do what in the console, in one table: a row says which roles may do an action. Console pages and API tokens are
 * judged by the same names; what has no row cannot be done.
 */
export const ROLES = ['administrator', 'workflow_author', 'reviewer', 'auditor', 'support'] as const;

/** What somebody on the staff is trusted with. A person may have several. */
export type Role = (typeof ROLES)[number];

/** In plain words, for the page that gives roles. */
export const ROLE_TEXTS: Readonly<Record<Role, string>> = {
  administrator: 'Everything, staff and erasure included.',
  workflow_author: 'Workflows, keys and webhooks: writes and deploys them. Sees journeys without personal data.',
  reviewer: 'Works on cases and decides them; may reveal what a case is about, with a reason.',
  auditor: 'Sees everything that is no personal data, the audit log included, and changes nothing.',
  support: 'Finds journeys and accounts, revokes devices, comments on cases. Reveals with a reason.',
};

const EVERYBODY = ROLES;

export const PERMISSIONS = {
  /** One's own password, second factor and sessions. */
  'self.manage': EVERYBODY,
  'overview.read': EVERYBODY,
  'workflow.read': EVERYBODY,
  'workflow.edit': ['administrator', 'workflow_author'],
  'workflow.deploy': ['administrator', 'workflow_author'],
  'key.read': ['administrator', 'workflow_author', 'auditor', 'support'],
  'key.manage': ['administrator', 'workflow_author'],
  'journey.read': EVERYBODY,
  'journey.reveal': ['administrator', 'reviewer', 'support'],
  'account.read': ['administrator', 'reviewer', 'auditor', 'support'],
  'account.revoke': ['administrator', 'support'],
  'account.merge': ['administrator'],
  'account.export': ['administrator'],
  'account.erase': ['administrator'],
  'account.hold': ['administrator'],
  'case.read': ['administrator', 'reviewer', 'auditor', 'support'],
  /** Take, tag, comment. */
  'case.work': ['administrator', 'reviewer', 'support'],
  'case.decide': ['administrator', 'reviewer'],
  'list.read': ['administrator', 'workflow_author', 'reviewer', 'auditor', 'support'],
  'list.manage': ['administrator', 'reviewer'],
  'vendor.read': EVERYBODY,
  'feed.refresh': ['administrator', 'workflow_author'],
  'webhook.read': ['administrator', 'workflow_author', 'auditor', 'support'],
  'webhook.manage': ['administrator', 'workflow_author'],
  'audit.read': ['administrator', 'auditor'],
  'audit.export': ['administrator', 'auditor'],
  'staff.read': ['administrator', 'auditor'],
  'staff.manage': ['administrator'],
  'token.read': ['administrator', 'auditor'],
  'token.manage': ['administrator'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/** Something that can be done in the console; also the scopes of API tokens. */
export type Action = keyof typeof PERMISSIONS;

export const ACTIONS = Object.keys(PERMISSIONS) as readonly Action[];

/** Whether any of these roles may do it. Pure. */
export function mayDo(roles: readonly Role[], action: Action): boolean {
  const allowed: readonly Role[] = PERMISSIONS[action];
  return roles.some((role) => allowed.includes(role));
}
