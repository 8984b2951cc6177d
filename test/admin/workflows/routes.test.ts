import { afterAll, expect, test } from 'vitest';
import { workflowDesk } from '../../../src/admin/workflows/desk.ts';
import { workflowRoutes } from '../../../src/admin/workflows/routes.ts';
import type { Role } from '../../../src/admin/permissions.ts';
import { parseNet } from '../../../src/feeds/address.ts';
import { LOCALES } from '../../../src/http/locales/index.ts';
import { auditLog, type Auditing } from '../../../src/store/console/audit.ts';
import { workflowDraftStore } from '../../../src/store/console/workflows.ts';
import { workflowStore } from '../../../src/store/workflows.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { SIMULATED } from '../../../src/vendors/sandbox/stories.ts';
import { startConsole, type Seen, type TestConsole, type Who } from '../../support/console.ts';
import { freshDatabase, ownDatabase } from '../../support/postgres.ts';
import { storesOn } from '../../store/support.ts';
import { HOSTILE } from './samples.ts';

const ANNA: Who = { id: 'anna', roles: ['workflow_author'] };
const BOB: Who = { id: 'bob', roles: ['workflow_author'] };
let opened: OpenedDatabase;
let auditing: Auditing;
let running: TestConsole;

ownDatabase(() => freshDatabase('pglite'), async (own) => {
  opened = own;
  auditing = { db: own.db, vault: (await storesOn(own)).vault, now: Date.now };
  const workflows = workflowDraftStore(auditing);
  running = await startConsole(workflowRoutes({ workflows, desk: workflowDesk(workflows, LOCALES), isNet: (text) => parseNet(text) !== undefined, tryable: { playable: SIMULATED, outboxHref: undefined } }), auditLog(auditing));
});
afterAll(() => running.close());

/** Every field of the first form with this action, as a browser would send it back. */
function formOf({ html }: Seen, action: string): Record<string, string> {
  const form = [...html.matchAll(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)].find(([, to]) => to === action)?.[2];
  if (form === undefined) throw new Error(`no form to ${action}`);
  const text = (escaped: string): string => escaped.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const name = /\sname="([^"]*)"/.exec(tag)?.[1];
    if (name === undefined || (tag.includes('type="checkbox"') && !/\schecked/.test(tag))) continue;
    fields[text(name)] = text(/\svalue="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  for (const [, name, value] of form.matchAll(/<textarea[^>]*\sname="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/g)) fields[text(name ?? '')] = text(value ?? '').replace(/^\n/, '');
  for (const [, name, options] of form.matchAll(/<select[^>]*\sname="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g)) {
    fields[text(name ?? '')] = text((/<option value="([^"]*)" selected/.exec(options ?? '') ?? /<option value="([^"]*)"/.exec(options ?? ''))?.[1] ?? '');
  }
  delete fields['csrf'];
  return fields;
}
async function edited(path: string, change: Readonly<Record<string, string>>, who: Who = ANNA): Promise<Seen> {
  const page = await running.get(path, who);
  expect(page.status).toBe(200);
  return running.post(path, { ...formOf(page, path), ...change }, who);
}
async function made(id: string): Promise<string> {
  const at = '/admin/workflows/new/user_onboarding';
  const seen = await running.post(at, { name: `Shop ${id}`, id, asyncUIRedirect: 'https://app.example/done' }, ANNA);
  expect(seen.location).toBe(`/admin/workflows/${id}/edit`);
  return `/admin/workflows/${id}`;
}
async function deployedOne(id: string): Promise<string> {
  const at = await made(id);
  const review = await running.get(`${at}/edit/review`, ANNA);
  const seen = await running.post(`${at}/deploy`, formOf(review, `${at}/deploy`), ANNA);
  expect(seen.location).toBe(at);
  return at;
}

