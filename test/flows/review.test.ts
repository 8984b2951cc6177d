/** A journey that waits for a person on the staff: how it goes out to the application by each setting of the key, and how it ends. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import type { CaseDesk } from '../../src/admin/cases/store.ts';
import { SettableClock } from '../support/clock.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError, RelyingParty } from '../support/relying_party.ts';
import { comeStraightBack, deviceCookie, laptop, signedOut } from './known_people.ts';
import { agreeAndChoose, atDocument, atSide, landing, sendOutcome, takeOver } from './document_scene.ts';
import { CONSENT_TEXTS } from '../support/gateway.ts';
import { ANN, decided, deskOf, reviewing } from './review_scene.ts';
import { arrive, decisionOf, EVERYTHING, journeyOf, leave, setScene, type Scene } from './scene.ts';

const REVIEWED = 'urn:gatehouse:acr:reviewed';
let number = 0;
/** A document that nobody showed before, with a doubtful face. */
const doubt = (more: object = {}) => ({ number: `R${(number += 1).toString().padStart(7, '0')}`, family_name: 'Vance', given_name: 'Imogen', birth_date: '1990-01-01', ...more });

describeDatabases('a doubt that a person looks at', (database) => {
  const clock = new SettableClock();
  let scene: Scene;
  let desk: CaseDesk;
  beforeAll(async () => {
    scene = await setScene({ template: 'document_only', replace: { now: clock.now } }, database);
    desk = await deskOf(scene, clock.now);
  });
  afterAll(() => scene.close());
  /** At the end of capture, with the desktop where it goes by itself. */
  const doubtful = async (app: Scene, document: object = doubt()) => {
    const visit = await atSide(app);
    await sendOutcome(visit.phone, { selfie_matches: 'doubt' }, document);
    await landing(visit.phone);
    await visit.person.reload();
    const { id } = await journeyOf(app, visit.person);
    return { ...visit, id };
  };

  it('goes out as an error by default, and the reviewer’s word changes nothing about what was told', async () => {
    const app = await reviewing(scene, 'as_error', 'error');
    const { person, signIn, id } = await doubtful(app);
    expect(person.page).toBe('denied');
    expect(person.text).toContain(id);
    expect(await oauthError(app.app.finish(await leave(person), signIn))).toEqual({ error: 'access_denied', description: 'the verification is waiting for a review' });
    expect(await decided(desk, id, 'approve')).toEqual({ kind: 'decided' });
    expect(await decisionOf(scene, person)).toEqual({ verdict: 'approve', reasons: ['reviewed_approve', 'picture_was_poor'] });
  });

  it('goes out as one code of nobody where the key says pending, and is never used again by itself', async () => {
    const app = await reviewing(scene, 'as_pending', 'pending');
    const { person, signIn, id } = await doubtful(app);
    const callback = await leave(person);
    const tokens = await app.app.finish(callback, signIn);
    const claims: Readonly<Record<string, unknown>> = tokens.claims() ?? {};
    expect(claims).toMatchObject({ policyDecision: 'review', transaction_id: id, simulated: true });
    expect(claims).not.toHaveProperty('acr');
    const info = await app.app.userinfo(tokens);
    expect(info).toMatchObject({ sub: claims['sub'], policyDecision: 'review' });
    for (const name of ['given_name', 'family_name', 'name', 'birthdate', 'address', 'phone_number', 'persistent_id']) expect(info, name).not.toHaveProperty(name);
    await expect(app.app.finish(callback, signIn)).rejects.toThrow();
    // Another try in the same browser is another journey, of another nobody.
    const next = await arrive(app, { scope: EVERYTHING }, { person });
    expect(person.page).toBe('session_risk');
    expect((await journeyOf(app, next.person)).id).not.toBe(id);
    expect((await arrive(app, { prompt: 'none' }, { person })).person.callback?.searchParams.get('error')).toBe('interaction_required');
    expect(await decided(desk, id, 'deny')).toEqual({ kind: 'decided' });
  });

  it('waits on the page where the key says hold, through reloads and other tabs, and goes on when it is approved', async () => {
    const app = await reviewing(scene, 'as_hold', 'hold');
    const { person, signIn, id } = await doubtful(app);
    expect(person.page).toBe('review_wait');
    expect(person.text).toContain(id);
    expect(person.answer.body).toMatch(/<noscript><meta http-equiv="refresh"/);
    const uid = new URL(person.url).pathname;
    // The way out by hand, a second tab and the back button all lead here, as long as nobody decided.
    await person.open(new URL(`${uid}/return`, person.url));
    expect(person.page).toBe('review_wait');
    await person.open(new URL(`${uid}/leave`, person.url));
    expect(person.page).toBe('review_wait');
    expect((await person.send(`${new URL(person.url).origin}${uid}/state?v=${(await journeyOf(app, person)).version}&held=1`)).body).toBe('{"move":false}');
    expect(await decided(desk, id, 'approve')).toEqual({ kind: 'decided' });
    expect((await person.send(`${new URL(person.url).origin}${uid}/state?v=1&held=1`)).body).toBe('{"move":true}');
    await person.reload();
    expect(person.page).toBe('finished');
    const tokens = await app.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: REVIEWED, transaction_id: id });
    expect(await app.app.userinfo(tokens)).toMatchObject({ policyDecision: 'approve' });
  });

  it('that is declined while it holds ends as access_denied', async () => {
    const app = await reviewing(scene, 'as_hold_denied', 'hold');
    const { person, signIn, id } = await doubtful(app);
    expect(await decided(desk, id, 'deny')).toEqual({ kind: 'decided' });
    await person.reload();
    expect(person.page).toBe('denied');
    expect(await oauthError(app.app.finish(await leave(person), signIn))).toEqual({ error: 'access_denied', description: 'the person could not be verified' });
  });

  it('whoever does not want to wait goes back, and shortly before the request ends everybody does', async () => {
    const app = await reviewing(scene, 'as_hold_left', 'hold');
    const one = await doubtful(app);
    await one.person.press();
    expect(await oauthError(app.app.finish(one.person.callback ?? '', one.signIn))).toEqual({ error: 'access_denied', description: 'the verification is waiting for a review' });
    // The provider counts the life of a request by the real clock, which this one is behind by as long as the tests took.
    const before = clock.now();
    clock.set(Date.now());
    const two = await doubtful(app);
    clock.set(Date.now() + 119 * 60_000);
    try {
      await two.person.reload();
      expect(two.person.page).toBe('denied');
      expect(await oauthError(app.app.finish(await leave(two.person), two.signIn))).toMatchObject({ error: 'access_denied' });
    } finally {
      clock.set(before);
    }
  });

  it('under hold, a step that is asked again is simply the next page', async () => {
    const app = await reviewing(scene, 'as_hold_again', 'hold');
    const document = doubt();
    const { person, signIn, id } = await doubtful(app, document);
    const found = await desk.find((await desk.ofJourney(id)) ?? '');
    const asked = await desk.askAgain(ANN, { caseId: found?.id ?? '', version: found?.version ?? 0, node: 'document_selfie', code: 'picture_unreadable', words: undefined });
    expect(asked).toMatchObject({ kind: 'asked' });
    await person.reload();
    expect(person.page).toBe('document_handover');
    const phone = await agreeAndChoose(await takeOver(person));
    await sendOutcome(phone, {}, document);
    await landing(phone);
    await person.until('finished');
    expect((await app.app.finish(await leave(person), signIn)).claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:document', transaction_id: id });
    expect(await desk.find(found?.id ?? '')).toMatchObject({ status: 'resolved', resolution: 'route_approve' });
  });

  it('a browser that left before anybody looked is trusted once the person is approved, and not before', async () => {
    const options = { ...userOnboarding.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done' };
    const nodes = { ...userOnboarding.nodes, document_selfie: { step: 'document_selfie' as const, routes: { ...userOnboarding.nodes['document_selfie']?.routes, doubtful: { end: 'review' as const } } } };
    const key = await scene.gateway.addWorkflow('onboarding_reviewed', { ...userOnboarding, nodes, options });
    const gateway = { ...scene.gateway, key };
    const app: Scene = { ...scene, gateway, app: await RelyingParty.discover({ issuer: gateway.origin, ...key }) };
    const person = await laptop(app);
    const { signIn } = await atDocument(app, {}, { person });
    const phone = await agreeAndChoose(await takeOver(person));
    await sendOutcome(phone, { selfie_matches: 'doubt' }, doubt({ given_name: 'Andrew', family_name: 'Roshell' }));
    await landing(phone);
    expect(await oauthError(app.app.finish(await leave(person), signIn))).toEqual({ error: 'access_denied', description: 'the verification is waiting for a review' });
    const { id } = await journeyOf(app, person);
    expect(deviceCookie(person)).toBeDefined();
    const trusts = () => scene.db.selectFrom('device_trust').innerJoin('journey_device', 'journey_device.device_id', 'device_trust.device_id').select('device_trust.id').where('journey_device.journey_id', '=', id).execute();
    expect(await trusts()).toEqual([]);
    // Known as a browser, trusted as nobody's: everything is asked.
    await arrive(app, {}, { person: signedOut(person) });
    expect(person.page).toBe('session_risk');
    expect(await decided(desk, id, 'approve')).toEqual({ kind: 'decided' });
    expect(await trusts()).toHaveLength(1);
    const tokens = await comeStraightBack(app, signedOut(person), { scope: EVERYTHING });
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:device' });
    expect(await app.app.userinfo(tokens)).toMatchObject({ given_name: 'ANDREW', family_name: 'ROSHELL' });
  });
});
