/** A document vendor in place of our own pages, or beside them: over real HTTP, with all that goes wrong there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeReader } from '../steps/document_selfie/fakes.ts';
import { SettableClock } from '../support/clock.ts';
import { PHONE } from '../support/devices.ts';
import { HttpPerson } from '../support/http_person.ts';
import { eventually } from '../support/ports.ts';
import { oauthError } from '../support/relying_party.ts';
import { cardPhoto } from '../documents/support.ts';
import { anotherApp, decisionOf, EVERYTHING, interactionUid, journeyOf, leave, setScene, timeline, type Scene } from './scene.ts';
import { ANDREA, atDocument, atDocumentOnly, beginSelfie, landing, sendPicture, sendTurn, stepEnd, takeOver, turnAsked } from './document_scene.ts';

const clock = new SettableClock();
const reader = new FakeReader();
let scene: Scene;
let phones = 0;
beforeAll(async () => {
  scene = await setScene({ options: { documents: { capture: 'vendor' } }, replace: { now: clock.now, documents: reader, sandboxSlowMs: 300 } });
});
afterAll(() => scene.close());

interface AtVendor {
  readonly desktop: HttpPerson;
  readonly phone: HttpPerson;
  readonly signIn: Awaited<ReturnType<typeof atDocument>>['signIn'];
  /** The address of the vendor's own page. */
  readonly url: string;
}

/** A phone before the vendor's door, with consent on record. */
async function atVendor(app: Scene = scene): Promise<AtVendor> {
  phones += 1;
  const { person: desktop, signIn } = await atDocument(app, { scope: EVERYTHING }, { details: { ...ANDREA, phone: `+1407555${String(100 + phones).padStart(4, '0')}` } });
  const phone = await takeOver(desktop);
  await phone.press('action', 'agree');
  expect(phone.page).toBe('capture_vendor');
  const link = phone.content.links.find(({ href }) => href.startsWith(`${scene.gateway.origin}/documents/`));
  if (!link) throw new Error('no way to the vendor');
  return { desktop, phone, signIn, url: link.href };
}

/** The person plays the vendor on its page, and is led back. */
async function play({ phone, url }: AtVendor, choice: string, behaviour = 'good'): Promise<void> {
  await phone.open(url, { method: 'POST', body: new URLSearchParams({ choice, behaviour }) });
}

/** As time passes the vendor is asked again. */
async function untilOver(desktop: HttpPerson, ...pages: readonly string[]): Promise<void> {
  for (let round = 0; round < 12 && !pages.includes(desktop.page ?? ''); round += 1) {
    clock.advance({ seconds: 20 });
    await desktop.reload();
  }
  expect(pages).toContain(desktop.page);
}

