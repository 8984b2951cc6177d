import { z } from 'zod';
import { Personal } from '../../../personal.ts';
import { journeyView, lineView } from '../../journeys/view.ts';
import { PERSON_KINDS, type JourneyDesk } from '../../journeys/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, mode, moment, pageOf, paging, part, reason, time } from '../shapes.ts';

const line = z.object({
  transaction_id: z.string(), workflow: z.string(), client_id: z.string(), mode, created_at: time,
  decision: z.enum(['approve', 'deny', 'review']).nullable(), reason: z.string().nullable(), last_step: z.string().nullable(),
});

/** Journeys: search, one without personal data, one revealed. */
export function journeyApi(journeys: JourneyDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/journeys', tag: 'journeys', scope: 'journey.read', summary: 'Search journeys, newest first',
      query: z.strictObject({
        workflow: z.string().max(100).optional(), client_id: z.string().max(100).optional(), mode: mode.optional(),
        decision: z.enum(['approve', 'deny', 'review', 'running']).optional(), reason: z.string().max(100).optional(), step: z.string().max(100).optional(),
        from: moment.optional(), until: moment.optional(), ...paging,
      }),
      answer: pageOf(line),
      async handle({ query: { workflow, client_id, decision, before, most, ...rest } }) {
        const { lines, next } = await journeys.search({ ...rest, workflowId: workflow, clientId: client_id, verdict: decision }, before, most);
        return { data: lines.map(lineView), next: next ?? null };
      },
    }),
    apiRoute({
      method: 'post', path: '/journeys/search', reads: true, tag: 'journeys', scope: 'account.read', summary: 'Journeys of one person, by phone, email or credential',
      body: z.strictObject({ kind: z.enum(PERSON_KINDS), value: z.string().min(1).max(320).describe('Never kept and never in an address.'), ...paging }),
      answer: pageOf(line),
      async handle({ body, actor }) {
        const { lines, next } = await journeys.byPerson(actor, journeys.personKey(body.kind, Personal.of(body.value)), body.before, body.most);
        return { data: lines.map(lineView), next: next ?? null };
      },
    }),
    apiRoute({
      method: 'get', path: '/journeys/{id}', tag: 'journeys', scope: 'journey.read', summary: 'One journey, without personal data',
      answer: z.looseObject({ transaction_id: z.string(), workflow: z.string(), mode }),
      handle: async ({ params }) => journeyView(found(await journeys.find(part(params, 'id')), 'journey')),
    }),
    apiRoute({
      method: 'post', path: '/journeys/{id}/reveal', reads: true, tag: 'journeys', scope: 'journey.reveal', summary: 'What is about the person in one journey; the look is recorded first',
      body: z.strictObject({ reason }),
      answer: z.object({ data: z.looseObject({}), pictures: z.array(z.object({ id: z.string(), purpose: z.string(), delete_at: time })) }),
      async handle({ params, body, actor }) {
        const revealed = found(await journeys.reveal(actor, `token:${actor.id}`, part(params, 'id'), body.reason), 'journey');
        return {
          data: revealed.data.open(),
          // Pictures are looked at in the console, one by one.
          pictures: revealed.pictures.map(({ id, purpose, deleteAt }) => ({ id, purpose, delete_at: new Date(deleteAt).toISOString() })),
        };
      },
    }),
  ];
}
