/**
 * The door of a browser that came by a link: its journey was begun elsewhere and its authorization request is answered, so
 * it ends on a page of ours, and the application learns by its webhook.
 */
import { GatehouseError } from '../errors.ts';
import type { AgainLinks } from '../journey/again_links.ts';
import type { JourneyStore } from '../journey/store.ts';
import type { Oidc } from '../oidc/provider.ts';
import { AGAIN_PAGES, type AgainCookie } from './again_cookie.ts';
import type { OidcDoor } from './door.ts';

/** What is told of an application on the last page; undefined for a key that was revoked. */
export type ApplicationOf = (clientId: string) => Promise<{ readonly href: string | undefined } | undefined>;

export function applicationOf(oidc: Oidc): ApplicationOf {
  return async (clientId) => {
    const client = await oidc.provider().Client.find(clientId);
    if (!client) return undefined;
    const { client_uri: uri } = client.metadata();
    return { href: typeof uri === 'string' && uri.startsWith('https://') ? uri : undefined };
  };
}

export interface AgainDoorDeps {
  readonly links: Pick<AgainLinks, 'held'>;
  readonly journeys: Pick<JourneyStore, 'byId'>;
  readonly application: ApplicationOf;
  readonly cookie: Pick<AgainCookie, 'hash'>;
  readonly now: () => number;
}

export function againDoor({ links, journeys, application, cookie, now }: AgainDoorDeps): OidcDoor {
  return {
    async waiting(ctx) {
      const holder = cookie.hash(ctx);
      const held = holder === undefined ? undefined : await links.held(holder, now());
      const loaded = held && (await journeys.byId(held.journeyId));
      if (!held || !loaded || !(await application(loaded.journey.clientId))) {
        throw new GatehouseError('session_not_found', 400, 'no link that was used in this browser is still good');
      }
      const { journey } = loaded;
      return {
        uid: journey.interactionUid, clientId: journey.clientId, clientName: journey.opening.clientName, workflowId: journey.workflowId, mode: journey.mode,
        params: {}, expiresAt: held.expiresAt, begun: true,
      };
    },
    supplied: () => Promise.reject(new GatehouseError('journey_begun', 500, 'a journey that began elsewhere is not begun again by its link')),
    finish: () => Promise.resolve(AGAIN_PAGES),
    abandon: () => Promise.resolve(AGAIN_PAGES),
  };
}
