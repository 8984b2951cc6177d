/** Signing in at another provider: a real one (oidc-provider), and one that lies. */
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, describe, expect, test } from 'vitest';
import type { StaffConfig } from '../../../src/admin/staff/config.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { freePort } from '../../support/ports.ts';
import { StaffBrowser, type StaffAnswer } from '../../support/staff.ts';
import { startStaffConsole } from './harness.ts';

const ROLES = new Map([['ops', 'administrator'], ['look', 'auditor']] as const);
const outsideOf = (issuer: string): StaffConfig => ({ passwords: false, outside: { issuer, clientId: 'console', clientSecret: 'a secret of enough length', rolesClaim: 'groups', roles: ROLES } });

async function listening(handler: Parameters<typeof createServer>[1], port: number): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((done) => server.listen(port, 'localhost', done));
  return server;
}
const closed = (server: Server) => new Promise<void>((done) => { server.close(() => done()); server.closeAllConnections(); });

/** What somebody's browser does outside of the console: go where it is sent until it is sent back. */
async function through(address: string, cookies = new Map<string, string>()): Promise<string> {
  let url = new URL(address);
  for (let hops = 0; hops < 10; hops += 1) {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the provider stopped at ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.pathname.startsWith('/admin/')) return url.pathname + url.search;
  }
  throw new Error('the provider redirects without end');
}

