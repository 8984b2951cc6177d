/**
 * The README's promise, tried on a fresh clone: `npm start` gives a working gateway, a signal stops it cleanly, and a
 * second start finds its data. Usage: node test/support/smoke.ts <folder of a clone with its packages installed>
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { strict as assert } from 'node:assert';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess } from './process.ts';

interface Quickstart {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly demo: string;
  readonly outbox: string;
}

async function mustAnswer(name: string, url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
  assert.equal(response.status, 200, `${name} at ${url}`);
  console.log(`  ${name}: 200`);
}

async function readQuickstart(data: string): Promise<Quickstart> {
  const file = join(data, 'quickstart.json');
  assert.equal((await stat(file)).mode & 0o777, 0o600, 'mode of quickstart.json');
  const facts = JSON.parse(await readFile(file, 'utf8')) as Quickstart;
  for (const name of ['issuer', 'clientId', 'clientSecret', 'demo', 'outbox'] as const) {
    assert.ok(typeof facts[name] === 'string' && facts[name] !== '', `quickstart.json says ${name}`);
  }
  assert.ok(facts.redirectUris.length > 0, 'quickstart.json says redirectUris');
  return facts;
}

const [clone] = process.argv.slice(2);
assert.ok(clone, 'which folder?');
const data = await mkdtemp(join(tmpdir(), 'gatehouse-smoke-'));
const port = await freePort();
const gateway = await startProcess({
  command: ['npm', 'start'],
  cwd: clone,
  port,
  env: { DATA_DIR: data },
  patience: 90_000,
  group: true,
});
try {
  console.log(`smoke: npm start on port ${port}`);
  const first = await readQuickstart(data);
  await mustAnswer('discovery', `${first.issuer}/.well-known/openid-configuration`);
  await mustAnswer('demo', first.demo);
  await mustAnswer('outbox', first.outbox);
  assert.equal(await gateway.terminate('SIGTERM', 60_000), 0, 'exit code after SIGTERM');
  console.log('  stopped by SIGTERM: exit 0');
  await gateway.start();
  const second = await readQuickstart(data);
  assert.deepEqual([second.clientId, second.clientSecret], [first.clientId, first.clientSecret], 'the second start finds its client');
  await mustAnswer('demo after the second start', second.demo);
  assert.equal(await gateway.terminate('SIGINT', 60_000), 0, 'exit code after SIGINT');
  console.log('  stopped by SIGINT: exit 0');
} catch (thrown) {
  console.error(gateway.output());
  throw thrown;
} finally {
  await gateway.close();
  await rm(data, { recursive: true, force: true });
}
console.log('smoke: passed');
