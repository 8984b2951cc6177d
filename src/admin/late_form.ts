/** What becomes of a form that came too late for its sign-in: nothing is done, and nothing of it is lost. */
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { asGatehouseError } from '../errors.ts';
import { MOST_FORM_BYTES, readForm } from '../http/form.ts';
import { KEPT, KEPT_FIELD, MOST_KEPT_BYTES, type KeptForms } from './kept.ts';
import { writeNotice } from './notice.ts';
import { inConsole, led, pathBefore } from './paths.ts';
import type { AdminRoute, StaffSession } from './route.ts';
import { hasVisit } from './visit.ts';

export interface LateDeps {
  readonly kept: KeptForms;
  /** Of the console. */
  readonly origin: string;
  readonly logger: Logger;
}

/**
 * Where a form leads that came too late for its sign-in: to prove it, and then to where the form waits. One that cannot be
 * kept leads to the page it stood on.
 */
export async function late(deps: LateDeps, ctx: Context, route: AdminRoute, prove: string, session: StaffSession | undefined): Promise<string> {
  const form = await readLate(deps, ctx, route);
  // One that waits already goes on waiting.
  const waits = form !== undefined && (form[KEPT_FIELD] === undefined ? await keepLate(deps, ctx, route, form, session) : await deps.kept.any(ctx));
  return led(prove, waits ? KEPT : pathBefore(ctx));
}

/** Signing in, and one's own account, are proofs and codes: nothing of them is kept. */
const keeps = ({ action }: AdminRoute): boolean => action !== 'anyone' && action !== 'self.manage';

/** The form, where it may be one to keep; whatever is wrong with it, it is not acted on. */
async function readLate(deps: LateDeps, ctx: Context, route: AdminRoute): Promise<Readonly<Record<string, string>> | undefined> {
  // Strangers' bodies are not even read.
  if (!keeps(route) || !hasVisit(ctx)) return undefined;
  try {
    return await readForm(ctx.req, { fields: route.mostFields, bytes: Math.min(route.mostBytes ?? MOST_FORM_BYTES, MOST_KEPT_BYTES) });
  } catch (thrown) {
    if (asGatehouseError(thrown).code === 'body_too_large') writeNotice(ctx, 'The form was too large to be kept while you sign in, and was not sent.', deps.origin);
    return undefined;
  }
}

/**
 * Keep a form for its author; false where it is not from a page that we showed to them in this browser.
 * @param session who is signed in, and must be the author; undefined where nobody is
 */
export async function keepLate(deps: LateDeps, ctx: Context, route: AdminRoute, form: Readonly<Record<string, string>>, session: StaffSession | undefined): Promise<boolean> {
  const { csrf, ...fields } = form;
  const author = deps.kept.authorOf(ctx, csrf);
  if (author === undefined || (session && session.staffId !== author) || !keeps(route) || KEPT_FIELD in fields) return false;
  if (inConsole(ctx.url) !== ctx.url) return false;
  const kept = await deps.kept.keep(ctx, author, { door: ctx.url, from: pathBefore(ctx), fields });
  if (kept) deps.logger.info({ event: 'console_form_kept', door: route.path }, 'a form came too late for its sign-in and is kept');
  return kept;
}
