/** The camera's dead ends on the phone, one by one: each with a way on, which the test takes. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Demo } from '../../src/demo/demo.ts';
import { FakeReader } from '../steps/document_selfie/fakes.ts';
import { lying } from './document_pictures.ts';
import { agree, approved, closeDemos, codeOn, documentDemo, landed, ON_LANDLINE, openCamera, outcome, sendFile, straightToCode, takeOver, test, toCode, toSide, type Hand } from './document_walk.ts';
import { expectQuiet, goOn, numberOn, openStage, shown, type Seat, type Stage } from './walk.ts';

let stage: Stage;
let demo: Demo;

beforeAll(async () => {
  // What the pictures say is not the point here: every one is read well.
  stage = await openStage({ replace: { documents: new FakeReader() } });
  demo = await documentDemo(stage, 'document');
  await lying('passport');
});
afterAll(async () => {
  await closeDemos();
  await stage?.close();
});

const complaint = ({ page }: Seat, words: string): Promise<void> => page.locator('[data-camera-fault]', { hasText: words }).waitFor();

/** The rest of the way, by the sandbox's file where a picture is asked for. */
async function byFile(desktop: Seat, phone: Seat): Promise<void> {
  await sendFile(phone);
  await landed(phone);
  await approved(desktop);
}

/** How often pictures were posted. */
const sent = ({ posts }: Seat): number => posts.filter((post) => post.headers()['content-type']?.startsWith('multipart/form-data')).length;

/** How the tracks stand that the page was given so far. Evaluated by the debugger: the page's policy allows no such thing. */
const tracksOf = (page: Page): Promise<unknown> => page.evaluate('globalThis.tracks.map((track) => track.readyState)');

/** As long as a busy machine takes to open a camera; a second, by default, is not. */
const PATIENT = { timeout: 60_000 };

/** Nothing of the camera is left running. */
const lampIsOff = ({ page }: Seat): Promise<void> => expect.poll(() => tracksOf(page), PATIENT).toEqual(['ended']);

/** Remembers every track that a page was given. */
const REMEMBER_TRACKS = `
  globalThis.tracks = [];
  const given = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (given) navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await given(wish);
    tracks.push(...stream.getTracks());
    return stream;
  };`;

