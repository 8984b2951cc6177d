import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bandOf, compareMaps, componentsOf, hashedMap, type CollectedComponents } from '../../src/devices/fingerprint.ts';
import { componentMap } from '../../src/journey/device_evidence.ts';

const chrome = (version: number, system = 'X11; Linux x86_64'): string => `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
const LAPTOP: CollectedComponents = {
  userAgent: chrome(146), platform: 'Linux x86_64', languages: ['en-US', 'en'], timezone: 'America/New_York', hardwareConcurrency: 8, deviceMemory: 16, touchPoints: 0,
  colorGamut: 'srgb', screen: [1920, 1080], webgl: { vendor: 'Mesa', renderer: 'Iris' }, canvas: 'c1', audio: 'a1', plugins: 5, pointer: 'fine', hover: true,
};
const hash = (attribute: string, value: string): string => createHmac('sha256', 'k').update(`${attribute}\0${value}`).digest('base64url');
const mapOf = (change: Partial<CollectedComponents> = {}) => hashedMap(componentsOf({ ...LAPTOP, ...change }), hash);
const compared = (change: Partial<CollectedComponents>) => compareMaps(mapOf(), mapOf(change));

describe('components', () => {
  test('every attribute as text', () => {
    expect(componentsOf(LAPTOP)).toEqual({
      os: 'linux', engine: 'blink', touch: 'none', platform: 'Linux x86_64', timezone: 'America/New_York', cores: '8', memory: '16', gamut: 'srgb', webgl: 'Mesa\nIris',
      audio: 'a1', screen: '1080x1920', languages: 'en-US,en', browser: 'chrome', canvas: 'c1', plugins: '5', version: '146',
    });
  });
  test('what is withheld is absent, and what is long is cut to what evidence holds', () => {
    const bare = componentsOf({ ...LAPTOP, userAgent: '', platform: null, languages: [], timezone: '', hardwareConcurrency: null, deviceMemory: null, touchPoints: null, colorGamut: null, screen: null, webgl: null, canvas: null, audio: null, plugins: null });
    expect(bare).toEqual({});
    const long = componentsOf({ ...LAPTOP, webgl: { vendor: 'v'.repeat(200), renderer: 'r'.repeat(200) }, languages: Array.from({ length: 40 }, () => 'x'.repeat(40)) });
    expect(componentMap.safeParse(long).success).toBe(true);
  });
  test.each<[string, Partial<CollectedComponents>, string, string, string]>([
    [chrome(146, 'Windows NT 10.0; Win64; x64'), {}, 'windows', 'blink', 'chrome'],
    [`${chrome(146, 'Windows NT 10.0; Win64; x64')} Edg/146.0.0.0`, {}, 'windows', 'blink', 'edge'],
    [`${chrome(146, 'Macintosh; Intel Mac OS X 10_15_7')} OPR/120.0`, {}, 'macos', 'blink', 'opera'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', {}, 'macos', 'webkit', 'safari'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', { touchPoints: 5 }, 'ios', 'webkit', 'safari'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/146.0 Mobile/15E148 Safari/604.1', { touchPoints: 5 }, 'ios', 'webkit', 'chrome'],
    ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', {}, 'linux', 'gecko', 'firefox'],
    [chrome(146, 'Linux; Android 10; K'), { touchPoints: 5, pointer: 'coarse', hover: false }, 'android', 'blink', 'chrome'],
    // "Desktop site" switched on: the same phone.
    [chrome(146), { touchPoints: 5, pointer: 'coarse', hover: false }, 'android', 'blink', 'chrome'],
    [chrome(146, 'X11; CrOS x86_64 14541.0.0'), {}, 'chromeos', 'blink', 'chrome'],
  ])('%s %j', (userAgent, change, os, engine, browser) => {
    expect(componentsOf({ ...LAPTOP, userAgent, ...change })).toMatchObject({ os, engine, browser });
  });
});

test('values are hashed one by one, the version is a number', () => {
  const map = mapOf();
  expect(map['version']).toBe(146);
  expect(map['canvas']).toBe(hash('canvas', 'c1'));
  expect(map['canvas']).not.toBe(mapOf({ audio: 'c1' })['audio']);
  expect(JSON.stringify(map)).not.toContain('New_York');
  expect(hashedMap({ version: '9e9' }, hash)).toEqual({});
});

describe('bands', () => {
  test.each<[string, Partial<CollectedComponents>, string, readonly string[]]>([
    ['nothing changed', {}, 'same', []],
    ['updated', { userAgent: chrome(150) }, 'same', []],
    ['downgraded', { userAgent: chrome(140) }, 'same', ['version']],
    ['travelled', { timezone: 'Europe/Madrid' }, 'same', ['timezone']],
    ['a phone turned', { screen: [1080, 1920] }, 'same', []],
    ['another screen and language', { screen: [2560, 1440], languages: ['es'], colorGamut: 'p3' }, 'drifted', ['gamut', 'screen', 'languages']],
    ['noise as some browsers add it', { canvas: 'x', audio: 'y', plugins: 2, hardwareConcurrency: 4 }, 'drifted', ['cores', 'audio', 'canvas', 'plugins']],
    ['another machine', { webgl: { vendor: 'NVIDIA', renderer: 'RTX' }, hardwareConcurrency: 32, deviceMemory: 32, timezone: 'Europe/Madrid', screen: [3840, 2160], canvas: 'x' }, 'different', ['timezone', 'cores', 'memory', 'webgl', 'screen', 'canvas']],
    ['another system', { userAgent: chrome(146, 'Windows NT 10.0') }, 'contradictory', ['os']],
    ['a touch screen from nowhere', { touchPoints: 10 }, 'contradictory', ['touch']],
    ['another engine', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }, 'contradictory', ['engine', 'browser', 'version']],
  ])('%s', (_what, change, band, differing) => {
    const found = compared(change);
    expect([found.band, found.differing]).toEqual([band, differing]);
  });
  test('what a browser withholds neither agrees nor disagrees', () => {
    expect(compared({ deviceMemory: null, canvas: null })).toEqual({ band: 'same', share: 1, differing: [] });
  });
  test('who withholds nearly everything is different', () => {
    expect(compared({ platform: null, timezone: null, hardwareConcurrency: null, deviceMemory: null, webgl: null, audio: null })).toMatchObject({ band: 'different', share: 1 });
    expect(compareMaps(mapOf(), {})).toEqual({ band: 'different', share: 0, differing: [] });
  });
  test('an attribute that only one collector knows does not count', () => {
    expect(compareMaps({ ...mapOf(), fonts: 'x' }, { ...mapOf(), math: 'y' }).share).toBe(1);
  });
  test('not compared is only what was never kept', () => {
    expect([bandOf(undefined, mapOf()), bandOf(undefined, undefined), bandOf(mapOf(), undefined), bandOf(mapOf(), mapOf())]).toEqual(['not_compared', 'not_compared', 'different', 'same']);
  });
});

describe('whatever browsers there are', () => {
  const text = fc.constantFrom('a', 'b', 'c');
  const map = fc.record({
    os: text, engine: text, touch: text, platform: text, timezone: text, cores: text, memory: text, gamut: text, webgl: text, audio: text, screen: text, languages: text, browser: text, canvas: text, plugins: text, version: fc.integer({ min: 1, max: 200 }),
  }, { requiredKeys: [] });
  const rank = ['same', 'drifted', 'different', 'contradictory'];

  test('a map agrees with itself', () => {
    fc.assert(fc.property(map, (one) => {
      const { differing, share, band } = compareMaps(one, one);
      expect(differing).toEqual([]);
      expect([0, 1]).toContain(share);
      expect(['same', 'different']).toContain(band);
    }));
  });
  test('it makes no difference which is which, except to the version', () => {
    fc.assert(fc.property(map, map, (one, other) => {
      const { version: _one, ...left } = one;
      const { version: _other, ...right } = other;
      expect(compareMaps(left, right)).toEqual(compareMaps(right, left));
    }));
  });
  test('the share is one; a hard attribute that differs always contradicts; one more difference never helps', () => {
    fc.assert(fc.property(map, map, fc.constantFrom('timezone', 'screen', 'canvas', 'os'), (one, other, name) => {
      const before = compareMaps(one, other);
      expect(before.share >= 0 && before.share <= 1).toBe(true);
      expect(before.band === 'contradictory').toBe(before.differing.some((at) => ['os', 'engine', 'touch'].includes(at)));
      if (!Object.hasOwn(one, name) || !Object.hasOwn(other, name)) return;
      const after = compareMaps(one, { ...other, [name]: 'quite another' });
      expect(rank.indexOf(after.band)).toBeGreaterThanOrEqual(rank.indexOf(before.band));
      expect(after.share).toBeLessThanOrEqual(before.share);
    }));
  });
});
