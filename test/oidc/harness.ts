/** A bare gateway around the OIDC server: real HTTP, a real database, and an interaction route that decides at once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import * as client from 'openid-client';
import { Personal } from '../../src/personal.ts';
import { hashClientSecret, newClient, newClientSecret, type StoredClientSource } from '../../src/oidc/clients.ts';
import { abandonInteraction, finishInteraction, interactionOf, type DecidedJourney, type Interaction } from '../../src/oidc/grants.ts';
import { pinToIssuer } from '../../src/oidc/issuer_pin.ts';
import { signingKeys } from '../../src/oidc/keys.ts';
import { makeOidc, type Oidc, type OidcDeps } from '../../src/oidc/provider.ts';
import type { Db } from '../../src/store/database.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { recordStore } from '../../src/store/records.ts';
import { signingKeyStore } from '../../src/store/signing_keys.ts';
import { openVault, type MasterKey, type Vault } from '../../src/vault/vault.ts';
import type { FreshDatabase, SuiteDatabase } from '../support/postgres.ts';

export const REDIRECT = 'http://localhost:9/cb';

/** A browser: cookies by name and path, redirects followed by hand. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string }>();

  async get(url: string | URL, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(url, { headers: { accept: 'text/html', ...headers } });
  }

  async send(url: string | URL, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const { pathname } = new URL(url);
    const jar = [...this.cookies].filter(([, cookie]) => pathname.startsWith(cookie.path));
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: jar.map(([key, cookie]) => `${key.split(' ')[0]}=${cookie.value}`).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/';
      if (!name) continue;
      if (value === '' || /expires=Thu, 01 Jan 1970/.test(line)) this.cookies.delete(`${name} ${path}`);
      else this.cookies.set(`${name} ${path}`, { value: value ?? '', path });
    }
    return response;
  }

  /** Follow redirects on this server until one leads to the application, or a page is shown. */
  async travel(from: string | URL, origin: string): Promise<{ response: Response; url: URL }> {
    let url = new URL(from);
    for (let hop = 0; hop < 10; hop++) {
      const response = await this.get(url);
      const location = response.headers.get('location');
      if (!location) return { response, url };
      url = new URL(location, url);
      if (url.origin !== origin) return { response, url };
    }
    throw new Error('too many redirects');
  }
}

export type Decide = (interaction: Interaction) => DecidedJourney | { error: string; description: string } | Promise<DecidedJourney>;

export interface Key {
  readonly clientId: string;
  readonly secret: string;
}

export interface Harness {
  readonly issuer: string;
  /** Where it really listens. */
  readonly address: string;
  readonly database: FreshDatabase;
  readonly db: Db;
  readonly vault: Vault;
  readonly oidc: Oidc;
  readonly master: MasterKey;
  /** Text of every statement since it was last emptied. */
  readonly statements: string[];
  readonly logged: object[];
  /** What the next interaction ends with. */
  decide: Decide;
  /** Moves the server's clock, milliseconds. */
  skew: number;
  addKey(source?: Partial<StoredClientSource>, mode?: 'test' | 'live'): Promise<Key>;
  addAccount(): Promise<string>;
  discover(key: Key, auth?: client.ClientAuth): Promise<client.Configuration>;
  close(): Promise<void>;
}

