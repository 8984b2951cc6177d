import Router from '@koa/router';
import type { Context } from 'koa';
import { GatehouseError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { allowLeaving } from '../http/headers.ts';

const SESSION_ID = /^[A-Za-z0-9_-]{8,128}$/;
const MOST_BYTES = 4096;
const TIME_LIMIT_MS = 10_000;

/**
 * The simulated document vendor's page, on an origin that the person's phone can reach: the sandbox itself listens on
 * loopback alone. What is handed on is the page's own form, and nothing of the visitor.
 *
 * @param sandbox origin of this process's sandbox
 */
export function sandboxPageRoutes(sandbox: string): Router {
  const router = new Router();
  const hand = async (ctx: Context, form: Buffer | undefined): Promise<void> => {
    const id = String(ctx['params']?.id);
    const unknown = (): GatehouseError => new GatehouseError('not_found', 404, 'a session of the sandbox vendor was asked for that it does not have');
    if (!SESSION_ID.test(id)) throw unknown();
    const reply = await fetch(`${sandbox}/documents/${id}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
      ...(form === undefined ? {} : { method: 'POST', body: form.toString('utf8'), headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    });
    if (reply.status === 404) throw unknown();
    if (reply.status === 400) throw new GatehouseError('invalid_request', 400, 'the page of the sandbox vendor was sent a form that is not its own');
    const onward = reply.headers.get('location');
    ctx.set('Cache-Control', 'no-store');
    if (reply.status === 303 && onward !== null) {
      ctx.status = 303;
      ctx.redirect(onward);
      return;
    }
    if (reply.status !== 200) throw new GatehouseError('sandbox_broke', 502, `the page of the sandbox vendor answered ${reply.status}`, { visitor: 'unavailable' });
    // The way back may go on to the application's own page at once.
    allowLeaving(ctx);
    ctx.type = 'html';
    ctx.body = await reply.text();
  };
  router.get('/documents/:id', (ctx) => hand(ctx, undefined));
  router.post('/documents/:id', async (ctx) => hand(ctx, await readBody(ctx.req, MOST_BYTES)));
  return router;
}
