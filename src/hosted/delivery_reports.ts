import Router from '@koa/router';
import type { Engine } from '../engine/engine.ts';
import { GatehouseError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import type { StatusReader } from '../vendors/status.ts';

const MOST_BYTES = 64 * 1024;

/**
 * Delivery reports of message providers. Each sender that has them brings its own reader, which authenticates the
 * report before anything in it is used; an unauthenticated one is refused and changes nothing.
 */
export function deliveryRoutes(engine: Engine, origin: string, readers: Readonly<Record<string, StatusReader>>, now: () => number): Router {
  const router = new Router();
  router.post('/hooks/sms/:provider', async (ctx) => {
    const reader = Object.hasOwn(readers, ctx.params['provider'] ?? '') ? readers[ctx.params['provider'] ?? ''] : undefined;
    if (!reader) throw new GatehouseError('not_found', 404, 'a delivery report came for a sender that is not configured');
    const body = await readBody(ctx.req, MOST_BYTES);
    const reading = reader({
      // The address the provider was told to call: signatures cover it, and a proxy may have changed what we see.
      url: `${origin}${ctx.url}`,
      headers: Object.fromEntries(Object.entries(ctx.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])),
      body: body.toString('utf8'),
      now: now(),
    });
    if (reading.kind === 'refused') throw new GatehouseError(`report_${reading.code}`, 403, 'a delivery report was refused', { visitor: 'invalid_request' });
    // Not acknowledged, so that a provider whose report overtook our record of the send says it again.
    if (!(await engine.delivered(reading.report))) throw new GatehouseError('unknown_message', 404, 'a delivery report came for a message that nobody knows', { visitor: 'not_found' });
    ctx.status = 204;
  });
  return router;
}
