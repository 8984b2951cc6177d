/** The program that integrators copy, run as they run it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, settingsOf } from '../../../src/admin/keys/settings.ts';
import { snippetOf } from '../../../src/admin/keys/snippet.ts';
import { newClient, type StoredClientSource } from '../../../src/oidc/clients.ts';
import { approved, Browser, harness, REDIRECT, type Harness } from '../../oidc/harness.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { ROOT } from '../../support/process.ts';

describe('the integrator’s example', () => {
  let h: Harness;
  let folder: string;
  beforeAll(async () => {
    h = await harness({ kind: 'postgres', fresh: () => freshDatabase('postgres') });
    const account = await h.addAccount();
    h.decide = () => approved(account);
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-snippet-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(async () => {
    await h.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Run it; the browser goes to the address it prints, and its way back is pasted. */
  async function run(source: Partial<StoredClientSource>, env: Record<string, string> = {}): Promise<{ url: URL; out: string; code: number | null }> {
    const key = await h.addKey(source);
    const settings = settingsOf(newClient({ client_name: 'x', redirect_uris: [REDIRECT], ...source }, 'test'));
    const file = join(folder, `${key.clientId}.mjs`);
    await writeFile(file, snippetOf({ issuer: h.issuer, clientId: key.clientId, settings }));
    const child = spawn(process.execPath, [file], { cwd: folder, env: { PATH: process.env['PATH'], CLIENT_SECRET: key.secret, ...env } });
    let out = '';
    let url: URL | undefined;
    let asked = false;
    child.stderr.on('data', (chunk: Buffer) => { out += chunk.toString(); });
    const ended = new Promise<number | null>((done) => child.on('close', done));
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const [, found] = /Open this address:\n(\S+)/.exec(out) ?? [];
      if (found === undefined || asked || !out.includes('Paste')) return;
      asked = true;
      url = new URL(found);
      void new Browser().travel(url, h.issuer).then(({ url: back }) => child.stdin.end(`${back.href}\n`));
    });
    const code = await ended;
    if (!url) throw new Error(`no address was printed: ${out}`);
    return { url, out, code };
  }

  test.each<[string, Partial<StoredClientSource>]>([
    ['with a secret in the header', {}],
    ['with a secret in the form, pushed', { token_endpoint_auth_method: 'client_secret_post', require_pushed_authorization_requests: true }],
    ['without a secret', { token_endpoint_auth_method: 'none' }],
    ['with bound tokens and refresh', { dpop_bound_access_tokens: true, grant_types: ['authorization_code', 'refresh_token'] }],
  ])('runs %s, from discovery to the claims', async (_how, source) => {
    const { url, out, code } = await run(source);
    expect(url.href.startsWith(`${h.issuer}/authorize?`)).toBe(true);
    expect(code, out).toBe(0);
    expect(out).toContain(`iss: '${h.issuer}'`);
    expect(out).toContain(`policyDecision: 'approve'`);
  });

  test('runs with a private key', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const [secret, open] = [{ ...(await exportJWK(pair.privateKey)), kid: 'mine' }, { ...(await exportJWK(pair.publicKey)), kid: 'mine' }];
    await writeFile(join(folder, 'key.jwk'), JSON.stringify(secret));
    const { out, code } = await run({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [open as Record<string, unknown>] } }, { PRIVATE_KEY: join(folder, 'key.jwk') });
    expect(code, out).toBe(0);
    expect(out).toContain(`policyDecision: 'approve'`);
  });

  test('holds what was typed as text, never as code, and no secret', () => {
    const uri = 'https://app.example.com/?a=`${process.exit(1)}`\'";//';
    const text = snippetOf({ issuer: 'https://id.example.com', clientId: 'test_x', settings: { ...DEFAULT_SETTINGS, redirectUris: [uri] } });
    expect(text).toContain(JSON.stringify(uri));
    expect(text).not.toContain('allowInsecureRequests');
  });
});
