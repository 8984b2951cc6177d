import type { AdminPage } from '../page.ts';
import type { NoticeFilter, RuleNotice } from './store.ts';

export interface NoticesModel {
  readonly notices: readonly RuleNotice[];
  readonly filter: NoticeFilter;
  readonly next: string;
  readonly first: string;
  readonly may: { readonly dismiss: boolean; readonly journey: boolean };
  /** Up to when "all" dismisses: what comes after the page was made was not seen. */
  readonly now: number;
}

export function noticesPage({ notices, filter, next, first, may, now }: NoticesModel): AdminPage {
  const { workflowId = '', rule = '' } = filter;
  return {
    view: 'admin/notices/notices.njk', title: 'Notices of rules', area: 'cases', trail: [{ title: 'Cases', href: '/admin/cases' }],
    model: { notices: notices.map((one) => ({ ...one, caseId: one.caseId ?? '' })), workflow: workflowId, rule, next, first, may, now, filtered: workflowId !== '' || rule !== '' },
  };
}