describe.concurrent('no camera', () => {
  test('on a phone that has none: a picture in its place', async ({ seats }) => {
    // The browser of the stage has no camera at all.
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    await phone.context.grantPermissions(['camera'], { origin: stage.gateway.origin });
    await straightToCode(desktop, demo);
    await toSide(desktop, phone);
    expect(await phone.page.locator('input[type="file"]').isVisible()).toBe(false);
    await phone.page.locator('[data-open]').click();
    await complaint(phone, 'found no camera');
    expect(await phone.page.locator('input[type="file"]').isVisible()).toBe(true);
    await byFile(desktop, phone);
    expectQuiet(desktop, phone);
  });

  test('that the page may use: allowed afterwards, it opens', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage, { allowed: false })];
    await straightToCode(desktop, demo);
    await toSide(desktop, hand);
    await hand.page.locator('[data-open]').click();
    await complaint(hand, 'Allow it in your browser’s settings');
    expect(await hand.page.evaluate(() => document.activeElement?.hasAttribute('data-open'))).toBe(true);
    await hand.context.grantPermissions(['camera'], { origin: stage.gateway.origin });
    await openCamera(hand);
    expect(await hand.page.locator('[data-camera-fault]').isVisible()).toBe(false);
    // Put away again, the picture can still be a file.
    await hand.page.locator('dialog [data-file]').click();
    await hand.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await hand.page.evaluate(() => document.activeElement?.id)).toBe('picture');
    await byFile(desktop, hand);
    expectQuiet(desktop, hand);
  });

  test('that this old browser knows how to open: the page begins with the file', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await hand.context.addInitScript('delete Navigator.prototype.mediaDevices');
    await straightToCode(desktop, demo);
    await toSide(desktop, hand);
    await complaint(hand, 'cannot use the camera');
    expect(await hand.page.locator('[data-open]').isVisible()).toBe(false);
    await hand.page.locator('[data-send]').click();
    await complaint(hand, 'Take or choose a picture first');
    expect(await hand.page.evaluate(() => document.activeElement?.id)).toBe('picture');
    await byFile(desktop, hand);
    expectQuiet(desktop, hand);
  });

  const INSTAGRAM = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0';
  test('in a browser inside another app: it says so, and the phone’s own browser takes over with a new code', async ({ seats, hands }) => {
    const [desktop, inside] = [await seats.desk(stage), await seats.phone(stage, { userAgent: INSTAGRAM, statuses: [410] })];
    await straightToCode(desktop, demo);
    const address = await codeOn(desktop.page);
    await inside.page.goto(address);
    await inside.page.locator('[data-in-app]', { hasText: 'inside another app' }).waitFor();
    await takeOver(desktop, inside, address);
    await agree(inside);
    await inside.page.locator('[data-in-app]', { hasText: 'get a new code on your computer' }).waitFor();
    await shown(desktop.page, 'document_following');
    await desktop.page.locator('button[value="other_phone"]').click();
    await shown(desktop.page, 'document_handover');
    const own = await hands.take(stage);
    await toSide(desktop, own);
    expect(await own.page.locator('[data-in-app]').isVisible()).toBe(false);
    await inside.page.reload();
    await shown(inside.page, 'phone_gone');
    await byFile(desktop, own);
    expectQuiet(desktop, own, inside);
  });

  test('and no picture either: the check can be ended, and the application hears of it', async ({ seats }) => {
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    await straightToCode(desktop, demo);
    await toSide(desktop, phone);
    expect(await phone.page.locator('button[value="cannot"]').isVisible()).toBe(false);
    await phone.page.locator('summary').click();
    await phone.page.locator('button[value="cannot"]').click();
    await landed(phone, 'declined');
    await shown(desktop.page, 'denied');
    expectQuiet(desktop, phone);
  });

  test('but knowledge questions, where the workflow has them', async ({ seats }) => {
    const questions = await stage.addDemo('questions', { kba: { enabled: true } });
    const [desktop, phone] = [await seats.desk(stage), await seats.phone(stage)];
    await toCode(desktop, questions, ON_LANDLINE);
    await toSide(desktop, phone);
    await phone.page.locator('summary').click();
    await phone.page.getByRole('button', { name: 'Answer questions instead' }).click();
    await landed(phone, 'declined');
    await shown(desktop.page, 'kba_consent');
    await goOn(desktop.page);
    await shown(desktop.page, 'kba_questions');
    expectQuiet(desktop, phone);
  });
});

/** A phone before the open camera, with nothing on the table. */
async function looking(desktop: Seat, hand: Hand): Promise<void> {
  await straightToCode(desktop, demo);
  await toSide(desktop, hand);
  await openCamera(hand);
  await hand.page.locator('[data-hint]', { hasText: 'Put the document in the frame' }).waitFor();
}

/** Inside the window, all of it, and large enough to be hit. */
async function reachable({ page }: Seat, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const size = page.viewportSize();
  return box !== null && size !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height && box.height >= 44;
}

