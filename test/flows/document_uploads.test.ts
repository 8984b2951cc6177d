/** Pictures on their way in: sent twice, too large, no pictures at all, not good enough; and what becomes of them. */
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { unreadSide } from '../../src/steps/document_selfie/reading_shape.ts';
import { cardPhoto } from '../documents/support.ts';
import { FakeReader } from '../steps/document_selfie/fakes.ts';
import { multipart, type HttpPerson, type PickedFile } from '../support/http_person.ts';
import { anotherApp, decisionOf, journeyOf, setScene, timeline, type Scene } from './scene.ts';
import { atDocumentOnly, atSide, everythingWritten, givenFaces, landing, openReader, outcome, sendByScript, sendPicture, stepEnd } from './document_scene.ts';

/** Pictures are taken in by the real process; what they say is as a test wants it. */
class Reader extends FakeReader {
  readonly #real: DocumentReader;
  constructor(real: DocumentReader) {
    super();
    this.#real = real;
  }
  override intake(bytes: Uint8Array): ReturnType<DocumentReader['intake']> {
    this.calls.push('intake');
    return this.#real.intake(bytes);
  }
}

const jpeg = async (options?: Parameters<typeof cardPhoto>[0]): Promise<Buffer> => (await cardPhoto(options)).jpeg({ quality: 90 }).toBuffer();

let real: DocumentReader;
let reader: Reader;
let scene: Scene;
let sharpPicture: Buffer;
let blurred: Buffer;
let glaring: Buffer;
beforeAll(async () => {
  real = await openReader({}, []);
  reader = new Reader(real);
  scene = await setScene({ template: 'document_only', env: { FACE_NOTICE_ACCEPTED: '2026-11' }, replace: { documents: reader } });
  [sharpPicture, blurred, glaring] = await Promise.all([jpeg(), jpeg({ blur: 9 }), jpeg({ spot: 0.2 })]);
});
beforeEach(() => {
  reader.calls.length = 0;
  reader.readings.length = 0;
});
afterAll(async () => {
  await scene.close();
  await real.close();
});

const LEFT_TWO = /2 tries left/;
const problemOf = (phone: HttpPerson): string | undefined => /data-problem="(\w+)"/.exec(phone.answer.body)?.[1];
const count = async (person: HttpPerson, line: string): Promise<number> => (await timeline(scene, person)).filter((one) => one === line).length;
const keptOf = async (person: HttpPerson) => scene.gateway.gatehouse.images.ofJourney((await journeyOf(scene, person)).id);

