/**
 * The wiring, in one place: every part gets the few things it needs as plain fields, and none holds the whole.
 * {@link openGatehouse} gives back a request callback, the doors that commands and the quickstart use, and a close.
 */
import Koa from 'koa';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { startDocumentReader } from './documents/client.ts';
import type { DocumentReader } from './documents/reader.ts';
import { makeEngine } from './engine/engine.ts';
import type { EngineDeps } from './engine/advance.ts';
import { net64Of } from './feeds/address.ts';
import { loadFeeds } from './feeds/feeds.ts';
import { roughPlace } from './feeds/rough_place.ts';
import { captureRoutes } from './hosted/capture.ts';
import { deliveryRoutes } from './hosted/delivery_reports.ts';
import { noticeRoutes, nudgeBy } from './hosted/document_notices.ts';
import { outboxRoutes } from './hosted/dev_outbox.ts';
import { answerErrors } from './hosted/errors.ts';
import { oidcDoor } from './hosted/finish.ts';
import { homeRoutes } from './hosted/home.ts';
import { interactionRoutes } from './hosted/interaction.ts';
import { oidcPages } from './hosted/oidc_pages.ts';
import { phoneRoutes } from './hosted/phone.ts';
import { sandboxPageRoutes } from './hosted/sandbox_page.ts';
import type { Shell } from './hosted/show.ts';
import { assets } from './http/assets.ts';
import { makeCsrf } from './http/csrf.ts';
import { floodDam } from './http/flood.ts';
import { securityHeaders } from './http/headers.ts';
import { logRequests } from './http/request_log.ts';
import { uploadDam } from './http/upload_dam.ts';
import { makeViews, themeCss } from './http/views.ts';
import { VELOCITY_RULES, longestWindowMs } from './journey/rules/velocity.ts';
import { pinToIssuer } from './oidc/issuer_pin.ts';
import { signingKeys } from './oidc/keys.ts';
import { makeOidc, type Oidc } from './oidc/provider.ts';
import { Personal } from './personal.ts';
import { anyStep, stepRegistry } from './steps/index.ts';
import { messageLimit } from './steps/sms_link/message_limit.ts';
import { documentSelfie, vendorLinkHash } from './steps/document_selfie/index.ts';
import { kba } from './steps/kba/index.ts';
import { questionLimit } from './steps/kba/question_limit.ts';
import { smsLink } from './steps/sms_link/index.ts';
import { phoneVelocity } from './steps/pii_validation/phone_velocity.ts';
import { piiValidation } from './steps/pii_validation/index.ts';
import { sessionRisk } from './steps/session_risk/session_risk.ts';
import { dataKeyStore } from './store/data_keys.ts';
import { openDatabase, type OpenedDatabase } from './store/database.ts';
import { developmentKeyStore, type DevelopmentKeyStore } from './store/development_key.ts';
import { journeyStore } from './store/journeys.ts';
import { migrate } from './store/migrate.ts';
import { outboxStore } from './store/outbox.ts';
import { recordStore } from './store/records.ts';
import { imageStore, type KeptImages } from './store/images.ts';
import { sandboxSessions } from './store/sandbox_sessions.ts';
import { seenBefore } from './store/seen.ts';
import { signingKeyStore } from './store/signing_keys.ts';
import { startUpkeep } from './store/upkeep.ts';
import { velocityCounts } from './store/velocity.ts';
import { workflowKeyStore, type WorkflowKeyStore } from './store/workflow_keys.ts';
import { workflowStore } from './store/workflows.ts';
import type { WorkflowStore } from './journey/store.ts';
import { openVault, type MasterKey } from './vault/vault.ts';
import { DOCUMENT_VENDOR, longestTimeoutMs, makeNoticeReaders, makeStatusReaders, makeVendors, startSandbox } from './vendors/index.ts';
import { s3Objects } from './vendors/s3/client.ts';

export interface Gatehouse {
  /** Answers every request of the gateway's origin. */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => void;
  readonly workflows: WorkflowStore;
  readonly workflowKeys: WorkflowKeyStore;
  readonly oidc: Oidc;
  /** Decide journeys that nobody came back to; done by itself every minute. */
  readonly settleOverdue: (most: number) => Promise<number>;
  /** Whether messages of test keys can be read at `/dev/outbox`. */
  readonly outboxShown: boolean;
  /** Pictures that people sent, for the console's logged reveal and for housekeeping. */
  readonly images: KeptImages;
  close(): Promise<void>;
}

