/** The phone that takes a capture over, through the real routes, before an engine that the test plays. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLAIM_FIELD } from '../../src/steps/document_selfie/claim.ts';
import type { PageShown } from '../../src/steps/step.ts';
import { hashOf, ID, LINK, openDoors, PAGES, UID, type Doors, type Script, type Seen } from './doors.ts';

const NAME = '__Host-gatehouse_capture';
const TOKEN = 'ClaimedTokenOfATest__1';
const COOKIE = `${NAME}=${TOKEN}`;
const JSON_ONLY = { accept: 'application/json', 'sec-fetch-dest': 'empty' };

let doors: Doors;
let script: Script;
beforeAll(async () => {
  doors = await openDoors({ options: { asyncUIRedirect: 'https://app.example/done?a=1' } });
  script = doors.script;
});
beforeEach(() => {
  Object.assign(script, { claimed: undefined, phone: { page: PAGES['consent'] }, browser: PAGES['handover'], version: 7, answer: 'taken', moved: 0 });
  script.sent.length = 0;
});
afterAll(() => doors.close());

const claimed = (page: keyof typeof PAGES | Script['phone'] = 'consent'): void => {
  script.claimed = hashOf(TOKEN);
  script.phone = typeof page === 'object' ? page : { page: PAGES[page] as PageShown };
};
const CAPTURE = `capture:${hashOf(TOKEN)}`;
const linkForm = (more: Record<string, string>) => doors.form('capture_claim', `link:${hashOf(LINK)}`, more);
const withPicture = (fields: URLSearchParams, bytes = 3, field = 'picture', name = 'me.jpg'): FormData => {
  const form = new FormData();
  for (const [key, value] of fields) form.append(key, value);
  form.append(field, new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' }), name);
  return form;
};

describe('the hand-over link', () => {
  test('can be looked at by anybody, any number of times: nothing is changed, and nothing set', async () => {
    for (let time = 0; time < 3; time += 1) {
      const seen = await doors.get(`/l/${LINK}`);
      expect(seen).toMatchObject({ status: 200, page: 'capture_claim', cookies: [] });
      expect(seen.headers.get('permissions-policy')).toContain('camera=()');
    }
    expect(script).toMatchObject({ sent: [], moved: 0, claimed: undefined });
  });

  test('taken by POST gives the phone a token of its own in a cookie that no script and no other site reads', async () => {
    const seen = await doors.post(`/l/${LINK}`, linkForm({ number: '12' }));
    expect(seen).toMatchObject({ status: 303, location: '/capture' });
    const [cookie = '', ...more] = seen.cookies;
    expect(more).toEqual([]);
    const [pair = '', ...flags] = cookie.split('; ');
    const token = pair.slice(NAME.length + 1);
    expect(pair).toMatch(/^__Host-gatehouse_capture=[A-Za-z0-9_-]{22}$/);
    expect(flags.map((flag) => flag.toLowerCase()).filter((flag) => !flag.startsWith('expires=')).toSorted()).toEqual(['httponly', 'path=/', 'samesite=lax', 'secure']);
    expect(script.claimed).toBe(hashOf(token));
    expect(token).not.toBe(LINK);
    expect((await doors.get('/capture', { cookie: pair })).page).toBe('capture_consent');
  });

  test('uses no token that the form brings', async () => {
    await doors.post(`/l/${LINK}`, linkForm({ number: '12', [CLAIM_FIELD]: 'AttackersOwnToken____1' }));
    expect(script.sent[0]?.values.open()[CLAIM_FIELD]).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(script.claimed).toBeDefined();
    expect(script.claimed).not.toBe(hashOf('AttackersOwnToken____1'));
  });

  test('keeps the language that was chosen on it', async () => {
    expect((await doors.post(`/l/${LINK}?lang=es`, linkForm({ number: '12' }))).location).toBe('/capture?lang=es');
  });

  test('is gone for the second phone, which gets no cookie', async () => {
    await doors.post(`/l/${LINK}`, linkForm({ number: '12' }));
    for (const seen of [await doors.get(`/l/${LINK}`), await doors.post(`/l/${LINK}`, linkForm({ number: '12' }))]) {
      expect(seen).toMatchObject({ status: 410, page: 'phone_gone', cookies: [] });
    }
  });

  test('leads the phone that took it back to its capture', async () => {
    claimed();
    expect(await doors.get(`/l/${LINK}`, { cookie: COOKIE })).toMatchObject({ status: 303, location: '/capture', cookies: [] });
    expect(await doors.post(`/l/${LINK}`, linkForm({ number: '12' }), { cookie: COOKIE })).toMatchObject({ status: 303, location: '/capture', cookies: [] });
  });

  test.each<[string, Script['answer'], number, string]>([
    ['not taken', 'taken', 200, 'capture_claim'], ['refused as it was typed', 'invalid', 422, 'capture_claim'],
    ['"this was not me"', { done: 'refused' }, 200, 'phone_stopped'], ['the wrong number', { done: 'fail' }, 200, 'phone_stopped'],
  ])('%s sets no cookie', async (_name, answer, status, page) => {
    script.answer = answer;
    expect(await doors.post(`/l/${LINK}`, linkForm({ number: '99' }))).toMatchObject({ status, page, cookies: [] });
  });

  test('opens nothing with the token of a capture, which belongs in its cookie', async () => {
    claimed();
    expect(await doors.get(`/l/${TOKEN}`)).toMatchObject({ status: 410, page: 'phone_gone' });
    const seen = await doors.post(`/l/${TOKEN}`, doors.form('capture_consent', `link:${hashOf(TOKEN)}`, { action: 'agree' }));
    expect(seen).toMatchObject({ status: 410, page: 'phone_gone' });
    expect(script.sent).toEqual([]);
  });
});

describe('the capture', () => {
  test.each([
    ['no cookie', undefined], ['a token that nobody knows', `${NAME}=UnknownTokenOfATest__1`], ['a link that was not taken over', `${NAME}=${LINK}`],
    ['something else in the cookie', `${NAME}=x`], ['the cookie of plain http', `gatehouse_capture=${TOKEN}`],
  ])('is gone for %s', async (_name, cookie) => {
    if (!cookie?.includes(LINK)) claimed();
    const options = cookie === undefined ? {} : { cookie };
    expect(await doors.get('/capture', options)).toMatchObject({ status: 410, page: 'phone_gone' });
    const hash = hashOf(cookie?.split('=')[1] ?? '');
    await doors.post('/capture', doors.form('capture_claim', `capture:${hash}`, { number: '12' }), options);
    await doors.post('/capture', doors.form('capture_consent', `capture:${hash}`, { action: 'agree' }), options);
    expect(script.sent).toEqual([]);
    expect((await doors.get('/capture/state?v=7', options)).body).toBe(cookie?.includes(LINK) ? '{"move":false}' : '{"move":true}');
  });

  test.each([['consent', false], ['choose', false], ['front', true], ['back', true], ['selfie', true], ['vendor', false]] as const)('page %s may use the camera: %s', async (page, camera) => {
    claimed(page);
    const seen = await doors.get('/capture', { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 200, page: PAGES[page]?.name });
    expect(seen.headers.get('permissions-policy')).toBe(`camera=${camera ? '(self)' : '()'}, microphone=(), geolocation=(), payment=(), usb=()`);
    expect(seen.headers.get('cache-control')).toBe('no-store');
  });

  test('waits while its pictures are read, and says when to look again', async () => {
    claimed({ working: true });
    const seen = await doors.get('/capture', { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 200, page: 'working' });
    expect(seen.body).toContain('data-poll="/capture/state?v=7"');
    expect((await doors.get('/capture/state?v=7', { cookie: COOKIE })).body).toBe('{"move":false}');
    script.version = 8;
    expect((await doors.get('/capture/state?v=7', { cookie: COOKIE })).body).toBe('{"move":true}');
    script.phone = { over: 'pass' };
    expect((await doors.get('/capture/state?v=8', { cookie: COOKIE })).body).toBe('{"move":true}');
  });

  test('waits too where reading began between two looks, and is found again from its link', async () => {
    claimed('reading');
    expect(await doors.get('/capture', { cookie: COOKIE })).toMatchObject({ status: 200, page: 'working' });
    expect(await doors.get(`/l/${LINK}`, { cookie: COOKIE })).toMatchObject({ status: 303, location: '/capture' });
    const seen = await doors.post('/capture', doors.form('document_following', CAPTURE, { action: 'other_phone' }), { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 303, location: '/capture?sent' });
    expect(script.sent).toEqual([]);
  });

  test('an answer reaches the journey with what a step looks at, and leads back by GET', async () => {
    claimed();
    const seen = await doors.post('/capture', doors.form('capture_consent', CAPTURE, { action: 'agree' }), { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 303, location: '/capture?sent', cookies: [] });
    expect(script.sent).toHaveLength(1);
    expect(script.sent[0]).toMatchObject({ page: 'capture_consent', version: 7, channel: 'phone', link: hashOf(TOKEN) });
    expect(script.sent[0]?.files).toBeUndefined();
    expect(script.sent[0]?.values.open()['action']).toBe('agree');
  });

  test('a refused answer is shown again with what was chosen', async () => {
    claimed('choose');
    script.answer = 'invalid';
    const seen = await doors.post('/capture', doors.form('capture_choose', CAPTURE, { country: 'DE' }), { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 422, page: 'capture_choose' });
    expect(seen.body).toMatch(/<option value="DE" selected>/);
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['without its token', { csrf: '' }, {}], ['with the token of the link', {}, {}], ['from another site', {}, { origin: 'https://evil.example' }],
    ['from a sandboxed frame', {}, { origin: 'null' }], ['that another site made the browser send', {}, { 'sec-fetch-site': 'cross-site' }],
  ])('a form %s changes nothing, with or without a picture', async (name, fields, headers) => {
    claimed('front');
    const form = doors.form('capture_side', name.includes('link') ? `link:${hashOf(LINK)}` : CAPTURE, fields);
    for (const body of [form, withPicture(form)]) {
      expect((await doors.post('/capture', body, { cookie: COOKIE, headers })).status).toBe(403);
    }
    expect(script.sent).toEqual([]);
  });
});

describe('pictures', () => {
  const send = (form: FormData, headers = {}): Promise<Seen> => doors.post('/capture', form, { cookie: COOKIE, headers });

  test.each([['front', 'capture_side', 'picture'], ['selfie', 'capture_selfie', 'frame']] as const)('reach the journey from page %s', async (page, name, field) => {
    claimed(page);
    expect(await send(withPicture(doors.form(name, CAPTURE), 5, field))).toMatchObject({ status: 303, location: '/capture?sent' });
    expect(script.sent).toHaveLength(1);
    expect(script.sent[0]?.files?.map((file) => [file.field, file.mediaType, file.bytes.open().length])).toEqual([[field, 'image/jpeg', 5]]);
  });

  test('the script that sends them is told where to go on, or what was wrong', async () => {
    claimed('front');
    const taken = await send(withPicture(doors.form('capture_side', CAPTURE)), JSON_ONLY);
    expect([taken.status, JSON.parse(taken.body)]).toEqual([200, { next: '/capture' }]);
    script.answer = 'invalid';
    const refused = await send(withPicture(doors.form('capture_side', CAPTURE)), JSON_ONLY);
    expect([refused.status, JSON.parse(refused.body)]).toEqual([422, { problem: 'image_heic', errors: { picture: 'image_heic' } }]);
    const gone = await doors.post('/capture', withPicture(doors.form('capture_side', CAPTURE)), { headers: JSON_ONLY });
    expect([gone.status, JSON.parse(gone.body)]).toMatchObject([410, { code: 'capture_gone' }]);
  });

  test('that came at the wrong moment lead back to where the sender is, on either door', async () => {
    claimed('front');
    script.browser = PAGES['front'] as PageShown;
    script.answer = 'not_now';
    expect(await send(withPicture(doors.form('capture_side', CAPTURE)))).toMatchObject({ status: 303, location: '/capture?sent' });
    expect(await doors.post(`/interaction/${UID}`, withPicture(doors.form('capture_side', `interaction:${UID}`)))).toMatchObject({ status: 303, location: `/interaction/${UID}` });
  });

  test.each([['consent', 'capture_consent'], ['front', 'capture_selfie']] as const)('on page %s, sent for %s, change nothing and lead back to where the phone is', async (page, name) => {
    claimed(page);
    expect(await send(withPicture(doors.form(name, CAPTURE)))).toMatchObject({ status: 303, location: '/capture?sent' });
    expect(script.sent).toEqual([]);
  });

  test('sent while others are read are not even taken in', async () => {
    claimed({ working: true });
    expect(await send(withPicture(doors.form('capture_side', CAPTURE), 2_000_000))).toMatchObject({ status: 303, location: '/capture?sent' });
    expect(script.sent).toEqual([]);
  });

  test.each([['front', 'capture_side', 'picture'], ['selfie', 'capture_selfie', 'frame']] as const)('too large for page %s are refused in words, on the page', async (page, name, field) => {
    claimed(page);
    const large = withPicture(doors.form(name, CAPTURE), 12 * 1024 * 1024 + 1, field);
    const seen = await send(large);
    expect(seen).toMatchObject({ status: 422, page: name });
    expect(seen.headers.get('permissions-policy')).toContain('camera=(self)');
    expect(JSON.parse((await send(large, JSON_ONLY)).body)).toEqual({ problem: 'image_too_many_bytes', errors: { [field]: 'image_too_many_bytes' } });
    expect(script.sent).toEqual([]);
  });

  test('cut off leave nothing, and the phone can send again', async () => {
    claimed('front');
    const response = await doors.post('/capture', new URLSearchParams('--x\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\nabc'), { cookie: COOKIE, headers: { 'content-type': 'multipart/form-data; boundary=x' } });
    expect(response).toMatchObject({ status: 400, page: 'error' });
    expect(script.sent).toEqual([]);
    expect((await send(withPicture(doors.form('capture_side', CAPTURE)))).status).toBe(303);
  });
});

describe('the landing', () => {
  const landed = (status: string): string => `https://app.example/done?a=1&transaction_id=${ID}&status=${status}`;

  test.each([
    ['pass', undefined, 'completed'], ['fail', undefined, 'completed'], ['doubtful', undefined, 'completed'], ['cannot_capture', undefined, 'declined'],
    [undefined, 'journey_expired', 'expired'], [undefined, 'cancelled_by_person', 'declined'],
  ])('after %s (%s) is at the application, which is told %s; the cookie goes', async (outcome, reason, status) => {
    claimed({ over: outcome, ...(reason === undefined ? {} : { reason }) });
    const seen = await doors.get('/capture', { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 303, location: landed(status) });
    expect(seen.cookies).toHaveLength(1);
    expect(seen.cookies[0]).toMatch(/^__Host-gatehouse_capture=; path=\/; expires=Thu, 01 Jan 1970 [^;]*; samesite=lax; secure; httponly$/i);
  });

  test('after a form goes by a page, so that no form is redirected to another site', async () => {
    claimed({ over: 'consent_declined' });
    const seen = await doors.get('/capture?sent', { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 200, page: 'capture_done', cookies: [] });
    expect(seen.headers.get('refresh')).toBe('0; url=/capture/landing');
    expect(await doors.get('/capture/landing', { cookie: COOKIE })).toMatchObject({ status: 303, location: landed('declined') });
  });

  test('is not for scripts, which cannot follow there', async () => {
    claimed({ over: 'pass' });
    expect(await doors.get('/capture', { cookie: COOKIE, headers: { 'sec-fetch-dest': 'empty' } })).toMatchObject({ status: 200, page: 'capture_done', cookies: [] });
  });

  test.each([['consent'], [{ working: true }]] as const)('is not reached while the capture goes on (%j)', async (standing) => {
    claimed(standing as Script['phone']);
    expect(await doors.get('/capture/landing', { cookie: COOKIE })).toMatchObject({ status: 303, location: '/capture', cookies: [] });
  });

  test('in an app of its own scheme is also offered by hand, and can be tried again', async () => {
    const app = await openDoors({ options: { asyncUIRedirect: 'com.example.app://done' } });
    Object.assign(app.script, { claimed: hashOf(TOKEN), phone: { over: 'fail' } });
    const seen = await app.get('/capture', { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 200, page: 'capture_done' });
    expect(seen.headers.get('refresh')).toBe('0; url=/capture/landing');
    expect(await app.get('/capture/landing', { cookie: COOKIE })).toMatchObject({ status: 303, location: `com.example.app://done?transaction_id=${ID}&status=completed`, cookies: [] });
    app.close();
  });

  test('is put off by the offer of a passkey, which only a script can take: without one the page goes on at once', async () => {
    const offering = await openDoors({ options: { asyncUIRedirect: 'https://app.example/done?a=1' }, passkeys: true });
    Object.assign(offering.script, { claimed: hashOf(TOKEN), phone: { over: 'pass' } });
    const seen = await offering.get('/capture', { cookie: COOKIE });
    expect(seen).toMatchObject({ status: 200, page: 'capture_done', cookies: [] });
    expect(seen.headers.get('refresh')).toBeNull();
    expect(seen.body).toContain('<noscript><meta http-equiv="refresh" content="0;url=/capture/landing"></noscript>');
    expect(seen.body).toContain('data-go-on="/capture/landing" data-go-on-after="0"');
    expect(seen.body).toContain(`data-ticket="${'T'.repeat(43)}" hidden`);
    expect(await offering.get('/capture/landing', { cookie: COOKIE })).toMatchObject({ status: 303, location: landed('completed') });
    offering.close();
  });

  test('without an address is a page that can be loaded again', async () => {
    const plain = await openDoors({ options: { documents: { returnPage: true } } });
    Object.assign(plain.script, { claimed: hashOf(TOKEN), phone: { over: 'pass' } });
    for (let time = 0; time < 2; time += 1) {
      const seen = await plain.get('/capture', { cookie: COOKIE });
      expect(seen).toMatchObject({ status: 200, page: 'capture_done', cookies: [] });
      expect(seen.headers.get('refresh')).toBeNull();
    }
    expect(await plain.get('/capture/landing', { cookie: COOKIE })).toMatchObject({ status: 303, location: '/capture' });
    plain.close();
  });
});

test('on plain http the cookie has its plain name, because browsers refuse the other there', async () => {
  const local = await openDoors({ issuer: 'http://localhost:3000' });
  const seen = await local.post(`/l/${LINK}`, linkForm({ number: '12' }));
  expect(seen.cookies[0]).toMatch(/^gatehouse_capture=[A-Za-z0-9_-]{22}; path=\/; expires=[^;]*; samesite=lax; httponly$/i);
  expect(await local.get('/capture', { cookie: seen.cookies[0]?.split(';')[0] ?? '' })).toMatchObject({ status: 200, page: 'capture_consent' });
  local.close();
});

describe('the same browser', () => {
  const binding = `interaction:${UID}`;
  const path = `/interaction/${UID}`;

  test.each([['handover', false], ['consent', false], ['front', true], ['selfie', true]] as const)('page %s of the interaction may use the camera: %s', async (page, camera) => {
    script.browser = PAGES[page] as PageShown;
    const seen = await doors.get(path);
    expect(seen.page).toBe(PAGES[page]?.name);
    expect(seen.headers.get('permissions-policy')?.startsWith(`camera=${camera ? '(self)' : '()'},`)).toBe(true);
  });

  test('sends its pictures to the interaction', async () => {
    script.browser = PAGES['front'] as PageShown;
    expect(await doors.post(path, withPicture(doors.form('capture_side', binding)))).toMatchObject({ status: 303, location: path });
    expect(script.sent.map((one) => [one.channel, one.files?.length])).toEqual([['browser', 1]]);
    expect(JSON.parse((await doors.post(path, withPicture(doors.form('capture_side', binding)), { headers: JSON_ONLY })).body)).toEqual({ next: path });
    script.answer = 'invalid';
    expect(await doors.post(path, withPicture(doors.form('capture_side', binding)))).toMatchObject({ status: 422, page: 'capture_side' });
    expect(await doors.post(path, withPicture(doors.form('capture_side', binding), 12 * 1024 * 1024 + 1))).toMatchObject({ status: 422, page: 'capture_side' });
  });

  test('sends none from another page, from another site, or with another token', async () => {
    expect(await doors.post(path, withPicture(doors.form('document_handover', binding)))).toMatchObject({ status: 303, location: path });
    script.browser = PAGES['before'] as PageShown;
    expect((await doors.post(path, withPicture(doors.form('session_risk', binding)))).status).toBe(415);
    script.browser = PAGES['front'] as PageShown;
    expect((await doors.post(path, withPicture(doors.form('capture_side', CAPTURE)))).status).toBe(403);
    expect((await doors.post(path, withPicture(doors.form('capture_side', binding)), { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect(script.sent).toEqual([]);
  });

  test('shows the hand-over with its code drawn', async () => {
    expect((await doors.get(path)).body).toMatch(/<img[^>]+src="data:image\/svg\+xml;base64,[A-Za-z0-9+/=]+"/);
  });
});
