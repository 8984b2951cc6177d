/** Slow networks, impatient fingers, and sessions that run out: nothing counts twice, and nothing typed is lost. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { axe } from '../support/chromium.ts';
import { SettableClock } from '../support/clock.ts';
import { ANDREW } from '../support/gateway.ts';
import type { Demo } from '../../src/demo/demo.ts';
import { choice, expectQuiet, fillDetails, goOn, numberOn, openStage, shown, toForm, toWait, test, type Seat, type Stage } from './walk.ts';

let stage: Stage;
/** Its journeys last two minutes: the warning shows at once. */
let hasty: Demo;
const clock = new SettableClock();

beforeAll(async () => {
  stage = await openStage({ replace: { now: clock.now } });
  hasty = await stage.addDemo('hasty', { journeySeconds: 120, maxExtensions: 2 });
});
afterAll(() => stage?.close());

/** A line like that of a phone at the edge of its cell. */
async function slowLine({ context, page }: Seat): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 500, downloadThroughput: 60_000, uploadThroughput: 30_000 });
}

/** Forms posted to the journey, without those that ask for more time. */
function answers(seat: Seat): number {
  return seat.posts.filter((post) => !post.url().endsWith('/more-time')).length;
}

describe.concurrent('a slow line', () => {
  test('a double press sends each form once', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'session_risk');
    await slowLine(desktop);
    await page.locator('main form button').first().dblclick();
    await shown(page, 'pii_form');
    expect(answers(desktop)).toBe(1);
    await fillDetails(page);
    const button = page.getByRole('button', { name: 'Agree and continue' });
    // What the button said when the page was left; looking from outside would wait for the navigation first.
    await page.evaluate(() => addEventListener('pagehide', () => sessionStorage.setItem('said', document.querySelector('main form button')?.textContent ?? '')));
    await button.dblclick();
    await shown(page, 'pii_review');
    expect(await page.evaluate(() => sessionStorage.getItem('said'))).toBe('Sending…');
    expect(answers(desktop)).toBe(2);
    await page.locator('button[value="send"]').dblclick();
    await shown(page, 'sms_wait');
    expect(answers(desktop)).toBe(3);
    expectQuiet(desktop);
  });

  test('a double tap on the phone is one answer', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await slowLine(hand);
    await choice(hand.page, await numberOn(desktop.page)).dblclick();
    await shown(hand.page, 'phone_done');
    expect(answers(hand)).toBe(1);
    await shown(desktop.page, 'demo_result');
    expectQuiet(desktop, hand);
  });
});

describe.concurrent('the browser script of the first page', () => {
  test('fills the hidden field with what it saw, and sends it', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    await desktop.page.goto(`${stage.demo.origin}/start`);
    await shown(desktop.page, 'session_risk');
    await desktop.page.waitForFunction(() => {
      const value = document.querySelector<HTMLInputElement>('input[name="collector"]')?.value ?? '';
      return value !== '' && (JSON.parse(value) as { bot: { verdict: string } }).bot.verdict !== 'unknown';
    });
    await goOn(desktop.page);
    await shown(desktop.page, 'pii_form');
    const sent = new URLSearchParams(desktop.posts[0]?.postData() ?? '');
    const report = JSON.parse(sent.get('collector') ?? '') as Record<string, unknown>;
    expect(report).toMatchObject({ v: 1, screen: [1280, 800], pointer: 'fine', hover: true });
    expect(String(report['userAgent'])).toContain('Chrome/');
    expect((sent.get('collector') ?? '').length).toBeLessThan(16 * 1024);
    expectQuiet(desktop);
  });

  test('blocked libraries leave a page that works as before', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    await desktop.page.route('**/assets/vendor/**', (route) => route.abort('blockedbyclient'));
    await toForm(desktop, stage.demo);
    const sent = new URLSearchParams(desktop.posts[0]?.postData() ?? '');
    expect(JSON.parse(sent.get('collector') ?? '')).toMatchObject({ v: 1, canvas: null, bot: { verdict: 'unknown' } });
    expect(desktop.wrong.filter((line) => !line.includes('ERR_BLOCKED_BY_CLIENT'))).toEqual([]);
    expect(desktop.wrong).toHaveLength(2);
  });

  test('libraries that never arrive hold nobody up', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    await desktop.page.route('**/assets/vendor/**', () => undefined);
    await desktop.page.goto(`${stage.demo.origin}/start`);
    await shown(desktop.page, 'session_risk');
    // Pressed while the script is still at work, and again out of impatience.
    await desktop.page.locator('main form button').first().dblclick();
    await shown(desktop.page, 'pii_form');
    expect(answers(desktop)).toBe(1);
    expectQuiet(desktop);
  });
});

