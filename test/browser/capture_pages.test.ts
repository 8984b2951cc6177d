/**
 * The pages of the document step as they are served, and the camera over them: no axe violation in light or dark, wide
 * or narrow, upright or on the side, in English or Spanish; nothing out of reach with text twice as large.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { message, type Locale } from '../../src/http/locales/index.ts';
import type { Demo } from '../../src/demo/demo.ts';
import { FakeReader } from '../steps/document_selfie/fakes.ts';
import { axe } from '../support/chromium.ts';
import { closeDemos, codeOn, documentDemo, landed, ON_LANDLINE, openCamera, outcome, sendFile, straightToCode, test, toCode, type Hand } from './document_walk.ts';
import { choice, expectQuiet, goOn, numberOn, openStage, shown, type Stage } from './walk.ts';

let stage: Stage;
let demo: Demo;
/** What the pictures say is not the point here. */
const reader = new FakeReader();

beforeAll(async () => {
  stage = await openStage({ options: { kba: { enabled: true } }, replace: { documents: reader } });
  demo = await documentDemo(stage, 'document', { documents: { dual: true } });
});
afterAll(async () => {
  await closeDemos();
  await stage?.close();
});

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const SIDEWAYS = { width: 844, height: 390 };
const LOOKS = [[WIDE, 'light'], [WIDE, 'dark'], [PHONE, 'light'], [PHONE, 'dark']] as const;

/** What has to be scrolled to sideways. */
const tooWide = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
const larger = (page: Page, percent: number): Promise<void> => page.evaluate((size) => document.documentElement.style.setProperty('font-size', `${size}%`), percent);

/** In every look, and with text twice as large; the window is left as it was. */
async function examine(page: Page, name: string): Promise<void> {
  await shown(page, name);
  const before = page.viewportSize();
  for (const [size, colorScheme] of LOOKS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    expect(await axe(page), `${name} ${size.width} ${colorScheme}`).toEqual([]);
    expect(await tooWide(page), `${name} ${size.width}`).toBe(false);
  }
  await larger(page, 200);
  expect(await tooWide(page), `${name} with text at 200 %`).toBe(false);
  await larger(page, 100);
  if (before) await page.setViewportSize(before);
}

/** Inside the window, all of it, and large enough to be hit. */
async function reachable(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const size = page.viewportSize();
  return box !== null && size !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height && box.height >= 44;
}

/** The camera over the page: its buttons are within reach however the phone is held, whatever the size of its text. */
async function examineCamera({ page }: Hand, buttons: readonly string[]): Promise<void> {
  for (const [size, colorScheme] of [[PHONE, 'light'], [PHONE, 'dark'], [SIDEWAYS, 'light'], [SIDEWAYS, 'dark']] as const) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    expect(await axe(page), `${size.width} ${colorScheme}`).toEqual([]);
    for (const percent of [100, 200]) {
      await larger(page, percent);
      for (const button of buttons) expect(await reachable(page, button), `${button} at ${size.width}, text ${percent} %`).toBe(true);
      expect(await page.evaluate(() => document.querySelector('dialog[open]')?.scrollHeight === innerHeight), `scrolls at ${size.width}, text ${percent} %`).toBe(true);
    }
    await larger(page, 100);
  }
  await page.setViewportSize(PHONE);
}