/** What tests put in place of the real thing; nothing of it is reachable by configuration. */
export interface Replacements {
  readonly now?: () => number;
  /** Sees every SQL statement's text; benchmarks count with it. */
  readonly onQuery?: (sql: string) => void;
  readonly leaseMs?: number;
  /** Reads documents in place of a process of this gateway's own; the giver closes it. */
  readonly documents?: DocumentReader;
  /** Time limit for one question to a sandbox vendor, and how long its slow numbers take, milliseconds. */
  readonly sandboxSlowMs?: number;
  /** Is given the opened database, to look at what was written: embedded PostgreSQL can be open only once. */
  readonly onDatabase?: (database: OpenedDatabase) => void;
}

/** What a lease has beyond the longest question to a vendor: everybody is asked at once, and the answer is recorded. */
const LEASE_MARGIN_MS = 6_000;

/** The master keys, or where to get them once the database is open. */
export type MasterKeys = readonly MasterKey[] | ((shared: DevelopmentKeyStore) => Promise<readonly MasterKey[]>);

const root = (path: string): URL => new URL(`../${path}`, import.meta.url);

/** Open the database, bring its schema up to date, load keys, start the sandbox, wire everything. */
export async function openGatehouse(config: Config, masterKeys: MasterKeys, logger: Logger, replace: Replacements = {}): Promise<Gatehouse> {
  const now = replace.now ?? Date.now;
  const database = await openDatabase(
    config.databaseUrl === undefined
      ? { kind: 'pglite', folder: config.databaseFolder }
      : { kind: 'postgres', url: config.databaseUrl, poolSize: config.databasePoolSize, restartMs: config.databaseRestartMs },
    {
      ...(replace.onQuery ? { onQuery: replace.onQuery } : {}),
      onIdleError: (error) => logger.warn({ event: 'database_connection_lost', code: (error as { code?: string }).code }, 'an idle database connection was lost'),
    },
  );
  replace.onDatabase?.(database);
  try {
    return await wire(config, masterKeys, logger, database, now, replace);
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
}

async function wire(
  config: Config, given: MasterKeys, logger: Logger, database: OpenedDatabase, now: () => number, replace: Replacements,
): Promise<Gatehouse> {
  const { db, ride } = database;
  const applied = await migrate(db);
  if (applied.length > 0) logger.info({ event: 'migrated', applied }, 'the database schema was brought up to date');
  const masterKeys = typeof given === 'function' ? await given(developmentKeyStore(db)) : given;
  const vault = await openVault({ masterKeys, store: dataKeyStore(db), now });
  const velocityHash = (dimension: string, value: string): Buffer => Buffer.from(vault.keyedHash(`velocity:${dimension}`, value), 'base64url');

  const outbox = outboxStore(db, vault);
  const journeys = journeyStore(db, vault, velocityHash, ride);
  const workflows = workflowStore(db);
  const records = recordStore(db, vault, now);
  const velocity = velocityCounts(db, velocityHash);
  const feeds = await loadFeeds(config.feeds, now);
  const images = imageStore(db, vault, now, config.imageStore && s3Objects(config.imageStore));
  const sandbox = await startSandbox({
    // The same in every process, so that each can go on with what another's sandbox began.
    secret: vault.secret('sandbox').toString('base64url'),
    webhookSecret: vault.secret('sandbox_webhook'),
    sessions: sandboxSessions(db, vault, now),
    pageOrigin: new URL(config.issuer).origin,
    noticeUrl: `${config.issuer}/hooks/documents/${DOCUMENT_VENDOR}`,
    ...(replace.sandboxSlowMs === undefined ? {} : { slowMs: replace.sandboxSlowMs }),
  });
  const vendors = makeVendors(config.vendors, { outbox, sandbox, twilioStatusUrl: `${config.issuer}/hooks/sms/twilio` });

  const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
  const tokenOf = (linkId: string): string => Buffer.from(vault.keyedHash('link_token', linkId), 'base64url').subarray(0, 16).toString('base64url');
  const documents = replace.documents ?? startDocumentReader(config.documents, logger, { start: config.documents.start });
  const engineDeps: EngineDeps = {
    journeys,
    workflows,
    steps: stepRegistry([
      anyStep(sessionRisk({ feeds, velocity, roughPlace })),
      anyStep(piiValidation({ vendors, velocity: phoneVelocity(velocity) })),
      anyStep(smsLink({ vendors, limit: messageLimit(velocity), origin: config.issuer, tokenOf, hashOf })),
      anyStep(documentSelfie({
        reader: documents, images, seen: seenBefore(db, vault, now), vendors, limit: messageLimit(velocity), origin: config.issuer, tokenOf, hashOf,
        facesAllowed: (mode) => mode === 'test' || config.documents.facesForLive,
      })),
      anyStep(kba({ vendors, limit: questionLimit(velocity) })),
    ]),
    now,
    leaseMs: replace.leaseMs ?? longestTimeoutMs(config.vendors) + LEASE_MARGIN_MS,
  };
  const engine = makeEngine(engineDeps);

  const shell: Shell = { views: makeViews({ dir: root('views').pathname, now }), csrf: makeCsrf(vault.secret('csrf')) };
  const oidc = await makeOidc({
    issuer: config.issuer,
    vault,
    records,
    keys: signingKeys(signingKeyStore(db), vault, now),
    pages: oidcPages(shell),
    logger,
    // No page, no script: the address is what a silent return shows of itself. An unknown one is judged by the journey.
    judgeReturn: async (ctx) => {
      const { tor, denied } = await feeds.look((ctx.state['clientAddress'] as Personal<string>).open());
      return tor.kind !== 'listed' && denied.kind !== 'listed';
    },
    now,
  });

  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer: config.issuer, trustedProxyHops: config.trustedProxyHops });
  oidc.attach(app);
  app.use(logRequests(logger));
  app.use(securityHeaders(config.issuer.startsWith('https:')));
  app.use(answerErrors(shell, logger));
  app.use(await assets({
    folders: [root('views/assets/'), root('src/browser/')],
    files: {
      'vendor/fp.js': new URL(import.meta.resolve('@fingerprintjs/fingerprintjs').replace(/[^/]+$/, 'fp.esm.js')),
      'vendor/botd.js': new URL(import.meta.resolve('@fingerprintjs/botd').replace(/[^/]+$/, 'botd.esm.js')),
    },
    themeCss,
  }));
  // A customer of an IPv6 network holds a whole /64, and would otherwise be as many as there are addresses in it.
  const customerOf = (ctx: { readonly state: Record<string, unknown> }): string => {
    const address = (ctx.state['clientAddress'] as Personal<string>).open();
    return net64Of(address) ?? address;
  };
  app.use(floodDam({
    perMinute: config.requestsPerMinute,
    key: customerOf,
    machinePaths: /^\/(token|userinfo|par|introspect|revoke|jwks|\.well-known|hooks)(\/|$)/,
  }));
  const uploads = uploadDam({ address: customerOf });
  const outboxShown = !config.production && config.vendors.sms.sender === 'outbox';
  const routers = [
    interactionRoutes({ ...shell, engine, door: oidcDoor(oidc), origin: config.issuer, uploads }),
    phoneRoutes({ ...shell, engine, origin: config.issuer, hashOf }),
    captureRoutes({ ...shell, engine, origin: config.issuer, hashOf, uploads }),
    noticeRoutes({
      readers: makeNoticeReaders(config.vendors, sandbox),
      nudge: nudgeBy(engine, (vendor, sessionId) => vendorLinkHash(hashOf, vendor, sessionId)),
      now,
    }),
    sandboxPageRoutes(sandbox.origin),
    deliveryRoutes(engine, config.issuer, makeStatusReaders(config.vendors), now),
    ...(outboxShown ? [outboxRoutes(shell, outbox)] : []),
    homeRoutes(shell, { issuer: config.issuer, outbox: outboxShown ? `${config.issuer}/dev/outbox` : undefined, ping: database.ping }),
  ];
  // First, because every sign-in passes here and the pages are for the few that need one; other requests fall through.
  app.use(oidc.middleware);
  for (const router of routers) app.use(router.routes()).use(router.allowedMethods({ throw: false }));

  oidc.start();
  const upkeep = startUpkeep(db, records, { now, velocityWindowMs: longestWindowMs(VELOCITY_RULES), settleOverdue: engine.settleOverdue, purgeImages: images.purge, logger });
  const handle = app.callback();
  return {
    callback: (request, response) => void handle(request, response),
    workflows,
    workflowKeys: workflowKeyStore(db),
    oidc,
    settleOverdue: engine.settleOverdue,
    outboxShown,
    images,
    async close() {
      oidc.stop();
      await upkeep.stop();
      await sandbox.close();
      if (!replace.documents) await documents.close();
      await database.close();
    },
  };
}
