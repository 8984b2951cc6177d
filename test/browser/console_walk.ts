/**
 * What the browser tests of the console share: a gateway without anybody on its staff, an application with a stock
 * client, the way to an administrator's session, and the console's pages by what stands at their head.
 */
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Db } from '../../src/store/database.ts';
import { launchChromium } from '../support/chromium.ts';
import { startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';
import { freePort, pause } from '../support/ports.ts';
import { freshDatabase } from '../support/postgres.ts';
import { acceptInvitation, STAFF_PASSWORD, totpCode } from '../support/staff.ts';
import { wholly, type Seat } from './walk.ts';

export interface Office {
  readonly browser: Browser;
  readonly gateway: TestGateway;
  readonly db: Db;
  /** What a first start prints for the first administrator. */
  readonly setupLink: string;
  close(): Promise<void>;
}

/** A gateway as it is at its first start: no staff, no workflow, no key. */
export async function openOffice(options: Omit<GatewayOptions, 'database' | 'share' | 'port'> = {}): Promise<Office> {
  const browser = await launchChromium();
  const database = await freshDatabase('pglite');
  let db: Db | undefined;
  const port = await freePort();
  const gateway = await startGateway({
    ...options, database, port,
    // A key that is nobody's: the harness makes no workflow then.
    share: { origin: `http://localhost:${port}`, masterKey: randomBytes(32), key: { clientId: '', clientSecret: '', redirectUri: '' } },
    replace: { ...options.replace, onDatabase: (opened) => { ({ db } = opened); } },
  });
  const setupLink = await gateway.gatehouse.adminSetup();
  if (db === undefined || setupLink === undefined) throw new Error('somebody is on the staff of a new gateway');
  return {
    browser, gateway, db, setupLink,
    async close() {
      await browser.close();
      await gateway.close();
      await database.drop();
    },
  };
}

/** Somebody on the staff, with their authenticator app. */
export interface Colleague {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly recoveryCodes: readonly string[];
  /** The app's next code that was not used yet: each is taken once, so it may be a while. */
  code(): Promise<string>;
}

const STEP_MS = 30_000;

/** @param used whether the code of this moment was used already */
function codesOf(secret: string, used: boolean): Colleague['code'] {
  let last = used ? Math.floor(Date.now() / STEP_MS) : 0;
  return async () => {
    // The gateway takes the code of the next step too: a phone's clock may be that wrong.
    while (Math.floor(Date.now() / STEP_MS) + 1 <= last) await pause(250);
    last = Math.max(last + 1, Math.floor(Date.now() / STEP_MS));
    return totpCode(secret, last * STEP_MS);
  };
}

/** From a set-up link or an invitation to the console, with a password and an authenticator app. */
export async function enrol(page: Page, link: string, who: { readonly name: string; readonly email: string }): Promise<Colleague> {
  await page.goto(link);
  await page.getByLabel('Your name').fill(who.name);
  await page.getByLabel('E-mail').fill(who.email);
  await page.getByLabel('Password', { exact: true }).fill(STAFF_PASSWORD);
  await page.getByLabel('The same password again').fill(STAFF_PASSWORD);
  await press(page, 'Continue');
  const secret = (await page.locator('.staff-key').innerText()).replaceAll(/\s/g, '');
  const code = codesOf(secret, false);
  await page.getByLabel('Code').fill(await code());
  await press(page, 'Finish');
  await page.locator('.staff-codes').waitFor();
  const recoveryCodes = await page.locator('.staff-codes code').allInnerTexts();
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await at(page, 'Overview');
  return { ...who, password: STAFF_PASSWORD, recoveryCodes, code };
}

/** Password and code, from wherever the sign-in page is. */
export async function signIn(page: Page, who: Colleague): Promise<void> {
  await page.getByLabel('E-mail').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await press(page, 'Continue');
  await page.getByLabel('Code').fill(await who.code());
  await press(page, 'Sign in');
}

/** Wait until the page with this heading is shown, and not the frame's own error page. */
export async function at(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor().catch(async (thrown: unknown) => {
    throw new Error(`waited for “${String(heading)}”, but “${await page.locator('main').innerText().catch(() => 'nothing')}” is shown at ${page.url()}`, { cause: thrown });
  });
  await wholly(page);
}

export function press(page: Page | Locator, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click();
}

/** To an area by the navigation, as people go. */
export async function area(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Areas' }).getByRole('link', { name, exact: true }).click();
  await at(page, name);
}

/** The sentence at a field that is marked as wrong; the summary at the head says it too, and leads there. */
export async function faultAt(page: Page, field: string): Promise<string> {
  const wrong = page.locator(`[id="${field}"][aria-invalid="true"]`);
  await wrong.waitFor();
  const described = ((await wrong.getAttribute('aria-describedby')) ?? '').split(' ');
  expect(described).toContain(`${field}-error`);
  const text = (await page.locator(`[id="${field}-error"]`).innerText()).replace(/^Error:\s*/, '').trim();
  const told = page.locator('.summary').getByRole('link', { name: text, exact: true });
  expect(await told.getAttribute('href')).toBe(`#${field}`);
  expect(await page.title()).toMatch(/^Error: /);
  return text;
}

/** The value beside a name in a list of facts. */
export function fact(page: Page | Locator, name: string): Locator {
  return page.locator('dt', { hasText: new RegExp(`^${name}$`) }).locator('xpath=following-sibling::dd[1]');
}

/** An application's own pages: where people come back to, and where the phone lands. */
export interface Application {
  readonly origin: string;
  readonly callback: string;
  readonly phoneDone: string;
  close(): Promise<void>;
}

export async function openApplication(): Promise<Application> {
  const server = createServer((request, response) => {
    // Chromium asks every site for its icon.
    if (request.url === '/favicon.ico') return void response.writeHead(204).end();
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return void response.end('<!doctype html><html lang="en"><title>Application</title><body data-page="application"><h1>Welcome back</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin, callback: `${origin}/callback`, phoneDone: `${origin}/phone-done`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface NewKey {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Make a test key of a workflow, and copy what the page shows. */
export async function makeTestKey(page: Page, key: { readonly name: string; readonly workflow: string; readonly redirectUri: string }): Promise<NewKey> {
  await area(page, 'Keys');
  await page.getByRole('link', { name: 'New key' }).click();
  await page.getByLabel('Name of the application').fill(key.name);
  await page.getByLabel('Workflow').selectOption(key.workflow);
  await page.getByLabel('Mode').selectOption('test');
  await page.getByLabel('Redirect URIs').fill(key.redirectUri);
  await press(page, 'Make the key');
  return { clientId: await fact(page, 'Client id').locator('code').innerText(), clientSecret: await page.locator('#secret').innerText() };
}

/** A draft from a template; the page that names it is left for the draft's own. */
export async function addWorkflow(page: Page, workflow: { readonly template: string; readonly name: string; readonly id: string; readonly asyncUIRedirect: string }): Promise<void> {
  await area(page, 'Workflows');
  await page.getByRole('link', { name: 'Add workflow' }).first().click();
  await page.getByRole('link', { name: new RegExp(`: ${workflow.template}$`) }).click();
  await page.getByLabel('Name', { exact: true }).fill(workflow.name);
  await page.locator('#id').fill(workflow.id);
  await page.locator('#asyncUIRedirect').fill(workflow.asyncUIRedirect);
  await press(page, 'Make the draft');
}

export async function deploy(page: Page, note: string): Promise<void> {
  await page.getByRole('link', { name: 'Review and deploy' }).click();
  await page.locator('#note').fill(note);
  await press(page, 'Deploy');
  await page.locator('.done-note').waitFor();
  expect(await page.locator('.done-note').innerText()).toMatch(/^Version \d+ is deployed\./);
}

/** The first administrator, set up without a browser; `enter` lets a browser in with the session that comes of it. */
export async function staffed(office: Office, name = 'Ada Byron'): Promise<{ readonly ada: Colleague; readonly enter: (seat: Seat) => Promise<void> }> {
  const { browser, person } = await acceptInvitation(office.gateway.origin, office.setupLink, { name });
  const cookies = browser.jar.all().filter((cookie) => cookie.name === 'gatehouse_staff').map(({ value }) => value);
  return {
    ada: { ...person, code: codesOf(person.secret, true) },
    async enter({ context, page }) {
      await context.addCookies(cookies.map((value) => ({ name: 'gatehouse_staff', value, domain: 'localhost', path: '/admin', httpOnly: true, sameSite: 'Strict' as const })));
      await page.goto(`${office.gateway.origin}/admin`);
      await at(page, 'Overview');
    },
  };
}
