/** The console without its scripts, and without a mouse: nothing of it needs either. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { area, at, faultAt, openOffice, press, signIn, staffed, type Colleague, type Office } from './console_walk.ts';
import { expectQuiet, test } from './walk.ts';

let office: Office;
let ada: Colleague;
beforeAll(async () => {
  office = await openOffice();
  ({ ada } = await staffed(office));
});
afterAll(() => office?.close());

test('without JavaScript: sign in, filter the journeys, add an entry to a list', async ({ seats }) => {
  const desk = await seats.desk(office, { javaScriptEnabled: false, statuses: [422] });
  const { page } = desk;
  // Whoever comes to a page is led to it once they are signed in.
  await page.goto(`${office.gateway.origin}/admin/journeys?mode=test`);
  await at(page, 'Sign in to the console');
  await signIn(page, ada);
  // A strict cookie does not come along where another page led here; the page in between leads on by itself.
  await at(page, 'Journeys');
  expect(new URL(page.url()).search).toBe('?mode=test');
  expect(await page.getByLabel('Mode').inputValue()).toBe('test');
  await page.getByLabel('Decision').selectOption('deny');
  await page.getByLabel('Mode').selectOption('live');
  await press(page, 'Show');
  expect(new URL(page.url()).searchParams.get('decision')).toBe('deny');
  expect(new URL(page.url()).searchParams.get('mode')).toBe('live');
  expect(await page.locator('.empty').getByRole('heading').innerText()).toBe('No journey fits');

  await area(page, 'Lists');
  await page.getByRole('link', { name: 'Add an entry' }).click();
  await page.getByLabel('Value').fill('203.0.113.300');
  await page.getByLabel('Reason').fill('Scripted sign-ups');
  await press(page, 'Add');
  await faultAt(page, 'value');
  // What was right is still there.
  expect(await page.getByLabel('Reason').inputValue()).toBe('Scripted sign-ups');
  await page.getByLabel('Value').fill('203.0.113.30');
  await press(page, 'Add');
  await at(page, 'Lists');
  expect(await page.getByRole('row').filter({ hasText: '203.0.113.30' }).innerText()).toMatch(/blocked[\s\S]*Scripted sign-ups[\s\S]*never/);
  expectQuiet(desk);
});

test('with the keyboard alone: sign in, add an entry to a list', async ({ seats }) => {
  const desk = await seats.desk(office);
  const { page } = desk;
  await page.goto(`${office.gateway.origin}/admin`);
  await at(page, 'Sign in to the console');
  await tabTo(page, '#email');
  await page.keyboard.type(ada.email);
  await tabTo(page, '#password');
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');
  await at(page, 'Second step');
  await tabTo(page, '#code');
  await page.keyboard.type(await ada.code());
  await page.keyboard.press('Enter');
  await at(page, 'Overview');
  // The first stop leads past the navigation.
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  await page.reload();
  await tabTo(page, '.admin-nav a[href="/admin/lists"]');
  await page.keyboard.press('Enter');
  await at(page, 'Lists');
  await tabTo(page, 'main a[href="/admin/lists/new"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/admin/lists/new');
  await tabTo(page, '#effect');
  await tabTo(page, '#kind');
  // A choice by its first letters.
  await page.keyboard.type('Net');
  expect(await page.locator('#kind').inputValue()).toBe('net');
  await tabTo(page, '#value');
  await page.keyboard.type('198.51.100.0/24');
  await tabTo(page, '#reason');
  await page.keyboard.type('By keyboard alone');
  await tabTo(page, '#entry button[type="submit"]');
  await page.keyboard.press('Enter');
  await at(page, 'Lists');
  expect(await page.getByRole('row').filter({ hasText: '198.51.100.0/24' }).innerText()).toContain('By keyboard alone');
  // And out.
  await tabTo(page, '.admin-who button');
  await page.keyboard.press('Enter');
  await at(page, 'Sign in to the console');
  expectQuiet(desk);
});

/** Tab until this has the focus, with every stop on the way to be seen and nothing to be trapped in. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let stops = 0; stops < 60; stops += 1) {
    await page.keyboard.press('Tab');
    const { there, seen, what } = await page.evaluate((wanted) => {
      const now = document.activeElement ?? document.body;
      const style = getComputedStyle(now);
      return { there: now === document.querySelector(wanted), seen: style.outlineStyle !== 'none' || style.boxShadow !== 'none', what: now.outerHTML.slice(0, 120) };
    }, selector);
    expect(seen, `the focus is not to be seen on ${what}`).toBe(true);
    if (there) return;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}
