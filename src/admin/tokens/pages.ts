import type { AdminPage } from '../page.ts';
import type { Action } from '../permissions.ts';
import { ACTION_TEXTS, areaText } from '../permissions_texts.ts';
import type { ApiToken } from './store.ts';

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

/** The form, with what it offers under headings of areas. */
export function newTokenPage({ offered, chosen }: { readonly offered: readonly Action[]; readonly chosen: readonly Action[] }): AdminPage {
  const groups = [...Map.groupBy(offered, areaText)].map(([title, scopes]) => ({
    title, scopes: scopes.map((scope) => ({ name: scope, text: ACTION_TEXTS[scope], chosen: chosen.includes(scope) })),
  }));
  return { view: 'admin/tokens/new.njk', title: 'New API token', area: 'tokens', trail: TRAIL, model: { groups } };
}

/** The only time that the token is shown. */
export function tokenMadePage(model: { readonly name: string; readonly token: string; readonly apiHref: string }): AdminPage {
  return { view: 'admin/tokens/made.njk', title: 'Copy the token now', area: 'tokens', trail: TRAIL, model };
}

export function revokeTokenPage(token: Pick<ApiToken, 'id' | 'name' | 'hint'>): AdminPage {
  return { view: 'admin/tokens/revoke.njk', title: 'Revoke this token?', area: 'tokens', trail: TRAIL, model: { token } };
}
