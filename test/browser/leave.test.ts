/** The way out with the real pages, scripts and headers: no policy of ours keeps a person from the application. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RelyingParty } from '../support/relying_party.ts';
import { expectQuiet, openStage, shown, test, toForm, toWait, type Stage } from './walk.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

describe.concurrent('leaving', () => {
  test('while waiting for the phone ends at the application, whose words fit a narrow window', async ({ seats }) => {
    const desktop = await seats.desk(stage);
    const { page } = desktop;
    await toWait(desktop, stage);
    await page.getByRole('link', { name: 'Stop and go back to Harbour Credit' }).click();
    await shown(page, 'leave');
    await page.getByRole('button', { name: 'Stop and go back' }).click();
    await shown(page, 'demo_error');
    expect(await page.locator('main').innerText()).toContain('the person stopped the verification');
    await page.setViewportSize({ width: 390, height: 844 });
    const lines = await page.locator('dt').evaluateAll((terms) => terms.map((term) => {
      const range = document.createRange();
      range.selectNodeContents(term);
      return range.getClientRects().length;
    }));
    expect(lines).toEqual([1, 1]);
    expectQuiet(desktop);
  });

  test('without JavaScript, and the person may think better of it', async ({ seats }) => {
    const desktop = await seats.desk(stage, { javaScriptEnabled: false });
    const { page } = desktop;
    await toForm(desktop, stage.demo);
    await page.getByRole('link', { name: 'Stop and go back to Harbour Credit' }).click();
    await shown(page, 'leave');
    await page.getByRole('link', { name: 'No, go on with the check' }).click();
    await shown(page, 'pii_form');
    await page.getByRole('link', { name: 'Stop and go back to Harbour Credit' }).click();
    await page.getByRole('button', { name: 'Stop and go back' }).click();
    await shown(page, 'demo_error');
    expectQuiet(desktop);
  });

  test('is not blocked where the application itself redirects on to another origin', async ({ seats }) => {
    const listening = async (answer: Parameters<typeof createServer>[1]) => {
      const server = createServer(answer);
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
      return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` };
    };
    const far = await listening((request, response) => {
      if (request.url === '/favicon.ico') return void response.writeHead(204).end();
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html><html lang="en"><title>far</title><body data-page="far">Welcome back');
    });
    const near = await listening((request, response) => {
      response.writeHead(303, { location: `${far.origin}/welcome${new URL(request.url ?? '/', 'http://localhost').search}` }).end();
    });
    const key = await stage.gateway.addWorkflow('left', stage.source, 'test', { redirect_uris: [`${near.origin}/callback`] });
    const app = await RelyingParty.discover({ issuer: stage.gateway.origin, ...key });
    const desktop = await seats.desk(stage);
    await desktop.page.goto((await app.begin()).url.href);
    await shown(desktop.page, 'session_risk');
    await desktop.page.getByRole('link', { name: /^Stop and go back to/ }).click();
    await desktop.page.getByRole('button', { name: 'Stop and go back' }).click();
    await shown(desktop.page, 'far');
    expect(new URL(desktop.page.url()).searchParams.get('error')).toBe('access_denied');
    expectQuiet(desktop);
    far.server.close();
    near.server.close();
  });
});
