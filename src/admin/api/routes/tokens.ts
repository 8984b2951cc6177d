import { z } from 'zod';
import { ACTIONS, type Action } from '../../permissions.ts';
import type { TokenDesk } from '../../tokens/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { iso, time } from '../shapes.ts';

const token = z.object({
  id: z.string(), name: z.string(), hint: z.string().describe('Its last four characters.'), scopes: z.array(z.enum(ACTIONS as [Action, ...Action[]])), nets: z.array(z.string()).describe('Empty: from anywhere.'),
  created_by: z.string(), created_at: time, expires_at: time, last_used_at: time, revoked_at: time,
});

/** Tokens without themselves. They are made and revoked at the console: one that could make others would never end. */
export function tokenApi(tokens: Pick<TokenDesk, 'list'>): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/tokens', tag: 'tokens', scope: 'token.read', summary: 'All API tokens, newest first', answer: z.object({ data: z.array(token) }),
      handle: async () => ({
        data: (await tokens.list()).map((one) => ({
          id: one.id, name: one.name, hint: one.hint, scopes: one.scopes, nets: one.nets, created_by: one.createdBy, created_at: iso(one.createdAt), expires_at: iso(one.expiresAt),
          last_used_at: iso(one.lastUsedAt), revoked_at: iso(one.revokedAt),
        })),
      }),
    }),
  ];
}
