/** What code inside a reading process can reach: tried from inside, with the very flags it runs under. */
import { expect, test } from 'vitest';
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WORKER_ENV, workerFlags } from '../../src/documents/worker/command.ts';
import { readFromWorker } from '../../src/documents/worker/protocol.ts';
import { readerFor } from './support.ts';

/** Runs a module's text as a reading process would be run; its last line of output is JSON. */
async function inside(code: string): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(process.execPath, [...workerFlags({ mostMemory: 512e6 }), '-e', code], { env: { ...WORKER_ENV } });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, string>;
}

/** Each attempt is named; what comes of it is its error's code, or `worked`. */
const TRY = `
  const came = {};
  const attempt = async (name, work) => { try { await work(); came[name] = 'worked'; } catch (thrown) { came[name] = thrown.code ?? thrown.message; } };`;

test('no way out to the network, by any of its doors', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  let visits = 0;
  server.on('connection', (socket) => {
    visits += 1;
    socket.destroy();
  });
  const port = (server.address() as { port: number }).port;
  const came = await inside(`
    import net, { connect, Socket } from 'node:net'; import tls from 'node:tls'; import http, { get } from 'node:http'; import https from 'node:https';
    import http2 from 'node:http2'; import dgram from 'node:dgram'; import dns, { lookup } from 'node:dns'; import { resolve4 } from 'node:dns/promises';
    import { createRequire } from 'node:module';
    ${TRY}
    await attempt('fetch', () => fetch('http://127.0.0.1:${port}/'));
    await attempt('websocket', () => new WebSocket('ws://127.0.0.1:${port}/'));
    await attempt('connect', () => connect(${port}, '127.0.0.1'));
    await attempt('net', () => net.createConnection(${port}, '127.0.0.1'));
    await attempt('socket', () => new Socket().connect(${port}, '127.0.0.1'));
    await attempt('required', () => createRequire('/').call(null, 'net').connect(${port}, '127.0.0.1'));
    await attempt('tls', () => tls.connect(${port}, '127.0.0.1'));
    await attempt('http', () => get('http://127.0.0.1:${port}/'));
    await attempt('agent', () => http.request({ port: ${port}, agent: new http.Agent() }).end());
    await attempt('https', () => https.get('https://127.0.0.1:${port}/'));
    await attempt('http2', () => http2.connect('http://127.0.0.1:${port}/'));
    await attempt('dgram', () => dgram.createSocket('udp4').send('x', ${port}, '127.0.0.1'));
    await attempt('lookup', () => lookup('localhost', () => {}));
    await attempt('resolve', () => resolve4('localhost'));
    await attempt('resolver', () => new dns.promises.Resolver().resolve('localhost'));
    await attempt('listen', () => net.createServer().listen(0));
    await attempt('restored', () => { net.Socket.prototype.connect = () => {}; });
    console.log(JSON.stringify(came));`);
  server.close();
  const { restored, ...doors } = came;
  expect(Object.keys(doors)).toHaveLength(16);
  expect(new Set(Object.values(doors))).toEqual(new Set(['no_network']));
  expect(restored).not.toBe('worked');
  expect(visits).toBe(0);
});

test('no writing, no reading of others’ files, no other program, no secret in the environment', async () => {
  const own = fileURLToPath(new URL('../../src/documents/facts.ts', import.meta.url));
  const config = fileURLToPath(new URL('../../src/config.ts', import.meta.url));
  const came = await inside(`
    import { readFileSync, writeFileSync } from 'node:fs'; import { spawnSync, fork } from 'node:child_process';
    ${TRY}
    await attempt('own', () => readFileSync(${JSON.stringify(own)}));
    await attempt('config', () => readFileSync(${JSON.stringify(config)}));
    await attempt('passwd', () => readFileSync('/etc/passwd'));
    await attempt('environ', () => readFileSync('/proc/' + process.ppid + '/environ'));
    await attempt('write', () => writeFileSync('/tmp/reading-process-was-here', 'x'));
    await attempt('spawn', () => spawnSync('ls'));
    await attempt('fork', () => fork('x.js'));
    came.environment = Object.keys(process.env).sort().join();
    console.log(JSON.stringify(came));`);
  expect(came).toEqual({
    own: 'worked', config: 'ERR_ACCESS_DENIED', passwd: 'ERR_ACCESS_DENIED', environ: 'ERR_ACCESS_DENIED', write: 'ERR_ACCESS_DENIED',
    spawn: 'ERR_ACCESS_DENIED', fork: 'ERR_ACCESS_DENIED', environment: Object.keys(WORKER_ENV).toSorted().join(),
  });
});

