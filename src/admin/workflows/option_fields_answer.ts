import type { OptionField } from './option_fields.ts';

export const ANSWER_FIELDS: readonly OptionField[] = [
  {
    path: 'asyncUIRedirect', group: 'answer', label: 'Where the phone lands (asyncUIRedirect)',
    hint: 'Opened on the phone when a capture ends: an https address, or an app’s own scheme such as com.example.app:/done.', as: { kind: 'text', most: 2000 },
  },
  { path: 'journeySeconds', group: 'answer', label: 'Life of a journey', hint: 'An expired one cannot be resumed.', as: { kind: 'number', unit: 'seconds' } },
  { path: 'maxExtensions', group: 'answer', label: 'More time', hint: 'How often somebody may ask for more; each adds half of the life.', as: { kind: 'number', unit: 'times' } },
  {
    path: 'denyAs', group: 'answer', label: 'A denial is told as', hint: 'An ordinary client never signs a denied person in by an error. A key can say otherwise.',
    as: { kind: 'choice', texts: { error: 'An error: access_denied', token: 'A token that says policyDecision: "deny"' } },
  },
  { path: 'reuseSeconds', group: 'answer', label: 'A proof counts as recent for', hint: 'So long, coming back loads no page at all; 0 asks every time.', as: { kind: 'number', unit: 'seconds' } },
  { path: 'persistentId', group: 'answer', label: 'Tell a persistent id', hint: 'The same for a person at every application of this workflow.', as: { kind: 'switch' } },
  { path: 'retentionDays', group: 'answer', label: 'Journeys are kept', hint: 'Then they are deleted whole. At least as long as devices are trusted.', as: { kind: 'number', unit: 'days' } },
  { path: 'review.slaHours', group: 'answer', label: 'A case is to be decided within', hint: 'The clock that the queue of cases shows.', as: { kind: 'number', unit: 'hours' } },
  { path: 'review.fourEyes', group: 'answer', label: 'Four eyes', hint: 'What one person decides about a case has to be confirmed by another.', as: { kind: 'switch' } },
  { path: 'review.againHours', group: 'answer', label: 'Asked again, a step may be done within', hint: 'For people whom a reviewer asks for one step again.', as: { kind: 'number', unit: 'hours' } },
  { path: 'theme.name', group: 'look', label: 'Name on the pages', hint: 'In place of “Gatehouse”.', as: { kind: 'text', most: 60 } },
  { path: 'theme.accent', group: 'look', label: 'Accent colour', hint: 'As #rrggbb, dark enough to be read on white.', as: { kind: 'text', most: 7 } },
  { path: 'theme.logo', group: 'look', label: 'Logo', hint: 'A data: address of a PNG, SVG or WebP picture, at most 100,000 characters.', as: { kind: 'text', most: 100_000, long: true } },
];
