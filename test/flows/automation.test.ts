/** Rules of a workflow's automation, met by people in browsers: what the staff find in the console, and what the application hears. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CaseDesk } from '../../src/admin/cases/store.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { auditLog } from '../../src/store/console/audit.ts';
import { startConsole, type TestConsole, type Who } from '../support/console.ts';
import { DESKTOP } from '../support/devices.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError } from '../support/relying_party.ts';
import { vaultOf } from '../support/vault.ts';
import { deskOf } from './review_scene.ts';
import { anotherApp, atLink, confirmOnPhone, decisionOf, journeyOf, leave, newestLink, openLink, setScene, type Scene } from './scene.ts';

const REVIEWER: Who = { id: 'staff_rev', roles: ['reviewer'] };
const AUTHOR: Who = { id: 'staff_author', roles: ['workflow_author'] };
const AUDITOR: Who = { id: 'staff_auditor', roles: ['auditor'] };
type Rules = NonNullable<NonNullable<WorkflowSource['options']>['automations']>;
const DENIED: Rules = [{ name: 'watch_denials', on: 'failed', when: { reasons: ['openedOnDesktop'] }, do: [{ action: 'open_case', tags: ['opened_on_a_desktop'] }, { action: 'notify' }, { action: 'call_out' }] }];
const STRICT: Rules = [{ name: 'first_days', on: 'completed', do: [{ action: 'review' }, { action: 'open_case', tags: ['by_hand_at_first'] }] }];

describeDatabases('what rules do', (database) => {
  let scene: Scene;
  let desk: CaseDesk;
  let site: TestConsole;
  beforeAll(async () => {
    scene = await setScene({}, database);
    desk = await deskOf(scene, Date.now);
    const { db, gateway } = scene;
    site = await startConsole(gateway.gatehouse.doors, auditLog({ db, vault: await vaultOf({ gateway, db }), now: Date.now }));
    await db.insertInto('webhook_endpoint').values({
      id: 'whe_0123456789abcdef01234567', url: 'https://hooks.example/in', description: '', mode: 'test', workflow_id: null, events: '["journey.automation"]', with_credential: false, enabled: true,
      disabled_because: null, disabled_at: null, failing_since: null, created_at: 0, updated_at: 0,
    }).execute();
  });
  afterAll(async () => {
    await site.close();
    await scene.close();
  });
  const told = async (journeyId: string) => (await scene.db.selectFrom('webhook_event').select(['type', 'data']).where('journey_id', '=', journeyId).orderBy('type').execute());

  it('a denied person leaves a tagged case to look at, a notice and a call, and hears of none of it', async () => {
    const app = await anotherApp(scene, 'watched', { options: { automations: DENIED } });
    const { person, signIn } = await atLink(app);
    const desktop = await openLink(await newestLink(app), DESKTOP);
    await desktop.press('number', person.output);
    await person.reload();
    expect(person.page).toBe('denied');
    for (const word of ['watch_denials', 'opened_on_a_desktop']) expect(person.answer.body).not.toContain(word);
    const { id } = await journeyOf(app, person);
    expect(await oauthError(app.app.finish(await leave(person), signIn))).toMatchObject({ error: 'access_denied' });
    const rows = await told(id);
    expect(rows.map(({ type }) => type)).toEqual(['case.opened', 'journey.automation', 'journey.decided']);
    expect(rows[1]?.data).toMatchObject({ transaction_id: id, rule: 'watch_denials', decision: 'deny', reasons: ['openedOnDesktop'] });

    // The queue, by its tag; the case, which decides nothing; and how it is closed.
    const queue = await site.get('/admin/cases?tag=opened_on_a_desktop', REVIEWER);
    expect(queue.html).toContain('Follow-up');
    expect(queue.html).toContain(id);
    const caseId = (await desk.ofJourney(id)) ?? '';
    const page = await site.get(`/admin/cases/${caseId}`, REVIEWER);
    expect(page.status).toBe(200);
    for (const form of ['approve', 'deny', 'again']) expect(page.html).not.toContain(`/admin/cases/${caseId}/${form}"`);
    expect(page.html).toContain(`/admin/cases/${caseId}/close"`);
    expect(page.html).not.toContain('A false alarm');
    for (const form of [{ path: 'approve', approveCode: 'false_alarm' }, { path: 'deny', denyCode: 'face_differs' }, { path: 'again', node: 'sms_link', againCode: 'more_proof_needed' }, { path: 'close', ending: 'false_alarm' }]) {
      const { path, ...rest } = form;
      expect((await site.post(`/admin/cases/${caseId}/${path}`, { version: '1', ...rest } as Record<string, string>, REVIEWER)).status, path).toBe(422);
    }
    expect((await site.post(`/admin/cases/${caseId}/close`, { version: '1', ending: 'looked_at' }, AUDITOR)).status).toBe(403);
    expect((await site.post(`/admin/cases/${caseId}/close`, { version: '1', ending: 'looked_at', endingWords: '' }, REVIEWER)).status).toBe(303);
    expect(await desk.find(caseId)).toMatchObject({ kind: 'follow_up', status: 'resolved', resolution: 'follow_up_looked_at' });
    expect((await told(id)).find(({ type }) => type === 'case.resolved')?.data).toEqual({ case_id: caseId, transaction_id: id, resolution: 'follow_up_looked_at' });
    expect(await decisionOf(app, person)).toMatchObject({ verdict: 'deny' });
  });

  it('the notice stands on the overview for who may see cases, until somebody dismisses it', async () => {
    const line = 'rule “watch_denials” of watched met 1 journey';
    expect((await site.get('/admin', REVIEWER)).html).toContain(line);
    // Authors of workflows see no cases, and no notices of people.
    expect((await site.get('/admin', AUTHOR)).html).not.toContain('watch_denials');
    expect((await site.get('/admin/notices', AUTHOR)).status).toBe(403);
    const { id } = await scene.db.selectFrom('automation_run').select('id').where('rule', '=', 'watch_denials').executeTakeFirstOrThrow();
    const page = await site.get('/admin/notices?workflow=watched&rule=watch_denials', AUDITOR);
    expect(page.html).toContain('watch_denials');
    expect(page.html).not.toContain('/dismiss');
    expect((await site.post(`/admin/notices/${id}/dismiss`, {}, AUDITOR)).status).toBe(403);
    expect((await site.post('/admin/notices/nobodys/dismiss', {}, REVIEWER)).status).toBe(404);
    expect((await site.get('/admin', REVIEWER)).html).toContain(line);
    expect((await site.post(`/admin/notices/${id}/dismiss`, {}, REVIEWER)).status).toBe(303);
    expect((await site.post(`/admin/notices/${id}/dismiss`, {}, REVIEWER)).status).toBe(404);
    expect((await site.get('/admin', REVIEWER)).html).not.toContain('watch_denials');
    expect((await site.get('/admin/notices', REVIEWER)).html).toContain('Nothing to notice');
  });

  it('an approval that a rule puts to review goes out as the key says, and a person decides', async () => {
    const app = await anotherApp(scene, 'by_hand', { options: { automations: STRICT }, client: { review_as: 'hold' } });
    const { person, signIn } = await atLink(app, { scope: 'openid profile' });
    await confirmOnPhone(app, person);
    await person.reload();
    expect(person.page).toBe('review_wait');
    expect(person.answer.body).not.toContain('first_days');
    const { id } = await journeyOf(app, person);
    expect(await decisionOf(app, person)).toEqual({ verdict: 'review', reasons: expect.arrayContaining(['sent_to_review']) as string[] });
    const caseId = (await desk.ofJourney(id)) ?? '';
    const found = await desk.find(caseId);
    expect(found).toMatchObject({ kind: 'review', status: 'open', tags: expect.arrayContaining(['by_hand_at_first', 'sent_to_review']) as string[] });
    expect((await site.post(`/admin/cases/${caseId}/approve`, { version: String(found?.version), approveCode: 'false_alarm', approveWords: '' }, REVIEWER)).status).toBe(303);
    await person.reload();
    expect(person.page).toBe('finished');
    const tokens = await app.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', transaction_id: id });
    expect(await app.app.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
  });

  it('an application whose key says nothing of reviews hears an error, and signs nobody in', async () => {
    const app = await anotherApp(scene, 'by_hand_error', { options: { automations: STRICT } });
    const { person, signIn } = await atLink(app);
    await confirmOnPhone(app, person);
    await person.reload();
    expect(await oauthError(app.app.finish(await leave(person), signIn))).toEqual({ error: 'access_denied', description: 'the verification is waiting for a review' });
  });
});
