import { z } from 'zod';
import type { AuditLog } from '../../audit/audit.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { moment, pageOf, paging } from '../shapes.ts';

const entry = z.object({
  seq: z.number(), at: z.iso.datetime(), actor: z.object({ kind: z.enum(['staff', 'token', 'command', 'system']), id: z.string(), name: z.string(), address: z.string().optional() }),
  action: z.string(), target: z.object({ kind: z.string(), id: z.string() }), details: z.record(z.string(), z.unknown()).optional(), reason: z.string().optional(),
  outcome: z.enum(['done', 'refused']), code: z.string(),
});

/** The audit log, for whoever keeps it elsewhere too. */
export function auditApi(audit: AuditLog): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/audit', tag: 'audit', scope: 'audit.read', summary: 'Entries of the audit log, newest first',
      query: z.strictObject({
        action: z.string().max(100).optional(), actor: z.string().max(100).optional(), target_kind: z.string().max(100).optional(), target_id: z.string().max(200).optional(),
        outcome: z.enum(['done', 'refused']).optional(), from: moment.optional(), until: moment.optional(), ...paging, before: z.string().regex(/^\d{1,15}$/).optional(),
      }),
      answer: pageOf(entry),
      async handle({ query: { actor, target_kind, target_id, before, most, ...filter } }) {
        const entries = await audit.page({ ...filter, actorId: actor, targetKind: target_kind, targetId: target_id }, before === undefined ? undefined : Number(before), most + 1);
        const shown = entries.slice(0, most);
        return { data: shown.map((one) => ({ ...one, at: new Date(one.at).toISOString() })), next: entries.length > most ? String(shown.at(-1)?.seq) : null };
      },
    }),
  ];
}
