import { describe, expect, test } from 'vitest';
import { bars, columns, niceTop, percent } from '../../../src/admin/overview/charts.ts';
import { duration, figuresOf } from '../../../src/admin/overview/figures.ts';

describe('charts', () => {
  test('bars are longest first, and what is too much is added up', () => {
    expect(bars(new Map([['a', 1], ['b', 4], ['c', 2], ['d', 1], ['none', 0]]), 3)).toEqual([
      { label: 'b', count: 4, width: 100, share: '50.0 %' }, { label: 'c', count: 2, width: 50, share: '25.0 %' }, { label: 'all others', count: 2, width: 50, share: '25.0 %' },
    ]);
    expect(bars(new Map(), 3)).toEqual([]);
  });
  test('columns stack from the ground, under a round top', () => {
    const chart = columns([{ label: 'x', parts: [['approve', 3], ['deny', 1]] }, { label: 'y', parts: [['approve', 0]] }]);
    const [x, y] = chart.columns;
    expect(chart.lines.map(({ value }) => value)).toEqual([0, 5]);
    expect(x?.total).toBe(4);
    const [approve, deny] = x?.parts ?? [];
    expect((approve?.y ?? 0) + (approve?.height ?? 0)).toBeCloseTo(chart.height);
    expect((deny?.y ?? 0) + (deny?.height ?? 0)).toBeCloseTo(approve?.y ?? -1);
    expect(y?.parts).toEqual([]);
  });
  test.each([[1, 1], [2, 2], [3, 5], [7, 10], [11, 20], [99, 100], [101, 200]])('the top above %d is %d', (value, top) => expect(niceTop(value)).toBe(top));
  test('nothing of nothing is no percentage', () => expect([percent(0, 0), percent(1, 3)]).toEqual(['–', '33.3 %']));
  test.each([[8_000, '8 s'], [200_000, '3 min 20 s'], [120_000, '2 min'], [7_500_000, '2 h 5 min']])('%d ms are %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('figures', () => {
  test('pass rates of steps count what the step itself calls a success', () => {
    const figures = figuresOf([
      { metric: 'started', key: '', count: 10, total: 0 },
      { metric: 'decided', key: 'approve', count: 6, total: 60_000 }, { metric: 'decided', key: 'deny', count: 2, total: 20_000 },
      { metric: 'step', key: 'sms_link:confirmed', count: 6, total: 0 }, { metric: 'step', key: 'sms_link:timed_out', count: 2, total: 0 },
      { metric: 'step', key: 'gone_step:done', count: 1, total: 0 },
      { metric: 'message', key: 'sent', count: 4, total: 0 }, { metric: 'message', key: 'delivered', count: 4, total: 0 }, { metric: 'message', key: 'rejected', count: 1, total: 0 },
    ]);
    expect(figures).toMatchObject({ started: 10, approved: 6, denied: 2, review: 0, passRate: '75.0 %', meanTime: '10 s', sms: { sent: 8, delivered: 4, confirmed: 6, rate: '75.0 %' } });
    expect(figures.steps.map(({ step, passed, ended, rate }) => [step, passed, ended, rate])).toEqual([['sms_link', 6, 8, '75.0 %'], ['gone_step', 0, 1, '0.0 %']]);
  });
  test('of nothing there is nothing', () => {
    expect(figuresOf([])).toMatchObject({ started: 0, passRate: '–', meanTime: '', steps: [], reasons: [], times: [] });
  });
});