describe('a real provider', async () => {
  const database = await freshDatabase('pglite');
  const opened = await database.open();
  const idpPort = await freePort();
  const issuer = `http://localhost:${idpPort}`;
  const console = await startStaffConsole(opened, { config: outsideOf(issuer) });
  let who = 'ada';
  let groups: unknown = ['ops'];
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'console', client_secret: 'a secret of enough length', redirect_uris: [`${console.origin}/admin/sign-in/external/callback`], grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub', 'groups'], profile: ['name'], email: ['email'] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'Ada <b>Outside</b>', email: 'ada@outside.example', groups }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/login/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ accountId: ctx.oidc.session?.accountId ?? '', clientId: 'console' });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
    cookies: { keys: ['k'] },
  });
  const callback = provider.callback();
  const server = await listening((request, response) => {
    if (request.url?.startsWith('/login/')) void provider.interactionFinished(request, response, { login: { accountId: who } }, { mergeWithLastSubmission: false });
    else void callback(request, response);
  }, idpPort);
  afterAll(async () => {
    await closed(server);
    await console.close();
    await opened.close();
    await database.drop();
  });
  const come = async (browser: StaffBrowser, from = '/admin/sign-in/external?to=%2Fadmin%2Fme', cookies?: Map<string, string>): Promise<StaffAnswer> => {
    const left = await browser.get(from);
    expect(new URL(left.path).origin).toBe(issuer);
    return browser.get(await through(left.path, cookies));
  };

  test('brings somebody in with the roles that it says, on a page that leads on by itself', async () => {
    const browser = new StaffBrowser(console.origin);
    expect((await browser.get('/admin/sign-in')).page.forms).toEqual([]);
    const came = await come(browser);
    expect([came.status, came.page.refresh]).toEqual([200, { after: 0, url: `${console.origin}/admin/me` }]);
    expect((await browser.get('/admin/me')).page.text).toContain('Ada <b>Outside</b>');
    expect((await console.entries('staff.signed_in'))[0]?.details).toEqual({ by: 'outside' });
    // Nobody has a link to set up a first administrator: the provider says who is one.
    expect(await console.area.inviting.setup()).toBeUndefined();
  });

  test('its word on roles is taken anew each time, and without one nobody is let in', async () => {
    const browser = new StaffBrowser(console.origin);
    groups = ['look', 'something else'];
    await come(browser);
    expect((await browser.get('/admin/staff')).status).toBe(200);
    expect((await browser.get('/admin/staff/invite')).status).toBe(403);
    for (const none of [[], ['unknown'], undefined, 7]) {
      groups = none;
      const other = new StaffBrowser(console.origin);
      expect((await come(other)).status).toBe(403);
      expect((await other.get('/admin')).path).toBe('/admin/sign-in');
    }
    groups = ['ops'];
  });

  test('whoever is given no role any more is out where they are signed in, too, and their session does not come back with the role', async () => {
    who = 'charles';
    groups = ['look'];
    const browser = new StaffBrowser(console.origin);
    await come(browser);
    expect((await browser.get('/admin/staff')).status).toBe(200);
    groups = ['nothing of ours'];
    const refused = await come(new StaffBrowser(console.origin));
    expect([refused.status, refused.page.text.includes('gives you no role here')]).toEqual([403, true]);
    expect((await browser.get('/admin')).path).toBe('/admin/sign-in');
    expect((await console.entries('staff.roles_changed'))[0]?.details).toEqual({ from: 'outside', before: ['auditor'], after: [], sessions_ended: 1 });
    expect((await console.entries('staff.sign_in_failed'))[0]).toMatchObject({ outcome: 'refused', details: { why: 'no_role' } });
    groups = ['look'];
    await come(new StaffBrowser(console.origin));
    expect((await browser.get('/admin')).path).toBe('/admin/sign-in');
    who = 'ada';
    groups = ['ops'];
  });

  test('passwords of our own are off', async () => {
    expect((await new StaffBrowser(console.origin).submit('/admin/sign-in', { email: 'a@example.com', password: 'x' })).status).toBe(403);
  });

  test('what needs proof anew sends them there to sign in, and takes nobody else', async () => {
    const browser = new StaffBrowser(console.origin);
    const cookies = new Map<string, string>();
    await come(browser, undefined, cookies);
    const before = browser.jar.all().find(({ name }) => name === 'gatehouse_staff')?.value;
    console.clock.now += 11 * 60_000;
    const again = await browser.get('/admin/staff/invite');
    expect(again.path).toMatch(/^\/admin\/again/);
    const link = again.page.links.find(({ href }) => href.includes('/sign-in/external'))?.href ?? '';
    const left = await browser.get(new URL(link).pathname + new URL(link).search);
    expect(new URL(left.path).searchParams.get('prompt')).toBe('login');
    who = 'eve';
    const back = await through(left.path);
    expect((await browser.get(back)).status).toBe(403);
    who = 'ada';
    console.clock.now = Date.now();
    expect((await come(browser, new URL(link).pathname + new URL(link).search, cookies)).status).toBe(200);
    expect((await browser.get('/admin/staff/invite')).status).toBe(200);
    expect(browser.jar.all().find(({ name }) => name === 'gatehouse_staff')?.value).not.toBe(before);
  });

  test('a form that came too late waits at the end of that way as well, for its author alone', async () => {
    const browser = new StaffBrowser(console.origin);
    const cookies = new Map<string, string>();
    await come(browser, undefined, cookies);
    const at = await browser.get('/admin/staff');
    const forms = async (): Promise<number> => (await opened.db.selectFrom('staff_kept_form').select('hash').execute()).length;
    console.clock.now += 11 * 60_000;
    const again = await browser.post('/admin/staff/staff_nobody/disable', { reason: 'typed before' }, at);
    expect([again.path, await forms()]).toEqual(['/admin/again?to=%2Fadmin%2Fkept', 1]);
    const link = new URL(again.page.links.find(({ href }) => href.includes('/sign-in/external'))?.href ?? '');
    console.clock.now = Date.now();
    const came = await come(browser, link.pathname + link.search, cookies);
    expect(came.page.refresh).toEqual({ after: 0, url: `${console.origin}/admin/kept` });
    const kept = await browser.get('/admin/kept');
    expect([kept.path, kept.page.text.includes('typed before')]).toEqual(['/admin/kept', true]);
    // Signed out, somebody else comes back from there.
    await browser.post('/admin/sign-out', {}, kept);
    who = 'grace';
    await come(browser, '/admin/sign-in/external?to=%2Fadmin%2Fkept');
    who = 'ada';
    const hers = await browser.get('/admin/kept');
    expect([hers.path, hers.html.includes('typed before'), await forms()]).toEqual(['/admin', false, 0]);
  });

  test('an answer is good in the browser that asked, once', async () => {
    const [browser, thief] = [new StaffBrowser(console.origin), new StaffBrowser(console.origin)];
    const back = await through((await browser.get('/admin/sign-in/external')).path);
    await thief.get('/admin/sign-in/external');
    expect((await thief.get(back)).status).toBe(400);
    expect((await new StaffBrowser(console.origin).get(back)).status).toBe(400);
    expect((await browser.get(back)).status).toBe(200);
    expect((await browser.get(back)).status).toBe(400);
  });
});

