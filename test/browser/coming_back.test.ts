/**
 * Coming back on computers and phones whose profiles lie on disk, closed and opened again: known by cookie and key
 * together, and by neither alone.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { journeyLines } from '../../src/commands/journey_lines.ts';
import type { Db } from '../../src/store/database.ts';
import { journeyReport } from '../../src/store/journey_report.ts';
import { profileContext } from '../support/chromium.ts';
import { choice, expectQuiet, fillDetails, goOn, linkTo, numberOn, openStage, ownNumber, shown, sit, test, type Details, type Seat, type Seats, type Stage } from './walk.ts';

const [DEVICE, PHONE] = ['urn:gatehouse:acr:device', 'urn:gatehouse:acr:phone'];
const IMOGEN: Details = { givenName: 'Imogen', familyName: 'Hartley-Vance', street: '27 Larkspur Row', city: 'Harrogate', region: 'North Yorkshire', postalCode: 'HG2 9ZX' };
/** As long as a session is reused without a word, and a little longer; milliseconds. */
const BEYOND_REUSE_MS = 16 * 60_000;

let stage: Stage;
let db: Db;
/** How far the gateway's clock is ahead of ours. */
let ahead = 0;
const folders: string[] = [];
const opened: Seat[] = [];

beforeAll(async () => {
  stage = await openStage({ replace: { now: () => Date.now() + ahead, onDatabase: (database) => { db = database.db; } } });
});
afterEach(async () => {
  for (const { context } of opened.splice(0)) await context.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});
afterAll(() => stage?.close());

function newProfile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-profile-'));
  folders.push(folder);
  return folder;
}

async function openOn(profile: string, kind: 'desktop' | 'phone' = 'desktop'): Promise<Seat> {
  const seat = await sit(await profileContext(profile, kind, stage.browser.version()));
  opened.push(seat);
  return seat;
}

/** The pages that were answered in this browser, oldest first: by hand, or by themselves. */
function answered({ posts }: Seat): readonly string[] {
  return posts.map((post) => new URLSearchParams(post.postData() ?? '').get('page') ?? post.url());
}

interface Verifying {
  /** How the application begins; default without a word about whom. */
  readonly from?: string;
  readonly details?: Details;
  readonly country?: string;
  /** Of the person's phone. */
  readonly number?: string;
}

/** The whole check by the phone path, to the application's page. */
async function verify({ page }: Seat, phone: Seat, { from = '/start', details = {}, country, number = ownNumber() }: Verifying = {}): Promise<{ number: string }> {
  await page.goto(stage.demo.origin + from);
  await shown(page, 'session_risk');
  await goOn(page);
  await shown(page, 'pii_form');
  if (country !== undefined) await page.locator('#country').selectOption(country);
  await fillDetails(page, { ...details, phone: number });
  await goOn(page);
  await shown(page, 'pii_review');
  await goOn(page);
  await confirm(page, phone, number);
  return { number };
}

/** The link of the page that waits is confirmed on this phone, and the page goes on to the application. */
async function confirm(page: Page, phone: Seat, number: string): Promise<void> {
  await shown(page, 'sms_wait');
  await phone.page.goto(await linkTo(stage, number));
  await choice(phone.page, await numberOn(page)).click();
  await shown(phone.page, 'phone_done');
  await shown(page, 'demo_result');
}

/** Verified on a laptop of this profile, signed out as the application offers it, and closed. */
async function verifiedOn(profile: string, seats: Seats): Promise<{ number: string; phone: Seat }> {
  const [laptop, phone] = [await openOn(profile), await seats.phone(stage)];
  const { number } = await verify(laptop, phone);
  await signOut(laptop);
  await leave(laptop);
  return { number, phone };
}

async function signOut({ page }: Seat): Promise<void> {
  await page.getByRole('link', { name: 'Sign out' }).click();
  await shown(page, 'logout');
  await goOn(page);
  await shown(page, 'demo_home');
}

/** The browser is closed; nothing had gone wrong in it. */
async function leave(visitor: Seat): Promise<void> {
  expectQuiet(visitor);
  opened.splice(opened.indexOf(visitor), 1);
  await visitor.context.close();
}

/** What the application was told, as its page shows it. */
async function claim(page: Page, name: string): Promise<string> {
  return page.locator('tr', { has: page.locator(`th code:text-is("${name}")`) }).locator('td').innerText();
}

