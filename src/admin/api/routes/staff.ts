import { z } from 'zod';
import { ROLES } from '../../permissions.ts';
import type { StaffStore } from '../../staff/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { iso, pageOf, paging, time } from '../shapes.ts';

const member = z.object({
  id: z.string(), name: z.string(), roles: z.array(z.enum(ROLES)), active: z.boolean(), external: z.boolean().describe('Signs in at another provider.'), created_at: time, signed_in_at: time,
});

/** Who is on the staff, for whoever compares it with a list kept elsewhere. Nothing changes the staff from here: people do, at the console. */
export function staffApi(staff: Pick<StaffStore, 'list'>): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/staff', tag: 'staff', scope: 'staff.read', summary: 'Names and roles, newest first',
      query: z.strictObject({ ...paging, before: z.string().regex(/^\d{1,15}:[\w-]{1,80}$/).optional() }), answer: pageOf(member),
      async handle({ query: { before, most } }) {
        const [createdAt, id] = before?.split(':') ?? [];
        const members = await staff.list(createdAt === undefined || id === undefined ? undefined : { createdAt: Number(createdAt), id }, most + 1);
        const shown = members.slice(0, most);
        const last = shown.at(-1);
        return {
          data: shown.map((one) => ({
            id: one.id, name: one.name, roles: one.roles, active: one.disabledAt === undefined, external: one.external, created_at: iso(one.createdAt), signed_in_at: iso(one.signedInAt),
          })),
          next: members.length > most && last ? `${last.createdAt}:${last.id}` : null,
        };
      },
    }),
  ];
}
