/** Somebody who left for the application is asked for one step again, and goes on by a link, in whatever browser opens it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CaseDesk } from '../../src/admin/cases/store.ts';
import { maskedPath } from '../../src/http/masked_path.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { eraseJourneyCases } from '../../src/store/console/accounts_cases.ts';
import { SettableClock } from '../support/clock.ts';
import { PHONE } from '../support/devices.ts';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { HttpPerson } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError, RelyingParty } from '../support/relying_party.ts';
import { agreeAndChoose, atDocument, atSide, landing, sendOutcome, takeOver } from './document_scene.ts';
import { comeStraightBack, laptop, signedOut } from './known_people.ts';
import { ANN, decided, deskOf, reviewing } from './review_scene.ts';
import { atLink, confirmOnPhone, decisionOf, EVERYTHING, journeyOf, leave, messagesTo, newestLink, openLink, setScene, type Scene } from './scene.ts';

const HOUR = 3_600_000;
const WAITING = { error: 'access_denied', description: 'the verification is waiting for a review' };
let number = 0;
/** A document that nobody showed before. */
const fresh = (more: object = {}) => ({ number: `A${(number += 1).toString().padStart(7, '0')}`, family_name: 'Vance', given_name: 'Imogen', birth_date: '1990-01-01', ...more });

