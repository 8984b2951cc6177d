/** The doors behind which a draft is worked on, reviewed, deployed or thrown away. */
import { GatehouseError } from '../../errors.ts';
import type { WorkflowDefinition } from '../../journey/workflow.ts';
import type { AdminPage } from '../page.ts';
import type { AdminRoute, Answer, Asked } from '../route.ts';
import type { Saved, Seen, WorkflowDesk, Working } from './desk.ts';
import { differences } from './differences.ts';
import { draftPage, jsonOf, jsonPage, optionsPage, reviewPage, routesPage, type Meanwhile } from './edit_pages.ts';
import { freeName, withNode, withoutNode, withRoutes } from './edit_routes.ts';
import { errorsOf, type PlacedFault } from './fault_texts.ts';
import { isGroup, OPTION_GROUPS, type OptionGroup } from './option_fields.ts';
import { readGroup, typedOf } from './options_form.ts';
import { pathOf } from './pages.ts';
import { readDefinitionText } from './read_definition.ts';

export interface DraftDeps {
  readonly desk: WorkflowDesk;
  readonly isNet: (text: string) => boolean;
}

/** A page of options with its texts and its logo; a definition as JSON. */
const LARGE = { mostFields: 800, mostBytes: 1024 * 1024 } as const;

type Show = (working: Working, meanwhile?: Meanwhile) => AdminPage;

