/**
 * The sandbox: carrier, identity database, line-type look-up, knowledge questions and document vendor as one HTTP
 * service. It owns the pretending; the clients that call it are the real ones. It keeps nothing but access tokens and, where
 * it is told to, the document vendor's sessions, and knows nothing of journeys.
 */
import Koa from 'koa';
import { SIMULATED_HEADER } from '../answer.ts';
import { bureauRouter } from './bureau.ts';
import { carrierRouter } from './carrier.ts';
import { documentVendorRouter } from './document_vendor.ts';
import type { SessionStore } from './document_sessions.ts';
import { kbaRouter } from './kba.ts';
import { lineTypeRouter } from './line_type.ts';
import type { SandboxTokens } from './tokens.ts';

export interface SandboxSettings {
  readonly tokens: SandboxTokens;
  /** Credential of everything but the carrier. */
  readonly secret: string;
  /** How long slow numbers take, milliseconds: longer than any client waits. */
  readonly slowMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Where a person's browser reaches the document vendor's page; known once the port is. */
  readonly pageOrigin: () => string;
  /** Where the document vendor keeps its sessions. */
  readonly sessions: SessionStore;
  /** Where the gateway takes the document vendor's notices; undefined: it sends none. */
  readonly noticeUrl: string | undefined;
  readonly webhookSecret: Buffer;
}

/** Build the service; {@link startSandbox} makes it listen. */
export function sandboxApp(settings: SandboxSettings): Koa {
  const app = new Koa();
  // A client that hung up is no news here; real faults answer 500 and are seen by the client.
  app.silent = true;
  app.use(async (context, next) => {
    context.set(SIMULATED_HEADER, '1');
    await next();
  });
  for (const router of [carrierRouter(settings), bureauRouter(settings), lineTypeRouter(settings), kbaRouter(settings), documentVendorRouter(settings)]) {
    app.use(router.routes());
  }
  return app;
}
