/**
 * What every page owes everybody: no axe violation in light or dark, wide or narrow; nothing cut off or to be scrolled
 * sideways at 320 pixels or with text twice as large; no movement for those who asked for none.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { LOCALES } from '../../src/http/locales/index.ts';
import { PAGES } from '../../src/hosted/pages.ts';
import { axe, ownAuthenticator } from '../support/chromium.ts';
import { samplePages, serveSamples, settled, STANDING_STILL } from './sample_pages.ts';
import { choice, expectQuiet, fillDetails, goOn, linkTo, numberOn, openStage, ownNumber, shown, test, type Seats, type Stage } from './walk.ts';

let stage: Stage;
let samples: Awaited<ReturnType<typeof serveSamples>>;
const english = samplePages('en');

beforeAll(async () => {
  stage = await openStage();
  samples = await serveSamples(new Map(LOCALES.flatMap((locale) => [...samplePages(locale)].map(([name, html]) => [`${locale}/${name}`, html] as const))));
});
afterAll(async () => {
  samples?.close();
  await stage?.close();
});

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** WCAG 1.4.10: the narrowest window in which nothing may have to be scrolled sideways. */
const NARROW = { width: 320, height: 640 };

/** What sticks out of the window, or is cut off in a box of its own. */
async function overflow(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) out.push(`page ${document.documentElement.scrollWidth} wide`);
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      const { overflowX } = getComputedStyle(element);
      // What is typed into a field scrolls within it.
      const clips = (overflowX === 'hidden' || overflowX === 'clip') && element.clientWidth > 1 && element.tagName !== 'INPUT';
      if (clips && element.scrollWidth > element.clientWidth + 1) out.push(`cut off: ${element.outerHTML.slice(0, 100)}`);
      const box = element.getBoundingClientRect();
      if (box.width > 1 && box.right > innerWidth + 1 && !element.closest('.scroll, pre')) out.push(`sticks out: ${element.outerHTML.slice(0, 100)}`);
    }
    return out;
  });
}

const small = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => [...document.querySelectorAll<HTMLElement>('button, input:not([type=hidden]), select')]
    .filter((target) => target.checkVisibility() && !target.closest('[aria-hidden="true"]') && (target.getBoundingClientRect().height < 44 || target.getBoundingClientRect().width < 44))
    .map((target) => target.outerHTML.slice(0, 100)));

const LOOKS = [[WIDE, 'light'], [PHONE, 'dark'], [WIDE, 'dark'], [PHONE, 'light']] as const;

/** In every look, or in the two that differ most. */
async function examine(page: Page, name: string, looks: number): Promise<void> {
  for (const [size, scheme] of LOOKS.slice(0, looks)) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme });
    expect(await axe(page), `${name} ${size.width} ${scheme}`).toEqual([]);
    expect(await overflow(page), `${name} ${size.width}`).toEqual([]);
  }
  expect(await small(page), name).toEqual([]);
  await narrow(page, name);
}

async function narrow(page: Page, name: string): Promise<void> {
  await page.setViewportSize(NARROW);
  expect(await overflow(page), `${name} at 320 pixels`).toEqual([]);
  // WCAG 1.4.4: text alone twice as large, in a window as wide as a phone.
  await page.setViewportSize(PHONE);
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  const size = await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('h1') ?? document.body).fontSize));
  expect(size, name).toBeGreaterThan(36);
  expect(await overflow(page), `${name} with text at 200 %`).toEqual([]);
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
}

const names = [...Object.keys(PAGES), 'demo'];