/** The application's link, and then its result, with nothing on the way that a person had to do. */
async function signedInAtOnce(seat: Seat, path = '/start'): Promise<void> {
  const { page } = seat;
  const before = answered(seat).length;
  await page.goto(`${stage.demo.origin}/`);
  await page.goto(stage.demo.origin + path);
  await shown(page, 'demo_result');
  expect(await page.locator('.badge-good').innerText()).toBe('Approved');
  expect(await claim(page, 'acr')).toBe(DEVICE);
  expect(JSON.parse(await claim(page, 'amr'))).toEqual(expect.arrayContaining(['swk', 'pop']));
  expect(answered(seat).slice(before)).toEqual(['device_proof']);
}

const deviceCookieOf = async (context: BrowserContext) => (await context.cookies()).filter(({ name }) => name === 'gatehouse_device_test');

describe('a browser that comes back', () => {
  test('is signed in at once: the laptop, and the phone as well', async ({ seats }) => {
    const [own, pocket] = [newProfile(), newProfile()];
    const [laptop, phone] = [await openOn(own), await openOn(pocket, 'phone')];
    await verify(laptop, phone);
    const subject = await claim(laptop.page, 'sub');
    expect(await claim(laptop.page, 'acr')).toBe(PHONE);
    await signOut(laptop);
    await leave(laptop);
    await leave(phone);

    const again = await openOn(own);
    await signedInAtOnce(again);
    expect(await claim(again.page, 'sub')).toBe(subject);
    expect(await again.page.locator('h1').innerText()).toBe('Welcome back');
    // What the operator's command prints of it.
    const report = await journeyReport(db, await claim(again.page, 'transaction_id'));
    const lines = report ? journeyLines(report).join('\n') : '';
    expect(lines).toContain('(trusted_device): trusted');
    expect(lines).toMatch(/trusted at browser by an earlier journey: sms_link/);
    await again.page.goBack();
    await shown(again.page, 'demo_home');
    await leave(again);

    const inHand = await openOn(pocket, 'phone');
    await signedInAtOnce(inHand);
    expect(await claim(inHand.page, 'sub')).toBe(subject);
    await leave(inHand);

    // Somebody else's browser, and the same one in a private window, are strangers.
    for (const stranger of [await openOn(newProfile()), await seats.desk(stage)]) {
      await stranger.page.goto(`${stage.demo.origin}/start`);
      await shown(stranger.page, 'session_risk');
      expectQuiet(stranger);
    }
  });

  test('in two tabs at once is signed in in both, while the cookie changes under them', async ({ seats }) => {
    const own = newProfile();
    await verifiedOn(own, seats);
    const laptop = await openOn(own);
    await laptop.page.goto(`${stage.demo.origin}/`);
    const tabs = [laptop.page, await laptop.context.newPage()];
    await Promise.all(tabs.map((tab) => tab.goto(`${stage.demo.origin}/start`)));
    for (const tab of tabs) {
      await shown(tab, 'demo_result');
      expect(await tab.locator('.badge-good').innerText()).toBe('Approved');
    }
    await signOut(laptop);
    await signedInAtOnce(laptop);
    await leave(laptop);
  });
});

