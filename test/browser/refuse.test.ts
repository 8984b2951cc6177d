/** The ways a check ends without success, on both devices: each with a page that says so and a way back. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { SettableClock } from '../support/clock.ts';
import { choice, expectQuiet, numberOn, openStage, shown, toWait, test, type Seat, type Stage } from './walk.ts';

let stage: Stage;
const clock = new SettableClock();

beforeAll(async () => {
  stage = await openStage({ replace: { now: clock.now } });
});
afterAll(() => stage?.close());

/** The desktop says that it ended, names nothing of what was wrong, and leads back to the application. */
async function expectDenied({ page }: Seat): Promise<void> {
  await shown(page, 'denied');
  const text = await page.locator('main').innerText();
  expect(text).toContain('We could not confirm your identity');
  expect(text).not.toMatch(/number|desktop|address|phone|refused/i);
  expect(await page.locator('main code').innerText()).toMatch(/^[\w-]{8,}$/);
  await page.getByRole('button', { name: 'Return to Harbour Credit' }).click();
  await shown(page, 'demo_error');
  expect(await page.locator('main').innerText()).toContain('access_denied');
}

describe.concurrent('refusal', () => {
  test('the link confirmed on a desktop', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const other = await seats.desk(stage);
    await other.page.goto(link);
    await shown(other.page, 'phone_confirm');
    expect(await other.page.locator('.warning').innerText()).toContain('Open this link on your phone');
    await choice(other.page, await numberOn(desktop.page)).click();
    await shown(other.page, 'phone_stopped');
    expect(await other.page.locator('h1').innerText()).toBe('The check was stopped');
    await expectDenied(desktop);
    expectQuiet(desktop, other);
  });

  const IPAD = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15';
  test('the link confirmed on a Macintosh ends it, and on an iPad, which calls itself one, confirms', async ({ seats }) => {
    for (const [touchPoints, ending] of [[0, 'phone_stopped'], [5, 'phone_done']] as const) {
      const desktop = await seats.desk(stage);
      const link = await toWait(desktop, stage);
      // Not `isMobile`: an iPad sends no client hint that says so.
      const other = await seats.phone(stage, { userAgent: IPAD, viewport: { width: 1180, height: 820 }, isMobile: false });
      await other.context.addInitScript(`Object.defineProperty(navigator, 'maxTouchPoints', { get: () => ${touchPoints} })`);
      await other.page.goto(link);
      await shown(other.page, 'phone_confirm');
      await other.page.waitForFunction('document.querySelector("input[name=collector]").value !== ""');
      expect(await other.page.locator('.warning').count()).toBe(touchPoints === 0 ? 1 : 0);
      await choice(other.page, await numberOn(desktop.page)).click();
      await shown(other.page, ending);
      if (touchPoints === 0) await expectDenied(desktop);
      else await shown(desktop.page, 'demo_result');
      expectQuiet(desktop, other);
    }
  });

  test('the link opened on a desktop and left alone still works on the phone', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const other = await seats.desk(stage);
    await other.page.goto(link);
    await shown(other.page, 'phone_confirm');
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');
    await shown(desktop.page, 'demo_result');
    expectQuiet(desktop, other, hand);
  });

  test('another number than the one on the desktop', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const number = await numberOn(desktop.page);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    const offered = await hand.page.locator('button[name="number"]').evaluateAll((buttons) => buttons.map((button) => (button as HTMLButtonElement).value));
    expect(offered).toHaveLength(3);
    expect(offered).toContain(number);
    await choice(hand.page, offered.find((one) => one !== number) ?? '').click();
    await shown(hand.page, 'phone_stopped');
    await expectDenied(desktop);
    expectQuiet(desktop, hand);
  });

  test('“This was not me”', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await shown(hand.page, 'phone_confirm');
    const refuse = hand.page.getByRole('button', { name: 'This was not me' });
    const size = async (locator: typeof refuse): Promise<number> => (await locator.boundingBox())?.height ?? 0;
    expect(await size(refuse)).toBeGreaterThanOrEqual(44);
    // Equal to the answers beside it, not a line of small print.
    const background = (locator: typeof refuse): Promise<string> => locator.evaluate((button) => getComputedStyle(button).backgroundColor);
    expect(await background(refuse)).toBe(await background(hand.page.locator('button[name="number"]').first()));
    await refuse.click();
    await shown(hand.page, 'phone_stopped');
    expect(await hand.page.locator('h1').innerText()).toBe('Thank you for telling us');
    await expectDenied(desktop);
    expectQuiet(desktop, hand);
  });

  test('a link that was used is gone, on the phone and on any other device', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage, { statuses: [410] });
    await hand.page.goto(link);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');
    await hand.page.goto(link);
    await shown(hand.page, 'phone_gone');
    const thief = await seats.phone(stage, { statuses: [410] });
    await thief.page.goto(link);
    await shown(thief.page, 'phone_gone');
    expect(await thief.page.locator('main form').count()).toBe(0);
    await shown(desktop.page, 'demo_result');
    expectQuiet(desktop, hand, thief);
  });

});

// These move the clock of the gateway, so they are alone with it.
describe('time that runs out', () => {
  test('a link after its time: gone on the phone, also for a page opened in time; the desktop ends', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const number = await numberOn(desktop.page);
    const early = await seats.phone(stage, { statuses: [410] });
    await early.page.goto(link);
    await shown(early.page, 'phone_confirm');
    clock.advance({ minutes: 10, seconds: 1 });
    const late = await seats.phone(stage, { statuses: [410] });
    await late.page.goto(link);
    await shown(late.page, 'phone_gone');
    await choice(early.page, number).click();
    await shown(early.page, 'phone_gone');
    await expectDenied(desktop);
    expectQuiet(desktop, early, late);
  });

  test('a check left alone: time ran out, and the application hears that', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    await toWait(desktop, stage);
    // The page of the first step, for the one that waits would notice by itself.
    const second = await desktop.context.newPage();
    await second.goto(`${stage.demo.origin}/start`);
    await shown(second, 'session_risk');
    clock.advance({ minutes: 30, seconds: 1 });
    await second.locator('main form button').first().click();
    await shown(second, 'denied');
    expect(await second.locator('h1').innerText()).toBe('Time ran out');
    expect(await second.locator('main').innerText()).toContain('Nothing was decided about you');
    await second.getByRole('button', { name: 'Return to Harbour Credit' }).click();
    await shown(second, 'demo_error');
    expect(await second.locator('main').innerText()).toContain('was not finished in time');
    expectQuiet(desktop);
  });
});
