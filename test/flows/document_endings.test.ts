/** How the document step ends, by the sandbox's outcome files; and what time, reloads and other tabs do to it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOnly } from '../../src/journey/templates/document_only.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { SettableClock } from '../support/clock.ts';
import { oauthError, RelyingParty } from '../support/relying_party.ts';
import { anotherApp, decisionOf, leave, messagesTo, setScene, timeline, type Scene } from './scene.ts';
import {
  ANDREA, addressInCode, agreeAndChoose, aPhone, atDocument, atDocumentOnly, atSide, beginSelfie, faces, landing, outcome, sendOutcome, sendPicture, stepEnd, takeOver, turnAsked,
} from './document_scene.ts';

const clock = new SettableClock();
let scene: Scene;
beforeAll(async () => {
  scene = await setScene({ template: 'document_only', replace: { now: clock.now } });
});
afterAll(() => scene.close());

/** Words that would tell somebody which check to work on. */
const TELLING = /expir|check digit|barcode|portrait|birth|selfie|match|tamper|edited|specimen/i;

describe('an outcome file', () => {
  it.each([
    ['a pass', {}, {}, 'pass', 'document_checks_passed', 'approve'],
    ['an expired document', { not_expired: 'fail' }, {}, 'fail', 'not_expired: outcome_file', 'deny'],
    ['an expired document, by its date', {}, { expiry_date: '2020-01-31' }, 'fail', 'not_expired: expired', 'deny'],
    ['a face that is doubtful', { selfie_matches: 'doubt' }, {}, 'doubtful', 'selfie_matches: outcome_file', 'deny'],
    ['a check that could not be made and is essential', { live_person: 'unknown' }, {}, 'doubtful', 'live_person: outcome_file', 'deny'],
    ['a document seen with somebody else', { document_not_reused: 'fail' }, {}, 'doubtful', 'document_not_reused: outcome_file', 'deny'],
  ] as const)('sets %s', async (_what, findings, document, ended, reason, verdict) => {
    const { person: desktop, phone } = await atSide(scene);
    await sendOutcome(phone, findings, document);
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: ended, reasons: [reason] });
    expect((await decisionOf(scene, desktop)).verdict).toBe(verdict);
    await desktop.until('finished', 'denied');
    expect(desktop.text).not.toMatch(TELLING);
  });

  it.each([
    ['timed_out', 'timed_out', 'reader_timed_out'], ['crashed', 'broke', 'reader_crashed'],
  ] as const)('sets a reader that %s, which is tried again and ends as just that', async (answer, ended, reason) => {
    const { person: desktop, phone } = await atSide(scene);
    await sendPicture(phone, outcome({ answer, findings: faces() }));
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: ended, reasons: [reason] });
    expect((await timeline(scene, desktop)).filter((line) => line === `block documentRead fail: ${answer}`)).toHaveLength(2);
    expect((await decisionOf(scene, desktop)).verdict).toBe('deny');
  });

  it('sets a reader that is busy, which is nobody\'s fault: it is waited for as long as the journey lasts', async () => {
    const { person: desktop, phone } = await atSide(scene);
    await sendPicture(phone, outcome({ answer: 'busy', findings: faces() }));
    expect(phone.page).toBe('working');
    for (let round = 0; round < 4; round += 1) {
      clock.advance({ seconds: 16 });
      await phone.reload();
      expect(phone.page).toBe('working');
    }
    expect(await timeline(scene, desktop)).toContain('block documentRead fail: busy');
    expect((await decisionOf(scene, desktop)).verdict).toBeUndefined();
    clock.advance({ minutes: 31 });
    expect(await landing(await phone.reload())).toMatchObject({ status: 'expired' });
  });

  it('sets an engine that does not run: what was not read is a doubt', async () => {
    const { person: desktop, phone } = await atSide(scene);
    await sendPicture(phone, outcome({ answer: 'unavailable', findings: faces() }));
    await landing(phone);
    expect((await stepEnd(scene, desktop)).outcome).toBe('doubtful');
  });

  it('of a country or type that the workflow does not accept denies', async () => {
    const strict = await anotherApp(scene, 'strict', { template: 'document_only', options: { documents: { countries: ['US'], types: ['passport', 'driving_licence'] } } });
    const { person: desktop, phone } = await atSide(strict);
    await sendOutcome(phone, {}, { issuer: 'FRA' });
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: 'fail', reasons: ['country_accepted: country_not_accepted'] });
    // What is not accepted is not offered, and a form that names it anyway is asked again.
    const other = await atDocumentOnly(strict);
    const second = await takeOver(other.person);
    await second.press('action', 'agree');
    expect(second.form.buttons.filter(({ name }) => name === 'type').map(({ value }) => value)).toEqual(['passport', 'driving_licence']);
    await second.press('type', 'passport', { type: 'identity_card' });
    expect([second.status, second.page]).toEqual([422, 'capture_choose']);
    await second.press('type', 'passport', { country: 'DE' });
    // One choice needs no field, and a field changes nothing about it.
    expect(second.page).toBe('capture_side');
  });

  it('of somebody too young for the workflow denies', async () => {
    const strict = await anotherApp(scene, 'adults', { template: 'document_only', options: { documents: { minimumAge: 21 } } });
    for (const [years, ended] of [[22, 'pass'], [20, 'fail']] as const) {
      const { person: desktop, phone } = await atSide(strict);
      const born = `${new Date(clock.now()).getUTCFullYear() - years}-01-01`;
      await sendOutcome(phone, {}, { birth_date: born, number: `Y${years}0000`, given_name: `Y${years}` });
      await landing(phone);
      expect(await stepEnd(scene, desktop)).toEqual({ outcome: ended, reasons: [ended === 'pass' ? 'document_checks_passed' : 'old_enough: under_age'] });
    }
  });

  it('for each of two documents where the workflow asks for two: they must be of two types, and of one person', async () => {
    const dual = await anotherApp(scene, 'dual', { template: 'document_only', options: { documents: { dual: true } } });
    for (const [familyName, ended, reason] of [['Vance', 'pass', 'document_checks_passed'], ['Imposter', 'fail', 'documents_agree: family_name_differs']] as const) {
      const { person: desktop, phone, signIn } = await atSide(dual);
      const person = { number: 'D0000001', family_name: 'Vance', given_name: 'Imogen' };
      await sendPicture(phone, outcome({ document: person }));
      expect(phone.page).toBe('capture_choose');
      expect(phone.form.buttons.filter(({ name }) => name === 'type').map(({ value }) => value)).toEqual(['driving_licence', 'identity_card']);
      await phone.press('type', 'identity_card');
      await sendPicture(phone, outcome());
      await sendPicture(phone, outcome({ document: { ...person, number: 'D0000002', family_name: familyName }, findings: faces() }));
      expect(await landing(phone)).toMatchObject({ status: 'completed' });
      expect(await stepEnd(scene, desktop)).toEqual({ outcome: ended, reasons: [reason] });
      if (ended === 'pass') expect((await dual.app.finish(await leave(await desktop.until('finished')), signIn)).claims()).toMatchObject({ acr: 'urn:gatehouse:acr:document' });
    }
  });

  it('is simulated in every token, and a denial can be told as a token', async () => {
    const telling = await anotherApp(scene, 'telling', { template: 'document_only', options: { denyAs: 'token' } });
    const { person: desktop, phone, signIn } = await atSide(telling);
    await sendOutcome(phone, { not_expired: 'fail' });
    await landing(phone);
    const tokens = await telling.app.finish(await leave(await desktop.until('denied')), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'deny', simulated: true });
    expect(tokens.claims()).not.toHaveProperty('acr');
  });

  it('that is doubtful waits for a review where the workflow says so', async () => {
    const reviewed: WorkflowSource = {
      ...documentOnly,
      nodes: { ...documentOnly.nodes, document_selfie: { ...documentOnly.nodes['document_selfie'], step: 'document_selfie', routes: { ...documentOnly.nodes['document_selfie']?.routes, doubtful: { end: 'review' } } } },
      options: { asyncUIRedirect: 'https://app.example.com/phone-done' },
    };
    const key = await scene.gateway.addWorkflow('reviewed', reviewed);
    const app: Scene = { ...scene, gateway: { ...scene.gateway, key }, app: await RelyingParty.discover({ issuer: scene.gateway.origin, ...key }) };
    const { person: desktop, phone, signIn } = await atSide(app);
    await sendOutcome(phone, { selfie_matches: 'doubt' });
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    await desktop.until('denied');
    expect(await decisionOf(scene, desktop)).toEqual({ verdict: 'review', reasons: ['selfie_matches'] });
    expect(await oauthError(app.app.finish(await leave(desktop), signIn))).toEqual({ error: 'access_denied', description: 'the verification is waiting for a review' });
  });
});

