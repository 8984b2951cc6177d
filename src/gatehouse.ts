/**
 * The wiring, in one place: every part gets the few things it needs as plain fields, and none holds the whole.
 * {@link openGatehouse} gives back a request callback, the doors that commands and the quickstart use, and a close.
 */
import Koa from 'koa';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { AdminRoute } from './admin/route.ts';
import type { ListDesk } from './admin/lists/store.ts';
import { LATENCY_BOUNDS_MS } from './admin/vendors/latency.ts';
import type { Config } from './config.ts';
import { wireConsole } from './console_wiring.ts';
import type { Mode } from './journey/journey.ts';
import { makeDbsc } from './devices/dbsc.ts';
import { makePasskeys } from './devices/passkeys.ts';
import { startDocumentReader } from './documents/client.ts';
import type { DocumentReader } from './documents/reader.ts';
import { againMessages } from './engine/again_message.ts';
import { makeEngine } from './engine/engine.ts';
import type { EngineDeps } from './engine/advance.ts';
import { net64Of } from './feeds/address.ts';
import { loadFeeds } from './feeds/feeds.ts';
import { keepFresh } from './feeds/keep_fresh.ts';
import { roughPlace } from './feeds/rough_place.ts';
import { againArea } from './hosted/again_area.ts';
import { captureRoutes } from './hosted/capture.ts';
import { boundCookie, dbscHeader, dbscRoutes } from './hosted/dbsc.ts';
import { deliveryRoutes } from './hosted/delivery_reports.ts';
import { deviceCookie } from './hosted/device_cookie.ts';
import { deviceIssue } from './hosted/device_issue.ts';
import { noticeRoutes, nudgeBy } from './hosted/document_notices.ts';
import { outboxRoutes } from './hosted/dev_outbox.ts';
import { answerErrors } from './hosted/errors.ts';
import { oidcDoor } from './hosted/finish.ts';
import { homeRoutes } from './hosted/home.ts';
import { interactionRoutes } from './hosted/interaction.ts';
import { myDevicesRoutes } from './hosted/my_devices.ts';
import { devicesOffering } from './hosted/my_offer.ts';
import { oidcPages } from './hosted/oidc_pages.ts';
import { passkeyOffering, passkeyRoutes } from './hosted/passkeys.ts';
import { phoneRoutes } from './hosted/phone.ts';
import { sandboxPageRoutes } from './hosted/sandbox_page.ts';
import type { Shell } from './hosted/show.ts';
import { localeOf, visitorOf } from './hosted/visitor.ts';
import { assets } from './http/assets.ts';
import { makeCsrf } from './http/csrf.ts';
import { floodDam } from './http/flood.ts';
import { securityHeaders } from './http/headers.ts';
import { logRequests } from './http/request_log.ts';
import { uploadDam } from './http/upload_dam.ts';
import { makeViews, themeCss } from './http/views.ts';
import { VELOCITY_RULES, longestWindowMs } from './journey/rules/velocity.ts';
import { credentialHash } from './oidc/credential.ts';
import { pinToIssuer } from './oidc/issuer_pin.ts';
import { signingKeys } from './oidc/keys.ts';
import { startLogouts } from './oidc/logouts.ts';
import { makeOidc, type Oidc } from './oidc/provider.ts';
import { Personal } from './personal.ts';
import type { DeviceKeyDeps } from './steps/device_key.ts';
import { anyStep, stepRegistry } from './steps/index.ts';
import { devicePasskeys, sessionPasskeys } from './steps/passkey_login.ts';
import { messageLimit } from './steps/sms_link/message_limit.ts';
import { documentSelfie, vendorLinkHash } from './steps/document_selfie/index.ts';
import { kba } from './steps/kba/index.ts';
import { questionLimit } from './steps/kba/question_limit.ts';
import { smsLink } from './steps/sms_link/index.ts';
import { phoneVelocity } from './steps/pii_validation/phone_velocity.ts';
import { piiValidation } from './steps/pii_validation/index.ts';
import { gatherSignals, type GatherDeps } from './steps/session_risk/gather.ts';
import { mailExchangers } from './steps/session_risk/mail_exchangers.ts';
import { sessionRisk } from './steps/session_risk/session_risk.ts';
import { trustedDevice, verifiedBy } from './steps/trusted_device/index.ts';
import { judgeSilentReturn } from './steps/trusted_device/silent.ts';
import { vendorHealth } from './store/console/health.ts';
import { keepHealth } from './store/console/health_flush.ts';
import { listDesk } from './store/console/lists.ts';
import { listsSnapshot } from './store/console/lists_snapshot.ts';
import { keyUses } from './store/console/keys_used.ts';
import { againLinks } from './store/again_links.ts';
import { againMessageRows } from './store/again_messages.ts';
import { dataKeyStore } from './store/data_keys.ts';
import { openDatabase, type OpenedDatabase } from './store/database.ts';
import { fingerprintHash } from './store/device_binding.ts';
import { deviceStore } from './store/devices.ts';
import { developmentKeyStore, type DevelopmentKeyStore } from './store/development_key.ts';
import { feedStore } from './store/feeds.ts';
import { incidentStore } from './store/incidents.ts';
import { journeyStore } from './store/journeys.ts';
import { migrate } from './store/migrate.ts';
import { myAccounts } from './store/my_accounts.ts';
import { outboxStore } from './store/outbox.ts';
import { passkeyStore } from './store/passkeys.ts';
import { recordStore } from './store/records.ts';
import { imageStore, type KeptImages } from './store/images.ts';
import { riskPolicyStore } from './store/risk_policies.ts';
import { sandboxSessions } from './store/sandbox_sessions.ts';
import { seenBefore } from './store/seen.ts';
import { lastSightings } from './store/sightings.ts';
import { signingKeyStore } from './store/signing_keys.ts';
import { silentReturns } from './store/silent_return.ts';
import { ticketStore } from './store/tickets.ts';
import { startUpkeep } from './store/upkeep.ts';
import { velocityCounts } from './store/velocity.ts';
import { openWebhooks } from './store/webhooks.ts';
import { workflowKeyStore, type WorkflowKeyStore } from './store/workflow_keys.ts';
import { workflowStore } from './store/workflows.ts';
import type { WorkflowStore } from './journey/store.ts';
import { openVault, type MasterKey } from './vault/vault.ts';
import { DOCUMENT_VENDOR, longestTimeoutMs, makeNoticeReaders, makeStatusReaders, makeVendors, measured, startSandbox, vendorMeter } from './vendors/index.ts';
import { s3Objects } from './vendors/s3/client.ts';

