/**
 * What strangers and colleagues typed, on every page of the console that shows it: it stays text. Whoever walks the
 * console meets no page that does not answer, either.
 */
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { addWorkflow, area, at, deploy, makeTestKey, openApplication, openOffice, press, staffed, type Application, type Office } from './console_walk.ts';
import { goOn, shown, test, throughForm, type Seat } from './walk.ts';

let office: Office;
let application: Application;
beforeAll(async () => {
  [office, application] = await Promise.all([openOffice(), openApplication()]);
});
afterAll(async () => {
  await application?.close();
  await office?.close();
});

/** Says so if any of it runs, by whatever way out of its place. */
const RUN = 'globalThis.ran=1';
const PICTURE = `<img src=x onerror="${RUN}">`;
const SCRIPT = `"'><script>${RUN}</script>{{ 7*7 }}`;
const TYPED = [PICTURE, SCRIPT];

interface Watch {
  readonly dialogs: string[];
  readonly violations: string[];
}

/** Dialogs, and reports of the content security policy: what it kept from running was in the page. */
async function watch(context: BrowserContext): Promise<Watch> {
  const seen: Watch = { dialogs: [], violations: [] };
  context.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await context.exposeFunction('reportViolation', (text: string) => void seen.violations.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      (globalThis as unknown as { reportViolation(text: string): void }).reportViolation(`${violatedDirective} ${blockedURI} ${sourceFile} at ${location.href}`);
    });
  });
  return seen;
}

test('hostile names, reasons and browsers stay text on every page', async ({ seats }) => {
  const desk = await seats.desk(office);
  const seen = await watch(desk.context);
  const { page } = desk;
  await (await staffed(office, PICTURE)).enter(desk);
  await fill(desk);

  // A person whose browser calls itself a script, waiting for their phone.
  const key = await makeTestKey(page, { name: PICTURE, workflow: 'hostile', redirectUri: `${application.callback}?a=%22%3E%3Cscript%3E` });
  const app = await RelyingParty.discover({ issuer: office.gateway.origin, ...key, redirectUri: `${application.callback}?a=%22%3E%3Cscript%3E` });
  const desktop = await seats.desk(office, { userAgent: `Mozilla/5.0 ${SCRIPT} ${PICTURE}` });
  const request = await app.begin({ login_hint: PICTURE, scope: 'openid profile' });
  await desktop.page.goto(request.url.href);
  await shown(desktop.page, 'session_risk');
  await goOn(desktop.page);
  await shown(desktop.page, 'pii_form');
  await throughForm(desktop, office);
  await area(page, 'Journeys');
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('link', { name: 'Reveal personal data' }).click();
  await page.getByLabel('Why do you need to see it?').fill(`${PICTURE} ${SCRIPT}`);
  await press(page, 'Reveal');
  await at(page, 'Personal data');
  expect(await page.locator('.journey-agent').first().innerText()).toContain(SCRIPT);

  const walked = await walk(desk);
  const shownOn = (text: string): number => [...walked.values()].filter((body) => body.includes(text)).length;
  // On the pages as what they are, and not left out or eaten.
  expect(shownOn(PICTURE)).toBeGreaterThan(walked.size / 2);
  expect(shownOn(SCRIPT)).toBeGreaterThan(5);
  // Nor worked out.
  expect(shownOn('</script>49')).toBe(0);
  expect(walked.size).toBeGreaterThan(40);
  expect(seen).toEqual({ dialogs: [], violations: [] });
  expect(desk.wrong).toEqual([]);
  expect(desktop.wrong).toEqual([]);
}, 400_000);

/** Everything that is typed in the console, typed by somebody who means ill. */
async function fill({ page }: Seat): Promise<void> {
  await addWorkflow(page, { template: 'User onboarding', name: PICTURE, id: 'hostile', asyncUIRedirect: application.phoneDone });
  await at(page, 'Draft');
  await page.getByRole('link', { name: 'Name, address, phone' }).first().click();
  const consent = page.locator('fieldset', { has: page.getByText('Consent text', { exact: true }) }).locator('textarea');
  await consent.nth(0).fill(`${SCRIPT} ${CONSENT_TEXTS.en}`);
  await press(page, 'Save in the draft');
  await page.locator('.done-note').waitFor();
  await deploy(page, SCRIPT);
  await page.getByRole('link', { name: 'Change it' }).click();
  await page.getByLabel('Name', { exact: true }).fill(SCRIPT);
  await press(page, 'Save the name');
  await page.locator('.done-note').waitFor();
  for (const text of TYPED) {
    await area(page, 'Lists');
    await page.getByRole('link', { name: 'Add an entry' }).click();
    await page.getByLabel('Kind', { exact: true }).selectOption('address');
    await page.getByLabel('Value').fill(`203.0.113.${1 + TYPED.indexOf(text)}`);
    await page.getByLabel('Reason').fill(text);
    await press(page, 'Add');
    await at(page, 'Lists');
    await area(page, 'Audit log');
    await page.getByLabel('To what (id)').fill(text);
    await press(page, 'Show');
    await page.locator('.empty').waitFor();
  }
}

/** Pages of journeys and the like are many; more than so many paths mean that the walk goes in circles. */
const MOST_PAGES = 300;

/** Follows every link of the console, and gives what each page says. */
async function walk({ page }: Seat): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const ahead = ['/admin'];
  for (let path = ahead.shift(); path !== undefined; path = ahead.shift()) {
    if (found.has(path)) continue;
    const answer = await page.goto(`${office.gateway.origin}${path}`);
    expect(answer?.status(), path).toBe(200);
    expect(await page.evaluate(() => [(globalThis as { ran?: number }).ran, document.querySelectorAll('img[src="x"], main script').length]), path).toEqual([undefined, 0]);
    found.set(path, await page.evaluate(() => [document.body.textContent, ...[...document.querySelectorAll<HTMLInputElement>('input, textarea')].map(({ value }) => value)].join('\n')));
    const links = await page.locator('a[href^="/admin"]:not([download])').evaluateAll((all) => all.map((one) => one.getAttribute('href')?.split('#')[0] ?? ''));
    // Files have no page around them.
    ahead.push(...links.filter((link) => !found.has(link) && !/^\/admin\/api\/|\/export$/.test(link)));
    expect(found.size, `${path} and ${ahead.length} more`).toBeLessThan(MOST_PAGES);
  }
  return found;
}
