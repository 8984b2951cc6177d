/** From the desktop to the phone and back: codes that end, phones that change, desktops that are reloaded or cut off. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Demo } from '../../src/demo/demo.ts';
import { SettableClock } from '../support/clock.ts';
import { agree, approved, closeDemos, codeOn, denied, documentDemo, landed, sendFile, straightToCode, takeOver, test, toSide } from './document_walk.ts';
import { choice, expectQuiet, numberOn, openStage, shown, type Stage } from './walk.ts';

let stage: Stage;
let demo: Demo;
const clock = new SettableClock();

beforeAll(async () => {
  stage = await openStage({ replace: { now: clock.now } });
  demo = await documentDemo(stage, 'document', { documents: { handoverSeconds: 60 } });
});
afterAll(async () => {
  await closeDemos();
  await stage?.close();
});

describe.concurrent('the hand-over', () => {
  test('a second phone finds the link spent; with a new code it takes over, and the first one is told', async ({ seats }) => {
    const [desktop, first, second] = [await seats.desk(stage), await seats.phone(stage, { statuses: [410] }), await seats.phone(stage, { statuses: [410] })];
    await straightToCode(desktop, demo);
    const address = await toSide(desktop, first);
    await second.page.goto(address);
    await shown(second.page, 'phone_gone');
    expect(await second.page.locator('main').innerText()).toContain('Go back to your computer to get a new one');
    // The first phone's own way back, by the link it came by.
    await first.page.goto(address);
    await shown(first.page, 'capture_side');
    await shown(desktop.page, 'document_following');
    await desktop.page.getByRole('button', { name: 'Get a new code' }).click();
    await shown(desktop.page, 'document_handover');
    expect(await codeOn(desktop.page)).not.toBe(address);
    await toSide(desktop, second);
    await first.page.reload();
    await shown(first.page, 'phone_gone');
    await sendFile(second);
    await landed(second);
    await approved(desktop);
    expectQuiet(desktop, first, second);
  });

  test('the desktop is reloaded, opened twice, and cut off: it follows all the same', async ({ seats }) => {
    const [desktop, hand] = [await seats.desk(stage), await seats.phone(stage)];
    const { page } = desktop;
    await straightToCode(desktop, demo);
    const [number, address] = [await numberOn(page), await codeOn(page)];
    await page.reload();
    await shown(page, 'document_handover');
    expect(await numberOn(page)).toBe(number);
    expect(await codeOn(page)).toBe(address);
    await takeOver(desktop, hand);
    await shown(page, 'document_following');
    await page.reload();
    await shown(page, 'document_following');
    const twin = await desktop.context.newPage();
    await twin.goto(page.url());
    await shown(twin, 'document_following');
    await twin.close();
    // It asks for news and does not load itself again and again: nobody loses their place in it, or ends on an error page.
    await page.evaluate(() => document.body.setAttribute('data-kept', ''));
    await page.waitForTimeout(2_500);
    await desktop.context.setOffline(true);
    await agree(hand);
    await page.waitForTimeout(3_000);
    expect(await page.locator('body[data-page="document_following"][data-kept]').count()).toBe(1);
    await desktop.context.setOffline(false);
    await page.locator('[aria-current="step"]', { hasText: 'Pictures of your document' }).waitFor();
    await sendFile(hand);
    await landed(hand);
    await approved(desktop);
    expect(desktop.wrong.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    expectQuiet(hand);
  });

  test('taken over on a computer: it says so, and ends without success', async ({ seats }) => {
    const [desktop, other] = [await seats.desk(stage), await seats.desk(stage)];
    await straightToCode(desktop, demo);
    await other.page.goto(await codeOn(desktop.page));
    await shown(other.page, 'capture_claim');
    expect(await other.page.locator('[data-for-desktops]').innerText()).toContain('Open this link on your phone');
    await choice(other.page, await numberOn(desktop.page)).click();
    await shown(other.page, 'phone_stopped');
    await denied(desktop);
    expectQuiet(desktop, other);
  });

  test('“This was not me” and a wrong number end it', async ({ seats }) => {
    for (const answer of ['refuse', 'wrong'] as const) {
      const [desktop, hand] = [await seats.desk(stage), await seats.phone(stage)];
      await straightToCode(desktop, demo);
      const number = await numberOn(desktop.page);
      await hand.page.goto(await codeOn(desktop.page));
      await shown(hand.page, 'capture_claim');
      expect(await hand.page.locator('main').innerText()).toContain('Harbour Credit');
      const wrong = hand.page.locator(`button[name="number"]:not([value="${number}"])`).first();
      await (answer === 'refuse' ? hand.page.getByRole('button', { name: 'This was not me' }) : wrong).click();
      await shown(hand.page, 'phone_stopped');
      await denied(desktop);
      expectQuiet(desktop, hand);
    }
  });

  test('consent declined: no camera, no picture, and a clean return', async ({ seats }) => {
    const [desktop, hand] = [await seats.desk(stage), await seats.phone(stage)];
    await straightToCode(desktop, demo);
    await takeOver(desktop, hand);
    await hand.page.getByRole('button', { name: 'I do not agree' }).click();
    await landed(hand, 'declined');
    await denied(desktop);
    expectQuiet(desktop, hand);
  });
});

// These move the clock of the gateway, so they are alone with it.
describe('a code and its time', () => {
  test('is renewed on the screen before it ends; the one before is still good', async ({ seats }) => {
    const [desktop, hand] = [await seats.desk(stage), await seats.phone(stage)];
    const { page } = desktop;
    await straightToCode(desktop, demo);
    const [number, before] = [await numberOn(page), await codeOn(page)];
    await hand.page.goto(before);
    await shown(hand.page, 'capture_claim');
    clock.advance({ seconds: 50 });
    await expect.poll(() => codeOn(page).catch(() => before), { timeout: 60_000 }).not.toBe(before);
    expect(await numberOn(page)).toBe(number);
    await choice(hand.page, number).click();
    await shown(hand.page, 'capture_consent');
    await agree(hand);
    await sendFile(hand);
    await landed(hand);
    await approved(desktop);
    expectQuiet(desktop, hand);
  });

  test('that has ended is gone on the phone, also for a page opened in time; the one on the screen is good', async ({ seats }) => {
    const [desktop, hand] = [await seats.desk(stage), await seats.phone(stage, { statuses: [410] })];
    const { page } = desktop;
    await straightToCode(desktop, demo);
    const [number, before] = [await numberOn(page), await codeOn(page)];
    await hand.page.goto(before);
    await shown(hand.page, 'capture_claim');
    // A desktop that slept meanwhile.
    await desktop.context.setOffline(true);
    clock.advance({ seconds: 61 });
    await choice(hand.page, number).click();
    await shown(hand.page, 'phone_gone');
    await desktop.context.setOffline(false);
    await page.reload();
    expect(await codeOn(page)).not.toBe(before);
    await toSide(desktop, hand);
    await sendFile(hand);
    await landed(hand);
    await approved(desktop);
    expect(desktop.wrong.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    expectQuiet(hand);
  });

  test('a journey left alone on the phone: time ran out, on both', async ({ seats }) => {
    const [desktop, hand] = [await seats.desk(stage), await seats.phone(stage, { statuses: [410] })];
    await straightToCode(desktop, demo);
    await toSide(desktop, hand);
    clock.advance({ minutes: 31 });
    await hand.page.reload();
    await landed(hand, 'expired');
    await shown(desktop.page, 'denied');
    expect(await desktop.page.locator('h1').innerText()).toBe('Time ran out');
    expectQuiet(desktop, hand);
  });
});
