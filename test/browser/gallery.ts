/**
 * Renders every sample of every page in Chromium, 390 and 1280 pixels wide, light and dark, with axe-core run on each,
 * and writes PNG files: `node test/browser/gallery.ts <folder> [page prefix] [locale]`.
 * Exits with 1 when axe finds a violation, a page is wider than its window, or a field or button is smaller than 44 pixels.
 */
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { ownAuthenticator } from '../support/chromium.ts';
import { isLocale } from '../../src/http/locales/index.ts';
import { adminPages, samplePages, serveSamples, settled } from './sample_pages.ts';

const folder = resolve(process.argv[2] ?? 'gallery');
const prefix = process.argv[3] ?? '';
const locale = process.argv[4] ?? 'en';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { axe: run } = globalThis as unknown as { axe: typeof import('axe-core') };
    const result = await run.run(document, { runOnly: tags });
    const faults = result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 300)}`);
    if (document.documentElement.scrollWidth > innerWidth) faults.push('wider than the window');
    // The console is worked at a desk: WCAG 2.5.8 asks for 24 there.
    const least = document.body.classList.contains('admin') ? 24 : 44;
    for (const target of document.querySelectorAll<HTMLElement>('button, input:not([type=hidden], [type=checkbox], [type=radio]), select')) {
      const { height, width } = target.getBoundingClientRect();
      if (height > 0 && !target.closest('[aria-hidden="true"]') && (height < least || width < least)) faults.push(`small target ${target.outerHTML.slice(0, 80)}`);
    }
    return faults;
  });
}

if (!isLocale(locale)) throw new TypeError(`no locale ${locale}`);
const pages = new Map([...samplePages(locale), ...(await adminPages())].filter(([name]) => name.startsWith(prefix)));
const server = await serveSamples(pages);
const { origin } = server;
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
    await ownAuthenticator(page);
    page.on('console', (line) => {
      if (line.type() !== 'error') return;
      bad += 1;
      console.error(`${page.url()}: ${line.text()}`);
    });
    for (const name of pages.keys()) {
      await page.goto(`${origin}/${name}`, { waitUntil: 'load' });
      await settled(page);
      if ((await page.locator('[data-passkey-offer]').count()) > 0) await page.locator('[data-passkey-offer]').waitFor();
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