export interface Gatehouse {
  /** Answers every request of the gateway's origin. */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => void;
  /** The same for the console's, where it has a port of its own; it is nowhere else then. */
  readonly consoleCallback: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly workflows: WorkflowStore;
  readonly workflowKeys: WorkflowKeyStore;
  readonly oidc: Oidc;
  /** Decide journeys that nobody came back to; done by itself every minute. */
  readonly settleOverdue: (most: number) => Promise<number>;
  /** Whether messages of test keys can be read at `/dev/outbox`. */
  readonly outboxShown: boolean;
  /** Pictures that people sent, for the console's logged reveal and for housekeeping. */
  readonly images: KeptImages;
  /** What is blocked and allowed; a change counts in this process at once, in the others within ten seconds. */
  readonly lists: ListDesk;
  /** The console's doors, for the tests that try each of them. */
  readonly doors: readonly AdminRoute[];
  /** A link for the first administrator, beside those of earlier starts; undefined where there is an active one. */
  readonly adminSetup: () => Promise<string | undefined>;
  close(): Promise<void>;
}

/** What tests put in place of the real thing; nothing of it is reachable by configuration. */
export interface Replacements {
  readonly now?: () => number;
  /** Sees every SQL statement's text; benchmarks count with it. */
  readonly onQuery?: (sql: string) => void;
  readonly leaseMs?: number;
  /** Time between two rounds of housekeeping, milliseconds. */
  readonly upkeepMs?: number;
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
  const feeds = await loadFeeds(config.feeds, now, feedStore(db));
  const policies = riskPolicyStore(db, now, (of) => logger.warn({ event: 'shadow_policy_unreadable', ...of }, 'a risk policy in the shadow cannot be read and is left out'));
  const devices = deviceStore(db);
  const tickets = ticketStore(db, vault);
  const lists = await listsSnapshot({ db, vault, now, logger });
  const incidents = incidentStore(db, now);
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
  const meter = vendorMeter(LATENCY_BOUNDS_MS, now);
  const vendors = measured(makeVendors(config.vendors, { outbox, sandbox, twilioStatusUrl: `${config.issuer}/hooks/sms/twilio` }), meter);

