import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { GatehouseError, asGatehouseError } from '../errors.ts';
import { isMessageKey, message, type Locale, type MessageKey } from '../http/locales/index.ts';
import { maskedPath } from '../http/masked_path.ts';
import { newReference, problem } from '../http/problem.ts';
import { showPage, type Shell } from './show.ts';
import { localeOf } from './visitor.ts';

/** The visitor's sentence for an error; a code without one of its own gets the general sentence. */
export function sentenceKey(visitor: string): MessageKey {
  const key = `errors.${visitor}`;
  // Codes have no dots; sentences for fields do (`errors.fields.…`).
  return isMessageKey(key) && !visitor.includes('.') ? key : 'errors.internal_error';
}

/**
 * Answers whatever went wrong: a page for a browser, problem details (RFC 9457) for a program. The visitor gets a plain
 * sentence and a reference; the log gets the full story under the same reference, and never anything personal.
 */
export function answerErrors(shell: Shell, logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && (ctx.body === undefined || ctx.body === null)) throw new GatehouseError('not_found', 404, 'no such address');
      // 501 is the router's word for a method that no route has.
      if ((ctx.status === 405 || ctx.status === 501) && (ctx.body === undefined || ctx.body === null)) throw new GatehouseError('method_not_allowed', 405, 'no such method at this address');
    } catch (thrown) {
      const error = translated(thrown);
      const reference = newReference();
      const fields = { event: 'request_failed', reference, code: error.code, status: error.status, path: maskedPath(ctx.path), method: ctx.method };
      if (error.status >= 500) logger.error({ ...fields, trace: traceOf(error) }, error.message);
      else logger.info(fields, error.message);
      show(ctx, shell, error, reference);
    }
  };
}

function translated(thrown: unknown): GatehouseError {
  const status = (thrown as { status?: unknown } | null)?.status;
  if (!(thrown instanceof GatehouseError) && thrown instanceof Error && typeof status === 'number' && status >= 400 && status < 500) {
    return new GatehouseError('bad_request', status, 'the request could not be read', { visitor: 'invalid_request' });
  }
  return asGatehouseError(thrown);
}

function show(ctx: Context, shell: Shell, error: GatehouseError, reference: string): void {
  const locale: Locale = localeOf(ctx);
  const sentence = sentenceKey(error.visitor);
  ctx.set('Cache-Control', 'no-store');
  ctx.status = error.status;
  if (ctx.accepts('html', 'json') !== 'html') {
    ctx.body = problem(error, message(locale, sentence), reference);
    ctx.type = 'application/problem+json';
    return;
  }
  const around = { locale, href: ctx.path, languageLinks: false, appName: 'Gatehouse' };
  if (error.visitor === 'session_not_found') showPage(ctx, shell, 'stale', {}, around);
  else showPage(ctx, shell, 'error', { code: error.code, status: error.status, sentenceKey: sentence }, { ...around, reference });
  ctx.status = error.status;
}

/** Names, codes and places of an error and its causes; messages of foreign errors may quote what a person typed. */
function traceOf(error: unknown): readonly object[] {
  const chain: object[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    chain.push({
      name: at.name,
      code: (at as { code?: unknown }).code,
      ...(at instanceof GatehouseError ? { message: at.message } : {}),
      at: (at.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')).slice(0, 8).map((line) => line.trim()),
    });
  }
  return chain;
}
