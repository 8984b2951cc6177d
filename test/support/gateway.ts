/**
 * A gateway for a test: the real wiring on a database of its own, listening on loopback, with one published workflow and
 * its key. Whatever a test wants otherwise it says in {@link GatewayOptions}.
 */
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import pino from 'pino';
import { configFrom } from '../../src/config.ts';
import { openGatehouse, type Gatehouse, type Replacements } from '../../src/gatehouse.ts';
import { answerClientErrors } from '../../src/http/client_error.ts';
import { LOCALES } from '../../src/http/locales/index.ts';
import type { Mode } from '../../src/journey/journey.ts';
import { publishFaults } from '../../src/journey/publish.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { hashClientSecret, newClient, newClientSecret, type StoredClientSource } from '../../src/oidc/clients.ts';
import { DESKTOP } from './devices.ts';
import { HttpPerson } from './http_person.ts';
import type { FreshDatabase } from './postgres.ts';
import { freePort } from './ports.ts';
import { RelyingParty } from './relying_party.ts';

export interface GatewayOptions {
  readonly database: Pick<FreshDatabase, 'url' | 'folder'>;
  readonly template?: string;
  /** Merged into the workflow's options. */
  readonly options?: WorkflowSource['options'];
  readonly mode?: Mode;
  readonly client?: Partial<StoredClientSource>;
  readonly env?: Readonly<Record<string, string>>;
  readonly replace?: Replacements;
  /** Several gateways on one database share these. */
  readonly share?: Pick<TestGateway, 'origin' | 'masterKey' | 'key'>;
  readonly port?: number;
  /** Runs the answering of each request, to see what is done for one; timers of the gateway are outside it. */
  readonly around?: (answer: () => void) => void;
}

export interface TestKey {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

export interface OutboxLine {
  readonly to: string;
  readonly body: string;
  readonly link: string;
  readonly sentAt: string;
}

export interface TestGateway {
  readonly origin: string;
  readonly gatehouse: Gatehouse;
  readonly key: TestKey;
  readonly masterKey: Buffer;
  /** Everything logged so far. */
  log(): string;
  outbox(): Promise<readonly OutboxLine[]>;
  relyingParty(): Promise<RelyingParty>;
  /** Another published workflow with a key of its own. */
  addWorkflow(id: string, source: WorkflowSource, mode?: Mode, client?: Partial<StoredClientSource>): Promise<TestKey>;
  close(): Promise<void>;
}

export const CONSENT_TEXTS = {
  en: 'You allow {app} to check your details with your carrier and to send one text message.',
  es: 'Usted permite que {app} compruebe sus datos con su operador y que envíe un mensaje de texto.',
};

/** Housekeeping would sweep at some moment of a longer file, by the clock that the file moves, while it counts rows and statements. */
const NO_UPKEEP_MS = 86_400_000;

/** Nothing listens there: a person's browser stops when it is sent to it. */
export const REDIRECT_URI = 'http://localhost:9/callback';

export async function startGateway(options: GatewayOptions): Promise<TestGateway> {
  const port = options.port ?? (await freePort());
  const origin = options.share?.origin ?? `http://localhost:${port}`;
  const masterKey = options.share?.masterKey ?? randomBytes(32);
  let log = '';
  const logger = pino({ level: 'debug', base: null }, new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString('utf8');
      done();
    },
  }));
  const { database } = options;
  const config = {
    ...configFrom({ PORT: String(port), ISSUER: origin, QUICKSTART: 'off', DOCUMENT_READER_START: 'first_use', ...(database.url === undefined ? {} : { DATABASE_URL: database.url }), ...options.env }),
    ...(database.folder === undefined ? {} : { databaseFolder: database.folder }),
  };
  const gatehouse = await openGatehouse(config, [{ id: 'test', key: masterKey }], logger, { upkeepMs: NO_UPKEEP_MS, ...options.replace });
  const around = options.around ?? ((answer) => answer());
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => around(() => gatehouse.callback(request, response)));
  // On a busy machine a connection could end of idleness at the very moment the next request takes it: only the client lets go.
  server.keepAliveTimeout = 0;
  answerClientErrors(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });

  const addWorkflow: TestGateway['addWorkflow'] = async (id, source, mode = 'test', client = {}) => {
    const definition = workflowDefinition.parse(source);
    const faults = publishFaults(definition, LOCALES);
    if (faults.length > 0) throw new Error(`the test's workflow cannot be published: ${JSON.stringify(faults)}`);
    await gatehouse.workflows.deploy(id, definition, Date.now());
    const clientSecret = newClientSecret();
    const clientId = `${mode}_${randomBytes(8).toString('hex')}`;
    const redirectUri = client.redirect_uris?.[0] ?? (mode === 'test' ? REDIRECT_URI : 'https://app.example.com/callback');
    const metadata = newClient({ client_name: 'Example App', redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'], ...client }, mode);
    await gatehouse.workflowKeys.save({ clientId, workflowId: id, mode, secretHash: hashClientSecret(clientSecret), metadata }, Date.now());
    return { clientId, clientSecret, redirectUri };
  };
  const template = TEMPLATES[options.template ?? 'user_onboarding'];
  if (!template) throw new Error('no such template');
  const source: WorkflowSource = {
    ...template,
    options: { ...template.options, consentTexts: CONSENT_TEXTS, asyncUIRedirect: 'https://app.example.com/phone-done', ...options.options },
  };
  const key = options.share?.key ?? (await addWorkflow('tested', source, options.mode, options.client));
  return {
    origin,
    gatehouse,
    key,
    masterKey,
    log: () => log,
    outbox: async () => (await (await fetch(`${origin}/dev/outbox.json`)).json()) as OutboxLine[],
    relyingParty: () => RelyingParty.discover({ issuer: origin, ...key }),
    addWorkflow,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gatehouse.close();
    },
  };
}

/** Andrew Roshell, who matches by phone with any number that is not special. */
export const ANDREW = {
  givenName: 'Andrew',
  familyName: 'Roshell',
  street: '2591 Brunswick Ct',
  city: 'Kissimmee',
  region: 'FL',
  postalCode: '34743',
  country: 'US',
  phone: '+1 407 555 0123',
} as const;

/** A browser that stops when it is sent back to the application. */
export function personFor(gateway: Pick<TestGateway, 'key'>, options: { device?: ConstructorParameters<typeof HttpPerson>[0] } = {}): HttpPerson {
  return new HttpPerson({ device: DESKTOP, stopAt: [gateway.key.redirectUri], ...options.device });
}
