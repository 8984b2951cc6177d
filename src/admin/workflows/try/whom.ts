/** Whom to be when a workflow is tried: of all that the sandbox can play, what this workflow's steps ask about. Pure. */
import type { StepName } from '../../../journey/journey.ts';
import type { Target, WorkflowDefinition } from '../../../journey/workflow.ts';
import { END_TEXTS, outcomeTitle, STEP_TEXTS } from '../step_texts.ts';

/** What the simulators play; their own table implements it. */
export interface Playable {
  readonly parts: readonly { readonly step: StepName; readonly outcome: string; readonly who: string; readonly what: string }[];
  readonly ordinaryNumber: string;
  readonly numbers: readonly { readonly number: string; readonly text: string; readonly steps: readonly StepName[] }[];
  readonly answers: { readonly name: string; readonly rows: readonly { readonly question: string; readonly right: string }[] };
}

/** What trying a workflow needs told. */
export interface TryHelp {
  readonly playable: Playable;
  /** Where messages of test keys can be read; undefined where they are sent to phones. */
  readonly outboxHref: string | undefined;
}

interface Played {
  readonly who: string;
  readonly what: string;
  /** Where this workflow's routes lead from there. */
  readonly leads: string;
}

/** What a page shows of it. */
export interface Whom {
  /** Whom to be in the first place; false where nobody is asked about. */
  readonly first: Played | false;
  /** By step, in the order in which the table has them. */
  readonly steps: readonly { readonly title: string; readonly parts: readonly Played[] }[];
  /** Empty where no step asks for a number. */
  readonly ordinaryNumber: string;
  readonly numbers: readonly { readonly number: string; readonly text: string }[];
  /** Without rows where nothing is asked. */
  readonly answers: Playable['answers'];
  /** Where the message with the link can be read; empty where it goes to a phone, or none is sent. */
  readonly outboxHref: string;
}

const SENDS: readonly StepName[] = ['sms_link', 'document_selfie'];

/** What this workflow's steps ask about, and where its routes lead from there. */
export function whomFor(definition: WorkflowDefinition, { playable, outboxHref }: TryHelp): Whom {
  const nodes = Object.values(definition.nodes);
  const used = new Set(nodes.map(({ step }) => step));
  // A step that is in the workflow asks nothing where its option is off.
  if (!definition.options.kba.enabled) used.delete('kba');
  const parts = playable.parts.filter(({ step }) => used.has(step));
  const names = [...new Set(parts.map(({ step }) => step))];
  const played = names.map((name) => ({
    title: STEP_TEXTS[name].title,
    parts: parts.filter(({ step }) => step === name).map(({ outcome, who, what }) => ({ who, what, leads: leads(definition, name, outcome) })),
  }));
  return {
    first: played[0]?.parts[0] ?? false,
    steps: played,
    ordinaryNumber: used.has('pii_validation') ? playable.ordinaryNumber : '',
    numbers: playable.numbers.filter(({ steps }) => steps.some((step) => used.has(step))).map(({ number, text }) => ({ number: spaced(number), text })),
    answers: used.has('kba') ? playable.answers : { ...playable.answers, rows: [] },
    outboxHref: outboxHref !== undefined && SENDS.some((step) => used.has(step)) ? outboxHref : '',
  };
}

/** What the workflow's own routes make of an outcome; of a step that stands in it twice, each once. */
function leads(definition: WorkflowDefinition, step: StepName, outcome: string): string {
  const targets = Object.values(definition.nodes).filter((node) => node.step === step).map(({ routes }) => routes[outcome]);
  const texts = targets.map((target) => (target === undefined ? `not routed: ${outcomeTitle(outcome)}` : targetOf(definition, target)));
  return [...new Set(texts)].join(', or ');
}

function targetOf(definition: WorkflowDefinition, target: Target): string {
  if ('end' in target) return END_LEADS[target.end];
  const node = definition.nodes[target.go];
  return `on to “${node ? STEP_TEXTS[node.step].title : target.go}”`;
}

const END_LEADS: Readonly<Record<keyof typeof END_TEXTS, string>> = { approve: 'approved', deny: 'denied', review: 'a person reviews it' };

/** `+12025550111` as people read it. */
function spaced(number: string): string {
  return number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2 $3');
}
