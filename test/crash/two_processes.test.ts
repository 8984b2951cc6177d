/**
 * Two gateways on one database, behind a proxy that gives every request to the other one: no step may depend on what
 * only one process knows.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PURPOSES } from '../../src/vault/vault.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { eventually } from '../support/ports.ts';
import { ROOT, startProcess, type GatewayProcess } from '../support/process.ts';
import { oauthError, RelyingParty } from '../support/relying_party.ts';
import { startRoundRobin, type RoundRobinProxy } from '../support/round_robin_proxy.ts';
import { dataFolder, rowsOf, seedKey, SETTINGS } from './world.ts';
import { Walk } from './walk.ts';

vi.setConfig({ testTimeout: 300_000 });

describe('two processes on one PostgreSQL', () => {
  let database: FreshDatabase;
  let proxy: RoundRobinProxy;
  let processes: readonly GatewayProcess[] = [];
  let dataDir: string;
  let env: Record<string, string>;
  let rp: RelyingParty;
  let oldKids: readonly string[];
  let oldEncryption: readonly string[];
  let rotated: Promise<string>;

  const kidsOf = async ({ port }: GatewayProcess, use: 'sig' | 'enc' = 'sig'): Promise<readonly string[]> => {
    const { keys } = (await (await fetch(`http://127.0.0.1:${port}/jwks`)).json()) as { keys: { kid: string; use: string }[] };
    return keys.filter((key) => key.use === use).map((key) => key.kid).toSorted();
  };
  const count = async (statement: string): Promise<number> => (await rowsOf<{ n: number }>(database.address, `SELECT count(*)::int AS n FROM ${statement}`))[0]?.n ?? -1;

  beforeAll(async () => {
    database = await freshDatabase('postgres');
    // As empty as a new installation: the processes race for the schema and for every first key.
    await rowsOf(database.address, 'DROP SCHEMA public CASCADE');
    await rowsOf(database.address, 'CREATE SCHEMA public');
    proxy = await startRoundRobin([]);
    dataDir = await dataFolder();
    env = {
      ...SETTINGS, DATA_DIR: dataDir, QUICKSTART: 'off', ISSUER: proxy.origin, TRUSTED_PROXY_HOPS: '1',
      DATABASE_URL: database.url ?? '', MASTER_KEYS: `shared:${randomBytes(32).toString('base64')}`,
    };
    processes = await Promise.all([startProcess({ env }), startProcess({ env })]);
    proxy.use(processes.map(({ port }) => `http://127.0.0.1:${port}`));
    rp = await RelyingParty.discover({ issuer: proxy.origin, ...(await seedKey(database.address, {})) });
    oldKids = await kidsOf(processes[0] as GatewayProcess);
    oldEncryption = await kidsOf(processes[0] as GatewayProcess, 'enc');
    rotated = promisify(execFile)(process.execPath, ['src/commands/keys.ts', 'rotate'], { cwd: ROOT, env: { PATH: process.env['PATH'], ...env } }).then(({ stdout }) => stdout);
  });
  afterAll(async () => {
    for (const one of processes) await one.close();
    await proxy.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('race for an empty database and end with one schema and one set of keys', async () => {
    // Of each algorithm that signs the current one and the next; to encrypt with, the current one alone.
    expect(oldKids).toHaveLength(4);
    expect(oldEncryption).toHaveLength(1);
    expect(await count('kysely_migration')).toBeGreaterThan(0);
    expect(await count('data_key WHERE retired_at IS NULL')).toBe(PURPOSES.length);
    expect(await count(`signing_key WHERE state IN ('current', 'next')`)).toBe(6);
  });

  it('serve one journey alternately, tokens, refresh and sign-out included', async () => {
    const first = proxy.served.length;
    const walk = await Walk.begin(rp, { scope: 'openid profile offline_access', prompt: 'consent' });
    await walk.open();
    const tokens = await walk.finish();
    expect(await rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
    const refreshed = await rp.refresh(tokens.refresh_token ?? '');
    expect((await rp.userinfo(refreshed)).sub).toBe(tokens.claims()?.sub);
    const back = await Walk.begin(rp, { scope: 'openid profile', prompt: 'none' }, walk.person);
    await back.open();
    expect((await back.finish()).claims()?.sub).toBe(tokens.claims()?.sub);

    await walk.person.open(rp.endSessionUrl(tokens));
    expect(walk.person.page).toBe('logout');
    await walk.person.press();
    expect(walk.person.page).toBe('logout_success');
    const gone = await Walk.begin(rp, { scope: 'openid profile', prompt: 'none' }, walk.person);
    await gone.open();
    expect((await oauthError(gone.finish())).error).toBe('interaction_required');

    const served = proxy.served.slice(first);
    expect(new Set(served.map((one) => one.backend)).size).toBe(2);
    expect(served.filter((one, index) => one.backend === served[index + 1]?.backend)).toEqual([]);
    expect(served.filter((one) => one.status >= 400)).toEqual([]);
  });

  it('redeem a code once, however many try at the same moment', async () => {
    const walk = await Walk.begin(rp);
    await walk.open();
    await walk.until();
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => walk.finish()));
    const lost = attempts.filter((attempt) => attempt.status === 'rejected');
    expect(lost).toHaveLength(9);
    for (const { reason } of lost) expect(reason).toMatchObject({ error: 'invalid_grant' });
  });

  it('take one of many answers from the phone', async () => {
    const walk = await Walk.begin(rp);
    await walk.open();
    await walk.until('sms_wait');
    const right = walk.person.output ?? '';
    const phone = await walk.openLink();
    const { form } = phone;
    const wrong = form.buttons.find((button) => button.name === 'number' && button.value !== right)?.value ?? '';
    const answers = await Promise.all([right, wrong, right, wrong, right, wrong].map((number) => {
      const body = phone.encoded(form);
      body.append('number', number);
      return phone.send(form.action, { method: 'POST', body, headers: { origin: proxy.origin, 'sec-fetch-site': 'same-origin' } });
    }));
    // The winner is told the outcome; for all others the link is gone.
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 410, 410, 410, 410, 410]);
    await walk.again();
    const confirmed = answers.some((answer) => answer.body.includes('data-page="phone_done"'));
    expect(walk.person.page).toBe(confirmed ? 'finished' : 'denied');
    const ends = await rowsOf<{ outcome: string }>(database.address, `SELECT outcome FROM journey_event WHERE name = 'possession_link'
      AND journey_id = (SELECT id FROM journey ORDER BY created_at DESC LIMIT 1)`);
    expect(ends).toEqual([{ outcome: confirmed ? 'success' : 'failure' }]);
  });

  it('notice rotated keys without a restart', async () => {
    expect(await rotated).toContain('the next key is in use now');
    const news = await eventually('both to know the new keys', async () => {
      const [one, other] = await Promise.all(processes.map((each) => kidsOf(each)));
      return one?.join() === other?.join() && one?.join() !== oldKids.join() ? one : undefined;
    }, 120_000);
    // Two new ones to sign next, and all four old ones still verify.
    expect(news).toHaveLength(6);
    expect(news).toEqual(expect.arrayContaining([...oldKids]));
    const [encryption, elsewhere] = await Promise.all(processes.map((one) => kidsOf(one, 'enc')));
    expect(encryption).toEqual(elsewhere);
    expect(encryption).not.toEqual(oldEncryption);
    const walk = await Walk.begin(rp);
    await walk.open();
    const { id_token: token } = await walk.finish();
    const { kid } = JSON.parse(Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString()) as { kid: string };
    const current = await rowsOf<{ kid: string }>(database.address, `SELECT kid FROM signing_key WHERE state = 'current' ORDER BY alg`);
    expect(current.map((row) => row.kid)).toContain(kid);
  });
});