describe('a picture that will not do', () => {
  it.each([['blurred', () => blurred, 'Hold still'], ['glare', () => glaring, 'reflection']] as const)('%s is asked for again, of that side only, with the reason and the tries that are left', async (problem, picture, words) => {
    const { person: desktop, phone } = await atSide(scene, 'driving_licence');
    await sendPicture(phone, sharpPicture);
    expect(phone.content.heading).toContain('Back');
    await sendPicture(phone, picture());
    expect([phone.page, problemOf(phone)]).toEqual(['capture_side', problem]);
    expect(phone.content.heading).toContain('Back');
    expect(phone.text).toContain(words);
    expect(phone.text).toMatch(LEFT_TWO);
    expect(await count(desktop, `block documentCapture fail: ${problem}`)).toBe(1);
    expect((await keptOf(desktop)).map((one) => one.purpose)).toEqual(['document_front']);
    await sendPicture(phone, sharpPicture);
    expect(phone.page).toBe('capture_selfie');
  });

  it('is counted, and the last one stands: what cannot be read is a doubt, never a yes', async () => {
    const { person: desktop, phone } = await atSide(scene);
    for (let left = 2; left > 0; left -= 1) {
      await sendPicture(phone, blurred);
      expect(problemOf(phone)).toBe('blurred');
    }
    reader.readings.push({ kind: 'done', value: unreadSide('no_lines') });
    await sendPicture(phone, blurred);
    if (phone.page === 'capture_selfie') await givenFaces(phone, { portrait_present: 'pass' });
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    const { outcome: ended, reasons } = await stepEnd(scene, desktop);
    expect(ended).not.toBe('pass');
    expect(reasons).toContain('picture_quality: blurred');
    expect((await decisionOf(scene, desktop)).verdict).toBe('deny');
  });

  it('that nothing could be read of is asked for again, and its picture is gone', async () => {
    const { person: desktop, phone } = await atSide(scene);
    reader.readings.push({ kind: 'done', value: { ...unreadSide('no_lines'), outline: { kind: 'read', value: [[0, 0], [9, 0], [9, 9], [0, 9]], confidence: 1 } } });
    await sendPicture(phone, sharpPicture);
    expect([phone.page, problemOf(phone)]).toEqual(['capture_side', 'unreadable']);
    expect(await keptOf(desktop)).toEqual([]);
    // Another document may be easier to read; the try still counts.
    await phone.press('action', 'choose');
    expect(phone.page).toBe('capture_choose');
    await phone.press('type', 'passport');
    expect(phone.text).toMatch(LEFT_TWO);
  });

  it.each([
    ['no picture at all', { bytes: 'hello, I am a text', type: 'image/jpeg' }, 'image_format'],
    ['a picture cut off in the middle', undefined, 'image_damaged'],
    ['an empty file', { bytes: '', type: 'image/jpeg' }, 'image_empty'],
    ['a vector drawing', { bytes: '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>', type: 'image/svg+xml' }, 'image_format'],
    ['an outcome file that is none', outcome({ findings: { nonsense: 'pass' } as never }), 'yaml_refused'],
  ] as const)('because it is %s is refused with words, and costs no try', async (_what, file, code) => {
    const { person: desktop, phone } = await atSide(scene);
    const before = await journeyOf(scene, desktop);
    const sent: PickedFile = file ?? { bytes: sharpPicture.subarray(0, sharpPicture.length / 3) };
    const answer = await sendByScript(phone, {}, [['picture', sent]]);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([422, { problem: code, errors: { picture: code } }]);
    await sendPicture(phone, sent);
    expect([phone.status, phone.page, phone.wrong]).toEqual([422, 'capture_side', ['picture']]);
    expect(await journeyOf(scene, desktop)).toEqual(before);
    await sendPicture(phone, sharpPicture);
    expect(phone.page).toBe('capture_selfie');
  });

  it('because nothing was chosen is asked for', async () => {
    const { phone } = await atSide(scene);
    await phone.press();
    expect([phone.status, phone.page, phone.wrong]).toEqual([422, 'capture_side', ['picture']]);
    expect(phone.text).toContain('Take or choose a picture first');
  });

  it.each([['a file', 12.5], ['a whole form', 14]] as const)('because %s is too large is refused, and the next one goes through', async (_what, mebibytes) => {
    const { person: desktop, phone } = await atSide(scene);
    const large = { bytes: Buffer.alloc(mebibytes * 1024 * 1024, 1) };
    const answer = await sendByScript(phone, {}, [['picture', large]]);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([422, { problem: 'image_too_many_bytes' }]);
    await sendPicture(phone, large);
    expect([phone.status, phone.page, phone.wrong]).toEqual([422, 'capture_side', ['picture']]);
    expect(phone.text).toContain('too large');
    expect(reader.calls).toEqual([]);
    await sendPicture(phone, sharpPicture);
    expect(phone.page).toBe('capture_selfie');
    expect(await count(desktop, 'block documentCapture success')).toBe(1);
  });
});

