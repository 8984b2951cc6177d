/**
 * The hosted doors on a bare Koa, before an engine that a test plays itself: one journey, one hand-over link, and whatever
 * page the phone is to stand before.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import Koa from 'koa';
import pino from 'pino';
import type { Position } from '../../src/engine/advance.ts';
import type { DeviceStore } from '../../src/devices/store.ts';
import type { CaptureSight, Engine, LinkAnswered, OpenLink, PhoneSight } from '../../src/engine/engine.ts';
import { captureRoutes } from '../../src/hosted/capture.ts';
import { deviceIssue } from '../../src/hosted/device_issue.ts';
import type { OidcDoor } from '../../src/hosted/door.ts';
import { answerErrors } from '../../src/hosted/errors.ts';
import { interactionRoutes } from '../../src/hosted/interaction.ts';
import { phoneRoutes } from '../../src/hosted/phone.ts';
import { makeCsrf } from '../../src/http/csrf.ts';
import { securityHeaders } from '../../src/http/headers.ts';
import { uploadDam } from '../../src/http/upload_dam.ts';
import { makeViews } from '../../src/http/views.ts';
import type { Journey } from '../../src/journey/journey.ts';
import { workflowDefinition, type Workflow, type WorkflowSource } from '../../src/journey/workflow.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { pinToIssuer } from '../../src/oidc/issuer_pin.ts';
import { CLAIM_FIELD } from '../../src/steps/document_selfie/claim.ts';
import type { PageShown, Step, Submission } from '../../src/steps/step.ts';
import { PHONE } from '../support/devices.ts';

export const START = 1_800_000_000_000;
export const LINK = 'HandOverTokenOfATest_1';
export const ID = '7f3c0a52-0000-4000-8000-000000000001';
export const UID = 'uidOfATest';
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const side = (slot: 'front' | 'back'): PageShown => ({
  name: 'capture_side', model: { slot, type: 'identity_card', country: 'US', second: false, attemptsLeft: 3, uploads: true, otherWay: false },
});
export const PAGES: Readonly<Record<string, PageShown>> = {
  claim: { name: 'capture_claim', model: { startedAt: START, choices: ['12', '34', '56'] } },
  consent: { name: 'capture_consent', model: { otherWay: false } },
  choose: { name: 'capture_choose', model: { countries: ['US', 'DE'], country: 'US', types: ['passport', 'identity_card'], second: false, otherWay: true } },
  front: side('front'),
  back: side('back'),
  selfie: { name: 'capture_selfie', model: { step: 1, of: 3, attemptsLeft: 3, photos: true, otherWay: false } },
  vendor: { name: 'capture_vendor', model: { url: 'https://vendor.example/s/1', vendor: 'Vendor', waiting: true, otherWay: false }, wakeAt: START + 5000 },
  before: { name: 'session_risk', model: { collect: 'country', countries: ['US'], country: 'US' } },
  reading: { name: 'document_following', model: { stage: 'reading', otherWay: false } },
  proof: { name: 'device_proof', model: { challenge: 'ChallengeOfATest', now: START, keyId: 'k' } },
  handover: { name: 'document_handover', model: { url: `https://id.example.com/l/${LINK}`, expiresAt: START + 600_000, number: '12', otherWay: false } },
};

/** What the engine of a test says and was asked. */
export interface Script {
  /** Hash of the phone's own token, once a claim was taken. */
  claimed: string | undefined;
  /** Where the phone stands, by its own token. */
  phone: { readonly page: PageShown } | { readonly working: true } | { readonly over: string | undefined; readonly reason?: string };
  /** Where the browser of the interaction stands. */
  browser: PageShown;
  version: number;
  /** What the next answer comes to; taken unless a test says otherwise. */
  answer: 'taken' | 'approves' | 'invalid' | 'not_now' | { readonly done: string };
  /** Answers that reached the engine, newest last. */
  readonly sent: (Submission & { readonly link: string | undefined })[];
  /** Whether the decided journey has a device that is due a cookie, and who asked for one. */
  device: boolean;
  readonly issued: Parameters<DeviceStore['issue']>[0][];
  /** The journey of the browser was approved. */
  approved: boolean;
  /** How often a journey was moved along rather than looked at. */
  moved: number;
}

export interface Doors {
  readonly script: Script;
  readonly issuer: string;
  get(path: string, options?: Ask): Promise<Seen>;
  post(path: string, body: URLSearchParams | FormData, options?: Ask): Promise<Seen>;
  /** Fields that every form of a page has. */
  form(page: string, binding: string, more?: Readonly<Record<string, string>>): URLSearchParams;
  close(): void;
}

export interface Ask {
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly page: string | undefined;
  readonly location: string | null;
  readonly cookies: readonly string[];
}

export interface DoorsOptions {
  readonly issuer?: string;
  readonly options?: WorkflowSource['options'];
  /** A passkey is offered wherever one could be. */
  readonly passkeys?: boolean;
}

