/** What each action lets somebody do, for pages that give actions away. */
import type { Action } from './permissions.ts';

/** What stands before the dot. */
export type ActionArea = Action extends `${infer Area}.${string}` ? Area : never;

/** Headings, by what stands before the dot. */
export const AREA_TEXTS: Readonly<Record<ActionArea, string>> = {
  self: 'Oneself', overview: 'Overview', workflow: 'Workflows', key: 'Keys', journey: 'Journeys', account: 'Accounts and devices', case: 'Cases', list: 'Lists',
  vendor: 'Vendors', feed: 'Feeds', webhook: 'Webhooks', audit: 'Audit log', staff: 'Staff', token: 'API tokens',
};

/** One plain sentence for every action. */
export const ACTION_TEXTS: Readonly<Record<Action, string>> = {
  'self.manage': 'Change one’s own password, second factor and sessions.',
  'overview.read': 'See counts of journeys, steps and decisions.',
  'workflow.read': 'See workflows, their drafts and their versions.',
  'workflow.edit': 'Make workflows, and write, rebase and discard drafts. Nothing that is deployed changes.',
  'workflow.deploy': 'Deploy drafts and roll back: decides how people are verified from then on.',
  'key.read': 'See keys and their settings, without their secrets.',
  'key.manage': 'Make, change, rotate and revoke keys. New secrets are in the answer.',
  'journey.read': 'Search journeys and see them without personal data.',
  'journey.reveal': 'See personal data of one journey or account at a time. Each look needs a reason and is recorded.',
  'account.read': 'Find people’s journeys and accounts by phone, email or credential, and see them without personal data.',
  'account.revoke': 'End trust in devices, refuse passkeys, and sign people out of every application.',
  'account.merge': 'Make one account of two. Cannot be undone.',
  'account.export': 'Get everything that is kept of a person, opened. Each export needs a reason and is recorded.',
  'account.erase': 'Erase people. Cannot be undone.',
  'account.hold': 'Put legal holds on accounts and journeys, and release them.',
  'case.read': 'See cases and their history, without personal data.',
  'case.work': 'Assign, tag and comment on cases, and dismiss notices of rules.',
  'case.decide': 'Approve or deny reviewed journeys, ask people for a step again, and close incidents and follow-ups.',
  'list.read': 'See block and allow lists, and look a value up.',
  'list.manage': 'Put values on block and allow lists, and take them off.',
  'vendor.read': 'See which vendors are asked, how they answer, and how the feeds stand.',
  'feed.refresh': 'Have feeds fetched now.',
  'webhook.read': 'See endpoints, and what was delivered to them.',
  'webhook.manage': 'Make, change, test and remove endpoints, rotate their secrets, and send events again.',
  'audit.read': 'Read the audit log, and check that it is whole.',
  'audit.export': 'Get the whole audit log as a file. Each export is recorded.',
  'staff.read': 'See who is on the staff, and their roles.',
  'staff.manage': 'Invite people to the staff, change their roles, and shut them out.',
  'token.read': 'See API tokens without themselves.',
  'token.manage': 'Make and revoke API tokens.',
};

/** The heading an action stands under. Pure. */
export function areaText(action: Action): string {
  return AREA_TEXTS[action.split('.')[0] as ActionArea];
}
