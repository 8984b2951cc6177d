import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { caseRoutes } from '../../../src/admin/cases/routes.ts';
import type { CaseDesk } from '../../../src/admin/cases/store.ts';
import type { JourneyDesk } from '../../../src/admin/journeys/store.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { mayDo, ROLES } from '../../../src/admin/permissions.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { caseDesk } from '../../../src/store/console/cases.ts';
import { journeyDesk } from '../../../src/store/console/journeys.ts';
import { imageStore } from '../../../src/store/images.ts';
import { incidentStore } from '../../../src/store/incidents.ts';
import { answerOf, evidenceOf, makeWorld, START, type World } from '../../engine/world.ts';
import { startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const ANN: Who = { id: 'ann', roles: ['reviewer'] };
const BEN: Who = { id: 'ben', roles: ['administrator', 'reviewer'] };
const SHOWN = { type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: 'Eriksson', givenName: 'Anna', birthDate: '1974-08-12', expiryDate: '2030-04-15', method: 'mrz' };
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};
const HOSTILE = `<script>alert(1)</script>"'`;
const DAY = 86_400_000;

describeDatabases('the doors to cases', ({ fresh }) => {
  let world: World;
  let desk: CaseDesk;
  let audit: AuditLog;
  let site: TestConsole;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
    const { db, vault, clock: { now } } = world;
    desk = caseDesk({ db, vault, now, engine: world.engine, issuer: 'https://id.example.com' });
    audit = auditLog({ db, vault, now });
    const journeys: JourneyDesk = journeyDesk({ db, vault, now, images: imageStore(db, vault, now, undefined) });
    for (const [id, name, roles] of [['ann', 'Ann', 'reviewer'], ['ben', 'Ben', 'administrator,reviewer'], ['eve', 'Eve', 'auditor']] as const) {
      await db.insertInto('staff').values({ id, name, email_hash: null, email: null, external_key: id, password_hash: null, totp: null, roles, created_at: START, disabled_at: null, signed_in_at: null }).execute();
    }
    site = await startConsole(caseRoutes({ cases: desk, journeys }), audit, now);
  });
  afterAll(() => site.close());
  beforeEach(async () => {
    world.clock.set(START);
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'number_wrong' }], evidence: [evidenceOf('document_attempt', { documents: [SHOWN], findings: [], at: START })] } });
    await world.deploy(REVIEWED);
  });

  const opened = async () => {
    const journeyId = await world.upTo('sms_wait');
    await world.engine.submit(journeyId, answerOf('sms_wait'));
    const id = (await desk.ofJourney(journeyId)) ?? '';
    return { journeyId, id, href: `/admin/cases/${id}` };
  };
  const found = async (id: string) => {
    const one = await desk.find(id);
    if (!one) throw new Error('no such case');
    return one;
  };
  const verdictOf = async (journeyId: string) => (await world.journeys.byId(journeyId))?.journey.decision?.verdict;
  const actions = async (id: string) => (await audit.page({ targetId: id }, undefined, 20)).map(({ action, outcome, actor }) => [action, outcome, actor.id]);
  const v = async (id: string) => String((await found(id)).version);

  test('the queue shows what is open, and narrows by every filter; an odd one narrows nothing, a bad page is refused', async () => {
    const [one, two] = [await opened(), await opened()];
    await site.post(`${one.href}/assign`, { version: '1', to: 'me' }, ANN);
    await site.post(`${one.href}/tags`, { version: '2', add: 'only_here' }, ANN);
    const shows = async (query: string, who = ANN) => {
      const { status, html } = await site.get(`/admin/cases${query}`, who);
      expect(status, query).toBe(200);
      return [one, two].map(({ href }) => html.includes(`href="${href}"`));
    };
    expect(await shows('')).toEqual([true, true]);
    expect(await shows('?who=me')).toEqual([true, false]);
    expect(await shows('?who=me', BEN)).toEqual([false, false]);
    expect(await shows('?who=nobody')).toEqual([false, true]);
    expect(await shows('?tag=only_here')).toEqual([true, false]);
    expect(await shows('?workflow=tested&mode=test')).toEqual([true, true]);
    expect(await shows('?mode=live')).toEqual([false, false]);
    expect(await shows('?workflow=other')).toEqual([false, false]);
    expect(await shows('?show=waiting')).toEqual([false, false]);
    expect(await shows('?show=resolved')).toEqual([false, false]);
    expect(await shows('?show=overdue')).toEqual([false, false]);
    world.clock.set(START + 2 * DAY);
    expect(await shows('?show=overdue')).toEqual([true, true]);
    expect(await shows(`?show=${encodeURIComponent(HOSTILE)}&who=${encodeURIComponent(HOSTILE)}`)).toEqual([true, true]);
    expect((await site.get(`/admin/cases?tag=${encodeURIComponent(HOSTILE)}`, ANN)).html).not.toContain('<script>alert');
    expect((await site.get('/admin/cases?before=x', ANN)).status).toBe(400);
  });

  test('taking, taking over, giving away, and nobody who may not', async () => {
    const { id, href } = await opened();
    expect((await site.post(`${href}/assign`, { version: '1', to: 'me' }, ANN)).status).toBe(303);
    const asks = await site.post(`${href}/assign`, { version: '2', to: 'me' }, BEN);
    expect(asks.status).toBe(422);
    expect(asks.html).toContain('id="takeOver-error"');
    expect((await site.post(`${href}/assign`, { version: '2', to: 'me', takeOver: 'on' }, BEN)).status).toBe(303);
    expect((await found(id)).assignee?.id).toBe('ben');
    for (const to of ['eve', 'nobody', HOSTILE]) expect((await site.post(`${href}/assign`, { version: '3', to }, BEN)).html, to).toContain('id="to-error"');
    expect((await site.post(`${href}/assign`, { version: '3', to: '' }, BEN)).status).toBe(303);
    expect((await found(id)).assignee).toBeUndefined();
  });

  test('tags and comments: small words, and words that are sealed, shown to those who work on cases', async () => {
    const { id, href } = await opened();
    expect((await site.post(`${href}/tags`, { version: '1', add: '' }, ANN)).html).toContain('id="add-error"');
    expect((await site.post(`${href}/tags`, { version: '1', add: `vip, ${HOSTILE}` }, ANN)).status).toBe(303);
    expect((await site.post(`${href}/tags`, { version: '2', remove: 'vip' }, ANN)).status).toBe(303);
    expect((await found(id)).tags).not.toContain('vip');
    expect((await site.post(`${href}/tags`, { version: '3', add: Array.from({ length: 21 }, (_one, index) => `t${index}`).join(' ') }, ANN)).html).toContain('id="add-error"');
    expect((await site.post(`${href}/comments`, { comment: '  ' }, ANN)).html).toContain('id="comment-error"');
    expect((await site.post(`${href}/comments`, { comment: `Eriksson rang ${HOSTILE}` }, ANN)).status).toBe(303);
    const rows = await Promise.all((['case_note', 'case_event', 'audit_entry', 'webhook_event'] as const).map((table) => world.db.selectFrom(table).selectAll().execute()));
    expect(JSON.stringify(rows)).not.toContain('Eriksson');
    expect(rows[0]?.some((row) => Buffer.from((row as { sealed: Uint8Array }).sealed ?? []).includes('Eriksson'))).toBe(false);
    const seen = await site.get(href, ANN);
    expect(seen.html).toContain('Eriksson rang &lt;script&gt;');
    expect(seen.html).not.toContain('<script>alert');
    expect((await site.get(href, { id: 'eve', roles: ['auditor'] })).html).not.toContain('Eriksson');
    expect(site.log()).not.toContain('Eriksson');
  });

  test('a decision is on what was looked at: an old page is told, the second of two is too', async () => {
    const { id, href, journeyId } = await opened();
    expect((await site.post(`${href}/approve`, { version: '1' }, ANN)).html).toContain('id="approveCode-error"');
    expect((await site.post(`${href}/approve`, { version: '1', approveCode: 'face_differs' }, ANN)).html).toContain('id="approveCode-error"');
    await site.post(`${href}/assign`, { version: '1', to: 'me' }, BEN);
    for (const version of ['1', '', '-1', '1e0', HOSTILE]) {
      const stale = await site.post(`${href}/approve`, { version, approveCode: 'picture_was_poor', approveWords: 'Eriksson' }, ANN);
      expect([stale.status, stale.html.includes('Somebody else changed this case')], version).toEqual([422, true]);
    }
    expect(await verdictOf(journeyId)).toBe('review');
    const both = await Promise.all([site.post(`${href}/approve`, { version: '2', approveCode: 'picture_was_poor' }, ANN), site.post(`${href}/deny`, { version: '2', denyCode: 'face_differs' }, BEN)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 422]);
    expect(await found(id)).toMatchObject({ status: 'resolved' });
    const late = await site.post(`${href}/deny`, { version: await v(id), denyCode: 'face_differs' }, ANN);
    expect([late.status, late.html.includes('resolved meanwhile')]).toEqual([422, true]);
  });

  test('four eyes are two people, not two sessions of one', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, review: { fourEyes: true } } });
    const { id, href, journeyId } = await opened();
    expect((await site.post(`${href}/approve`, { version: '1', approveCode: 'picture_was_poor' }, ANN)).status).toBe(303);
    expect(await verdictOf(journeyId)).toBe('review');
    // Signed in anew, elsewhere, with more roles: still Ann.
    const elsewhere = await site.post(`${href}/approve`, { version: '2', approveCode: 'picture_was_poor' }, { id: 'ann', roles: ['administrator', 'reviewer'], provedAgo: 60_000 });
    expect([elsewhere.status, elsewhere.html.includes('nobody confirms what they proposed themselves')]).toEqual([422, true]);
    expect((await site.post(`${href}/withdraw`, { version: '2' }, BEN)).status).toBe(422);
    expect((await site.post(`${href}/approve`, { version: '2', approveCode: 'picture_was_poor' }, BEN)).status).toBe(303);
    expect(await verdictOf(journeyId)).toBe('approve');
    expect(await actions(id)).toEqual([['case.decided', 'done', 'ben'], ['case.decided', 'refused', 'ann'], ['case.proposed', 'done', 'ann']]);
  });

  test('a reveal asks for a reason and a fresh sign-in, and is on record before anything is opened', async () => {
    const { href, journeyId } = await opened();
    const revealed = () => audit.page({ action: 'journey.revealed', targetId: journeyId }, undefined, 5);
    const why = 'The number and the name differ';
    for (const reason of ['', 'short']) {
      const { status, html } = await site.post(`${href}/reveal`, { reason }, ANN);
      expect([status, html.includes('id="reason-error"'), html.includes('L898902C3')], reason).toEqual([422, true, false]);
    }
    const tired = await site.post(`${href}/reveal`, { reason: why }, { ...ANN, provedAgo: 3_600_000 });
    expect(tired.html).not.toContain('L898902C3');
    expect(await revealed()).toEqual([]);
    expect((await site.get(href, ANN)).html).not.toContain('L898902C3');
    const { status, html, headers } = await site.post(`${href}/reveal`, { reason: why }, ANN);
    expect([status, html.includes('L898902C3'), headers.get('cache-control')]).toEqual([200, true, 'no-store']);
    expect((await revealed()).map(({ actor, outcome }) => [actor.id, outcome])).toEqual([['ann', 'done']]);
    expect(site.log()).not.toContain('L898902C3');
    // Where the log cannot be written, nothing is shown.
    await world.db.schema.alterTable('audit_entry').renameTo('audit_entry_away').execute();
    try {
      const failed = await site.post(`${href}/reveal`, { reason: why }, ANN);
      expect([failed.status >= 500, failed.html.includes('L898902C3')]).toEqual([true, false]);
    } finally {
      await world.db.schema.alterTable('audit_entry_away').renameTo('audit_entry').execute();
    }
  });

  test('asking again shows its link once, and a new one ends the one before', async () => {
    const { id, href, journeyId } = await opened();
    const link = (html: string): string => /https:\/\/id\.example\.com\/again\/([\w-]{43})</.exec(html)?.[1] ?? '';
    expect((await site.post(`${href}/again`, { version: '1', node: 'sms_link' }, ANN)).html).toContain('id="againCode-error"');
    for (const node of ['', 'pii_validation', '__proto__']) expect((await site.post(`${href}/again`, { version: '1', node, againCode: 'step_had_trouble' }, ANN)).html, node).toContain('id="node-error"');
    expect((await site.post(`${href}/link`, { version: '1' }, ANN)).status).toBe(422);
    const form = { version: '1', node: 'sms_link', againCode: 'step_had_trouble' };
    const shown = await site.post(`${href}/again`, form, ANN);
    const first = link(shown.html);
    expect([shown.status, first.length, shown.headers.get('cache-control')]).toEqual([200, 43, 'no-store']);
    expect(await verdictOf(journeyId)).toBeUndefined();
    expect(await found(id)).toMatchObject({ status: 'waiting' });
    // Sent twice, the second is told that the case moved on, and shows none.
    const repeated = await site.post(`${href}/again`, form, ANN);
    expect([repeated.status, link(repeated.html)]).toEqual([422, '']);
    expect((await site.get(href, ANN)).html).toContain('Make a new link');
    const second = link((await site.post(`${href}/link`, { version: '2' }, ANN)).html);
    expect(second).not.toBe(first);
    expect(second).toHaveLength(43);
    const rows = await world.db.selectFrom('again_link').selectAll().where('journey_id', '=', journeyId).execute();
    expect(rows).toHaveLength(1);
    for (const secret of [first, second]) {
      expect((await site.get(href, ANN)).html).not.toContain(secret);
      expect(JSON.stringify([rows, await audit.page({}, undefined, 50), await world.db.selectFrom('case_event').selectAll().execute()])).not.toContain(secret);
      expect(site.log()).not.toContain(secret);
    }
    // Nobody decides over the head of somebody who is asked.
    expect((await site.post(`${href}/approve`, { version: '3', approveCode: 'picture_was_poor' }, ANN)).status).toBe(422);
    expect((await actions(id)).filter(([, outcome]) => outcome === 'done').map(([action]) => action)).toEqual(['case.link_renewed', 'case.asked_again']);
    world.clock.set(START + 4 * DAY);
    expect((await site.post(`${href}/link`, { version: '3' }, ANN)).html).toContain('their time ran out');
  });

  test('an incident is closed with how it ended, once, by the clock of the gateway', async () => {
    const incidents = incidentStore(world.db, world.clock.now);
    const incident = await incidents.open({ mode: 'test', kind: 'device_reported', accountId: undefined, deviceId: undefined, journeyId: undefined, details: { by: HOSTILE }, at: START });
    const { id } = await world.db.selectFrom('review_case').select('id').where('incident_id', '=', incident).executeTakeFirstOrThrow();
    const href = `/admin/cases/${id}`;
    expect((await site.get(href, ANN)).html).not.toContain('<script>alert');
    for (const ending of ['', 'constructor', 'closed']) expect((await site.post(`${href}/close`, { version: '1', ending }, ANN)).html, ending).toContain('id="ending-error"');
    expect((await site.post(`${href}/approve`, { version: '1', approveCode: 'picture_was_poor' }, ANN)).status).toBe(422);
    expect((await site.post(`${href}/close`, { version: '1', ending: 'acted', endingWords: 'Eriksson' }, ANN)).status).toBe(303);
    expect(await found(id)).toMatchObject({ status: 'resolved', resolution: 'incident_acted' });
    expect((await site.post(`${href}/close`, { version: '2', ending: 'acted' }, BEN)).status).toBe(422);
    const other = await incidents.open({ mode: 'test', kind: 'device_reported', accountId: undefined, deviceId: undefined, journeyId: undefined, details: {}, at: START });
    world.clock.set(START + 5_000);
    await incidents.close(other);
    expect(await world.db.selectFrom('review_case').select('resolved_at').where('incident_id', '=', other).executeTakeFirstOrThrow()).toEqual({ resolved_at: START + 5_000 });
  });

  test('an address of no case, or of another kind of thing, finds nothing', async () => {
    const { journeyId, href } = await opened();
    for (const id of ['none', journeyId, '..%2f..%2fkeys', 'x'.repeat(200), encodeURIComponent(HOSTILE)]) expect((await site.get(`/admin/cases/${id}`, ANN)).status, id).toBe(404);
    for (const path of ['approve', 'deny', 'again', 'link', 'assign', 'tags', 'comments', 'reveal', 'close', 'withdraw']) {
      const { status } = await site.post(`/admin/cases/${journeyId}/${path}`, { version: '1', approveCode: 'picture_was_poor', denyCode: 'face_differs', againCode: 'step_had_trouble', node: 'sms_link', to: 'me', add: 'x', comment: 'x', reason: 'Because it has to be', ending: 'acted' }, BEN);
      expect(status, path).toBe(404);
    }
    expect((await site.post(`${href}/approve`, { version: '1', approveCode: 'picture_was_poor', csrf: 'x' }, ANN)).status).toBe(403);
    expect((await site.post(`${href}/approve`, { version: '1', approveCode: 'picture_was_poor' }, ANN, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect(await verdictOf(journeyId)).toBe('review');
  });

  describe('each role', () => {
    test.each(ROLES)('%s', async (role) => {
      const who: Who = { roles: [role] };
      const { id, href, journeyId } = await opened();
      expect((await site.get('/admin/cases', who)).status).toBe(mayDo([role], 'case.read') ? 200 : 403);
      const page = await site.get(href, who);
      expect(page.status).toBe(mayDo([role], 'case.read') ? 200 : 403);
      const doors = [['assign', 'case.work'], ['tags', 'case.work'], ['comments', 'case.work'], ['reveal', 'journey.reveal'], ['approve', 'case.decide'], ['deny', 'case.decide'], ['again', 'case.decide'], ['link', 'case.decide'], ['withdraw', 'case.decide'], ['close', 'case.decide']] as const;
      for (const [path, action] of doors) {
        expect((await site.post(`${href}/${path}`, { version: '99', reason: '' }, who)).status === 403, path).toBe(!mayDo([role], action));
        if (page.status === 200 && !mayDo([role], action)) expect(page.html, path).not.toContain(`${href}/${path}"`);
      }
      expect([await verdictOf(journeyId), (await found(id)).version]).toEqual(['review', 1]);
      expect((await site.get(href, undefined)).status).toBe(303);
    });
  });
});