/** Open the doors. */
export async function openDoors({ issuer = 'https://id.example.com', options = {}, passkeys = false }: DoorsOptions = {}): Promise<Doors> {
  const script: Script = { claimed: undefined, phone: { page: PAGES['consent'] as PageShown }, browser: PAGES['handover'] as PageShown, version: 7, answer: 'taken', sent: [], moved: 0, device: true, issued: [], approved: false };
  const workflow: Workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options }) };
  const csrf = makeCsrf(Buffer.alloc(32, 1));
  const shell = { views: makeViews({ dir: resolve(import.meta.dirname, '../../views'), now: () => START }), csrf };

  const loaded = (reason?: string) => ({
    journey: {
      mode: 'test',
      id: ID, version: script.version, createdAt: START, expiresAt: START + 1_800_000, extensions: 0, results: [],
      opening: { credential: undefined, clientName: 'Harbour Credit', locale: 'en' },
      decision: reason === undefined ? undefined : { verdict: 'deny', reasons: [{ code: reason }], policy: 'w@1', at: START },
    } as unknown as Journey,
    evidence: [], accountId: undefined, linkExpiresAt: START + 1_800_000,
  });
  const open = (page: PageShown): OpenLink => ({ ...loaded(), kind: 'open', workflow, node: 'document_selfie', step: {} as Step, page }) as unknown as OpenLink;
  const gone = { kind: 'gone' } as const;
  const peek = (hash: string): PhoneSight => {
    if (hash === script.claimed) return 'page' in script.phone ? open(script.phone.page) : gone;
    return hash === hashOf(LINK) && script.claimed === undefined ? open(PAGES['claim'] as PageShown) : gone;
  };
  const faults = (): Record<string, string> => (script.answer === 'invalid' ? { picture: 'image_heic' } : {});
  const engine = {
    async peekLink(hash: string) {
      return peek(hash);
    },
    async followLink(hash: string): Promise<CaptureSight> {
      script.moved += 1;
      if (hash !== script.claimed) return peek(hash);
      if ('working' in script.phone) return { ...loaded(), kind: 'working', workflow } as unknown as CaptureSight;
      if ('over' in script.phone) return { ...loaded(script.phone.reason), kind: 'over', workflow, outcome: script.phone.over } as unknown as CaptureSight;
      return open(script.phone.page);
    },
    async submitLink(hash: string, submission: Submission): Promise<LinkAnswered> {
      const seen = peek(hash);
      if (seen.kind === 'gone' || seen.page.name !== submission.page) return seen;
      script.sent.push({ ...submission, link: hash });
      if (script.answer === 'invalid' || script.answer === 'not_now') return { kind: 'invalid', errors: faults(), sight: seen };
      if (typeof script.answer === 'object') return { kind: 'done', outcome: script.answer.done, sight: seen, journey: script.approved ? { ...seen.journey, decision } : seen.journey };
      if (seen.page.name === 'capture_claim' && submission.values.open()['number'] === '12') script.claimed = hashOf(submission.values.open()[CLAIM_FIELD] ?? '');
      return seen;
    },
    async open() {
      return position();
    },
    async submit(_id: string, submission: Submission) {
      script.sent.push({ ...submission, link: undefined });
      if (script.answer === 'approves') script.approved = true;
      return script.answer === 'invalid' || script.answer === 'not_now' ? { kind: 'invalid', errors: faults(), position: position() } : { kind: 'moved', position: position() };
    },
  } as unknown as Engine;
  const decision = { verdict: 'approve', reasons: [], policy: 'w@1', at: START } as const;
  const position = (): Position => script.approved ? { ...loaded(), journey: { ...loaded().journey, decision }, deviceId: 'd', credentialHash: undefined, workflow, rest: { kind: 'decided', decision } } : ({ ...loaded(), workflow, rest: { kind: 'page', node: 'document_selfie', step: { name: script.browser === PAGES['before'] ? 'session_risk' : 'document_selfie' } as Step, page: script.browser } }) as unknown as Position;
  const door = { waiting: async () => ({ uid: UID, clientId: 'c', clientName: 'Harbour Credit', workflowId: 'w', mode: 'test', params: {}, expiresAt: START + 3_600_000 }), supplied: async () => ({ kind: 'none' }), finish: async () => 'https://app.example.com/cb' } as unknown as OidcDoor;

  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer, trustedProxyHops: 0 });
  app.use(securityHeaders(issuer.startsWith('https:')));
  app.use(answerErrors(shell, pino({ level: 'silent' })));
  const uploads = uploadDam({ address: () => 'anywhere' });
  const offering = passkeys ? { offerPasskey: async () => ({ ticket: 'T'.repeat(43) }) } : {};
  const issueDevice = deviceIssue({
    devices: {
      async issue(at) {
        script.issued.push(at);
        return script.device;
      },
    },
    origin: issuer, now: () => START,
  });
  for (const router of [
    interactionRoutes({ ...shell, engine, door, origin: issuer, uploads, issueDevice, ...offering }),
    phoneRoutes({ ...shell, engine, origin: issuer, hashOf, issueDevice, ...offering }),
    captureRoutes({ ...shell, engine, origin: issuer, hashOf, uploads, issueDevice, ...offering }),
  ]) app.use(router.routes()).use(router.allowedMethods({ throw: false }));
  const server: Server = createServer(app.callback());
  // On a busy machine a connection could end of idleness at the very moment the next request takes it: only the client lets go.
  server.keepAliveTimeout = 0;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const ask = async (path: string, { cookie, headers }: Ask, init: RequestInit = {}): Promise<Seen> => {
    const response = await fetch(address + path, {
      ...init,
      redirect: 'manual',
      headers: { ...PHONE.headers, 'user-agent': PHONE.userAgent, 'sec-fetch-dest': 'document', ...(cookie === undefined ? {} : { cookie }), ...headers },
    });
    const body = await response.text();
    return {
      status: response.status, headers: response.headers, body, page: /<body data-page="(\w+)"/.exec(body)?.[1],
      location: response.headers.get('location'), cookies: response.headers.getSetCookie(),
    };
  };
  return {
    script,
    issuer,
    get: (path, asked = {}) => ask(path, asked),
    post: (path, body, asked = {}) => ask(path, { ...asked, headers: { origin: issuer, ...asked.headers } }, { method: 'POST', body }),
    form: (page, binding, more = {}) => new URLSearchParams({ csrf: csrf.issue(binding), v: String(script.version), page, ...more }),
    close: () => void server.close(),
  };
}
