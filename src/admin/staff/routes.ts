/** The staff area, put together: its doors, who a request's cookie stands for, and the first administrator's link. */
import type { TicketStore } from '../../devices/store.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { KeptForms } from '../kept.ts';
import type { AdminRoute, StaffSessions } from '../route.ts';
import type { StaffConfig } from './config.ts';
import { CALLBACK, staffCookies } from './cookies.ts';
import { makeEnrol } from './enrol.ts';
import { enrolRoutes } from './enrol_routes.ts';
import { makeInviting, type Inviting } from './invite.ts';
import { keptRoutes } from './kept_routes.ts';
import { meRoutes } from './me_routes.ts';
import { makeOutside } from './outside.ts';
import { passwordHasher } from './password.ts';
import { staffPasskeys } from './passkeys.ts';
import { staffSessions } from './sessions.ts';
import { makeSignIn } from './sign_in.ts';
import { signInRoutes } from './sign_in_routes.ts';
import { staffRoutes } from './staff_routes.ts';
import type { InvitationStore, SessionStore, StaffStore, TryStore } from './store.ts';

export interface StaffDeps {
  readonly store: StaffStore;
  readonly invitations: InvitationStore;
  readonly sessions: SessionStore;
  readonly tries: TryStore;
  readonly tickets: TicketStore;
  readonly audit: Pick<AuditLog, 'note'>;
  readonly kept: KeptForms;
  readonly config: StaffConfig;
  /** Of the console. */
  readonly origin: string;
  /** HMAC under a secret of the gateway, base64url; `use` keeps uses apart. */
  readonly keyedHash: (use: string, text: string) => string;
  readonly seal: (text: string, context: string) => Buffer;
  readonly open: (sealed: Uint8Array, context: string) => Promise<Buffer>;
  readonly now: () => number;
}

export interface StaffArea {
  readonly routes: readonly AdminRoute[];
  readonly sessions: StaffSessions;
  readonly inviting: Inviting;
}

export function staffArea(deps: StaffDeps): StaffArea {
  const { store, invitations, sessions, tries, tickets, audit, kept, config, origin, keyedHash, seal, open, now } = deps;
  const cookies = staffCookies(origin, (text) => keyedHash('staff_known', text));
  const passkeys = staffPasskeys({ origin, keyed: (text) => keyedHash('staff_passkey', text), store });
  const hasher = passwordHasher();
  const signIn = makeSignIn({ store, sessions, tickets, tries, audit, hasher, passkeys, passwords: config.passwords, now });
  const inviting = makeInviting({ invitations, origin, passwords: config.passwords, now });
  const outside = config.outside && makeOutside({
    config: config.outside, redirectUri: `${origin}${CALLBACK}`, seal: (text) => seal(text, 'staff_outside'), open: (sealed) => open(sealed, 'staff_outside'), now,
  });
  return {
    routes: [
      ...signInRoutes({ signIn, store, sessions, cookies, passkeys, kept, outside, passwords: config.passwords }),
      ...enrolRoutes({ enrol: makeEnrol({ store, invitations, tickets, hasher, passkeys, passwords: config.passwords, now }), signIn, cookies, passkeys }),
      ...keptRoutes(kept),
      ...meRoutes({ store, sessions, passkeys, hasher, seal, open }),
      ...staffRoutes({ store, invitations, sessions, inviting, outside: outside !== undefined, passwords: config.passwords }),
    ],
    sessions: staffSessions({ sessions, cookies, passwords: config.passwords, now }),
    inviting,
  };
}