describe('time', () => {
  it('renews the code before it ends, and the one before is still good', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const first = await addressInCode(desktop);
    clock.advance({ seconds: 300 });
    await desktop.reload();
    expect(await addressInCode(desktop)).toBe(first);
    clock.advance({ seconds: 200 });
    await desktop.reload();
    const second = await addressInCode(desktop);
    expect(second).not.toBe(first);
    expect((await aPhone().open(first)).page).toBe('capture_claim');
    clock.advance({ seconds: 110 });
    expect((await aPhone().open(first)).page).toBe('phone_gone');
    expect((await takeOver(desktop, { link: second })).page).toBe('capture_consent');
  });

  it('ends a journey that nobody finishes: the phone lands as expired, the desktop says so', async () => {
    const { person: desktop, phone, signIn } = await atSide(scene);
    clock.advance({ minutes: 31 });
    await sendOutcome(phone);
    // The journey ended before the picture came: nothing of it counts.
    expect(await landing(phone)).toMatchObject({ status: 'expired' });
    await desktop.reload();
    expect(desktop.page).toBe('denied');
    expect((await decisionOf(scene, desktop)).reasons[0]).toBe('journey_expired');
    expect((await timeline(scene, desktop)).some((line) => line.includes('documentCapture success'))).toBe(false);
    expect((await oauthError(scene.app.finish(await leave(desktop), signIn))).description).toBe('the verification was not finished in time');
  });

  it('given on the desktop counts on the phone', async () => {
    const { person: desktop, phone } = await atSide(scene);
    await desktop.reload();
    await desktop.follow('more-time');
    await desktop.press();
    clock.advance({ minutes: 31 });
    await phone.reload();
    expect(phone.page).toBe('capture_side');
    await sendOutcome(phone);
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect((await decisionOf(scene, desktop)).verdict).toBe('approve');
  });

  it('of a turn runs out: the run is counted, and the next one is drawn anew', async () => {
    const { person: desktop, phone } = await atSide(scene);
    await sendPicture(phone, outcome());
    expect(phone.page).toBe('capture_selfie');
    for (const left of [2, 1]) {
      await beginSelfie(phone);
      expect(turnAsked(phone)).toMatch(/left|right|centre/);
      clock.advance({ seconds: 26 });
      await phone.reload();
      expect([phone.page, /data-problem="(\w+)"/.exec(phone.answer.body)?.[1]]).toEqual(['capture_selfie', 'too_slow']);
      expect(phone.text).toMatch(left === 1 ? /last try/ : /2 tries left/);
    }
    await beginSelfie(phone);
    clock.advance({ seconds: 26 });
    await phone.reload();
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect((await stepEnd(scene, desktop))).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining(['live_person: too_slow']) });
  });
});

