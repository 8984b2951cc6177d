/** A laptop's browser with a profile on disk, closed and opened again: known by its cookie and its key together, and by neither alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { choice, fillDetails, goOn, linkTo, numberOn, openStage, ownNumber, shown, test, type Seats, type Stage } from './walk.ts';
import type { Db } from '../../src/store/database.ts';

let stage: Stage;
let db: Db;
const folders: string[] = [];
const opened: BrowserContext[] = [];

beforeAll(async () => {
  stage = await openStage({ replace: { onDatabase: (database) => { db = database.db; } } });
});
afterEach(async () => {
  for (const context of opened.splice(0)) await context.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
afterAll(() => stage?.close());

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-profile-'));
  folders.push(folder);
  return folder;
}

/** A browser of its own on this profile. */
async function browserOn(folder: string): Promise<{ context: BrowserContext; page: Page; pages: string[] }> {
  const version = stage.browser.version().split('.')[0];
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-blink-features=AutomationControlled'],
    viewport: { width: 1280, height: 800 }, locale: 'en-US',
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
  });
  context.setDefaultTimeout(30_000);
  opened.push(context);
  const page = context.pages()[0] ?? (await context.newPage());
  const pages: string[] = [];
  page.on('domcontentloaded', () => void page.locator('body').getAttribute('data-page').then((name) => name !== null && pages.push(name), () => undefined));
  return { context, page, pages };
}

/** Verified on this profile, with the browser closed afterwards. */
async function verifiedOn(folder: string, seats: Seats): Promise<{ phone: string }> {
  const { context, page } = await browserOn(folder);
  const phone = ownNumber();
  await page.goto(`${stage.demo.origin}/start`);
  await shown(page, 'session_risk');
  await goOn(page);
  await shown(page, 'pii_form');
  await fillDetails(page, { phone });
  await goOn(page);
  await shown(page, 'pii_review');
  await goOn(page);
  await shown(page, 'sms_wait');
  const hand = await seats.phone(stage);
  await hand.page.goto(await linkTo(stage, phone));
  await choice(hand.page, await numberOn(page)).click();
  await shown(hand.page, 'phone_done');
  await shown(page, 'demo_result');
  await context.close();
  return { phone };
}

/** Forget the session and every other cookie of ours but the device's. */
async function signOut(context: BrowserContext): Promise<void> {
  const kept = (await context.cookies()).filter(({ name }) => name === 'gatehouse_device');
  expect(kept).toHaveLength(1);
  await context.clearCookies();
  await context.addCookies(kept);
}

describe('a browser that comes back', () => {
  test('is signed in without a question, and the back button does not lead to the check', async ({ seats }) => {
    const folder = newFolder();
    await verifiedOn(folder, seats);
    const { context, page, pages } = await browserOn(folder);
    await signOut(context);
    await page.goto(`${stage.demo.origin}/`);
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'demo_result');
    expect(await page.locator('.badge-good').innerText()).toBe('Approved');
    expect(pages.filter((name) => !name.startsWith('demo_') && name !== 'device_proof')).toEqual([]);
    await page.goBack();
    await shown(page, 'demo_home');
  });

  test('with its cookie in another profile gets a text message', async ({ seats }) => {
    const folder = newFolder();
    await verifiedOn(folder, seats);
    const own = await browserOn(folder);
    const cookies = (await own.context.cookies()).filter(({ name }) => name === 'gatehouse_device');
    const thief = await browserOn(newFolder());
    await thief.context.addCookies(cookies);
    await thief.page.goto(`${stage.demo.origin}/start`);
    await shown(thief.page, 'sms_wait');
  });

  test('without its key gets a text message, and is known again after it', async ({ seats }) => {
    const folder = newFolder();
    const { phone } = await verifiedOn(folder, seats);
    const { context, page } = await browserOn(folder);
    await signOut(context);
    await page.goto(`${stage.gateway.origin}/`);
    await page.evaluate(() => new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('gatehouse');
      request.addEventListener('success', resolve);
      request.addEventListener('error', reject);
      request.addEventListener('blocked', reject);
    }));
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'sms_wait');
    const hand = await seats.phone(stage);
    await hand.page.goto(await linkTo(stage, phone));
    await choice(hand.page, await numberOn(page)).click();
    await shown(page, 'demo_result');
    await signOut(context);
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'demo_result');
  });

  test('after its trust was taken away is verified anew', async ({ seats }) => {
    const folder = newFolder();
    await verifiedOn(folder, seats);
    await db.updateTable('device_trust').set({ revoked_at: Date.now(), revoked_reason: 'by_person' }).execute();
    const { page } = await browserOn(folder);
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'session_risk');
  });
});
