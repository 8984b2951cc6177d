import { describe, expect, test } from 'vitest';
import { deviceKeysOf } from '../../src/journey/device_evidence.ts';
import { Personal } from '../../src/personal.ts';
import { challengeFor, deviceKeyEvidence, deviceKeyModel, readDeviceKey } from '../../src/steps/device_key.ts';
import type { StepView } from '../../src/steps/step.ts';
import { DESKTOP, IPHONE, PHONE, PREVIEW_BOTS, type Device } from '../support/devices.ts';
import { browserKey, DEVICE_KEYS, ORIGIN } from './device_keys.ts';
import { COLLECTED } from './session_risk/samples.ts';

const NOW = 1_800_000_000_000;
const view = { journey: { id: 'j', mode: 'test' }, node: 'n', now: NOW } as unknown as StepView<unknown>;
const visitor = (device: Device) => ({ address: Personal.of('203.0.113.9'), userAgent: device.userAgent, headers: device.headers, locale: 'en' });
const sent = (values: Record<string, string>, device: Device = DESKTOP) => ({ values: Personal.of(values), visitor: visitor(device) });
const look = (device: Device, more: object = {}) => JSON.stringify({ ...COLLECTED, userAgent: device.userAgent, ...more });

describe('a key that is shown', () => {
  test('is kept with the browser it came from', async () => {
    const key = await browserKey();
    const { deviceChallenge, now } = deviceKeyModel(DEVICE_KEYS, view, 'browser');
    expect([deviceChallenge, now]).toEqual([challengeFor(DEVICE_KEYS, 'j', 'n', 'browser'), NOW]);
    const evidence = await deviceKeyEvidence(DEVICE_KEYS, sent({ device_key: await key.sign(deviceChallenge, now), collector: look(DESKTOP) }), view, { channel: 'browser' });
    expect(evidence).toMatchObject({ kind: 'device_key', version: 1, simulated: false });
    expect(JSON.stringify(evidence)).not.toContain(key.thumbprint);
    const hash = DEVICE_KEYS.fingerprintHash(view.journey.mode);
    expect(deviceKeysOf(evidence ? [evidence] : [])).toEqual([{
      channel: 'browser', kind: 'desktop', thumbprint: key.thumbprint, jwk: key.jwk, collectorVersion: 1, label: 'Chrome on Windows', country: 'US', at: NOW,
      look: expect.objectContaining({ os: hash('os', 'windows'), browser: hash('browser', 'chrome'), timezone: hash('timezone', 'America/New_York'), touch: hash('touch', 'none') }),
    }]);
    // The attributes themselves are kept nowhere.
    expect(JSON.stringify(evidence?.data.open())).not.toContain('America/New_York');
  });

  test.each([
    ['a phone by its link', PHONE, 'phone', { touchPoints: 5, pointer: 'coarse', hover: false }, 'phone'],
    ['a phone that began the journey', IPHONE, 'browser', { touchPoints: 5, pointer: 'coarse', hover: false }, 'phone'],
    ['a desktop', DESKTOP, 'browser', {}, 'desktop'],
    ['what cannot be told, by the link', { ...PHONE, headers: { ...PHONE.headers, 'sec-ch-ua-mobile': '?0' } }, 'phone', { touchPoints: 5, pointer: 'coarse' }, 'phone'],
    ['what cannot be told, where the journey began', { ...PHONE, headers: { ...PHONE.headers, 'sec-ch-ua-mobile': '?0' } }, 'browser', { touchPoints: 5, pointer: 'coarse' }, 'desktop'],
  ] as const)('%s', async (_name, device, channel, probes, kind) => {
    const key = await browserKey();
    const proof = await key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', channel), NOW);
    expect(await readDeviceKey(DEVICE_KEYS, sent({ device_key: proof, collector: look(device, probes) }, device), view, { channel })).toMatchObject({ channel, kind });
  });

  test('without a look, or with an unreadable one, the key is all that is kept', async () => {
    const key = await browserKey();
    const proof = await key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', 'browser'), NOW);
    for (const collector of [undefined, '', '{', '{"v":2}']) {
      const read = await readDeviceKey(DEVICE_KEYS, sent({ device_key: proof, ...(collector === undefined ? {} : { collector }) }), view, { channel: 'browser' });
      expect([read?.thumbprint, read?.look]).toEqual([key.thumbprint, undefined]);
    }
  });
});

describe('no evidence, and nothing said about it', () => {
  const bad: readonly (readonly [string, (key: Awaited<ReturnType<typeof browserKey>>) => Promise<string>])[] = [
    ['none', async () => ''],
    ['garbage', async () => 'x'.repeat(100)],
    ['of another journey', (key) => key.sign(challengeFor(DEVICE_KEYS, 'other', 'n', 'browser'), NOW)],
    ['of another node', (key) => key.sign(challengeFor(DEVICE_KEYS, 'j', 'other', 'browser'), NOW)],
    ['of the other channel', (key) => key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', 'phone'), NOW)],
    ['for another origin', (key) => key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', 'browser'), NOW, `${ORIGIN}.evil.example`)],
    ['signed too long ago', (key) => key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', 'browser'), NOW - 62_000)],
    ['from the future', (key) => key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', 'browser'), NOW + 62_000)],
  ];
  test.each(bad)('%s', async (_name, made) => {
    const proof = await made(await browserKey());
    expect(await deviceKeyEvidence(DEVICE_KEYS, sent({ device_key: proof, collector: look(DESKTOP) }), view, { channel: 'browser' })).toBeUndefined();
  });

  test('from what is no person\'s browser', async () => {
    const key = await browserKey();
    const proof = await key.sign(challengeFor(DEVICE_KEYS, 'j', 'n', 'phone'), NOW);
    for (const device of PREVIEW_BOTS) expect(await deviceKeyEvidence(DEVICE_KEYS, sent({ device_key: proof }, device), view, { channel: 'phone' })).toBeUndefined();
  });
});