test('add a workflow, change it, look at the difference, deploy it, roll it back', async () => {
  expect((await running.get('/admin/workflows', ANNA)).html).toContain('No workflow yet');
  expect((await running.get('/admin/workflows/new', ANNA)).html).toContain('/admin/workflows/new/document_only');
  const at = await deployedOne('shop');
  expect((await workflowStore(opened.db).deployed('shop'))?.version).toBe(1);
  const saved = await edited(`${at}/edit/options/person`, { piiAttempts: '3', 'match.mustMatch.birthDate': '' });
  expect(saved.status).toBe(303);
  const review = await running.get(`${at}/edit/review`, ANNA);
  expect(review.html).toMatch(/options\.piiAttempts[\s\S]*<code>1<\/code>[\s\S]*<code>3<\/code>/);
  // Nothing but what was changed differs.
  expect(review.html.match(/<th scope="row">/g)).toHaveLength(1);
  expect(review.html).toContain('Name, address, phone › Tries');
  expect((await running.post(`${at}/deploy`, { ...formOf(review, `${at}/deploy`), note: 'three tries' }, ANNA)).status).toBe(303);
  expect((await workflowStore(opened.db).deployed('shop'))).toMatchObject({ version: 2, definition: { options: { piiAttempts: 3 } } });
  const versions = await running.get(`${at}/versions`, ANNA);
  expect(versions.html).toContain('three tries');
  expect((await running.get(`${at}/compare?a=1&b=2`, ANNA)).html).toContain('options.piiAttempts');
  const old = await running.get(`${at}/versions/1`, ANNA);
  const back = formOf(old, `${at}/versions/1/roll-back`);
  expect((await running.post(`${at}/versions/1/roll-back`, back, ANNA)).status).toBe(303);
  expect((await workflowStore(opened.db).deployed('shop'))?.version).toBe(1);
  // The same page sent once more is out of date.
  expect((await running.post(`${at}/versions/1/roll-back`, back, ANNA)).status).toBe(409);
  const file = await running.get(`${at}/versions/2/export`, ANNA);
  expect(file.headers.get('content-disposition')).toBe('attachment; filename="shop-2.json"');
  expect(JSON.parse(file.html)).toMatchObject({ options: { piiAttempts: 3 } });
});

test.each([
  ['name', { name: '' }], ['id', { id: 'Shop!' }], ['id', { id: 'new' }], ['id', { id: 'shop' }], ['id', { id: '__proto__' }], ['asyncUIRedirect', { asyncUIRedirect: 'javascript:alert(1)' }], ['asyncUIRedirect', { asyncUIRedirect: 'http://app.example/' }],
  ['asyncUIRedirect', { asyncUIRedirect: 'https://user:pass@app.example/' }], ['asyncUIRedirect', { asyncUIRedirect: 'nonsense' }],
])('a new workflow: %s is refused at its field: %j', async (field, wrong) => {
  const seen = await running.post('/admin/workflows/new/user_onboarding', { name: HOSTILE, id: 'fresh_one', asyncUIRedirect: '', ...wrong }, ANNA);
  expect(seen.status).toBe(422);
  expect(seen.html).toContain(`id="${field}-error"`);
  expect(seen.html).not.toContain('<script>alert');
  expect(await workflowDraftStore(auditing).find('fresh_one')).toBeUndefined();
});

