/** Messages go out by a real sender over HTTP, and what the provider reports about them reaches the waiting page. */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANDREW, personFor, startGateway, type TestGateway } from '../support/gateway.ts';
import { PHONE } from '../support/devices.ts';
import { HttpPerson } from '../support/http_person.ts';
import type { Db } from '../../src/store/database.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

const SECRET = 'a-shared-secret-of-some-length-0123456789';
const ACCOUNT = `AC${'0'.repeat(32)}`;

interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Provider {
  readonly origin: string;
  readonly received: Received[];
  readonly server: Server;
  /** What happens before it answers. */
  meanwhile: () => Promise<void>;
}

/** A provider: keeps what it is sent and answers as told. */
async function provider(answer: (count: number) => { readonly status: number; readonly body: unknown }): Promise<Provider> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString('utf8')));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body });
      const { status, body: reply } = answer(received.length);
      void told.meanwhile().finally(() => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const told: Provider = { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, server, meanwhile: async () => undefined };
  return told;
}

async function toWaitPage(gateway: TestGateway, phone: string = ANDREW.phone): Promise<HttpPerson> {
  const person = personFor(gateway);
  await person.open((await (await gateway.relyingParty()).begin()).url);
  await person.press();
  person.fill({ ...ANDREW, phone });
  await person.press();
  await person.press('action', 'send');
  return person;
}

function signed(body: string, at = Math.floor(Date.now() / 1000), secret = SECRET): RequestInit {
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-gatehouse-timestamp': String(at), 'x-gatehouse-signature': `v1=${signature}` } };
}

describe('messages by a signed HTTP sender', () => {
  let database: FreshDatabase;
  let gateway: TestGateway;
  let phone: Provider;
  let db: Db;
  const rowOf = (id: string) => db.selectFrom('message').select(['status', 'code']).where('provider_message_id', '=', id).executeTakeFirst();
  const report = (status: string, id: string, init: Partial<Parameters<typeof signed>> = []) =>
    fetch(`${gateway.origin}/hooks/sms/http`, signed(JSON.stringify({ id, status }), init[1], init[2]));

  beforeAll(async () => {
    phone = await provider((count) => ({ status: 200, body: { id: `provider-${count}`, status: 'accepted' } }));
    database = await freshDatabase('pglite');
    gateway = await startGateway({ database, env: { SMS_SENDER: 'http', SMS_TEST_NUMBERS: '+14075550123', SMS_HTTP_URL: `${phone.origin}/send`, SMS_HTTP_SECRET: SECRET, SMS_HTTP_TIMEOUT_MS: '30000' }, replace: { onDatabase: (opened) => { db = opened.db; } } });
  });
  afterAll(async () => {
    await gateway.close();
    await database.drop();
    phone.server.close();
  });

  it('sends one signed message, and has no outbox', async () => {
    const person = await toWaitPage(gateway);
    expect(person.page).toBe('sms_wait');
    const [message, ...others] = phone.received;
    expect(others).toEqual([]);
    const at = String(message?.headers['x-gatehouse-timestamp']);
    expect(message?.headers['x-gatehouse-signature']).toBe(`v1=${createHmac('sha256', SECRET).update(`${at}.${message?.body}`).digest('hex')}`);
    const sent = JSON.parse(message?.body ?? '{}') as { to: string; body: string };
    expect(sent.to).toBe('+14075550123');
    expect(sent.body).toContain(`${gateway.origin}/l/`);
    expect((await fetch(`${gateway.origin}/dev/outbox`)).status).toBe(404);
    expect((await fetch(`${gateway.origin}/dev/outbox.json`)).status).toBe(404);
  });

  it('sends nothing to a number that is none of the operator\'s test numbers', async () => {
    const before = phone.received.length;
    const person = await toWaitPage(gateway, '+1 407 555 0188');
    expect(person.page).toBe('denied');
    expect(phone.received).toHaveLength(before);
    const events = await db.selectFrom('journey_event').select(['name', 'reason']).where('reason', '=', 'not_a_test_number').execute();
    expect(events).toContainEqual({ name: 'messageDelivery', reason: 'not_a_test_number' });
  });

  it('holds its lease for longer than the longest time limit that is configured', async () => {
    let [began, least, most] = [0, 0, 0];
    phone.meanwhile = async () => {
      const { lease_until: until } = await db.selectFrom('journey').select('lease_until').where('lease_until', 'is not', null).executeTakeFirstOrThrow();
      least = (until ?? 0) - Date.now();
      most = (until ?? 0) - began;
    };
    began = Date.now();
    await toWaitPage(gateway);
    phone.meanwhile = async () => undefined;
    expect(most).toBeGreaterThan(30_000);
    expect(least).toBeLessThanOrEqual(36_000);
  });

  it('shows a delivery, and later reports of less do not take it back', async () => {
    const person = await toWaitPage(gateway);
    const id = `provider-${phone.received.length}`;
    expect((await report('delivered', id)).status).toBe(204);
    await person.reload();
    expect(person.text).toContain('The message is on your phone');
    for (const status of ['queued', 'sent', 'failed']) expect((await report(status, id)).status).toBe(204);
    await person.reload();
    expect(person.page).toBe('sms_wait');
    expect(person.text).toContain('The message is on your phone');
    expect(await rowOf(id)).toEqual({ status: 'delivered', code: null });
  });

  it('keeps what is reported after the journey was decided, with the message', async () => {
    const person = await toWaitPage(gateway);
    const id = `provider-${phone.received.length}`;
    expect(await rowOf(id)).toEqual({ status: 'sent', code: null });
    const [link] = /http\S+$/.exec((JSON.parse(phone.received.at(-1)?.body ?? '{}') as { body: string }).body) ?? [];
    const hand = await new HttpPerson({ device: PHONE }).open(link ?? '');
    await hand.press('number', person.output);
    expect(hand.page).toBe('phone_done');
    expect((await report('delivered', id)).status).toBe(204);
    expect(await rowOf(id)).toEqual({ status: 'delivered', code: null });
  });

  it('ends the step when the only message definitely failed', async () => {
    const person = await toWaitPage(gateway);
    const id = `provider-${phone.received.length}`;
    expect((await report('failed', id)).status).toBe(204);
    expect(await rowOf(id)).toEqual({ status: 'failed', code: null });
    await person.reload();
    // Undeliverable leads to the document.
    expect(person.page).toBe('document_handover');
    expect(person.text).toContain('identity document');
  });

  it.each([
    ['a wrong secret', 'report_bad_signature', (body: string) => signed(body, undefined, 'another-secret-of-some-length-0123456789')],
    ['no signature', 'report_bad_signature', (body: string): RequestInit => ({ method: 'POST', body })],
    ['a report of ten minutes ago', 'report_stale', (body: string) => signed(body, Math.floor(Date.now() / 1000) - 600)],
    ['a signed text that is no report', 'report_malformed', () => signed('{"hello":1}')],
  ])('refuses %s and changes nothing', async (_name, code, init) => {
    const person = await toWaitPage(gateway);
    const request = init(JSON.stringify({ id: `provider-${phone.received.length}`, status: 'failed' }));
    const answer = await fetch(`${gateway.origin}/hooks/sms/http`, { ...request, headers: { ...request.headers, accept: 'application/json' } });
    expect(answer.status).toBe(403);
    expect(((await answer.json()) as { code: string }).code).toBe(code);
    await person.reload();
    expect(person.page).toBe('sms_wait');
  });

  it('does not acknowledge reports of messages nobody sent, and knows no other provider', async () => {
    const body = JSON.stringify({ id: 'provider-9999', status: 'failed' });
    const { headers } = signed(body);
    const unknown = await fetch(`${gateway.origin}/hooks/sms/http`, { ...signed(body), headers: { ...(headers as Record<string, string>), accept: 'application/json' } });
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, 'unknown_message']);
    expect((await fetch(`${gateway.origin}/hooks/sms/twilio`, { method: 'POST', body: 'a=b' })).status).toBe(404);
    expect((await fetch(`${gateway.origin}/hooks/sms/constructor`, { method: 'POST', body: 'a=b' })).status).toBe(404);
  });
});

