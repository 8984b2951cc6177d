import { describe, expect, test } from 'vitest';
import { browserName } from '../../src/steps/browser_facts.ts';
import { deviceClass, readProbes, type DeviceProbes } from '../../src/steps/device_class.ts';
import { chromiumHeaders, COLLECTED, PLAIN_HEADERS, UA } from './session_risk/samples.ts';

const PHONE: DeviceProbes = { touchPoints: 5, pointer: 'coarse', hover: false, portrait: true };
const DESK: DeviceProbes = { touchPoints: 0, pointer: 'fine', hover: true, portrait: false };
const TOUCH_LAPTOP: DeviceProbes = { touchPoints: 10, pointer: 'fine', hover: true, portrait: false };

describe('deviceClass', () => {
  test.each([
    ['iPhone', UA.safariIphone, PLAIN_HEADERS, PHONE, 'mobile'],
    ['iPhone without scripts', UA.safariIphone, PLAIN_HEADERS, undefined, 'mobile'],
    ['Chrome on iPhone', UA.chromeIphone, PLAIN_HEADERS, PHONE, 'mobile'],
    ['Android', UA.chromeAndroid, chromiumHeaders('Android', '?1'), PHONE, 'mobile'],
    ['Android without hints or scripts', UA.chromeAndroid, {}, undefined, 'mobile'],
    ['Firefox on Android', UA.firefoxAndroid, PLAIN_HEADERS, PHONE, 'mobile'],
    ['Samsung Internet', UA.samsung, chromiumHeaders('Android', '?1', 125), PHONE, 'mobile'],
    ['Android tablet', UA.androidTablet, chromiumHeaders('Android'), { ...PHONE, portrait: false }, 'mobile'],
    ['old iPad', UA.oldIpad, {}, undefined, 'mobile'],
    ['iPad in desktop clothes', UA.safariMac, PLAIN_HEADERS, { ...PHONE, portrait: false }, 'mobile'],
    ['Mac', UA.safariMac, PLAIN_HEADERS, DESK, 'desktop'],
    ['Mac without scripts', UA.safariMac, PLAIN_HEADERS, undefined, 'desktop'],
    ['Windows', UA.chromeWindows, chromiumHeaders('Windows'), DESK, 'desktop'],
    ['Windows touch laptop', UA.chromeWindows, chromiumHeaders('Windows'), TOUCH_LAPTOP, 'desktop'],
    ['Chromebook', UA.chromebook, chromiumHeaders('Chrome OS'), TOUCH_LAPTOP, 'desktop'],
    ['Linux', UA.chromeLinux, chromiumHeaders('Linux'), DESK, 'desktop'],
    ['Android, desktop site', UA.chromeLinux, chromiumHeaders('Linux'), PHONE, 'uncertain'],
    ['mobile user agent without a touch screen', UA.chromeAndroid, chromiumHeaders('Android', '?1'), DESK, 'desktop'],
    ['iPhone user agent without a touch screen', UA.safariIphone, PLAIN_HEADERS, DESK, 'desktop'],
    ['mobile user agent, desktop hint', UA.chromeAndroid, chromiumHeaders('Android', '?0'), PHONE, 'uncertain'],
    ['desktop user agent, mobile hint', UA.chromeWindows, chromiumHeaders('Windows', '?1'), PHONE, 'uncertain'],
    ['no user agent', '', {}, undefined, 'uncertain'],
    ['curl', UA.curl, {}, undefined, 'robot'],
    ['headless Chrome', UA.headlessChrome, chromiumHeaders('Linux'), DESK, 'robot'],
    ['iMessage preview', UA.imessagePreview, {}, undefined, 'robot'],
    ['WhatsApp preview', UA.whatsappPreview, {}, undefined, 'robot'],
    ['Skype preview', UA.skypePreview, {}, undefined, 'robot'],
    ['prefetch by a phone', UA.chromeAndroid, { ...chromiumHeaders('Android', '?1'), 'sec-purpose': 'prefetch;prerender' }, undefined, 'robot'],
    ['old prefetch', UA.chromeAndroid, { purpose: 'prefetch' }, undefined, 'robot'],
  ] as const)('%s', (_name, userAgent, headers, probes, expected) => {
    expect(deviceClass(userAgent, headers, probes)).toBe(expected);
  });
});

test('probes come from the collector; garbage is none', () => {
  expect(readProbes(JSON.stringify(COLLECTED))).toEqual(DESK);
  for (const text of [undefined, '', '{', 'null', '[]', '{"touchPoints":"5"}', `"${'x'.repeat(20_000)}"`]) expect(readProbes(text)).toBeUndefined();
});

test('browserName is for people', () => {
  expect(browserName(UA.chromeWindows)).toBe('Chrome on Windows');
  expect(browserName(UA.safariIphone)).toBe('Safari on iOS');
  expect(browserName('')).toBeUndefined();
});
