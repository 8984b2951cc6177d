/** What a block ends at once: tokens are judged whenever they are shown, from memory, and nothing of them is deleted. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as client from 'openid-client';
import { stillHolds } from '../../src/oidc/standing.ts';
import type { ListedThings, ListKind, Lists, ListScope } from '../../src/journey/rules/lists.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError } from '../support/relying_party.ts';
import { approved, authorize, Browser, harness, Personal, PROFILE, signIn, type Harness, type Key } from './harness.ts';

const EMAIL = 'andrew@roshell.example';

describeDatabases('a token shown', (database) => {
  let h: Harness;
  let key: Key;
  let config: client.Configuration;
  let account: string;
  const asked: (readonly [ListedThings, ListScope])[] = [];
  let blocked: ListKind | undefined;
  let fresh = true;
  const lists: Lists = {
    look(things, scope) {
      asked.push([things, scope]);
      return { fresh, blocked: blocked === undefined ? [] : [{ kind: blocked, entry: 'lst_entry' }], allowed: [] };
    },
  };

  beforeAll(async () => {
    h = await harness(database, { lists });
    key = await h.addKey({ grant_types: ['authorization_code', 'refresh_token'] });
    config = await h.discover(key);
  });
  afterAll(() => h.close());
  beforeEach(async () => {
    [blocked, fresh] = [undefined, true];
    account = await h.addAccount();
    h.decide = () => approved(account, { deviceId: 'device-1', profile: Personal.of({ ...PROFILE, email: EMAIL }) });
  });

  const begin = () => signIn(h, new Browser(), config, { scope: 'openid profile offline_access', prompt: 'consent' });
  const refresh = (token: string | undefined) => client.refreshTokenGrant(config, token ?? '');
  const refused = async (attempt: Promise<unknown>): Promise<string> => (await oauthError(attempt)).error;
  const userinfo = (token: string) => fetch(`${h.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  const challenged = async (token: string): Promise<string> => {
    const answer = await userinfo(token);
    return `${answer.status} ${/error="(\w+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1]}`;
  };

  it('is looked up by all that its decision tells, for the mode and workflow of its key, with no statement', async () => {
    const tokens = await begin();
    lists.look({}, { mode: 'live', workflowId: 'x', now: 0 });
    asked.length = 0;
    h.statements.length = 0;
    await refresh(tokens.refresh_token);
    const [things, scope] = asked[0] ?? [];
    expect(asked).toHaveLength(1);
    expect(things).toMatchObject({ accountId: account, devices: ['device-1'] });
    expect(things).not.toHaveProperty('address');
    expect([things?.phone?.open(), things?.email?.open()]).toEqual([PROFILE.phone, EMAIL]);
    expect(scope).toMatchObject({ mode: 'test', workflowId: 'onboarding' });
    // The token with all that belongs to it, and the access token that is made.
    expect(h.statements, h.statements.join('\n')).toHaveLength(2);
  });

  it.each(['identity', 'phone', 'email', 'device'] as const)('ends with a block of a kind %s everywhere, and holds again without it', async (kind) => {
    const tokens = await begin();
    blocked = kind;
    h.logged.length = 0;
    expect(await refused(refresh(tokens.refresh_token))).toBe('invalid_grant');
    expect(await challenged(tokens.access_token)).toBe('401 invalid_token');
    expect(await client.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    expect(await client.tokenIntrospection(config, tokens.refresh_token ?? '')).toEqual({ active: false });
    expect(h.logged).toContainEqual(expect.objectContaining({ event: 'grant_listed', code: `listed_${kind}`, entry: 'lst_entry', clientId: key.clientId }));
    for (const planted of [EMAIL, PROFILE.phone, PROFILE.familyName]) expect(JSON.stringify(h.logged)).not.toContain(planted);
    blocked = undefined;
    expect((await refresh(tokens.refresh_token)).claims()).toMatchObject({ policyDecision: 'approve' });
    expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true });
    expect((await userinfo(tokens.access_token)).status).toBe(200);
  });

  it('says nothing of a list to whoever holds it', async () => {
    const tokens = await begin();
    const stranger = await oauthError(refresh('nobody-s'));
    blocked = 'phone';
    expect(await oauthError(refresh(tokens.refresh_token))).toEqual(stranger);
  });

  it('of somebody blocked since their code was given becomes no token', async () => {
    const made = await authorize(h, new Browser(), config);
    blocked = 'phone';
    expect(await refused(client.authorizationCodeGrant(config, made.back, { pkceCodeVerifier: made.verifier, expectedState: made.state }))).toBe('invalid_grant');
  });

  it('is kept by its client where nobody can tell: the answer is one to try again after, and then all is as it was', async () => {
    const tokens = await begin();
    const made = await authorize(h, new Browser(), config);
    fresh = false;
    const asIs = await fetch(`${h.issuer}/token`, {
      method: 'POST', headers: { authorization: `Basic ${btoa(`${key.clientId}:${key.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }),
    });
    expect([asIs.status, asIs.headers.get('retry-after'), await asIs.json()]).toEqual([503, '10', { error: 'temporarily_unavailable', error_description: expect.any(String) }]);
    // A stock client reports an answer that is none, and no verdict on the token.
    await expect(refresh(tokens.refresh_token)).rejects.toSatisfy((thrown: unknown) => thrown instanceof client.ClientError && !(thrown instanceof client.ResponseBodyError));
    expect((await userinfo(tokens.access_token)).status).toBe(503);
    await expect(client.tokenIntrospection(config, tokens.access_token)).rejects.toBeInstanceOf(client.ClientError);
    // A block is a block, heard of lately or not.
    blocked = 'identity';
    expect(await refused(refresh(tokens.refresh_token))).toBe('invalid_grant');
    blocked = undefined;
    // A code was judged when it was given, and could not be shown twice.
    expect((await client.authorizationCodeGrant(config, made.back, { pkceCodeVerifier: made.verifier, expectedState: made.state })).access_token).toBeTruthy();
    fresh = true;
    expect((await refresh(tokens.refresh_token)).access_token).toBeTruthy();
  });

  it('of a public client is not used up by an answer to try again after', async () => {
    const open = await h.addKey({ grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none' });
    const app = await h.discover(open, client.None());
    const tokens = await signIn(h, new Browser(), app, { scope: 'openid offline_access', prompt: 'consent' });
    fresh = false;
    await expect(client.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toBeInstanceOf(client.ClientError);
    fresh = true;
    blocked = 'phone';
    expect(await refused(client.refreshTokenGrant(app, tokens.refresh_token ?? ''))).toBe('invalid_grant');
    blocked = undefined;
    expect((await client.refreshTokenGrant(app, tokens.refresh_token ?? '')).refresh_token).not.toBe(tokens.refresh_token);
  });

  it('of an account that is erased or became part of another is over, for introspection too', async () => {
    const tokens = await begin();
    await h.db.updateTable('account').set({ erased_at: Date.now() }).where('id', '=', account).execute();
    expect(await refused(refresh(tokens.refresh_token))).toBe('invalid_grant');
    expect(await challenged(tokens.access_token)).toBe('401 invalid_token');
    expect(await client.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  it('whose decision is gone is over', async () => {
    const tokens = await begin();
    await h.db.deleteFrom('grant_outcome').where('account_id', '=', account).execute();
    expect(await refused(refresh(tokens.refresh_token))).toBe('invalid_grant');
    expect(await client.tokenIntrospection(config, tokens.refresh_token ?? '')).toEqual({ active: false });
  });

  it('of a key that was revoked is refused with its key', async () => {
    const theirs = await h.addKey({ grant_types: ['authorization_code', 'refresh_token'] });
    const app = await h.discover(theirs);
    const tokens = await signIn(h, new Browser(), app, { scope: 'openid offline_access', prompt: 'consent' });
    await h.db.updateTable('workflow_key').set({ revoked_at: Date.now() }).where('client_id', '=', theirs.clientId).execute();
    await expect(client.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toBeInstanceOf(client.WWWAuthenticateChallengeError);
    expect(await challenged(tokens.access_token)).toBe('401 invalid_token');
  });

  it('of whose key nothing is known is no yes', async () => {
    const outcome = async () => ({ verdict: 'approve', journeyId: 'j', accountId: account, deviceId: undefined, boundDevices: [], profile: async () => undefined });
    const deps = { records: { outcome } as unknown as Parameters<typeof stillHolds>[0]['records'], lists, logger: { info: () => undefined } as unknown as Parameters<typeof stillHolds>[0]['logger'], now: Date.now };
    const ctx = (by: object | undefined) => ({ oidc: { client: by }, set: () => undefined }) as unknown as Parameters<typeof stillHolds>[1];
    const token = { kind: 'AccessToken', grantId: 'g' };
    expect(await stillHolds(deps, ctx({ gatehouse_mode: 'test', gatehouse_workflow: 'onboarding' }), token)).toBe(true);
    await expect(stillHolds(deps, ctx(undefined), token)).rejects.toMatchObject({ code: 'library_changed', status: 500 });
  });

  it('of a denial belongs to nobody, whom no list blocks', async () => {
    const denied = { ...approved('x'), accountId: undefined, verdict: 'deny', acr: undefined, profile: undefined } as const;
    h.decide = () => denied;
    const tokens = await signIn(h, new Browser(), config);
    blocked = 'phone';
    fresh = false;
    expect((await userinfo(tokens.access_token)).status).toBe(200);
  });
});