test('every fault is told at its field, the others where they are', async () => {
  const at = await made('faulty');
  expect((await edited(`${at}/edit/options/session`, { 'risk.challengeAt': '500', 'risk.denyAt': 'x', 'risk.deniedNets': HOSTILE })).status).toBe(422);
  const wrong = await edited(`${at}/edit/options/session`, { 'risk.challengeAt': '500', 'risk.denyAt': 'x', 'risk.deniedNets': HOSTILE });
  for (const field of ['risk.challengeAt', 'risk.denyAt', 'risk.deniedNets']) expect(wrong.html).toContain(`id="${field}-error"`);
  expect(wrong.html).toContain('value="500"');
  expect(wrong.html).not.toContain('<script>alert');
  // What only publishing refuses is kept, told, and not deployed.
  expect((await edited(`${at}/edit/options/session`, { 'risk.challengeAt': '90' })).status).toBe(303);
  expect((await running.get(`${at}/edit/options/session`, ANNA)).html).toContain('id="risk.challengeAt-error"');
  expect((await edited(`${at}/edit/options/person`, { 'consentTexts.es': '' })).status).toBe(303);
  expect((await edited(`${at}/edit/routes`, { 'route.kba.fail': 'end:approve' })).status).toBe(303);
  const routes = await running.get(`${at}/edit/routes`, ANNA);
  expect(routes.html).toContain('id="route.kba.fail-error"');
  const review = await running.get(`${at}/edit/review`, ANNA);
  for (const href of [`${at}/edit/options/session#risk.challengeAt`, `${at}/edit/options/person#consentTexts.es`, `${at}/edit/routes#route.kba.fail`]) expect(review.html).toContain(`href="${href}"`);
  expect(review.html).not.toContain(`action="${at}/deploy"`);
  const { revision } = formOf(await running.get(`${at}/edit`, ANNA), `${at}/edit`) as { revision: string };
  expect((await running.post(`${at}/deploy`, { revision }, ANNA)).status).toBe(422);
  expect(await workflowStore(opened.db).deployed('faulty')).toBeUndefined();
});

test('rules of the automation are written row by row, without a script, compared by name and deployed', async () => {
  const at = await deployedOne('ruled');
  const path = `${at}/edit/options/automation`;
  const row = { 'automations.0.name': 'denied', 'automations.0.on': 'failed', 'automations.0.when.reasons': 'selfie_matches', 'automations.0.do.open_case': 'on', 'automations.0.tags': 'looked_odd' };
  const wrong = await edited(path, { ...row, 'automations.0.tags': HOSTILE, 'automations.0.endpoint': 'elsewhere' });
  expect(wrong.status).toBe(422);
  for (const field of ['tags', 'endpoint']) expect(wrong.html).toContain(`id="automations.0.${field}-error"`);
  expect(wrong.html).not.toContain('<script>alert');
  expect((await edited(path, row)).status).toBe(303);
  // What only publishing refuses is kept, and told where it stands: the second row is the empty one of the page.
  expect((await edited(path, { 'automations.1.name': 'denied', 'automations.1.on': 'failed', 'automations.1.when.outcomes': 'watchlist:hit', 'automations.1.do.review': 'on' })).status).toBe(303);
  const faulty = await running.get(path, ANNA);
  for (const field of ['name', 'when.outcomes', 'do']) expect(faulty.html).toContain(`id="automations.1.${field}-error"`);
  const href = `${path}#automations.1.when.outcomes`;
  expect((await running.get(`${at}/edit/review`, ANNA)).html).toContain(`href="${href}"`);
  expect((await running.post(path, { ...formOf(faulty, path), 'automations.1.name': 'strict', 'automations.1.on': 'completed', 'automations.1.when.outcomes': '' }, ANNA)).status).toBe(303);
  const review = await running.get(`${at}/edit/review`, ANNA);
  for (const name of ['options.automations.denied', 'options.automations.strict']) expect(review.html).toContain(name);
  expect((await running.post(`${at}/deploy`, formOf(review, `${at}/deploy`), ANNA)).status).toBe(303);
  const rules = [
    { name: 'denied', on: 'failed', when: { verdicts: [], reasons: ['selfie_matches'], outcomes: [] }, do: [{ action: 'open_case', tags: ['looked_odd'] }] },
    { name: 'strict', on: 'completed', when: { verdicts: [], reasons: [], outcomes: [] }, do: [{ action: 'review' }] },
  ];
  expect(await workflowStore(opened.db).deployed('ruled')).toMatchObject({ version: 2, definition: { options: { automations: rules } } });
  // Taken out by a tick, and pasted back as JSON.
  expect((await edited(path, { 'automations.0.remove': 'on' })).status).toBe(303);
  expect((await workflowDraftStore(auditing).draft('ruled'))?.definition.options.automations).toEqual([rules[1]]);
  const exported = (await running.get(`${at}/versions/2/export`, ANNA)).html;
  expect((await edited(`${at}/edit/json`, { json: exported })).status).toBe(303);
  expect((await workflowDraftStore(auditing).draft('ruled'))?.definition.options.automations).toEqual(rules);
  expect((await edited(`${at}/edit/json`, { json: exported.replace('"failed"', '"sometimes"') })).html).toContain('options.automations.0.on');
});