  const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
  const tokenOf = (linkId: string): string => Buffer.from(vault.keyedHash('link_token', linkId), 'base64url').subarray(0, 16).toString('base64url');
  const documents = replace.documents ?? startDocumentReader(config.documents, logger, { start: config.documents.start });
  const deviceKeys: DeviceKeyDeps = { challenge: (text) => vault.keyedHash('device_key', text), origin: config.issuer, roughPlace, fingerprintHash: (mode) => fingerprintHash(vault, mode) };
  const passkeys = makePasskeys({ store: passkeyStore(db), incidents, origin: config.issuer });
  const risk: GatherDeps = {
    feeds, velocity, policies, lists, sightings: lastSightings(db, vault), mail: mailExchangers({ now }), sign: (text) => vault.keyedHash('shown_at', text),
  };
  const earlier = verifiedBy(async (journeyId) => (await journeys.byId(journeyId))?.evidence ?? []);
  const named = (mode: Mode, credential: string): string => credentialHash(vault, mode, credential);
  const engineDeps: EngineDeps = {
    journeys,
    workflows,
    steps: stepRegistry([
      anyStep(trustedDevice({
        devices, incidents, gather: (input) => gatherSignals(risk, input), vendors, verifiedBy: earlier, credentialHash: named,
        deviceKeys, passkeys: devicePasskeys(passkeys), hardwareKeys: config.dbsc,
      })),
      anyStep(sessionRisk({
        ...risk, deviceKeys,
        passkeys: sessionPasskeys({ passkeys, origin: config.issuer, verifiedBy: earlier, credentialHash: named, challenge: (text) => vault.keyedHash('passkey', text) }),
      })),
      anyStep(piiValidation({ vendors, lists, velocity: phoneVelocity(velocity, policies) })),
      anyStep(smsLink({ vendors, limit: messageLimit(velocity), origin: config.issuer, tokenOf, hashOf, deviceKeys })),
      anyStep(documentSelfie({
        reader: documents, images, lists, seen: seenBefore(db, vault, now), vendors, limit: messageLimit(velocity), origin: config.issuer, tokenOf, hashOf, deviceKeys,
        facesAllowed: (mode) => mode === 'test' || config.documents.facesForLive,
      })),
      anyStep(kba({ vendors, limit: questionLimit(velocity) })),
    ]),
    now,
    lists,
    leaseMs: replace.leaseMs ?? longestTimeoutMs(config.vendors) + LEASE_MARGIN_MS,
  };
  const engine = makeEngine(engineDeps);

