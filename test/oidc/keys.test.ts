import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keysCommand, PREVIOUS_KEY_LIFE, signingKeys } from '../../src/oidc/keys.ts';
import { signingKeyStore } from '../../src/store/signing_keys.ts';
import { describeDatabases } from '../support/postgres.ts';
import { approved, Browser, harness, signIn, type Harness, type Key } from './harness.ts';

describeDatabases('signing keys', (database) => {
  let h: Harness;
  let key: Key;
  beforeAll(async () => {
    h = await harness(database);
    key = await h.addKey();
    const account = await h.addAccount();
    h.decide = () => approved(account);
  });
  afterAll(() => h.close());

  const published = async (): Promise<string[]> =>
    ((await (await fetch(`${h.issuer}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map((one) => one.kid);
  const verified = async (token: string): Promise<JWTPayload> => (await jwtVerify(token, createRemoteJWKSet(new URL(`${h.issuer}/jwks`)))).payload;

  it('rotate without a restart: next was published before, previous still verifies', async () => {
    const config = await h.discover(key);
    const before = await signIn(h, new Browser(), config);
    const kids = await published();
    const provider = h.oidc.provider();
    expect(await h.oidc.refresh()).toBe(false);
    expect(await keysCommand('rotate', signingKeyStore(h.db), h.vault)).toHaveLength(3);
    expect(await h.oidc.refresh()).toBe(true);
    expect(h.oidc.provider()).not.toBe(provider);
    const after = await signIn(h, new Browser(), await h.discover(key));
    const [old, fresh] = [before, after].map((tokens) => decodeProtectedHeader(tokens.id_token ?? '').kid ?? '');
    expect(fresh).not.toBe(old);
    expect(kids).toContain(fresh);
    expect(await published()).toHaveLength(7);
    await expect(verified(before.id_token ?? '')).resolves.toMatchObject({ aud: key.clientId });
    await expect(verified(after.id_token ?? '')).resolves.toMatchObject({ aud: key.clientId });
  });

  it('are swapped in by the poll, with sessions and cookies intact', async () => {
    const config = await h.discover(key);
    const browser = new Browser();
    await signIn(h, browser, config);
    const provider = h.oidc.provider();
    await h.vault.rotate('cookie');
    h.oidc.start(20);
    await expect.poll(() => h.oidc.provider() !== provider).toBe(true);
    h.oidc.stop();
    await expect(signIn(h, browser, config, { prompt: 'none' })).resolves.toHaveProperty('access_token');
  });

  it('are rotated once by two processes at the same time', async () => {
    const store = signingKeyStore(h.db);
    const raced = await Promise.all([signingKeys(store, h.vault).rotate(), signingKeys(store, h.vault).rotate()]);
    const rows = await store.all();
    for (const alg of ['RS256', 'ES256', 'ECDH-ES']) {
      expect(raced.flat().filter((one) => one === alg).length).toBeGreaterThanOrEqual(1);
      for (const state of ['current', 'next']) expect(rows.filter((row) => row.alg === alg && row.state === state)).toHaveLength(1);
    }
  });

  it('are made once by processes that start at the same time, and leave when their time has come', async () => {
    await h.db.deleteFrom('signing_key').execute();
    const store = signingKeyStore(h.db);
    const sets = await Promise.all([1, 2, 3].map(() => signingKeys(store, h.vault).load()));
    expect(new Set(sets.map((set) => set.id)).size).toBe(1);
    await signingKeys(store, h.vault).rotate();
    const later = Date.now() + PREVIOUS_KEY_LIFE + 1000;
    expect((await signingKeys(store, h.vault, () => later).load()).jwks.keys).toHaveLength(6);
    expect(await store.all()).toHaveLength(9);
    await store.removeExpired(later);
    expect(await store.all()).toHaveLength(6);
  });

  it('rest sealed, and are listed without secrets', async () => {
    const rows = await h.db.selectFrom('signing_key').selectAll().execute();
    for (const row of rows) expect(Buffer.from(row.sealed).toString('latin1')).not.toMatch(/"d"|kty/);
    expect((await keysCommand('list', signingKeyStore(h.db), h.vault)).join('\n')).toMatch(/^RS256 current /m);
    expect((await keysCommand('rewrap', signingKeyStore(h.db), h.vault))[0]).toBe('0 data keys are wrapped by the first master key now; the others may be removed');
    await expect(keysCommand('explode', signingKeyStore(h.db), h.vault)).rejects.toMatchObject({ code: 'unknown_command' });
  });

  it('ES256 signs for clients that ask for it', async () => {
    const tokens = await signIn(h, new Browser(), await h.discover(await h.addKey({ id_token_signed_response_alg: 'ES256' })));
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('ES256');
  });
});
