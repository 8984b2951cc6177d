/** Stopping as asked, and refusing to start with a reason that an operator can act on. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually, freePort, pause } from '../support/ports.ts';
import { describeDatabases } from '../support/postgres.ts';
import { ROOT } from '../support/process.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { dataFolder, inWorld, readFacts, rowsOf, seedKey, SETTINGS, startWorld, type World } from './world.ts';
import { Walk } from './walk.ts';

vi.setConfig({ testTimeout: 300_000 });

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A start that is expected to end by itself. */
async function runToEnd(env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/main.ts'], { cwd: ROOT, env: { PATH: process.env['PATH'], ...SETTINGS, ...env }, timeout: 240_000 }, (error, stdout, stderr) => {
      const code: unknown = error === null ? 0 : error.code;
      resolve({ code: typeof code === 'number' ? code : null, stdout, stderr });
    });
  });
}

describeDatabases('a stop that was asked for', ({ kind }) => {
  const signal = kind === 'pglite' ? 'SIGINT' : 'SIGTERM';

  it(`${signal} lets the request under way finish, ends with 0, and the next start goes on`, () => inWorld(kind, async (world) => {
    const { clientId } = await readFacts(world.dataDir);
    // Right after the first answer already, nothing may be torn away.
    expect(await world.process.terminate(signal)).toBe(0);
    const key = await seedKey(world.database, { phoneRisk: { simSwap: false, recycled: false } });
    await world.process.start();
    // The carrier takes several seconds to answer about this number: asking it is given up after three.
    const walk = await Walk.begin(await RelyingParty.discover({ issuer: world.origin, ...key }), { phone: '+1 202 555 0131' });
    const { person } = walk;
    await walk.open();
    await walk.until('pii_review');
    const body = person.encoded();
    body.append('action', 'send');
    const cookie = person.cookies.header(new URL(person.form.action)) ?? '';
    // On a connection that the client would like to keep, as browsers do.
    const asked = fetch(person.form.action, {
      method: 'POST', body, redirect: 'manual',
      headers: { ...person.device.headers, 'user-agent': person.device.userAgent, cookie, origin: world.origin, 'sec-fetch-site': 'same-origin' },
    });
    const answered = asked.then(() => performance.now());
    // Asked later and answered: the gateway has the form by now.
    await eventually('the gateway to have the form', async () => (await fetch(`${world.origin}/healthz`)).ok, 90_000);
    // The health check went by a connection of its own, which may have been the quicker one to be read.
    await pause(300);
    const pid = world.process.pid() ?? 0;
    const ended = world.process.terminate(signal).then((code) => ({ code, at: performance.now() }));
    expect((await asked).status).toBe(303);
    const { code, at } = await ended;
    expect(code).toBe(0);
    // Nobody holds it up: long before connections are cut by force.
    expect(at - (await answered)).toBeLessThan(9_000);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(fetch(`${world.origin}/healthz`)).rejects.toThrow();
    expect(world.process.stderr()).not.toMatch(/Error|rejection/);

    await world.process.start();
    expect((await readFacts(world.dataDir)).clientId).toBe(clientId);
    await walk.again();
    expect(person.page).toBe('sms_wait');
    expect((await walk.finish()).claims()).toMatchObject({ policyDecision: 'approve' });
  }));
});

describe('a start that is refused', () => {
  let world: World;
  let dataDir: string;
  beforeAll(async () => {
    world = await startWorld('pglite');
    dataDir = await dataFolder();
  });
  afterAll(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('where another process has the embedded database open, which goes on undisturbed', async () => {
    const { code, stderr } = await runToEnd({ DATA_DIR: world.dataDir, PORT: String(await freePort()) });
    expect(code).toBe(1);
    expect(stderr).toContain('Gatehouse did not start (database_in_use)');
    expect(stderr).toContain(`process ${world.process.pid()}`);
    const walk = await Walk.begin(await world.relyingParty());
    await walk.open();
    expect((await walk.finish()).claims()).toMatchObject({ policyDecision: 'approve' });
    // A lock goes with its holder.
    expect(existsSync(join(world.dataDir, 'postgres.lock'))).toBe(true);
    await world.process.terminate();
    expect(existsSync(join(world.dataDir, 'postgres.lock'))).toBe(false);
    await world.process.start();
  });

  it('where the port is taken', async () => {
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((listening) => taken.listen(port, '127.0.0.1', listening));
    const { code, stderr, stdout } = await runToEnd({ DATA_DIR: dataDir, PORT: String(port) });
    await new Promise((closed) => taken.close(closed));
    expect(code).toBe(1);
    expect(stderr).toContain(`Gatehouse did not start (port_taken): port ${port} is taken by another program: stop that one, or choose another PORT`);
    expect(stdout).not.toContain('ready');
  });

  it('where the configuration is wrong, naming every fault and no value', async () => {
    const { code, stderr } = await runToEnd({
      DATA_DIR: dataDir, NODE_ENV: 'production', PORT: '70000', ISSUER: 'http://id.example.com/sso', MASTER_KEYS: 'one:c2hvcnQ=', LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:hunter2@db/x', SMS_SENDER: 'pigeon', TRUSTED_PROXY_HOPS: '-1', DENY_LIST_FILES: 'nonsense', QUICKSTART: 'on',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('Gatehouse did not start (configuration_refused)');
    const named = [...stderr.matchAll(/^ {2}- (\w+):/gm)].map((match) => match[1]);
    expect([...new Set(named)].toSorted()).toEqual(['DATABASE_URL', 'DENY_LIST_FILES', 'ISSUER', 'LOG_LEVEL', 'MASTER_KEYS', 'PORT', 'QUICKSTART', 'SMS_SENDER', 'TRUSTED_PROXY_HOPS']);
    expect(stderr).not.toMatch(/hunter2|c2hvcnQ|pigeon|loud|70000/);
  });

  it('where the database was made by a newer version, and leaves it as it is', () => inWorld('postgres', async (other) => {
    await other.process.terminate();
    await rowsOf(other.database, `INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-from-the-future', '2099-01-01T00:00:00Z')`);
    const url = other.database.kind === 'postgres' ? other.database.url : '';
    const { code, stderr } = await runToEnd({ DATA_DIR: other.dataDir, PORT: String(await freePort()), DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toContain('Gatehouse did not start (schema_refused)');
    expect(stderr).toContain('9999-from-the-future');
  }));
});
