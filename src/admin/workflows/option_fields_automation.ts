import type { OptionField } from './option_fields.ts';

export const AUTOMATION_FIELDS: readonly OptionField[] = [
  {
    path: 'automations', group: 'automation', label: 'Rules',
    hint: 'Each is looked at once a journey is decided, and runs at most once for it. What is left open narrows nothing; of each list one entry is enough.', as: { kind: 'rules' },
  },
];
