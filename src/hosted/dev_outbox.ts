import Router from '@koa/router';
import type { OutboxStore } from '../vendors/outbox/store.ts';
import { showPage, type Shell } from './show.ts';
import { localeOf } from './visitor.ts';

const SHOWN = 100;

/** The developer's outbox, as a page and as JSON, newest first. Mounted only outside production, with the outbox as sender. */
export function outboxRoutes(shell: Shell, outbox: OutboxStore): Router {
  const router = new Router({ prefix: '/dev' });
  const messages = async (): Promise<{ to: string; body: string; link: string; sentAt: number }[]> =>
    (await outbox.list(SHOWN)).map(({ to, body, link, sentAt }) => ({ to: to.open(), body: body.open(), link: link.open(), sentAt }));

  router.get('/outbox', async (ctx) => {
    showPage(ctx, shell, 'outbox', { messages: await messages() }, { locale: localeOf(ctx), href: ctx.path, appName: 'Gatehouse' });
  });
  router.get('/outbox.json', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = (await messages()).map((message) => ({ ...message, sentAt: new Date(message.sentAt).toISOString() }));
  });
  return router;
}
