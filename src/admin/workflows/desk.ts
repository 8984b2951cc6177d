/**
 * What can be done with workflows, whoever asks: a page of the console, a token of the API. Who may do it is judged
 * before; what is deployed is judged here.
 */
import { GatehouseError } from '../../errors.ts';
import { publishFaults } from '../../journey/publish.ts';
import { TEMPLATES } from '../../journey/templates/index.ts';
import { STEP_FACTS } from '../../journey/steps.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../journey/workflow.ts';
import type { Actor } from '../actor.ts';
import { differences, type Difference } from './differences.ts';
import { placedFaults, placeOf, type PlacedFault } from './fault_texts.ts';
import { readDefinition, type ShapeFault } from './read_definition.ts';
import type { Deployed, Draft, DraftSaved, WorkflowDraftStore, WorkflowSummary } from './store.ts';

/** A workflow as it is worked on: its draft, or what is deployed where there is no draft. */
export interface Working {
  readonly summary: WorkflowSummary;
  readonly definition: WorkflowDefinition;
  /** 0 where there is no draft. */
  readonly revision: number;
  readonly base: number | undefined;
  readonly draft: Draft | undefined;
  /** What publishing would refuse, at its places. */
  readonly faults: readonly PlacedFault[];
}

/** What somebody saw before they sent a form. */
export interface Seen {
  readonly revision: number;
  readonly base: number | undefined;
}

export type Saved = DraftSaved | { readonly kind: 'faults'; readonly faults: readonly PlacedFault[] };

/** The draft against what is deployed. */
export interface Review {
  readonly working: Working;
  /** Against the deployed version; against the template where nothing is deployed. */
  readonly changes: readonly Difference[];
  /** Present where another version was deployed since the draft was begun: what that changed. */
  readonly moved: { readonly deployed: number | undefined; readonly changes: readonly Difference[] } | undefined;
}

export interface NewWorkflow {
  readonly template: string;
  readonly id: string;
  readonly name: string;
  /** Empty: not set. */
  readonly asyncUIRedirect: string;
}

export type Refused = { readonly kind: 'faults'; readonly faults: readonly PlacedFault[] };

export interface WorkflowDesk {
  /** Make a workflow with a draft from a template; `taken`: the id is somebody's. */
  create(actor: Actor, wanted: NewWorkflow): Promise<{ readonly kind: 'created' } | { readonly kind: 'taken' } | Refused>;
  /** @throws GatehouseError `not_found` 404 */
  working(id: string): Promise<Working>;
  /** Write a draft: `value` is checked for its shape here. What publishing would refuse may be saved, and mended later. */
  save(actor: Actor, id: string, seen: Seen, what: string, value: unknown): Promise<Saved>;
  /** @throws GatehouseError `not_found` 404 where there is no draft */
  review(id: string): Promise<Review>;
  deploy(actor: Actor, id: string, revision: number, note: string | undefined): Promise<Deployed | Refused>;
  /** Keep a draft although another version was deployed since: it then stands upon that one. */
  rebase(actor: Actor, id: string, revision: number, onto: number): Promise<DraftSaved>;
  discard(actor: Actor, id: string, revision: number): Promise<boolean>;
  rollBack(actor: Actor, id: string, to: number, from: number): Promise<Deployed | Refused>;
}

/** Ids that the console's own paths use. */
const RESERVED = ['new', 'try'];

export const WORKFLOW_ID = /^[a-z][a-z0-9_]{1,39}$/;

/** An id from a name: `Über uns, 2nd` is `uber_uns_2nd`. Pure. */
export function idFrom(name: string): string {
  const letters = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '').slice(0, 40).replace(/_+$/, '');
  return WORKFLOW_ID.test(letters) && !RESERVED.includes(letters) ? letters : letters === '' ? '' : `w_${letters}`.slice(0, 40);
}

/** What a new workflow says beside the phone field until somebody writes better. */
export const CONSENT_TEXTS: Readonly<Record<string, string>> = {
  en: 'By choosing “Agree and continue” you allow {app} to check your name, address and number with your mobile carrier and identity records, and to send one verification text message to this number. Message and data rates may apply. Reply STOP to opt out, HELP for help.',
  es: 'Al elegir «Aceptar y continuar» permite que {app} compruebe su nombre, dirección y número con su operador móvil y con registros de identidad, y que envíe un mensaje de verificación a este número. Pueden aplicarse tarifas de mensajes y datos. Responda STOP para darse de baja o HELP para obtener ayuda.',
};

/** A template with all its settings, or undefined. */
export function templateDefinition(name: string): WorkflowDefinition | undefined {
  return Object.hasOwn(TEMPLATES, name) ? workflowDefinition.parse(TEMPLATES[name]) : undefined;
}

