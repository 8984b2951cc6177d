/**
 * `npm run staff -- invite --role administrator [--role …] [--name TEXT]` prints a link for somebody new, good once and for a
 * day: the way back in when nobody can sign in. `list` shows who there is; `reset ID` makes a link for a new password and
 * second factor. On the embedded database stop the gateway first: it can be open only once.
 */
import { makeInviting } from '../admin/staff/invite.ts';
import { staffStore } from '../store/console/staff.ts';
import { invitationStore } from '../store/console/staff_invitations.ts';
import { onDatabase } from './opened.ts';
import { staffCommand } from './staff_lines.ts';

await onDatabase(async ({ config, db, vault }) => {
  const auditing = { db, vault: await vault(), now: Date.now };
  return staffCommand({
    store: staffStore(auditing),
    inviting: makeInviting({ invitations: invitationStore(auditing), origin: config.console.origin, passwords: config.staff.passwords, now: Date.now }),
  }, process.argv.slice(2));
});