describe.concurrent('every page', () => {
  test.for(names)('%s', async (name, { seats }) => {
    const { page, wrong } = await seats.desk(stage);
    // Samples stand still: some of them wait for a time that is long past.
    await page.route('**/assets/wait.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
    // So that what is offered to devices that keep passkeys is seen.
    await ownAuthenticator(page);
    const own = [...english.keys()].filter((key) => key.startsWith(`${name}-`));
    expect(own.length).toBeGreaterThan(0);
    for (const [index, key] of own.entries()) {
      await page.goto(`${samples.origin}/en/${key}`);
      await settled(page);
      await examine(page, key, index === 0 ? LOOKS.length : 2);
    }
    for (const key of name === 'demo' ? [] : own) {
      await page.goto(`${samples.origin}/es/${key}`);
      expect(await page.locator('html').getAttribute('lang')).toBe('es');
      await narrow(page, `${key} in Spanish`);
    }
    expect(wrong).toEqual([]);
  });

  test('no movement where none is wanted', async ({ seats }) => {
    const moving = async (page: Page): Promise<number> => page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length);
    const calm = await seats.desk(stage, { reducedMotion: 'reduce' });
    const usual = await seats.desk(stage);
    let moved = 0;
    for (const name of ['working', 'sms_wait', 'phone_confirm']) {
      const key = [...english.keys()].find((one) => one.startsWith(`${name}-`));
      await calm.page.goto(`${samples.origin}/en/${key}`);
      expect(await moving(calm.page), key).toBe(0);
      await usual.page.goto(`${samples.origin}/en/${key}`);
      moved += await moving(usual.page);
    }
    expect(moved).toBeGreaterThan(0);
    expectQuiet(calm, usual);
  });
});

describe('the pages of a journey, as they are served', () => {
  test('have no axe violation, wide and light, narrow and dark', async ({ seats }) => {
    await journey(seats, async (page) => {
      for (const [size, colorScheme] of [[WIDE, 'light'], [NARROW, 'dark']] as const) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        expect(await axe(page), page.url()).toEqual([]);
        expect(await overflow(page), page.url()).toEqual([]);
      }
    });
  });

  test('the error summary takes the focus, and its links lead to the fields', async ({ seats }) => {
    const desktop = await seats.desk(stage, { statuses: [422] });
    const { page } = desktop;
    await page.goto(`${stage.demo.origin}/start`);
    await goOn(page);
    await shown(page, 'pii_form');
    await fillDetails(page, { givenName: '', phone: '12' });
    await goOn(page);
    await page.waitForSelector('.summary');
    expect(await page.title()).toMatch(/^Error: /);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('summary');
    await page.getByRole('link', { name: 'Enter your first name' }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('given_name');
    expect(await page.locator('#given_name').getAttribute('aria-invalid')).toBe('true');
    const described = (await page.locator('#phone').getAttribute('aria-describedby')) ?? '';
    expect(await page.locator(`#${described.split(' ').at(-1)}`).innerText()).toContain('valid mobile phone number');
    // What was right is still there, and the fault goes away once it is mended.
    expect(await page.locator('#family_name').inputValue()).toBe('Roshell');
    await fillDetails(page, { phone: ownNumber() });
    await goOn(page);
    await shown(page, 'pii_review');
    await page.getByRole('link', { name: 'Change First name' }).click();
    await shown(page, 'pii_form');
    expect(await page.locator('#given_name').inputValue()).toBe('Andrew');
    expectQuiet(desktop);
  });
});

/** One journey, looked at on every page. */
async function journey(seats: Seats, look: (page: Page) => Promise<void>): Promise<void> {
  const desktop = await seats.desk(stage);
  const { page } = desktop;
  await page.route('**/assets/go-on.js', (route) => route.fulfill({ contentType: 'text/javascript', body: STANDING_STILL }));
  await page.goto(stage.gateway.origin);
  await shown(page, 'home');
  await look(page);
  await page.goto(`${stage.demo.origin}/start`);
  await shown(page, 'session_risk');
  await look(page);
  await goOn(page);
  await shown(page, 'pii_form');
  await look(page);
  const own = ownNumber();
  await fillDetails(page, { phone: own });
  await goOn(page);
  await shown(page, 'pii_review');
  await look(page);
  await goOn(page);
  await shown(page, 'sms_wait');
  await look(page);
  const hand = await seats.phone(stage);
  await hand.page.goto(await linkTo(stage, own));
  await shown(hand.page, 'phone_confirm');
  await look(hand.page);
  await choice(hand.page, await numberOn(page)).click();
  await shown(hand.page, 'phone_done');
  await look(hand.page);
  await shown(page, 'finished');
  await look(page);
  await goOn(page);
  await shown(page, 'demo_result');
  await look(page);
  await page.getByRole('link', { name: 'Sign out' }).click();
  await shown(page, 'logout');
  await look(page);
  await goOn(page);
  await shown(page, 'demo_home');
  await look(page);
  await page.goto(`${stage.gateway.origin}/dev/outbox`);
  await shown(page, 'outbox');
  await look(page);
  expectQuiet(desktop, hand);
}