/** Whether any of its steps captures on a phone. */
export function capturesOnPhone({ nodes }: Pick<WorkflowDefinition, 'nodes'>): boolean {
  return Object.values(nodes).some(({ step }) => STEP_FACTS[step].capturesOnPhone);
}

export function workflowDesk(store: WorkflowDraftStore, locales: readonly string[]): WorkflowDesk {
  const faultsOf = (definition: WorkflowDefinition): readonly PlacedFault[] => placedFaults(publishFaults(definition, locales));

  const working = async (id: string): Promise<Working> => {
    const [summary, draft] = await Promise.all([store.find(id), store.draft(id)]);
    if (!summary) throw notFound();
    const base = draft ? draft.base : summary.deployedVersion;
    const definition = draft?.definition ?? (base === undefined ? undefined : await store.version(id, base));
    if (!definition) throw notFound();
    return { summary, definition, revision: draft?.revision ?? 0, base, draft, faults: faultsOf(definition) };
  };

  return {
    working,
    async create(actor, { template, id, name, asyncUIRedirect }) {
      const source = templateDefinition(template);
      if (!source) throw new GatehouseError('not_found', 404, 'There is no such template.');
      const faults: PlacedFault[] = [];
      if (!WORKFLOW_ID.test(id) || RESERVED.includes(id)) faults.push({ place: 'general', field: 'id', text: 'Give 2 to 40 small letters, digits and underscores, a letter first.' });
      const read = readDefinition({
        ...source, name: name.trim(),
        options: { ...source.options, consentTexts: { ...CONSENT_TEXTS, ...source.options.consentTexts }, ...(asyncUIRedirect.trim() === '' ? {} : { asyncUIRedirect: asyncUIRedirect.trim() }) },
      });
      if (read.kind === 'faults') faults.push(...shapeFaults(read.faults));
      else if (asyncUIRedirect.trim() !== '') faults.push(...faultsOf(read.definition).filter(({ field }) => field === 'asyncUIRedirect'));
      if (faults.length > 0 || read.kind === 'faults') return { kind: 'faults', faults };
      return (await store.create(actor, id, read.definition)) ? { kind: 'created' } : { kind: 'taken' };
    },
    async save(actor, id, { revision, base }, what, value) {
      const read = readDefinition(value);
      if (read.kind === 'faults') return { kind: 'faults', faults: shapeFaults(read.faults) };
      return store.saveDraft(actor, id, { definition: read.definition, base, revision, what });
    },
    async review(id) {
      const found = await working(id);
      if (!found.draft) throw new GatehouseError('not_found', 404, 'There is no draft of this workflow: nothing was changed since it was deployed.');
      const { deployedVersion } = found.summary;
      const [deployed, base] = await Promise.all([deployedVersion, found.base].map(async (version) => (version === undefined ? undefined : store.version(id, version))));
      return {
        working: found,
        changes: differences(deployed ?? templateDefinition(found.definition.template), found.definition),
        moved: deployedVersion === found.base ? undefined : { deployed: deployedVersion, changes: differences(base, deployed) },
      };
    },
    async deploy(actor, id, revision, note) {
      const draft = await store.draft(id);
      if (!draft || draft.revision !== revision) return { kind: 'changed' };
      const faults = faultsOf(draft.definition);
      // The revision guards what was judged here until it is written.
      return faults.length > 0 ? { kind: 'faults', faults } : store.deployDraft(actor, id, revision, note);
    },
    async rebase(actor, id, revision, onto) {
      const [draft, summary] = await Promise.all([store.draft(id), store.find(id)]);
      if (!draft || draft.revision !== revision || summary?.deployedVersion !== onto) return { kind: 'changed', draft };
      return store.saveDraft(actor, id, { definition: draft.definition, base: onto, revision, rebase: true, what: 'base' });
    },
    discard: (actor, id, revision) => store.discardDraft(actor, id, revision),
    async rollBack(actor, id, to, from) {
      const definition = await store.version(id, to);
      if (!definition) throw new GatehouseError('not_found', 404, 'There is no such version of this workflow.');
      // The rules may be stricter than when it was deployed.
      const faults = faultsOf(definition);
      return faults.length > 0 ? { kind: 'faults', faults } : store.rollBack(actor, id, to, from);
    },
  };
}

function notFound(): GatehouseError {
  return new GatehouseError('not_found', 404, 'There is no such workflow.');
}

/** Faults of the shape at their places. */
export function shapeFaults(faults: readonly ShapeFault[]): readonly PlacedFault[] {
  return faults.map(({ path, text }) => ({ ...placeOf(path), text }));
}
