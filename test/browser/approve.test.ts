/** The whole way with the real pages, scripts and headers, ending at an application that is told "approved". */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { PREVIEW_BOTS } from '../support/devices.ts';
import { ANDREW } from '../support/gateway.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { STANDING_STILL } from './sample_pages.ts';
import { choice, expectQuiet, goOn, linkTo, numberOn, openStage, ownNumber, shown, throughForm, toWait, test, type Stage } from './walk.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

describe.concurrent('approval', () => {
  test('the desktop moves on by itself once the phone confirms, and previews of the link change nothing', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    for (const { userAgent, headers } of PREVIEW_BOTS) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await fetch(link, { method, headers: { ...headers, 'user-agent': userAgent } });
        expect(answer.status).toBe(200);
        expect(answer.headers.get('set-cookie')).toBeNull();
      }
    }
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await shown(hand.page, 'phone_confirm');
    expect(await hand.page.locator('main').innerText()).toContain('Harbour Credit');
    expect(await hand.page.locator('main').innerText()).toContain('Chrome on Linux');
    expect(await hand.page.locator('.warning').count()).toBe(0);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');

    await shown(desktop.page, 'demo_result');
    expect(new URL(desktop.page.url()).href).toBe(`${stage.demo.origin}/result`);
    expect(await desktop.page.locator('.badge-good').innerText()).toBe('Approved');
    expectQuiet(desktop, hand);
  });

  test('our own forms carry a real origin, and no address of ours is told to the application', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');
    const left: Request[] = [];
    desktop.page.on('request', (request) => {
      if (request.url().startsWith(stage.demo.origin)) left.push(request);
    });
    await shown(desktop.page, 'demo_result');
    const posts = [...desktop.posts, ...hand.posts];
    expect(posts.length).toBeGreaterThanOrEqual(4);
    for (const post of posts) {
      const headers = await post.allHeaders();
      expect(headers['origin']).toBe(stage.gateway.origin);
      expect(headers['sec-fetch-site']).toBe('same-origin');
    }
    expect(left.length).toBeGreaterThan(0);
    const referers = await Promise.all(left.map(async (request) => (await request.allHeaders())['referer']));
    expect(referers.filter((referer) => referer?.startsWith(stage.gateway.origin))).toEqual([]);
    expectQuiet(desktop, hand);
  });

  test('the way back is not blocked where the application itself redirects on to another origin', async ({ seats }) => {
    const far = await listening((_url, response) => response.end('<!doctype html><title>far</title><body data-page="far">Welcome'));
    const near = await listening((url, response) => {
      response.writeHead(303, { location: `${far.origin}/welcome${url.search}` });
      response.end();
    });
    const key = await stage.gateway.addWorkflow('redirecting', stage.source, 'test', { redirect_uris: [`${near.origin}/callback`] });
    const app = await RelyingParty.discover({ issuer: stage.gateway.origin, ...key });
    const signIn = await app.begin();
    const desktop = await seats.desk(stage);
    // The button itself is under test, so the script that goes on by itself stands aside.
    await desktop.page.route('**/assets/go-on.js', (route) => route.fulfill({ contentType: 'text/javascript', body: STANDING_STILL }));
    await desktop.page.goto(signIn.url.href);
    await goOn(desktop.page);
    await shown(desktop.page, 'pii_form');
    const link = await throughForm(desktop, stage);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(desktop.page, 'finished');
    await desktop.page.getByRole('button', { name: 'Continue' }).click();
    await shown(desktop.page, 'far');
    const callback = new URL(desktop.page.url());
    expect(callback.origin).toBe(far.origin);
    callback.host = new URL(near.origin).host;
    callback.pathname = '/callback';
    const tokens = await app.finish(callback, signIn);
    expect(tokens.claims()?.['policyDecision']).toBe('approve');
    expectQuiet(desktop, hand);
    far.server.close();
    near.server.close();
  });

  test('the whole run without JavaScript', async ({ seats }) => {
    const desktop = await seats.desk(stage, { javaScriptEnabled: false });
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage, { javaScriptEnabled: false });
    await hand.page.goto(link);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');
    // Nothing is pressed: the page's own refresh sees the answer, and that of the next page leaves for the application.
    await shown(desktop.page, 'demo_result');
    expect(await desktop.page.locator('.badge-good').innerText()).toBe('Approved');
    expectQuiet(desktop, hand);
  });

  test('with the keyboard alone', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await page.goto(`${stage.demo.origin}/start`);
    await shown(page, 'session_risk');
    await tabTo(page, 'main form button');
    await page.keyboard.press('Enter');
    await shown(page, 'pii_form');
    // The link to the main content is the first stop, and it leads past the header.
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip');
    await page.keyboard.press('Enter');
    const order: string[] = [];
    const own = ownNumber();
    const typed: Record<string, string> = {
      given_name: ANDREW.givenName, family_name: ANDREW.familyName, street: ANDREW.street, city: ANDREW.city,
      region: ANDREW.region, postal_code: ANDREW.postalCode, phone: own,
    };
    for (let stops = 0; stops < 10 && order.at(-1) !== 'phone'; stops += 1) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate(() => document.activeElement?.id ?? '');
      order.push(id);
      if (typed[id] !== undefined) await page.keyboard.type(typed[id]);
    }
    expect(order).toEqual(['given_name', 'family_name', 'country', 'street', 'city', 'region', 'postal_code', 'phone']);
    await page.keyboard.press('Enter');
    await shown(page, 'pii_review');
    await tabTo(page, 'button[value="send"]');
    await page.keyboard.press('Enter');
    await shown(page, 'sms_wait');
    const number = await numberOn(page);
    const hand = await seats.phone(stage);
    await hand.page.goto(await linkTo(stage, own));
    await tabTo(hand.page, `button[name="number"][value="${number}"]`);
    await hand.page.keyboard.press('Enter');
    await shown(hand.page, 'phone_done');
    await shown(page, 'demo_result');
    expectQuiet(desktop, hand);
  });

  test('in Spanish, on both devices', async ({ seats }) => {
    const desktop = await seats.desk(stage, { locale: 'es-MX' });
    const link = await toWait(desktop, stage);
    expect(await desktop.page.locator('html').getAttribute('lang')).toBe('es');
    expect(await desktop.page.locator('h1').innerText()).toBe('Mire su teléfono');
    const message = (await stage.gateway.outbox()).find((one) => one.link === link);
    expect(message?.body).toMatch(/enlace|identidad|confirm/i);
    const hand = await seats.phone(stage, { locale: 'es-MX' });
    await hand.page.goto(link);
    expect(await hand.page.locator('html').getAttribute('lang')).toBe('es');
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');
    expect(await hand.page.locator('html').getAttribute('lang')).toBe('es');
    await shown(desktop.page, 'demo_result');
    expectQuiet(desktop, hand);
  });

  test('a language chosen on the phone lasts to its last page', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await hand.page.getByRole('link', { name: 'Español' }).click();
    await hand.page.waitForSelector('html[lang="es"]');
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(hand.page, 'phone_done');
    expect(await hand.page.locator('html').getAttribute('lang')).toBe('es');
    expect(await hand.page.locator('header').innerText()).toContain('Harbour Credit');
    // The page cannot be asked for again, so it offers no link that would lose it.
    expect(await hand.page.locator('.languages').count()).toBe(0);
    // Nothing is kept but what the phone itself is known by.
    expect((await hand.context.cookies()).map(({ name }) => name)).toEqual(['gatehouse_device_test']);
    expectQuiet(desktop, hand);
  });

  test('the language is changed by its link and stays changed', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    await desktop.page.goto(`${stage.demo.origin}/start`);
    await desktop.page.getByRole('link', { name: 'Español' }).click();
    await desktop.page.waitForSelector('html[lang="es"]');
    await goOn(desktop.page);
    await shown(desktop.page, 'pii_form');
    expect(await desktop.page.locator('html').getAttribute('lang')).toBe('es');
    expect(await desktop.page.locator('#consent-text').innerText()).toContain('Usted permite que Harbour Credit');
    expectQuiet(desktop);
  });

  test('back from the application shows a page that explains, and the result stays', async ({ seats }) => {
    const desktop = await seats.desk(stage, { statuses: [400] });
    const link = await toWait(desktop, stage);
    const hand = await seats.phone(stage);
    await hand.page.goto(link);
    await choice(hand.page, await numberOn(desktop.page)).click();
    await shown(desktop.page, 'demo_result');
    await desktop.page.goBack();
    await shown(desktop.page, 'stale');
    expect(await desktop.page.locator('main').innerText()).toContain('start again');
    await desktop.page.goForward();
    await shown(desktop.page, 'demo_result');
    expect(await desktop.page.locator('.badge-good').innerText()).toBe('Approved');
    expectQuiet(desktop, hand);
  });
});

/** Tab until this element has the focus. */
async function tabTo(page: Parameters<typeof shown>[0], selector: string): Promise<void> {
  for (let stops = 0; stops < 25; stops += 1) {
    await page.keyboard.press('Tab');
    const there = await page.evaluate((wanted) => document.activeElement === document.querySelector(wanted), selector);
    if (!there) continue;
    const outline = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement ?? document.body);
      return { outline: style.outlineStyle, shadow: style.boxShadow };
    });
    expect(outline.outline !== 'none' || outline.shadow !== 'none').toBe(true);
    return;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

async function listening(
  answer: (url: URL, response: ServerResponse) => void,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    // Chromium asks every site for its icon.
    if (request.url === '/favicon.ico') response.writeHead(204).end();
    else answer(new URL(request.url ?? '/', 'http://localhost'), response);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` };
}
