/** What must never be approved, read for real: spoilt documents, other people's faces, and specimens under live keys. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentType } from '../../src/documents/facts.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { slowClock } from '../support/clock.ts';
import type { Typed } from '../support/http_person.ts';
import { oauthError } from '../support/relying_party.ts';
import { anotherApp, decisionOf, leave, setScene, timeline, type Scene } from './scene.ts';
import {
  ANDREA, agreeAndChoose, atDocument, atSide, beginSelfie, givenFaces, head, landing, MIXED_UP, openReader, sendPicture, sendTurn, shot, stepEnd, takeOver, takeSelfie, turnAsked,
} from './document_scene.ts';

let reader: DocumentReader;
let scene: Scene;
let plain: Scene;
beforeAll(async () => {
  reader = await openReader();
  // The turns of a head have 25 s each, and looking at pictures for real takes its time on a busy machine.
  scene = await setScene({ replace: { documents: reader, now: slowClock(1 / 3) } });
  plain = await anotherApp(scene, 'document_only', { template: 'document_only' });
});
afterAll(async () => {
  await scene.close();
  await reader.close();
});

/** Words that would tell somebody which check to work on. */
const TELLING = /expir|check digit|barcode|print|portrait|birth|age\b|name|selfie|match|tamper|edited|specimen/i;

interface Ended {
  readonly outcome: string | undefined;
  readonly reasons: readonly string[];
  /** What had to be captured again. */
  readonly again: readonly string[];
}

/** Send these pictures, each as often as it is asked for, with faces that came out well; and see the person denied. */
async function refused(pictures: readonly Buffer[], { type = 'passport' as DocumentType, app = plain, details = undefined as Typed | undefined } = {}): Promise<Ended> {
  const visit = details ? await atDocument(app, {}, { details }) : undefined;
  const { person: desktop, signIn, phone } = visit ? { ...visit, phone: await agreeAndChoose(await takeOver(visit.person), type) } : await atSide(app, type);
  let [at, sends] = [0, 0];
  while (phone.page === 'capture_side' && sends < 12) {
    const heading = phone.content.heading;
    await sendPicture(phone, pictures[Math.min(at, pictures.length - 1)] ?? Buffer.alloc(0));
    sends += 1;
    if (phone.page !== 'capture_side' || phone.content.heading !== heading) at += 1;
  }
  if (phone.page === 'capture_selfie') await givenFaces(phone);
  expect(Object.keys(await landing(phone)).sort()).toEqual(['status', 'transaction_id']);
  expect((await landing(phone))['status']).toBe('completed');
  await desktop.until('denied', 'finished');
  expect(desktop.page).toBe('denied');
  expect(desktop.text).not.toMatch(TELLING);
  expect((await decisionOf(scene, desktop)).verdict).toBe('deny');
  const { error, description } = await oauthError(app.app.finish(await leave(desktop), signIn));
  expect([error, description]).toEqual(['access_denied', 'the person could not be verified']);
  const lines = await timeline(scene, desktop);
  return { ...(await stepEnd(scene, desktop)), again: lines.filter((line) => line.startsWith('block documentCapture fail')) };
}

describe('a document', () => {
  it("of Andrea's, her licence, is denied: its barcode is somebody else's", async () => {
    const ended = await refused([await shot('licence-front', 'andrea'), await shot('licence-back', 'andrea')], { type: 'driving_licence', app: scene, details: { ...ANDREA, phone: '+14075550221' } });
    expect(ended.outcome).toBe('fail');
    expect(ended.reasons).toEqual(expect.arrayContaining([expect.stringMatching(/^barcode_matches_print: /), expect.stringMatching(/^name_matches_claim: /)]));
  });

  it('that expired is denied', async () => {
    expect(await refused([await shot('passport', 'andrew', { tamper: 'expired' })])).toEqual({ outcome: 'fail', reasons: expect.arrayContaining(['not_expired: expired']), again: [] });
  });

  it('with a wrong check digit is denied, or asked for until no try is left', async () => {
    const ended = await refused([await shot('passport', 'andrew', { tamper: 'badCheckDigit' })]);
    expect(['fail', 'doubtful']).toContain(ended.outcome);
    expect(ended.reasons.some((reason) => reason.startsWith('check_digits: check_digit_') || reason === 'data_read: unreadable')).toBe(true);
  });

  it('whose printed birth date was edited is denied', async () => {
    const ended = await refused([await shot('passport', 'andrew', { tamper: 'editedBirthDate' })]);
    // A machine too busy to look at the print in time is no way around it.
    expect([['fail', 'mrz_matches_print: birth_date_differs'], ['doubtful', 'mrz_matches_print: print_not_looked_at']]).toContainEqual([ended.outcome, ...ended.reasons]);
  });

  it('made out in another name than claimed is denied', async () => {
    const ended = await refused([await shot('passport', 'andrew', { tamper: 'otherName' })], { app: scene, details: { ...MIXED_UP, phone: '+14075550222' } });
    expect(ended).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining([expect.stringMatching(/^name_matches_claim: /)]) });
  });

  it('with the back of another person\'s is denied', async () => {
    const ended = await refused([await shot('licence-front', 'andrew'), await shot('licence-back', 'andrew', { tamper: 'barcodeOfAnother' })], { type: 'driving_licence' });
    expect(ended).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining([expect.stringMatching(/^barcode_matches_print: /)]) });
  });

  it('of a type that the workflow does not accept is denied, or asked for until no try is left', async () => {
    const licences = await anotherApp(scene, 'licences', { template: 'document_only', options: { documents: { types: ['driving_licence'] } } });
    const passport = await shot('passport', 'andrew');
    const ended = await refused([passport, passport], { type: 'driving_licence', app: licences });
    expect(['fail', 'doubtful']).toContain(ended.outcome);
    expect(ended.reasons.some((reason) => reason.startsWith('type_accepted: ') || reason.startsWith('data_read: ')) || ended.again.length > 0).toBe(true);
  });

  it('photographed badly is asked for again with what to do better, until a good picture comes', async () => {
    const { person: desktop, phone } = await atSide(plain);
    const moved = await sharp(await shot('passport', 'andrew')).blur(12).jpeg().toBuffer();
    for (const [picture, problem] of [[moved, 'blurred'], [await shot('passport', 'andrew', { condition: 'glareHard' }), 'glare']] as const) {
      await sendPicture(phone, picture);
      expect([phone.page, /data-problem="(\w+)"/.exec(phone.answer.body)?.[1]]).toEqual(['capture_side', problem]);
    }
    await sendPicture(phone, await shot('passport', 'andrew'));
    expect(phone.page).toBe('capture_selfie');
    await givenFaces(phone);
    await landing(phone);
    expect((await stepEnd(scene, desktop)).outcome).toBe('pass');
  });
});