describe("the vendor's hosted capture", () => {
  // First, while the clock is near the sandbox's own: a notice that is minutes off is refused.
  it('is brought along by its notice alone: nobody has to come back', async () => {
    const visit = await atVendor();
    clock.advance({ seconds: 3 });
    const answer = await fetch(visit.url, { method: 'POST', body: new URLSearchParams({ choice: 'pass', behaviour: 'good' }), redirect: 'manual' });
    expect(answer.status).toBe(303);
    await eventually('the approval', async () => (await decisionOf(scene, visit.desktop)).verdict === 'approve');
  });

  it('that tells everything three times is asked once for its result', async () => {
    const visit = await atVendor();
    clock.advance({ seconds: 3 });
    await fetch(visit.url, { method: 'POST', body: new URLSearchParams({ choice: 'pass', behaviour: 'duplicated' }), redirect: 'manual' });
    await eventually('the approval', async () => (await decisionOf(scene, visit.desktop)).verdict === 'approve');
    expect((await timeline(scene, visit.desktop)).filter((line) => line === 'block documentVendor success: finished')).toHaveLength(1);
    expect((await timeline(scene, visit.desktop)).filter((line) => line.startsWith('phase journey next'))).toHaveLength(1);
  });

  it('that passes is an approval whose tokens name the vendor, and nothing of ours was captured', async () => {
    const visit = await atVendor();
    const { desktop, phone, signIn } = visit;
    await play(visit, 'pass');
    // Back at our own address, by the phone's cookie alone.
    expect(new URL(phone.callback ?? phone.url).pathname).toMatch(/^\/(capture|phone-done)$/);
    await untilOver(desktop, 'finished');
    expect(await landing(await phone.open(`${scene.gateway.origin}/capture`))).toEqual({ transaction_id: (await journeyOf(scene, desktop)).id, status: 'completed' });
    const tokens = await scene.app.finish(await leave(desktop), signIn);
    expect(tokens.claims()).toMatchObject({ acr: 'urn:gatehouse:acr:document', simulated: true });
    const info = await scene.app.userinfo(tokens);
    expect(info).toMatchObject({
      given_name: 'Andrea', family_name: 'Roshell', birthdate: '1969-09-26',
      evidence: { steps: expect.arrayContaining([expect.objectContaining({ methods: expect.objectContaining({ read_from: 'vendor', reader: 'sandbox_documents', document_authenticity: 'verified_by_vendor', liveness: 'vendor' }) })]) },
    });
    expect(info).not.toHaveProperty('phone_number');
    expect(await scene.db.selectFrom('image').selectAll().execute()).toEqual([]);
    expect(reader.calls).toEqual([]);
  });

  it.each([['fail', 'fail'], ['doubt', 'doubtful']] as const)('that says %s denies', async (choice, outcome) => {
    const visit = await atVendor();
    await play(visit, choice);
    await untilOver(visit.desktop, 'denied');
    expect((await stepEnd(scene, visit.desktop)).outcome).toBe(outcome);
    expect((await stepEnd(scene, visit.desktop)).reasons[0]).toBe('vendor_verdict');
    // The id on the page is of the letters that `face` is of.
    expect(visit.desktop.text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')).not.toMatch(/vendor|selfie|expired|face/i);
    expect((await oauthError(scene.app.finish(await leave(visit.desktop), visit.signIn))).error).toBe('access_denied');
  });

  it('that was started, opened and come back from says nothing about anybody', async () => {
    const { desktop, phone, url } = await atVendor();
    await new HttpPerson({ device: PHONE }).open(url);
    await phone.press('action', 'check');
    expect(phone.page).toBe('capture_vendor');
    for (let round = 0; round < 5; round += 1) {
      clock.advance({ seconds: 60 });
      await desktop.reload();
      expect(desktop.page).toBe('document_following');
    }
    expect((await decisionOf(scene, desktop)).verdict).toBeUndefined();
    expect((await timeline(scene, desktop)).filter((line) => line.startsWith('block documentVendor'))).toEqual(['block documentVendor success: started']);
    // Back once more, where one may say that it cannot be done.
    await phone.reload();
    await phone.press('action', 'cannot');
    expect(await landing(phone)).toMatchObject({ status: 'declined' });
  });

  it('whose notices are late, lost or forged is asked all the same', async () => {
    for (const behaviour of ['late', 'silent', 'forged']) {
      const visit = await atVendor();
      await play(visit, 'pass', behaviour);
      await untilOver(visit.desktop, 'finished');
    }
  });

  it('takes no notice that it did not sign, of sessions known and unknown', async () => {
    const { desktop, url } = await atVendor();
    const before = await journeyOf(scene, desktop);
    const body = JSON.stringify({ type: 'session.updated', data: { sessionId: url.split('/').at(-1) } });
    const now = String(Math.floor(clock.now() / 1000));
    for (const signature of [undefined, '', 'v1,', `v1,${Buffer.alloc(32).toString('base64')}`]) {
      const answer = await fetch(`${scene.gateway.origin}/hooks/documents/sandbox_documents`, {
        method: 'POST', body,
        headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1', 'webhook-timestamp': now, ...(signature === undefined ? {} : { 'webhook-signature': signature }) },
      });
      expect(answer.status).toBe(401);
    }
    expect(await journeyOf(scene, desktop)).toEqual(before);
  });

  it('that never finishes is waited for until the journey ends, and approves nobody', async () => {
    const visit = await atVendor();
    await play(visit, 'pass', 'never');
    expect(visit.phone.page).toBe('capture_vendor');
    clock.advance({ minutes: 31 });
    await visit.desktop.reload();
    expect(visit.desktop.page).toBe('denied');
    expect((await decisionOf(scene, visit.desktop)).reasons[0]).toBe('journey_expired');
    expect(await landing(await visit.phone.reload())).toMatchObject({ status: 'expired' });
  });

  it.each([['broken', 'broke'], ['malformed', 'broke']] as const)('that is %s ends as just that, after it was asked again', async (behaviour, outcome) => {
    const visit = await atVendor();
    await play(visit, 'pass', behaviour);
    await untilOver(visit.desktop, 'denied');
    expect((await stepEnd(scene, visit.desktop)).outcome).toBe(outcome);
    expect((await timeline(scene, visit.desktop)).filter((line) => line.startsWith('block documentVendor fail')).length).toBeGreaterThan(1);
  });

  it('leads a person who is on a phone already back into the same browser', async () => {
    const { person, signIn } = await atDocument(scene, {}, { device: PHONE, details: { ...ANDREA, phone: '+14075550199' } });
    await person.press('action', 'agree');
    const [link] = person.content.links.filter(({ href }) => href.startsWith(`${scene.gateway.origin}/documents/`));
    await person.open(link?.href ?? '', { method: 'POST', body: new URLSearchParams({ choice: 'pass' }) });
    expect(new URL(person.url).pathname).toBe(`/interaction/${interactionUid(person)}`);
    await untilOver(person, 'finished');
    expect((await scene.app.finish(await leave(person), signIn)).claims()).toMatchObject({ policyDecision: 'approve' });
  });
});

describe('our own pages, and a vendor who must accept it too', () => {
  let both: Scene;
  beforeAll(async () => {
    both = await anotherApp(scene, 'both', { options: { documents: { capture: 'own_then_vendor' } } });
  });

  /** Everything that our own engine asks for, as it asks for it. */
  const capture = async (given: string, number: string): Promise<Awaited<ReturnType<typeof atDocument>> & { readonly phone: HttpPerson }> => {
    const visit = await atDocument(both, { scope: EVERYTHING }, { details: { givenName: given, ...(given === 'Andrew' ? { street: '1 Nowhere Rd', postalCode: '99999', city: 'Anchorage' } : {}), phone: number } });
    const phone = await takeOver(visit.person);
    await phone.press('action', 'agree');
    await phone.press('type', 'passport');
    const read = { issuer: 'UTO', given_name: given, number: `V${number.slice(-7)}` };
    reader.document = read;
    await sendPicture(phone, await (await cardPhoto()).jpeg().toBuffer());
    await beginSelfie(phone);
    for (let turn = 0; turn < 3; turn += 1) {
      const asked = turnAsked(phone);
      await sendTurn(phone, [0, 1, 2].map((frame) => Buffer.from(`${asked}:${frame}`)));
    }
    return { ...visit, phone };
  };

  it('sends on what our engine accepted; different documents are a doubt', async () => {
    const { person: desktop } = await capture('Andrew', '+14075550201');
    await untilOver(desktop, 'finished', 'denied');
    // The vendor of the sandbox always reads its own number.
    expect(await stepEnd(scene, desktop)).toMatchObject({ outcome: 'doubtful', reasons: expect.arrayContaining(['vendor_read_another_document: number_differs']) });
    expect(await timeline(scene, desktop)).toEqual(expect.arrayContaining(['block documentChecks success', 'block documentVendor success: finished']));
  });

  it('denies whom the vendor denies', async () => {
    const { person: desktop } = await capture('Andrea', '+14075550202');
    await untilOver(desktop, 'finished', 'denied');
    expect(await stepEnd(scene, desktop)).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining(['vendor_verdict']) });
  });

  it('asks nobody about what our engine refuses', async () => {
    reader.matches.push({ distance: 0.9 });
    const { person: desktop, phone } = await capture('Andrew', '+14075550203');
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    await untilOver(desktop, 'denied');
    expect(await stepEnd(scene, desktop)).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining(['selfie_matches: distance']) });
    expect((await timeline(scene, desktop)).some((line) => line.includes('documentVendor'))).toBe(false);
  });
});

describe('under live keys', () => {
  it('the sandbox is out of reach: no vendor is configured, and that is what the record says', async () => {
    const live = await anotherApp(scene, 'live', { template: 'document_only', mode: 'live', options: { documents: { capture: 'vendor' } } });
    const { person: desktop } = await atDocumentOnly(live);
    const phone = await takeOver(desktop);
    await phone.press('action', 'agree');
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect(await stepEnd(live, desktop)).toEqual({ outcome: 'could_not_tell', reasons: ['vendor_not_configured'] });
  });
});
