/** A phone that is still capturing when its journey's time runs out: it is told so and lands, for a while. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeReader } from '../steps/document_selfie/fakes.ts';
import { SettableClock } from '../support/clock.ts';
import { decisionOf, journeyOf, setScene, type Scene } from './scene.ts';
import { agreeAndChoose, atDocumentOnly, landing, takeOver } from './document_scene.ts';

const clock = new SettableClock();
let scene: Scene;
beforeAll(async () => {
  // No extension is left from the start: the token of the claim has no slack but its own.
  scene = await setScene({ template: 'document_only', options: { journeySeconds: 300, maxExtensions: 0 }, replace: { now: clock.now, documents: new FakeReader() } });
});
afterAll(() => scene.close());

it('lands as expired in the minutes after the end, and what it still sends is not taken', async () => {
  const { person: desktop } = await atDocumentOnly(scene);
  const phone = await takeOver(desktop);
  await agreeAndChoose(phone);
  expect(phone.page).toBe('capture_side');
  clock.advance({ seconds: 301 });
  // What stood on the screen before the end is taken no more.
  const before = (await journeyOf(scene, desktop)).version;
  await phone.press('action', 'choose');
  expect(phone.page).not.toBe('capture_choose');
  expect(await landing(phone)).toEqual({ transaction_id: (await journeyOf(scene, desktop)).id, status: 'expired' });
  expect((await decisionOf(scene, desktop)).reasons[0]).toBe('journey_expired');
  // The end alone was recorded.
  expect((await journeyOf(scene, desktop)).version).toBe(before + 1);
});

it('is gone ten minutes after the end', async () => {
  const { person: desktop } = await atDocumentOnly(scene);
  const phone = await takeOver(desktop);
  await agreeAndChoose(phone);
  clock.advance({ seconds: 300 + 601 });
  await phone.open(`${scene.gateway.origin}/capture`);
  expect([phone.status, phone.page]).toEqual([410, 'phone_gone']);
});
