import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { headerSignals } from '../../../src/steps/session_risk/header_signals.ts';
import { chromiumHeaders, PLAIN_HEADERS, UA } from './samples.ts';

/** Codes of signals that say something is odd. */
function odd(userAgent: string, headers: Readonly<Record<string, string>>): string[] {
  return headerSignals({ userAgent, headers })
    .filter(({ severity }) => severity !== 'none')
    .map(({ code }) => code);
}

describe('ordinary browsers are clean', () => {
  test.each([
    ['Chrome on Windows', UA.chromeWindows, chromiumHeaders('Windows')],
    ['Edge on Windows', UA.edgeWindows, chromiumHeaders('Windows')],
    ['Chrome on a Mac', UA.chromeMac, chromiumHeaders('macOS')],
    ['Chrome on Linux', UA.chromeLinux, chromiumHeaders('Linux')],
    ['Chromebook', UA.chromebook, chromiumHeaders('Chrome OS')],
    ['Chrome on Android', UA.chromeAndroid, chromiumHeaders('Android', '?1')],
    ['Android tablet', UA.androidTablet, chromiumHeaders('Android')],
    ['Android, desktop site', UA.chromeLinux, chromiumHeaders('Android')],
    ['Samsung Internet', UA.samsung, chromiumHeaders('Android', '?1', 125)],
    ['Firefox on Windows', UA.firefoxWindows, PLAIN_HEADERS],
    ['Firefox on Android', UA.firefoxAndroid, PLAIN_HEADERS],
    ['Safari on a Mac', UA.safariMac, PLAIN_HEADERS],
    ['Safari on iPhone', UA.safariIphone, PLAIN_HEADERS],
    ['Chrome on iPhone', UA.chromeIphone, PLAIN_HEADERS],
    ['old Safari without Fetch Metadata', UA.oldSafariMac, { 'accept-language': 'en' }],
    ['old iPad', UA.oldIpad, { 'accept-language': 'en' }],
  ])('%s', (_name, userAgent, headers) => {
    expect(odd(userAgent, headers)).toEqual([]);
  });
});

describe('what does not fit together is named', () => {
  const chrome = chromiumHeaders('Windows');
  const without = (...names: string[]) => Object.fromEntries(Object.entries(chrome).filter(([name]) => !names.includes(name)));

  test.each([
    ['curl', UA.curl, {}, ['user_agent_robot', 'accept_language_missing']],
    ['python', UA.pythonRequests, {}, ['user_agent_robot', 'accept_language_missing']],
    ['no user agent', '', {}, ['user_agent_missing', 'accept_language_missing']],
    ['a browser nobody knows', 'Mozilla/5.0 (Haiku R1 x86_64) WebPositive Safari', PLAIN_HEADERS, ['user_agent_unrecognised']],
    ['headless', UA.headlessChrome, chromiumHeaders('Linux'), ['user_agent_headless']],
    ['a headless brand behind a clean user agent', UA.chromeLinux, { ...chromiumHeaders('Linux'), 'sec-ch-ua': '"Chromium";v="138", "HeadlessChrome";v="138"' }, ['user_agent_headless']],
    ['Chrome without hints', UA.chromeWindows, PLAIN_HEADERS, ['client_hints_missing']],
    ['Chrome without Fetch Metadata', UA.chromeWindows, without('sec-fetch-site', 'sec-fetch-mode'), ['fetch_metadata_missing']],
    ['Chrome without languages', UA.chromeWindows, without('accept-language'), ['accept_language_missing']],
    ['a copied user agent', UA.chromeWindows, {}, ['client_hints_missing', 'accept_language_missing', 'fetch_metadata_missing']],
  ])('%s', (_name, userAgent, headers, codes) => {
    expect(odd(userAgent, headers)).toEqual(codes);
  });

  test.each([
    ['Windows user agent, Linux hint', UA.chromeWindows, chromiumHeaders('Linux'), 'platform'],
    ['desktop user agent, mobile hint', UA.chromeWindows, chromiumHeaders('Windows', '?1'), 'mobile'],
    ['mobile user agent, desktop hint', UA.chromeAndroid, chromiumHeaders('Android', '?0'), 'mobile'],
    ['another version', UA.chromeWindows, chromiumHeaders('Windows', '?0', 120), 'version'],
    ['Firefox with Chromium hints', UA.firefoxWindows, chromiumHeaders('Windows'), 'engine'],
    ['iPhone dressed up by Chromium', UA.safariIphone, chromiumHeaders('Windows', '?1'), 'engine,platform'],
  ])('%s: %s contradicts', (_name, userAgent, headers, fields) => {
    const signal = headerSignals({ userAgent, headers }).find(({ code }) => code === 'client_hints_contradict');
    expect(signal?.details['fields']).toBe(fields);
  });
});

test('garbage headers never throw and always leave one signal per thing looked at', () => {
  const name = fc.constantFrom('accept-language', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'sec-fetch-site', 'sec-fetch-mode');
  fc.assert(
    fc.property(fc.string(), fc.dictionary(name, fc.string()), (userAgent, headers) => {
      const ids = headerSignals({ userAgent, headers }).map(({ id }) => id);
      expect(ids).toEqual(['user_agent', 'client_hints', 'accept_language', 'fetch_metadata']);
    }),
  );
});
