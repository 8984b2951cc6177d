/** Samples of the pages for whoever is asked for one step again, joined into `samples.ts`. */
import type { AgainPageModels } from './again_pages.ts';
import type { PageCommon } from './pages.ts';

const NOW = Date.UTC(2026, 2, 14, 9, 30);
const DAY = 86_400_000;
const HOSTILE = `"><script>alert('x')</script>{{ 7*7 }}{% raw %} ' onload=x`;
const LONG = 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh y Fernández de la Cueva Enríquez';

const again = { until: NOW + 3 * DAY, visit: 'Q2mVx9TzLw4RbN7Kq2mVx9TzLw4RbN7Kq2mVx9TzLw4' } as const;

interface AgainSample<Model> {
  readonly label: string;
  readonly model: Model;
  readonly common?: Partial<PageCommon>;
}

export const AGAIN_SAMPLES: { readonly [Name in keyof AgainPageModels]: readonly AgainSample<AgainPageModels[Name]>[] } = {
  again_link: [
    { label: 'document', model: { ...again, step: 'document_selfie' } },
    { label: 'link', model: { ...again, step: 'sms_link' }, common: { theme: { name: 'Harbour Credit', accent: '#5b2a86' } } },
    { label: 'questions', model: { ...again, step: 'kba' }, common: { appName: HOSTILE } },
    { label: 'unsaid', model: { ...again, step: undefined }, common: { appName: LONG } },
  ],
  again_gone: [{ label: 'usual', model: {}, common: { appName: '' } }],
  again_done: [
    { label: 'approved', model: { kind: 'approved', applicationHref: 'https://app.example.com/' } },
    { label: 'denied', model: { kind: 'denied', applicationHref: undefined } },
    { label: 'review', model: { kind: 'review', applicationHref: 'https://app.example.com/' }, common: { appName: HOSTILE } },
    { label: 'expired', model: { kind: 'expired', applicationHref: undefined } },
    { label: 'stopped', model: { kind: 'stopped', applicationHref: undefined }, common: { appName: LONG } },
    { label: 'step_unavailable', model: { kind: 'step_unavailable', applicationHref: undefined } },
  ],
};
