import type { AdminPage } from '../page.ts';
import { ACTIONS, type Action } from '../permissions.ts';
import { NOT_FOR_TOKENS, type ApiToken } from './store.ts';

const TRAIL = [{ title: 'API tokens', href: '/admin/tokens' }];

export interface TokenListModel {
  readonly tokens: readonly ApiToken[];
  readonly mayManage: boolean;
  readonly now: number;
}

export function tokenListPage({ tokens, mayManage, now }: TokenListModel): AdminPage {
  return {
    view: 'admin/tokens/list.njk', title: 'API tokens', area: 'tokens', trail: [],
    model: {
      mayManage,
      tokens: tokens.map((token) => ({
        ...token, expiresAt: token.expiresAt ?? 0, lastUsedAt: token.lastUsedAt ?? 0, revokedAt: token.revokedAt ?? 0,
        state: token.revokedAt !== undefined ? 'revoked' : token.expiresAt !== undefined && token.expiresAt <= now ? 'expired' : 'good',
      })),
    },
  };
}

/** Scopes that the form offers, by the area before the dot. */
export function offeredScopes(own: (action: Action) => boolean): readonly { readonly area: string; readonly scopes: readonly Action[] }[] {
  const offered = ACTIONS.filter((action) => !NOT_FOR_TOKENS.includes(action) && own(action));
  return [...Map.groupBy(offered, (action) => action.split('.')[0] as string)].map(([area, scopes]) => ({ area, scopes }));
}

export function newTokenPage(model: { readonly offered: ReturnType<typeof offeredScopes>; readonly chosen: readonly string[] }): AdminPage {
  return { view: 'admin/tokens/new.njk', title: 'New API token', area: 'tokens', trail: TRAIL, model };
}

/** The only time that the token is shown. */
export function tokenMadePage(model: { readonly name: string; readonly token: string; readonly apiHref: string }): AdminPage {
  return { view: 'admin/tokens/made.njk', title: 'Copy the token now', area: 'tokens', trail: TRAIL, model };
}

export function revokeTokenPage(token: Pick<ApiToken, 'id' | 'name' | 'hint'>): AdminPage {
  return { view: 'admin/tokens/revoke.njk', title: 'Revoke this token?', area: 'tokens', trail: TRAIL, model: { token } };
}
