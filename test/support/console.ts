/** The console's doors on loopback with the real guard, and staff of any role, without signing in. */
import Koa from 'koa';
import { createServer } from 'node:http';
import { Writable } from 'node:stream';
import pino from 'pino';
import { consoleRoutes } from '../../src/admin/console.ts';
import type { AuditLog } from '../../src/admin/audit/audit.ts';
import { keptForms } from '../../src/admin/kept.ts';
import type { Role } from '../../src/admin/permissions.ts';
import type { AdminRoute, StaffSession } from '../../src/admin/route.ts';
import { makeCsrf } from '../../src/http/csrf.ts';
import { securityHeaders } from '../../src/http/headers.ts';
import { makeViews } from '../../src/http/views.ts';
import { pinToIssuer } from '../../src/oidc/issuer_pin.ts';
import { keptInMemory } from './kept.ts';
import { freePort } from './ports.ts';
import { ROOT } from './process.ts';

/** Somebody on the staff. */
export interface Who {
  readonly id?: string;
  readonly roles: readonly Role[];
  /** How long ago they proved who they are, milliseconds; now by default. */
  readonly provedAgo?: number;
}

export interface Seen {
  readonly status: number;
  readonly html: string;
  /** Where a redirect leads. */
  readonly location: string | undefined;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface TestConsole {
  readonly origin: string;
  get(path: string, who: Who | undefined): Promise<Seen>;
  /** With the right form token unless `form` has one of its own. A list sends its field several times. */
  post(path: string, form: Readonly<Record<string, string | readonly string[]>>, who: Who | undefined, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  /** Everything logged so far. */
  log(): string;
  close(): Promise<void>;
}

export const ADMINISTRATOR: Who = { roles: ['administrator'] };

/** @param now the console's clock; give the stores the same */
export async function startConsole(routes: readonly AdminRoute[], audit: Pick<AuditLog, 'note'>, now: () => number = Date.now): Promise<TestConsole> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  let log = '';
  const logger = pino({ level: 'debug', base: null }, new Writable({ write(chunk: Buffer, _encoding, done) { log += chunk.toString('utf8'); done(); } }));
  const csrf = makeCsrf(Buffer.alloc(32, 7));
  const people = new Map<string, Who>();
  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer: origin, trustedProxyHops: 0 });
  app.use(securityHeaders(false));
  const sessionOf = (who: Who): StaffSession => ({
    hash: nameOf(who), staffId: who.id ?? nameOf(who), name: `Test ${nameOf(who)}`, roles: who.roles, authenticatedAt: now() - (who.provedAgo ?? 0),
  });
  const nameOf = (who: Who): string => who.id ?? (who.roles.join('_') || 'nobody');
  app.use(consoleRoutes({
    views: makeViews({ dir: `${ROOT}/views`, now }), csrf, kept: keptForms({ store: keptInMemory(), csrf, origin, now }), audit, origin, now, logger,
    sessions: { of: async (ctx) => { const who = people.get(ctx.get('x-test-staff')); return who && sessionOf(who); } },
  }, routes).routes());
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  // On a busy machine a connection could end of idleness at the very moment the next request takes it: only the client lets go.
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => server.listen(port, listening));
  let count = 0;
  const send = async (path: string, who: Who | undefined, init: RequestInit): Promise<Seen> => {
    const headers = new Headers(init.headers);
    if (who) {
      const ticket = `t${(count += 1)}`;
      people.set(ticket, who);
      headers.set('x-test-staff', ticket);
    }
    const response = await fetch(`${origin}${path}`, { ...init, headers, redirect: 'manual' });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, html: body.toString('utf8'), body, location: response.headers.get('location') ?? undefined, headers: response.headers };
  };
  return {
    origin,
    get: (path, who) => send(path, who, {}),
    post: (path, form, who, headers = {}) => send(path, who, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin, referer: `${origin}${path}`, ...headers },
      body: new URLSearchParams(Object.entries({ ...(who ? { csrf: csrf.issue(`admin:${nameOf(who)}`) } : {}), ...form }).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))).toString(),
    }),
    log: () => log,
    close: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
  };
}
