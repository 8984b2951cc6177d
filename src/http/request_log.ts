import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { maskedPath } from './masked_path.ts';

/** One line per request: method, masked path, status, duration. No query, no headers, no addresses. */
export function logRequests(logger: Logger): Middleware {
  if (!logger.isLevelEnabled('debug')) return (_ctx, next) => next();
  return async (ctx, next) => {
    const began = performance.now();
    await next();
    const fields = { event: 'request', method: ctx.method, path: maskedPath(ctx.path), status: ctx.status, ms: Math.round(performance.now() - began) };
    logger.debug(fields, 'answered');
  };
}
