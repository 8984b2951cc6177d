/**
 * A gateway in a process of its own, to be killed, restarted and listened to.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from './ports.ts';

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ProcessOptions {
  /** Added to a bare environment: nothing of the tests' own settings leaks in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: `node src/main.ts` in the project's folder. */
  readonly command?: readonly string[];
  readonly cwd?: string;
  /** Milliseconds for the first answer; default 90 s. */
  readonly patience?: number;
  /** The command starts the gateway as a child of its own (`npm start`): a kill must reach that too. */
  readonly group?: boolean;
}

export interface GatewayProcess {
  readonly port: number;
  readonly origin: string;
  readonly pid: () => number | undefined;
  /** Everything written so far, by all its lives: standard output, standard error, or both in order. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly output: () => string;
  /** Start it again (after `kill9` or `terminate`) with the same environment, port and data. */
  start(): Promise<void>;
  /** The crash: no handler runs. */
  kill9(): Promise<void>;
  /** Ask it to stop; gives its exit code. One that does not stop in time is killed, and that is an error. */
  terminate(signal?: 'SIGTERM' | 'SIGINT', milliseconds?: number): Promise<number | null>;
  /** Kill it if it still runs. */
  close(): Promise<void>;
}

/** Only what any process needs. */
function bareEnvironment(): Record<string, string> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Kill what is left of a process group; false where nothing was. */
function killGroup(leader: number): boolean {
  try {
    return process.kill(-leader, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Start a gateway and wait until it answers. One that ends instead is an error with all that it said. */
export async function startProcess(options: ProcessOptions = {}): Promise<GatewayProcess> {
  const port = options.port ?? (await freePort());
  const origin = options.env?.['ISSUER'] ?? `http://localhost:${port}`;
  const local = `http://127.0.0.1:${port}`;
  const [file = process.execPath, ...args] = options.command ?? [process.execPath, 'src/main.ts'];
  const said = { stdout: '', stderr: '', output: '' };
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    if (child) throw new Error('the gateway already runs');
    const born = spawn(file, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...bareEnvironment(), PORT: String(port), DOCUMENT_READER_START: 'first_use', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.group === true,
    });
    child = born;
    for (const name of ['stdout', 'stderr'] as const) {
      born[name].on('data', (chunk: Buffer) => {
        said[name] += chunk.toString();
        said.output += chunk.toString();
      });
    }
    let ended: string | undefined;
    born.once('error', (error) => (ended = error.message));
    born.once('exit', (code, signal) => (ended = `exit ${code ?? signal}`));
    try {
      await eventually('the gateway to answer', async () => {
        if (ended !== undefined) return true;
        const response = await fetch(`${local}/.well-known/openid-configuration`);
        await response.arrayBuffer();
        return response.ok;
      }, options.patience ?? 90_000);
    } catch (cause) {
      await kill();
      throw new Error(`the gateway gave no answer; it said:\n${said.output}`, { cause });
    }
    if (ended !== undefined) {
      child = undefined;
      throw new Error(`the gateway did not start (${ended}):\n${said.output}`);
    }
  };

  const crash = (dying: ChildProcess): void => {
    if (options.group === true && dying.pid !== undefined) killGroup(dying.pid);
    else dying.kill('SIGKILL');
  };

  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
    const gone = once(dying, 'exit');
    crash(dying);
    await gone;
  };

  const terminate = async (signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM', milliseconds = 60_000): Promise<number | null> => {
    const dying = child;
    if (!dying) throw new Error('the gateway does not run');
    if (dying.exitCode === null && dying.signalCode === null) {
      const gone = once(dying, 'exit');
      dying.kill(signal);
      const timer = setTimeout(() => crash(dying), milliseconds);
      await gone;
      clearTimeout(timer);
    }
    child = undefined;
    if (options.group === true && dying.pid !== undefined && killGroup(dying.pid)) {
      throw new Error(`the command ended and left the gateway behind:\n${said.output}`);
    }
    if (dying.signalCode === 'SIGKILL') throw new Error(`the gateway did not stop within ${milliseconds} ms:\n${said.output}`);
    return dying.exitCode;
  };

  await start();
  return {
    port,
    origin,
    pid: () => child?.pid,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    output: () => said.output,
    start,
    kill9: kill,
    terminate,
    close: kill,
  };
}
