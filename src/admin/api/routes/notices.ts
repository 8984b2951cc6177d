import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import type { NoticeDesk } from '../../notices/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { iso, mode, pageOf, paging, part, time } from '../shapes.ts';

const notice = z.object({
  id: z.string(), rule: z.string(), workflow: z.string(), mode, transaction_id: z.string(), decision: z.enum(['approve', 'deny', 'review']).describe('As it was written when the rule ran.'), at: time,
  case_id: z.string().nullable().describe('Of the case that the rule opened or tagged.'),
});

/** What rules of workflows left to be noticed. */
export function noticeApi(notices: NoticeDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/notices', tag: 'cases', scope: 'case.read', summary: 'Notices of rules that nobody dismissed, newest first',
      query: z.strictObject({ workflow: z.string().max(100).optional(), rule: z.string().max(100).optional(), ...paging }), answer: pageOf(notice),
      async handle({ query: { workflow, rule, before, most } }) {
        const page = await notices.page({ workflowId: workflow, rule }, before, most);
        return {
          data: page.notices.map((one) => ({ id: one.id, rule: one.rule, workflow: one.workflowId, mode: one.mode, transaction_id: one.journeyId, decision: one.verdict, at: iso(one.at), case_id: one.caseId ?? null })),
          next: page.next ?? null,
        };
      },
    }),
    apiRoute({
      method: 'post', path: '/notices/{id}/dismiss', tag: 'cases', scope: 'case.work', summary: 'Dismiss a notice; nothing else changes by it', answer: z.object({ dismissed: z.literal(true) }),
      async handle({ params, actor }) {
        if (!(await notices.dismiss(actor, part(params, 'id')))) throw new GatehouseError('not_found', 404, 'there is no such notice');
        return { dismissed: true as const };
      },
    }),
  ];
}
