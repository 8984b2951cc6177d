/**
 * `/again/<token>`: a reviewer asks somebody for one step again, and this is the link they were sent. GET and HEAD change
 * nothing and set nothing (previews and scanners look); a form sent by a person uses the link up for their browser, and they
 * go on with the hosted pages under `/again/journey`. Unknown, used, replaced and expired links look the same.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import { hashOfToken, newToken, TOKEN_SHAPE } from '../devices/token.ts';
import type { Position } from '../engine/advance.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import { AGAIN_PATH, type AgainLinks } from '../journey/again_links.ts';
import type { JourneyStore, LoadedJourney, WorkflowStore } from '../journey/store.ts';
import type { Workflow } from '../journey/workflow.ts';
import { AGAIN_PAGES, type AgainCookie } from './again_cookie.ts';
import type { ApplicationOf } from './again_door.ts';
import type { AgainStep } from './again_pages.ts';
import { endingOf } from './ending.ts';
import { showPage, type Around, type Shell } from './show.ts';
import { localeOf } from './visitor.ts';

export interface AgainDeps extends Shell {
  readonly links: AgainLinks;
  readonly cookie: AgainCookie;
  /** Read only: looking must not move a journey along, or a scanner would have a message sent. */
  readonly journeys: Pick<JourneyStore, 'byId'>;
  readonly workflows: Pick<WorkflowStore, 'version'>;
  readonly application: ApplicationOf;
  readonly origin: string;
  readonly now: () => number;
}

const LINK_PATH = new RegExp(`^${AGAIN_PATH}/[A-Za-z0-9_-]{43}$`);
/** Field of the form that holds what becomes the browser's cookie: the same form sent twice is the same browser. */
const VISIT = 'visit';
const STEPS: Readonly<Record<string, AgainStep>> = { document_selfie: 'document_selfie', sms_link: 'sms_link', kba: 'kba' };

export function againRoutes(deps: AgainDeps): Router {
  const router = new Router();

  const goTo = (ctx: Context): void => {
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.redirect(AGAIN_PAGES);
  };
  const gone = (ctx: Context): void => {
    // Its address is as good as unknown, so there is nothing to show in another language.
    showPage(ctx, deps, 'again_gone', {}, { locale: localeOf(ctx), href: ctx.path, appName: '' });
    ctx.status = 410;
  };
  const tokenHashOf = (ctx: Context): string => hashOfToken(ctx.path.slice(AGAIN_PATH.length + 1));
  /** Whether this very browser used this very link. */
  const usedHere = async (ctx: Context, tokenHash: string): Promise<boolean> => {
    const holder = deps.cookie.hash(ctx);
    return holder !== undefined && (await deps.links.held(holder, deps.now()))?.tokenHash === tokenHash;
  };
  const openAt = async (tokenHash: string): Promise<{ readonly loaded: LoadedJourney; readonly workflow: Workflow } | undefined> => {
    const journeyId = await deps.links.peek(tokenHash, deps.now());
    const loaded = journeyId === undefined ? undefined : await deps.journeys.byId(journeyId);
    if (!loaded || !(await deps.application(loaded.journey.clientId))) return undefined;
    const workflow = await deps.workflows.version(loaded.journey.workflowId, loaded.journey.workflowVersion);
    return workflow && { loaded, workflow };
  };

  router.get(LINK_PATH, async (ctx) => {
    const tokenHash = tokenHashOf(ctx);
    const open = await openAt(tokenHash);
    if (!open) return (await usedHere(ctx, tokenHash)) ? goTo(ctx) : gone(ctx);
    const { loaded: { journey }, workflow } = open;
    const locale = localeOf(ctx, journey.opening.locale);
    // No journey is handed over: whoever only has the link learns no reference. The language travels with the form.
    showPage(ctx, deps, 'again_link', { step: stepAsked(open), until: journey.expiresAt, visit: newToken() }, {
      locale, href: ctx.path, appName: journey.opening.clientName, workflow, binding: `again:${tokenHash}`,
      ...(typeof ctx.query['lang'] === 'string' ? { action: `${ctx.path}?lang=${locale}` } : {}),
    });
  });

  router.post(LINK_PATH, async (ctx) => {
    const tokenHash = tokenHashOf(ctx);
    checkOrigin(ctx.headers, deps.origin);
    const values = await readForm(ctx.req);
    deps.csrf.check(`again:${tokenHash}`, values['csrf']);
    const visit = values[VISIT] ?? '';
    const taken = TOKEN_SHAPE.test(visit) && (await deps.links.take(tokenHash, hashOfToken(visit), deps.now()));
    if (!taken) return (await usedHere(ctx, tokenHash)) ? goTo(ctx) : gone(ctx);
    deps.cookie.set(ctx, visit);
    goTo(ctx);
  });
  return router;
}

/** Which step the last reviewer asked for. Pure. */
function stepAsked({ loaded, workflow }: { readonly loaded: Pick<LoadedJourney, 'journey'>; readonly workflow: Workflow }): AgainStep | undefined {
  const node = loaded.journey.reviews?.findLast(({ verdict }) => verdict === 'again')?.node;
  const step = node === undefined ? undefined : workflow.definition.nodes[node]?.step;
  return step === undefined ? undefined : STEPS[step];
}

/** The last page of a journey that was gone on with by a link: what the application would be told, and the way to it. */
export function againEnding(deps: Shell & { readonly application: ApplicationOf }) {
  return async (ctx: Context, position: Position, around: Around): Promise<void> => {
    if (position.rest.kind !== 'decided') return;
    const kind = position.rest.decision.verdict === 'approve' ? 'approved' : endingOf(position);
    const application = await deps.application(position.journey.clientId);
    showPage(ctx, deps, 'again_done', { kind, applicationHref: application?.href }, around);
  };
}
