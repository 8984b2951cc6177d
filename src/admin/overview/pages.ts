import type { Mode } from '../../journey/journey.ts';
import { reasonText } from '../../journey/reason_texts.ts';
import { STEP_TEXTS } from '../workflows/step_texts.ts';
import type { AdminPage } from '../page.ts';
import type { Columns } from './charts.ts';
import type { Figures } from './figures.ts';
import type { VendorLatency } from './store.ts';

export interface OverviewModel {
  readonly figures: Figures;
  readonly chart: Columns;
  readonly vendors: readonly VendorLatency[];
  readonly workflows: readonly string[];
  readonly chosen: { readonly workflow: string; readonly mode: Mode; readonly span: string };
  readonly spans: readonly { readonly value: string; readonly text: string }[];
  /** What waits for somebody. */
  readonly waiting: readonly { readonly text: string; readonly href: string }[];
  /** Epoch milliseconds; 0 before the first count. */
  readonly countedUntil: number;
}

export function overviewPage(model: OverviewModel): AdminPage {
  const stepTexts = Object.fromEntries(Object.entries(STEP_TEXTS).map(([step, { title }]) => [step, title]));
  const reasonTexts = Object.fromEntries(model.figures.reasons.map(({ label }) => [label, reasonText(label)]));
  return { view: 'admin/overview/overview.njk', title: 'Overview', area: 'overview', trail: [], model: { ...model, reasonTexts, stepTexts } };
}
