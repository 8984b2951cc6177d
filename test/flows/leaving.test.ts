/** Nobody is kept: from every page there is a way back to the application, which is told in plain words. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANDREW, personFor } from '../support/gateway.ts';
import type { HttpPerson } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError } from '../support/relying_party.ts';
import { anotherApp, arrive, atForm, atLink, confirmOnPhone, decisionOf, interactionUid, journeyOf, leave, newestLink, openLink, setScene, timeline, type Scene } from './scene.ts';

const STOPPED = { error: 'access_denied', description: 'the person stopped the verification' };

describeDatabases('stopping', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene.close());

  const address = (person: HttpPerson): string => `${scene.gateway.origin}/interaction/${interactionUid(person)}`;

  it.each([
    ['the first page', 'session_risk', () => arrive(scene)],
    ['the form', 'pii_form', () => atForm(scene)],
    ['the review', 'pii_review', async () => {
      const visit = await atForm(scene);
      await visit.person.fill(ANDREW).press();
      return visit;
    }],
    ['the wait', 'sms_wait', () => atLink(scene, {}, { details: { phone: '+14075550171' } })],
  ] as const)('at %s leads back to the application, which hears why', async (_name, page, upTo) => {
    const { person, signIn } = await upTo();
    expect(person.page).toBe(page);
    await person.follow('/leave');
    expect([person.status, person.page]).toEqual([200, 'leave']);
    await person.press();
    expect(person.callback).toBeDefined();
    expect(await oauthError(scene.app.finish(person.callback ?? new URL('http://none'), signIn))).toEqual(STOPPED);
    expect((await decisionOf(scene, person))).toMatchObject({ verdict: 'deny', reasons: expect.arrayContaining(['cancelled_by_person']) });
    expect(await timeline(scene, person)).toEqual(expect.arrayContaining(['label identity_proofing failure: cancelled_by_person', 'phase journey exit: cancelled_by_person']));
  });

  it('is asked first: looking changes nothing, and the way on is a link', async () => {
    const { person } = await atForm(scene);
    const before = await journeyOf(scene, person);
    await person.follow('/leave');
    expect(person.text).toContain('Example App is told that you stopped');
    await person.open(address(person));
    expect(person.page).toBe('pii_form');
    expect(await journeyOf(scene, person)).toEqual(before);
  });

  it('takes a form of this very browser alone', async () => {
    const { person } = await atForm(scene);
    await person.follow('/leave');
    await person.press(undefined, undefined, { csrf: 'borrowed' });
    expect(person.status).toBe(403);
    const stranger = await personFor(scene.gateway).send(`${address(person)}/leave`);
    expect(stranger.status).toBe(400);
    expect((await journeyOf(scene, person)).decision).toBeNull();
  });

  it('takes the link on the phone along, and the other tab says what happened', async () => {
    const phone = '+14075550172';
    const { person } = await atLink(scene, {}, { details: { phone } });
    const link = await newestLink(scene, phone);
    const other = await Object.assign(personFor(scene.gateway), { cookies: person.cookies }).open(`${address(person)}/leave`);
    const csrf = other.form.fields.find((field) => field.name === 'csrf')?.value ?? '';
    // Answered, and the way back not yet taken.
    const answer = await other.send(`${address(person)}/leave`, { method: 'POST', body: new URLSearchParams({ csrf, page: 'leave', v: '0' }) });
    expect([answer.status, answer.headers['location']]).toEqual([303, `/interaction/${interactionUid(person)}/return`]);
    const opened = await openLink(link);
    expect([opened.status, opened.page]).toEqual([410, 'phone_gone']);
    await person.reload();
    expect(person.page).toBe('denied');
    expect(person.text).toContain('You stopped the check');
    expect(person.text).not.toContain('Stop and go back');
    await person.open(`${address(person)}/leave`);
    expect(person.page).toBe('denied');
  });

  it('does not undo what was decided meanwhile', async () => {
    const phone = '+14075550173';
    const { person, signIn } = await atLink(scene, {}, { details: { phone } });
    const other = await Object.assign(personFor(scene.gateway), { cookies: person.cookies }).open(`${address(person)}/leave`);
    await confirmOnPhone(scene, person, phone);
    await other.press();
    expect(other.page).toBe('finished');
    expect((await scene.app.finish(await leave(other), signIn)).claims()).toMatchObject({ policyDecision: 'approve' });
  });
});

describe('details that were not confirmed', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene();
  });
  afterAll(() => scene.close());

  it('are asked for again with a plain sentence that names none of them', async () => {
    const patient = await anotherApp(scene, 'patient', { options: { piiAttempts: 2 } });
    const { person } = await atForm(patient);
    expect(person.text).not.toContain('could not confirm these details');
    await person.fill({ ...ANDREW, familyName: 'Somebody', street: '1 Other St' }).press();
    await person.press('action', 'send');
    expect(person.page).toBe('pii_form');
    expect(person.text).toContain('We could not confirm these details. Check them and try again.');
    expect(person.wrong).toEqual([]);
    expect(person.form.fields.find((field) => field.name === 'family_name')?.value).toBe('Somebody');
  });
});
