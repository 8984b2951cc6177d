import { z } from 'zod';
import { METRICS, type OverviewDesk } from '../../overview/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { mode, moment } from '../shapes.ts';

/** The roll-up's counts, for dashboards of one's own. */
export function overviewApi(overview: OverviewDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/overview', tag: 'overview', scope: 'overview.read', summary: 'Counts by hour, added up over a time',
      query: z.strictObject({ from: moment, until: moment, workflow: z.string().max(100).optional(), mode }),
      answer: z.object({ counted_until: z.iso.datetime().nullable(), data: z.array(z.object({ metric: z.enum(METRICS), key: z.string(), count: z.number(), total: z.number() })) }),
      async handle({ query: { from, until, workflow, mode: under } }) {
        const [data, at] = await Promise.all([overview.counts({ from, until, workflowId: workflow, mode: under }), overview.countedUntil()]);
        return { counted_until: at === undefined ? null : new Date(at).toISOString(), data };
      },
    }),
  ];
}
