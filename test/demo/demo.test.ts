import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/demo.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import type { WorkflowSource } from '../../src/journey/workflow.ts';
import { DESKTOP, PHONE } from '../support/devices.ts';
import { ANDREW, CONSENT_TEXTS, startGateway, type TestGateway } from '../support/gateway.ts';
import { HttpPerson } from '../support/http_person.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

let database: FreshDatabase;
let gateway: TestGateway;
let demo: Demo;

beforeAll(async () => {
  database = await freshDatabase('pglite');
  gateway = await startGateway({ database });
  demo = await startDemo({ issuer: gateway.origin, port: 0, outbox: `${gateway.origin}/dev/outbox` });
  const source: WorkflowSource = { ...(TEMPLATES['user_onboarding'] as WorkflowSource), options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: demo.phoneDone } };
  const key = await gateway.addWorkflow('demo', source, 'test', {
    client_name: 'Harbour Credit', redirect_uris: [demo.callback], post_logout_redirect_uris: [`${demo.origin}/`],
  });
  demo.use(key);
});
afterAll(async () => {
  await demo.close();
  await gateway.close();
  await database.drop();
});

const visitor = (): HttpPerson => new HttpPerson({ device: DESKTOP });

/** Up to the page that waits for the phone. */
async function waiting(person: HttpPerson): Promise<void> {
  await person.open(`${demo.origin}/start`);
  await person.press();
  person.fill(ANDREW);
  await person.press();
  await person.press('action', 'send');
  await person.until('sms_wait');
}

describe('a visit', () => {
  test('from the front page through the gateway to the result, and out again', async () => {
    const person = visitor();
    await person.open(demo.origin);
    expect(person.page).toBe('demo_home');
    await waiting(person);
    const phone = new HttpPerson({ device: PHONE });
    await phone.open((await gateway.outbox())[0]?.link ?? '');
    await phone.press('number', person.output);
    await person.until('finished');
    await person.press();
    expect([person.page, person.status]).toEqual(['demo_result', 200]);
    expect(person.text).toContain('Approved');
    expect(person.text).toContain('Simulated evidence');
    expect(person.text).toContain('Roshell');
    await person.reload();
    expect(person.page).toBe('demo_result');
    await person.open(`${demo.origin}/sign-out`);
    expect(person.page).toBe('logout');
    await person.open(`${demo.origin}/result`);
    expect(person.page).toBe('demo_home');
  });

  test('that is refused shows the refusal and a way on', async () => {
    const person = visitor();
    await waiting(person);
    const phone = new HttpPerson({ device: PHONE });
    await phone.open((await gateway.outbox())[0]?.link ?? '');
    await phone.press('refuse');
    await person.until('denied');
    await person.press();
    expect(person.page).toBe('demo_error');
    expect(person.text).toContain('access_denied');
    expect(person.answer.body).toContain('href="/start"');
  });
});

describe('the callback', () => {
  test.each(['', '?code=x&state=y', '?error=access_denied'])('of nobody who left from here leads to the front page: %j', async (query) => {
    const person = visitor();
    await person.open(demo.callback + query);
    expect([person.page, person.url]).toEqual(['demo_home', `${demo.origin}/`]);
  });

  test('with a state that is not its own signs nobody in, and cannot be tried twice', async () => {
    const person = visitor();
    const left = await person.send(`${demo.origin}/start`);
    const own = new URL(left.headers.location ?? '').searchParams.get('state') ?? '';
    const iss = encodeURIComponent(gateway.origin);
    await person.open(`${demo.callback}?code=x&state=forged&iss=${iss}`);
    expect(person.page).toBe('demo_home');
    await person.open(`${demo.callback}?code=x&state=${own}&iss=${iss}`);
    expect([person.page, person.status]).toEqual(['demo_error', 502]);
    await person.open(`${demo.callback}?code=x&state=${own}&iss=${iss}`);
    expect(person.page).toBe('demo_home');
    await person.open(`${demo.origin}/result`);
    expect(person.page).toBe('demo_home');
  });

  test('each tab comes back to a sign-in of its own', async () => {
    const person = visitor();
    const states = [];
    for (const hint of ['one', 'two']) {
      const left = await person.send(`${demo.origin}/start?login_hint=${hint}&redirect_uri=elsewhere`);
      const asked = new URL(left.headers.location ?? '').searchParams;
      expect([asked.get('login_hint'), asked.get('redirect_uri')]).toEqual([hint, demo.callback]);
      states.push(asked.get('state') ?? '');
    }
    for (const state of states) {
      await person.open(`${demo.callback}?error=access_denied&state=${state}&iss=${encodeURIComponent(gateway.origin)}`);
      expect([person.page, person.text.includes('access_denied')]).toEqual(['demo_error', true]);
    }
  });

  test("an error's words are shown as text", async () => {
    const person = visitor();
    const left = await person.send(`${demo.origin}/start`);
    const state = new URL(left.headers.location ?? '').searchParams.get('state') ?? '';
    const query = new URLSearchParams({ error: 'access_denied', error_description: '<script>alert(1)</script>', state, iss: gateway.origin });
    await person.open(`${demo.callback}?${query}`);
    expect(person.page).toBe('demo_error');
    expect(person.answer.body).toContain('&lt;script&gt;');
    expect(person.answer.body).not.toContain('<script');
  });
});

describe('the pages', () => {
  test.each([['/', 200], ['/phone-done', 200], ['/demo.css', 200], ['/nowhere', 303], ['/result', 303], ['/sign-out', 303]])('%s answers %i', async (path, status) => {
    const response = await fetch(demo.origin + path, { redirect: 'manual' });
    expect(response.status).toBe(status);
    if (response.headers.get('content-type')?.startsWith('text/html')) {
      expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('nothing is posted here', async () => {
    expect((await fetch(demo.origin, { method: 'POST', body: 'x' })).status).toBe(405);
  });

  test('a request address that cannot be read is an answer, not an end', async () => {
    expect((await fetch(`${demo.origin}//`)).status).toBeGreaterThanOrEqual(200);
    expect((await fetch(demo.origin)).status).toBe(200);
  });
});

describe('starting', () => {
  test('a port that is taken is no reason not to: another one is', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, 'localhost', resolve));
    const { port } = taken.address() as AddressInfo;
    const second = await startDemo({ issuer: gateway.origin, port, outbox: '' });
    try {
      expect(second.origin).not.toBe(`http://localhost:${port}`);
      expect((await fetch(second.origin)).status).toBe(200);
      expect([second.callback, second.phoneDone]).toEqual([`${second.origin}/callback`, `${second.origin}/phone-done`]);
      // Without credentials it cannot begin, and goes on serving.
      expect((await fetch(`${second.origin}/start`, { redirect: 'manual' })).status).toBe(500);
      expect((await fetch(second.origin)).status).toBe(200);
    } finally {
      await second.close();
      taken.close();
    }
  });
});
