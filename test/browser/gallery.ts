/**
 * Renders every sample of every page in Chromium, 390 and 1280 pixels wide, light and dark, with axe-core run on each,
 * and writes PNG files: `node test/browser/gallery.ts <folder> [page prefix] [locale]`.
 * Exits with 1 when axe finds a violation, a page is wider than its window, or a target is smaller than 24 pixels.
 */
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { createServer, type Server } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import nunjucks from 'nunjucks';
import { chromium, type Page } from 'playwright-core';
import { isLocale } from '../../src/http/locales/index.ts';
import { makeViews, themeCss } from '../../src/http/views.ts';
import { renderPage } from '../../src/hosted/pages.ts';
import { SAMPLE_NOW, allSamples, sampleCommon } from '../../src/hosted/samples.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = resolve(process.argv[2] ?? 'gallery');
const prefix = process.argv[3] ?? '';
const locale = process.argv[4] ?? 'en';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const CLAIMS = {
  sub: 'f3Qk1', policyDecision: 'approve', transaction_id: 'jrn_7Kq2mVx9TzLw4RbN', simulated: true,
  acr: 'urn:gatehouse:acr:phone', amr: ['sms'], name: 'Andrew Roshell', address: { locality: 'Kissimmee', region: 'FL' },
};
const DEMO: readonly [string, Record<string, unknown>][] = [
  ['home', { startHref: '/start', outboxHref: '/dev/outbox' }],
  ['result', { claims: CLAIMS, userinfo: CLAIMS, logoutHref: '/logout', againHref: '/start' }],
  ['result', { claims: { ...CLAIMS, policyDecision: 'deny' }, userinfo: {}, logoutHref: '/logout', againHref: '/start' }],
  ['error', { error: 'access_denied', description: 'The check did not pass <b>', againHref: '/start' }],
  ['error', { error: 'server_error', description: '', againHref: '/start' }],
  ['phone_done', {}],
];

/** Name of the picture, and the page. */
function documents(): Map<string, string> {
  if (!isLocale(locale)) throw new TypeError(`no locale ${locale}`);
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
  return new Map([...pages].filter(([name]) => name.startsWith(prefix)));
}

/** Serves the pages with the policy of the real ones, so that an inline style or script shows. */
function serve(pages: Map<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (type: string, body: string | Buffer) => {
      response.setHeader('content-type', type);
      response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'");
      response.end(body);
    };
    const page = pages.get(path.slice(1));
    const theme = /^\/assets\/theme\/([0-9a-f]{6})\.css$/.exec(path)?.[1];
    const script = /^\/assets\/([\w-]+)\.js$/.exec(path)?.[1];
    if (page !== undefined) return send('text/html; charset=utf-8', page);
    if (theme !== undefined) return send('text/css', themeCss(`#${theme}`));
    if (script === 'go-on' || script === 'collect') return send('text/javascript', '');
    if (script !== undefined) {
      const source = readFileSync(join(root, 'src/browser', `${script}.ts`), 'utf8');
      return send('text/javascript', stripTypeScriptTypes(source));
    }
    if (path === '/assets/app.css') return send('text/css', readFileSync(join(root, 'views/assets/app.css')));
    if (path === '/demo.css') return send('text/css', readFileSync(join(root, 'views/demo/demo.css')));
    if (path === '/assets/favicon.svg') return send('image/svg+xml', readFileSync(join(root, 'views/assets/favicon.svg')));
    if (path.endsWith('/poll')) return send('application/json', '{"move":false}');
    response.statusCode = 404;
    return send('text/plain', 'not found');
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { axe: run } = globalThis as unknown as { axe: typeof import('axe-core') };
    const result = await run.run(document, { runOnly: tags });
    const faults = result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 300)}`);
    if (document.documentElement.scrollWidth > innerWidth) faults.push('wider than the window');
    for (const target of document.querySelectorAll<HTMLElement>('button, input:not([type=hidden]), select')) {
      const { height, width } = target.getBoundingClientRect();
      if (height > 0 && (height < 44 || width < 44)) faults.push(`small target ${target.outerHTML.slice(0, 80)}`);
    }
    return faults;
  });
}

const pages = documents();
const server = await serve(pages);
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
mkdirSync(folder, { recursive: true });
let bad = 0;
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme,
      locale,
      bypassCSP: false,
    });
    const page = await context.newPage();
    page.on('console', (line) => {
      if (line.type() !== 'error') return;
      bad += 1;
      console.error(`${page.url()}: ${line.text()}`);
    });
    for (const name of pages.keys()) {
      await page.goto(`${origin}/${name}`, { waitUntil: 'load' });
      const faults = await faultsOf(page);
      for (const fault of faults) console.error(`${name} ${width} ${colorScheme}: ${fault}`);
      bad += faults.length;
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true, animations: 'disabled' });
    }
    await context.close();
  }
}
await browser.close();
server.close();
console.log(`${pages.size} pages, ${bad} faults, pictures in ${folder}`);
process.exitCode = bad > 0 ? 1 : 0;
