/**
 * Every option of a workflow as a row: what it is called, what it does, and how it is asked. Bounds, choices and
 * defaults come from the options' own shape (`options_shape.ts`), so that they are said once.
 */
import { DOCUMENT_FIELDS } from './option_fields_documents.ts';
import { SESSION_FIELDS } from './option_fields_session.ts';
import { PERSON_FIELDS } from './option_fields_person.ts';
import { ANSWER_FIELDS } from './option_fields_answer.ts';
import { AUTOMATION_FIELDS } from './option_fields_automation.ts';

/** Pages of the form, in their order. */
export const OPTION_GROUPS = {
  session: { title: 'Session risk', text: 'What is judged before anything is asked, and what costs how many points.' },
  person: { title: 'Name, address, phone', text: 'What is asked, what has to match, and which phones are too risky.' },
  link: { title: 'Link to the phone', text: 'The message with the one-time link, and what a wrong use of it does.' },
  documents: { title: 'Documents and selfie', text: 'What is accepted, how it is captured, how long pictures are kept.' },
  checks: { title: 'Document checks', text: 'What each check does when it says no.' },
  kba: { title: 'Questions', text: 'Knowledge questions, for people who cannot finish the document.' },
  devices: { title: 'Devices', text: 'Whom a trusted device lets come back without being asked.' },
  answer: { title: 'Journey and answer', text: 'How long a journey may take, where the phone lands, what the application is told, how long it is kept.' },
  automation: { title: 'Automation', text: 'What happens by itself once a journey is decided. What a reviewer decides runs no rule: somebody has just looked. A rule makes a decision stricter, never milder.' },
  look: { title: 'Look', text: 'Name, colour and logo of the hosted pages.' },
} as const;
export type OptionGroup = keyof typeof OPTION_GROUPS;

/** How an option is asked. */
export type FieldKind =
  | { readonly kind: 'switch' }
  /** `step` for fractions. */
  | { readonly kind: 'number'; readonly unit: string; readonly step?: number }
  /** One of the shape's choices. */
  | { readonly kind: 'choice'; readonly texts: Readonly<Record<string, string>> }
  /** Some of the shape's choices. */
  | { readonly kind: 'choices'; readonly texts: Readonly<Record<string, string>> }
  /** A list, one entry per line. */
  | { readonly kind: 'lines'; readonly entry: 'net' | 'country' | 'workflow' }
  /** Empty: not set. */
  | { readonly kind: 'text'; readonly most: number; readonly long?: true }
  /** One text per shipped language. */
  | { readonly kind: 'texts' }
  /** A number for each of the shape's keys; empty: not asked. */
  | { readonly kind: 'scores'; readonly texts: Readonly<Record<string, string>> }
  /** `code points` per line. */
  | { readonly kind: 'points' }
  /** A mode for each check; the table's own where nothing is chosen. */
  | { readonly kind: 'modes'; readonly texts: Readonly<Record<string, string>> }
  /** Rules of the automation, a row for each. */
  | { readonly kind: 'rules' };

export interface OptionField {
  /** Dotted, below `options`; also the field's name in the form. */
  readonly path: string;
  readonly group: OptionGroup;
  readonly label: string;
  /** What it does, in plain words. */
  readonly hint: string;
  readonly as: FieldKind;
}

export const OPTION_FIELDS: readonly OptionField[] = [...SESSION_FIELDS, ...PERSON_FIELDS, ...DOCUMENT_FIELDS, ...ANSWER_FIELDS, ...AUTOMATION_FIELDS];

export const FIELD_OF: ReadonlyMap<string, OptionField> = new Map(OPTION_FIELDS.map((field) => [field.path, field]));

export function isGroup(name: string | undefined): name is OptionGroup {
  return name !== undefined && Object.hasOwn(OPTION_GROUPS, name);
}
