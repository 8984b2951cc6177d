/** Adding a passkey through the real routes, with an authenticator in software and stores in memory. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import Koa from 'koa';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePasskeys } from '../../src/devices/passkeys.ts';
import type { Position } from '../../src/engine/advance.ts';
import { answerErrors } from '../../src/hosted/errors.ts';
import { passkeyOffering, passkeyRoutes, type PasskeyOffering } from '../../src/hosted/passkeys.ts';
import { makeCsrf } from '../../src/http/csrf.ts';
import { makeViews } from '../../src/http/views.ts';
import type { EvidenceKind } from '../../src/journey/journey.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { proofOf } from '../journey/people.ts';
import { keptIncidents, keptPasskeys, keptTickets } from '../devices/kept_passkeys.ts';
import { SoftAuthenticator, type Lies } from '../support/authenticator.ts';

const ORIGIN = 'https://id.example.com';
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36';

let now: number;
let store: ReturnType<typeof keptPasskeys>;
let position: Position | undefined;
let offer: PasskeyOffering;
let server: Server;

function positionWith(kinds: readonly EvidenceKind[], more: { verdict?: string; accountId?: string | undefined; options?: WorkflowSource['options'] } = {}): Position {
  const definition = workflowDefinition.parse({ ...userOnboarding, options: more.options ?? {} });
  return {
    journey: {
      id: 'j1', workflowId: 'w', mode: 'test', opening: { clientName: 'Harbour Credit' },
      decision: { verdict: more.verdict ?? 'approve', reasons: [], policy: 'w@1', at: now },
    },
    evidence: kinds.map((kind) => proofOf(kind)),
    accountId: 'accountId' in more ? more.accountId : 'a1', credentialHash: 'alice', workflow: { id: 'w', version: 1, definition },
  } as unknown as Position;
}

beforeEach(async () => {
  now = 1_800_000_000_000;
  store = keptPasskeys();
  const passkeys = makePasskeys({ store, incidents: keptIncidents(), origin: ORIGIN });
  const deps = { tickets: keptTickets(), passkeys, now: () => now };
  position = positionWith(['session', 'claimed_identity', 'identity_match', 'phone_possession']);
  offer = passkeyOffering({ ...deps, byId: async () => position });
  const app = new Koa();
  app.silent = true;
  const shell = { views: makeViews({ dir: resolve(import.meta.dirname, '../../views'), now: () => now }), csrf: makeCsrf(Buffer.alloc(32, 1)) };
  app.use(answerErrors(shell, pino({ level: 'silent' })));
  const router = passkeyRoutes({ ...deps, origin: ORIGIN });
  app.use(router.routes()).use(router.allowedMethods({ throw: false }));
  server = createServer(app.callback());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => void server.close());

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'application/json', origin: ORIGIN, 'user-agent': CHROME, ...headers },
  });
  return { status: response.status, cache: response.headers.get('cache-control'), body: (await response.json()) as Record<string, unknown> };
}

const journey = () => position?.journey ?? { id: 'none', decision: undefined };
const ticketNow = async (): Promise<string> => (await offer(journey()))?.ticket ?? '';
const device = new SoftAuthenticator(ORIGIN);
type Options = Parameters<SoftAuthenticator['create']>[0];

async function made(ticket: string, lies: Lies = {}) {
  const { body, status, cache } = await post('/passkeys/options', { ticket });
  expect([status, cache]).toEqual([200, 'no-store']);
  return device.create(body['options'] as Options, lies);
}

test('whoever was just verified adds one passkey, named after browser and application', async () => {
  const ticket = await ticketNow();
  expect(ticket).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const { answer, passkey } = await made(ticket);
  expect(await post('/passkeys', { ticket, answer })).toMatchObject({ status: 201, body: { added: true } });
  expect(store.rows.get(passkey.id)).toMatchObject({ accountId: 'a1', workflowId: 'w', mode: 'test', credentialHash: 'alice', journeyId: 'j1', acr: 'urn:gatehouse:acr:phone', label: 'Chrome on Windows', createdAt: now });
  // Its ticket is used up, for options as well.
  expect(await post('/passkeys', { ticket, answer })).toMatchObject({ status: 410, body: { code: 'ticket_gone' } });
  expect((await post('/passkeys/options', { ticket })).status).toBe(410);
});

test('of the same answer sent twice at once, one counts', async () => {
  const ticket = await ticketNow();
  const { answer } = await made(ticket);
  const all = await Promise.all([post('/passkeys', { ticket, answer }), post('/passkeys', { ticket, answer })]);
  // The other finds the challenge used, or already the ticket.
  expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(all.filter(({ status }) => status === 422 || status === 410)).toHaveLength(1);
  expect(store.rows.size).toBe(1);
});

describe('refuses', () => {
  test("another journey's challenge, an old one, and one of nobody", async () => {
    const [mine, theirs] = [await ticketNow(), await ticketNow()];
    const { answer } = await made(theirs);
    expect(await post('/passkeys', { ticket: mine, answer })).toMatchObject({ status: 422, body: { problem: 'passkey_challenge' } });
    const late = await made(mine);
    now += 301_000;
    expect(await post('/passkeys', { ticket: mine, answer: late.answer })).toMatchObject({ status: 422, body: { problem: 'passkey_challenge' } });
    const own = device.create({ challenge: 'A'.repeat(43), rp: { id: 'id.example.com' }, user: { id: 'AAAA' } });
    expect(await post('/passkeys', { ticket: mine, answer: own.answer })).toMatchObject({ status: 422, body: { problem: 'passkey_challenge' } });
    expect(store.rows.size).toBe(0);
  });

  test('a ticket that is too old, or none of ours', async () => {
    const ticket = await ticketNow();
    now += 601_000;
    for (const one of [ticket, 'B'.repeat(43)]) expect(await post('/passkeys/options', { ticket: one })).toMatchObject({ status: 410, body: { code: 'ticket_gone' } });
  });

  test.each<[string, unknown, Record<string, string>, number, string]>([
    ['another origin', { ticket: 'B'.repeat(43) }, { origin: 'https://evil.example' }, 403, 'foreign_origin'],
    ['another site', { ticket: 'B'.repeat(43) }, { 'sec-fetch-site': 'cross-site' }, 403, 'foreign_origin'],
    ['a form', 'ticket=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['no JSON', '{', {}, 400, 'bad_json'],
    ['another shape', { ticket: 'short' }, {}, 400, 'bad_json'],
    ['more than a passkey', JSON.stringify({ ticket: 'x'.repeat(40_000) }), {}, 413, 'body_too_large'],
  ])('%s', async (_what, body, headers, status, code) => {
    expect(await post('/passkeys/options', body, headers)).toMatchObject({ status, body: { code } });
  });

  test('a forged answer by its code, and says nothing more', async () => {
    const ticket = await ticketNow();
    const { answer } = await made(ticket, { origin: 'https://evil.example' });
    expect(await post('/passkeys', { ticket, answer })).toMatchObject({ status: 422, body: { problem: 'passkey_origin' } });
    expect(await post('/passkeys', { ticket: await ticketNow(), answer: '{}' })).toMatchObject({ status: 422, body: { problem: 'passkey_malformed' } });
  });
});

describe('offers', () => {
  test.each<[string, Parameters<typeof positionWith>, boolean]>([
    ['after a phone', [['claimed_identity', 'identity_match', 'phone_possession']], true],
    ['after a known phone', [['known_person', 'phone_possession']], true],
    ['after a document', [['document', 'face_match', 'liveness']], true],
    ['after a device and a passkey', [['known_person', 'device_proof', 'passkey_proof']], true],
    ['not after a device alone', [['known_person', 'device_proof']], false],
    ['not after a passkey alone', [['known_person', 'passkey_proof']], false],
    ['not after nothing', [['session']], false],
    ['not after a denial', [['claimed_identity', 'identity_match', 'phone_possession'], { verdict: 'deny' }], false],
    ['not to nobody', [['claimed_identity', 'identity_match', 'phone_possession'], { accountId: undefined }], false],
    ['not where the workflow takes none', [['claimed_identity', 'identity_match', 'phone_possession'], { options: { devices: { passkeys: false } } }], false],
  ])('%s', async (_what, facts, offered) => {
    position = positionWith(...facts);
    expect((await offer(position.journey)) !== undefined).toBe(offered);
  });

  test('not at an address for which there are none', async () => {
    const passkeys = makePasskeys({ store, incidents: keptIncidents(), origin: 'http://127.0.0.1:3000' });
    const none = passkeyOffering({ byId: async () => position, tickets: keptTickets(), passkeys, now: () => now });
    expect(await none(journey())).toBeUndefined();
  });
});
