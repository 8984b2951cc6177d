import { noticesHref } from '../notices/routes.ts';
import type { Action } from '../permissions.ts';
import type { AdminRoute, Asked } from '../route.ts';
import { columns } from './charts.ts';
import { figuresOf } from './figures.ts';
import { overviewPage, type OverviewModel } from './pages.ts';
import type { Attention, OverviewDesk, OverviewQuestion, VendorLatency } from './store.ts';

const HOUR = 3_600_000;

/** Rules that the overview tells of one by one. */
const MOST_RULES_TOLD = 5;

/** What the page can span: how far back, and by which stretches. */
const SPANS = [
  { value: 'day', text: 'Last 24 hours', hours: 24, stretch: 1 },
  { value: 'week', text: 'Last 7 days', hours: 168, stretch: 6 },
  { value: 'month', text: 'Last 30 days', hours: 720, stretch: 24 },
  { value: 'quarter', text: 'Last 90 days', hours: 2160, stretch: 72 },
] as const;

export interface OverviewDeps {
  readonly overview: OverviewDesk;
  readonly workflowIds: () => Promise<readonly string[]>;
  readonly attention: () => Promise<Attention>;
  readonly latencies: (from: number, until: number) => Promise<readonly VendorLatency[]>;
}

export function overviewRoutes(deps: OverviewDeps): readonly AdminRoute[] {
  return [{
    method: 'get', path: '/', action: 'overview.read',
    async handle({ query, now, may }) {
      const span = SPANS.find(({ value }) => value === query['span']) ?? SPANS[1];
      const [workflows, attention] = await Promise.all([deps.workflowIds(), deps.attention()]);
      const mode = query['mode'] === 'live' || query['mode'] === 'test' ? query['mode'] : attention.liveKeys ? 'live' : 'test';
      const workflowId = workflows.find((id) => id === query['workflow']);
      const until = Math.floor(now / HOUR) * HOUR + HOUR;
      const question: OverviewQuestion = { from: until - span.hours * HOUR, until, workflowId, mode };
      const stretch = span.stretch * HOUR;
      const [counts, decisions, vendors, countedUntil] = await Promise.all([
        deps.overview.counts(question), deps.overview.decisions(question, stretch), deps.latencies(question.from, until), deps.overview.countedUntil(),
      ]);
      const at = new Map(decisions.map((one) => [one.at, one]));
      const stretches = Array.from({ length: span.hours / span.stretch }, (_, index) => question.from + index * stretch);
      return {
        kind: 'page',
        page: overviewPage({
          figures: figuresOf(counts),
          chart: columns(stretches.map((from) => {
            const found = at.get(from);
            return { label: labelOf(from, span.stretch), parts: [['approve', found?.approve ?? 0], ['review', found?.review ?? 0], ['deny', found?.deny ?? 0]] };
          })),
          vendors,
          workflows,
          chosen: { workflow: workflowId ?? '', mode: question.mode, span: span.value },
          spans: SPANS.map(({ value, text }) => ({ value, text })),
          countedUntil: countedUntil ?? 0,
          waiting: waitingOf(attention, may),
        }),
      };
    },
  }];
}

/** What waits, as links that this person can follow. */
function waitingOf({ overdueCases, disabledEndpoints, faultyFeeds, notices }: Attention, may: Asked['may']): OverviewModel['waiting'] {
  const some = (count: number, one: string, many: string, href: string, action: Action) => (count > 0 && may(action) ? [{ text: count === 1 ? `1 ${one}` : `${count} ${many}`, href }] : []);
  return [
    ...some(overdueCases, 'case is past its time', 'cases are past their time', '/admin/cases?show=overdue', 'case.read'),
    ...noticesOf(notices, may),
    ...some(disabledEndpoints, 'webhook endpoint was switched off', 'webhook endpoints were switched off', '/admin/webhooks', 'webhook.read'),
    ...some(faultyFeeds, 'feed has a fault', 'feeds have a fault', '/admin/vendors', 'vendor.read'),
  ];
}

/** A line for each rule that left notices, the latest ones, and one for all others. */
function noticesOf(notices: Attention['notices'], may: Asked['may']): OverviewModel['waiting'] {
  if (!may('case.read')) return [];
  const others = notices.length - MOST_RULES_TOLD;
  return [
    ...notices.slice(0, MOST_RULES_TOLD).map(({ workflowId, rule, count }) => ({ text: `rule “${rule}” of ${workflowId} met ${count} ${count === 1 ? 'journey' : 'journeys'}`, href: noticesHref({ workflowId, rule }) })),
    ...(others > 0 ? [{ text: `${others} more ${others === 1 ? 'rule' : 'rules'} left notices`, href: noticesHref({}) }] : []),
  ];
}

/** A stretch's beginning, UTC. */
function labelOf(at: number, hours: number): string {
  const iso = new Date(at).toISOString();
  return hours < 24 ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(0, 10);
}
