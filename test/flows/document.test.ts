/**
 * Documents and selfies, read for real: specimens photographed as a phone would, frames of a turning head, the engines in
 * their own process. One reader for the whole file, and each picture drawn once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentType } from '../../src/documents/facts.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import type { HttpPerson, Typed } from '../support/http_person.ts';
import { slowClock } from '../support/clock.ts';
import { Planted } from '../support/planted.ts';
import { oauthError } from '../support/relying_party.ts';
import { cardLines, passportLines, PEOPLE } from '../support/specimens/index.ts';
import { EVERYTHING, journeyOf, leave, setScene, timeline, type Scene, type Visit } from './scene.ts';
import {
  ANDREA, agreeAndChoose, atDocument, beginSelfie, everythingWritten, givenFaces, head, landing, MIXED_UP, openReader, sendByScript, sendPicture, sendTurn, shot, stepEnd, takeOver, takeSelfie, turnAsked,
} from './document_scene.ts';

let reader: DocumentReader;
let scene: Scene;
beforeAll(async () => {
  reader = await openReader();
  // The turns of a head have 25 s each, and looking at pictures for real takes its time on a busy machine.
  scene = await setScene({ options: { askBirthDate: true }, replace: { documents: reader, now: slowClock(1 / 3) } });
});
afterAll(async () => {
  await scene.close();
  await reader.close();
});

it('the engines run', () => {
  expect(Object.entries(reader.engines()).filter(([, status]) => status.kind !== 'ready')).toEqual([]);
});

const BORN = { birthDate: '1969-09-26' };
let subject: string | undefined;
/** Everybody who came, to see what stood in their addresses. */
const people: HttpPerson[] = [];

/** Details are sent, the phone takes over, agrees and chooses. */
async function atCapture(type: DocumentType, details: Typed): Promise<Visit & { readonly phone: HttpPerson }> {
  const visit = await atDocument(scene, { scope: EVERYTHING }, { details });
  expect(visit.person.page).toBe('document_handover');
  const phone = await agreeAndChoose(await takeOver(visit.person), type);
  people.push(visit.person, phone);
  return { ...visit, phone };
}

describe('a person whom no carrier confirms', () => {
  it('is approved by a passport and a turning head: wrong name, code, phone, landing, one code, tokens from the document', async () => {
    const { person: desktop, phone, signIn } = await atCapture('passport', { ...MIXED_UP, ...BORN });
    await sendPicture(phone, await shot('passport', 'andrew'));
    expect(phone.page).toBe('capture_selfie');
    const asked = await takeSelfie(phone, await head('andrew'));
    expect(asked.toSorted()).toEqual(['centre', 'left', 'right']);
    const { id } = await journeyOf(scene, desktop);
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: 'pass', reasons: ['document_checks_passed'] });
    expect(await landing(phone)).toEqual({ transaction_id: id, status: 'completed' });

    await desktop.until('finished');
    const callback = await leave(desktop);
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    const tokens = await scene.app.finish(callback, signIn);
    const claims = tokens.claims();
    subject = claims?.sub;
    expect(claims).toMatchObject({ acr: 'urn:gatehouse:acr:document', amr: ['rba', 'face'], policyDecision: 'approve', transaction_id: id, simulated: true });
    const info = await scene.app.userinfo(tokens);
    // The names as the document has them, not as they were typed.
    expect(info).toMatchObject({ given_name: expect.stringMatching(/^andrew$/i), family_name: expect.stringMatching(/^roshell$/i), birthdate: '1969-09-26' });
    for (const name of ['phone_number', 'address', 'email']) expect(info).not.toHaveProperty(name);
    expect(info).toMatchObject({
      evidence: {
        steps: expect.arrayContaining([expect.objectContaining({
          step: 'document_selfie', outcome: 'pass',
          methods: {
            method: 'document_and_selfie', document_type: 'passport', read_from: 'mrz', reader: expect.stringMatching(/^gatehouse /), document_authenticity: 'not_verified',
            face_comparison: 'face_embedding', liveness: 'head_turn', liveness_certified: false, handover: 'qr',
          },
        })]),
      },
    });
    expect((await oauthError(scene.app.finish(callback, signIn))).error).toBe('invalid_grant');
    expect(await timeline(scene, desktop)).toEqual(expect.arrayContaining([
      'phase documentVerification start', 'block captureHandover success', 'label biometric_consent success', 'block documentCapture success', 'block documentRead success',
      'block liveness success', 'label selfie_capture success', 'block faceComparison success', 'block documentChecks success', 'label document_verification success', 'phase documentVerification next',
    ]));
    expect(await scene.gateway.gatehouse.images.ofJourney(id)).toEqual([]);
  });

  it('and comes again with the same passport, is the same person to the application', async () => {
    const { person: desktop, phone, signIn } = await atCapture('passport', { ...MIXED_UP, ...BORN, phone: '+14075550124' });
    await sendPicture(phone, await shot('passport', 'andrew', { condition: 'rot5' }));
    await givenFaces(phone);
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toMatchObject({ outcome: 'pass' });
    const again = (await scene.app.finish(await leave(await desktop.until('finished')), signIn)).claims();
    expect(again?.sub).toBe(subject);
  });

  it('is another one with a licence of somebody else: both sides, address and all', async () => {
    const { person: desktop, phone, signIn } = await atCapture('driving_licence', { givenName: 'Nolan', familyName: 'Okafor-Reid', street: '1 Elsewhere Rd', birthDate: '1991-11-05' });
    await sendPicture(phone, await shot('licence-front', 'nolan'));
    expect([phone.page, phone.content.heading]).toEqual(['capture_side', expect.stringMatching(/^Back/)]);
    await sendPicture(phone, await shot('licence-back', 'nolan'));
    await takeSelfie(phone, await head('nolan'));
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: 'pass', reasons: ['document_checks_passed'] });
    const tokens = await scene.app.finish(await leave(await desktop.until('finished')), signIn);
    expect(tokens.claims()?.sub).not.toBe(subject);
    const info = await scene.app.userinfo(tokens);
    expect(info).toMatchObject({ birthdate: '1991-11-05', given_name: expect.stringMatching(/^nolan/i), address: { street_address: expect.stringMatching(/418 tamarack lane/i) } });
    expect(info).toMatchObject({ evidence: { steps: expect.arrayContaining([expect.objectContaining({ methods: expect.objectContaining({ document_type: 'driving_licence', read_from: 'barcode' }) })]) } });
  });

  it('is approved by an identity card, front and back', async () => {
    const { person: desktop, phone, signIn } = await atCapture('identity_card', { ...ANDREA, ...BORN });
    await sendPicture(phone, await shot('card-front', 'andrea'));
    await sendPicture(phone, await shot('card-back', 'andrea'));
    await takeSelfie(phone, await head('andrea'));
    await landing(phone);
    expect(await stepEnd(scene, desktop)).toEqual({ outcome: 'pass', reasons: ['document_checks_passed'] });
    const tokens = await scene.app.finish(await leave(await desktop.until('finished')), signIn);
    expect(tokens.claims()?.sub).not.toBe(subject);
    expect(await scene.app.userinfo(tokens)).toMatchObject({ given_name: expect.stringMatching(/^andrea$/i), evidence: { steps: expect.arrayContaining([expect.objectContaining({ methods: expect.objectContaining({ document_type: 'identity_card', read_from: 'mrz' }) })]) } });
  });
});

