import { GatehouseError } from '../../errors.ts';
import type { Action } from '../permissions.ts';
import type { AdminRoute, Asked, Answer } from '../route.ts';
import { readTokenForm } from './form.ts';
import { newTokenPage, revokeTokenPage, tokenListPage, tokenMadePage } from './pages.ts';
import { NOT_FOR_TOKENS, type TokenDesk } from './store.ts';

export interface TokenDeps {
  readonly tokens: TokenDesk;
  /** What some door of the API asks for; a scope that opens none is not offered. */
  readonly scopes: readonly Action[];
  readonly isNet: (text: string) => boolean;
  /** Where the API is described. */
  readonly apiHref: string;
}

export function tokenRoutes({ tokens, scopes, isNet, apiHref }: TokenDeps): readonly AdminRoute[] {
  const offeredTo = ({ may }: Asked): readonly Action[] => scopes.filter((scope) => !NOT_FOR_TOKENS.includes(scope) && may(scope));
  const living = async ({ params }: Asked) => {
    const token = (await tokens.list()).find(({ id, revokedAt }) => id === params['id'] && revokedAt === undefined);
    if (!token) throw new GatehouseError('not_found', 404, 'There is no such token, or none any more.');
    return token;
  };
  return [
    {
      method: 'get', path: '/tokens', action: 'token.read',
      handle: async ({ may, now }) => ({ kind: 'page', page: tokenListPage({ tokens: await tokens.list(), mayManage: may('token.manage'), now }) }),
    },
    {
      method: 'get', path: '/tokens/new', action: 'token.manage', fresh: true,
      handle: async (asked) => ({ kind: 'page', page: newTokenPage({ offered: offeredTo(asked), chosen: [] }), values: { days: '90' } }),
    },
    {
      method: 'post', path: '/tokens/new', action: 'token.manage', fresh: true,
      async handle(asked): Promise<Answer> {
        const { form, actor, now } = asked;
        const offered = offeredTo(asked);
        const { token, errors } = readTokenForm(form, { now, offered, isNet });
        if (Object.keys(errors).length > 0) {
          return { kind: 'page', page: newTokenPage({ offered, chosen: token.scopes }), errors, values: { name: form['name'] ?? '', days: form['days'] ?? '', nets: form['nets'] ?? '' } };
        }
        const made = await tokens.create(actor, token);
        return { kind: 'page', page: tokenMadePage({ name: token.name, token: made.token, apiHref }) };
      },
    },
    { method: 'get', path: '/tokens/:id/revoke', action: 'token.manage', handle: async (asked) => ({ kind: 'page', page: revokeTokenPage(await living(asked)) }) },
    {
      method: 'post', path: '/tokens/:id/revoke', action: 'token.manage',
      async handle(asked): Promise<Answer> {
        const { id, name } = await living(asked);
        const done = await tokens.revoke(asked.actor, id);
        return { kind: 'go', to: '/admin/tokens', notice: done ? `“${name}” no longer works.` : `“${name}” had been revoked before.` };
      },
    },
  ];
}