const WATCH = new URL('../../src/documents/worker/watch_thread.ts', import.meta.url).href;

test('a thread brings no flags, code, environment or arguments of its own, and keeps the rules', async () => {
  const came = await inside(`
    import threads, { Worker } from 'node:worker_threads'; import { once } from 'node:events';
    ${TRY}
    const CODE = "require('node:worker_threads').parentPort.postMessage(require('node:fs').readFileSync('/etc/passwd', 'utf8'))";
    const run = async (make) => { const thread = make(); try { const [said] = await once(thread, 'message'); return said; } finally { await thread.terminate(); } };
    const tried = { eval: { eval: true }, both: { eval: true, execArgv: [] }, flags: { execArgv: [] }, argv: { argv: ['x'] }, env: { env: { A: 'b' } }, share: { env: threads.SHARE_ENV }, unknown: { execPath: '/bin/sh' } };
    for (const [name, options] of Object.entries(tried)) await attempt(name, () => run(() => new Worker(CODE, options)));
    await attempt('data', () => run(() => new Worker(new URL('data:text/javascript,' + encodeURIComponent(CODE)))));
    await attempt('required', () => run(() => new (process.getBuiltinModule('worker_threads').Worker)(CODE, tried.both)));
    await attempt('default', () => run(() => new threads.Worker(CODE, tried.both)));
    await attempt('constructor', () => run(() => new Worker.prototype.constructor(CODE, tried.both)));
    await attempt('above', () => run(() => new (Object.getPrototypeOf(Worker))(CODE, tried.both)));
    await attempt('derived', () => run(() => new (class extends Worker {})(CODE, tried.both)));
    await attempt('getter', () => { let asked = 0; return run(() => new Worker(CODE, { get eval() { asked += 1; return asked > 1; }, execArgv: undefined })); });
    await attempt('restored', () => { threads.Worker = class {}; });
    const held = new Worker(new URL('${WATCH}'), { workerData: { mostMemory: 1e12, parent: process.ppid } });
    came.held = (await once(held, 'message'))[0];
    came.instance = String(held instanceof Worker);
    console.log(JSON.stringify(came));
    process.exit(0);`);
  const { above, getter, restored, held, instance, ...doors } = came;
  expect(doors).toEqual(Object.fromEntries(['eval', 'both', 'flags', 'argv', 'env', 'share', 'unknown', 'data', 'required', 'default', 'constructor', 'derived'].map((name) => [name, 'thread_not_held'])));
  for (const closed of [above, getter, restored]) expect(closed).not.toBe('worked');
  expect([held, instance]).toEqual(['watching', 'true']);
});

test('the watch ends a process whose main thread is lost in a loop and eats memory', async () => {
  const code = `
    import { once } from 'node:events'; import { Worker } from 'node:worker_threads';
    const workerData = { mostMemory: process.memoryUsage.rss() + 200e6, parent: process.ppid };
    await once(new Worker(new URL('${WATCH}'), { workerData }), 'message');
    const eaten = [];
    for (const end = Date.now() + 20_000; Date.now() < end;) if (eaten.length < 400) eaten.push(Buffer.alloc(1e6, 1));
    process.exit(0);`;
  await expect(inside(code)).rejects.toMatchObject({ signal: 'SIGKILL' });
});

test.each([
  undefined, null, 'ready', 7, {}, { kind: 'shout' }, { kind: 'answer', id: 1 }, { kind: 'answer', id: 1, rss: 1, answer: { kind: 'refused', code: 'image_pretty' } },
  { kind: 'answer', id: 1, rss: 1, answer: { kind: 'passed' } },
])('a message that nobody sends is none: %j', (message) => {
  expect(readFromWorker(message)).toBeUndefined();
});

test('nothing that is logged about a job quotes its bytes', async () => {
  const { reader, said, ready } = readerFor();
  try {
    await ready();
    await reader.intake(Buffer.from('<svg>planted-name</svg>'));
    await reader.readSide(Buffer.from('planted-name'), { side: 'front', type: 'passport' });
    expect(said.length).toBeGreaterThan(0);
    expect(JSON.stringify(said)).not.toContain('planted-name');
  } finally {
    await reader.close();
  }
});
