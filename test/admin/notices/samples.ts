import { noticesPage, type NoticesModel } from '../../../src/admin/notices/pages.ts';
import type { RuleNotice } from '../../../src/admin/notices/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';

const HOSTILE = `<script>alert(1)</script>"'`;
const AT = Date.UTC(2026, 10, 20, 9, 30);
const NOTICE: RuleNotice = { id: 'n1', rule: 'denied_documents', workflowId: 'user_onboarding', mode: 'live', journeyId: '4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11', verdict: 'deny', at: AT, caseId: 'c1' };
const MODEL: NoticesModel = {
  notices: [NOTICE, { ...NOTICE, id: 'n2', rule: HOSTILE, workflowId: HOSTILE, mode: 'test', verdict: 'review', caseId: undefined }], filter: {}, next: '/admin/notices?before=x', first: '', may: { dismiss: true, journey: true }, now: AT,
};

export const SAMPLES: readonly AdminSample[] = [
  { name: 'notices', page: noticesPage(MODEL) },
  { name: 'notices_of_a_rule', page: noticesPage({ ...MODEL, notices: [NOTICE], filter: { workflowId: 'user_onboarding', rule: 'denied_documents' } }) },
  { name: 'notices_for_an_auditor', page: noticesPage({ ...MODEL, may: { dismiss: false, journey: false } }) },
  { name: 'notices_none', page: noticesPage({ ...MODEL, notices: [], next: '' }), notice: 'The notice is dismissed.' },
  { name: 'notices_none_of_a_rule', page: noticesPage({ ...MODEL, notices: [], next: '', filter: { rule: HOSTILE } }) },
];