describe('messages by Twilio', () => {
  it('sends with a status callback, and believes only signed callbacks to that very address', async () => {
    const twilio = await provider((count) => ({ status: 201, body: { sid: `SM${String(count).padStart(32, '0')}`, status: 'queued' } }));
    const database = await freshDatabase('pglite');
    const token = 'f'.repeat(32);
    const gateway = await startGateway({
      database,
      env: { SMS_SENDER: 'twilio', SMS_TEST_NUMBERS: '+14075550123', TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: token, TWILIO_FROM: '+14075550100', TWILIO_API_BASE: twilio.origin },
    });
    try {
      const person = await toWaitPage(gateway);
      const sent = new URLSearchParams(twilio.received[0]?.body);
      expect(twilio.received[0]?.url).toBe(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
      const callback = `${gateway.origin}/hooks/sms/twilio`;
      expect(sent.get('StatusCallback')).toBe(callback);
      const parameters = { MessageSid: `SM${'1'.padStart(32, '0')}`, MessageStatus: 'delivered' };
      const call = (signature: string, query = ''): Promise<Response> =>
        fetch(`${callback}${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
          body: new URLSearchParams(parameters).toString(),
        });
      const good = createHmac('sha1', token).update(`${callback}MessageSid${parameters.MessageSid}MessageStatusdelivered`).digest('base64');
      expect((await call(good, '?x=1')).status).toBe(403);
      expect((await call(`${good.slice(0, -4)}AAA=`)).status).toBe(403);
      await person.reload();
      expect(person.text).not.toContain('The message is on your phone');
      expect((await call(good)).status).toBe(204);
      await person.reload();
      expect(person.text).toContain('The message is on your phone');
    } finally {
      await gateway.close();
      await database.drop();
      twilio.server.close();
    }
  });
});
