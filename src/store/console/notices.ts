/** Notices that rules of workflows left, in PostgreSQL: runs of rules that nobody dismissed yet. */
import type { NoticeDesk, RuleNotice } from '../../admin/notices/store.ts';
import { MOST_DISMISSED } from '../../admin/notices/store.ts';
import { audited, type Auditing } from './audit.ts';
import { cursorOf, cursorText } from './journeys_cursor.ts';

const NAME = /^[\w-]{1,100}$/;

export function noticeDesk(auditing: Auditing): NoticeDesk {
  const { db, now } = auditing;
  return {
    async page({ workflowId, rule }, before, most) {
      // What nothing can be called narrows to nothing.
      if (![workflowId, rule].every((name) => name === undefined || NAME.test(name))) return { notices: [], next: undefined };
      let query = db.selectFrom('automation_run').select(['id', 'rule', 'workflow_id', 'mode', 'journey_id', 'verdict', 'at', 'case_id']).where('notify', '=', true).where('dismissed_at', 'is', null);
      if (workflowId !== undefined) query = query.where('workflow_id', '=', workflowId);
      if (rule !== undefined) query = query.where('rule', '=', rule);
      if (before !== undefined) {
        const { createdAt: at, id } = cursorOf(before);
        query = query.where((eb) => eb(eb.refTuple('at', 'id'), '<', eb.tuple(at, id)));
      }
      const rows = await query.orderBy('at', 'desc').orderBy('id', 'desc').limit(most + 1).execute();
      const notices = rows.slice(0, most).map((row): RuleNotice => ({
        id: row.id, rule: row.rule, workflowId: row.workflow_id, mode: row.mode, journeyId: row.journey_id, verdict: row.verdict as RuleNotice['verdict'], at: row.at, caseId: row.case_id ?? undefined,
      }));
      const last = notices.at(-1);
      return { notices, next: rows.length > most && last ? cursorText({ createdAt: last.at, id: last.id }) : undefined };
    },
    dismiss: async (actor, id) => NAME.test(id) && audited(auditing, actor, async (tx) => {
      const row = await tx.updateTable('automation_run').set({ dismissed_at: now() }).where('id', '=', id).where('notify', '=', true).where('dismissed_at', 'is', null).returning(['rule', 'workflow_id', 'journey_id']).executeTakeFirst();
      return { result: row !== undefined, fact: row && { action: 'notice.dismissed', target: { kind: 'notice', id }, details: { rule: row.rule, workflow: row.workflow_id, journey: row.journey_id } } };
    }),
    dismissAll: (actor, { workflowId, rule, until }) => audited(auditing, actor, async (tx) => {
      const rows = await tx.updateTable('automation_run').set({ dismissed_at: now() })
        .where('id', 'in', (eb) => eb.selectFrom('automation_run').select('id').where('notify', '=', true).where('dismissed_at', 'is', null)
          .where('workflow_id', '=', workflowId).where('rule', '=', rule).where('at', '<=', until).orderBy('at').orderBy('id').limit(MOST_DISMISSED))
        .where('dismissed_at', 'is', null).returning('id').execute();
      const fact = rows.length === 0 ? undefined : { action: 'notice.all_dismissed', target: { kind: 'workflow', id: workflowId }, details: { rule, until, count: rows.length } };
      return { result: rows.length, fact };
    }),
  };
}