describeDatabases('a step that is asked again by a link', (database) => {
  const clock = new SettableClock();
  let scene: Scene;
  let app: Scene;
  let desk: CaseDesk;
  beforeAll(async () => {
    scene = await setScene({ template: 'document_only', replace: { now: clock.now } }, database);
    desk = await deskOf(scene, clock.now);
    app = await reviewing(scene, 'again_error', 'error');
    // Events are written only where somebody is told of them.
    await scene.db.insertInto('webhook_endpoint').values({
      id: 'e', url: 'https://hooks.example.com', description: '', mode: 'test', workflow_id: null, events: '[]', with_credential: false, enabled: true,
      disabled_because: null, disabled_at: null, failing_since: null, created_at: 0, updated_at: 0,
    }).execute();
  });
  afterAll(() => scene.close());

  /** In doubt, and gone back to the application. */
  const gone = async (from: Scene = app) => {
    const { phone, person, signIn } = await atSide(from);
    const document = fresh();
    await sendOutcome(phone, { selfie_matches: 'doubt' }, document);
    await landing(phone);
    await person.reload();
    const callback = await leave(person);
    const { id } = await journeyOf(from, person);
    return { person, id, document, answer: () => from.app.finish(callback, signIn) };
  };
  const caseOf = async (id: string) => {
    const found = await desk.find((await desk.ofJourney(id)) ?? '');
    if (!found) throw new Error('the journey has no case');
    return found;
  };
  const asked = async (id: string, node = 'document_selfie') => {
    const { id: caseId, version } = await caseOf(id);
    const done = await desk.askAgain(ANN, { caseId, version, node, code: 'picture_unreadable', words: undefined });
    if (done.kind !== 'asked') throw new Error(`no link but ${JSON.stringify(done)}`);
    return done;
  };
  /** A browser that never was here before. */
  const elsewhere = (): HttpPerson => new HttpPerson({ stopAt: ['https://app.example.com'] });
  const capture = async (person: HttpPerson, more: object = {}, document: object = fresh()): Promise<void> => {
    const phone = await agreeAndChoose(await takeOver(person));
    await sendOutcome(phone, more, document);
    await landing(phone);
    await person.reload();
  };
  const told = (id: string, type: string) => scene.db.selectFrom('webhook_event').select(['type', 'data']).where('journey_id', '=', id).where('type', '=', type).execute();
  const rowOf = (id: string) => scene.db.selectFrom('again_link').selectAll().where('journey_id', '=', id).executeTakeFirst();

  it('after an error: another browser goes on by it, to an end that the application hears of', async () => {
    const { id, answer, person, document } = await gone();
    expect(await oauthError(answer())).toEqual(WAITING);
    const { url, expiresAt } = await asked(id);
    expect(url).toMatch(new RegExp(`^${scene.gateway.origin}/again/[A-Za-z0-9_-]{43}$`));
    expect(expiresAt).toBe(clock.now() + 72 * HOUR);
    // Only a hash is kept, anywhere.
    const token = url.split('/').at(-1) ?? '';
    for (const table of ['again_link', 'audit_entry', 'case_event', 'webhook_event'] as const) expect(JSON.stringify(await scene.db.selectFrom(table).selectAll().execute()), table).not.toContain(token);
    expect(maskedPath(new URL(url).pathname)).toBe('/again/:token');

    // Looking, however often, changes and sets nothing.
    const before = await rowOf(id);
    const version = (await scene.db.selectFrom('journey').select('version').where('id', '=', id).executeTakeFirstOrThrow()).version;
    const scanner = elsewhere();
    for (const method of ['GET', 'HEAD', 'GET']) expect((await scanner.send(url, { method })).headers['set-cookie']).toBeUndefined();
    expect([await rowOf(id), (await scene.db.selectFrom('journey').select('version').where('id', '=', id).executeTakeFirstOrThrow()).version]).toEqual([before, version]);

    const other = await elsewhere().open(url);
    expect(other.page).toBe('again_link');
    expect(other.text).toContain('asks you to do one step');
    expect(other.answer.body).not.toContain(id);
    await other.press();
    expect([new URL(other.url).pathname, other.page]).toEqual(['/again/journey', 'document_handover']);
    expect(other.history.flatMap(({ headers }) => headers['set-cookie'] ?? []).join()).toMatch(/gatehouse_again=[\w-]{43}; path=\/;.*samesite=lax; httponly/i);
    // The link in this browser leads back to where it is; reloads stay.
    await other.open(url);
    expect(other.page).toBe('document_handover');
    await capture(other, {}, document);
    expect([other.page, new URL(other.url).pathname]).toEqual(['again_done', '/again/journey']);
    expect(other.text).toContain('You can close this window');
    expect(await decisionOf(scene, person)).toMatchObject({ verdict: 'approve' });
    expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_approve' });
    expect((await told(id, 'journey.reviewed')).map(({ data }) => data)).toMatchObject([{ decision: 'approve', transaction_id: id }]);
    expect(await told(id, 'case.resolved')).toHaveLength(1);
    expect(await told(id, 'journey.step_requested')).toHaveLength(1);
    // No code, no token, nobody signed in: there is no request that they could answer.
    expect(other.callback).toBeUndefined();
    await other.open(`${scene.gateway.origin}/again/journey/return`);
    expect(other.page).toBe('again_done');
    await other.open(`${scene.gateway.origin}/again/journey/more-time`);
    expect(other.page).toBe('again_done');
  });

  it('after a code of nobody, it may end in doubt again: then the case is open again', async () => {
    const pending = await reviewing(scene, 'again_pending', 'pending');
    const { id, answer } = await gone(pending);
    expect((await answer()).claims()).toMatchObject({ policyDecision: 'review', transaction_id: id });
    const first = await asked(id);
    const other = await (await elsewhere().open(first.url)).press();
    await capture(other, { selfie_matches: 'doubt' });
    expect(other.page).toBe('again_done');
    expect(other.text).toContain('a person will look at it');
    expect(await caseOf(id)).toMatchObject({ status: 'open' });
    expect(await told(id, 'journey.reviewed')).toEqual([]);
    // Asked once more: the first browser has no part in it any more, unless it is sent the new link.
    const second = await asked(id);
    await other.reload();
    expect([other.status, other.page]).toEqual([400, 'stale']);
    const phone = await (await elsewhere().open(second.url)).press();
    await capture(phone, { not_expired: 'fail' });
    expect(phone.text).toContain('could not confirm');
    expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_deny' });
    expect((await told(id, 'journey.reviewed')).map(({ data }) => data)).toMatchObject([{ decision: 'deny' }]);
    // The denied journey's link is dead for everybody, and its reviewer asks nothing any more.
    expect((await elsewhere().open(second.url)).status).toBe(410);
    expect(await desk.newLink(ANN, { caseId: (await caseOf(id)).id, version: (await caseOf(id)).version })).toEqual({ kind: 'refused', why: 'resolved' });
  });

  it('works for one browser: of two at once one has it, and its own double click is no second', async () => {
    const { url } = await asked((await gone()).id);
    const people = [elsewhere(), elsewhere()];
    await Promise.all(people.map((person) => person.open(url)));
    await Promise.all(people.map((person) => person.press()));
    expect(people.map(({ status }) => status).toSorted()).toEqual([200, 410]);
    const [late] = people.filter(({ status }) => status === 410);
    expect(late?.page).toBe('again_gone');
    await late?.open(`${scene.gateway.origin}/again/journey`);
    expect(late?.status).toBe(400);

    const again = await asked((await gone()).id);
    const one = await elsewhere().open(again.url);
    const { fields } = one.form;
    const body = new URLSearchParams(fields.flatMap(({ name, value }) => (name === undefined || value === undefined ? [] : [[name, value] as [string, string]])));
    const post = () => one.send(again.url, { method: 'POST', body: new URLSearchParams(body), headers: { origin: scene.gateway.origin } });
    const answers = await Promise.all([post(), post(), post()]);
    expect(answers.map(({ status, headers }) => [status, headers.location])).toEqual(Array(3).fill([303, '/again/journey']));
    await one.open(`${scene.gateway.origin}/again/journey`);
    expect(one.page).toBe('document_handover');
  });

  it('forged, replaced, expired and unknown ones look alike; a form of another site or page is refused', async () => {
    const { id } = await gone();
    const first = await asked(id);
    const holder = await (await elsewhere().open(first.url)).press();
    const { id: caseId, version } = await caseOf(id);
    const second = await desk.newLink(ANN, { caseId, version });
    if (second.kind !== 'asked') throw new Error(`no link but ${JSON.stringify(second)}`);
    expect(await desk.newLink(ANN, { caseId, version })).toEqual({ kind: 'refused', why: 'case_moved' });
    expect(second.expiresAt).toBe(first.expiresAt);
    const dead = [first.url, `${scene.gateway.origin}/again/${'A'.repeat(43)}`, `${second.url.slice(0, -2)}${second.url.endsWith('AA') ? 'BA' : 'AA'}`];
    const pages = await Promise.all(dead.map(async (url) => (await elsewhere().open(url))));
    for (const page of pages) expect([page.status, page.page]).toEqual([410, 'again_gone']);
    expect(new Set(pages.map(({ text }) => text)).size).toBe(1);
    expect((await holder.reload()).status).toBe(400);
    for (const path of ['/again', '/again/', '/again/short', '/again/journey/nothing']) expect((await elsewhere().open(`${scene.gateway.origin}${path}`)).status, path).toBe(404);

    const person = await elsewhere().open(second.url);
    const fields = (more: Record<string, string> = {}) => new URLSearchParams({ ...Object.fromEntries(person.form.fields.map(({ name, value }) => [name ?? '', value ?? ''])), ...more });
    const post = async (body: URLSearchParams, headers: Record<string, string>) => (await person.send(second.url, { method: 'POST', body, headers })).status;
    expect(await post(fields(), { origin: 'https://evil.example' })).toBe(403);
    expect(await post(fields(), { origin: scene.gateway.origin, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await post(fields({ csrf: 'x' }), { origin: scene.gateway.origin })).toBe(403);
    expect(await post(fields({ visit: 'short' }), { origin: scene.gateway.origin })).toBe(410);
    expect(await rowOf(id)).toMatchObject({ used_at: null, visit_hash: null });
    await person.press();
    expect(person.page).toBe('document_handover');
    // A form of the pages is bound to the browser that came by the link.
    const thief = elsewhere();
    const stolen = await thief.send(`${scene.gateway.origin}/again/journey`, { method: 'POST', body: new URLSearchParams({ action: 'cannot', page: 'document_handover' }), headers: { origin: scene.gateway.origin } });
    expect(stolen.status).toBe(400);

    const before = clock.now();
    try {
      clock.set(second.expiresAt + 1);
      expect((await elsewhere().open(second.url)).page).toBe('again_gone');
      // Whoever went on by it is told, and the case is at an end.
      await person.open(`${scene.gateway.origin}/again/journey`);
      expect(person.text).toContain('Time ran out');
      expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_deny' });
      clock.set(second.expiresAt + 25 * HOUR);
      expect((await person.reload()).status).toBe(400);
    } finally {
      clock.set(before);
    }
  });

  it('of a person who was erased, or a key that was revoked, is dead at once', async () => {
    const { id } = await gone();
    const { url } = await asked(id);
    const person = await (await elsewhere().open(url)).press();
    await scene.db.transaction().execute(async (tx) => {
      await eraseJourneyCases(tx, [id]);
      await tx.updateTable('journey').set({ erased_at: clock.now() }).where('id', '=', id).execute();
    });
    expect((await person.reload()).status).toBe(400);
    expect((await elsewhere().open(url)).page).toBe('again_gone');
    const { id: caseId, version } = await caseOf(id);
    expect(await desk.newLink(ANN, { caseId, version })).toEqual({ kind: 'refused', why: 'not_waiting' });

    const revoked = await reviewing(scene, 'again_revoked', 'error');
    const other = await gone(revoked);
    const link = await asked(other.id);
    const came = await (await elsewhere().open(link.url)).press();
    expect(came.page).toBe('document_handover');
    await scene.db.deleteFrom('workflow_key').where('client_id', '=', revoked.gateway.key.clientId).execute();
    expect((await came.reload()).status).toBe(400);
  });

  it('stopping by the link ends the journey, told as that', async () => {
    const { id } = await gone();
    const person = await (await elsewhere().open((await asked(id)).url)).press();
    await person.open(`${scene.gateway.origin}/again/journey/leave`);
    await person.press();
    expect([person.page, person.callback]).toEqual(['again_done', undefined]);
    expect(person.text).toContain('You stopped the check');
    expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_deny' });
  });

  it('of a page that still waits does no harm: the first who continues wins, and both show one journey', async () => {
    const hold = await reviewing(scene, 'again_hold', 'hold');
    const visit = await atSide(hold);
    const document = fresh();
    await sendOutcome(visit.phone, { selfie_matches: 'doubt' }, document);
    await landing(visit.phone);
    await visit.person.reload();
    const { id } = await journeyOf(hold, visit.person);
    const { url } = await asked(id);
    const other = await (await elsewhere().open(url)).press();
    await visit.person.reload();
    expect([visit.person.page, other.page]).toEqual(['document_handover', 'document_handover']);
    await capture(other, {}, document);
    expect(other.page).toBe('again_done');
    await visit.person.until('finished');
    expect((await hold.app.finish(await leave(visit.person), visit.signIn)).claims()).toMatchObject({ policyDecision: 'approve', transaction_id: id });
  });

  it('a text message is asked again: looking at the link sends none, and the browser that began it is trusted in the end', async () => {
    const options = { ...userOnboarding.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done' };
    const nodes = { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } };
    const key = await scene.gateway.addWorkflow('again_sms', { ...userOnboarding, nodes, options });
    const gateway = { ...scene.gateway, key };
    const sms: Scene = { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) };
    const person = await laptop(sms);
    const { signIn } = await atLink(sms, {}, { person });
    const phone = await openLink(await newestLink(sms));
    const wrong = [...phone.answer.body.matchAll(/name="number" value="(\d\d)"/g)].map(([, digits]) => digits ?? '').find((digits) => digits !== person.output) ?? '';
    await phone.press('number', wrong);
    expect(await oauthError(sms.app.finish(await leave(person), signIn))).toEqual(WAITING);
    const { id } = await journeyOf(sms, person);
    const { url } = await asked(id, 'sms_link');
    const sent = (await messagesTo(sms)).length;
    const other = await elsewhere().open(url);
    await other.reload();
    expect(other.text).toContain('text message');
    expect((await messagesTo(sms)).length).toBe(sent);
    await other.press();
    expect(other.page).toBe('sms_wait');
    expect((await messagesTo(sms)).length).toBe(sent + 1);
    await confirmOnPhone(sms, other);
    await other.reload();
    expect(other.page).toBe('again_done');
    // Whoever asked may have handed the link to anybody, and a text message names nobody: a person still has to agree.
    expect(other.text).toContain('a person will look at it');
    expect(await decided(desk, id, 'approve')).toEqual({ kind: 'decided' });
    await other.reload();
    expect(other.text).toContain('You can close this window');
    // The browser of the link was given nothing to be known by; the one that showed its key comes straight back.
    expect(other.cookies.all().map(({ name }) => name)).toEqual(['gatehouse_again']);
    const tokens = await comeStraightBack(sms, signedOut(person), { scope: EVERYTHING });
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:device' });
    expect(await sms.app.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
  });

  it('whoever is asked on the phone captures there, and is at the end there', async () => {
    const options = { ...userOnboarding.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done' };
    const nodes = { ...userOnboarding.nodes, document_selfie: { step: 'document_selfie' as const, routes: { ...userOnboarding.nodes['document_selfie']?.routes, doubtful: { end: 'review' as const } } } };
    const key = await scene.gateway.addWorkflow('again_phone', { ...userOnboarding, nodes, options });
    const gateway = { ...scene.gateway, key };
    const both: Scene = { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) };
    const { person } = await atDocument(both);
    const phone = await agreeAndChoose(await takeOver(person));
    const document = fresh({ given_name: 'Roshell', family_name: 'Andrew' });
    await sendOutcome(phone, { selfie_matches: 'doubt' }, document);
    await landing(phone);
    await leave(person);
    const { id } = await journeyOf(both, person);
    const here = new HttpPerson({ device: PHONE });
    await here.open((await asked(id)).url);
    await here.press();
    expect(here.page).toBe('document_handover');
    await here.press('action', 'here');
    expect(here.page).toBe('capture_consent');
    await agreeAndChoose(here);
    await sendOutcome(here, {}, document);
    await here.until('again_done');
    expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_approve' });
  });
});