describe('the pages of the document step', () => {
  test('have no axe violation in any look, camera included', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage), await hands.take(stage, { statuses: [410, 422] })];
    await toCode(desktop, stage.demo, ON_LANDLINE);
    await examine(desktop.page, 'document_handover');
    const address = await codeOn(desktop.page);
    await hand.page.goto(address);
    await examine(hand.page, 'capture_claim');
    await choice(hand.page, await numberOn(desktop.page)).click();
    await examine(hand.page, 'capture_consent');
    await examine(desktop.page, 'document_following');
    await goOn(hand.page);
    await examine(hand.page, 'capture_choose');
    await hand.page.locator('button[value="identity_card"]').click();
    await examine(hand.page, 'capture_side');
    await openCamera(hand);
    await hand.page.locator('[data-hint]', { hasText: 'Put the document in the frame' }).waitFor();
    await hand.page.locator('[data-shutter]:not([data-early])').waitFor();
    await examineCamera(hand, ['[data-shutter]', 'dialog [data-close]', 'dialog [data-file]']);
    await hand.page.locator('[data-shutter]').click();
    await examineCamera(hand, ['[data-use]', '[data-retake]']);
    await hand.page.keyboard.press('Escape');
    // A file that is no picture: the page says so in its own words.
    reader.intakes.push({ kind: 'refused', code: 'image_format' });
    await sendFile(hand, { name: 'a.txt', mimeType: 'image/jpeg', buffer: Buffer.from('no picture at all') });
    await hand.page.locator('[data-camera-fault]', { hasText: 'Send a JPEG or PNG picture' }).waitFor();
    await examine(hand.page, 'capture_side');
    // Without faces said to be good, so that the selfie is asked for.
    for (const side of ['front', 'back']) {
      await hand.page.locator('h1', { hasText: side === 'front' ? 'Front' : 'Back' }).waitFor();
      await sendFile(hand, outcome({}));
    }
    await examine(hand.page, 'capture_selfie');
    await openCamera(hand);
    await examineCamera(hand, ['[data-begin]', 'dialog [data-close]']);
    await hand.page.keyboard.press('Escape');
    await hand.page.getByRole('button', { name: 'Take three photographs' }).click();
    await hand.page.locator('#frame').waitFor();
    await examine(hand.page, 'capture_selfie');
    await hand.page.locator('summary').click();
    expect(await axe(hand.page)).toEqual([]);
    await hand.page.getByRole('button', { name: 'Answer questions instead' }).click();
    await landed(hand, 'declined');
    await examine(desktop.page, 'kba_consent');
    await goOn(desktop.page);
    await examine(desktop.page, 'kba_questions');
    await hand.page.goto(address);
    await examine(hand.page, 'phone_gone');
    expectQuiet(desktop, hand);
  });

  test('are in Spanish for those who read it, what the camera says included', async ({ seats, hands }) => {
    const [desktop, hand] = [await seats.desk(stage, { locale: 'es-MX' }), await hands.take(stage, { locale: 'es-MX' })];
    const says = (page: Page, key: string): Promise<void> => page.getByText(message('es' satisfies Locale, key)).first().waitFor();
    await straightToCode(desktop, demo);
    await says(desktop.page, 'document_handover.step_scan');
    await hand.page.goto(await codeOn(desktop.page));
    await says(hand.page, 'capture_claim.next');
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'capture_consent');
    await says(hand.page, 'capture_consent.decline');
    await goOn(hand.page);
    await shown(hand.page, 'capture_choose');
    // Countries by their names in the page's language, and in its order.
    expect(await hand.page.locator('#country option[value="DE"]').innerText()).toBe('Alemania');
    await hand.page.locator('button[value="passport"]').click();
    await shown(hand.page, 'capture_side');
    await openCamera(hand);
    await says(hand.page, 'camera.hint.place');
    expect(await hand.page.locator('[data-shutter]').getAttribute('aria-label')).toBe(message('es', 'camera_view.shutter'));
    expect(await axe(hand.page)).toEqual([]);
    await hand.page.keyboard.press('Escape');
    await sendFile(hand);
    // A second document, of another kind.
    await shown(hand.page, 'capture_choose');
    await says(hand.page, 'capture_choose.second.lead');
    expect(await hand.page.locator('button[value="passport"]').count()).toBe(0);
    for (const seat of [desktop, hand]) expect(await seat.page.locator('html').getAttribute('lang')).toBe('es');
    expectQuiet(desktop, hand);
  });
});
