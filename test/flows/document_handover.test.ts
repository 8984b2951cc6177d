/** From the desktop to the phone: who may take a capture over, what stops it, and what changes nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESKTOP, PHONE, PREVIEW_BOTS } from '../support/devices.ts';
import { HttpPerson } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError } from '../support/relying_party.ts';
import { anotherApp, decisionOf, EVERYTHING, interactionUid, journeyOf, leave, messagesTo, setScene, timeline, type Scene } from './scene.ts';
import {
  ANDREA, aPhone, addressInCode, agreeAndChoose, atDocument, atDocumentOnly, atSide, LANDING, landed, landing, outcome, faces, sendOutcome, sendPicture, stepEnd, takeOver,
} from './document_scene.ts';

describeDatabases('the hand-over', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ template: 'document_only' }, database);
  });
  afterAll(() => scene.close());

  const denied = async (desktop: HttpPerson, outcomeOfStep: string, reason: string): Promise<void> => {
    await desktop.reload();
    expect(desktop.page).toBe('denied');
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: outcomeOfStep, reasons: [reason] });
    expect(await decisionOf(scene, desktop)).toEqual({ verdict: 'deny', reasons: [reason] });
    expect(await timeline(scene, desktop)).toEqual(expect.arrayContaining([`label document_verification failure: ${reason}`, `phase documentVerification exit: ${reason}`, `phase journey exit: ${reason}`]));
  };

  it('by the code gives one phone the capture, and the desktop follows it to the application', async () => {
    const { person: desktop, signIn } = await atDocumentOnly(scene);
    expect(desktop.page).toBe('document_handover');
    const link = await addressInCode(desktop);
    expect(link).toMatch(new RegExp(`^${scene.gateway.origin}/l/[A-Za-z0-9_-]{22}$`));
    const phone = await aPhone().open(link);
    expect(phone.page).toBe('capture_claim');
    expect(phone.text).toContain('Example App');
    const numbers = phone.form.buttons.filter((button) => button.name === 'number').map((button) => button.value);
    expect(numbers).toContain(desktop.output);
    expect(new Set(numbers).size).toBe(3);
    // A stranger who looks learns nothing of the journey.
    expect(phone.answer.body).not.toContain((await journeyOf(scene, desktop)).id);
    await phone.press('number', desktop.output);
    expect([phone.page, new URL(phone.url).pathname]).toEqual(['capture_consent', '/capture']);
    await desktop.reload();
    expect(desktop.page).toBe('document_following');
    await agreeAndChoose(phone);
    await desktop.reload();
    expect(desktop.page).toBe('document_following');
    await sendOutcome(phone);
    const { id } = await journeyOf(scene, desktop);
    expect(await landing(phone)).toEqual({ transaction_id: id, status: 'completed' });
    await desktop.until('finished');
    const callback = await leave(desktop);
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect((await scene.app.finish(callback, signIn)).claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:document', simulated: true });
    expect((await oauthError(scene.app.finish(callback, signIn))).error).toBe('invalid_grant');
  });

  it('is not changed by looking: previews, scanners, a second look, HEAD', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const link = await addressInCode(desktop);
    const before = await journeyOf(scene, desktop);
    for (const device of [...PREVIEW_BOTS, PHONE, DESKTOP]) {
      const looker = new HttpPerson({ device });
      await looker.open(link);
      expect([looker.status, looker.page, looker.cookies.all()]).toEqual([200, 'capture_claim', []]);
      expect((await looker.send(link, { method: 'HEAD' })).status).toBe(200);
    }
    expect(await journeyOf(scene, desktop)).toEqual(before);
    const bot = await new HttpPerson({ device: PREVIEW_BOTS[0] ?? DESKTOP }).open(link);
    await bot.press('number', desktop.output);
    expect(bot.status).toBe(422);
    expect(await journeyOf(scene, desktop)).toEqual(before);
    expect((await takeOver(desktop, { link })).page).toBe('capture_consent');
  });

  it('is gone for the second phone, and the first comes back by it', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const link = await addressInCode(desktop);
    const late = await aPhone().open(link);
    const phone = await takeOver(desktop, { link });
    await late.press('number', desktop.output);
    expect([late.status, late.page, late.cookies.all()]).toEqual([410, 'phone_gone', []]);
    const second = await aPhone().open(link);
    expect([second.status, second.page]).toEqual([410, 'phone_gone']);
    // Nor does the address of the pages help without the cookie.
    await second.open(`${scene.gateway.origin}/capture`);
    expect([second.status, second.page]).toEqual([410, 'phone_gone']);
    await phone.open(link);
    expect([phone.page, new URL(phone.url).pathname]).toEqual(['capture_consent', '/capture']);
  });

  it('goes to one of two phones that answer at once', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const link = await addressInCode(desktop);
    const phones = await Promise.all([aPhone().open(link), aPhone().open(link)]);
    await Promise.all(phones.map((phone) => phone.press('number', desktop.output)));
    expect(phones.map((phone) => phone.page).sort()).toEqual(['capture_consent', 'phone_gone']);
    expect((await timeline(scene, desktop)).filter((line) => line === 'block captureHandover success')).toHaveLength(1);
  });

  it('with the wrong number denies', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const phone = await aPhone().open(await addressInCode(desktop));
    const wrong = phone.form.buttons.find((button) => button.name === 'number' && button.value !== desktop.output)?.value;
    await phone.press('number', wrong);
    expect([phone.page, phone.cookies.all()]).toEqual(['phone_stopped', []]);
    await denied(desktop, 'fail', 'wrong_number');
  });

  it('that "was not me" denies', async () => {
    const { person: desktop, signIn } = await atDocumentOnly(scene);
    const phone = await aPhone().open(await addressInCode(desktop));
    await phone.press('refuse');
    expect(phone.page).toBe('phone_stopped');
    await denied(desktop, 'refused', 'reportedByUser');
    expect((await oauthError(scene.app.finish(await leave(desktop), signIn))).error).toBe('access_denied');
  });

  it('opened and answered on a desktop denies, or is tried once more where the workflow says so', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const other = await aPhone(DESKTOP).open(await addressInCode(desktop));
    await other.press('number', desktop.output);
    expect(other.page).toBe('phone_stopped');
    await denied(desktop, 'fail', 'opened_on_desktop');

    const patient = await anotherApp(scene, 'patient', { template: 'document_only', options: { link: { desktopOpen: 'one_more_try' } } });
    const { person: waiting } = await atDocumentOnly(patient);
    const link = await addressInCode(waiting);
    const wrong = await aPhone(DESKTOP).open(link);
    await wrong.press('number', waiting.output);
    expect(wrong.page).toBe('capture_claim');
    expect((await takeOver(waiting, { link })).page).toBe('capture_consent');
  });

  it('without number transfer is confirmed by one button', async () => {
    const plain = await anotherApp(scene, 'no_number', { template: 'document_only', options: { link: { numberTransfer: false } } });
    const { person: desktop } = await atDocumentOnly(plain);
    expect(desktop.output).toBeUndefined();
    expect((await takeOver(desktop)).page).toBe('capture_consent');
  });

  it('passes to another phone: the first is out at once, and what it sent is asked for anew', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const firstLink = await addressInCode(desktop);
    const first = await agreeAndChoose(await takeOver(desktop));
    await desktop.reload();
    await desktop.press('action', 'other_phone');
    expect(desktop.page).toBe('document_handover');
    const link = await addressInCode(desktop);
    expect(link).not.toBe(firstLink);
    await sendOutcome(first);
    expect([first.status, first.page]).toEqual([410, 'phone_gone']);
    expect((await aPhone().open(firstLink)).status).toBe(410);
    const second = await takeOver(desktop, { link });
    await agreeAndChoose(second);
    await sendOutcome(second);
    expect(await landing(second)).toMatchObject({ status: 'completed' });
    await desktop.until('finished');
    expect(await timeline(scene, desktop)).toEqual(expect.arrayContaining(['block captureHandover fail: other_phone']));
  });

  it('survives reload and the back button on both devices', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const shown = [desktop.output, await addressInCode(desktop)];
    await desktop.reload();
    expect([desktop.output, await addressInCode(desktop)]).toEqual(shown);
    const phone = await takeOver(desktop);
    const consent = phone.form;
    const kept = phone.encoded();
    kept.append('action', 'agree');
    await agreeAndChoose(phone);
    const before = await journeyOf(scene, desktop);
    // Back to the consent page, and sent once more.
    await phone.open(consent.action, { method: 'POST', body: kept });
    expect(phone.page).toBe('capture_side');
    await phone.reload();
    expect(phone.page).toBe('capture_side');
    expect(await journeyOf(scene, desktop)).toEqual(before);
    await desktop.reload();
    expect(desktop.page).toBe('document_following');
  });

  it('lets the person stop on the desktop: the phone is told, and lands as declined', async () => {
    const { person: desktop, signIn, phone } = await atSide(scene);
    await desktop.reload();
    await desktop.follow('/leave');
    await desktop.press();
    expect(await oauthError(scene.app.finish(desktop.callback ?? '', signIn))).toEqual({ error: 'access_denied', description: 'the person stopped the verification' });
    await sendOutcome(phone);
    expect(await landing(phone)).toMatchObject({ status: 'declined' });
  });

  it('shows the desktop of another person nothing, and takes no form of theirs', async () => {
    const { person: desktop, phone } = await atSide(scene);
    const stranger = await atDocumentOnly(scene);
    const uid = interactionUid(desktop);
    expect((await stranger.person.send(`${scene.gateway.origin}/interaction/${uid}`)).status).toBe(400);
    const before = await journeyOf(scene, desktop);
    // The desktop's own form is no answer to the phone's page.
    await desktop.open(`${scene.gateway.origin}/interaction/${uid}`);
    const form = desktop.encoded();
    form.set('page', 'capture_side');
    form.append('action', 'cannot');
    await desktop.open(desktop.form.action, { method: 'POST', body: form });
    expect(await journeyOf(scene, desktop)).toEqual(before);
    expect(phone.page).toBe('capture_side');
  });
});

describe('ways around the camera', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene();
  });
  afterAll(() => scene.close());

  it('a person on a phone goes straight on, in the same browser, and lands nowhere else', async () => {
    const { person, signIn } = await atDocument(scene, { scope: EVERYTHING }, { device: PHONE });
    expect(person.page).toBe('capture_consent');
    expect(new URL(person.url).pathname).toBe(`/interaction/${interactionUid(person)}`);
    await agreeAndChoose(person, 'passport');
    await sendPicture(person, outcome({ document: { number: 'H0000001', family_name: 'ROSHELL', given_name: 'ANDREW', birth_date: '1969-09-26' }, findings: faces() }));
    expect(person.page).toBe('finished');
    expect(person.history.map((answer) => answer.headers.location ?? '').filter((location) => location.startsWith(LANDING))).toEqual([]);
    const tokens = await scene.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ acr: 'urn:gatehouse:acr:document', amr: expect.arrayContaining(['face']) });
    expect(await scene.app.userinfo(tokens)).toMatchObject({ evidence: { steps: expect.arrayContaining([expect.objectContaining({ step: 'document_selfie', methods: expect.objectContaining({ handover: 'here' }) })]) } });
  });

  it('a link by text message shows that the phone is held, and the tokens say so', async () => {
    const phone = '+14075550181';
    const { person: desktop, signIn } = await atDocument(scene, { scope: EVERYTHING }, { details: { ...ANDREA, phone } });
    expect(desktop.page).toBe('document_handover');
    expect(desktop.text).toContain('ending in 81');
    await desktop.press('action', 'sms');
    await desktop.until('document_handover');
    const [message, ...others] = await messagesTo(scene, phone);
    expect(others).toEqual([]);
    expect(message?.body).toMatch(/photograph your ID/);
    expect(message?.link).not.toBe(await addressInCode(desktop));
    const owner = await agreeAndChoose(await takeOver(desktop, { link: message?.link ?? '' }));
    await sendPicture(owner, outcome({ document: { number: 'H0000002' }, findings: faces() }));
    expect(await landing(owner)).toMatchObject({ status: 'completed' });
    const tokens = await scene.app.finish(await leave(await desktop.until('finished')), signIn);
    expect(tokens.claims()).toMatchObject({ acr: 'urn:gatehouse:acr:document', amr: ['rba', 'sms', 'face', 'mfa'] });
    expect(await scene.app.userinfo(tokens)).toMatchObject({ phone_number: phone, phone_number_verified: true });
  });

  it('consent that is declined goes where the workflow says, and nothing was taken', async () => {
    const { person: desktop, signIn } = await atDocument(scene, {}, { details: ANDREA });
    const phone = await takeOver(desktop);
    await phone.press('action', 'decline');
    expect(await landing(phone)).toEqual({ transaction_id: (await journeyOf(scene, desktop)).id, status: 'declined' });
    await desktop.until('denied');
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: 'consent_declined', reasons: ['consent_declined'] });
    expect(await scene.db.selectFrom('image').selectAll().execute()).toEqual([]);
    const { id } = await journeyOf(scene, desktop);
    expect(await scene.db.selectFrom('consent').select('purpose').where('journey_id', '=', id).where('purpose', '=', 'biometrics').execute()).toEqual([]);
    expect((await oauthError(scene.app.finish(await leave(desktop), signIn))).error).toBe('access_denied');
  });

  it('pictures are refused before consent, whatever page a form names', async () => {
    const { person: desktop } = await atDocument(scene, {}, { details: ANDREA });
    const phone = await takeOver(desktop);
    const form = phone.encoded();
    form.set('page', 'capture_side');
    await phone.open(phone.form.action, { method: 'POST', body: form });
    expect(phone.page).toBe('capture_consent');
    expect((await timeline(scene, desktop)).some((line) => line.includes('documentCapture'))).toBe(false);
  });

  it('a phone that has landed is told so, and its pages are over', async () => {
    const { person: desktop } = await atDocument(scene, {}, { details: { ...ANDREA, phone: '+14075550182' } });
    const phone = await agreeAndChoose(await takeOver(desktop));
    await sendPicture(phone, outcome({ document: { number: 'H0000003' }, findings: faces() }));
    await landed(phone);
    phone.callback = undefined;
    await phone.open(`${scene.gateway.origin}/capture`);
    expect([phone.status, phone.page]).toEqual([410, 'phone_gone']);
  });
});
