/**
 * The whole seed setup, as a product owner would check it: from the link that a first start prints to a person signed in
 * by a stock client with a key copied from the console, and found there again.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { refreshRollup } from '../../src/store/console/rollup.ts';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { RelyingParty, type SignIn, type Tokens } from '../support/relying_party.ts';
import { addWorkflow, area, at, deploy, enrol, fact, faultAt, openApplication, openOffice, press, signIn, type Application, type Office } from './console_walk.ts';
import { choice, expectQuiet, goOn, numberOn, shown, test, throughForm, type Seats } from './walk.ts';

let office: Office;
let application: Application;
beforeAll(async () => {
  [office, application] = await Promise.all([openOffice(), openApplication()]);
});
afterAll(async () => {
  await application?.close();
  await office?.close();
});

const NAME = 'Seed onboarding';
const WORKFLOW = 'seed_onboarding';

test('from the set-up link to a person signed in with the key', async ({ seats }) => {
  // Forms with faults answer so.
  const desk = await seats.desk(office, { statuses: [422] });
  const { page } = desk;

  // The first administrator.
  await page.goto(`${office.gateway.origin}/admin`);
  await at(page, 'Sign in to the console');
  const ada = await enrol(page, office.setupLink, { name: 'Ada Byron', email: 'ada@example.com' });
  expect(ada.recoveryCodes.length).toBeGreaterThanOrEqual(8);
  await expectEmpty(desk, 'Nothing yet');
  // The link is used up, for whoever finds it in a log.
  const stranger = await seats.desk(office, { statuses: [404, 410] });
  await stranger.page.goto(office.setupLink);
  expect(await stranger.page.getByLabel('Your name').count()).toBe(0);
  // Out, and in again by password and code.
  await press(page, 'Sign out');
  await at(page, 'Sign in to the console');
  await signIn(page, ada);
  await at(page, 'Overview');

  // A workflow, first with an address that nothing may land on.
  await area(page, 'Workflows');
  await expectEmpty(desk, 'No workflow yet');
  await addWorkflow(page, { template: 'User onboarding', name: NAME, id: WORKFLOW, asyncUIRedirect: 'http://app.example.com/done' });
  expect(await faultAt(page, 'asyncUIRedirect')).toMatch(/https/);
  await page.locator('#asyncUIRedirect').fill('');
  await press(page, 'Make the draft');
  await at(page, 'Draft');
  expect(await page.locator('.graph').count()).toBe(1);
  // It says what is missing, and leads to the field.
  await page.getByRole('link', { name: 'Journey and answer' }).first().click();
  expect(await faultAt(page, 'asyncUIRedirect')).not.toBe('');
  for (const wrong of ['javascript:alert(1)', 'http://app.example.com/done', 'not an address', 'https://user:word@app.example.com/']) {
    await page.locator('#asyncUIRedirect').fill(wrong);
    await press(page, 'Save in the draft');
    expect(await faultAt(page, 'asyncUIRedirect'), wrong).not.toBe('');
    expect(await page.locator('#asyncUIRedirect').inputValue()).toBe(wrong);
  }
  await page.locator('#asyncUIRedirect').fill(application.phoneDone);
  await press(page, 'Save in the draft');
  expect(await page.locator('.done-note').innerText()).toContain('saved in the draft');
  await page.getByRole('link', { name: 'Name, address, phone' }).first().click();
  const consent = page.locator('fieldset', { has: page.getByText('Consent text', { exact: true }) }).locator('textarea');
  expect(await consent.count()).toBe(2);
  await consent.nth(0).fill('');
  await press(page, 'Save in the draft');
  await page.locator('.fault').first().waitFor();
  await consent.nth(0).fill(CONSENT_TEXTS.en);
  await consent.nth(1).fill(CONSENT_TEXTS.es);
  await press(page, 'Save in the draft');

  // What deploying changes is shown before it is done.
  await page.getByRole('link', { name: 'Review and deploy' }).click();
  const row = page.getByRole('row', { name: /asyncUIRedirect/ });
  expect(await row.innerText()).toContain(application.phoneDone);
  await page.goBack();
  await deploy(page, 'The first version');
  expect(await fact(page, 'Deployed').innerText()).toMatch(/version 1, .* by Ada Byron/);
  expect(await fact(page, 'Draft').innerText()).toBe('none');

  // A key for it.
  await fact(page, 'Keys').getByRole('link').click();
  await page.getByRole('link', { name: 'New key' }).click();
  expect(await page.getByLabel('Workflow').inputValue()).toBe(WORKFLOW);
  await page.getByLabel('Name of the application').fill('Harbour Credit');
  await page.getByLabel('Redirect URIs').fill(`${application.callback}#fragment\nhttps://*.example.com/callback`);
  await press(page, 'Make the key');
  expect(await faultAt(page, 'redirectUris')).toMatch(/Line 1 has a fragment[\s\S]*Line 2 has a wildcard/);
  await page.getByLabel('Redirect URIs').fill(application.callback);
  await press(page, 'Make the key');
  const clientId = await fact(page, 'Client id').locator('code').innerText();
  const clientSecret = await page.locator('#secret').innerText();
  expect(clientId).toMatch(/^test_/);
  expect(await fact(page, 'Discovery').innerText()).toBe(`${office.gateway.origin}/.well-known/openid-configuration`);
  expect(page.url()).not.toContain(clientSecret);
  // It was shown once: neither loading the page again nor going back shows it.
  await page.reload();
  await page.waitForURL(`**/admin/keys/${clientId}`);
  expect(await page.locator('.done-note').innerText()).toContain('was made before');
  expect(await page.content()).not.toContain(clientSecret);
  // Nothing was kept to go back to: the browser offers to send the form again, which is the same as above.
  await page.goBack().catch(() => undefined);
  // As long as a page cannot be read it is not known to keep the secret.
  await expect.poll(() => page.content().catch(() => clientSecret)).not.toContain(clientSecret);
  await page.goto(`${office.gateway.origin}/admin/keys/${clientId}`);
  expect(await page.content()).not.toContain(clientSecret);
  expect(await page.locator('main').innerText()).toContain('its SHA-256; nobody can read it here');

  // Andrew Roshell, by a stock client and his phone.
  const app = await RelyingParty.discover({ issuer: office.gateway.origin, clientId, clientSecret, redirectUri: application.callback });
  const request = await app.begin({ scope: 'openid profile address phone' });
  const tokens = await byPhone(seats, app, request);
  const claims = tokens.claims();
  expect(claims).toMatchObject({ policyDecision: 'approve', simulated: true });
  const transaction = String(claims?.['transaction_id']);
  expect(await app.userinfo(tokens)).toMatchObject({ sub: claims?.sub, name: 'Andrew Roshell', policyDecision: 'approve' });

  // Found again by what the application has: its transaction id.
  await area(page, 'Journeys');
  await page.getByLabel('Transaction id').fill(transaction);
  await press(page, 'Find');
  await at(page, `Journey ${transaction}`);
  expect(await fact(page, 'Key').innerText()).toBe(clientId);
  expect(await page.locator('.journey-badges').innerText()).toMatch(/approved[\s\S]*test[\s\S]*simulated/i);
  // The way it took stands out, from its first step to its end.
  expect(await page.locator('.graph .graph-node.graph-taken .graph-title').allTextContents()).toEqual(expect.arrayContaining(['Session risk', 'Link to the phone', 'Approve']));
  expect(await page.locator('.graph .graph-node:not(.graph-taken) .graph-title').allTextContents()).toContain('Document and selfie');
  expect(await page.locator('.graph .graph-edge.graph-taken').count()).toBeGreaterThanOrEqual(4);
  const [taken, usual] = await page.evaluate(() => ['.graph-edge.graph-taken .graph-line', '.graph-edge:not(.graph-taken) .graph-line'].map((one) => {
    const line = document.querySelector(one);
    return line ? `${getComputedStyle(line).stroke} ${getComputedStyle(line).strokeWidth}` : '';
  }));
  expect(taken).not.toBe(usual);
  for (const value of ['Roshell', 'Brunswick', 'Kissimmee']) expect(await page.content(), value).not.toContain(value);

  // Who it was takes a reason, and stays on record.
  await page.getByRole('link', { name: 'Reveal personal data' }).click();
  await page.getByLabel('Why do you need to see it?').fill('because');
  await press(page, 'Reveal');
  await faultAt(page, 'reason');
  await page.getByLabel('Why do you need to see it?').fill('Ticket 4711: the person asks why');
  await press(page, 'Reveal');
  await at(page, 'Personal data');
  const claimed = page.locator('section', { has: page.getByRole('heading', { name: 'Claimed by the person' }) });
  expect(await fact(claimed, 'Family name').innerText()).toBe('Roshell');
  await page.getByRole('link', { name: 'Hide again' }).click();
  await at(page, `Journey ${transaction}`);

  await area(page, 'Audit log');
  const reveals = page.getByRole('row').filter({ has: page.getByText('journey.revealed', { exact: true }) });
  expect(await reveals.count()).toBe(1);
  expect(await reveals.innerText()).toContain('Ticket 4711: the person asks why');
  expect(await reveals.innerText()).toContain(transaction);
  expect(await reveals.innerText()).toContain('Ada Byron');
  expect(await page.content()).not.toContain('Roshell');
  for (const action of ['workflow.deployed', 'key.created']) expect(await page.getByRole('row').filter({ has: page.getByText(action, { exact: true }) }).count(), action).toBe(1);
  await press(page, 'Verify the chain');
  await at(page, 'The chain is whole');

  // And it counts.
  await refreshRollup(office.db, Date.now() + 60_000);
  await area(page, 'Overview');
  await page.getByLabel('Keys').selectOption('test');
  await page.getByLabel('Workflow').selectOption(WORKFLOW);
  await press(page, 'Show');
  const tile = (name: string) => page.locator('.tiles div', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd');
  expect(await tile('Started').innerText()).toBe('1');
  expect(await tile('Approved').innerText()).toBe('1');
  expect(await tile('Denied').innerText()).toBe('0');
  expect(await tile('Pass rate').innerText()).toMatch(/^100/);
  expectQuiet(desk, stranger);
}, 400_000);

/** Through the pages on a desktop and a phone, back to the application with a code, and that redeemed. */
async function byPhone(seats: Seats, app: RelyingParty, request: SignIn): Promise<Tokens> {
  const desktop = await seats.desk(office);
  await desktop.page.goto(request.url.href);
  await shown(desktop.page, 'session_risk');
  expect(await desktop.page.locator('body').innerText()).toContain('Harbour Credit');
  await goOn(desktop.page);
  await shown(desktop.page, 'pii_form');
  expect(await desktop.page.locator('#consent-text').innerText()).toBe(CONSENT_TEXTS.en.replace('{app}', 'Harbour Credit'));
  const link = await throughForm(desktop, office);
  const hand = await seats.phone(office);
  await hand.page.goto(link);
  await shown(hand.page, 'phone_confirm');
  await choice(hand.page, await numberOn(desktop.page)).click();
  await shown(hand.page, 'phone_done');
  await shown(desktop.page, 'application');
  expectQuiet(desktop, hand);
  return app.finish(desktop.page.url(), request);
}

/** An empty state says what the thing is for, and what to do first. */
async function expectEmpty({ page }: { readonly page: Parameters<typeof at>[0] }, title: string): Promise<void> {
  const empty = page.locator('.empty');
  expect(await empty.getByRole('heading').innerText()).toBe(title);
  expect((await empty.locator('p').first().innerText()).length).toBeGreaterThan(40);
  expect(await empty.getByRole('link').count()).toBeGreaterThan(0);
}
