/** A reviewer has the link of a step that is asked again sent by text message, on a whole gateway, by the API. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { HttpPerson } from '../support/http_person.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { signInAsAdministrator } from '../support/staff.ts';
import { atLink, confirmOnPhone, journeyOf, leave, messagesTo, newestLink, openLink, setScene, type Scene } from './scene.ts';

const PHONE = '+14075550123';
let scene: Scene;
let token: string;

beforeAll(async () => {
  scene = await setScene();
  const options = { ...userOnboarding.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done' };
  const nodes = { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const }, refused: { end: 'review' as const } } } };
  const key = await scene.gateway.addWorkflow('by_text', { ...userOnboarding, nodes, options });
  const gateway = { ...scene.gateway, key };
  scene = { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) };
  const setup = await gateway.gatehouse.adminSetup();
  if (setup === undefined) throw new Error('there is an administrator already');
  const { browser } = await signInAsAdministrator(gateway.origin, setup);
  const made = await browser.submit('/admin/tokens/new', { 'name': 'robot', 'days': '1', 'nets': '', 'scope.case.read': 'on', 'scope.case.decide': 'on', 'scope.journey.read': 'on', 'scope.audit.read': 'on' });
  token = /gha_[\w-]{43}/.exec(made.html)?.[0] ?? '';
});
afterAll(() => scene?.close());

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${scene.gateway.origin}/admin/api/v1${path}`, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: JSON.parse(text) as Record<string, unknown>, text };
}

/** In review, because the phone answered otherwise than its owner would. */
async function inReview(how: 'wrong' | 'refused') {
  const { person } = await atLink(scene);
  const phone = await openLink(await newestLink(scene));
  const numbers = [...phone.answer.body.matchAll(/name="number" value="(\d\d)"/g)].map(([, digits]) => digits ?? '');
  await (how === 'refused' ? phone.press('refuse') : phone.press('number', numbers.find((digits) => digits !== person.output) ?? ''));
  await leave(person);
  const { id } = await journeyOf(scene, person);
  const queue = await ask('GET', '/cases?status=open&most=50');
  const found = (queue.json['data'] as readonly { id: string; version: number; transaction_id: string }[]).find((one) => one.transaction_id === id);
  if (!found) throw new Error(`no case: ${queue.text}`);
  return { id, caseId: found.id, version: found.version };
}

it('goes to the phone that was matched, and leads on; the caller is told no link, and no log the number', async () => {
  const { id, caseId, version } = await inReview('wrong');
  const before = (await messagesTo(scene)).length;
  const told = await ask('POST', `/cases/${caseId}/ask-again`, { version, node: 'sms_link', code: 'step_had_trouble', send: true });
  expect(told).toMatchObject({ status: 200, json: { url: null, sent: 'sent', send_failure: null } });
  const messages = await messagesTo(scene);
  expect(messages).toHaveLength(before + 1);
  const link = messages[0]?.link ?? '';
  expect(link).toMatch(new RegExp(`^${scene.gateway.origin}/again/[\\w-]{43}$`));
  expect(messages[0]?.body.endsWith(` ${link}`)).toBe(true);

  const journey = await ask('GET', `/journeys/${id}`);
  expect((journey.json['messages'] as readonly { status: string; provider: string }[]).at(-1)).toMatchObject({ status: 'sent', provider: 'outbox' });
  expect(journey.text).not.toContain(PHONE.slice(1));
  const log = await ask('GET', `/audit?target_id=${caseId}&most=20`);
  const entries = (log.json['data'] as readonly { action: string; target: { id: string }; details: unknown }[] | undefined) ?? [];
  expect(entries.find(({ action }) => action === 'case.link_sent')?.details, log.text).toMatchObject({ by: 'text', status: 'sent' });
  for (const secret of [PHONE.slice(1), link.split('/').at(-1) ?? link]) expect(log.text).not.toContain(secret);

  // Looking uses nothing up; the button does, and the step begins anew.
  const owner = await new HttpPerson({ stopAt: ['https://app.example.com'] }).open(link);
  expect(owner.page).toBe('again_link');
  await owner.press();
  expect(owner.page).toBe('sms_wait');
  await confirmOnPhone(scene, owner);
  await owner.reload();
  expect(owner.page).toBe('again_done');
});

it('never goes to a phone whose owner said that they did not ask', async () => {
  const { caseId, version } = await inReview('refused');
  const before = (await messagesTo(scene)).length;
  expect(await ask('POST', `/cases/${caseId}/ask-again`, { version, node: 'sms_link', code: 'step_had_trouble', send: true })).toMatchObject({ status: 422, json: { code: 'case_no_phone' } });
  expect((await ask('GET', `/cases/${caseId}`)).json).toMatchObject({ status: 'open', version });
  expect(await messagesTo(scene)).toHaveLength(before);
  // By hand it is possible as ever, also by a new link later.
  expect(await ask('POST', `/cases/${caseId}/ask-again`, { version, node: 'sms_link', code: 'step_had_trouble' })).toMatchObject({ status: 200, json: { url: expect.stringContaining('/again/') as string, sent: null } });
  expect(await ask('POST', `/cases/${caseId}/link`, { version: version + 1, send: true })).toMatchObject({ status: 422, json: { code: 'case_no_phone' } });
});

it('is described as it is', async () => {
  const described = (await (await fetch(`${scene.gateway.origin}/admin/api/v1/openapi.json`)).json()) as { paths: Record<string, Record<string, { requestBody: { content: { 'application/json': { schema: { required: readonly string[] } } } }; responses: unknown }>> };
  for (const path of ['/cases/{id}/ask-again', '/cases/{id}/link']) {
    const door = Object.entries(described.paths).find(([key]) => key.endsWith(path))?.[1]['post'];
    expect(door?.requestBody, path).toMatchObject({ content: { 'application/json': { schema: { properties: { send: { type: 'boolean', default: false } } } } } });
    expect(JSON.stringify(door?.responses), path).toContain('"sent"');
    expect(door?.requestBody.content['application/json'].schema.required, path).not.toContain('send');
  }
});