describe('waiting for the message', () => {
  test('“Send again” waits its time, then sends the very same link', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    const link = await toWait(desktop, stage);
    const sent = async (): Promise<number> => (await stage.gateway.outbox()).filter((message) => message.link === link).length;
    const button = page.getByRole('button', { name: 'Send again' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    expect(await page.locator('[data-resend-wait]').innerText()).toMatch(/in 0:\d\d/);
    await button.click({ force: true });
    expect(answers(desktop)).toBe(3);
    clock.advance({ seconds: 31 });
    await page.reload();
    expect(await button.getAttribute('aria-disabled')).toBeNull();
    await button.click();
    await page.getByText('You can send it 1 more time.').waitFor();
    expect(await sent()).toBe(2);
    expectQuiet(desktop);
  });
});

describe('a session about to end', () => {
  test('a dialog warns and gives more time; what is typed stays and can be sent', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await page.goto(`${hasty.origin}/start`);
    await shown(page, 'session_risk');
    const dialog = page.getByRole('dialog', { name: 'Do you need more time?' });
    await dialog.waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.closest('dialog')?.id)).toBe('more-time');
    await dialog.getByRole('button', { name: 'Give me more time' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.locator('[data-more-time-status]').innerText()).toBe('You have more time now.');
    await goOn(page);
    await shown(page, 'pii_form');
    await fillDetails(page);
    // 3 minutes in all, less the warning: it is shown again when two are left.
    clock.advance({ seconds: 70 });
    await page.reload();
    await shown(page, 'pii_form');
    await dialog.waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await fillDetails(page);
    await goOn(page);
    await shown(page, 'pii_review');
    expect(await page.locator('main').innerText()).toContain(ANDREW.street);
    expectQuiet(desktop);
  });

  test('the dialog says so when no more time is to be had', async ({ seats }) => {
    const demo = await stage.addDemo('hasty_once', { journeySeconds: 120, maxExtensions: 1 });
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await page.goto(`${demo.origin}/start`);
    const dialog = page.getByRole('dialog', { name: 'Do you need more time?' });
    await dialog.waitFor();
    // Used up from another tab meanwhile.
    const second = await desktop.context.newPage();
    await second.goto(`${page.url()}/more-time`);
    await shown(second, 'more_time');
    await second.getByRole('button', { name: 'Give me more time' }).click();
    await shown(second, 'session_risk');
    await dialog.getByRole('button', { name: 'Give me more time' }).click();
    await dialog.locator('[data-failed]').waitFor();
    expect(await dialog.locator('[data-failed]').innerText()).toContain('could not add time');
    expect(await page.locator('[data-more-time-status]').innerText()).toBe('');
    expectQuiet(desktop);
  });

  test('more time without JavaScript, by the link on the page', async ({ seats }) => {
    const desktop = await seats.desk(stage, { javaScriptEnabled: false });
    const { page } = desktop;
    await page.goto(`${hasty.origin}/start`);
    const until = async (): Promise<number> => Date.parse((await page.locator('.time-left time').getAttribute('datetime')) ?? '');
    const first = await until();
    await page.getByRole('link', { name: 'Ask for more time' }).click();
    await shown(page, 'more_time');
    await page.getByRole('button', { name: 'Give me more time' }).click();
    await shown(page, 'session_risk');
    expect((await until()) - first).toBe(60_000);
    expectQuiet(desktop);
  });

  test('a page left open past its time loads itself and says that time ran out', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await page.clock.install();
    await page.goto(`${hasty.origin}/start`);
    await shown(page, 'session_risk');
    clock.advance({ seconds: 121 });
    await page.clock.fastForward(121_000);
    await shown(page, 'denied');
    expect(await page.locator('h1').innerText()).toBe('Time ran out');
    expectQuiet(desktop);
  });
});