  const shell: Shell = { views: makeViews({ dir: root('views').pathname, now }), csrf: makeCsrf(vault.secret('csrf')) };
  const knownBy = deviceCookie(config.issuer);
  const boundBy = boundCookie(config.issuer);
  const returns = silentReturns(db, vault);
  const uses = keyUses({ db, now, logger });
  const oidc = await makeOidc({
    issuer: config.issuer,
    vault,
    records,
    uses,
    keys: signingKeys(signingKeyStore(db), vault, now),
    pages: oidcPages(shell),
    logger,
    lists,
    judgeReturn: async (ctx, outcome, client) => {
      const mode = client['gatehouse_mode'] === 'live' ? 'live' : 'test';
      const refusal = await judgeSilentReturn({ feeds, workflows, policies, returns, lists, hardwareKeys: config.dbsc, now }, {
        outcome, mode, presented: knownBy.hash(ctx, mode), bound: boundBy.hash(ctx), visitor: visitorOf(ctx, localeOf(ctx)),
      });
      if (refusal !== undefined) logger.info({ event: 'return_not_silent', code: refusal, journey: outcome.journeyId }, 'a returning browser is sent to the pages');
      return refusal === undefined;
    },
    now,
  });

  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer: config.issuer, trustedProxyHops: config.trustedProxyHops });
  oidc.attach(app);
  const served = await assets({
    folders: [root('views/assets/'), root('src/browser/')],
    files: {
      'vendor/fp.js': new URL(import.meta.resolve('@fingerprintjs/fingerprintjs').replace(/[^/]+$/, 'fp.esm.js')),
      'vendor/botd.js': new URL(import.meta.resolve('@fingerprintjs/botd').replace(/[^/]+$/, 'botd.esm.js')),
      'vendor/webauthn.js': new URL('../dist/bundle/index.umd.min.js', import.meta.resolve('@simplewebauthn/browser')),
    },
    themeCss,
  });
  // A customer of an IPv6 network holds a whole /64, and would otherwise be as many as there are addresses in it.
  const customerOf = (ctx: { readonly state: Record<string, unknown> }): string => {
    const address = (ctx.state['clientAddress'] as Personal<string>).open();
    return net64Of(address) ?? address;
  };
  const dam = floodDam({
    perMinute: config.requestsPerMinute,
    key: customerOf,
    machinePaths: /^\/(token|userinfo|par|introspect|revoke|jwks|\.well-known|hooks|admin\/api)(\/|$)/,
  });
  /** What stands before every route, at the issuer and at a console of its own. */
  const furnish = (own: Koa, origin: string): void => {
    own.use(logRequests(logger)).use(securityHeaders(origin.startsWith('https:'))).use(answerErrors(shell, logger)).use(served).use(dam);
  };
  furnish(app, config.issuer);
  const uploads = uploadDam({ address: customerOf });
  const outboxShown = !config.production && config.vendors.sms.sender === 'outbox';
  const outboxHref = outboxShown ? `${config.issuer}/dev/outbox` : undefined;
  const dbsc = makeDbsc({ devices, tickets, origin: config.issuer, now });
  const issueDevice = deviceIssue({ devices, origin: config.issuer, now, ...(config.dbsc ? { also: dbscHeader(dbsc) } : {}) });
  const offerPasskey = passkeyOffering({ byId: engine.byId, tickets, passkeys, now });
  const offerDevices = devicesOffering({ byId: engine.byId, tickets, now });
  const webhooks = await openWebhooks({
    db, vault, development: !config.production, now, logger, credentialOf: async (journeyId) => (await journeys.byId(journeyId))?.journey.opening.credential,
  });
  const again = againArea({ ...shell, engine, uploads, oidc, links: againLinks(db), journeys, workflows, origin: config.issuer, now });
  const desk = wireConsole({
    againMessages: againMessages({ journeys, workflows, vendors, limit: messageLimit(velocity), now, ...againMessageRows(db), unrecorded: (thrown) => logger.error({ event: 'message_unrecorded', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'what became of a text message could not be written down') }),
    config, db, vault, shell, engine, workflows, images, lists, feeds, documents, webhooks: webhooks.desk, outboxHref, logouts: webhooks.logouts, logger, now,
  });
  const routers = [
    ...(config.console.own ? [] : desk.routers),
    interactionRoutes({ ...shell, engine, door: oidcDoor(oidc), origin: config.issuer, uploads, issueDevice, offerPasskey, offerDevices, elsewhere: again.elsewhere }),
    ...again.routers,
    phoneRoutes({ ...shell, engine, origin: config.issuer, hashOf, issueDevice, offerPasskey, offerDevices }),
    captureRoutes({ ...shell, engine, origin: config.issuer, hashOf, uploads, issueDevice, offerPasskey }),
    passkeyRoutes({ tickets, passkeys, origin: config.issuer, now }),
    // Also where no new ones are invited: browsers that were keep renewing what they have.
    dbscRoutes({ dbsc, origin: config.issuer }),
    myDevicesRoutes({
      ...shell, devices, passkeys: passkeyStore(db), tickets, incidents, accounts: myAccounts(db, webhooks.logouts), workflow: workflows.deployed,
      deviceHash: knownBy.hash, origin: config.issuer, now,
    }),
    noticeRoutes({
      readers: makeNoticeReaders(config.vendors, sandbox),
      nudge: nudgeBy(engine, (vendor, sessionId) => vendorLinkHash(hashOf, vendor, sessionId)),
      now,
    }),
    sandboxPageRoutes(sandbox.origin),
    deliveryRoutes(engine, config.issuer, makeStatusReaders(config.vendors), now),
    ...(outboxShown ? [outboxRoutes(shell, outbox)] : []),
    homeRoutes(shell, { issuer: config.issuer, outbox: outboxHref, ping: database.ping }),
  ];
  // First, because every sign-in passes here and the pages are for the few that need one; other requests fall through.
  app.use(oidc.middleware);
  for (const router of routers) app.use(router.routes()).use(router.allowedMethods({ throw: false }));

  oidc.start();
  const upkeep = startUpkeep(db, records, { now, velocityWindowMs: longestWindowMs(VELOCITY_RULES), settleOverdue: engine.settleOverdue, purgeImages: images.purge, erasing: { db, vault, images, now }, logger, ...(replace.upkeepMs === undefined ? {} : { everyMs: replace.upkeepMs }) });
  const feedKeeper = keepFresh(feeds, { logger });
  lists.start();
  const healthKeeper = keepHealth({ meter, health: vendorHealth(db, now), logger });
  uses.start();
  webhooks.start();
  const logouts = startLogouts({ oidc, queue: webhooks.logouts, logger });
  const handle = app.callback();
  const consoleOf = (origin: string): Gatehouse['callback'] => {
    const own = new Koa();
    own.silent = true;
    pinToIssuer(own, { issuer: origin, trustedProxyHops: config.trustedProxyHops });
    furnish(own, origin);
    for (const router of desk.routers) own.use(router.routes());
    const answer = own.callback();
    return (request, response) => void answer(request, response);
  };
  return {
    callback: (request, response) => void handle(request, response),
    workflows,
    workflowKeys: workflowKeyStore(db),
    oidc,
    settleOverdue: engine.settleOverdue,
    outboxShown,
    images,
    lists: listDesk({ db, vault, now, changed: lists.refresh, logouts: webhooks.logouts }),
    consoleCallback: config.console.own && consoleOf(config.console.origin),
    doors: desk.doors,
    adminSetup: desk.adminSetup,
    async close() {
      oidc.stop();
      await feedKeeper.stop();
      await lists.stop();
      await healthKeeper.stop();
      await uses.stop();
      await logouts.stop();
      await webhooks.stop();
      await upkeep.stop();
      await sandbox.close();
      if (!replace.documents) await documents.close();
      await database.close();
    },
  };
}
