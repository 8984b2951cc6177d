/** One client application's side of a sign-in, with as little cost of its own as possible: plain HTTP, kept alive. */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

/** An OIDC server and the client that uses it. */
export interface Site {
  readonly name: string;
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly authorize: string;
  readonly token: string;
  readonly userinfo: string;
}

/** What every flow of a comparison asks for. */
export const SCOPE = 'openid profile address phone';

/** Read the endpoints from the discovery document. */
export async function discover(site: Pick<Site, 'name' | 'origin' | 'clientId' | 'clientSecret' | 'redirectUri'>): Promise<Site> {
  const response = await fetch(`${site.origin}/.well-known/openid-configuration`);
  const document = (await response.json()) as { authorization_endpoint: string; token_endpoint: string; userinfo_endpoint: string };
  const path = (url: string): string => new URL(url).pathname;
  return { ...site, authorize: path(document.authorization_endpoint), token: path(document.token_endpoint), userinfo: path(document.userinfo_endpoint) };
}

/** An authorization request, with what must be remembered until its answer. */
export interface Asked {
  readonly url: URL;
  readonly state: string;
  readonly verifier: string;
}

export function ask(site: Site): Asked {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const url = new URL(site.authorize, site.origin);
  url.search = new URLSearchParams({
    client_id: site.clientId,
    redirect_uri: site.redirectUri,
    response_type: 'code',
    scope: SCOPE,
    state,
    nonce: state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return { url, state, verifier };
}

/** Redeem the code of a callback and ask for the claims. Anything but success is thrown. */
export async function redeem(agent: Agent, site: Site, callback: URL, asked: Asked): Promise<void> {
  const code = callback.searchParams.get('code');
  if (code === null || callback.searchParams.get('state') !== asked.state) {
    throw new Error(`${site.name}: no code: ${callback.searchParams.get('error') ?? callback.pathname}`);
  }
  const body = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: site.redirectUri, code_verifier: asked.verifier }).toString();
  const answer = await send(agent, site, 'POST', site.token, {
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(site.clientId)}:${encodeURIComponent(site.clientSecret)}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  }, body);
  const tokens = JSON.parse(answer.body) as { access_token?: string; id_token?: string };
  if (answer.status !== 200 || tokens.id_token === undefined) throw new Error(`${site.name}: token endpoint ${answer.status}: ${answer.body}`);
  const info = await send(agent, site, 'GET', site.userinfo, { authorization: `Bearer ${tokens.access_token}` });
  const claims = JSON.parse(info.body) as { sub?: string; given_name?: string };
  const { sub } = JSON.parse(Buffer.from(tokens.id_token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  if (info.status !== 200 || claims.sub !== sub || claims.given_name === undefined) throw new Error(`${site.name}: userinfo ${info.status}: ${info.body}`);
}

/** A browser that holds a session: authorize answers with a code at once, and the client redeems it. */
export async function silentReturn(agent: Agent, site: Site, cookie: string): Promise<void> {
  const asked = ask(site);
  const answer = await send(agent, site, 'GET', asked.url.pathname + asked.url.search, { cookie, ...BROWSER });
  if (answer.location === undefined || !answer.location.startsWith(site.redirectUri)) {
    throw new Error(`${site.name}: authorize did not answer silently: ${answer.status} ${answer.location ?? answer.body.slice(0, 200)}`);
  }
  await redeem(agent, site, new URL(answer.location), asked);
}

const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-US,en;q=0.9',
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
} as const;

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

function send(agent: Agent, site: Site, method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Answer> {
  const { port, host, hostname } = new URL(site.origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: hostname, port, method, path, headers: { host, ...headers } }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, location: incoming.headers.location, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`${site.name}: no answer from ${path.split('?')[0]} within 30 s`)));
    outgoing.end(body);
  });
}
