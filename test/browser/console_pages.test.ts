/**
 * What every page of the console owes whoever works there: no axe violation in light or dark, from a phone's width to a
 * wide screen; no page to be scrolled sideways, at 320 pixels and with text twice as large; and its place in the navigation.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test as plain } from 'vitest';
import { NAV } from '../../src/admin/nav.ts';
import { allSamples } from '../admin/all_samples.ts';
import { axe, launchChromium, ownAuthenticator } from '../support/chromium.ts';
import { adminPages, serveSamples, settled } from './sample_pages.ts';
import { test } from './walk.ts';

let browser: Awaited<ReturnType<typeof launchChromium>>;
let site: Awaited<ReturnType<typeof serveSamples>>;
const samples = await allSamples();

beforeAll(async () => {
  browser = await launchChromium();
  // A page that leads on by itself stays to be looked at; it is empty but for its link.
  site = await serveSamples(new Map([...(await adminPages())].map(([name, html]) => [name, html.replace(/<meta http-equiv="refresh"[^>]*>/, '')])));
});
afterAll(async () => {
  site?.close();
  await browser?.close();
});

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [[DESK, 'light'], [PHONE, 'dark'], [DESK, 'dark'], [PHONE, 'light']] as const;
/** Nothing changes about colours there; the layout may. */
const WIDE = { width: 1600, height: 900 };
/** WCAG 1.4.10. */
const NARROW = { width: 320, height: 640 };
/** WCAG 2.5.8: the console is worked at a desk. */
const LEAST_TARGET = 24;

/** What makes the page itself wider than its window, or is cut off; tables and pictures scroll in boxes of their own. */
async function overflow(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) out.push(`page ${document.documentElement.scrollWidth} wide`);
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (element.closest('svg, .hidden, .skip, option')) continue;
      const { overflowX } = getComputedStyle(element);
      const clips = (overflowX === 'hidden' || overflowX === 'clip') && element.clientWidth > 1 && element.tagName !== 'INPUT';
      if (clips && element.scrollWidth > element.clientWidth + 1) out.push(`cut off: ${element.outerHTML.slice(0, 120)}`);
      // What can be scrolled can be scrolled by the keyboard.
      const scrolls = (overflowX === 'auto' || overflowX === 'scroll') && element.scrollWidth > element.clientWidth + 1;
      if (scrolls && element.tabIndex < 0 && element.tagName !== 'TEXTAREA') out.push(`the keyboard cannot scroll: ${element.outerHTML.slice(0, 120)}`);
      const box = element.getBoundingClientRect();
      if (box.width > 1 && (box.right > innerWidth + 1 || box.left < -1) && !element.closest('.table-wrap, .graph-wrap, .chart-wrap, pre')) out.push(`sticks out: ${element.outerHTML.slice(0, 120)}`);
    }
    return out.slice(0, 5);
  });
}

const small = (page: Page): Promise<readonly string[]> =>
  page.evaluate((least) => [...document.querySelectorAll<HTMLElement>('button, input:not([type=hidden]), select, textarea, summary')]
    .filter((target) => target.checkVisibility() && !target.closest('[aria-hidden="true"]') && (target.getBoundingClientRect().height < least || target.getBoundingClientRect().width < least))
    .map((target) => target.outerHTML.slice(0, 120)), LEAST_TARGET);

/** @param looks how many of the four; two for the further states of a page */
async function examine(page: Page, name: string, looks: number): Promise<void> {
  for (const [size, colorScheme] of LOOKS.slice(0, looks)) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    expect(await axe(page), `${name} ${size.width} ${colorScheme}`).toEqual([]);
    expect(await overflow(page), `${name} ${size.width}`).toEqual([]);
    expect(await small(page), `${name} ${size.width}`).toEqual([]);
  }
  await page.setViewportSize(WIDE);
  expect(await overflow(page), `${name} ${WIDE.width}`).toEqual([]);
  await page.setViewportSize(NARROW);
  expect(await overflow(page), `${name} ${NARROW.width}`).toEqual([]);
  // WCAG 1.4.4: text alone twice as large.
  await page.setViewportSize(DESK);
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  expect(await overflow(page), `${name} with text at 200 %`).toEqual([]);
}

/** What may be read about elsewhere; and where the messages of sandbox people arrive. */
const OUTSIDE: ReadonlySet<string> = new Set(['https://www.standardwebhooks.com', 'http://localhost:3000/dev/outbox']);

/** Samples by the template that they show. */
const views = [...new Set(samples.map(({ page }) => page.view))].toSorted();

describe.concurrent('every page', () => {
  test.for(views)('%s', async (view, { seats }) => {
    const desk = await seats.desk({ browser });
    // What is offered to devices that keep passkeys is seen.
    await ownAuthenticator(desk.page);
    for (const [index, { name }] of samples.filter(({ page }) => page.view === view).entries()) {
      await desk.page.goto(`${site.origin}/admin-${name}`);
      await settled(desk.page);
      await examine(desk.page, name, index === 0 ? LOOKS.length : 2);
    }
    // What somebody typed into the address in place of a date is shown again, and Chromium says what it thinks of it.
    expect(desk.wrong.filter((one) => !one.includes('does not conform to the required format, "yyyy-MM-dd"'))).toEqual([]);
  });

  test('shows where it belongs, and leads nowhere but within the console', async ({ seats }) => {
    const desk = await seats.desk({ browser });
    for (const { name, page: { area } } of samples) {
      await desk.page.goto(`${site.origin}/admin-${name}`);
      const here = await desk.page.locator('.admin-nav [aria-current="page"]').allInnerTexts();
      expect(here, name).toEqual(NAV.filter((entry) => entry.area === area).map(({ title }) => title));
      const hrefs = await desk.page.locator('a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
      expect(hrefs.filter((href) => !/^(?:\/admin(?:[/?]|$)|#[\w.-]+$|\?)/.test(href) && !OUTSIDE.has(href)), name).toEqual([]);
    }
  });
});

plain('there are samples of every area', () => {
  const areas = new Set(samples.map(({ page }) => page.area));
  expect(NAV.map(({ area }) => area).filter((area) => !areas.has(area))).toEqual([]);
});
