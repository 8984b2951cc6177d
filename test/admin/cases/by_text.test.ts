/** Asking for a step again with the link sent by text message: what is offered, what is told, and what is written down. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { caseApi } from '../../../src/admin/api/routes/cases.ts';
import { caseRoutes } from '../../../src/admin/cases/routes.ts';
import type { CaseDesk } from '../../../src/admin/cases/store.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { againMessages } from '../../../src/engine/again_message.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { anyStep } from '../../../src/steps/index.ts';
import { messageLimit } from '../../../src/steps/sms_link/message_limit.ts';
import { againMessageRows } from '../../../src/store/again_messages.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { caseDesk } from '../../../src/store/console/cases.ts';
import { journeyDesk } from '../../../src/store/console/journeys.ts';
import { imageStore } from '../../../src/store/images.ts';
import { velocityCounts } from '../../../src/store/velocity.ts';
import type { SendAnswer, TextMessage, Vendors } from '../../../src/vendors/ports.ts';
import { answerOf, CLAIMED, makeWorld, START, type World } from '../../engine/world.ts';
import { startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const ANN: Who = { id: 'ann', roles: ['reviewer'] };
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};
const CONSENT = { purpose: 'phone_data_and_messages', text: 'We may message you.', locale: 'en', method: 'button' } as const;
const OFFERED = 'id="send" name="send" type="checkbox"';

describeDatabases('a link sent by text message from the case', ({ fresh }) => {
  let world: World;
  let desk: CaseDesk;
  let audit: AuditLog;
  let site: TestConsole;
  let sent: TextMessage[] = [];
  let answer: (message: TextMessage) => Promise<SendAnswer>;
  ownDatabase(fresh, async (opened) => {
    const first = anyStep<never>({
      name: 'kba', needs: [], yields: [], state: z.never(), move: () => ({ kind: 'finish', end: { outcome: 'pass', reasons: [] } }), submit: async () => ({ kind: 'invalid', errors: {} }),
    });
    world = await makeWorld(opened, () => [first]);
    const { db, vault, clock: { now } } = world;
    const sms = { name: 'fake', send: (message: TextMessage) => (sent.push(message), answer(message)) };
    const messages = againMessages({
      journeys: world.journeys, workflows: world.workflows, vendors: { test: { sms }, live: { sms } } as unknown as Vendors, now, ...againMessageRows(db), unrecorded: () => undefined,
      limit: messageLimit(velocityCounts(db, (dimension, value) => Buffer.from(vault.keyedHash(dimension, value), 'base64url'))),
    });
    desk = caseDesk({ db, vault, now, engine: world.engine, issuer: 'https://id.example.com', messages });
    audit = auditLog({ db, vault, now });
    site = await startConsole(caseRoutes({ cases: desk, journeys: journeyDesk({ db, vault, now, images: imageStore(db, vault, now, undefined) }) }), audit, now);
  });
  afterAll(() => site.close());
  beforeEach(async () => {
    sent = [];
    answer = async ({ id }) => ({ kind: 'accepted', provider: 'fake', providerMessageId: `p-${id}` });
    world.clock.set(START);
    world.script.matched = { ...world.script.matched, consents: [CONSENT] };
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'wrongNumber' }], evidence: [] } });
    await world.db.deleteFrom('velocity_event').execute();
    await world.deploy(REVIEWED);
  });

  const opened = async () => {
    const journeyId = await world.upTo('sms_wait');
    await world.engine.submit(journeyId, answerOf('sms_wait'));
    const id = (await desk.ofJourney(journeyId)) ?? '';
    return { journeyId, id, href: `/admin/cases/${id}` };
  };
  const ASK = { version: '1', node: 'sms_link', againCode: 'step_had_trouble' };
  const linkIn = (html: string): string => /https:\/\/id\.example\.com\/again\/([\w-]{43})</.exec(html)?.[1] ?? '';
  const entries = async (id: string) => (await audit.page({ targetId: id }, undefined, 20)).map(({ action, outcome, details }) => ({ action, outcome, details }));
  const token = (): string => sent[0]?.link.open().split('/').at(-1) ?? 'no message';

  test('offered, and ticked, where a phone was matched; the link goes to it, and nobody on the staff sees it', async () => {
    const { href, id, journeyId } = await opened();
    const { html } = await site.get(href, ANN);
    expect(html).toMatch(/id="send" name="send" type="checkbox" value="on" checked/);
    expect(html).toContain('ends in ••23)');
    expect(html).not.toContain(CLAIMED.phone.slice(1));
    const done = await site.post(`${href}/again`, { ...ASK, send: 'on' }, ANN);
    expect([done.status, done.headers.get('cache-control'), done.html.includes('sent by text message to the phone that ends in ••23')]).toEqual([200, 'no-store', true]);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.to.open()).toBe(CLAIMED.phone);
    expect(token()).toHaveLength(43);
    expect(linkIn(done.html)).toBe('');
    expect(done.html).not.toContain(token());
    expect(await entries(id)).toMatchObject([
      { action: 'case.link_sent', outcome: 'done', details: { journey: journeyId, by: 'text', status: 'sent', message: sent[0]?.id } }, { action: 'case.asked_again', outcome: 'done' },
    ]);
    const written = await Promise.all((['audit_entry', 'case_event', 'case_note', 'webhook_event', 'message', 'journey_event', 'again_link'] as const).map((table) => world.db.selectFrom(table).selectAll().execute()));
    for (const secret of [CLAIMED.phone, CLAIMED.phone.slice(1), token()]) {
      expect(JSON.stringify(written)).not.toContain(secret);
      expect(site.log()).not.toContain(secret);
    }
    // Sent twice: the second is told that the case moved on, and no second message goes.
    expect((await site.post(`${href}/again`, { ...ASK, send: 'on' }, ANN)).status).toBe(422);
    expect(sent).toHaveLength(1);
    // What became of it stands with the case that waits.
    await world.engine.delivered({ provider: 'fake', providerMessageId: `p-${sent[0]?.id}`, status: 'delivered' });
    expect((await site.get(href, ANN)).html).toMatch(/Text messages since: <strong>delivered<\/strong>/);
  });

  test('unticked, it is handed over as ever, and nothing is sent; a form that comes back keeps what was chosen', async () => {
    const { href, id } = await opened();
    for (const [chosen, ticked] of [[{ send: 'on' }, true], [{}, false]] as const) {
      const faulty = await site.post(`${href}/again`, { version: '1', node: 'sms_link', offered: 'yes', ...chosen }, ANN);
      expect([faulty.status, faulty.html.includes(`${OFFERED} value="on" checked`)]).toEqual([422, ticked]);
    }
    // A fault of another form of the page chooses nothing here.
    expect((await site.post(`${href}/approve`, { version: '1' }, ANN)).html).toContain(`${OFFERED} value="on" checked`);
    const done = await site.post(`${href}/again`, ASK, ANN);
    expect(linkIn(done.html)).toHaveLength(43);
    expect(done.html).not.toContain('text message');
    expect([sent, (await entries(id)).map(({ action }) => action)]).toEqual([[], ['case.asked_again']]);
  });

  test.each<[string, SendAnswer | 'throws', RegExp, object]>([
    ['rejected', { kind: 'rejected', provider: 'fake', code: 'unreachable' }, /The text message was not sent:<\/strong> the sender answered “unreachable”/, { status: 'failed', code: 'unreachable' }],
    ['no sender', { kind: 'rejected', provider: 'none', code: 'not_configured' }, /not sent:<\/strong> no sender of messages is configured/, { status: 'failed', code: 'not_configured' }],
    ['timed out', { kind: 'unknown', provider: 'fake', code: 'timed_out' }, /Nobody can say whether the text message went out/, { status: 'unknown', code: 'timed_out' }],
    ['broken', 'throws', /Nobody can say whether the text message went out/, { status: 'unknown', code: 'broke' }],
  ])('%s: said plainly, and the link is shown to hand over', async (_what, said, told, details) => {
    const { href, id } = await opened();
    answer = async () => {
      if (said === 'throws') throw new Error('the line is dead');
      return said;
    };
    const done = await site.post(`${href}/again`, { ...ASK, send: 'on' }, ANN);
    expect(done.status).toBe(200);
    expect(done.html).toMatch(told);
    expect(linkIn(done.html)).toBe(token());
    expect((await entries(id))[0]).toMatchObject({ action: 'case.link_sent', details });
    expect((await desk.find(id))?.status).toBe('waiting');
  });

  test('a phone that had its share gets none, and that is said', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, risk: { velocityDeniesTest: true }, link: { maxPerPhonePerDay: 1 } } });
    expect((await site.post(`${(await opened()).href}/again`, { ...ASK, send: 'on' }, ANN)).html).toContain('••23');
    const { href, id } = await opened();
    const done = await site.post(`${href}/again`, { ...ASK, send: 'on' }, ANN);
    expect(done.html).toContain('not sent:</strong> this phone had as many messages as the workflow allows in a day');
    expect(linkIn(done.html)).toHaveLength(43);
    expect([sent.length, (await entries(id))[0]]).toMatchObject([1, { details: { status: 'failed', code: 'message_limit' } }]);
  });

  test('where nothing may be sent it is not offered, and asking for it all the same changes nothing', async () => {
    world.script.matched = { ...world.script.matched, consents: [] };
    const { href, id, journeyId } = await opened();
    expect((await site.get(href, ANN)).html).not.toContain(OFFERED);
    const refused = await site.post(`${href}/again`, { ...ASK, send: 'on' }, ANN);
    expect([refused.status, refused.html.includes('id="send"'), refused.html.includes('There is no phone')]).toEqual([422, true, true]);
    expect([await desk.find(id), (await world.journeys.byId(journeyId))?.journey.decision?.verdict, sent]).toMatchObject([{ status: 'open', version: 1 }, 'review', []]);
    expect(await entries(id)).toEqual([]);
    world.script.matched = { ...world.script.matched, consents: [CONSENT] };
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'reportedByUser' }], evidence: [] } });
    expect((await site.get((await opened()).href, ANN)).html).not.toContain(OFFERED);
  });

  test('where the phone was proven by what is asked again, the link goes to the phone that was offered', async () => {
    const kba = { step: 'kba' as const, routes: { ...userOnboarding.nodes['kba']?.routes, pass: { go: 'pii_validation' } } };
    const entry = { step: 'session_risk' as const, routes: { ...userOnboarding.nodes['session_risk']?.routes, allow: { go: 'kba' } } };
    await world.deploy({ ...REVIEWED, nodes: { ...REVIEWED.nodes, session_risk: entry, kba } });
    const { href, id, journeyId } = await opened();
    expect((await site.get(href, ANN)).html).toContain('ends in ••23)');
    const done = await site.post(`${href}/again`, { ...ASK, node: 'kba', send: 'on' }, ANN);
    expect(done.html).toContain('sent by text message to the phone that ends in ••23');
    expect([sent.map(({ to }) => to.open()), (await entries(id))[0]]).toMatchObject([[CLAIMED.phone], { action: 'case.link_sent', details: { status: 'sent' } }]);
    expect((await world.journeys.byId(journeyId))?.evidence).toEqual([]);
    // Nothing proves it any more: a new link goes nowhere, and that is said before anything is changed.
    expect(await desk.newLink({ kind: 'staff', id: 'ann', name: 'Ann' }, { caseId: id, version: 2, send: true })).toEqual({ kind: 'refused', why: 'no_phone' });
    expect([sent.length, (await desk.find(id))?.version]).toEqual([1, 2]);
  });

  test('a new link can go the same way; who may only look is offered nothing and told no digits', async () => {
    const { href } = await opened();
    await site.post(`${href}/again`, ASK, ANN);
    const seen = await site.get(href, ANN);
    expect(seen.html).toContain(OFFERED);
    for (const role of ['auditor', 'support'] as const) expect((await site.get(href, { roles: [role] })).html).not.toContain('••');
    expect((await site.post(`${href}/link`, { version: '2', send: 'on' }, { roles: ['auditor'] })).status).toBe(403);
    const done = await site.post(`${href}/link`, { version: '2', send: 'on' }, ANN);
    expect([done.html.includes('••23'), linkIn(done.html), sent.length]).toEqual([true, '', 1]);
    expect((await site.post(`${href}/link`, { version: '2', send: 'on' }, ANN)).status).toBe(422);
    expect(sent).toHaveLength(1);
  });

  test('the API says the same: sent and no link, or not sent and the link; refused where there is no phone', async () => {
    const door = caseApi(desk).find(({ path }) => path === '/cases/{id}/ask-again');
    if (!door) throw new Error('no such door');
    const ask = async (body: object) => {
      const { id } = await opened();
      const parsed = door.body?.parse({ version: 1, node: 'sms_link', code: 'step_had_trouble', ...body });
      return door.handle({ params: { id }, body: parsed, query: {}, actor: { kind: 'token', id: 't', name: 'robot' }, now: START } as never);
    };
    expect(await ask({ send: true })).toEqual({ url: null, expires_at: '2027-01-18T08:00:00.000Z', sent: 'sent', send_failure: null });
    expect(await ask({})).toMatchObject({ url: expect.stringMatching(/\/again\/[\w-]{43}$/) as string, sent: null, send_failure: null });
    answer = async () => ({ kind: 'rejected', provider: 'fake', code: 'unreachable' });
    expect(await ask({ send: true })).toMatchObject({ url: expect.stringMatching(/\/again\/[\w-]{43}$/) as string, sent: 'failed', send_failure: 'unreachable' });
    world.script.matched = { ...world.script.matched, consents: [] };
    await expect(ask({ send: true })).rejects.toMatchObject({ code: 'case_no_phone', status: 422 });
  });
});
