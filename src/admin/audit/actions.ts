/** What entries are called: the choices of the log's filter. Any other name can be typed as well. */
export const AUDIT_ACTIONS = [
  'account.erased', 'account.erasure_begun', 'account.exported', 'account.merged', 'account.revealed', 'account.searched', 'account.signed_out',
  'audit.exported', 'audit.verified',
  'case.asked_again', 'case.assigned', 'case.closed', 'case.commented', 'case.decided', 'case.disagreed', 'case.link_renewed', 'case.link_sent', 'case.proposed', 'case.tagged', 'case.unassigned', 'case.withdrawn',
  'device.revoked', 'feed.refreshed', 'hold.placed', 'hold.released',
  'journey.exported', 'journey.picture_revealed', 'journey.revealed', 'journey.searched',
  'key.changed', 'key.created', 'key.overlap_ended', 'key.revoked', 'key.rotated',
  'list.added', 'list.removed', 'notice.all_dismissed', 'notice.dismissed', 'passkey.revoked', 'permission.refused',
  'staff.again_failed', 'staff.created', 'staff.disabled', 'staff.enabled', 'staff.invitation_withdrawn', 'staff.invited', 'staff.passkey_added', 'staff.passkey_removed', 'staff.password_changed',
  'staff.proved_again', 'staff.recovery_codes_made', 'staff.reset', 'staff.reset_asked', 'staff.roles_changed', 'staff.sessions_ended', 'staff.setup_offered', 'staff.sign_in_failed', 'staff.signed_in',
  'staff.signed_out', 'staff.totp_changed', 'staff.totp_removed',
  'token.created', 'token.refused', 'token.revoked',
  'webhook.changed', 'webhook.created', 'webhook.disabled', 'webhook.enabled', 'webhook.failed_replayed', 'webhook.old_secrets_ended', 'webhook.removed', 'webhook.replayed', 'webhook.secret_rotated', 'webhook.tested',
  'workflow.created', 'workflow.deployed', 'workflow.draft_discarded', 'workflow.draft_saved', 'workflow.rolled_back',
] as const;
