/** Doors to what rules of workflows left to be noticed. */
import { GatehouseError } from '../../errors.ts';
import type { AdminRoute } from '../route.ts';
import { noticesPage } from './pages.ts';
import type { NoticeDesk, NoticeFilter } from './store.ts';

const PATH = '/admin/notices';
const PAGE = 50;
const ID = /^[\w-]{1,100}$/;

/** Where the notices of a rule stand. */
export function noticesHref({ workflowId, rule }: NoticeFilter, before?: string): string {
  const query = new URLSearchParams(Object.entries({ workflow: workflowId, rule, before }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return query.size === 0 ? PATH : `${PATH}?${query.toString()}`;
}

export function noticeRoutes({ notices }: { readonly notices: NoticeDesk }): readonly AdminRoute[] {
  return [
    {
      method: 'get', path: '/notices', action: 'case.read',
      async handle({ query, may, now }) {
        const [workflowId, rule] = [query['workflow'], query['rule']].map((text) => (text === undefined || text === '' ? undefined : text.slice(0, 100)));
        const filter: NoticeFilter = { workflowId, rule };
        const before = query['before'];
        const found = await notices.page(filter, before, PAGE);
        return {
          kind: 'page',
          page: noticesPage({
            notices: found.notices, filter, now, may: { dismiss: may('case.work'), journey: may('journey.read') },
            next: found.next === undefined ? '' : noticesHref(filter, found.next), first: before === undefined ? '' : noticesHref(filter),
          }),
        };
      },
    },
    {
      method: 'post', path: '/notices/:id/dismiss', action: 'case.work',
      async handle({ params, actor, form }) {
        const id = params['id'] ?? '';
        if (!ID.test(id) || !(await notices.dismiss(actor, id))) throw new GatehouseError('notice_unknown', 404, 'There is no such notice any more: somebody dismissed it, or its journey is no longer kept.');
        return { kind: 'go', to: backTo(form), notice: 'The notice is dismissed.' };
      },
    },
    {
      method: 'post', path: '/notices/dismiss', action: 'case.work',
      async handle({ actor, form }) {
        const [workflowId, rule, until] = [form['workflow'] ?? '', form['rule'] ?? '', form['until'] ?? ''];
        if (!/^\d{1,15}$/.test(until) || !ID.test(rule) || !ID.test(workflowId)) throw new GatehouseError('bad_form', 400, 'The form does not say which notices it is about.');
        const count = await notices.dismissAll(actor, { workflowId, rule, until: Number(until) });
        return { kind: 'go', to: PATH, notice: count === 1 ? 'One notice is dismissed.' : `${count} notices are dismissed.` };
      },
    },
  ];
}

/** The page that the button stood on. */
function backTo(form: Readonly<Record<string, string>>): string {
  const [workflowId, rule] = [form['workflow'] ?? '', form['rule'] ?? ''].map((text) => (ID.test(text) ? text : undefined));
  return noticesHref({ workflowId, rule });
}