describe('two tabs', () => {
  it('of one phone stand before the same page, and an answer of the older one changes nothing', async () => {
    const { person: desktop, phone } = await atSide(scene, 'driving_licence');
    const tab = await Object.assign(aPhone(), { cookies: phone.cookies }).open(`${scene.gateway.origin}/capture`);
    expect(tab.page).toBe('capture_side');
    await sendPicture(phone, outcome());
    expect(phone.content.heading).toMatch(/^Back/);
    await sendPicture(tab, outcome());
    expect([tab.page, tab.content.heading]).toEqual(['capture_side', phone.content.heading]);
    expect((await timeline(scene, desktop)).filter((line) => line === 'block documentCapture success')).toHaveLength(1);
    await sendPicture(tab, outcome({ findings: faces() }));
    expect(await landing(tab)).toMatchObject({ status: 'completed' });
  });

  it('of one desktop both follow, and only one takes the code away', async () => {
    const { person: desktop, phone, signIn } = await atSide(scene);
    const tab = await Object.assign(aPhone(desktop.device), { cookies: desktop.cookies }).open(desktop.url);
    expect(tab.page).toBe('document_following');
    await sendOutcome(phone);
    await desktop.until('finished');
    const callback = await leave(desktop);
    expect((await scene.app.finish(callback, signIn)).claims()).toMatchObject({ policyDecision: 'approve' });
    await tab.reload();
    expect([tab.status, tab.page]).toEqual([400, 'stale']);
  });
});

describe('messages', () => {
  it('are as many as the workflow allows, not too soon after one another, and their link outlives a new code', async () => {
    const app = await anotherApp(scene, 'messages', { options: { link: { maxSends: 2 } } });
    const number = '+14075550231';
    const { person: desktop } = await atDocument(app, {}, { details: { ...ANDREA, phone: number } });
    await desktop.press('action', 'sms');
    await desktop.press('action', 'sms');
    expect([desktop.status, desktop.page]).toEqual([422, 'document_handover']);
    clock.advance({ seconds: 31 });
    await desktop.reload();
    await desktop.press('action', 'sms');
    expect(await messagesTo(scene, number)).toHaveLength(2);
    clock.advance({ seconds: 31 });
    await desktop.reload();
    // No more: the address can be typed.
    expect(desktop.form.buttons.map(({ value }) => value)).not.toContain('sms');
    expect(desktop.text).toContain(await addressInCode(desktop));
    const [message] = await messagesTo(scene, number);
    const phone = await agreeAndChoose(await takeOver(desktop, { link: message?.link ?? '' }));
    await sendPicture(phone, outcome({ document: { number: 'E0000001' }, findings: faces() }));
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
  });
});
