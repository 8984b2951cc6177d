/**
 * Takes a picture of every page of a real journey, on both devices, 390 and 1280 pixels wide, light and dark:
 * `node test/browser/shots.ts <folder> [locale]`. Starts a gateway of its own; nothing is left behind but the pictures.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { startDemo } from '../../src/demo/demo.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { desktopContext, launchChromium, phoneContext } from '../support/chromium.ts';
import { SettableClock } from '../support/clock.ts';
import { ANDREW, CONSENT_TEXTS, startGateway } from '../support/gateway.ts';
import { STANDING_STILL } from './sample_pages.ts';

const folder = resolve(process.argv[2] ?? 'shots');
const locale = process.argv[3] ?? 'en-US';

mkdirSync(folder, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'gatehouse-shots-'));
const browser = await launchChromium();
const clock = new SettableClock();
const gateway = await startGateway({
  database: { folder: data, url: undefined },
  replace: { now: clock.now },
});
const demo = await startDemo({ issuer: gateway.origin, port: 0, outbox: `${gateway.origin}/dev/outbox` });
const template = TEMPLATES['user_onboarding'];
if (!template) throw new Error('no such template');
demo.use(await gateway.addWorkflow('shots', { ...template, options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: demo.phoneDone } }, 'test', {
  client_name: 'Harbour Credit',
  redirect_uris: [demo.callback],
  post_logout_redirect_uris: [`${demo.origin}/`],
}));

let taken = 0;
/** Four pictures of what is shown now. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`body[data-page="${name}"]`);
  taken += 1;
  const before = page.viewportSize();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const file = `${String(taken).padStart(2, '0')}-${name}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(folder, file), fullPage: true, animations: 'disabled', scale: 'css' });
    }
  }
  if (before) await page.setViewportSize(before);
}

const press = (page: Page): Promise<void> => page.locator('main form button').first().click();

async function desktop(): Promise<Page> {
  const page = await (await desktopContext(browser, { locale })).newPage();
  // The page that moves on by itself holds still for its picture.
  await page.route('**/assets/go-on.js', (route) => route.fulfill({ contentType: 'text/javascript', body: STANDING_STILL }));
  return page;
}

async function phone(): Promise<Page> {
  return (await phoneContext(browser, { locale })).newPage();
}

async function toWait(page: Page, shot: (name: string) => Promise<void>): Promise<string> {
  await page.goto(`${demo.origin}/start`);
  await shot('session_risk');
  await press(page);
  await shot('pii_form');
  for (const [id, value] of Object.entries({
    given_name: ANDREW.givenName, family_name: ANDREW.familyName, street: ANDREW.street, city: ANDREW.city,
    region: ANDREW.region, postal_code: ANDREW.postalCode, phone: ANDREW.phone,
  })) await page.locator(`#${id}`).fill(value);
  await press(page);
  await shot('pii_review');
  await press(page);
  await shot('sms_wait');
  return (await gateway.outbox())[0]?.link ?? '';
}

const only = (page: Page, ...names: readonly string[]) => async (name: string): Promise<void> => {
  if (names.includes(name)) await shoot(page, name);
  else await page.waitForSelector(`body[data-page="${name}"]`);
};

try {
  // A run that is approved.
  const one = await desktop();
  await one.goto(gateway.origin);
  await shoot(one, 'home');
  await one.goto(demo.origin);
  await shoot(one, 'demo_home');
  const link = await toWait(one, (name) => shoot(one, name));
  const hand = await phone();
  await hand.goto(link);
  await shoot(hand, 'phone_confirm');
  await hand.locator(`button[value="${(await one.locator('output').innerText()).trim()}"]`).click();
  await shoot(hand, 'phone_done');
  await hand.goto(link);
  await shoot(hand, 'phone_gone');
  await shoot(one, 'finished');
  await press(one);
  await shoot(one, 'demo_result');
  await one.getByRole('link', { name: 'Sign out' }).click();
  await shoot(one, 'logout');

  // Faults in the form, more time, a page of the past.
  const two = await desktop();
  await two.goto(`${demo.origin}/start`);
  await press(two);
  await two.waitForSelector('body[data-page="pii_form"]');
  const at = two.url();
  await press(two);
  await two.waitForSelector('.summary');
  await shoot(two, 'pii_form');
  await two.goto(`${at}/more-time`);
  await shoot(two, 'more_time');
  clock.advance({ minutes: 28, seconds: 30 });
  await two.goto(at);
  await two.waitForSelector('dialog[open]');
  await shoot(two, 'pii_form');
  clock.advance({ minutes: 3 });
  await two.goto(at);
  await shoot(two, 'denied');
  await press(two);
  await shoot(two, 'demo_error');
  await two.goto(at);
  await shoot(two, 'stale');
  await two.goto(`${gateway.origin}/nothing-here`);
  await shoot(two, 'error');

  // The link opened where it should not be, and refused.
  const three = await desktop();
  const second = await toWait(three, only(three));
  const wrong = await desktop();
  await wrong.goto(second);
  await shoot(wrong, 'phone_confirm');
  const other = await phone();
  await other.goto(second);
  await other.locator('button[name="refuse"]').click();
  await shoot(other, 'phone_stopped');
  await shoot(three, 'denied');
  await three.goto(`${gateway.origin}/dev/outbox`);
  await shoot(three, 'outbox');
  process.stdout.write(`${taken} pages in ${folder}\n`);
} finally {
  await browser.close();
  await demo.close();
  await gateway.close();
  rmSync(data, { recursive: true, force: true });
}