export function draftRoutes({ desk, isNet }: DraftDeps): readonly AdminRoute[] {
  const opened = ({ params }: Asked): Promise<Working> => desk.working(params['id'] ?? '');
  const shown = (working: Working, place: PlacedFault['place'], page: AdminPage): Answer => ({ kind: 'page', page, errors: errorsOf(working.faults, place) });

  /** Write what a form says over the draft, and answer; what somebody else did meanwhile is shown beside what was typed. */
  const save = async (asked: Asked, working: Working, what: string, value: unknown, to: string, notice: string, show: Show, place: PlacedFault['place']): Promise<Answer> => {
    const saved: Saved = await desk.save(asked.actor, working.summary.id, seenIn(asked.form), what, value);
    if (saved.kind === 'saved') return { kind: 'go', to, notice };
    if (saved.kind === 'faults') return { kind: 'page', status: 422, page: show(withSeen(working, seenIn(asked.form))), errors: everywhere(saved.faults, place) };
    const now = await desk.working(working.summary.id);
    // Settings that cannot be read any more are still compared as they are.
    return {
      kind: 'page', status: 409, page: show(now, { by: now.draft?.changedBy ?? now.summary.deployedBy ?? 'somebody', changes: differences(now.definition, value) }),
      errors: { meanwhile: 'Somebody else changed this workflow while you were at it. Nothing is lost: what differs is shown below. Save again to write yours over it.' },
    };
  };

  return [
    { method: 'get', path: '/workflows/:id/edit', action: 'workflow.edit', async handle(asked) { const working = await opened(asked); return shown(working, 'general', draftPage(working)); } },
    {
      method: 'post', path: '/workflows/:id/edit', action: 'workflow.edit',
      async handle(asked) {
        const working = await opened(asked);
        const name = (asked.form['name'] ?? '').trim();
        const answer = await save(asked, working, 'name', { ...working.definition, name }, `${pathOf(working.summary.id)}/edit`, 'The name is saved in the draft.', draftPage, 'general');
        return answer.kind === 'page' ? { ...answer, values: { name } } : answer;
      },
    },
    {
      method: 'get', path: '/workflows/:id/edit/options/:group', action: 'workflow.edit',
      async handle(asked) {
        const [working, group] = [await opened(asked), groupOf(asked)];
        return shown(working, group, optionsPage(working, group, typedOf(working.definition.options, group)));
      },
    },
    {
      method: 'post', path: '/workflows/:id/edit/options/:group', action: 'workflow.edit', ...LARGE,
      async handle(asked) {
        const [working, group] = [await opened(asked), groupOf(asked)];
        const show: Show = (now, meanwhile) => optionsPage(now, group, asked.form, meanwhile);
        const { options, errors } = readGroup(asked.form, group, working.definition.options, isNet);
        if (Object.keys(errors).length > 0) return { kind: 'page', status: 422, page: show(withSeen(working, seenIn(asked.form))), errors };
        const at = `${pathOf(working.summary.id)}/edit/options/${group}`;
        return save(asked, working, `options.${group}`, { ...working.definition, options }, at, `“${OPTION_GROUPS[group].title}” is saved in the draft.`, show, group);
      },
    },
    { method: 'get', path: '/workflows/:id/edit/routes', action: 'workflow.edit', async handle(asked) { const working = await opened(asked); return shown(working, 'routes', routesPage(working, {})); } },
    {
      method: 'post', path: '/workflows/:id/edit/routes', action: 'workflow.edit', ...LARGE,
      async handle(asked) {
        const working = await opened(asked);
        return save(
          asked, working, 'routes', { ...working.definition, ...withRoutes(working.definition, asked.form) }, `${pathOf(working.summary.id)}/edit/routes`, 'The routes are saved in the draft.',
          (now, meanwhile) => routesPage(now, asked.form, meanwhile), 'routes',
        );
      },
    },
    {
      method: 'post', path: '/workflows/:id/edit/routes/add', action: 'workflow.edit',
      async handle(asked) {
        const working = await opened(asked);
        const { nodes } = working.definition;
        const step = asked.form['step'] ?? '';
        const name = (asked.form['node'] ?? '').trim() || freeName(nodes, step);
        return nodesChanged(asked, working, withNode(nodes, name, step), `The step “${name}” is in the draft. Each of its outcomes denies until you lead it elsewhere.`);
      },
    },
    {
      method: 'post', path: '/workflows/:id/edit/routes/remove', action: 'workflow.edit',
      async handle(asked) {
        const working = await opened(asked);
        return nodesChanged(asked, working, withoutNode(working.definition, asked.form['node'] ?? ''), 'The step is out of the draft. Routes that led to it deny now.');
      },
    },
    { method: 'get', path: '/workflows/:id/edit/json', action: 'workflow.edit', async handle(asked) { const working = await opened(asked); return { kind: 'page', page: jsonPage(working, jsonOf(working.definition)) }; } },
    {
      method: 'post', path: '/workflows/:id/edit/json', action: 'workflow.edit', ...LARGE,
      async handle(asked) {
        const working = await opened(asked);
        const text = asked.form['json'] ?? '';
        const show: Show = (now, meanwhile) => jsonPage(now, text, meanwhile);
        const read = readDefinitionText(text);
        if (read.kind === 'faults') {
          return { kind: 'page', status: 422, page: show(withSeen(working, seenIn(asked.form))), errors: { json: read.faults.map((fault) => (fault.path === '' ? fault.text : `${fault.path}: ${fault.text}`)).join(' ').slice(0, 4000) } };
        }
        return save(asked, working, 'json', read.definition, `${pathOf(working.summary.id)}/edit`, 'The draft is what you pasted. Look at what differs before you deploy it.', show, 'general');
      },
    },
    {
      method: 'get', path: '/workflows/:id/edit/export', action: 'workflow.read',
      async handle(asked) {
        const { summary, definition } = await opened(asked);
        return { kind: 'file', name: `${summary.id}-draft.json`, type: 'application/json', body: jsonOf(definition) };
      },
    },
    {
      method: 'get', path: '/workflows/:id/edit/review', action: 'workflow.edit',
      async handle({ params }) {
        const review = await desk.review(params['id'] ?? '');
        return { kind: 'page', page: reviewPage(review) };
      },
    },
    {
      method: 'post', path: '/workflows/:id/edit/rebase', action: 'workflow.edit',
      async handle({ params, form, actor }) {
        const { id, revision } = { id: params['id'] ?? '', revision: revisionIn(form) };
        const saved = await desk.rebase(actor, id, revision, Number(form['onto'] ?? ''));
        if (saved.kind === 'saved') return { kind: 'go', to: `${pathOf(id)}/edit/review`, notice: 'The draft now stands upon what is deployed. The difference below is what deploying it would change.' };
        return conflicting(id);
      },
    },
    {
      method: 'post', path: '/workflows/:id/edit/discard', action: 'workflow.edit',
      async handle({ params, form, actor }) {
        const id = params['id'] ?? '';
        if (!(await desk.discard(actor, id, revisionIn(form)))) return conflicting(id);
        const left = await desk.working(id).then(() => true, (thrown: unknown) => { if (thrown instanceof GatehouseError && thrown.code === 'not_found') return false; throw thrown; });
        return { kind: 'go', to: left ? pathOf(id) : '/admin/workflows', notice: 'The draft is gone.' };
      },
    },
    {
      method: 'post', path: '/workflows/:id/deploy', action: 'workflow.deploy', fresh: true,
      async handle({ params, form, actor }) {
        const id = params['id'] ?? '';
        const note = (form['note'] ?? '').trim();
        if (note.length > 500) return { kind: 'page', status: 422, page: reviewPage(await desk.review(id)), errors: { note: 'At most 500 characters.' }, values: { note } };
        const done = await desk.deploy(actor, id, revisionIn(form), note === '' ? undefined : note);
        switch (done.kind) {
          case 'deployed': return { kind: 'go', to: pathOf(id), notice: `Version ${done.version} is deployed. Journeys under way keep the version they began with.` };
          case 'faults': return { kind: 'page', status: 422, page: reviewPage(await desk.review(id)), errors: { deploy: 'This draft cannot be deployed yet. What has to be mended is listed below.' }, values: { note } };
          case 'moved': return { kind: 'page', status: 409, page: reviewPage(await desk.review(id)), errors: { deploy: 'Somebody else deployed another version since this draft was begun. Nothing was deployed, and your draft is kept: see below what they changed.' }, values: { note } };
          case 'changed': return conflicting(id, note);
        }
      },
    },
  ];

  async function nodesChanged(asked: Asked, working: Working, changed: ReturnType<typeof withNode>, notice: string): Promise<Answer> {
    if (changed.kind === 'refused') {
      return { kind: 'page', status: 422, page: routesPage(withSeen(working, seenIn(asked.form)), {}), errors: { [changed.field]: changed.text }, values: { step: asked.form['step'] ?? '', node: asked.form['node'] ?? '' } };
    }
    const value: WorkflowDefinition = { ...working.definition, nodes: changed.nodes };
    return save(asked, working, 'nodes', value, `${pathOf(working.summary.id)}/edit/routes`, notice, (now, meanwhile) => routesPage(now, {}, meanwhile), 'routes');
  }

  /** What was looked at is no longer there: the review as it is now, or the workflow where there is no draft any more. */
  async function conflicting(id: string, note = ''): Promise<Answer> {
    const working = await desk.working(id);
    if (!working.draft) return { kind: 'go', to: pathOf(id), notice: 'There is no draft any more: somebody else deployed or discarded it.' };
    return { kind: 'page', status: 409, page: reviewPage(await desk.review(id)), errors: { deploy: `${working.draft.changedBy} changed this draft while you looked at it. Nothing was done: look at it again.` }, values: { note } };
  }
}

