import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { readCollector } from '../../../src/steps/session_risk/collector.ts';
import { collectorSignals } from '../../../src/steps/session_risk/collector_signals.ts';
import { chromiumHeaders, COLLECTED, COLLECTED_HEADLESS, UA } from './samples.ts';

const visitor: { userAgent: string; headers: Readonly<Record<string, string>> } = { userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows') };

function found(change: Record<string, unknown> = {}, from = visitor) {
  return collectorSignals(readCollector(JSON.stringify({ ...COLLECTED, ...change })), from);
}
function odd(change: Record<string, unknown>, from = visitor): string[] {
  return found(change, from).filter(({ severity }) => severity !== 'none').map(({ code }) => code);
}

describe('reading', () => {
  test.each([
    [undefined, 'missing'],
    ['', 'missing'],
    ['   ', 'missing'],
    ['{', 'unreadable'],
    ['null', 'unreadable'],
    ['[]', 'unreadable'],
    ['{}', 'unreadable'],
    ['"text"', 'unreadable'],
    [JSON.stringify({ ...COLLECTED, v: 2 }), 'unreadable'],
    [JSON.stringify({ ...COLLECTED, webdriver: 'no' }), 'unreadable'],
    [JSON.stringify({ ...COLLECTED, bot: { verdict: 'fine', kind: null } }), 'unreadable'],
    [JSON.stringify({ ...COLLECTED, extra: 'x'.repeat(17_000) }), 'unreadable'],
    [JSON.stringify(COLLECTED), 'read'],
  ])('%.40s is %s', (text, kind) => {
    expect(readCollector(text).kind).toBe(kind);
  });

  test('missing is unknown, unreadable is an error, and neither is clean', () => {
    expect(collectorSignals({ kind: 'missing' }, visitor)).toMatchObject([{ status: 'unknown', code: 'collector_missing' }]);
    expect(collectorSignals({ kind: 'unreadable' }, visitor)).toMatchObject([{ status: 'error', code: 'collector_unreadable' }]);
  });

  test('whatever is posted, nothing throws and nothing of it is repeated in the details', () => {
    const mark = 'PLANTED';
    const value = fc.oneof(fc.jsonValue(), fc.constant(mark));
    const record = fc.record(Object.fromEntries(Object.keys(COLLECTED).map((key) => [key, value])));
    fc.assert(
      fc.property(record, fc.subarray(Object.keys(COLLECTED)), (noise, keys) => {
        const picked = Object.fromEntries(keys.map((key) => [key, noise[key]]));
        const signals = found(picked);
        expect(signals.length).toBeGreaterThan(0);
        expect(JSON.stringify(signals)).not.toContain(mark);
      }),
    );
  });
});

describe('judging', () => {
  test('an ordinary desktop is clean', () => {
    expect(odd({})).toEqual([]);
    expect(found().every(({ status }) => status === 'ok')).toBe(true);
  });

  test.each([
    ['webdriver', { webdriver: true }, 'webdriver'],
    ['BotD', { bot: { verdict: 'bot', kind: 'selenium' } }, 'selenium'],
    ['a kind that BotD does not have', { bot: { verdict: 'bot', kind: 'Eve <eve@example.org>' } }, 'other'],
    ['all at once', { ...COLLECTED_HEADLESS }, 'webdriver,headless_chrome,headless_user_agent'],
  ])('automation by %s', (_name, change, kinds) => {
    expect(found(change)).toContainEqual(expect.objectContaining({ code: 'automation_detected', severity: 'high', details: { kinds } }));
  });

  test('BotD that could not run is unknown, not clean', () => {
    expect(found({ bot: { verdict: 'unknown', kind: null } })).toContainEqual(expect.objectContaining({ id: 'automation', status: 'unknown' }));
  });

  test.each([
    ['another user agent', { userAgent: UA.edgeWindows }, ['user_agent_contradicts']],
    ['Linux under a Windows user agent', { platform: 'Linux x86_64' }, ['platform_contradicts']],
    ['Mac under a Windows user agent', { platform: 'MacIntel' }, ['platform_contradicts']],
    ['a platform nobody knows', { platform: 'Toaster' }, []],
    ['no platform', { platform: null }, []],
    ['other languages', { languages: ['ru-RU'] }, ['languages_contradict']],
    ['same language, another region', { languages: ['en-GB'] }, []],
    ['no timezone', { timezone: null }, ['timezone_missing']],
    ['no languages', { languages: [] }, ['headless_traits']],
    ['no plugins', { plugins: 0 }, ['headless_traits']],
    ['no window', { outer: [0, 0] }, ['headless_traits']],
    ['software renderer', { webgl: COLLECTED_HEADLESS.webgl }, ['headless_traits']],
    ['everything withheld', { platform: null, hardwareConcurrency: null, deviceMemory: null, webgl: null, canvas: null, audio: null, plugins: null, outer: null, screen: null, touchPoints: null }, []],
  ])('%s', (_name, change, codes) => {
    expect(odd(change)).toEqual(codes);
  });

  test('an iPad that calls itself a Macintosh agrees with itself', () => {
    const ipad = { userAgent: UA.safariMac, headers: { 'accept-language': 'en-US' } };
    expect(odd({ userAgent: UA.safariMac, platform: 'MacIntel', touchPoints: 5 }, ipad)).toEqual([]);
  });
});