describe.concurrent('in the middle of it', () => {
  test('the phone is turned on its side: the shutter stays within reach, and the picture is taken', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await looking(desktop, hand);
    expect(await reachable(hand, '[data-shutter]')).toBe(true);
    await hand.page.setViewportSize({ width: 844, height: 390 });
    await hand.page.locator('[data-shutter]:not([data-early])').waitFor();
    for (const part of ['[data-shutter]', 'dialog [data-close]', 'dialog [data-file]']) expect(await reachable(hand, part), part).toBe(true);
    const frame = await hand.page.locator('[data-frame]').boundingBox();
    expect((frame?.width ?? 0) / (frame?.height ?? 1)).toBeCloseTo(125 / 88, 1);
    await hand.page.locator('[data-shutter]').click();
    await hand.page.locator('[data-retake]').click();
    await hand.page.setViewportSize({ width: 390, height: 844 });
    hand.camera.show(await lying('passport'));
    await shown(hand.page, 'capture_selfie');
    expect(sent(hand)).toBe(1);
    expectQuiet(desktop, hand);
  });

  test('the connection is lost while the picture is sent: kept, and sent when it is back', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await looking(desktop, hand);
    await hand.context.setOffline(true);
    hand.camera.show(await lying('passport'));
    await hand.page.locator('[data-hint]', { hasText: 'You are offline' }).waitFor();
    expect(await hand.page.locator('[data-again]').isVisible()).toBe(true);
    await hand.context.setOffline(false);
    // By itself, without being asked.
    await shown(hand.page, 'capture_selfie');
    expect(hand.wrong.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    expectQuiet(desktop);
  });

  test('the line breaks again and again: “Try again”, and it counts once', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await looking(desktop, hand);
    const bytes: number[] = [];
    await hand.page.route('**/capture', (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      bytes.push(route.request().postDataBuffer()?.length ?? 0);
      return bytes.length <= 3 ? route.abort('connectionreset') : route.continue();
    });
    hand.camera.show(await lying('passport'));
    const again = hand.page.locator('[data-again]');
    await again.waitFor();
    expect(await hand.page.locator('[data-hint]').innerText()).toBe('The picture did not get through. It is kept here.');
    expect(await again.evaluate((button) => button === document.activeElement)).toBe(true);
    await again.press('Enter');
    await shown(hand.page, 'capture_selfie');
    // The very same picture each time; all but the boundary between the parts, whose length is always the same.
    expect(bytes).toHaveLength(4);
    expect(new Set(bytes).size).toBe(1);
    expect(bytes[0]).toBeGreaterThan(50_000);
    expect(hand.wrong.filter((line) => !line.includes('ERR_CONNECTION_RESET'))).toEqual([]);
    expectQuiet(desktop);
  });

  test('the phone is put away and taken up again: the camera stops, and starts anew', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await hand.context.addInitScript(REMEMBER_TRACKS);
    await looking(desktop, hand);
    // Headless windows are never hidden, so the page is told what a phone would tell it.
    const hidden = (state: boolean): Promise<void> => hand.page.evaluate((now) => {
      Object.defineProperty(document, 'hidden', { value: now, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
    await hidden(true);
    await lampIsOff(hand);
    hand.camera.show(await lying('passport'));
    await hidden(false);
    await expect.poll(() => tracksOf(hand.page), PATIENT).toEqual(['ended', 'live']);
    await shown(hand.page, 'capture_selfie');
    expect(sent(hand)).toBe(1);
    expectQuiet(desktop, hand);
  });

  test('the page is left and come back to: nothing is lost', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    await looking(desktop, hand);
    await hand.page.goto('about:blank');
    await hand.page.goBack();
    await shown(hand.page, 'capture_side');
    await byFile(desktop, hand);
    expectQuiet(desktop, hand);
  });
});

describe.concurrent('by the keyboard alone', () => {
  test('from the link to the picture', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage)];
    const { page } = hand;
    await straightToCode(desktop, demo);
    await page.goto(await codeOn(desktop.page));
    await shown(page, 'capture_claim');
    const number = await numberOn(desktop.page);
    await tabTo(hand, `button[name="number"][value="${number}"]`);
    await page.keyboard.press('Enter');
    await shown(page, 'capture_consent');
    await tabTo(hand, 'button[value="agree"]');
    await page.keyboard.press('Enter');
    await shown(page, 'capture_choose');
    await tabTo(hand, 'button[value="passport"]');
    await page.keyboard.press('Space');
    await shown(page, 'capture_side');
    await tabTo(hand, '[data-open]');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    // The focus is within the camera, and the shutter needs no waiting for.
    await tabTo(hand, '[data-shutter]');
    await page.keyboard.press('Enter');
    await page.locator('[data-use]').waitFor();
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-use'))).toBe(true);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-open'))).toBe(true);
    await tabTo(hand, '[data-show-file] button');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('picture');
    // The dialog for files is the system's own.
    await page.locator('#picture').setInputFiles(outcome());
    await tabTo(hand, '[data-send]');
    await page.keyboard.press('Enter');
    await landed(hand);
    await approved(desktop);
    expectQuiet(desktop, hand);
  });
});

/** Presses the tabulator until this has the focus. */
async function tabTo({ page }: Seat, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the tabulator does not come to ${selector}`);
}