function groupOf({ params }: Asked): OptionGroup {
  const group = params['group'];
  if (!isGroup(group)) throw new GatehouseError('not_found', 404, 'There is no such page of options.');
  return group;
}

function revisionIn(form: Readonly<Record<string, string>>): number {
  const text = form['revision'] ?? '';
  if (!/^\d{1,9}$/.test(text)) throw new GatehouseError('bad_form', 400, 'The form does not say which draft it is about.');
  return Number(text);
}

/** What the form says its page was made from. */
function seenIn(form: Readonly<Record<string, string>>): Seen {
  const base = form['base'] ?? '';
  if (!/^\d{0,9}$/.test(base)) throw new GatehouseError('bad_form', 400, 'The form does not say which version it is about.');
  return { revision: revisionIn(form), base: base === '' ? undefined : Number(base) };
}

/** A form that is shown again still stands upon what its page was made from: else it would hide what happened meanwhile. */
function withSeen(working: Working, seen: Seen): Working {
  return { ...working, revision: seen.revision, base: seen.base };
}

/** Faults of other pages are told at the head of this one. */
function everywhere(faults: readonly PlacedFault[], place: PlacedFault['place']): Readonly<Record<string, string>> {
  const here = errorsOf(faults, place);
  const others = faults.filter((fault) => fault.place !== place).map(({ field, text }) => `${field}: ${text}`);
  return others.length === 0 ? here : { ...here, main: others.join(' ') };
}
