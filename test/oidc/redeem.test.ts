/** A code is read together with its client and marked as used together with its token; single use holds all the same. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as client from 'openid-client';
import { oauthError } from '../support/relying_party.ts';
import { describeDatabases } from '../support/postgres.ts';
import { approved, authorize, Browser, harness, signIn, type Harness, type Key } from './harness.ts';

describeDatabases('redeeming a code', (database) => {
  let h: Harness;
  let key: Key;
  let config: client.Configuration;
  let account: string;

  beforeAll(async () => {
    h = await harness(database);
    key = await h.addKey();
    config = await h.discover(key);
    account = await h.addAccount();
    h.decide = () => approved(account);
  });
  afterAll(() => h.close());

  const redeem = (by: client.Configuration, made: Awaited<ReturnType<typeof authorize>>) =>
    client.authorizationCodeGrant(by, made.back, { pkceCodeVerifier: made.verifier, expectedState: made.state });
  const errorOf = async (attempt: Promise<unknown>): Promise<string> => (await oauthError(attempt)).error;

  it('succeeds once of ten parallel times, and leaves one access token at most', async () => {
    const made = await authorize(h, new Browser(), config);
    const before = await tokens();
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => redeem(config, made)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    // A replay revokes what the code became (RFC 6749 section 4.1.2).
    expect((await tokens()) - before).toBeLessThanOrEqual(1);
  });

  it('uses the code up even where no token came of it', async () => {
    const made = await authorize(h, new Browser(), config);
    const erase = (at: number | null) => h.db.updateTable('account').set({ erased_at: at }).where('id', '=', account).execute();
    await erase(Date.now());
    expect(await errorOf(redeem(config, made))).toBe('invalid_grant');
    await erase(null);
    expect(await errorOf(redeem(config, made))).toBe('invalid_grant');
    const rows = await h.db.selectFrom('oidc_record').select('consumed_at').where('model', '=', 'AuthorizationCode').orderBy('expires_at', 'desc').execute();
    expect(rows[0]?.consumed_at).not.toBeNull();
  });

  it('does not use it up by a wrong verifier, nor by another client', async () => {
    const made = await authorize(h, new Browser(), config);
    const stranger = await h.discover(await h.addKey());
    expect(await errorOf(redeem(config, { ...made, verifier: client.randomPKCECodeVerifier() }))).toBe('invalid_grant');
    expect(await errorOf(redeem(stranger, made))).toBe('invalid_grant');
    expect((await redeem(config, made)).access_token).toBeTruthy();
  });

  it('refuses a key that was revoked after the code was given, and a token of it from then on', async () => {
    const theirs = await h.addKey();
    const app = await h.discover(theirs);
    const held = await signIn(h, new Browser(), app);
    const made = await authorize(h, new Browser(), app);
    await h.db.updateTable('workflow_key').set({ revoked_at: Date.now() }).where('client_id', '=', theirs.clientId).execute();
    await expect(redeem(app, made)).rejects.toThrow(client.WWWAuthenticateChallengeError);
    await expect(client.fetchUserInfo(app, held.access_token, client.skipSubjectCheck)).rejects.toThrow(client.WWWAuthenticateChallengeError);
  });

  it('refuses a changed secret at the next request', async () => {
    const theirs = await h.addKey();
    const app = await h.discover(theirs);
    await signIn(h, new Browser(), app);
    const made = await authorize(h, new Browser(), app);
    await h.db.updateTable('workflow_key').set({ secret_hash: '00'.repeat(32) }).where('client_id', '=', theirs.clientId).execute();
    await expect(redeem(app, made)).rejects.toThrow(client.WWWAuthenticateChallengeError);
  });

  async function tokens(): Promise<number> {
    return (await h.db.selectFrom('oidc_record').select('model').where('model', '=', 'AccessToken').execute()).length;
  }
});
