/** The way back for people who are asked for a step again, whole: the link, the hosted pages beyond it, and who is led there. */
import type Router from '@koa/router';
import type { AgainLinks } from '../journey/again_links.ts';
import type { JourneyStore, WorkflowStore } from '../journey/store.ts';
import type { Oidc } from '../oidc/provider.ts';
import { againEnding, againRoutes } from './again.ts';
import { AGAIN_PAGES, againCookie } from './again_cookie.ts';
import { againDoor, applicationOf } from './again_door.ts';
import { interactionRoutes, type InteractionDeps } from './interaction.ts';

export interface AgainAreaDeps extends Pick<InteractionDeps, 'views' | 'csrf' | 'engine' | 'uploads' | 'origin'> {
  readonly links: AgainLinks;
  readonly journeys: Pick<JourneyStore, 'byId'>;
  readonly workflows: Pick<WorkflowStore, 'version'>;
  readonly oidc: Oidc;
  readonly now: () => number;
}

export interface AgainArea {
  /** The pages before the link: no token looks like their address. */
  readonly routers: readonly Router[];
  /** @see InteractionDeps.elsewhere */
  readonly elsewhere: NonNullable<InteractionDeps['elsewhere']>;
}

export function againArea(deps: AgainAreaDeps): AgainArea {
  const { views, csrf, engine, uploads, origin, links, journeys, workflows, now } = deps;
  const shell = { views, csrf };
  const application = applicationOf(deps.oidc);
  const cookie = againCookie(origin);
  const pages = interactionRoutes({
    ...shell, engine, uploads, origin,
    door: againDoor({ links, journeys, application, cookie, now }),
    // The browser's key was shown where the journey began, and its cookie went there: another browser's would look like a copy.
    issueDevice: async () => undefined,
    place: { path: AGAIN_PAGES, binding: (ctx) => `again:${cookie.hash(ctx) ?? ''}`, end: againEnding({ ...shell, application }) },
  });
  return {
    routers: [pages, againRoutes({ ...shell, links, cookie, journeys, workflows, application, origin, now })],
    async elsewhere(ctx, uid) {
      const holder = cookie.hash(ctx);
      const held = holder === undefined ? undefined : await links.held(holder, now());
      return held && (await journeys.byId(held.journeyId))?.journey.interactionUid === uid ? AGAIN_PAGES : undefined;
    },
  };
}
