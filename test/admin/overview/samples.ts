import { columns } from '../../../src/admin/overview/charts.ts';
import { figuresOf } from '../../../src/admin/overview/figures.ts';
import { overviewPage, type OverviewModel } from '../../../src/admin/overview/pages.ts';
import type { MetricCount } from '../../../src/admin/overview/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';

const HOSTILE = `<script>alert(1)</script>"'`;
const COUNTS: readonly MetricCount[] = [
  ['started', '', 1480], ['decided', 'approve', 1103], ['decided', 'deny', 214], ['decided', 'review', 41],
  ['time', '30', 210], ['time', '60', 402], ['time', '120', 301], ['time', '300', 150], ['time', '600', 40],
  ['reason', 'journey_expired', 120], ['reason', 'possession_refused', 31], ['reason', 'listed_address', 22], ['reason', HOSTILE, 2],
  ['drop', 'pii_validation', 74], ['drop', 'sms_link', 46], ['drop', 'document_selfie', 33],
  ['step', 'session_risk:allow', 1402], ['step', 'session_risk:deny', 22], ['step', 'pii_validation:match', 1004], ['step', 'pii_validation:no_match', 230],
  ['step', 'sms_link:confirmed', 930], ['step', 'sms_link:timed_out', 40], ['step', 'sms_link:refused', 9],
  ['message', 'delivered', 901], ['message', 'sent', 88], ['message', 'rejected', 12],
].map(([metric, key, count]) => ({ metric, key, count, total: metric === 'decided' ? Number(count) * 74_000 : 0 }) as MetricCount);

const MODEL: OverviewModel = {
  figures: figuresOf(COUNTS),
  chart: columns(Array.from({ length: 28 }, (_, index) => ({
    label: `11-${String(14 + Math.floor(index / 4)).padStart(2, '0')} ${String((index % 4) * 6).padStart(2, '0')}:00`,
    parts: [['approve', 20 + ((index * 13) % 37)], ['review', index % 3], ['deny', (index * 5) % 9]] as const,
  }))),
  vendors: [{ vendor: 'sandbox carrier', capability: 'match', answers: 1234, p50: 120, p95: 480 }, { vendor: HOSTILE, capability: 'sms', answers: 989, p50: 60, p95: 250 }],
  workflows: ['user_onboarding', 'kyc'],
  chosen: { workflow: '', mode: 'test', span: 'week' },
  spans: [{ value: 'day', text: 'Last 24 hours' }, { value: 'week', text: 'Last 7 days' }],
  waiting: [{ text: '3 cases are past their time', href: '/admin/cases?show=overdue' }, { text: 'rule “denied_documents” of user_onboarding met 12 journeys', href: '/admin/notices?workflow=user_onboarding&rule=denied_documents' }, { text: '1 webhook endpoint was switched off', href: '/admin/webhooks' }],
  countedUntil: Date.UTC(2026, 10, 20, 9, 30),
};

export const SAMPLES: readonly AdminSample[] = [
  { name: 'overview', page: overviewPage(MODEL) },
  { name: 'overview_empty', page: overviewPage({ ...MODEL, figures: figuresOf([]), chart: columns([]), vendors: [], waiting: [], countedUntil: 0 }) },
];