test('two people at one draft: the second is shown what the first did, and loses nothing', async () => {
  const at = await deployedOne('two_people');
  const path = `${at}/edit/options/person`;
  const [hers, his] = await Promise.all([running.get(path, ANNA), running.get(path, BOB)]);
  expect((await running.post(path, { ...formOf(hers, path), piiAttempts: '2' }, ANNA)).status).toBe(303);
  const late = await running.post(path, { ...formOf(his, path), piiAttempts: '4' }, BOB);
  expect(late.status).toBe(409);
  expect(late.html).toContain('Test anna');
  expect(late.html).toMatch(/options\.piiAttempts[\s\S]*<code>2<\/code>[\s\S]*<code>4<\/code>/);
  expect((await workflowDraftStore(auditing).draft('two_people'))?.definition.options.piiAttempts).toBe(2);
  const again = formOf(late, path);
  expect(again['piiAttempts']).toBe('4');
  expect((await running.post(path, again, BOB)).status).toBe(303);
  expect((await workflowDraftStore(auditing).draft('two_people'))?.definition.options.piiAttempts).toBe(4);
});

test('deploying a draft whose base is no longer deployed is refused, with what was changed, and can be gone on with', async () => {
  const at = await deployedOne('raced');
  await edited(`${at}/edit/options/person`, { piiAttempts: '3' });
  const review = await running.get(`${at}/edit/review`, ANNA);
  const shown = await workflowStore(opened.db).deployed('raced');
  if (!shown) throw new Error('not deployed');
  await workflowStore(opened.db).deploy('raced', { ...shown.definition, name: 'Of Bob' }, Date.now(), { by: { id: 'bob', name: 'Bob' } });
  const late = await running.post(`${at}/deploy`, formOf(review, `${at}/deploy`), ANNA);
  expect(late.status).toBe(409);
  expect(late.html).toContain('Of Bob');
  expect((await workflowStore(opened.db).deployed('raced'))?.definition.name).toBe('Of Bob');
  expect((await running.post(`${at}/edit/rebase`, formOf(late, `${at}/edit/rebase`), ANNA)).status).toBe(303);
  const again = await running.get(`${at}/edit/review`, ANNA);
  expect((await running.post(`${at}/deploy`, formOf(again, `${at}/deploy`), ANNA)).location).toBe(at);
  // Sent twice, it is deployed once.
  expect((await running.post(`${at}/deploy`, formOf(again, `${at}/deploy`), ANNA)).location).toBe(at);
  expect((await workflowStore(opened.db).deployed('raced'))?.version).toBe(3);
});

test('steps are put in and taken out; a form of one workflow does nothing to another', async () => {
  const at = await made('stepped');
  const form = formOf(await running.get(`${at}/edit/routes`, ANNA), `${at}/edit/routes/add`);
  expect((await running.post(`${at}/edit/routes/add`, { ...form, step: 'watchlist', node: '' }, ANNA)).status).toBe(303);
  expect((await workflowDraftStore(auditing).draft('stepped'))?.definition.nodes['watchlist']).toMatchObject({ routes: { clear: { end: 'deny' } } });
  expect((await running.post(`${at}/edit/routes/add`, { ...form, revision: '2', step: 'watchlist', node: HOSTILE }, ANNA)).status).toBe(422);
  expect((await running.post(`${at}/edit/routes/remove`, { ...form, revision: '2', node: 'watchlist' }, ANNA)).status).toBe(303);
  const other = await deployedOne('other_one');
  // The other one has no draft: revisions of this one mean nothing there.
  const draft = formOf(await running.get(`${at}/edit/options/look`, ANNA), `${at}/edit/options/look`);
  expect((await running.post(`${other}/edit/options/look`, { ...draft, 'theme.name': 'Stolen' }, ANNA)).status).toBe(409);
  expect((await running.post(`${other}/deploy`, { revision: '3' }, ANNA)).location).toBe(other);
  expect((await workflowStore(opened.db).deployed('other_one'))?.version).toBe(1);
  expect((await running.get(`${other}/versions/2`, ANNA)).status).toBe(404);
  expect((await running.get(`${other}/compare?a=1&b=99`, ANNA)).status).toBe(404);
});

