/** A doubt that goes to a person on the staff, from the route in the console to the application that learns how it ended. */
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect } from 'vitest';
import { RelyingParty } from '../support/relying_party.ts';
import { addWorkflow, area, at, deploy, fact, faultAt, makeTestKey, openApplication, openOffice, press, staffed, type Application, type Office } from './console_walk.ts';
import { agree, sendFile, takeOver, type ChosenFile } from './document_walk.ts';
import { expectQuiet, goOn, shown, test } from './walk.ts';

let office: Office;
let application: Application;
beforeAll(async () => {
  [office, application] = await Promise.all([openOffice(), openApplication()]);
});
afterAll(async () => {
  await application?.close();
  await office?.close();
});

/** In place of a passport: read well, but nobody can say whose face it is. */
const DOUBTFUL: ChosenFile = {
  name: 'outcome.yaml', mimeType: 'application/yaml',
  buffer: Buffer.from(stringify({ sandbox: 1, document: { number: 'R4711001', family_name: 'Vance', given_name: 'Imogen', birth_date: '1990-01-01' }, findings: { selfie_matches: 'doubt', live_person: 'pass' } })),
};
const COMMENT = 'The portrait is a bad print; the eyes and ears agree.';

test('is taken, looked at, talked about and approved, while the person’s page waits and then moves on', async ({ seats }) => {
  const desk = await seats.desk(office, { statuses: [422] });
  const { page } = desk;
  await (await staffed(office)).enter(desk);

  // A workflow whose doubts go to a person, and a key at which people wait for that.
  await addWorkflow(page, { template: 'Document only', name: 'With a second look', id: 'second_look', asyncUIRedirect: application.phoneDone });
  await at(page, 'Draft');
  await page.getByRole('link', { name: 'Steps and routes' }).first().click();
  await page.getByRole('group', { name: /^Document and selfie/ }).getByLabel('doubtful').selectOption({ label: 'Review' });
  await press(page, 'Save the routes');
  expect(await page.locator('.done-note').innerText()).toContain('saved in the draft');
  expect(await page.locator('.graph .graph-title').allTextContents()).toContain('Review');
  await deploy(page, 'Doubts go to a person');
  const key = await makeTestKey(page, { name: 'Harbour Credit', workflow: 'second_look', redirectUri: application.callback });
  await page.getByRole('link', { name: 'To the key' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('A decision that waits for a person goes out as').selectOption('hold');
  await press(page, 'Save');
  await expect.poll(() => fact(page, 'A review goes out as').innerText().catch(() => '')).toBe('the person waits on our page');

  // Somebody whose document leaves a doubt.
  const app = await RelyingParty.discover({ issuer: office.gateway.origin, ...key, redirectUri: application.callback });
  const request = await app.begin({ scope: 'openid profile' });
  const desktop = await seats.desk(office);
  await desktop.page.goto(request.url.href);
  await shown(desktop.page, 'session_risk');
  await goOn(desktop.page);
  await shown(desktop.page, 'document_handover');
  const hand = await seats.phone(office);
  await takeOver(desktop, hand);
  await agree(hand);
  await sendFile(hand, DOUBTFUL);
  await shown(hand.page, 'application');
  await shown(desktop.page, 'review_wait');
  expect(await desktop.page.locator('main').innerText()).toContain('a person is looking at it');

  // The case stands in the queue, of nobody yet.
  await area(page, 'Cases');
  const line = page.getByRole('row').filter({ hasText: 'second_look' });
  expect(await line.innerText()).toMatch(/selfie_matches[\s\S]*hours left[\s\S]*nobody/);
  await line.getByRole('link').first().click();
  await press(page, 'Assign to me');
  await expect.poll(() => fact(page, 'Assigned to').innerText().catch(() => '')).toBe('Ada Byron');
  expect(await page.content()).not.toMatch(/Imogen/i);
  // What was shown takes a reason.
  await page.locator('#reveal').getByRole('textbox').fill('Ticket 4712: is it the same face?');
  await press(page, 'Reveal');
  await at(page, 'Claimed and shown');
  expect(await page.getByRole('row', { name: /^Given name/ }).innerText()).toMatch(/Imogen/i);
  await page.getByRole('link', { name: 'Back to the case' }).click();
  await page.getByLabel('Comment').fill(COMMENT);
  await press(page, 'Add comment');
  await expect.poll(() => page.locator('.case-note').allInnerTexts()).toEqual([COMMENT]);

  // Nobody moves before it is decided, and it is not decided without a reason.
  expect(await desktop.page.locator('body').getAttribute('data-page')).toBe('review_wait');
  const approve = page.locator('#approve');
  await approve.getByRole('button', { name: 'Approve' }).click();
  expect(await faultAt(page, 'approveCode')).toBe('Choose the reason.');
  await approve.getByLabel('Reason').selectOption({ label: 'The doubt came from a poor picture; what can be seen agrees' });
  await approve.getByRole('button', { name: 'Approve' }).click();
  await expect.poll(() => page.locator('.done-note').allInnerTexts()).toEqual(['The journey is approved, and its application is told.']);

  // The person's page goes on by itself, and the application learns what a person decided.
  await shown(desktop.page, 'application');
  const tokens = await app.finish(desktop.page.url(), request);
  expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:reviewed', simulated: true });
  expect(await app.userinfo(tokens)).toMatchObject({ policyDecision: 'approve', birthdate: '1990-01-01' });

  await area(page, 'Cases');
  expect(await page.locator('.empty').getByRole('heading').innerText()).toBe('Nothing waits for a person');
  await page.getByLabel('Show', { exact: true }).selectOption('resolved');
  await press(page, 'Show');
  await expect.poll(() => page.getByRole('row').filter({ hasText: 'second_look' }).allInnerTexts()).toEqual([expect.stringContaining('approved by a reviewer')]);
  await area(page, 'Audit log');
  const log = await page.getByRole('table').innerText();
  for (const done of ['case.assigned', 'case.commented', 'case.decided', 'journey.revealed']) expect(log, done).toContain(done);
  expect(await page.content()).not.toMatch(/Imogen|bad print/i);
  expectQuiet(desk, desktop, hand);
}, 400_000);
