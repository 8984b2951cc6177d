import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configFrom } from '../src/config.ts';
import type { Gatehouse } from '../src/gatehouse.ts';
import { hashClientSecret } from '../src/oidc/clients.ts';
import { seedQuickstart, writeQuickstart } from '../src/quickstart.ts';
import type { WorkflowKey } from '../src/store/workflow_keys.ts';

const DEMO = { origin: 'http://localhost:3001', callback: 'http://localhost:3001/callback', phoneDone: 'http://localhost:3001/phone-done' };
let folder: string;
let keys: Map<string, WorkflowKey>;
let deployed: { id: string; definition: { options: { asyncUIRedirect?: string | undefined; consentTexts: Record<string, string> } } }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-quickstart-'));
  keys = new Map();
  deployed = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The two stores that seeding uses. */
function gatehouse(): Gatehouse {
  const doors: Pick<Gatehouse, 'workflows' | 'workflowKeys'> = {
    workflows: {
      deployed: async () => undefined,
      version: async () => undefined,
      deploy: async (id, definition) => {
        deployed.push({ id, definition });
        return { id, version: 1, definition };
      },
    },
    workflowKeys: {
      find: async (id) => keys.get(id),
      save: async (key) => void keys.set(key.clientId, key),
    },
  };
  return doors as Gatehouse;
}

/** What a start does; gives the facts as they stand in the file. */
async function start(env: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown> & { clientId: string; clientSecret: string; redirectUris: string[] }> {
  const config = configFrom({ DATA_DIR: folder, ...env });
  await writeQuickstart(config.dataDir, await seedQuickstart(gatehouse(), config, DEMO));
  return JSON.parse(await readFile(join(folder, 'quickstart.json'), 'utf8')) as Awaited<ReturnType<typeof start>>;
}
const redirects = (clientId: string): unknown => (keys.get(clientId)?.metadata as { redirect_uris: unknown } | undefined)?.redirect_uris;

describe('a first start', () => {
  test('writes everything that is needed, for its owner alone', async () => {
    const facts = await start({ PORT: '4123' });
    expect(facts).toEqual({
      issuer: 'http://localhost:4123', clientId: expect.stringMatching(/^test_/), clientSecret: expect.stringMatching(/^[\w-]{43}$/),
      redirectUris: [DEMO.callback], demo: DEMO.origin, outbox: 'http://localhost:4123/dev/outbox',
    });
    expect((await stat(join(folder, 'quickstart.json'))).mode & 0o777).toBe(0o600);
  });

  test('makes the folder, readable by nobody else, and leaves nothing half-written in it', async () => {
    folder = join(folder, 'deeper');
    await start();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(['quickstart.json']);
  });

  test('deploys a workflow that publishes, with consent texts in both languages', async () => {
    await start();
    expect(deployed).toMatchObject([{ id: 'user_onboarding', definition: { options: { asyncUIRedirect: DEMO.phoneDone } } }]);
    expect(Object.keys(deployed[0]?.definition.options.consentTexts ?? {})).toEqual(['en', 'es']);
  });

  test('keeps the secret as its hash, under a test key', async () => {
    const { clientId, clientSecret } = await start();
    expect(keys.get(clientId)).toMatchObject({ workflowId: 'user_onboarding', mode: 'test', secretHash: hashClientSecret(clientSecret) });
    expect(JSON.stringify([...keys])).not.toContain(clientSecret);
  });
});

describe('a second start', () => {
  test('finds its key', async () => {
    const first = await start();
    expect(await start()).toEqual(first);
    expect(keys.size).toBe(1);
  });

  test('follows the redirect URIs of the configuration, each once, the demo always among them', async () => {
    const { clientId } = await start({ QUICKSTART_REDIRECT_URIS: 'http://localhost:9/a, https://b.example/cb,http://localhost:9/a' });
    expect(redirects(clientId)).toEqual([DEMO.callback, 'http://localhost:9/a', 'https://b.example/cb']);
    const second = await start();
    expect(second).toMatchObject({ clientId, redirectUris: [DEMO.callback] });
    expect(redirects(clientId)).toEqual([DEMO.callback]);
  });

  test('keeps what was set in the console meanwhile, and takes back the redirect URIs it gave itself', async () => {
    const { clientId } = await start({ QUICKSTART_REDIRECT_URIS: 'http://localhost:9/a' });
    const key = keys.get(clientId) as WorkflowKey;
    const metadata = key.metadata as { redirect_uris: string[] };
    keys.set(clientId, { ...key, metadata: { ...metadata, client_name: 'Renamed', deny_as: 'token', redirect_uris: [...metadata.redirect_uris, 'https://mine.example/cb'] } });
    expect(await start()).toMatchObject({ clientId, redirectUris: [DEMO.callback] });
    expect(keys.get(clientId)?.metadata).toMatchObject({ client_name: 'Renamed', deny_as: 'token', sector: 'quickstart', redirect_uris: [DEMO.callback, 'https://mine.example/cb'] });
    await start();
    expect(redirects(clientId)).toEqual([DEMO.callback, 'https://mine.example/cb']);
  });

  test('makes another key where the database lost it or holds another secret, and shuts an open file', async () => {
    const first = await start();
    keys.clear();
    await chmod(join(folder, 'quickstart.json'), 0o644);
    const second = await start();
    expect(second.clientId).not.toBe(first.clientId);
    expect((await stat(join(folder, 'quickstart.json'))).mode & 0o777).toBe(0o600);
    keys.set(second.clientId, { ...(keys.get(second.clientId) as WorkflowKey), secretHash: hashClientSecret('other') });
    expect((await start()).clientId).not.toBe(second.clientId);
  });

  test.each(['{"clientSecret":"do-not-quote-me"', '{"clientSecret":"do-not-quote-me"}', '[]'])('refuses a damaged file, and quotes nothing of it: %s', async (text) => {
    await writeFile(join(folder, 'quickstart.json'), text);
    const refused: unknown = await start().catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'quickstart_unreadable' });
    expect(String((refused as Error).stack)).not.toContain('do-not-quote-me');
  });
});

test.each(['http://app.example.com/cb', 'not a uri', 'https://*.example.com/cb'])('a redirect URI that no key may have is refused: %s', async (uri) => {
  await expect(start({ QUICKSTART_REDIRECT_URIS: uri })).rejects.toMatchObject({ name: 'GatehouseError' });
});