describe('less than the whole browser', () => {
  test('every cookie in another profile is stepped up, and the owner is known as before', async ({ seats }) => {
    const own = newProfile();
    const [laptop, phone] = [await openOn(own), await seats.phone(stage)];
    await verify(laptop, phone);
    const cookies = await laptop.context.cookies();
    expect(cookies.length).toBeGreaterThan(1);
    const device = await deviceCookieOf(laptop.context);
    expect(device).toHaveLength(1);
    ahead += BEYOND_REUSE_MS;
    for (const copied of [cookies, device]) {
      const thief = await openOn(newProfile());
      await thief.context.addCookies(copied);
      await thief.page.goto(`${stage.demo.origin}/start?prompt=none`);
      await shown(thief.page, 'demo_error');
      await thief.page.goto(`${stage.demo.origin}/start`);
      await shown(thief.page, 'sms_wait');
      await leave(thief);
    }
    await signedInAtOnce(laptop);
    await leave(laptop);
  });

  test('without its key it is stepped up, and known again after the message', async ({ seats }) => {
    const own = newProfile();
    const { number, phone } = await verifiedOn(own, seats);
    const laptop = await openOn(own);
    const { page } = laptop;
    await page.goto(`${stage.gateway.origin}/`);
    await page.evaluate(() => new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('gatehouse');
      request.addEventListener('success', resolve);
      for (const name of ['error', 'blocked']) request.addEventListener(name, reject);
    }));
    await page.goto(`${stage.demo.origin}/start`);
    await confirm(page, phone, number);
    expect(await claim(page, 'acr')).toBe(PHONE);
    expect(answered(laptop)).toEqual(['device_proof']);
    await signOut(laptop);
    await signedInAtOnce(laptop);
    await leave(laptop);
  });

  test('without its cookie it is a stranger, key or not', async ({ seats }) => {
    const own = newProfile();
    await verifiedOn(own, seats);
    const laptop = await openOn(own);
    await laptop.context.clearCookies();
    await laptop.page.goto(`${stage.demo.origin}/start`);
    await shown(laptop.page, 'session_risk');
    await leave(laptop);
  });

  test('a copy of the whole profile is found once the owner came back twice, and neither is trusted', async ({ seats }) => {
    const [own, copy] = [newProfile(), newProfile()];
    await verifiedOn(own, seats);
    cpSync(own, copy, { recursive: true });
    const laptop = await openOn(own);
    await signedInAtOnce(laptop);
    await signOut(laptop);
    ahead += BEYOND_REUSE_MS;
    await signedInAtOnce(laptop);
    ahead += BEYOND_REUSE_MS;
    const thief = await openOn(copy);
    await thief.page.goto(`${stage.demo.origin}/start`);
    await shown(thief.page, 'session_risk');
    await leave(thief);
    // Two held its cookie, and nobody can say which of them is the owner: the device is trusted no more.
    await signOut(laptop);
    await laptop.page.goto(`${stage.demo.origin}/start`);
    await shown(laptop.page, 'session_risk');
    await leave(laptop);
  });
});

describe('a person', () => {
  test('who takes a device out of their list is verified anew on it, and not on the others', async () => {
    const [own, pocket] = [newProfile(), newProfile()];
    const [laptop, phone] = [await openOn(own), await openOn(pocket, 'phone')];
    await verify(laptop, phone);
    await phone.page.getByRole('link', { name: 'Your devices' }).click();
    await shown(phone.page, 'my_link');
    await goOn(phone.page);
    await shown(phone.page, 'my_devices');
    const shownDevice = phone.page.locator('li.device', { hasText: 'Chrome on Linux' });
    expect(await phone.page.locator('li.device').count()).toBe(2);
    await shownDevice.getByRole('link', { name: 'Remove' }).click();
    await shown(phone.page, 'my_confirm');
    await goOn(phone.page);
    await phone.page.getByRole('status').getByText('was removed').waitFor();
    expect(await phone.page.locator('li.device').count()).toBe(1);

    // Within the time of reuse, and with the session still there.
    await laptop.page.goto(`${stage.demo.origin}/start`);
    await shown(laptop.page, 'session_risk');
    await signedInAtOnce(phone);
    expectQuiet(laptop, phone);
  });

  test('is never signed in as another who uses the same laptop', async ({ seats }) => {
    const laptop = await openOn(newProfile());
    const { page } = laptop;
    await verify(laptop, await seats.phone(stage), { from: '/start?login_hint=andrew' });
    const andrew = await claim(page, 'sub');
    // Andrew's session is still there.
    await verify(laptop, await seats.phone(stage), { from: '/start?login_hint=imogen', details: IMOGEN, country: 'GB', number: '+447400123456' });
    const imogen = await claim(page, 'sub');
    expect(imogen).not.toBe(andrew);
    await signOut(laptop);
    // Of two people none is guessed.
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'session_risk');
    await signedInAtOnce(laptop, '/start?login_hint=andrew');
    expect(await claim(page, 'sub')).toBe(andrew);
    await signedInAtOnce(laptop, '/start?login_hint=imogen');
    expect(await claim(page, 'sub')).toBe(imogen);
    await page.goto(`${stage.demo.origin}/start?login_hint=somebody-else`);
    await shown(page, 'session_risk');
    await leave(laptop);
  });
});
