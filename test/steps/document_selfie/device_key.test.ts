/** The key of the phone that captures. */
import { expect, test } from 'vitest';
import { deviceKeysOf } from '../../../src/journey/device_evidence.ts';
import { challengeFor } from '../../../src/steps/device_key.ts';
import { biometricConsent } from '../../../src/steps/document_selfie/consent.ts';
import { browserKey, DEVICE_KEYS, type BrowserKey } from '../device_keys.ts';
import { Driver, ending, kinds, START } from './driver.ts';

async function consent(driver: Driver, key: BrowserKey): Promise<void> {
  const { model } = await driver.page();
  const signed = await key.sign(String(model['deviceChallenge']), Number(model['now']));
  const { hash } = biometricConsent(driver.workflow, 'Example App', 'en');
  await driver.send('capture_consent', { action: 'agree', consentHash: hash, device_key: signed });
}

async function capture(driver: Driver): Promise<void> {
  await driver.settle();
  await driver.picture();
  await driver.settle();
  await driver.selfie();
  await driver.settle();
}

test('is shown with the consent, and kept with what was established', async () => {
  const [driver, key] = [new Driver(), await browserKey()];
  await driver.settle();
  await driver.claim();
  await consent(driver, key);
  expect(driver.state['device']).toMatchObject({ channel: 'phone', kind: 'phone', thumbprint: key.thumbprint });
  await capture(driver);
  expect(ending(driver)[0]).toBe('pass');
  expect(deviceKeysOf(driver.end?.evidence ?? [])).toMatchObject([{ channel: 'phone', thumbprint: key.thumbprint }]);
});

test('of a phone that gave way to another one is forgotten', async () => {
  const [driver, first, second] = [new Driver(), await browserKey(), await browserKey()];
  await driver.settle();
  await driver.claim();
  await consent(driver, first);
  await driver.send('document_following', { action: 'other_phone' }, { sender: 'browser' });
  expect(driver.state['device']).toBeUndefined();
  driver.token = '';
  await driver.settle();
  await driver.claim();
  await consent(driver, second);
  await capture(driver);
  expect(deviceKeysOf(driver.end?.evidence ?? []).map(({ thumbprint }) => thumbprint)).toEqual([second.thumbprint]);
});

test('in the browser that the journey began in none is asked for: it showed its own before', async () => {
  const driver = new Driver({ device: 'mobile' });
  const page = await driver.settle();
  expect([page?.name, Object.keys(page?.model ?? {})]).toEqual(['capture_consent', ['otherWay']]);
  const { hash } = biometricConsent(driver.workflow, 'Example App', 'en');
  const signed = await (await browserKey()).sign(challengeFor(DEVICE_KEYS, 'j', 'document_selfie', 'phone'), START);
  await driver.send('capture_consent', { action: 'agree', consentHash: hash, device_key: signed });
  expect([driver.state['consent'].hash, driver.state['device']]).toEqual([hash, undefined]);
});

test('a capture without a key is one all the same', async () => {
  const driver = new Driver();
  await driver.arrive();
  await capture(driver);
  expect(ending(driver)[0]).toBe('pass');
  expect(kinds(driver)).not.toContain('device_key');
});
