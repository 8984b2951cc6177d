/** The workflows' pages for reading, and the first steps of a new one. */
import { TEMPLATES } from '../../journey/templates/index.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../journey/workflow.ts';
import type { AdminPage } from '../page.ts';
import { capturesOnPhone } from './desk.ts';
import { saidDifferences } from './difference_texts.ts';
import type { Difference } from './differences.ts';
import { drawGraph, type DrawnGraph } from './graph.ts';
import type { VersionRow, WorkflowSummary } from './store.ts';
import { TEMPLATE_TEXTS, templateTitle } from './template_texts.ts';
import type { Whom } from './try/whom.ts';

export const WORKFLOWS = '/admin/workflows';
export const pathOf = (id: string): string => `${WORKFLOWS}/${encodeURIComponent(id)}`;

const AREA = 'workflows';
const root = { title: 'Workflows', href: WORKFLOWS } as const;

export function trailOf({ id, name }: Pick<WorkflowSummary, 'id' | 'name'>): AdminPage['trail'] {
  return [root, { title: name, href: pathOf(id) }];
}

export function listPage(model: { readonly workflows: readonly WorkflowSummary[]; readonly next: string; readonly first: string; readonly mayEdit: boolean }): AdminPage {
  const workflows = model.workflows.map((one) => ({ ...shown(one), href: pathOf(one.id) }));
  return { view: 'admin/workflows/list.njk', title: 'Workflows', area: AREA, trail: [], model: { ...model, workflows } };
}

/** With nothing undefined: templates refuse what is not there. */
function shown(one: WorkflowSummary) {
  return {
    ...one, templateTitle: templateTitle(one.template), deployedVersion: one.deployedVersion ?? 0, deployedAt: one.deployedAt ?? 0, deployedBy: one.deployedBy ?? '',
    draft: one.draft ?? false,
  };
}

/** Templates do not change while the gateway runs: each is drawn once. */
let drawnTemplates: ReadonlyMap<string, DrawnGraph> | undefined;

export function templatesPage(): AdminPage {
  drawnTemplates ??= new Map(Object.entries(TEMPLATES).map(([name, source]) => [name, drawGraph(workflowDefinition.parse(source))]));
  const templates = [...drawnTemplates].map(([name, drawn]) => ({
    name, title: templateTitle(name), text: TEMPLATE_TEXTS[name]?.text ?? '', when: TEMPLATE_TEXTS[name]?.when ?? '', href: `${WORKFLOWS}/new/${name}`, drawn,
  }));
  return { view: 'admin/workflows/templates.njk', title: 'Add a workflow', area: AREA, trail: [root], model: { templates } };
}

export function namePage(template: string, definition: WorkflowDefinition): AdminPage {
  return {
    view: 'admin/workflows/name.njk', title: 'Name the workflow', area: AREA, trail: [root, { title: 'Add a workflow', href: `${WORKFLOWS}/new` }],
    model: {
      template, title: templateTitle(template), text: TEMPLATE_TEXTS[template]?.text ?? '', suggested: definition.name, captures: capturesOnPhone(definition), action: `${WORKFLOWS}/new/${template}`,
    },
  };
}

export function workflowPage(model: {
  readonly summary: WorkflowSummary;
  readonly definition: WorkflowDefinition | undefined;
  readonly mayEdit: boolean;
  readonly mayDeploy: boolean;
  readonly mayTry: boolean;
  /** Whom to be when it is tried; undefined for those who may not. */
  readonly whom: Whom | undefined;
  /** May make a key with which applications use what is deployed. */
  readonly mayKey: boolean;
}): AdminPage {
  const { summary, definition } = model;
  return {
    view: 'admin/workflows/workflow.njk', title: summary.name, area: AREA, trail: [root],
    model: {
      ...model, whom: model.whom ?? false, summary: shown(summary), path: pathOf(summary.id), newKeyHref: `/admin/keys/new?workflow=${encodeURIComponent(summary.id)}`, keysHref: `/admin/keys?workflow=${encodeURIComponent(summary.id)}`, journeysHref: `/admin/journeys?workflow=${encodeURIComponent(summary.id)}`,
      definition: definition ?? false, drawn: definition ? drawGraph(definition) : false,
    },
  };
}

export function versionsPage(model: { readonly summary: WorkflowSummary; readonly versions: readonly VersionRow[]; readonly next: string; readonly first: string }): AdminPage {
  const { summary } = model;
  return {
    view: 'admin/workflows/versions.njk', title: 'Versions', area: AREA, trail: trailOf(summary),
    model: { ...model, summary: shown(summary), path: pathOf(summary.id), versions: model.versions.map((one) => ({ ...one, createdBy: one.createdBy ?? '', note: one.note ?? '' })) },
  };
}

export function versionPage(model: {
  readonly summary: WorkflowSummary;
  readonly version: number;
  readonly definition: WorkflowDefinition;
  /** Against what is deployed: what deploying this one again would change. */
  readonly changes: readonly Difference[];
  readonly mayDeploy: boolean;
}): AdminPage {
  const { summary, version } = model;
  return {
    view: 'admin/workflows/version.njk', title: `Version ${version}`, area: AREA, trail: [...trailOf(summary), { title: 'Versions', href: `${pathOf(summary.id)}/versions` }],
    model: { ...model, changes: saidDifferences(model.changes), summary: shown(summary), path: pathOf(summary.id), isDeployed: summary.deployedVersion === version, drawn: drawGraph(model.definition) },
  };
}

export function comparePage(model: { readonly summary: WorkflowSummary; readonly a: number; readonly b: number; readonly changes: readonly Difference[] }): AdminPage {
  const { summary } = model;
  return {
    view: 'admin/workflows/compare.njk', title: `Version ${model.a} and version ${model.b}`, area: AREA, trail: [...trailOf(summary), { title: 'Versions', href: `${pathOf(summary.id)}/versions` }],
    model: { ...model, changes: saidDifferences(model.changes), path: pathOf(summary.id) },
  };
}
