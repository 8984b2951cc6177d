import { createHash, randomBytes } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import Koa, { type Context } from 'koa';
import { afterEach, expect, it } from 'vitest';
import { deviceIssue } from '../../src/hosted/device_issue.ts';
import { hashOf, ID, LINK, openDoors, PAGES, UID, type Doors } from './doors.ts';

const TOKEN = randomBytes(32).toString('base64url');
const HOST_COOKIE = `__Host-gatehouse_device_test=${TOKEN}`;
const HREF = `/interaction/${UID}`;
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

let doors: Doors;
afterEach(() => doors.close());

/** A request with these cookies, which came over TLS. */
function aContext(cookie: string): Context {
  const request = new IncomingMessage(Object.assign(new Socket(), { encrypted: true }));
  request.headers = { cookie };
  return new Koa().createContext(request, new ServerResponse(request)) as Context;
}

const deviceCookies = (cookies: readonly string[]): readonly string[] => cookies.filter((line) => /gatehouse_device(_test)?=/.test(line));

it('is given where the approved journey shows its end, and only its hash is told to the store', async () => {
  doors = await openDoors();
  doors.script.approved = true;
  const seen = await doors.get(HREF, { cookie: HOST_COOKIE });
  expect(seen.page).toBe('finished');
  const [line = '', ...others] = deviceCookies(seen.cookies);
  expect(others).toEqual([]);
  const [, value = ''] = /^__Host-gatehouse_device_test=([A-Za-z0-9_-]{43});/.exec(line) ?? [];
  expect(line.toLowerCase()).toMatch(/; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/);
  const days = (Date.parse(/expires=([^;]+)/i.exec(line)?.[1] ?? '') - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(399);
  expect(days).toBeLessThanOrEqual(400);
  expect(doors.script.issued).toEqual([{ journeyId: ID, channel: 'browser', fresh: sha(value), presented: sha(TOKEN), now: 1_800_000_000_000 }]);
});

it('is given where the browser leaves without a last page', async () => {
  doors = await openDoors();
  doors.script.approved = true;
  const seen = await doors.get(`${HREF}/return`);
  expect([seen.status, seen.location]).toEqual([303, 'https://app.example.com/cb']);
  expect(deviceCookies(seen.cookies)).toHaveLength(1);
  expect(doors.script.issued[0]?.presented).toBeUndefined();
});

it('is not set where the store gives none, and not asked for while nothing is decided', async () => {
  doors = await openDoors();
  expect(deviceCookies((await doors.get(HREF)).cookies)).toEqual([]);
  expect(doors.script.issued).toEqual([]);
  doors.script.approved = true;
  doors.script.device = false;
  expect(deviceCookies((await doors.get(HREF)).cookies)).toEqual([]);
  expect(doors.script.issued).toHaveLength(1);
});

it('of a live key and of a test key are two: neither is read for the other, and neither replaces it', async () => {
  const other = randomBytes(32).toString('base64url');
  const cookie = `${HOST_COOKIE}; __Host-gatehouse_device=${other}`;
  const named: string[] = [];
  for (const [mode, presented] of [['test', TOKEN], ['live', other]] as const) {
    const issued: unknown[] = [];
    const ctx = aContext(cookie);
    await deviceIssue({ origin: 'https://id.example.com', now: () => 0, devices: { issue: async (at) => issued.push(at.presented) > 0 } })(
      ctx, { id: ID, mode, decision: { verdict: 'approve', reasons: [], policy: 'w@1', at: 0 } }, 'browser',
    );
    expect(issued).toEqual([sha(presented)]);
    named.push(...[ctx.res.getHeader('set-cookie')].flat().map((line) => String(line).split('=')[0] ?? ''));
  }
  expect(named).toEqual(['__Host-gatehouse_device_test', '__Host-gatehouse_device']);
});

it('goes by its plain name on http', async () => {
  doors = await openDoors({ issuer: 'http://localhost:3000' });
  doors.script.approved = true;
  const [line = ''] = deviceCookies((await doors.get(HREF, { cookie: `gatehouse_device_test=${TOKEN}` })).cookies);
  expect(line).toMatch(/^gatehouse_device_test=/);
  expect(line.toLowerCase()).not.toContain('secure');
  expect(doors.script.issued[0]?.presented).toBe(sha(TOKEN));
});

it.each(['short', `${TOKEN}x`, `${TOKEN.slice(0, 42)}%`, ''])('that is not of our making counts as none: %s', async (value) => {
  doors = await openDoors();
  doors.script.approved = true;
  await doors.get(HREF, { cookie: `__Host-gatehouse_device_test=${value}` });
  expect(doors.script.issued[0]?.presented).toBeUndefined();
});

it('comes hashed with every answer from the browser, and none where there was none', async () => {
  doors = await openDoors();
  doors.script.browser = PAGES['proof']!;
  await doors.post(HREF, doors.form('device_proof', `interaction:${UID}`), { cookie: HOST_COOKIE });
  await doors.post(HREF, doors.form('device_proof', `interaction:${UID}`));
  expect(doors.script.sent.map((one) => one.deviceHash)).toEqual([sha(TOKEN), undefined]);
  expect(JSON.stringify(doors.script.sent)).not.toContain(TOKEN);
});

it('is no part of what the phone answers, and is given to it once its journey is approved', async () => {
  doors = await openDoors();
  doors.script.answer = { done: 'confirmed' };
  const before = await doors.post(`/l/${LINK}`, doors.form('capture_claim', `link:${hashOf(LINK)}`, { number: '12' }), { cookie: HOST_COOKIE });
  expect(doors.script.sent.map((one) => one.deviceHash)).toEqual([undefined]);
  // The other device still has something to do.
  expect(deviceCookies(before.cookies)).toEqual([]);
  doors.script.approved = true;
  const after = await doors.post(`/l/${LINK}`, doors.form('capture_claim', `link:${hashOf(LINK)}`, { number: '12' }));
  expect(after.page).toBe('phone_done');
  expect(deviceCookies(after.cookies)).toHaveLength(1);
  expect(doors.script.issued.map(({ channel }) => channel)).toEqual(['phone']);
});

it('the answer of a page without a question leads out at once, to the script that sent it', async () => {
  doors = await openDoors();
  doors.script.browser = PAGES['proof']!;
  const form = (): URLSearchParams => doors.form('device_proof', `interaction:${UID}`, { device_key: 'x' });
  const json = { headers: { accept: 'application/json' } };
  expect(JSON.parse((await doors.post(HREF, form(), json)).body)).toEqual({ next: HREF });
  doors.script.answer = 'approves';
  expect(JSON.parse((await doors.post(HREF, form(), json)).body)).toEqual({ next: `${HREF}/return` });
  doors.script.approved = false;
  // A form's chain of redirects must not lead outside.
  const byHand = await doors.post(HREF, form());
  expect([byHand.status, byHand.location]).toEqual([303, HREF]);
});
