import { z } from 'zod';
import type { AuditLog } from '../../audit/audit.ts';
import { exported, verified } from '../../audit/routes.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { moment, pageOf, paging } from '../shapes.ts';

const narrowed = {
  action: z.string().max(100).optional(), actor: z.string().max(100).optional(), target_kind: z.string().max(100).optional(), target_id: z.string().max(200).optional(),
  outcome: z.enum(['done', 'refused']).optional(), from: moment.optional(), until: moment.optional(),
};

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
      query: z.strictObject({ ...narrowed, ...paging, before: z.string().regex(/^\d{1,15}$/).optional() }),
      answer: pageOf(entry),
      async handle({ query: { actor, target_kind, target_id, before, most, ...filter } }) {
        const entries = await audit.page({ ...filter, actorId: actor, targetKind: target_kind, targetId: target_id }, before === undefined ? undefined : Number(before), most + 1);
        const shown = entries.slice(0, most);
        return { data: shown.map((one) => ({ ...one, at: new Date(one.at).toISOString() })), next: entries.length > most ? String(shown.at(-1)?.seq) : null };
      },
    }),
    apiRoute({
      method: 'get', path: '/audit/export', streams: 'application/x-ndjson', tag: 'audit', scope: 'audit.export', summary: 'The log as JSON lines, newest first, as the console’s file has them; on record before the first',
      query: z.strictObject(narrowed), answer: z.looseObject({ seq: z.number(), at: z.number().describe('Milliseconds since 1970.'), action: z.string(), code: z.string() }).describe('Each line.'),
      handle: ({ query: { actor: actorId, target_kind: targetKind, target_id: targetId, ...filter }, actor }) => exported(audit, actor, { ...filter, actorId, targetKind, targetId }),
    }),
    apiRoute({
      method: 'post', path: '/audit/verify', reads: true, tag: 'audit', scope: 'audit.read', summary: 'Walk the whole chain of codes',
      answer: z.object({ whole: z.boolean(), entries: z.number().nullable(), head: z.string().nullable().describe('To be written down elsewhere: `sequence:code`.'), broken_at: z.number().nullable(), why: z.string().nullable() }),
      async handle({ actor }) {
        const verdict = await verified(audit, actor);
        return verdict.kind === 'whole'
          ? { whole: true, entries: verdict.entries, head: `${verdict.headSeq}:${verdict.headCode}`, broken_at: null, why: null }
          : { whole: false, entries: null, head: null, broken_at: verdict.seq, why: verdict.why };
      },
    }),
  ];
}