describe('a provider that lies', async () => {
  const database = await freshDatabase('pglite');
  const opened = await database.open();
  const idpPort = await freePort();
  const issuer = `http://localhost:${idpPort}`;
  const console = await startStaffConsole(opened, { config: outsideOf(issuer) });
  const [good, bad] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
  const jwk = { ...(await exportJWK(good.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  let lies: Readonly<Record<string, unknown>> = {};
  let signer = good.privateKey;
  let asked = new URLSearchParams();
  const server = await listening((request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    const json = (body: unknown) => void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration') {
      return json({ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] });
    }
    if (url.pathname === '/jwks') return json({ keys: [jwk] });
    const now = Math.floor(Date.now() / 1000);
    return void new SignJWT({ nonce: asked.get('nonce'), groups: ['ops'], name: 'Mallory', iss: issuer, aud: 'console', sub: 'm', iat: now, exp: now + 60, ...lies })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(signer).then((id_token) => json({ access_token: 'a', token_type: 'bearer', id_token }));
  }, idpPort);
  afterAll(async () => {
    await closed(server);
    await console.close();
    await opened.close();
    await database.drop();
  });
  const come = async (state?: string, more = ''): Promise<StaffAnswer> => {
    const browser = new StaffBrowser(console.origin);
    asked = new URL((await browser.get('/admin/sign-in/external')).path).searchParams;
    return browser.get(`/admin/sign-in/external/callback?code=c&state=${state ?? asked.get('state')}${more}`);
  };

  test('it is believed where all is right, and what it says of the time counts', async () => {
    lies = {};
    expect((await come()).status).toBe(200);
    expect(asked.get('code_challenge_method')).toBe('S256');
    // It did not say when: that is fresh for nothing.
    const browser = new StaffBrowser(console.origin);
    asked = new URL((await browser.get('/admin/sign-in/external')).path).searchParams;
    await browser.get(`/admin/sign-in/external/callback?code=c&state=${asked.get('state')}`);
    expect((await browser.get('/admin/staff/invite')).path).toMatch(/^\/admin\/again/);
  });

  test.each([
    ['another nonce', { nonce: 'other' }], ['no nonce', { nonce: undefined }], ['another issuer', { iss: 'http://localhost:1' }], ['another audience', { aud: 'somebody' }],
    ['an old token', { exp: Math.floor(Date.now() / 1000) - 600 }], ['no subject', { sub: undefined }],
  ])('%s lets nobody in', async (_name, what) => {
    lies = what;
    const came = await come();
    expect(came.status).toBe(403);
    expect(came.headers.getSetCookie().some((line) => /^gatehouse_staff=[^;]/.test(line))).toBe(false);
    lies = {};
  });

  test('nor does another key, another state, or the issuer of another provider in the answer', async () => {
    signer = bad.privateKey;
    expect((await come()).status).toBe(403);
    signer = good.privateKey;
    expect((await come('x'.repeat(43))).status).toBe(400);
    expect((await come(undefined, `&iss=${encodeURIComponent('https://evil.example')}`)).status).toBe(403);
    expect((await come(undefined, '&error=access_denied')).status).toBe(403);
    expect(await console.entries('staff.signed_in')).toHaveLength(2);
  });
});

test('a provider that is away is said to be, and asked again by the next who comes', async () => {
  const database = await freshDatabase('pglite');
  const opened = await database.open();
  const console = await startStaffConsole(opened, { config: outsideOf(`http://localhost:${await freePort()}`) });
  for (let time = 0; time < 2; time += 1) expect((await new StaffBrowser(console.origin).get('/admin/sign-in/external')).status).toBe(502);
  await console.close();
  await opened.close();
  await database.drop();
});