describe('a face', () => {
  const atSelfie = async (tamper?: 'swappedPortrait') => {
    const visit = await atSide(plain);
    await sendPicture(visit.phone, await shot('passport', 'andrew', tamper ? { tamper } : {}));
    expect(visit.phone.page).toBe('capture_selfie');
    return visit;
  };

  it.each([['of another person than the portrait', undefined, 'andrea'], ['beside a portrait that was swapped', 'swappedPortrait', 'andrew']] as const)('%s is denied', async (_what, tamper, persona) => {
    const { person: desktop, phone } = await atSelfie(tamper);
    await takeSelfie(phone, await head(persona));
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining(['selfie_matches: distance']) });
    expect((await decisionOf(scene, desktop)).verdict).toBe('deny');
  });

  it('that is not alone is asked for again, and a still picture is never alive', async () => {
    const { person: desktop, phone } = await atSelfie();
    const { centre } = await head('andrew');
    const other = await head('andrea');
    const both = await Promise.all(centre.map((frame, index) => sharp({ create: { width: 1440, height: 960, channels: 3, background: '#777777' } })
      .composite([{ input: frame, left: 0, top: 0 }, { input: other.centre[index] ?? frame, left: 720, top: 0 }]).jpeg().toBuffer()));
    await beginSelfie(phone);
    await sendTurn(phone, both);
    expect(/data-problem="(\w+)"/.exec(phone.answer.body)?.[1]).toBe('several_faces');
    // The same picture for every turn: it passes where the head looks straight ahead, and nowhere else.
    for (let tries = 0; tries < 4; tries += 1) {
      const turn = turnAsked(phone);
      await sendTurn(phone, centre);
      if (turn !== 'centre') expect(turnAsked(phone)).toBe(turn);
    }
    expect(phone.page).toBe('capture_selfie');
    expect((await timeline(scene, desktop)).some((line) => line === 'block liveness success')).toBe(false);
  });

  it('of another person in one of the turns is not the same person throughout', async () => {
    const { person: desktop, phone } = await atSelfie();
    const [own, other] = [await head('andrew'), await head('andrea')];
    await takeSelfie(phone, { ...own, left: other.left });
    expect((await timeline(scene, desktop)).some((line) => line.startsWith('phase documentVerification next'))).toBe(false);
    expect((await decisionOf(scene, desktop)).verdict).not.toBe('approve');
  });

  it('on three single photographs is at most a doubt', async () => {
    const { person: desktop, phone } = await atSelfie();
    const frames = await head('andrew');
    await phone.press('action', 'begin');
    for (let turn = 0; turn < 3; turn += 1) {
      const asked = /(to your left|to your right|straight)/i.exec(phone.content.heading)?.[1]?.toLowerCase();
      const shown = asked === undefined ? undefined : asked.includes('left') ? 'left' : asked.includes('right') ? 'right' : 'centre';
      if (shown === undefined) throw new Error(`no turn in "${phone.content.heading}"`);
      await phone.choose('frame', { bytes: frames[shown][0] ?? '' }).press();
    }
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toMatchObject({ outcome: 'doubtful', reasons: ['live_person: photographs'] });
    expect((await decisionOf(scene, desktop)).verdict).toBe('deny');
  });
});

describe('under a live key', () => {
  it('whose operator accepted the notice on faces, a specimen is refused all the same', async () => {
    const live = await setScene({ template: 'document_only', mode: 'live', env: { FACE_NOTICE_ACCEPTED: '2026-11' }, replace: { documents: reader } });
    const { person: desktop, phone } = await atSide(live);
    await sendPicture(phone, await shot('passport', 'andrew'));
    // No face is collected for a document that is refused already.
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect(await stepEnd(live, desktop)).toEqual({ outcome: 'fail', reasons: expect.arrayContaining(['not_a_specimen: specimen']) });
    expect((await timeline(live, desktop)).some((line) => line.includes('liveness'))).toBe(false);
    await live.close();
  });
});
