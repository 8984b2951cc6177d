import Router from '@koa/router';
import { showPage, type Shell } from './show.ts';
import { localeOf } from './visitor.ts';

/** The landing page, and what an orchestrator asks: alive (`/healthz`), and ready to serve (`/readyz`). */
export function homeRoutes(
  shell: Shell,
  parts: { readonly issuer: string; readonly outbox: string | undefined; readonly ping: () => Promise<void> },
): Router {
  const router = new Router();
  router.get('/', async (ctx) => {
    showPage(ctx, shell, 'home', { issuer: parts.issuer, outbox: parts.outbox }, { locale: localeOf(ctx), href: '/', appName: 'Gatehouse' });
  });
  router.get('/healthz', async (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', async (ctx) => {
    try {
      await parts.ping();
      ctx.body = { status: 'ready' };
    } catch {
      ctx.status = 503;
      ctx.body = { status: 'database_unavailable' };
    }
  });
  return router;
}
