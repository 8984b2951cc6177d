/**
 * The demo relying party: a small application of its own, with a stock `openid-client`. It imports nothing of the
 * gateway and knows it only by its issuer address, as any application would.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import nunjucks from 'nunjucks';
import * as client from 'openid-client';

export interface DemoOptions {
  readonly issuer: string;
  /** Taken if free, else any. */
  readonly port: number;
  /** Where the developer reads text messages. */
  readonly outbox: string;
}

export interface Demo {
  readonly origin: string;
  /** Its redirect URI. */
  readonly callback: string;
  /** Where a phone lands after a capture. */
  readonly phoneDone: string;
  /** Hand it its credentials. */
  use(credentials: { readonly clientId: string; readonly clientSecret: string }): void;
  close(): Promise<void>;
}

/** What one browser's visit holds: sign-ins that are under way, by their state, for each tab has its own; and who is signed in. */
interface Visit {
  readonly leaving: Map<string, { readonly nonce: string; readonly verifier: string }>;
  signedIn?: { readonly idToken: string; readonly claims: Record<string, unknown>; readonly userinfo: Record<string, unknown> };
}

const COOKIE = 'harbour_visit';
const MOST_VISITS = 1000;
const MOST_LEAVING = 20;
/** What an application may ask besides; the demo asks it when its own address says so: `/start?prompt=login`. */
const ASKED = ['login_hint', 'prompt', 'max_age', 'acr_values', 'ui_locales'] as const;
/** What the levels of the gateway mean to this application. */
const WAYS: Readonly<Record<string, string>> = {
  'urn:gatehouse:acr:device': 'You were signed in at once: this device is known from an earlier check.',
  'urn:gatehouse:acr:passkey': 'You were signed in with your passkey.',
  'urn:gatehouse:acr:reviewed': 'A person looked at your document and approved you.',
};
const VIEWS = new URL('../../views/demo/', import.meta.url);

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const views = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS.pathname), { autoescape: true, throwOnUndefined: false });
  const css = readFileSync(new URL('demo.css', VIEWS));
  const visits = new Map<string, Visit>();
  let credentials: { readonly clientId: string; readonly clientSecret: string } | undefined;
  let discovered: client.Configuration | undefined;

  const configuration = async (): Promise<client.Configuration> => {
    if (!credentials) throw new Error('the demo has no credentials yet');
    discovered ??= await client.discovery(new URL(options.issuer), credentials.clientId, undefined, client.ClientSecretBasic(credentials.clientSecret), {
      execute: options.issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
    });
    return discovered;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    const page = (name: string, data: object, status = 200): void => {
      response.writeHead(status, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
      });
      response.end(views.render(`${name}.njk`, data));
    };
    const go = (to: string): void => {
      response.writeHead(303, { location: to, 'cache-control': 'no-store' });
      response.end();
    };
    if (request.method !== 'GET') {
      response.writeHead(405).end();
      return;
    }
    if (url.pathname === '/demo.css' || url.pathname === '/assets/demo.css') {
      response.writeHead(200, { 'content-type': 'text/css; charset=utf-8' });
      response.end(css);
      return;
    }
    const visit = visitOf(request, response);
    if (url.pathname === '/') return page('home', { startHref: '/start', outboxHref: options.outbox });
    if (url.pathname === '/phone-done') return page('phone_done', {});
    if (url.pathname === '/start') return go(await begin(url, visit));
    if (url.pathname === '/callback') return finish(url, visit, page, go);
    if (url.pathname === '/result' && visit.signedIn) {
      const { claims, userinfo } = visit.signedIn;
      return page('result', { claims, userinfo, way: WAYS[String(claims['acr'])], logoutHref: '/sign-out', againHref: '/start' });
    }
    if (url.pathname === '/sign-out' && visit.signedIn) {
      const to = client.buildEndSessionUrl(await configuration(), { id_token_hint: visit.signedIn.idToken, post_logout_redirect_uri: `${origin}/` });
      delete visit.signedIn;
      return go(to.href);
    }
    go('/');
  };

  const begin = async (url: URL, visit: Visit): Promise<string> => {
    const oidc = await configuration();
    const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
    keep(visit.leaving, state, { nonce, verifier }, MOST_LEAVING);
    const asked = ASKED.flatMap((name) => url.searchParams.getAll(name).slice(0, 1).map((value) => [name, value]));
    return client.buildAuthorizationUrl(oidc, {
      ...Object.fromEntries(asked),
      redirect_uri: callback,
      scope: 'openid profile address phone evidence',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).href;
  };

  const finish = async (url: URL, visit: Visit, page: (name: string, data: object, status?: number) => void, go: (to: string) => void): Promise<void> => {
    const oidc = await configuration();
    const state = url.searchParams.get('state') ?? '';
    const left = visit.leaving.get(state);
    if (!left) return go('/');
    visit.leaving.delete(state);
    try {
      const tokens = await client.authorizationCodeGrant(oidc, url, {
        expectedState: state,
        expectedNonce: left.nonce,
        pkceCodeVerifier: left.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error('no ID token came');
      const userinfo = await client.fetchUserInfo(oidc, tokens.access_token, claims.sub);
      visit.signedIn = { idToken: tokens.id_token ?? '', claims, userinfo };
      go('/result');
    } catch (thrown) {
      if (thrown instanceof client.AuthorizationResponseError) {
        page('error', { error: thrown.error, description: thrown.error_description, againHref: '/start' });
        return;
      }
      page('error', { error: 'sign_in_failed', description: thrown instanceof Error ? thrown.message : '', againHref: '/start' }, 502);
    }
  };

  const visitOf = (request: IncomingMessage, response: ServerResponse): Visit => {
    const known = visits.get(cookieOf(request) ?? '');
    if (known) return known;
    const [id, visit] = [randomBytes(24).toString('base64url'), { leaving: new Map() }];
    keep(visits, id, visit, MOST_VISITS);
    response.setHeader('set-cookie', `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`);
    return visit;
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const port = await listen(server, options.port);
  const origin = `http://localhost:${port}`;
  const callback = `${origin}/callback`;
  return {
    origin,
    callback,
    phoneDone: `${origin}/phone-done`,
    use(given) {
      credentials = given;
      discovered = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The oldest goes where there are too many. */
function keep<T>(all: Map<string, T>, id: string, one: T, most: number): void {
  if (all.size >= most) all.delete(all.keys().next().value ?? '');
  all.set(id, one);
}

function cookieOf(request: IncomingMessage): string | undefined {
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(request.headers.cookie ?? '')?.[1];
}

async function listen(server: Server, wanted: number): Promise<number> {
  const at = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, 'localhost', () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  try {
    return await at(wanted);
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'EADDRINUSE') throw thrown;
    return at(0);
  }
}
