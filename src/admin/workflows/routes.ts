import { GatehouseError } from '../../errors.ts';
import { allowLeaving } from '../../http/headers.ts';
import type { AdminRoute, Answer, Asked } from '../route.ts';
import { idFrom, templateDefinition, type WorkflowDesk } from './desk.ts';
import { differences } from './differences.ts';
import { draftRoutes } from './draft_routes.ts';
import { jsonOf } from './edit_pages.ts';
import { comparePage, listPage, namePage, pathOf, templatesPage, versionPage, versionsPage, workflowPage, WORKFLOWS } from './pages.ts';
import type { WorkflowDraftStore, WorkflowSummary } from './store.ts';
import { whomFor, type TryHelp } from './try/whom.ts';

/** Workflows, and versions, on one page. */
const PAGE = 50;

export interface WorkflowDeps {
  readonly workflows: WorkflowDraftStore;
  readonly desk: WorkflowDesk;
  /** Whether a text is an address or a net. */
  readonly isNet: (text: string) => boolean;
  /** What can be played where a workflow is tried from here; undefined where none can be. */
  readonly tryable: TryHelp | undefined;
  /** The console has an origin of its own: the button that tries a workflow leads away from it. */
  readonly elsewhere?: boolean;
}

export function workflowRoutes(deps: WorkflowDeps): readonly AdminRoute[] {
  const { workflows, desk } = deps;
  const found = async ({ params }: Asked): Promise<WorkflowSummary> => {
    const summary = await workflows.find(params['id'] ?? '');
    if (!summary) throw new GatehouseError('not_found', 404, 'There is no such workflow.');
    return summary;
  };
  const versioned = async (id: string, text: string | undefined) => {
    const version = numberFrom(text);
    const definition = version === undefined ? undefined : await workflows.version(id, version);
    if (version === undefined || !definition) throw new GatehouseError('not_found', 404, 'There is no such version of this workflow.');
    return { version, definition };
  };
  return [
    {
      method: 'get', path: '/workflows', action: 'workflow.read',
      async handle({ query, may }) {
        const after = query['after'];
        const rows = await workflows.list(after, PAGE + 1);
        const more = rows.length > PAGE ? rows[PAGE - 1] : undefined;
        return { kind: 'page', page: listPage({ workflows: rows.slice(0, PAGE), next: more ? `${WORKFLOWS}?after=${encodeURIComponent(more.id)}` : '', first: after === undefined ? '' : WORKFLOWS, mayEdit: may('workflow.edit') }) };
      },
    },
    { method: 'get', path: '/workflows/new', action: 'workflow.edit', handle: async () => ({ kind: 'page', page: templatesPage() }) },
    {
      method: 'get', path: '/workflows/new/:template', action: 'workflow.edit',
      handle: async ({ params }) => ({ kind: 'page', page: namePage(params['template'] ?? '', template(params['template'])) }),
    },
    {
      method: 'post', path: '/workflows/new/:template', action: 'workflow.edit',
      async handle({ params, form, actor }): Promise<Answer> {
        const source = template(params['template']);
        const wanted = { template: params['template'] ?? '', name: form['name'] ?? '', id: (form['id'] ?? '').trim() || idFrom(form['name'] ?? ''), asyncUIRedirect: form['asyncUIRedirect'] ?? '' };
        const made = await desk.create(actor, wanted);
        if (made.kind === 'created') return { kind: 'go', to: `${pathOf(wanted.id)}/edit`, notice: 'The workflow is a draft: nobody can use it before it is deployed.' };
        const errors: Record<string, string> = made.kind === 'taken' ? { id: 'This id is taken. Give another.' } : {};
        if (made.kind === 'faults') for (const { field, text } of made.faults) errors[field] = text;
        return { kind: 'page', status: 422, page: namePage(wanted.template, source), errors, values: { name: wanted.name, id: wanted.id, asyncUIRedirect: wanted.asyncUIRedirect } };
      },
    },
    {
      method: 'get', path: '/workflows/:id', action: 'workflow.read',
      async handle(asked) {
        const summary = await found(asked);
        const definition = summary.deployedVersion === undefined ? undefined : await workflows.version(summary.id, summary.deployedVersion);
        const mayEdit = asked.may('workflow.edit');
        const mayTry = deps.tryable !== undefined && mayEdit && definition !== undefined;
        const whom = mayTry && deps.tryable ? whomFor(definition, deps.tryable) : undefined;
        if (mayTry && deps.elsewhere) allowLeaving(asked.ctx);
        return { kind: 'page', page: workflowPage({ summary, definition, mayEdit, mayDeploy: asked.may('workflow.deploy'), mayTry, whom, mayKey: definition !== undefined && asked.may('key.manage') }) };
      },
    },
    {
      method: 'get', path: '/workflows/:id/versions', action: 'workflow.read',
      async handle(asked) {
        const summary = await found(asked);
        const before = numberFrom(asked.query['before']);
        const rows = await workflows.versions(summary.id, before, PAGE + 1);
        const more = rows.length > PAGE ? rows[PAGE - 1] : undefined;
        const at = `${pathOf(summary.id)}/versions`;
        return { kind: 'page', page: versionsPage({ summary, versions: rows.slice(0, PAGE), next: more ? `${at}?before=${more.version}` : '', first: before === undefined ? '' : at }) };
      },
    },
    {
      method: 'get', path: '/workflows/:id/compare', action: 'workflow.read',
      async handle(asked) {
        const summary = await found(asked);
        const [a, b] = await Promise.all([versioned(summary.id, asked.query['a']), versioned(summary.id, asked.query['b'])]);
        return { kind: 'page', page: comparePage({ summary, a: a.version, b: b.version, changes: differences(a.definition, b.definition) }) };
      },
    },
    {
      method: 'get', path: '/workflows/:id/versions/:version', action: 'workflow.read',
      async handle(asked) {
        const summary = await found(asked);
        return { kind: 'page', page: versionPage(await shownVersion(summary, asked)) };
      },
    },
    {
      method: 'get', path: '/workflows/:id/versions/:version/export', action: 'workflow.read',
      async handle(asked) {
        const summary = await found(asked);
        const { version, definition } = await versioned(summary.id, asked.params['version']);
        return { kind: 'file', name: `${summary.id}-${version}.json`, type: 'application/json', body: jsonOf(definition) };
      },
    },
    {
      method: 'post', path: '/workflows/:id/versions/:version/roll-back', action: 'workflow.deploy', fresh: true,
      async handle(asked): Promise<Answer> {
        const summary = await found(asked);
        const { version } = await versioned(summary.id, asked.params['version']);
        const from = numberFrom(asked.form['from']);
        if (from === undefined) throw new GatehouseError('bad_form', 400, 'The form does not say what was deployed when it was shown.');
        const done = await desk.rollBack(asked.actor, summary.id, version, from);
        if (done.kind === 'deployed') return { kind: 'go', to: pathOf(summary.id), notice: `Version ${version} is deployed again. Journeys under way keep the version they began with.` };
        if (done.kind === 'faults') {
          return { kind: 'page', status: 422, page: versionPage(await shownVersion(summary, asked)), errors: { 'roll-back': `This version cannot be deployed any more: ${done.faults.map(({ text }) => text).join(' ')}` } };
        }
        return { kind: 'page', status: 409, page: versionPage(await shownVersion(await found(asked), asked)), errors: { 'roll-back': 'Somebody else deployed another version meanwhile. Look at the differences again before you roll back.' } };
      },
    },
    ...draftRoutes(deps),
  ];

  async function shownVersion(summary: WorkflowSummary, asked: Asked) {
    const [{ version, definition }, deployed] = await Promise.all([
      versioned(summary.id, asked.params['version']),
      summary.deployedVersion === undefined ? undefined : workflows.version(summary.id, summary.deployedVersion),
    ]);
    return { summary, version, definition, changes: differences(deployed, definition), mayDeploy: asked.may('workflow.deploy') };
  }
}

function template(name: string | undefined) {
  const source = templateDefinition(name ?? '');
  if (!source) throw new GatehouseError('not_found', 404, 'There is no such template.');
  return source;
}

/** A version or revision from a form or path. */
export function numberFrom(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

