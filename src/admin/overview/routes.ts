import type { AdminRoute } from '../route.ts';
import { columns } from './charts.ts';
import { figuresOf } from './figures.ts';
import { overviewPage } from './pages.ts';
import type { OverviewDesk, OverviewQuestion, VendorLatency } from './store.ts';

const HOUR = 3_600_000;

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
  readonly latencies: (from: number, until: number) => Promise<readonly VendorLatency[]>;
}

export function overviewRoutes(deps: OverviewDeps): readonly AdminRoute[] {
  return [{
    method: 'get', path: '/', action: 'overview.read',
    async handle({ query, now }) {
      const span = SPANS.find(({ value }) => value === query['span']) ?? SPANS[1];
      const workflows = await deps.workflowIds();
      const workflowId = workflows.find((id) => id === query['workflow']);
      const until = Math.floor(now / HOUR) * HOUR + HOUR;
      const question: OverviewQuestion = { from: until - span.hours * HOUR, until, workflowId, mode: query['mode'] === 'live' ? 'live' : 'test' };
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
        }),
      };
    },
  }];
}

/** A stretch's beginning, UTC. */
function labelOf(at: number, hours: number): string {
  const iso = new Date(at).toISOString();
  return hours < 24 ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(0, 10);
}