test('JSON is downloaded, changed and pasted; bombs and unknown settings are refused and shown again', async () => {
  const at = await made('pasted');
  const path = `${at}/edit/json`;
  const form = formOf(await running.get(path, ANNA), path);
  expect(JSON.parse((await running.get(`${at}/edit/export`, ANNA)).html)).toEqual(JSON.parse(form['json'] ?? ''));
  for (const json of ['['.repeat(100_000), `{"x":"${HOSTILE}"}`, HOSTILE, '', `${'9'.repeat(300_001)}`]) {
    const seen = await running.post(path, { ...form, json }, ANNA);
    expect(seen.status).toBe(422);
    expect(seen.html).toContain('id="json-error"');
    expect(seen.html).not.toContain('<script>alert');
  }
  expect((await running.post(path, { ...form, json: 'x'.repeat(1_200_000) }, ANNA)).status).toBe(413);
  const changed = { ...(JSON.parse(form['json'] ?? '') as Record<string, unknown>), name: 'From elsewhere' };
  expect((await running.post(path, { ...form, json: JSON.stringify(changed) }, ANNA)).status).toBe(303);
  expect((await workflowDraftStore(auditing).draft('pasted'))?.definition.name).toBe('From elsewhere');
});

test('a draft that is thrown away is gone, and so is a workflow that was nothing else', async () => {
  const at = await made('thrown');
  const form = formOf(await running.get(`${at}/edit`, ANNA), `${at}/edit/discard`);
  expect((await running.post(`${at}/edit/discard`, { ...form, revision: '9' }, ANNA)).status).toBe(409);
  expect((await running.post(`${at}/edit/discard`, form, ANNA)).location).toBe('/admin/workflows');
  expect((await running.get(at, ANNA)).status).toBe(404);
});

test('who may read does not write, and deploying asks who it is once more', async () => {
  const at = await deployedOne('guarded');
  for (const role of ['auditor', 'support', 'reviewer'] as const satisfies readonly Role[]) {
    const who: Who = { roles: [role] };
    expect((await running.get(at, who)).status).toBe(200);
    expect((await running.get(`${at}/edit`, who)).status).toBe(403);
    expect((await running.post(`${at}/deploy`, { revision: '1' }, who)).status).toBe(403);
    expect((await running.get(at, who)).html).not.toContain(`${at}/edit"`);
  }
  const stale: Who = { ...ANNA, provedAgo: 3_600_000 };
  expect((await running.post(`${at}/deploy`, { revision: '1' }, stale)).location).toMatch(/^\/admin\/again/);
  expect((await running.post(`${at}/versions/1/roll-back`, { from: '1' }, stale)).location).toMatch(/^\/admin\/again/);
  for (const path of ['/admin/workflows/nowhere', '/admin/workflows/nowhere/edit', '/admin/workflows/nowhere/edit/review', '/admin/workflows/new/magic', `${at}/edit/options/constructor`, `${at}/versions/x`]) expect((await running.get(path, ANNA)).status, path).toBe(404);
  for (const revision of ['', '-1', 'x', '1e3']) expect((await running.post(`${at}/edit`, { name: 'x', revision, base: '1' }, ANNA)).status).toBe(400);
});

test('whom to be stands beside the button that tries it, for those who have it', async () => {
  const at = await deployedOne('tried');
  const page = (await running.get(at, ANNA)).html;
  expect(page).toContain('Whom to be when you try it');
  expect(page).toContain('2591 Brunswick Ct');
  expect(page).not.toContain('/dev/outbox');
  expect((await running.get(at, { id: 'olga', roles: ['auditor'] })).html).not.toContain('Whom to be');
  expect((await running.get(await made('undeployed'), ANNA)).html).not.toContain('Whom to be');
});
