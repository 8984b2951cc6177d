/** Two tabs, the back button, another browser, and time running out: a journey is in one place, and says which. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SettableClock } from '../support/clock.ts';
import { personFor, ANDREW } from '../support/gateway.ts';
import type { HttpPerson } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError } from '../support/relying_party.ts';
import {
  anotherApp, approve, arrive, atForm, atLink, confirmOnPhone, decisionOf, interactionUid, journeyOf, leave, messagesTo, setScene, timeline, type Scene,
} from './scene.ts';

/** Another tab of the same browser. */
function newTab(scene: Scene, person: HttpPerson): HttpPerson {
  return Object.assign(personFor(scene.gateway), { cookies: person.cookies });
}

const address = (scene: Scene, person: HttpPerson): string => `${scene.gateway.origin}/interaction/${interactionUid(person)}`;

describeDatabases('one journey', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene.close());

  it('that was finished in one tab is over in the other, which says so plainly', async () => {
    const { person, signIn } = await atLink(scene);
    const other = await newTab(scene, person).open(person.url);
    expect(other.page).toBe('sms_wait');
    await confirmOnPhone(scene, person);
    const tokens = await scene.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve' });
    await other.press('action', 'resend');
    expect([other.status, other.page]).toEqual([400, 'stale']);
    await other.reload();
    expect([other.status, other.page]).toEqual([400, 'stale']);
    expect(await messagesTo(scene)).toHaveLength(1);
  });

  it('cannot be gone back to by the back button, at any of its addresses', async () => {
    const { person } = await approve(scene);
    const visited = new Set(person.history.map((answer) => answer.url).filter((url) => /\/(interaction|authorize)\//.test(url)));
    expect(visited.size).toBeGreaterThanOrEqual(3);
    const before = await journeyOf(scene, person);
    for (const url of visited) {
      person.callback = undefined;
      await person.open(url);
      expect([person.status, person.page, person.callback], url.replace(/[^/]{20,}/, ':uid')).toEqual([400, 'stale', undefined]);
    }
    expect(await journeyOf(scene, person)).toEqual(before);
  });

  it('in two tabs takes the details of the one that was last, and sends only what was reviewed', async () => {
    const { person } = await atForm(scene);
    const other = await newTab(scene, person).open(person.url);
    await person.fill(ANDREW).press();
    expect(person.page).toBe('pii_review');
    await other.fill({ ...ANDREW, street: '99 Elsewhere Ave' }).press();
    expect(other.text).toContain('99 Elsewhere Ave');
    // The first tab still shows what was typed there: pressing "send" must not send the other's.
    await person.press('action', 'send');
    expect(person.page).toBe('pii_review');
    expect(person.text).toContain('99 Elsewhere Ave');
    expect((await timeline(scene, person)).some((line) => line.includes('carrierMatch'))).toBe(false);
    // Going back from the review keeps what was typed.
    await person.follow('edit=1');
    expect(person.page).toBe('pii_form');
    expect(person.form.fields.find((field) => field.name === 'street')?.value).toBe('99 Elsewhere Ave');
    await person.fill({ street: ANDREW.street }).press();
    await person.press('action', 'send');
    expect(person.page).toBe('sms_wait');
    await other.reload();
    expect([other.page, other.output]).toEqual(['sms_wait', person.output]);
  });

  it('asks nobody twice where the review is sent five times at once', async () => {
    const phone = '+14075550161';
    const { person } = await atForm(scene);
    await person.fill({ ...ANDREW, phone }).press();
    const body = person.encoded();
    body.append('action', 'send');
    const { action } = person.form;
    const answers = await Promise.all(Array.from({ length: 5 }, () => person.send(action, { method: 'POST', body: new URLSearchParams(body) })));
    expect(answers.map((answer) => answer.status)).toEqual([303, 303, 303, 303, 303]);
    await person.open(action);
    await person.until('sms_wait');
    expect(await messagesTo(scene, phone)).toHaveLength(1);
    expect((await timeline(scene, person)).filter((line) => line.startsWith('block carrierMatch'))).toHaveLength(1);
    const results = (await journeyOf(scene, person)).results as readonly { node: string }[];
    expect(results.map((result) => result.node)).toEqual(['trusted_device', 'session_risk', 'pii_validation']);
  });

  it('does not move by forms sent again: first page, details and review, each after it was answered', async () => {
    const { person } = await arrive(scene);
    const kept: URLSearchParams[] = [];
    const keep = (name?: string, value?: string): void => {
      const form = person.encoded();
      if (name !== undefined) form.append(name, value ?? '');
      kept.push(form);
    };
    const { action } = person.form;
    keep();
    await person.press();
    await person.fill(ANDREW);
    keep();
    await person.press();
    keep('action', 'send');
    await person.press('action', 'send');
    expect(person.page).toBe('sms_wait');
    const before = await journeyOf(scene, person);
    const events = await timeline(scene, person);
    for (const form of kept) {
      const number = person.output;
      await person.open(action, { method: 'POST', body: form });
      expect([person.status, person.page, person.output]).toEqual([200, 'sms_wait', number]);
    }
    expect(await journeyOf(scene, person)).toEqual(before);
    expect(await timeline(scene, person)).toEqual(events);
  });

  it('is shown to no other browser, whatever that one presents', async () => {
    const { person } = await atLink(scene);
    const stranger = await arrive(scene);
    const secret = person.output ?? '';
    const before = await journeyOf(scene, person);
    const ownCookie = stranger.person.cookies.header(new URL(stranger.person.url)) ?? '';
    const victim = person.cookies.header(new URL(person.url)) ?? '';
    expect(ownCookie).toContain('gatehouse_interaction');
    // The victim's uid signed by nobody, or under the stranger's signature.
    const uid = interactionUid(person);
    const theirs = /gatehouse_interaction=([^;]+)/.exec(victim)?.[1] ?? '';
    const cookies = ['', ownCookie, `gatehouse_interaction=${theirs}`, ownCookie.replace(/gatehouse_interaction=[^;]+/, `gatehouse_interaction=${theirs}`), `gatehouse_interaction=${uid}; gatehouse_interaction.sig=x`];
    for (const cookie of cookies) {
      for (const path of ['', '/state?v=1', '/more-time', '/leave', '/return']) {
        const answer = await personFor(scene.gateway).send(`${address(scene, person)}${path}`, { headers: { cookie } });
        expect(answer.status, path).toBe(400);
        expect(answer.body).not.toContain(`>${secret}<`);
      }
      const form = new URLSearchParams({ csrf: 'x', page: 'sms_wait', v: '9', action: 'resend' });
      const posted = await personFor(scene.gateway).send(address(scene, person), { method: 'POST', body: form, headers: { cookie } });
      expect(posted.status).toBe(400);
    }
    // A form token is good for its own interaction alone.
    const borrowed = stranger.person.form.fields.find((field) => field.name === 'csrf')?.value;
    await person.press('action', 'resend', { csrf: borrowed });
    expect(person.status).toBe(403);
    expect(await journeyOf(scene, person)).toEqual(before);
  });

  it('goes on beside another one in the same browser, each to its own end', async () => {
    const first = await atLink(scene, {}, { details: { phone: '+14075550162' } });
    const second = await arrive(scene, {}, { person: newTab(scene, first.person) });
    await second.person.press();
    await second.person.fill({ ...ANDREW, phone: '+14075550163' }).press();
    await second.person.press('action', 'send');
    await confirmOnPhone(scene, second.person, '+14075550163');
    await confirmOnPhone(scene, first.person, '+14075550162');
    const one = await scene.app.finish(await leave(first.person), first.signIn);
    const two = await scene.app.finish(await leave(second.person), second.signIn);
    expect(one.claims()?.['transaction_id']).not.toBe(two.claims()?.['transaction_id']);
  });

  it('is asked about the language in the page\'s own link, and keeps it on the way', async () => {
    const { person } = await arrive(scene);
    await person.follow('lang=es');
    expect([person.page, person.content.lang]).toEqual(['session_risk', 'es']);
    await person.press();
    expect([person.page, person.content.lang]).toEqual(['pii_form', 'es']);
    await person.follow('lang=en');
    expect(person.content.lang).toBe('en');
  });
});

