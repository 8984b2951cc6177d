/**
 * What the crash tests share: a gateway in a process of its own on a database of its own, with the quickstart's key, and
 * looking into that database from outside.
 */
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { hashClientSecret, newClient, newClientSecret } from '../../src/oidc/clients.ts';
import { openDatabase, type DatabaseAddress } from '../../src/store/database.ts';
import { workflowKeyStore } from '../../src/store/workflow_keys.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { CONSENT_TEXTS, REDIRECT_URI } from '../support/gateway.ts';
import { freshDatabase, type DatabaseKind } from '../support/postgres.ts';
import { startProcess, type GatewayProcess } from '../support/process.ts';
import { RelyingParty } from '../support/relying_party.ts';

export interface World {
  readonly process: GatewayProcess;
  readonly dataDir: string;
  readonly origin: string;
  /** Address of the database; the embedded one can be looked into only while the process is down. */
  readonly database: DatabaseAddress;
  relyingParty(): Promise<RelyingParty>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where the gateway finds PostgreSQL, if not at its own address: by way of a proxy. */
  readonly databaseUrl?: string;
  readonly database?: DatabaseAddress;
}

/** A folder for one gateway's files. */
export async function dataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'gatehouse-crash-'));
}

/** Settings of every gateway here: any free port for the demo, the tests' callback, quiet logs. */
export const SETTINGS = {
  DEMO_PORT: '0',
  QUICKSTART_REDIRECT_URIS: REDIRECT_URI,
  SANDBOX_TIMEOUT_MS: '3000',
  // A gateway is started some forty times here; compiled once, it starts in half the time.
  NODE_COMPILE_CACHE: join(tmpdir(), 'gatehouse-crash-compile-cache'),
} as const;

export async function startWorld(kind: DatabaseKind, options: WorldOptions = {}): Promise<World> {
  const dataDir = await dataFolder();
  const fresh = options.database ? undefined : await freshDatabase(kind);
  let database = options.database ?? fresh?.address;
  if (!database) throw new Error('no database');
  if (database.kind === 'pglite' && database.folder !== undefined) {
    // Its place is fixed: `postgres` in the data folder.
    const folder = join(dataDir, 'postgres');
    await rename(database.folder, folder);
    database = { kind: 'pglite', folder };
  }
  const address = database;
  const url = address.kind === 'postgres' ? (options.databaseUrl ?? address.url) : undefined;
  const process = await startProcess({
    env: { ...SETTINGS, DATA_DIR: dataDir, ...(url === undefined ? {} : { DATABASE_URL: url }), ...options.env },
  });
  return {
    process,
    dataDir,
    origin: process.origin,
    database: address,
    async relyingParty() {
      const { issuer, clientId, clientSecret } = await readFacts(dataDir);
      return RelyingParty.discover({ issuer, clientId, clientSecret, redirectUri: REDIRECT_URI });
    },
    async close() {
      await process.close();
      if (fresh?.kind === 'postgres') await fresh.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Facts {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What `quickstart.json` says. */
export async function readFacts(dataDir: string): Promise<Facts> {
  return JSON.parse(await readFile(join(dataDir, 'quickstart.json'), 'utf8')) as Facts;
}

/** A workflow with a key of its own, beside the quickstart's; put there from outside, while the gateway may run. */
export async function seedKey(database: DatabaseAddress, options: WorkflowSource['options']): Promise<{ clientId: string; clientSecret: string; redirectUri: string }> {
  const opened = await openDatabase(database);
  try {
    const now = Date.now();
    const source = { ...userOnboarding, options: { consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done', ...options } };
    const workflow = await workflowStore(opened.db).deploy('seeded', workflowDefinition.parse(source), now);
    const clientSecret = newClientSecret();
    const key = { clientId: `test_${randomBytes(8).toString('hex')}`, workflowId: workflow.id, mode: 'test', secretHash: hashClientSecret(clientSecret) } as const;
    const metadata = newClient({ client_name: 'Example App', redirect_uris: [REDIRECT_URI], grant_types: ['authorization_code', 'refresh_token'] }, 'test');
    await workflowKeyStore(opened.db).save({ ...key, metadata }, now);
    return { clientId: key.clientId, clientSecret, redirectUri: REDIRECT_URI };
  } finally {
    await opened.close();
  }
}

/** Rows of a statement, asked over a connection of our own. */
export async function rowsOf<T>(database: DatabaseAddress, statement: string): Promise<readonly T[]> {
  const opened = await openDatabase(database);
  try {
    return (await sql.raw<T>(statement).execute(opened.db)).rows;
  } finally {
    await opened.close();
  }
}

/** What must have happened exactly once in a database that saw one person's journey, whatever broke on the way. */
const ONCE = {
  journeys: 'SELECT count(*) FROM journey',
  decisions: `SELECT count(*) FROM journey_event WHERE name = 'identity_proofing' AND layer = 'label'`,
  approvals: `SELECT count(*) FROM journey_event WHERE name = 'identity_proofing' AND outcome = 'success'`,
  endings: `SELECT count(*) FROM journey_event WHERE layer = 'phase' AND name = 'journey' AND outcome <> 'start'`,
  accounts: 'SELECT count(*) FROM account',
  links: 'SELECT count(*) FROM link',
  intents: 'SELECT count(*) FROM message',
  messages: 'SELECT count(*) FROM outbox_message',
  consents: 'SELECT count(*) FROM consent',
  possessions: `SELECT count(*) FROM evidence WHERE kind = 'phone_possession'`,
  identities: `SELECT count(*) FROM evidence WHERE kind = 'claimed_identity'`,
  outcomes: 'SELECT count(*) FROM grant_outcome',
  codes: `SELECT count(*) FROM oidc_record WHERE model = 'AuthorizationCode'`,
} as const;

export type Tally = Readonly<Record<keyof typeof ONCE, number>>;

/** How often each of these happened. */
export async function tally(database: DatabaseAddress): Promise<Tally> {
  const columns = Object.entries(ONCE).map(([name, statement]) => `(${statement})::int AS ${name}`).join(', ');
  const [row] = await rowsOf<Tally>(database, `SELECT ${columns}`);
  if (!row) throw new Error('no tally');
  return row;
}

/** Everything once. */
export const EXACTLY_ONCE: Tally = Object.fromEntries(Object.keys(ONCE).map((name) => [name, 1])) as unknown as Tally;

/** Let the leases of a dead process run out without waiting for it. */
export async function endLeases(database: DatabaseAddress): Promise<void> {
  await rowsOf(database, 'UPDATE journey SET lease_until = 0 WHERE lease_until IS NOT NULL');
}

/** Run a test in a world of its own. */
export async function inWorld(kind: DatabaseKind, test: (world: World) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  const world = await startWorld(kind, options);
  try {
    await test(world);
  } finally {
    await world.close();
  }
}

/** The crash, and the next start. */
export async function crash(world: World): Promise<void> {
  await world.process.kill9();
  await world.process.start();
}
