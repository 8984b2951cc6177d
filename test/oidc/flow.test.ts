import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as client from 'openid-client';
import { credentialHash } from '../../src/oidc/credential.ts';
import { describeDatabases } from '../support/postgres.ts';
import { approved, authorize, Browser, harness, Personal, PROFILE, REDIRECT, signIn, start, type Harness, type Key } from './harness.ts';

describeDatabases('the flow of a stock client', (database) => {
  let h: Harness;
  let key: Key;
  let config: client.Configuration;
  let account: string;
  let clean = true;
  const notices: string[] = [];
  const nameOf = (credential: string): string => credentialHash(h.vault, 'test', credential);

  beforeAll(async () => {
    for (const level of ['info', 'warn'] as const) {
      vi.spyOn(console, level).mockImplementation((text: unknown) => void notices.push(String(text)));
    }
    h = await harness(database, { judgeReturn: () => Promise.resolve(clean) });
    key = await h.addKey({ grant_types: ['authorization_code', 'refresh_token'] });
    config = await h.discover(key);
    account = await h.addAccount();
    h.decide = () => approved(account);
  });
  afterAll(() => h.close());

  it('gives tokens that say what was decided, and userinfo that says who', async () => {
    const tokens = await signIn(h, new Browser(), config, { scope: 'openid profile address phone email evidence' });
    const claims = tokens.claims();
    expect(claims).toMatchObject({
      policyDecision: 'approve', simulated: true, acr: 'urn:gatehouse:acr:phone', amr: ['rba', 'sms'], auth_time: expect.any(Number),
    });
    expect(claims?.['asi']).toBe(claims?.['transaction_id']);
    expect(claims).not.toHaveProperty('given_name');
    expect(claims?.sub).not.toBe(account);
    const info = await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
    expect(info).toMatchObject({
      given_name: 'Andrew', name: 'Andrew Roshell', phone_number: '+14075550123', phone_number_verified: true,
      address: { locality: 'Kissimmee', formatted: '2591 Brunswick Ct\nKissimmee, FL 34743\nUS' },
      evidence: { policy: 'onboarding@1', steps: [{ step: 'sms_link', outcome: 'confirmed' }] },
    });
  });

  it('gives only what the scopes ask for, and single claims by the claims parameter', async () => {
    const tokens = await signIn(h, new Browser(), config, { claims: JSON.stringify({ userinfo: { given_name: null }, id_token: { family_name: null } }) });
    expect(tokens.claims()).toMatchObject({ family_name: 'Roshell' });
    const info = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
    expect(info).toMatchObject({ given_name: 'Andrew' });
    expect(info).not.toHaveProperty('phone_number');
    expect(info).not.toHaveProperty('family_name');
  });

  it('returns silently, also with prompt=none, in five statements all told', async () => {
    const browser = new Browser();
    await signIn(h, browser, config, { scope: 'openid profile' });
    h.statements.length = 0;
    const tokens = await signIn(h, browser, config, { scope: 'openid profile', prompt: 'none' });
    const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '');
    expect(info.given_name).toBe('Andrew');
    expect(h.statements.length, h.statements.join('\n\n')).toBe(5);
  });

  it('saves a session again once its end has moved enough', async () => {
    const browser = new Browser();
    await signIn(h, browser, config);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3600_000 });
    try {
      h.statements.length = 0;
      await authorize(h, browser, config, { prompt: 'none' });
      expect(h.statements.filter((text) => text.trim().startsWith('INSERT INTO oidc_record'))).toHaveLength(2);
      h.statements.length = 0;
      await authorize(h, browser, config, { prompt: 'none' });
      expect(h.statements.filter((text) => text.trim().startsWith('INSERT INTO oidc_record'))).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks for the pages where the signals of a return are not clean', async () => {
    const browser = new Browser();
    await signIn(h, browser, config);
    clean = false;
    const { back } = await authorize(h, browser, config, { prompt: 'none' });
    // The journey that was just made has judged them itself.
    const tokens = await signIn(h, browser, config);
    clean = true;
    expect(back.searchParams.get('error')).toBe('interaction_required');
    expect(tokens.access_token).toBeTruthy();
  });

  it('finishes an interaction twice with one grant', async () => {
    const browser = new Browser();
    const once = approved(account);
    h.decide = () => once;
    const interaction = new URL((await browser.get((await start(config)).url)).headers.get('location') ?? '', h.issuer);
    const ends = [await browser.get(interaction), await browser.get(interaction)].map((answer) => answer.headers.get('location'));
    h.decide = () => approved(account);
    expect(ends[0]).toBe(ends[1]);
    const outcomes = await h.db.selectFrom('grant_outcome').select('grant_id').where('journey_id', '=', once.journeyId).execute();
    expect(outcomes).toHaveLength(1);
    expect((await browser.travel(ends[0] ?? '', h.issuer)).url.searchParams.get('code')).toBeTruthy();
  });

  it('says a phone is verified only where it was in hand', async () => {
    h.decide = () => approved(account, { profile: Personal.of({ ...PROFILE, phoneVerified: false, birthDate: '1969-09-26' }) });
    const tokens = await signIn(h, new Browser(), config, { scope: 'openid phone profile' });
    h.decide = () => approved(account);
    expect(await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).toMatchObject({ phone_number_verified: false, birthdate: '1969-09-26' });
  });

  it('tells each token what its own decision established, whatever a later one of the same account says', async () => {
    const first = await signIn(h, new Browser(), config, { scope: 'openid profile address' });
    h.decide = () => approved(account, { profile: Personal.of({ ...PROFILE, givenName: 'Andy', street: '' }) });
    const other = await h.discover(await h.addKey());
    const second = await signIn(h, new Browser(), other, { scope: 'openid profile address' });
    h.decide = () => approved(account);
    expect(await client.fetchUserInfo(config, first.access_token, client.skipSubjectCheck)).toMatchObject({ given_name: 'Andrew', address: { street_address: PROFILE.street } });
    const told = await client.fetchUserInfo(other, second.access_token, client.skipSubjectCheck);
    expect(told).toMatchObject({ given_name: 'Andy', address: { locality: 'Kissimmee', formatted: 'Kissimmee, FL 34743\nUS' } });
    expect(told.address).not.toHaveProperty('street_address');
  });

  it('tells a typed address of e-mail as unverified, and nothing where none was typed', async () => {
    h.decide = () => approved(account, { profile: Personal.of({ ...PROFILE, email: 'andrew@example.com' }) });
    const typed = await signIn(h, new Browser(), config, { scope: 'openid email' });
    h.decide = () => approved(account);
    expect(await client.fetchUserInfo(config, typed.access_token, client.skipSubjectCheck)).toMatchObject({ email: 'andrew@example.com', email_verified: false });
    const none = await client.fetchUserInfo(config, (await signIn(h, new Browser(), config, { scope: 'openid email' })).access_token, client.skipSubjectCheck);
    expect([none['email'], none['email_verified']]).toEqual([undefined, undefined]);
  });

  it('answers prompt=none with interaction_required where there is no session', async () => {
    const { back } = await authorize(h, new Browser(), config, { prompt: 'none' });
    expect(back.searchParams.get('error')).toBe('interaction_required');
    expect(back.searchParams.get('iss')).toBe(h.issuer);
  });

  it.each([
    ['the decision may no longer be reused', async () => approved(account, { reuseUntil: Date.now() - 1 }), {}],
    ['more scopes are asked for', async () => approved(account), { scope: 'openid phone' }],
    ['more claims are asked for', async () => approved(account), { claims: '{"userinfo":{"email":null}}' }],
    ['another user is named', async () => approved(account, { credentialHash: nameOf('alice') }), { login_hint: 'bob.planted' }],
    ['a user is named where none was', async () => approved(account), { login_hint: 'bob.planted' }],
    ['the level is not reached', async () => approved(account, { acr: 'urn:gatehouse:acr:match' }), { acr_values: 'urn:gatehouse:acr:phone' }],
    ['the person must sign in anew', async () => approved(account, { decidedAt: Date.now() - 5000 }), { max_age: '1' }],
  ])('does not return silently where %s', async (_name, decide, parameters: Record<string, string>) => {
    const browser = new Browser();
    h.decide = decide;
    await signIn(h, browser, config);
    h.decide = () => approved(account);
    const { back } = await authorize(h, browser, config, { ...parameters, prompt: 'none' });
    expect(back.searchParams.get('error')).toBe('interaction_required');
    expect(back.searchParams.get('code')).toBeNull();
  });

  it('returns silently for the same named user, and ignores unknown voluntary levels', async () => {
    const browser = new Browser();
    h.decide = () => approved(account, { credentialHash: nameOf('alice') });
    await signIn(h, browser, config, { login_hint: 'alice' });
    h.decide = () => approved(account);
    const { back } = await authorize(h, browser, config, { login_hint: 'alice', acr_values: 'urn:other:level', prompt: 'none' });
    expect(back.searchParams.get('code')).toBeTruthy();
  });

  it('never reuses what was decided for one client for another', async () => {
    const browser = new Browser();
    await signIn(h, browser, config);
    const other = await h.discover(await h.addKey());
    const { back } = await authorize(h, browser, other, { prompt: 'none' });
    expect(back.searchParams.get('error')).toBe('interaction_required');
  });

  it('gives different pairwise subjects to different sectors, the same to the same', async () => {
    const sub = async (source: object) => (await signIn(h, new Browser(), await h.discover(await h.addKey(source)))).claims()?.sub;
    const [one, same, two, open] = [await sub({}), await sub({}), await sub({ sector: 'other.example' }), await sub({ subject_type: 'public' })];
    expect(one).toBe(same);
    expect(one).not.toBe(two);
    expect(open).toBe(account);
  });

  it('lets a client have redirect URIs on several hosts', async () => {
    const tokens = await signIn(h, new Browser(), await h.discover(await h.addKey({ redirect_uris: [REDIRECT, 'http://127.0.0.1:9/cb'] })));
    expect(tokens.claims()?.sub).toBe((await signIn(h, new Browser(), config)).claims()?.sub);
  });

  it('answers an essential acr with a value that was asked for, and an unmet one with an error', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:gatehouse:acr:match'] } } });
    const tokens = await signIn(h, new Browser(), config, { claims, acr_values: 'urn:gatehouse:acr:phone' });
    expect(tokens.claims()?.['acr']).toBe('urn:gatehouse:acr:match');
    const browser = new Browser();
    h.decide = () => approved(account, { acr: 'urn:gatehouse:acr:match' });
    const { back } = await authorize(h, browser, config, {
      claims: JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:gatehouse:acr:phone'] } } }), acr_values: 'urn:gatehouse:acr:match',
    });
    h.decide = () => approved(account);
    expect(back.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  it('steps up once for a voluntary level, then gives what was reached', async () => {
    const browser = new Browser();
    let journeys = 0;
    h.decide = () => { journeys += 1; return approved(account, { acr: 'urn:gatehouse:acr:match' }); };
    await signIn(h, browser, config);
    const tokens = await signIn(h, browser, config, { acr_values: 'urn:gatehouse:acr:phone' });
    h.decide = () => approved(account);
    expect(journeys).toBe(2);
    expect(tokens.claims()?.['acr']).toBe('urn:gatehouse:acr:match');
  });

  it('ends the first account\'s session where another account finishes in the same browser', async () => {
    const browser = new Browser();
    const first = await signIn(h, browser, config);
    const second = await h.addAccount();
    h.decide = () => approved(second);
    const tokens = await signIn(h, browser, config, { prompt: 'login' });
    h.decide = () => approved(account);
    expect(tokens.claims()?.sub).not.toBe(first.claims()?.sub);
    await expect(client.fetchUserInfo(config, first.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
    await expect(client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '')).resolves.toMatchObject({ policyDecision: 'approve' });
  });

  it('lets two tabs of one browser both finish', async () => {
    const browser = new Browser();
    const one = await start(config);
    const two = await start(config);
    const toInteraction = async (url: URL) => new URL((await browser.get(url)).headers.get('location') ?? '', h.issuer);
    const [first, second] = [await toInteraction(one.url), await toInteraction(two.url)];
    const [a, b] = [await browser.travel(first, h.issuer), await browser.travel(second, h.issuer)];
    expect(a.url.searchParams.get('code')).toBeTruthy();
    expect(b.url.searchParams.get('code')).toBeTruthy();
  });

  it('shows a friendly page on the back button, and issues one code to two parallel returns', async () => {
    const browser = new Browser();
    const interaction = new URL((await browser.get((await start(config)).url)).headers.get('location') ?? '', h.issuer);
    const back = (await browser.get(interaction)).headers.get('location') ?? '';
    const answers = await Promise.all([browser.get(back), browser.get(back), browser.get(back)]);
    expect(answers.filter((answer) => answer.headers.get('location')?.includes('code='))).toHaveLength(1);
    const late = await browser.get(back);
    expect(late.status).toBe(400);
    expect(await late.text()).toContain('data-code="session_not_found"');
    expect((await browser.get(interaction)).status).toBe(410);
  });

  it('resumes an interaction once, however the returns interleave', async () => {
    const browser = new Browser();
    const interaction = new URL((await browser.get((await start(config)).url)).headers.get('location') ?? '', h.issuer);
    const { Interaction } = h.oidc.provider();
    const uid = interaction.pathname.split('/').at(-1) ?? '';
    const [one, two] = [await Interaction.find(uid), await Interaction.find(uid)];
    await one?.destroy();
    await expect(two?.destroy()).rejects.toMatchObject({ name: 'SessionNotFound' });
    expect(two).toBeDefined();
  });

  it('carries a denial as an error, or as a token that belongs to nobody and is never reused', async () => {
    h.decide = () => ({ error: 'access_denied', description: 'no' });
    const refused = await authorize(h, new Browser(), config);
    expect(refused.back.searchParams.get('error')).toBe('access_denied');
    const browser = new Browser();
    h.decide = () => ({ ...approved('x'), accountId: undefined, verdict: 'deny', acr: undefined });
    const tokens = await signIn(h, browser, config, { scope: 'openid profile' });
    expect(tokens.claims()).toMatchObject({ policyDecision: 'deny' });
    const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '');
    expect(info).not.toHaveProperty('given_name');
    const again = await authorize(h, browser, config, { prompt: 'none' });
    expect(again.back.searchParams.get('error')).toBe('interaction_required');
    h.decide = () => approved(account);
    expect((await signIn(h, browser, config)).claims()).toMatchObject({ policyDecision: 'approve' });
  });

  it('ends sessions and tokens of an erased account', async () => {
    const erased = await h.addAccount();
    h.decide = () => approved(erased);
    const browser = new Browser();
    const tokens = await signIn(h, browser, config);
    h.decide = () => approved(account);
    await h.db.updateTable('account').set({ erased_at: 1, sealed: null }).where('id', '=', erased).execute();
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
    const { back } = await authorize(h, browser, config, { prompt: 'none' });
    expect(back.searchParams.get('error')).toBe('interaction_required');
  });

  it('takes pushed requests, and each of them once', async () => {
    const { verifier, url } = await start(config);
    const pushed = await client.buildAuthorizationUrlWithPAR(config, Object.fromEntries(url.searchParams));
    const { url: back } = await new Browser().travel(pushed, h.issuer);
    const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: url.searchParams.get('state') ?? '' });
    expect(tokens.access_token).toBeTruthy();
    const again = await new Browser().travel(pushed, h.issuer);
    expect(again.url.searchParams.get('code')).toBeNull();
  });

  it('refreshes with offline_access', async () => {
    const tokens = await signIn(h, new Browser(), config, { scope: 'openid offline_access', prompt: 'consent' });
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(fresh.claims()).toMatchObject({ policyDecision: 'approve' });
  });

  it('signs out by a page of ours and forgets the session', async () => {
    const browser = new Browser();
    const tokens = await signIn(h, browser, config);
    const page = await browser.get(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' }));
    const html = await page.text();
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
    const xsrf = /value="([^"]+)"/.exec(html)?.[1] ?? '';
    const out = await browser.send(action, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ xsrf, logout: 'yes' }) });
    expect(out.status).toBe(303);
    expect(await (await browser.get(out.headers.get('location') ?? '')).text()).toContain('signed out');
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
    const { back } = await authorize(h, browser, config, { prompt: 'none' });
    expect(back.searchParams.get('error')).toBe('interaction_required');
  });

  it('uses no default helper of the library, and logs no person', () => {
    expect(notices.filter((text) => text.includes('oidc-provider'))).toEqual([]);
    expect(JSON.stringify(h.logged)).not.toMatch(/Roshell|4075550123|alice|bob\.planted/);
    expect(h.logged.filter((fields) => 'event' in fields && fields.event === 'server_error')).toEqual([]);
  });
});
