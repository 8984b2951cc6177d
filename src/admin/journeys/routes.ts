/** Doors to journeys: find, look, download, reveal. What may be seen is decided at the desk below. */
import { GatehouseError } from '../../errors.ts';
import type { WorkflowStore } from '../../journey/store.ts';
import { Personal } from '../../personal.ts';
import { signedIn, type AdminRoute, type Asked } from '../route.ts';
import type { AuditLog } from '../audit/audit.ts';
import { journeyDetailPage, LAYERS } from './detail_page.ts';
import type { FoundJourney } from './found.ts';
import { journeyListPage, journeysOfPersonPage } from './list_pages.ts';
import { liveState } from './live.ts';
import { revealFormPage, revealedPage } from './reveal_pages.ts';
import { revealReason } from './revealed.ts';
import { journeyFilter, searchOf } from './search_form.ts';
import { PERSON_KINDS, type JourneyDesk } from './store.ts';
import { journeyView } from './view.ts';

export interface JourneyRouteDeps {
  readonly desk: JourneyDesk;
  readonly workflows: Pick<WorkflowStore, 'version'>;
  readonly audit: Pick<AuditLog, 'note'>;
  /** Where a case about a journey is looked at, if there is one. */
  readonly caseOf: (journeyId: string) => Promise<string | undefined>;
}

const PAGE = 50;
const PATH = '/admin/journeys';
const ID = /^[\w-]{1,100}$/;

export function journeyRoutes(deps: JourneyRouteDeps): readonly AdminRoute[] {
  const { desk } = deps;
  const foundOr404 = async ({ params }: Asked): Promise<FoundJourney> => {
    const id = params['id'] ?? '';
    const found = ID.test(id) ? await desk.find(id) : undefined;
    if (!found) throw new GatehouseError('journey_unknown', 404, 'there is no such journey, or none any more: journeys are deleted when their workflow’s retention ends');
    return found;
  };
  return [
    {
      method: 'get', path: '/journeys', action: 'journey.read',
      async handle({ query, may }) {
        const search = searchOf(query);
        const { filter, errors } = journeyFilter(search);
        const wanted = (query['find'] ?? '').trim();
        const missing: Record<string, string> = {};
        if (wanted !== '') {
          if (ID.test(wanted) && (await desk.find(wanted))) return { kind: 'go', to: `${PATH}/${wanted}` };
          missing['find'] = 'There is no journey with this id, or none any more.';
        }
        const before = query['before'];
        const faulty = Object.keys(errors).length > 0;
        const [found, choices] = await Promise.all([faulty ? { lines: [], next: undefined } : desk.search(filter, before, PAGE), desk.choices()]);
        const page = journeyListPage({ found, search, choices, further: before !== undefined, people: may('account.read') });
        return { kind: 'page', page, errors: { ...missing, ...errors }, values: { ...search, find: wanted.slice(0, 200) } };
      },
    },
    // Reached by a reload or the back button: what was typed is not kept.
    { method: 'get', path: '/journeys/find', action: 'account.read', handle: async () => ({ kind: 'page', page: journeysOfPersonPage({ kind: 'phone', found: undefined, key: '' }) }) },
    { method: 'post', path: '/journeys/find', action: 'account.read', handle: (asked) => findPerson(desk, asked) },
    {
      method: 'get', path: '/journeys/:id', action: 'journey.read',
      async handle(asked) {
        const { may, now, query } = asked;
        const found = await foundOr404(asked);
        const [workflow, caseHref] = await Promise.all([
          deps.workflows.version(found.workflowId, found.workflowVersion), may('case.read') ? deps.caseOf(found.id) : undefined,
        ]);
        const definition = workflow?.definition;
        const page = journeyDetailPage({
          found, definition, caseHref, live: liveState(found, definition, now), layer: LAYERS.find((layer) => layer === query['layer']),
          may: { reveal: may('journey.reveal'), account: may('account.read'), workflow: may('workflow.read'), key: may('key.read'), hold: may('account.hold') },
        });
        return { kind: 'page', page };
      },
    },
    {
      method: 'get', path: '/journeys/:id/json', action: 'journey.read',
      async handle(asked) {
        const found = await foundOr404(asked);
        await deps.audit.note(asked.actor, { action: 'journey.exported', target: { kind: 'journey', id: found.id } });
        return { kind: 'file', name: `journey-${found.id}.json`, type: 'application/json', body: `${JSON.stringify(journeyView(found), undefined, 2)}\n` };
      },
    },
    {
      method: 'get', path: '/journeys/:id/reveal', action: 'journey.reveal', fresh: true,
      handle: async (asked) => ({ kind: 'page', page: revealFormPage(await foundOr404(asked)) }),
    },
    {
      method: 'post', path: '/journeys/:id/reveal', action: 'journey.reveal', fresh: true,
      async handle(asked) {
        const { actor, form } = asked;
        const found = await foundOr404(asked);
        const typed = form['reason'] ?? '';
        const said = revealReason(typed);
        if ('fault' in said) return { kind: 'page', page: revealFormPage(found), errors: { reason: said.fault }, values: { reason: typed } };
        const revealed = await desk.reveal(actor, signedIn(asked).hash, found.id, said.reason);
        if (!revealed) throw new GatehouseError('journey_unknown', 404, 'the journey was deleted meanwhile');
        return { kind: 'page', page: revealedPage(found, revealed, said.reason) };
      },
    },
    {
      method: 'post', path: '/journeys/:id/pictures/:image', action: 'journey.reveal',
      async handle(asked) {
        const { actor, params, form } = asked;
        const jpeg = await desk.picture(actor, signedIn(asked).hash, { journeyId: params['id'] ?? '', imageId: params['image'] ?? '', grant: form['grant'] ?? '' });
        if (!jpeg) throw new GatehouseError('picture_gone', 410, 'this picture is no longer kept');
        return { kind: 'bytes', type: 'image/jpeg', body: Buffer.from(jpeg.open()) };
      },
    },
  ];
}

async function findPerson(desk: JourneyDesk, { actor, form }: Asked) {
  const kind = PERSON_KINDS.find((one) => one === form['by']) ?? 'phone';
  const typed = form['who'] ?? '';
  let key = form['key'] ?? '';
  if (key === '') {
    try {
      key = desk.personKey(kind, Personal.of(typed));
    } catch (thrown) {
      if (!(thrown instanceof GatehouseError) || thrown.code !== 'bad_person') throw thrown;
      const fault = typed.trim() === '' ? 'Enter whom to look for.' : thrown.message;
      return { kind: 'page' as const, page: journeysOfPersonPage({ kind, found: undefined, key: '' }), errors: { who: fault }, values: { by: kind, who: typed } };
    }
  }
  const before = form['before'] === undefined || form['before'] === '' ? undefined : form['before'];
  const found = await desk.byPerson(actor, key, before, PAGE);
  return { kind: 'page' as const, page: journeysOfPersonPage({ kind: PERSON_KINDS.find((one) => key.startsWith(`${one}.`)) ?? kind, found, key }) };
}
