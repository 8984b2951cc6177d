/** The pages on which a draft is worked on, reviewed and deployed. */
import type { WorkflowDefinition } from '../../journey/workflow.ts';
import type { AdminPage } from '../page.ts';
import type { Review, Working } from './desk.ts';
import { saidDifferences } from './difference_texts.ts';
import type { Difference } from './differences.ts';
import { nodeTitle, nodeViews, stepChoices } from './edit_routes.ts';
import type { PlacedFault } from './fault_texts.ts';
import { drawGraph, inOrder } from './graph.ts';
import { OPTION_GROUPS, type OptionGroup } from './option_fields.ts';
import { fieldViews, type Typed } from './options_form.ts';
import { pathOf, trailOf } from './pages.ts';

/** What another person did to the draft while this form was open. */
export interface Meanwhile {
  readonly by: string;
  readonly changes: readonly Difference[];
}

const saidMeanwhile = (meanwhile: Meanwhile | undefined) => (meanwhile ? { ...meanwhile, changes: saidDifferences(meanwhile.changes) } : false);

const PLACES = { general: 'Overview', routes: 'Steps and routes' } as const;

/** Where each place of a draft is edited. */
function hrefOf(id: string, place: PlacedFault['place']): string {
  const at = `${pathOf(id)}/edit`;
  return place === 'general' ? at : place === 'routes' ? `${at}/routes` : `${at}/options/${place}`;
}

function around(working: Working, here: string, seen?: { readonly revision: number; readonly base: number | undefined }) {
  const { id } = working.summary;
  const count = (place: string): number => working.faults.filter((fault) => fault.place === place).length;
  const groups = Object.entries(OPTION_GROUPS).map(([name, { title }]) => ({ place: name, title, href: hrefOf(id, name as OptionGroup), faults: count(name), here: name === here }));
  return {
    id, path: pathOf(id), revision: seen?.revision ?? working.revision, base: seen ? (seen.base ?? '') : (working.base ?? ''),
    hasDraft: working.draft !== undefined, changedBy: working.draft?.changedBy ?? '', changedAt: working.draft?.changedAt ?? 0,
    pages: [
      { place: 'general', title: PLACES.general, href: hrefOf(id, 'general'), faults: count('general'), here: here === 'general' },
      { place: 'routes', title: PLACES.routes, href: hrefOf(id, 'routes'), faults: count('routes'), here: here === 'routes' },
      ...groups,
      { place: 'json', title: 'As JSON', href: `${pathOf(id)}/edit/json`, faults: 0, here: here === 'json' },
    ],
    faultList: faultList(id, working.faults),
  };
}

function faultList(id: string, faults: readonly PlacedFault[]) {
  return faults.map(({ place, field, text }) => ({
    text, href: `${hrefOf(id, place)}#${field}`, where: place === 'general' || place === 'routes' ? PLACES[place] : OPTION_GROUPS[place].title,
  }));
}

function page(working: Working, view: string, title: string, model: Readonly<Record<string, unknown>>): AdminPage {
  const { summary } = working;
  return { view: `admin/workflows/${view}.njk`, title, area: 'workflows', trail: [...trailOf({ id: summary.id, name: working.definition.name }), { title: 'Draft', href: `${pathOf(summary.id)}/edit` }], model };
}

/** The draft at a glance. */
export function draftPage(working: Working, meanwhile?: Meanwhile): AdminPage {
  const { trail, ...rest } = page(working, 'draft', 'Draft', { ...around(working, 'general'), name: working.definition.name, drawn: drawGraph(working.definition), meanwhile: saidMeanwhile(meanwhile) });
  return { ...rest, trail: trail.slice(0, -1) };
}

/** A page of options with what was typed. */
export function optionsPage(working: Working, group: OptionGroup, typed: Typed, meanwhile?: Meanwhile): AdminPage {
  const { title, text } = OPTION_GROUPS[group];
  return page(working, 'options', title, { ...around(working, group), group, text, fields: fieldViews(group, typed), meanwhile: saidMeanwhile(meanwhile) });
}

export function routesPage(working: Working, typed: Typed, meanwhile?: Meanwhile): AdminPage {
  const { definition } = working;
  return page(working, 'routes', PLACES.routes, {
    ...around(working, 'routes'), nodes: nodeViews(definition, typed), entry: typed['entry'] ?? definition.entry, steps: stepChoices(definition.nodes), drawn: drawGraph(definition), meanwhile: saidMeanwhile(meanwhile),
    entries: [...new Set([...inOrder(definition), definition.entry])].map((value) => ({ value, text: definition.nodes[value] ? nodeTitle(value, definition.nodes[value].step) : value })),
  });
}

export function jsonPage(working: Working, text: string, meanwhile?: Meanwhile): AdminPage {
  return page(working, 'json', 'As JSON', { ...around(working, 'json'), text, meanwhile: saidMeanwhile(meanwhile) });
}

/** A definition as text to read and to paste. */
export function jsonOf(definition: WorkflowDefinition): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}

export function reviewPage(review: Review): AdminPage {
  const { working, changes, moved } = review;
  return page(working, 'review', 'Review and deploy', {
    ...around(working, 'review'), changes: saidDifferences(changes), deployed: working.summary.deployedVersion ?? 0, drawn: drawGraph(working.definition),
    moved: moved ? { deployed: moved.deployed ?? 0, changes: saidDifferences(moved.changes), by: working.summary.deployedBy ?? '', before: working.base === undefined ? 'Before' : `Version ${working.base}` } : false,
    template: working.definition.template,
  });
}
