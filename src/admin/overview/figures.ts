/** What the overview tells, worked out of the roll-up's counts. Pure. */
import { STEP_FACTS } from '../../journey/steps.ts';
import { STEP_NAMES, type StepName } from '../../journey/journey.ts';
import { bars, percent, type Bar } from './charts.ts';
import { TIME_BUCKETS, type Metric, type MetricCount } from './store.ts';

export interface StepFigure {
  readonly step: string;
  readonly ended: number;
  readonly passed: number;
  readonly rate: string;
  /** Percent, for the bar. */
  readonly width: number;
  readonly outcomes: readonly Bar[];
}

export interface Figures {
  readonly started: number;
  readonly approved: number;
  readonly denied: number;
  readonly review: number;
  readonly passRate: string;
  /** Mean time to a decision, in words; empty where there was none. */
  readonly meanTime: string;
  readonly steps: readonly StepFigure[];
  readonly reasons: readonly Bar[];
  readonly drops: readonly Bar[];
  readonly times: readonly Bar[];
  readonly messages: readonly Bar[];
  /** Messages that a carrier took, and links that were confirmed on the phone. */
  readonly sms: { readonly sent: number; readonly delivered: number; readonly confirmed: number; readonly rate: string };
}

/** Most bars of a chart. */
const MOST = 12;
/** Recognising somebody is no test that people fail: whoever is new is simply not known yet. */
const RECOGNISING: ReadonlySet<string> = new Set(['trusted_device']);

export function figuresOf(counts: readonly MetricCount[]): Figures {
  const of = (metric: Metric): ReadonlyMap<string, number> => new Map(counts.filter((one) => one.metric === metric).map(({ key, count }) => [key, count]));
  const decided = of('decided');
  const [approved, denied, review] = ['approve', 'deny', 'review'].map((key) => decided.get(key) ?? 0) as [number, number, number];
  const total = counts.filter(({ metric }) => metric === 'decided').reduce((sum, one) => sum + one.total, 0);
  const decisions = approved + denied + review;
  const messages = of('message');
  const steps = stepFigures(of('step'));
  const outcomes = of('step');
  const sent = [...messages].filter(([status]) => status === 'sent' || status === 'delivered').reduce((sum, [, count]) => sum + count, 0);
  const confirmed = outcomes.get('sms_link:confirmed') ?? 0;
  return {
    started: of('started').get('') ?? 0,
    approved, denied, review,
    passRate: percent(approved, decisions),
    meanTime: decisions === 0 ? '' : duration(total / decisions),
    steps,
    reasons: bars(of('reason'), MOST),
    drops: bars(of('drop'), MOST),
    times: bars(timesInOrder(of('time')), MOST, 'given'),
    messages: bars(messages, MOST),
    sms: { sent, delivered: messages.get('delivered') ?? 0, confirmed, rate: percent(confirmed, sent) },
  };
}

function stepFigures(outcomes: ReadonlyMap<string, number>): readonly StepFigure[] {
  const byStep = Map.groupBy(outcomes, ([key]) => key.slice(0, key.indexOf(':')));
  return [...byStep].filter(([step]) => !RECOGNISING.has(step)).map(([step, found]) => {
    const own = found.map(([key, count]) => [key.slice(step.length + 1), count] as const);
    const ended = own.reduce((sum, [, count]) => sum + count, 0);
    const good = step in STEP_FACTS ? STEP_FACTS[step as StepName].approves : [];
    const passed = own.filter(([outcome]) => good.includes(outcome)).reduce((sum, [, count]) => sum + count, 0);
    return { step, ended, passed, rate: percent(passed, ended), width: ended === 0 ? 0 : Math.round((passed / ended) * 1000) / 10, outcomes: bars(new Map(own), MOST) };
  }).toSorted((a, b) => orderOf(a.step) - orderOf(b.step) || a.step.localeCompare(b.step));
}

/** As people meet them; steps that are no longer built come last. */
function orderOf(step: string): number {
  const at = STEP_NAMES.findIndex((name) => name === step);
  return at < 0 ? STEP_NAMES.length : at;
}

function timesInOrder(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  let from = 0;
  const known = TIME_BUCKETS.map((until) => {
    const label = `${duration(from * 1000)} to ${duration(until * 1000)}`;
    from = until;
    return [label, counts.get(String(until)) ?? 0] as const;
  });
  return new Map([...known, [`more than ${duration(from * 1000)}`, counts.get('more') ?? 0]]);
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`. Pure. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
