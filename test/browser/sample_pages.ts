/**
 * Every sample of every page, and the demo's pages, served with the policy of the real ones: for what has to be looked
 * at page by page, whatever journey leads there.
 */
import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import nunjucks from 'nunjucks';
import type { Page } from 'playwright-core';
import { browserScript } from '../../src/http/assets.ts';
import { CSP_LEAVING } from '../../src/http/headers.ts';
import type { Locale } from '../../src/http/locales/index.ts';
import { makeViews, themeCss } from '../../src/http/views.ts';
import { allSamples as allAdminSamples } from '../admin/all_samples.ts';
import { renderPage } from '../../src/hosted/pages.ts';
import { renderAdmin } from '../../src/admin/shell.ts';
import { SAMPLE_NOW, allSamples, sampleCommon } from '../../src/hosted/samples.ts';

const root = resolve(import.meta.dirname, '../..');

const CLAIMS = {
  sub: 'f3Qk1', policyDecision: 'approve', transaction_id: 'jrn_7Kq2mVx9TzLw4RbN', simulated: true,
  acr: 'urn:gatehouse:acr:phone', amr: ['sms'], name: 'Andrew Roshell', address: { locality: 'Kissimmee', region: 'FL' },
};
const DEMO: readonly [string, Record<string, unknown>][] = [
  ['home', { startHref: '/start', outboxHref: '/dev/outbox' }],
  ['result', { claims: CLAIMS, userinfo: CLAIMS, way: undefined, logoutHref: '/logout', againHref: '/start' }],
  ['result', { claims: { ...CLAIMS, acr: 'urn:gatehouse:acr:device' }, userinfo: CLAIMS, way: 'You were signed in at once.', logoutHref: '/logout', againHref: '/start' }],
  ['result', { claims: { ...CLAIMS, policyDecision: 'deny' }, userinfo: {}, way: undefined, logoutHref: '/logout', againHref: '/start' }],
  ['error', { error: 'access_denied', description: 'The check did not pass <b>', againHref: '/start' }],
  ['error', { error: 'server_error', description: '', againHref: '/start' }],
  ['phone_done', {}],
];

/** In the place of `go-on.js`, whose function other scripts of a page use: the page that would move on by itself stays. */
export const STANDING_STILL = 'export const goOn = () => {};';

/** Bring whatever comes to an end by itself to its end: some pages show their parts one after the other. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const one of document.getAnimations()) if (Number.isFinite(one.effect?.getComputedTiming().endTime)) one.finish();
  });
}

/** Name of the picture, and the page. */
export function samplePages(locale: Locale): ReadonlyMap<string, string> {
  const views = makeViews({ dir: join(root, 'views'), now: () => SAMPLE_NOW });
  const pages = new Map<string, string>();
  for (const { page, sample } of allSamples()) {
    const common = sampleCommon(page, { ...sample.common, locale });
    pages.set(`${page}-${sample.label}`, renderPage(views, page, common, sample.model));
  }
  const demo = new nunjucks.Environment(new nunjucks.FileSystemLoader(join(root, 'views/demo')), {
    autoescape: true,
    throwOnUndefined: true,
  });
  DEMO.forEach(([name, model], i) => pages.set(`demo-${i}-${name}`, demo.render(`${name}.njk`, model)));
  return pages;
}

/** The console's, `admin-` before the sample's name. A page that would go on by itself stays. */
export async function adminPages(): Promise<ReadonlyMap<string, string>> {
  const views = makeViews({ dir: join(root, 'views'), now: () => SAMPLE_NOW });
  const session = { name: 'Ada Byron', roles: ['administrator'] as const };
  return new Map((await allAdminSamples()).map(({ name, page, errors = {}, values = {}, notice }) => [
    `admin-${name}`,
    renderAdmin(views, page, { csrf: 'token', session: page.area === undefined ? undefined : session, path: '/admin', errors, values, notice }).replace(/<meta http-equiv="refresh"[^>]*>/, ''),
  ]));
}

/** Serves the pages with the policy of the real ones, so that an inline style or script shows. */
export async function serveSamples(pages: ReadonlyMap<string, string>): Promise<{ readonly origin: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (type: string, body: string | Buffer) => {
      response.setHeader('content-type', type);
      response.setHeader('content-security-policy', CSP_LEAVING);
      response.end(body);
    };
    const page = pages.get(path.slice(1));
    const theme = /^\/assets\/theme\/([0-9a-f]{6})\.css$/.exec(path)?.[1];
    const script = /^\/assets\/([\w-]+)\.js$/.exec(path)?.[1];
    if (page !== undefined) return send('text/html; charset=utf-8', page);
    if (theme !== undefined) return send('text/css', themeCss(`#${theme}`));
    // Samples stand still, and are about nobody's browser.
    if (script === 'go-on') return send('text/javascript', STANDING_STILL);
    if (script === 'collect' || script === 'device-proof') return send('text/javascript', '');
    if (script !== undefined) {
      const source = readFileSync(join(root, 'src/browser', `${script}.ts`), 'utf8');
      return send('text/javascript', browserScript(source));
    }
    const style = /^\/assets\/([\w-]+)\.css$/.exec(path)?.[1];
    if (style !== undefined) return send('text/css', readFileSync(join(root, 'views/assets', `${style}.css`)));
    if (path === '/demo.css') return send('text/css', readFileSync(join(root, 'views/demo/demo.css')));
    if (path === '/assets/favicon.svg') return send('image/svg+xml', readFileSync(join(root, 'views/assets/favicon.svg')));
    if (path.endsWith('/poll')) return send('application/json', '{"move":false}');
    response.statusCode = 404;
    return send('text/plain', 'not found');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

