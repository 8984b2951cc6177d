/** People who attack the capture's doors: addresses, headers, tokens, a vendor's notices, and the sandbox's things under live keys. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, HttpPerson } from '../support/http_person.ts';
import { eventually, pause } from '../support/ports.ts';
import { attacked, COOKIE, tokenOf, type Attacked } from './document_attacker.ts';
import { addressInCode, agreeAndChoose, aPhone, atDocumentOnly, atSide, faces, outcome, sendPicture, stepEnd, takeOver } from './document_scene.ts';
import { anotherApp, decisionOf, journeyOf, timeline, type Scene } from './scene.ts';

let world: Attacked;
let scene: Scene;
let reader: Attacked['reader'];
let picture: Buffer;
let at: Attacked['at'];
let post: Attacked['post'];
let same: Attacked['same'];
let wear: Attacked['wear'];
beforeAll(async () => {
  world = await attacked();
  ({ scene, reader, picture, at, post, same, wear } = world);
});
beforeEach(() => {
  reader.calls.length = 0;
  reader.poseAnswers.length = 0;
});
afterAll(() => world.close());

describe('doors', () => {
  it('tricks with path, method and headers find the same door or none', async () => {
    const { person: desktop, phone } = await atSide(scene);
    const foreign = aPhone();
    await same(desktop, async () => {
      for (const path of ['/CAPTURE', '//capture', '/capture/..%2f', '/capture%2fstate', '/capture/%2e%2e/interaction', '/capture;x=1', '/capture/index', '/capture/state/', '/.%00/capture', '/capture/landing/..']) {
        const answer = await foreign.send(at(path));
        expect([404, 410, 303, 400, 200].includes(answer.status), `${path} ${answer.status}`).toBe(true);
        expect(answer.body).not.toContain('capture_side');
      }
      for (const method of ['PUT', 'PATCH', 'DELETE']) expect((await phone.send(at('/capture'), { method })).status, method).toBe(405);
      for (const [name, value] of [['x-http-method-override', 'POST'], ['x-original-url', '/interaction'], ['x-rewrite-url', '/dev/outbox'], ['x-forwarded-host', 'evil.example'], ['x-forwarded-proto', 'https'], ['forwarded', 'host=evil.example'], ['x-forwarded-prefix', '/evil']] as const) {
        const answer = await phone.send(at('/capture'), { headers: { [name]: value } });
        expect([answer.status, answer.body.includes('evil'), answer.body.includes('data-page="capture_side"')], name).toEqual([200, false, true]);
      }
      for (const headers of [{ origin: 'null' }, { origin: `${scene.gateway.origin}.evil.example` }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
        expect((await post(phone, phone.encoded(), [['picture', { bytes: picture }]], headers as Record<string, string>)).status, JSON.stringify(headers)).toBe(403);
      }
      for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/mixed; boundary=x', 'image/jpeg', 'application/json', 'multipart/form-data; boundary=x; charset=utf-7', 'text/plain']) {
        const answer = await phone.send(at('/capture'), { method: 'POST', body: picture, headers: { origin: scene.gateway.origin, 'content-type': type } });
        expect([400, 415], `${type} ${answer.status}`).toContain(answer.status);
      }
      const zipped = await post(phone, phone.encoded(), [['picture', { bytes: picture }]], { 'content-encoding': 'gzip' });
      expect(zipped.status).toBe(415);
      // A second cookie of the name, as a neighbour on the same host could plant, does not widen anything.
      const planted = await foreign.send(at('/capture'), { headers: { cookie: `${COOKIE}=${'A'.repeat(22)}; ${COOKIE}=${tokenOf(phone)}` } });
      expect(planted.status).toBe(410);
    });
    expect(reader.calls).toEqual([]);
    const head = await phone.send(at('/capture'), { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.headers['cache-control']).toContain('no-store');
  });

  it('tokens that are nobody\'s, spent, of another step or of a journey that ended all look the same', async () => {
    const spent = await atDocumentOnly(scene);
    const used = await addressInCode(spent.person);
    await takeOver(spent.person, { link: used });
    const ended = await atDocumentOnly(scene);
    const over = await addressInCode(ended.person);
    await ended.person.follow('/leave');
    await ended.person.press();
    const { phone } = await atSide(scene);
    const looks = await Promise.all([used, over, at(`/l/${tokenOf(phone)}`), ...Array.from({ length: 5 }, () => at(`/l/${randomBytes(16).toString('base64url')}`))].map(async (url) => {
      const stranger = aPhone();
      const got = await stranger.send(url);
      const sent = await stranger.send(url, { method: 'POST', body: new URLSearchParams({ page: 'capture_claim', number: '11', csrf: 'x' }), headers: { origin: scene.gateway.origin } });
      const plain = ({ status, headers, body }: Answer): unknown => [status, Object.keys(headers).filter((name) => name !== 'date').sort(), body.replaceAll(/\/l\/[A-Za-z0-9_-]{22}/g, '/l/…').replaceAll(/[A-Z0-9]{8}/g, '…').replaceAll(/nonce-[^']+/g, '')];
      return JSON.stringify([plain(got), plain(sent)]);
    }));
    expect(new Set(looks).size).toBe(1);
  });
});

describe('a vendor\'s notice', () => {
  let vendor: Scene;
  beforeAll(async () => {
    vendor = await anotherApp(scene, 'by_vendor', { template: 'document_only', options: { documents: { capture: 'vendor' } } });
  });

  const atVendor = async (): Promise<{ desktop: HttpPerson; phone: HttpPerson; session: string }> => {
    const { person: desktop } = await atDocumentOnly(vendor);
    const phone = await takeOver(desktop);
    await phone.press('action', 'agree');
    await phone.until('capture_vendor');
    const [, session] = /\/documents\/([A-Za-z0-9._:-]+)/.exec(phone.answer.body) ?? [];
    if (session === undefined) throw new Error(`no session on "${phone.page}"`);
    return { desktop, phone, session };
  };
  const notice = (session: string, secret: Buffer, seconds = Math.floor(Date.now() / 1000), more: object = {}): { headers: Record<string, string>; body: string } => {
    const id = `msg_${randomBytes(12).toString('base64url')}`;
    const body = JSON.stringify({ type: 'session.updated', data: { sessionId: session, status: 'finished', verdict: 'pass' }, ...more });
    const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
    return { body, headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` } };
  };
  const tell = async ({ headers, body }: { headers: Record<string, string>; body: string }, name = 'sandbox_documents'): Promise<number> => (await fetch(at(`/hooks/documents/${name}`), { method: 'POST', headers, body })).status;

  it('that is forged, of no vendor, or no notice is refused with one answer, and moves nobody', async () => {
    const { desktop, session } = await atVendor();
    const before = await timeline(vendor, desktop);
    const forged = notice(session, randomBytes(32));
    const { 'webhook-signature': _, ...unsigned } = forged.headers;
    const statuses = [
      await tell(forged), await tell({ ...forged, headers: unsigned }), await tell({ ...forged, headers: { ...forged.headers, 'webhook-signature': 'v1,' } }),
      await tell({ ...forged, headers: { ...forged.headers, 'webhook-signature': Array.from({ length: 50 }, () => `v1,${randomBytes(32).toString('base64')}`).join(' ') } }),
      await tell({ ...forged, body: '' }), await tell(forged, 'nobody'), await tell(forged, '__proto__'), await tell(forged, 'constructor'), await tell(notice(session, Buffer.alloc(0))),
    ];
    expect(statuses).toEqual(statuses.map(() => 401));
    expect(await timeline(vendor, desktop)).toEqual(before);
    expect((await decisionOf(vendor, desktop)).verdict).toBeUndefined();
  });

  it('that is genuine says nothing by itself, however often it comes', async () => {
    const { desktop, phone, session } = await atVendor();
    const origin = /(http:\/\/[^"/]+)\/documents\//.exec(phone.answer.body)?.[1] ?? '';
    const other = await atVendor();
    // The vendor finishes the other session; this one is as open as before.
    await fetch(`${origin}/documents/${other.session}`, { method: 'POST', body: new URLSearchParams({ choice: 'pass', behaviour: 'duplicated' }), redirect: 'manual' });
    await eventually('the other journey to end', async () => (await other.desktop.reload()).page === 'finished');
    expect((await decisionOf(vendor, other.desktop)).verdict).toBe('approve');
    expect((await decisionOf(vendor, desktop)).verdict).toBeUndefined();
    expect((await timeline(vendor, desktop)).filter((line) => line.startsWith('block documentVendor'))).toEqual(['block documentVendor success: started']);
    // A finished session said again changes nothing.
    const ended = await journeyOf(vendor, other.desktop);
    await fetch(`${origin}/documents/${other.session}`, { method: 'POST', body: new URLSearchParams({ choice: 'fail', behaviour: 'duplicated' }), redirect: 'manual' });
    await pause(300);
    expect(await journeyOf(vendor, other.desktop)).toEqual(ended);
    // Nor is a session known by its name a way in.
    const stranger = aPhone();
    wear(stranger, session.slice(0, 22));
    expect((await stranger.open(at('/capture'))).status).toBe(410);
    expect((await stranger.open(at(`/l/${session.slice(0, 22)}`))).status).not.toBe(200);
  });
});

describe('live keys', () => {
  let live: Scene;
  beforeAll(async () => {
    live = await anotherApp(scene, 'live', { template: 'document_only', mode: 'live', options: { documents: { types: ['passport'] } } });
  });

  it('take no outcome file in place of a picture, nor in place of a face, and no simulated vendor', async () => {
    const { person: desktop } = await atDocumentOnly(live);
    const phone = await agreeAndChoose(await takeOver(desktop));
    for (const type of ['application/yaml', 'text/yaml', 'text/plain', 'application/octet-stream', 'application/x-yaml; charset=utf-8']) {
      await sendPicture(phone, { ...outcome({ findings: faces({ not_a_specimen: 'pass' }) }), type });
      expect([phone.status, phone.page], type).toEqual([422, 'capture_side']);
    }
    const byVendor = await anotherApp(scene, 'live_vendor', { template: 'document_only', mode: 'live', options: { documents: { capture: 'vendor' } } });
    const visit = await atDocumentOnly(byVendor);
    const other = await takeOver(visit.person);
    await other.press('action', 'agree');
    expect(await stepEnd(byVendor, visit.person)).toMatchObject({ outcome: 'could_not_tell', reasons: ['vendor_not_configured'] });
    expect((await decisionOf(byVendor, visit.person)).verdict).toBe('deny');
  });
});
