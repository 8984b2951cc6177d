/** People who attack the capture with what belongs to others, with what is not asked for, and with what was used before. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { slowClock } from '../support/clock.ts';
import type { HttpPerson } from '../support/http_person.ts';
import { attacked, COOKIE, tokenOf, type Attacked } from './document_attacker.ts';
import { addressInCode, aPhone, atDocumentOnly, atSide, beginSelfie, faces, landing, outcome, sendOutcome, sendPicture, sendTurn, takeOver, turnAsked } from './document_scene.ts';
import { journeyOf, timeline, type Scene } from './scene.ts';

let world: Attacked;
let scene: Scene;
let reader: Attacked['reader'];
let picture: Buffer;
let at: Attacked['at'];
let post: Attacked['post'];
let same: Attacked['same'];
let wear: Attacked['wear'];
beforeAll(async () => {
  // Twelve turns are tried in the 25 s that each has.
  world = await attacked(slowClock(1 / 10));
  ({ scene, reader, picture, at, post, same, wear } = world);
});
beforeEach(() => {
  reader.calls.length = 0;
  reader.poseAnswers.length = 0;
});
afterAll(() => world.close());

const keptOf = async (desktop: HttpPerson) => scene.gateway.gatehouse.images.ofJourney((await journeyOf(scene, desktop)).id);

describe('what belongs to others', () => {
  it('a cookie made up, of a link, or of another door opens nothing', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const link = (await addressInCode(desktop)).split('/l/')[1] ?? '';
    const phone = await takeOver(desktop);
    const [cookie] = phone.cookies.all();
    expect(cookie).toMatchObject({ name: COOKIE, httpOnly: true, sameSite: 'lax', path: '/', domain: undefined });
    const own = tokenOf(phone);
    expect(phone.history.every(({ url, headers, body }) => ![url, headers.location ?? '', body].some((text) => text.includes(own)))).toBe(true);
    const changed = `${own.slice(0, -1)}${own.endsWith('A') ? 'Q' : 'A'}`;
    await same(desktop, async () => {
      for (const token of [randomBytes(16).toString('base64url'), link, changed, `${own}A`, own.toLowerCase(), '', '../../etc/passwd', '%00', 'a'.repeat(4000)]) {
        const thief = aPhone();
        wear(thief, token);
        await thief.open(at('/capture'));
        expect([thief.status, thief.page], token.slice(0, 30)).toEqual([410, 'phone_gone']);
        const answer = await post(thief, phone.encoded(), [['picture', { bytes: picture }]]);
        // A script is told so, or sent to the page that tells it.
        if (answer.status !== 410) expect([answer.status, answer.body]).toEqual([200, '{"next":"/capture"}']);
      }
      // The capture's own token is no link.
      const visitor = await aPhone().open(at(`/l/${own}`));
      expect([visitor.status, visitor.page]).toEqual([410, 'phone_gone']);
    });
    expect(reader.calls).toEqual([]);
  });

  it('a cookie of another capture answers only its own journey, and the token of that page is good for that page alone', async () => {
    const [victim, thief] = [await atSide(scene), await atSide(scene)];
    const before = await journeyOf(scene, victim.person);
    const values = victim.phone.encoded();
    // The thief's browser with the victim's form, then the victim's browser with the thief's.
    expect((await post(thief.phone, values, [['picture', { bytes: picture }]])).status).toBe(403);
    expect((await post(victim.phone, thief.phone.encoded(), [['picture', { bytes: picture }]])).status).toBe(403);
    for (const csrf of ['', 'x', values.get('csrf')?.slice(1) ?? '', `${values.get('csrf') ?? ''}A`]) {
      const forged = new URLSearchParams(values);
      forged.set('csrf', csrf);
      expect((await post(victim.phone, forged, [['picture', { bytes: picture }]])).status, csrf).toBe(403);
    }
    // A token of the desktop's page is none for the phone's.
    await victim.person.reload();
    const desktops = new URLSearchParams(values);
    desktops.set('csrf', victim.person.encoded().get('csrf') ?? '');
    expect((await post(victim.phone, desktops, [['picture', { bytes: picture }]])).status).toBe(403);
    expect(await journeyOf(scene, victim.person)).toEqual(before);
    expect(reader.calls).toEqual([]);
  });

  it('the capture goes to one of ten phones that answer at once', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const link = await addressInCode(desktop);
    const phones = await Promise.all(Array.from({ length: 10 }, () => aPhone().open(link)));
    await Promise.all(phones.map((phone) => phone.press('number', desktop.output)));
    expect(phones.map((phone) => phone.page).filter((page) => page === 'capture_consent')).toHaveLength(1);
    expect(phones.filter((phone) => phone.cookies.all().length > 0)).toHaveLength(1);
  });

  it('a picture of another journey cannot be named: what is no file is no picture', async () => {
    const victim = await atSide(scene);
    await sendPicture(victim.phone, picture);
    const [stolen] = await scene.gateway.gatehouse.images.ofJourney((await journeyOf(scene, victim.person)).id);
    expect(stolen?.id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const { person: desktop, phone } = await atSide(scene);
    await same(desktop, async () => {
      for (const names of [['picture'], ['id'], ['pictureId', 'image', 'ids[]'], ['documents[0][front][picture][id]'], ['state']]) {
        const values = phone.encoded();
        for (const name of names) values.append(name, stolen?.id ?? '');
        expect((await post(phone, values, [])).status, names.join()).toBe(422);
      }
      const answer = await phone.send(at(`/capture?picture=${stolen?.id ?? ''}`));
      expect(answer.body).not.toContain(stolen?.id);
      for (const path of [`/capture/${stolen?.id}`, `/images/${stolen?.id}`, `/capture/picture/${stolen?.id}`]) expect((await phone.send(at(path))).status).toBe(404);
    });
  });
});

describe('what is not asked for', () => {
  it('pictures before consent are not looked at, whatever page their form names', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const phone = await takeOver(desktop);
    await same(desktop, async () => {
      for (const page of ['capture_side', 'capture_selfie', 'capture_consent', 'capture_claim', 'document_handover', 'phone_confirm', '__proto__', '']) {
        const values = phone.encoded();
        values.set('page', page);
        for (const field of ['picture', 'frame']) await post(phone, values, [[field, { bytes: picture }]]);
        await post(phone, values, [['picture', outcome({ findings: faces() })]]);
      }
      await phone.reload();
      expect(phone.page).toBe('capture_consent');
    });
    expect([reader.calls, await keptOf(desktop)]).toEqual([[], []]);
    // Nor does agreeing to another text count.
    const values = phone.encoded();
    values.set('consentHash', '0'.repeat(64));
    values.append('action', 'agree');
    await phone.open(at('/capture'), { method: 'POST', body: values });
    expect([phone.status, phone.page]).toEqual([422, 'capture_consent']);
  });

  it('the pictures of another page are none for this one', async () => {
    const { person: desktop, phone } = await atSide(scene, 'driving_licence');
    await same(desktop, async () => {
      const values = phone.encoded();
      expect((await post(phone, values, [['frame', { bytes: picture }]])).status).toBe(422);
      expect((await post(phone, values, [['picture', { bytes: picture }], ['picture', { bytes: picture }]])).status).toBe(422);
      values.set('page', 'capture_selfie');
      for (const action of ['begin', '']) {
        values.set('action', action);
        values.set('method', 'live');
        expect((await post(phone, values, [['frame', { bytes: picture }]])).status).toBe(200);
      }
      const chosen = phone.encoded();
      chosen.set('slot', 'back');
      chosen.set('document', '7');
      expect(reader.calls).toEqual([]);
    });
    // Fields that say which side it is are nobody's: the front is asked for, and the front it is.
    const values = phone.encoded();
    for (const [name, value] of [['slot', 'back'], ['document', '1'], ['type', 'passport'], ['reading', '{}']] as const) values.append(name, value);
    expect((await post(phone, values, [['picture', { bytes: picture }]])).status).toBe(200);
    await phone.open(at('/capture'));
    expect(phone.content.heading).toContain('Back');
    expect(reader.wanted.at(-1)).toEqual({ side: 'front', type: 'driving_licence' });
  });

  it('a document that the workflow does not accept cannot be chosen by a form of one\'s own', async () => {
    const { person: desktop } = await atDocumentOnly(scene);
    const phone = await takeOver(desktop);
    await phone.press('action', 'agree');
    await same(desktop, async () => {
      for (const [type, country] of [['identity_card', 'US'], ['passport', 'XX'], ['__proto__', 'US'], ['passport', 'constructor'], ['passport', 'us']] as const) {
        const values = phone.encoded();
        values.set('type', type);
        values.set('country', country);
        expect((await phone.open(at('/capture'), { method: 'POST', body: values })).status, `${type} ${country}`).toBe(422);
      }
    });
  });
});

describe('what was used before', () => {
  const turned = { left: 25, right: -25, centre: 0 } as const;
  const seen = (turn: keyof typeof turned, frames = 3): void => void reader.poseAnswers.push({ kind: 'done', value: Array.from({ length: frames }, () => ({ faces: 1, yaw: turned[turn], eyeDistance: 90 })) });

  it('frames with the number of a turn that is over are not looked at, nor those of another person\'s turn', async () => {
    const other = await atSide(scene);
    await sendPicture(other.phone, picture);
    await beginSelfie(other.phone);
    const stolen = other.phone.encoded().get('nonce') ?? '';

    const { person: desktop, phone } = await atSide(scene);
    await sendPicture(phone, picture);
    await beginSelfie(phone);
    const first = phone.encoded();
    const turn = turnAsked(phone);
    seen(turn);
    await sendTurn(phone, picture);
    expect(turnAsked(phone)).not.toBe(turn);
    const looked = reader.calls.length;
    const now = phone.encoded();
    for (const nonce of [first.get('nonce') ?? '', stolen, '', 'x', `${now.get('nonce') ?? ''}A`]) {
      const replay = new URLSearchParams(now);
      replay.set('nonce', nonce);
      expect((await post(phone, replay, Array.from({ length: 3 }, () => ['frame', { bytes: picture }] as const))).status).toBe(200);
    }
    expect(reader.calls.length).toBe(looked);
    await phone.open(at('/capture'));
    expect(phone.encoded().get('nonce')).toBe(now.get('nonce'));
    expect((await timeline(scene, desktop)).filter((line) => line.includes('liveness'))).toEqual([]);
  });

  it('one and the same still picture never shows a living head, and the tries for it end', async () => {
    const { person: desktop, phone } = await atSide(scene);
    await sendPicture(phone, picture);
    const nonces = new Set<string>();
    await beginSelfie(phone);
    // The head looks straight on all the time: one turn passes, no other does. Time is up when it is up, however often it is tried.
    for (let tries = 0; tries < 12; tries += 1) {
      const nonce = phone.encoded().get('nonce') ?? '';
      expect(nonces.has(nonce)).toBe(false);
      nonces.add(nonce);
      await sendTurn(phone, picture);
      expect(phone.page).toBe('capture_selfie');
    }
    expect((await timeline(scene, desktop)).filter((line) => line === 'block liveness success' || line === 'label selfie_capture success')).toEqual([]);
    expect((await journeyOf(scene, desktop)).decision).toBeNull();
  });

  it('a capture that is over takes nothing, and says so', async () => {
    const { person: desktop, phone } = await atSide(scene);
    const values = phone.encoded();
    await sendOutcome(phone, {}, { number: 'A1000001' });
    await landing(phone);
    wear(phone, [...phone.history].map(({ headers }) => /gatehouse_capture=([A-Za-z0-9_-]{22})/.exec(String(headers['set-cookie'] ?? ''))?.[1]).find(Boolean) ?? 'none');
    await same(desktop, async () => {
      const answer = await post(phone, values, [['picture', outcome({ findings: faces({ not_expired: 'fail' }) })]]);
      expect([200, 410]).toContain(answer.status);
    });
  });
});
