/**
 * The sandbox: carrier, identity database and line-type look-up as one HTTP service. It owns the pretending; the
 * clients that call it are the real ones. It keeps nothing but access tokens, and knows nothing of journeys.
 */
import Koa from 'koa';
import { SIMULATED_HEADER } from '../answer.ts';
import { bureauRouter } from './bureau.ts';
import { carrierRouter } from './carrier.ts';
import { lineTypeRouter } from './line_type.ts';
import type { SandboxTokens } from './tokens.ts';

export interface SandboxSettings {
  readonly tokens: SandboxTokens;
  /** Credential of the identity database and the line-type look-up. */
  readonly secret: string;
  /** How long slow numbers take, milliseconds: longer than any client waits. */
  readonly slowMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
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
  for (const router of [carrierRouter(settings), bureauRouter(settings), lineTypeRouter(settings)]) {
    app.use(router.routes());
  }
  return app;
}