export async function harness(suite: SuiteDatabase, options: Partial<Pick<OidcDeps, 'judgeReturn' | 'uses' | 'lists'>> & { issuer?: string; trustedProxyHops?: number } = {}): Promise<Harness> {
  const database = await suite.fresh();
  const statements: string[] = [];
  const opened = await database.open({ onQuery: (sql) => statements.push(sql) });
  const { db } = opened;
  const master = { id: 'm1', key: randomBytes(32) };
  const vault = await openVault({ masterKeys: [master], store: dataKeyStore(db) });
  const server: Server = createServer();
  // The client keeps connections longer than Node's five seconds; a slow test must not meet one that just closed.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = `http://localhost:${(server.address() as AddressInfo).port}`;
  const issuer = options.issuer ?? address;
  const logged: object[] = [];
  const log = (fields: object): void => void logged.push(fields);

  const self: Harness = {
    issuer, address, database, db, vault, statements, logged, master,
    oidc: undefined as unknown as Oidc,
    skew: 0,
    decide: () => ({ error: 'access_denied', description: 'nobody decided' }),
    async addKey(source = {}, mode = 'test') {
      const clientId = randomUUID();
      const secret = newClientSecret();
      const metadata = newClient({ client_name: 'Test App', redirect_uris: [REDIRECT], ...source }, mode);
      await db.insertInto('workflow').values({ id: 'onboarding', deployed_version: null, created_at: 0 }).onConflict((oc) => oc.doNothing()).execute();
      await db.insertInto('workflow_key').values({
        client_id: clientId, workflow_id: 'onboarding', mode, secret_hash: hashClientSecret(secret),
        metadata: JSON.stringify(metadata), created_at: 0, revoked_at: null,
      }).execute();
      return { clientId, secret };
    },
    async addAccount() {
      const id = randomUUID();
      await db.insertInto('account').values({ id, identity_hash: randomUUID(), sealed: null, created_at: 0, erased_at: null }).execute();
      return id;
    },
    discover: (key, auth) =>
      client.discovery(new URL(issuer), key.clientId, undefined, auth ?? client.ClientSecretBasic(key.secret), { execute: [client.allowInsecureRequests] }),
    async close() {
      self.oidc.stop();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await opened.close();
      await database.drop();
    },
  };
  const now = () => Date.now() + self.skew;
  const records = recordStore(db, vault, now);
  const oidc = await makeOidc({
    issuer, vault, records, now,
    keys: signingKeys(signingKeyStore(db), vault),
    pages: {
      logout: (ctx, page) => { ctx.type = 'html'; ctx.body = `<form action="${page.action}"><input name="xsrf" value="${page.xsrf}"></form>`; },
      logoutSuccess: (ctx) => { ctx.type = 'html'; ctx.body = '<p>signed out</p>'; },
      error: (ctx, page) => { ctx.type = 'html'; ctx.body = `<body data-page="error" data-code="${page.code}" data-status="${page.status}">`; },
    },
    logger: { info: log, warn: log, error: log },
    ...(options.uses ? { uses: options.uses } : {}),
    ...(options.lists ? { lists: options.lists } : {}),
    judgeReturn: options.judgeReturn ?? (() => Promise.resolve(true)),
  });
  (self as { oidc: Oidc }).oidc = oidc;

  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer, trustedProxyHops: options.trustedProxyHops ?? 0 });
  oidc.attach(app);
  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const interaction = await interactionOf(oidc, ctx);
    if (!interaction || `/interaction/${interaction.uid}` !== ctx.path) {
      ctx.status = 410;
      ctx.body = 'gone';
      return;
    }
    const decided = await self.decide(interaction);
    const to = 'error' in decided
      ? await abandonInteraction(oidc, ctx, interaction, decided)
      : await finishInteraction(oidc, ctx, interaction, decided);
    ctx.status = 303;
    ctx.redirect(to);
  });
  app.use(oidc.middleware);
  server.on('request', app.callback());
  return self;
}

export const PROFILE = {
  givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743',
  country: 'US', phone: '+14075550123', phoneVerified: true,
};

/** A decided journey with a made-up account. */
export function approved(accountId: string, change: Partial<DecidedJourney> = {}): DecidedJourney {
  const at = Date.now();
  return {
    journeyId: randomUUID(), accountId, verdict: 'approve', policy: 'onboarding@1', decidedAt: at, reuseUntil: at + 86_400_000,
    acr: 'urn:gatehouse:acr:phone', amr: ['rba', 'sms'], credentialHash: undefined, deviceId: undefined, profile: Personal.of(PROFILE),
    summary: { simulated: true, steps: [{ step: 'sms_link', outcome: 'confirmed', at: Math.floor(at / 1000) }] },
    ...change,
  };
}

export interface Started {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
}

/** An authorization request of a stock client. */
export async function start(config: client.Configuration, parameters: Record<string, string> = {}): Promise<Started> {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT, scope: 'openid', state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...parameters,
  });
  return { url, verifier, state };
}

/** Through the server and back to the application. */
export async function authorize(h: Harness, browser: Browser, config: client.Configuration, parameters: Record<string, string> = {}): Promise<Started & { back: URL }> {
  const started = await start(config, parameters);
  const { url, response } = await browser.travel(started.url, h.issuer);
  if (url.origin === h.issuer) throw new Error(`stayed at ${url.pathname}: ${response.status} ${await response.text()}`);
  return { ...started, back: url };
}

/** A whole sign-in: the tokens. */
export async function signIn(h: Harness, browser: Browser, config: client.Configuration, parameters: Record<string, string> = {}) {
  const { back, verifier, state } = await authorize(h, browser, config, parameters);
  return client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state });
}

export { Personal };