describe('a picture sent twice', () => {
  const post = async (phone: HttpPerson, file: Uint8Array, times: number): Promise<readonly number[]> => {
    const { form } = phone;
    const { body, headers } = await multipart(phone.encoded(), [['picture', { bytes: file }]]);
    const origin = new URL(form.action).origin;
    const answers = await Promise.all(Array.from({ length: times }, () => phone.send(form.action, { method: 'POST', body, headers: { ...headers, origin } })));
    return answers.map((answer) => answer.status);
  };

  it('at once counts once: one picture, one failure', async () => {
    const { person: desktop, phone } = await atSide(scene);
    expect((await post(phone, blurred, 2)).every((status) => status === 303 || status === 429)).toBe(true);
    expect(await count(desktop, 'block documentCapture fail: blurred')).toBe(1);
    await phone.reload();
    expect(phone.text).toMatch(LEFT_TWO);
  });

  it('one after the other, as after a lost answer, is not taken for the other side', async () => {
    const { person: desktop, phone } = await atSide(scene, 'driving_licence');
    const again = await multipart(phone.encoded(), [['picture', { bytes: sharpPicture }]]);
    const { action } = phone.form;
    await sendPicture(phone, sharpPicture);
    expect(phone.content.heading).toContain('Back');
    await phone.open(action, { method: 'POST', ...again });
    expect(phone.page).toBe('capture_side');
    expect(phone.content.heading).toContain('Back');
    expect(await count(desktop, 'block documentCapture success')).toBe(1);
    expect((await keptOf(desktop)).map((one) => one.purpose)).toEqual(['document_front']);
  });

  it('one after the other costs one try', async () => {
    const { person: desktop, phone } = await atSide(scene);
    const again = await multipart(phone.encoded(), [['picture', { bytes: blurred }]]);
    const { action } = phone.form;
    await sendPicture(phone, blurred);
    await phone.open(action, { method: 'POST', ...again });
    expect([phone.page, problemOf(phone)]).toEqual(['capture_side', 'blurred']);
    expect(await count(desktop, 'block documentCapture fail: blurred')).toBe(1);
  });

  it('after everything is over changes nothing', async () => {
    const { person: desktop, phone } = await atSide(scene);
    const again = await multipart(phone.encoded(), [['picture', { bytes: sharpPicture }]]);
    const { action } = phone.form;
    await sendPicture(phone, outcome({ findings: { selfie_matches: 'pass', live_person: 'pass' } }));
    const before = await journeyOf(scene, desktop);
    phone.callback = undefined;
    await phone.open(action, { method: 'POST', ...again });
    expect(await journeyOf(scene, desktop)).toEqual(before);
    expect(reader.calls).toEqual([]);
  });
});

describe('a picture from elsewhere', () => {
  it.each([
    ['without the token of the page', { csrf: undefined }, {}, 403],
    ['with the token of another page', { csrf: 'borrowed' }, {}, 403],
    ['from another site', {}, { origin: 'https://evil.example' }, 403],
  ] as const)('%s is refused, and nothing is kept', async (_what, instead, headers, status) => {
    const { person: desktop, phone } = await atSide(scene);
    const before = await journeyOf(scene, desktop);
    const values = phone.encoded();
    for (const [name, value] of Object.entries(instead)) {
      values.delete(name);
      if (value !== undefined) values.append(name, value);
    }
    const sent = await multipart(values, [['picture', { bytes: sharpPicture }]]);
    const answer = await phone.send(phone.form.action, { method: 'POST', body: sent.body, headers: { origin: scene.gateway.origin, ...sent.headers, ...headers } });
    expect(answer.status).toBe(status);
    expect(await journeyOf(scene, desktop)).toEqual(before);
    expect(await keptOf(desktop)).toEqual([]);
    expect(reader.calls).toEqual([]);
  });

  it('without the cookie of a capture is not even read', async () => {
    const { phone } = await atSide(scene);
    const sent = await multipart(phone.encoded(), [['picture', { bytes: sharpPicture }]]);
    const answer = await fetch(`${scene.gateway.origin}/capture`, { method: 'POST', body: new Uint8Array(sent.body as Buffer), headers: { ...sent.headers, origin: scene.gateway.origin } });
    expect(answer.status).toBe(410);
    expect(reader.calls).toEqual([]);
  });
});

