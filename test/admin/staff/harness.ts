/** The console with the real staff area on a database, a clock that stands still, and the first administrator's link. */
import { Writable } from 'node:stream';
import { createServer } from 'node:http';
import Koa from 'koa';
import pino from 'pino';
import { consoleRoutes } from '../../../src/admin/console.ts';
import type { AuditEntry, AuditLog } from '../../../src/admin/audit/audit.ts';
import { keptForms } from '../../../src/admin/kept.ts';
import type { AdminRoute } from '../../../src/admin/route.ts';
import type { StaffConfig } from '../../../src/admin/staff/config.ts';
import { staffArea, type StaffArea } from '../../../src/admin/staff/routes.ts';
import { makeCsrf } from '../../../src/http/csrf.ts';
import { securityHeaders } from '../../../src/http/headers.ts';
import { makeViews } from '../../../src/http/views.ts';
import { pinToIssuer } from '../../../src/oidc/issuer_pin.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { staffStore } from '../../../src/store/console/staff.ts';
import { keptFormStore } from '../../../src/store/console/staff_kept.ts';
import { invitationStore } from '../../../src/store/console/staff_invitations.ts';
import { sessionStore } from '../../../src/store/console/staff_sessions.ts';
import { tryStore } from '../../../src/store/console/staff_tries.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { ticketStore } from '../../../src/store/tickets.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { freePort } from '../../support/ports.ts';
import { ROOT } from '../../support/process.ts';
import { storesOn } from '../../store/support.ts';

export interface StaffConsole {
  readonly origin: string;
  readonly area: StaffArea;
  readonly audit: AuditLog;
  /** For another console on the same database. */
  readonly vault: Vault;
  /** Epoch milliseconds; set it to let time pass. */
  clock: { now: number };
  log(): string;
  /** Newest first. */
  entries(action?: string): Promise<readonly AuditEntry[]>;
  setup(): Promise<string>;
  close(): Promise<void>;
}

const LOCAL: StaffConfig = { passwords: true, outside: undefined };

/** A front page to arrive at. */
const DOORS: readonly AdminRoute[] = [
  { method: 'get', path: '/', action: 'overview.read', handle: async ({ session }) => ({ kind: 'page', page: { view: 'admin/error.njk', title: 'Front', area: 'overview', trail: [], model: { sentence: `Hello ${session?.name ?? ''}`, code: '', reference: '' } } }) },
];

export async function startStaffConsole(opened: OpenedDatabase, { config = LOCAL, vault: given, doors = [] }: { readonly config?: StaffConfig; readonly vault?: Vault; readonly doors?: readonly AdminRoute[] } = {}): Promise<StaffConsole> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const clock = { now: Date.now() };
  const now = (): number => clock.now;
  const { db } = opened;
  const vault = given ?? (await storesOn(opened)).vault;
  const auditing = { db, vault, now };
  const audit = auditLog(auditing);
  const csrf = makeCsrf(Buffer.alloc(32, 7));
  const kept = keptForms({ store: keptFormStore(db, vault), csrf, origin, now });
  const area = staffArea({
    store: staffStore(auditing), invitations: invitationStore(auditing), sessions: sessionStore(auditing), tries: tryStore(db, vault), tickets: ticketStore(db, vault), audit, kept,
    config, origin, keyedHash: (use, text) => vault.keyedHash(use, text), now,
    seal: (text, context) => vault.seal('ticket', text, context), open: (sealed, context) => vault.open('ticket', sealed, context),
  });
  let log = '';
  const logger = pino({ level: 'debug', base: null }, new Writable({ write(chunk: Buffer, _encoding, done) { log += chunk.toString('utf8'); done(); } }));
  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer: origin, trustedProxyHops: 1 });
  app.use(securityHeaders(false));
  app.use(consoleRoutes({
    views: makeViews({ dir: `${ROOT}/views`, now }), csrf, kept, audit, origin, now, logger, sessions: area.sessions,
  }, [...DOORS, ...doors, ...area.routes]).routes());
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  // On a busy machine a connection could end of idleness at the very moment the next request takes it: only the client lets go.
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => server.listen(port, listening));
  return {
    origin, area, audit, clock, vault,
    log: () => log,
    entries: async (action) => audit.page(action === undefined ? {} : { action }, undefined, 200),
    async setup() {
      const link = await area.inviting.setup();
      if (link === undefined) throw new Error('there is somebody already');
      return link;
    },
    close: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
  };
}