describe('the challenge', () => {
  it('takes one turn at a time: wrong turn, stale nonce and a still picture get nowhere, and the tries are counted', async () => {
    const { person: desktop, phone } = await atCapture('passport', { ...MIXED_UP, ...BORN, phone: '+14075550126' });
    await sendPicture(phone, await shot('passport', 'andrew'));
    const frames = await head('andrew');
    // The page before the run says nothing of the order.
    expect(phone.answer.body).not.toMatch(/data-turn=/);
    await beginSelfie(phone);
    const first = turnAsked(phone);
    const { form } = phone;
    const wrong = first === 'left' ? frames.right : frames.left;
    await sendTurn(phone, wrong);
    expect([phone.page, turnAsked(phone), /data-problem="(\w+)"/.exec(phone.answer.body)?.[1]]).toEqual(['capture_selfie', first, 'not_turned']);
    await sendTurn(phone, frames[first]);
    const second = turnAsked(phone);
    expect(second).not.toBe(first);
    // The first turn's form once more, with the frames of the second: its nonce is spent.
    const before = await timeline(scene, desktop);
    await sendByScript(phone, {}, frames[second].map((bytes) => ['frame', { bytes }]), form);
    expect(await timeline(scene, desktop)).toEqual(before);
    await phone.reload();
    expect(turnAsked(phone)).toBe(second);
    // One still picture for whatever is asked: the turn that it does not show stops it.
    await sendTurn(phone, frames[first]);
    expect(turnAsked(phone)).toBe(second);
    expect((await timeline(scene, desktop)).some((line) => line === 'block liveness success')).toBe(false);
  });
});

it('nothing of a person is in logs, addresses, events and reasons, nor in any table', async () => {
  const { andrew, nolan, andrea } = PEOPLE;
  const planted = new Planted({
    familyName: andrew.familyName, otherFamilyName: nolan.familyName, street: nolan.street,
    passportNumber: andrew.passportNumber, personalNumber: andrew.personalNumber ?? '', licenceNumber: nolan.licenceNumber, cardNumber: andrea.cardNumber,
    birthDate: andrew.birthDate, mrzBirthDate: passportLines(andrew)[1]?.slice(10, 20) ?? '', barcodeBirthDate: '11051991',
    ...Object.fromEntries([...passportLines(andrew), ...cardLines(andrea)].map((line, index) => [`zone line ${index}`, line])),
  });
  const written = await everythingWritten(scene);
  expect(Object.keys(written)).toEqual(expect.arrayContaining(['table journey', 'table journey_event', 'table evidence', 'table image', 'table document_seen', 'table account']));
  const answers = people.flatMap((person) => person.history);
  const seen = {
    log: scene.gateway.log(),
    addresses: answers.map((answer) => `${answer.url} ${answer.headers.location ?? ''} ${String(answer.headers['refresh'] ?? '')}`).join('\n'),
    headers: answers.map((answer) => JSON.stringify({ ...answer.headers, location: undefined })).join('\n'),
    'pages of the phone': people.filter((person) => person.history.some(({ url }) => url.includes('/l/'))).flatMap((person) => person.history.map(({ body }) => body)).join('\n'),
  };
  expect(planted.leaks({ ...seen, ...written })).toEqual([]);
  // The first bytes of a picture, so many that megabytes of sealed noise do not have them by chance.
  const beginnings = ['\xe0\x00\x10JFIF', '\xdb\x00\x43\x00', '\xdb\x00\x84\x00'].map((rest) => `\xff\xd8\xff${rest}`);
  for (const [table, text] of Object.entries(written)) expect(beginnings.some((beginning) => text.includes(beginning)), `a picture in ${table}`).toBe(false);
});