describe('pictures that are kept', () => {
  it('are sealed, and gone when the check is over', async () => {
    const { person: desktop, phone } = await atSide(scene, 'driving_licence');
    await sendPicture(phone, sharpPicture);
    await sendPicture(phone, sharpPicture);
    const [front, ...others] = await keptOf(desktop);
    expect([front?.purpose, ...others.map((one) => one.purpose)]).toEqual(['document_front', 'document_back']);
    const row = await scene.db.selectFrom('image').selectAll().where('id', '=', front?.id ?? '').executeTakeFirstOrThrow();
    expect([row.place, row.bytes]).toEqual(['database', row.sealed?.length]);
    expect(row.bytes).toBeGreaterThan(20_000);
    const opened = await scene.gateway.gatehouse.images.get(front?.id ?? '');
    const picture = Buffer.from(opened?.open() ?? []);
    expect((await sharp(picture).metadata()).format).toBe('jpeg');
    // No piece of it stands anywhere as it is: not its beginning, which all pictures share, nor what comes after.
    const pieces = [0, 4, Math.floor(picture.length / 2), picture.length - 16].map((from) => picture.subarray(from, from + 12).toString('latin1'));
    for (const [table, text] of Object.entries(await everythingWritten(scene))) expect(pieces.filter((piece) => text.includes(piece)), table).toEqual([]);
    await givenFaces(phone);
    await landing(phone);
    expect(await keptOf(desktop)).toEqual([]);
    expect(await scene.gateway.gatehouse.images.get(front?.id ?? '')).toBeUndefined();
    await scene.gateway.gatehouse.images.purge(100);
    expect(await scene.db.selectFrom('image').selectAll().where('id', '=', front?.id ?? '').execute()).toEqual([]);
  });

  it('stay for whoever reviews a doubt, as long as the workflow says, and looking is on record', async () => {
    const reviewing = await anotherApp(scene, 'reviewing', { template: 'document_only', options: { documents: { reviewImageHours: 2 } } });
    const { person: desktop, phone } = await atSide(reviewing);
    await sendPicture(phone, sharpPicture);
    await givenFaces(phone, { live_person: 'doubt' });
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect((await stepEnd(scene, desktop)).outcome).toBe('doubtful');
    const [picture, ...others] = await keptOf(desktop);
    expect(others).toEqual([]);
    const hours = ((picture?.deleteAt ?? 0) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThanOrEqual(2);
    const { images } = scene.gateway.gatehouse;
    const looked = await images.reveal(picture?.id ?? '', { actor: 'staff:7', reason: 'case 12' });
    expect(looked).toMatchObject({ purpose: 'document_front', journeyId: (await journeyOf(scene, desktop)).id });
    expect(await scene.db.selectFrom('image_reveal').select(['image_id', 'actor', 'reason']).execute()).toEqual([{ image_id: picture?.id, actor: 'staff:7', reason: 'case 12' }]);
  });

  it('of a phone that is no longer the one are deleted', async () => {
    const { person: desktop, phone } = await atSide(scene, 'driving_licence');
    await sendPicture(phone, sharpPicture);
    expect(await keptOf(desktop)).toHaveLength(1);
    await desktop.reload();
    await desktop.press('action', 'other_phone');
    expect(await keptOf(desktop)).toEqual([]);
  });
});

describe('under live keys', () => {
  let live: Scene;
  beforeAll(async () => {
    live = await anotherApp(scene, 'live', { template: 'document_only', mode: 'live' });
  });

  it('an outcome file is refused, in whatever clothes it comes', async () => {
    const { person: desktop, phone } = await atSide(live);
    const file = outcome({ findings: { selfie_matches: 'pass', live_person: 'pass', not_a_specimen: 'pass' } });
    for (const [type, code] of [['application/yaml', 'yaml_refused'], ['text/plain', 'yaml_refused'], ['application/octet-stream', 'yaml_refused'], ['image/jpeg', 'image_format']] as const) {
      await sendPicture(phone, { ...file, type });
      expect([phone.status, phone.page, phone.wrong], type).toEqual([422, 'capture_side', ['picture']]);
      const answer = await sendByScript(phone, {}, [['picture', { ...file, type }]]);
      expect(JSON.parse(answer.body)).toMatchObject({ problem: code });
    }
    expect((await decisionOf(live, desktop)).verdict).toBeUndefined();
  });

  it('without the accepted notice no face is looked at: nothing is captured for it either', async () => {
    const cautious = await setScene({ template: 'document_only', mode: 'live', replace: { documents: reader } });
    const { person: desktop } = await atDocumentOnly(cautious);
    expect(desktop.page).toBe('denied');
    expect(await stepEnd(cautious, desktop)).toEqual({ outcome: 'could_not_tell', reasons: ['faces_not_enabled'] });
    expect((await timeline(cautious, desktop)).filter((line) => /consent|Capture/.test(line))).toEqual([]);
    expect(reader.calls).toEqual([]);
    await cautious.close();
  });

  it('a specimen is refused as what it is', async () => {
    const { person: desktop, phone } = await atSide(live);
    await sendPicture(phone, sharpPicture);
    await landing(phone);
    expect(await stepEnd(live, desktop)).toMatchObject({ outcome: 'fail', reasons: expect.arrayContaining(['not_a_specimen: specimen']) });
  });
});