describe('time', () => {
  const clock = new SettableClock();
  let scene: Scene;
  let hasty: Scene;
  beforeAll(async () => {
    scene = await setScene({ replace: { now: clock.now } });
    hasty = await anotherApp(scene, 'hasty', { options: { journeySeconds: 120, maxExtensions: 0 } });
  });
  afterAll(() => scene.close());

  it('runs out for a journey: the page says so, nothing more is taken, the application hears it', async () => {
    clock.set(Date.now());
    const { person, signIn } = await atForm(hasty);
    const waiting = newTab(hasty, person);
    clock.advance({ seconds: 119 });
    expect((await waiting.open(person.url)).page).toBe('pii_form');
    clock.advance({ seconds: 1 });
    await person.fill(ANDREW).press();
    expect(person.page).toBe('denied');
    expect(person.text).toContain('Time ran out');
    expect(await decisionOf(scene, person)).toMatchObject({ verdict: 'deny', reasons: expect.arrayContaining(['journey_expired']) });
    expect(await timeline(scene, person)).toEqual(expect.arrayContaining(['label journey_expiry failure: journey_expired', 'phase journey exit: journey_expired']));
    await waiting.reload();
    expect(waiting.page).toBe('denied');
    expect(await oauthError(hasty.app.finish(await leave(person), signIn))).toEqual({ error: 'access_denied', description: 'the verification was not finished in time' });
  });

  it('is not told to have run out to somebody whose last step was taken in it', async () => {
    clock.set(Date.now());
    const { person, signIn } = await atLink(hasty);
    await confirmOnPhone(scene, person);
    clock.advance({ minutes: 10 });
    expect((await hasty.app.finish(await leave(person), signIn)).claims()).toMatchObject({ policyDecision: 'approve' });
  });

  it('takes the link along: a journey that is over has no link left', async () => {
    clock.set(Date.now());
    const { person } = await atLink(hasty, {}, { details: { phone: '+14075550164' } });
    const [message] = await messagesTo(scene, '+14075550164');
    clock.advance({ seconds: 120 });
    const phone = await personFor(scene.gateway).open(message?.link ?? '');
    expect([phone.status, phone.page]).toEqual([410, 'phone_gone']);
    await person.reload();
    expect(person.page).toBe('denied');
  });

  it('can be had more of, by a page, as often as the workflow allows', async () => {
    clock.set(Date.now());
    const { person } = await atForm(scene);
    const { expires_at: first } = await journeyOf(scene, person);
    const expiries: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      await person.open(`${address(scene, person)}/more-time`);
      expect(person.page).toBe('more_time');
      await person.press();
      expect(person.page).toBe('pii_form');
      expiries.push((await journeyOf(scene, person)).expires_at);
    }
    expect(expiries).toEqual([first + 900_000, first + 1_800_000]);
    await person.open(`${address(scene, person)}/more-time`);
    if (person.page === 'more_time') await person.press();
    expect((await journeyOf(scene, person)).expires_at).toBe(expiries[1]);
    clock.advance({ minutes: 59 });
    await person.open(address(scene, person));
    await person.fill(ANDREW).press();
    expect(person.page).toBe('pii_review');
  });

  it('can be had more of by a script, whose form goes on being good', async () => {
    clock.set(Date.now());
    const { person } = await atForm(scene);
    const csrf = person.form.fields.find((field) => field.name === 'csrf')?.value ?? '';
    const ask = async (): Promise<unknown> => {
      const body = new URLSearchParams({ csrf, page: 'more_time' });
      const answer = await person.send(`${address(scene, person)}/more-time`, { method: 'POST', body, headers: { accept: 'application/json' } });
      expect(answer.status).toBe(200);
      return JSON.parse(answer.body);
    };
    const { expires_at: before, version } = await journeyOf(scene, person);
    expect(await ask()).toEqual({ more: true, expiresAt: before + 900_000, version: version + 1 });
    expect(await ask()).toEqual({ more: true, expiresAt: before + 1_800_000, version: version + 2 });
    expect(await ask()).toEqual({ more: false, expiresAt: before + 1_800_000, version: version + 2 });
    // What was typed meanwhile can still be sent.
    await person.fill(ANDREW).press();
    expect(person.page).toBe('pii_review');
    const refused = await person.send(`${address(scene, person)}/more-time`, { method: 'POST', body: new URLSearchParams({ page: 'more_time' }), headers: { accept: 'application/json' } });
    expect([refused.status, (JSON.parse(refused.body) as { code: string }).code]).toEqual([403, 'csrf_mismatch']);
  });

  it('is watched by the waiting page, which is told when to move', async () => {
    clock.set(Date.now());
    const { person } = await atLink(scene, {}, { details: { phone: '+14075550165' } });
    const { version } = await journeyOf(scene, person);
    const state = async (v: string): Promise<unknown> => JSON.parse((await person.send(`${address(scene, person)}/state?v=${v}`)).body);
    expect(await state(String(version))).toEqual({ move: false });
    expect(await state('garbage')).toEqual({ move: true });
    await confirmOnPhone(scene, person, '+14075550165');
    expect(await state(String(version))).toEqual({ move: true });
  });
});
