/** The gateway as a user runs it: its own process, the quickstart's workflow and key, real or embedded PostgreSQL. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../test/support/process.ts';
import { discover, type Site } from './flow.ts';
import { eventually, freePort } from '../test/support/ports.ts';

/** A server under load. */
export interface Running {
  readonly site: Site;
  readonly pid: number | undefined;
  /** Everything its process wrote. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Nobody goes there: browsers stop when they are sent to it. */
const REDIRECT_URI = 'https://app.example.com/callback';

/** Start the gateway; without an address of a database, on the embedded one. `node` are options for its process. */
export async function startGatehouse(name: string, databaseUrl: string | undefined, node: readonly string[] = []): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  const forget = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const gateway = await startProcess({
    command: [process.execPath, ...node, 'src/main.ts'],
    env: {
      DATA_DIR: folder,
      QUICKSTART_REDIRECT_URIS: REDIRECT_URI,
      DEMO_PORT: String(await freePort()),
      // One address stands for everybody here: the dam against floods must not be what is measured.
      REQUESTS_PER_MINUTE: '10000000',
      TRUSTED_PROXY_HOPS: '1',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
  }).catch(async (thrown: unknown) => {
    await forget();
    throw thrown;
  });
  try {
    const { issuer, clientId, clientSecret } = await quickstart(folder);
    return {
      site: await discover({ name, origin: issuer, clientId, clientSecret, redirectUri: REDIRECT_URI }),
      pid: gateway.pid(),
      output: gateway.output,
      async stop() {
        await gateway.terminate();
        await forget();
      },
    };
  } catch (thrown) {
    await gateway.close();
    await forget();
    throw thrown;
  }
}

interface Facts {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The quickstart's file appears a moment after the server answers. */
async function quickstart(folder: string): Promise<Facts> {
  return eventually('the quickstart file', async () => JSON.parse(await readFile(join(folder, 'quickstart.json'), 'utf8')) as Facts);
}

/** Start the bare library. */
export async function startBare(node: readonly string[] = []): Promise<Running> {
  const client = { clientId: 'bench', clientSecret: 'a-secret-of-the-benchmark-alone-0123456789', redirectUri: REDIRECT_URI };
  const bare = await startProcess({
    command: [process.execPath, ...node, 'bench/bare.ts'],
    env: { CLIENT_ID: client.clientId, CLIENT_SECRET: client.clientSecret, REDIRECT_URI },
  });
  return {
    site: await discover({ name: 'bare oidc-provider', origin: bare.origin, ...client }),
    pid: bare.pid(),
    output: bare.output,
    stop: () => bare.close(),
  };
}
