/**
 * `npm run devices -- list <account or transaction id>` shows what is trusted for a person and what was; `revoke <account>
 * [device or passkey]` ends it; `link <account>` makes a link, good once and for a day, by which the person sees and ends
 * it themselves; `incidents` shows what people reported and the gateway noticed.
 */
import { deviceStore } from '../store/devices.ts';
import { incidentStore } from '../store/incidents.ts';
import { myAccounts } from '../store/my_accounts.ts';
import { passkeyStore } from '../store/passkeys.ts';
import { ticketStore } from '../store/tickets.ts';
import { deviceCommand } from './device_lines.ts';
import { onDatabase } from './opened.ts';

await onDatabase(({ config, db, vault }) => deviceCommand({
  devices: deviceStore(db),
  passkeys: passkeyStore(db),
  incidents: incidentStore(db, Date.now),
  tickets: async () => ticketStore(db, await vault()),
  find: myAccounts(db).find,
  issuer: config.issuer,
  now: Date.now,
}, process.argv.slice(2)));
