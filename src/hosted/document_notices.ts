import Router from '@koa/router';
import type { Engine } from '../engine/engine.ts';
import { GatehouseError } from '../errors.ts';
import { readBody } from '../http/body.ts';
import { Personal } from '../personal.ts';
import type { NoticeReader } from '../vendors/notice.ts';
import type { DocumentVendorNotice } from '../vendors/ports.ts';

const MOST_BYTES = 64 * 1024;

export interface NoticeDeps {
  /** By the vendor's name; each authenticates a notice before anything in it is used. */
  readonly readers: Readonly<Record<string, NoticeReader>>;
  /** Have the vendor asked about a session; a session that nobody knows is nothing. */
  readonly nudge: (notice: DocumentVendorNotice) => Promise<void>;
  readonly now: () => number;
}

/**
 * Notices of document vendors. A notice never says how a check went, whatever it holds: it only has the vendor asked.
 * Repeated, late, overtaken and unknown ones are therefore all acknowledged alike.
 */
export function noticeRoutes({ readers, nudge, now }: NoticeDeps): Router {
  const router = new Router();
  router.post('/hooks/documents/:vendor', async (ctx) => {
    const vendor = ctx.params['vendor'] ?? '';
    const body = await readBody(ctx.req, MOST_BYTES);
    const reader = Object.hasOwn(readers, vendor) ? readers[vendor] : undefined;
    const notice = reader?.({
      headers: Object.fromEntries(Object.entries(ctx.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])),
      body: body.toString('utf8'),
      now: now(),
    });
    // One answer for a wrong signature, an old one and a vendor that is not configured: a stranger learns nothing.
    if (!notice || notice.vendor !== vendor) {
      throw new GatehouseError('notice_refused', 401, 'a notice of a document vendor was not authenticated', { visitor: 'invalid_request' });
    }
    await nudge(notice);
    ctx.status = 200;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { received: true };
  });
  return router;
}

/**
 * How a notice reaches its journey: by the session's own link, on the door that every answer comes through.
 * @param linkHashOf how the step made the session known
 */
export function nudgeBy(engine: Pick<Engine, 'submitLink'>, linkHashOf: (vendor: string, sessionId: string) => string): NoticeDeps['nudge'] {
  return async ({ vendor, sessionId }) => {
    await engine.submitLink(linkHashOf(vendor, sessionId), {
      page: 'capture_vendor',
      version: 0,
      channel: 'phone',
      values: Personal.of({ action: 'check' }),
      // Nobody is there: a machine spoke, and it is no party to the journey.
      visitor: { address: Personal.of(''), userAgent: '', headers: {}, locale: 'en' },
    });
  };
}
