/** The wiring of the console, in one place: every area gets the few things it needs. */
import type Router from '@koa/router';
import type { Logger } from 'pino';
import { accountRoutes } from './admin/accounts/routes.ts';
import { accountApi } from './admin/api/routes/accounts.ts';
import { auditApi } from './admin/api/routes/audit.ts';
import { caseApi } from './admin/api/routes/cases.ts';
import { journeyApi } from './admin/api/routes/journeys.ts';
import { keyApi } from './admin/api/routes/keys.ts';
import { listApi } from './admin/api/routes/lists.ts';
import { noticeApi } from './admin/api/routes/notices.ts';
import { overviewApi } from './admin/api/routes/overview.ts';
import { staffApi } from './admin/api/routes/staff.ts';
import { tokenApi } from './admin/api/routes/tokens.ts';
import { vendorApi } from './admin/api/routes/vendors.ts';
import { webhookApi } from './admin/api/routes/webhooks.ts';
import { workflowApi } from './admin/api/routes/workflows.ts';
import { apiRouter } from './admin/api/router.ts';
import type { ApiRoute } from './admin/api/route.ts';
import { auditRoutes } from './admin/audit/routes.ts';
import { caseRoutes } from './admin/cases/routes.ts';
import { consoleRoutes } from './admin/console.ts';
import { keptForms } from './admin/kept.ts';
import { journeyRoutes } from './admin/journeys/routes.ts';
import { keyRoutes } from './admin/keys/routes.ts';
import type { KeyDesk } from './admin/keys/store.ts';
import { listsRoutes } from './admin/lists/routes.ts';
import { noticeRoutes } from './admin/notices/routes.ts';
import { overviewRoutes } from './admin/overview/routes.ts';
import { ACTIONS } from './admin/permissions.ts';
import type { AdminRoute } from './admin/route.ts';
import { staffArea } from './admin/staff/routes.ts';
import { tokenRoutes } from './admin/tokens/routes.ts';
import { webhookRoutes } from './admin/webhooks/routes.ts';
import type { WebhookDesk } from './admin/webhooks/store.ts';
import { partsSeen } from './admin/vendors/parts.ts';
import { vendorsRoutes } from './admin/vendors/routes.ts';
import { workflowDesk } from './admin/workflows/desk.ts';
import { workflowRoutes } from './admin/workflows/routes.ts';
import { tryApplication } from './admin/workflows/try/application.ts';
import { tryRoutes } from './admin/workflows/try/routes.ts';
import type { TryHelp } from './admin/workflows/try/whom.ts';
import type { Config } from './config.ts';
import type { DocumentReader } from './documents/reader.ts';
import type { AgainMessages } from './engine/again_message.ts';
import type { Engine } from './engine/engine.ts';
import { inRange, parseAddress, parseNet } from './feeds/address.ts';
import { fileSources } from './feeds/config.ts';
import type { AddressFeeds } from './feeds/feeds.ts';
import { FEED_KINDS } from './feeds/kinds.ts';
import type { Shell } from './hosted/show.ts';
import { LOCALES } from './http/locales/index.ts';
import type { WorkflowStore } from './journey/store.ts';
import { accountDesk } from './store/console/accounts.ts';
import { auditLog, type Auditing } from './store/console/audit.ts';
import { caseDesk } from './store/console/cases.ts';
import { journeyDesk } from './store/console/journeys.ts';
import { keyDesk } from './store/console/keys.ts';
import { healthDesk } from './store/console/health.ts';
import { listDesk } from './store/console/lists.ts';
import type { ListsSnapshot } from './store/console/lists_snapshot.ts';
import { attention, workflowIds } from './store/console/attention.ts';
import { noticeDesk } from './store/console/notices.ts';
import { repeatStore } from './store/console/repeats.ts';
import { overviewDesk } from './store/console/rollup.ts';
import { staffStore } from './store/console/staff.ts';
import { keptFormStore } from './store/console/staff_kept.ts';
import { invitationStore } from './store/console/staff_invitations.ts';
import { sessionStore } from './store/console/staff_sessions.ts';
import { tryStore } from './store/console/staff_tries.ts';
import { tokenDesk } from './store/console/tokens.ts';
import { workflowDraftStore } from './store/console/workflows.ts';
import type { Db } from './store/database.ts';
import type { KeptImages } from './store/images.ts';
import type { LogoutJobs } from './store/logouts.ts';
import { ticketStore } from './store/tickets.ts';
import type { Vault } from './vault/vault.ts';
import { vendorNames } from './vendors/index.ts';
import { SIMULATED } from './vendors/sandbox/stories.ts';

/** What the gateway has for the console. */
export interface ConsoleParts {
  readonly config: Config;
  readonly db: Db;
  readonly vault: Vault;
  readonly shell: Shell;
  readonly engine: Engine;
  readonly againMessages: AgainMessages;
  readonly workflows: WorkflowStore;
  readonly images: KeptImages;
  readonly lists: ListsSnapshot;
  readonly feeds: AddressFeeds;
  readonly documents: DocumentReader;
  readonly webhooks: WebhookDesk;
  readonly logouts: LogoutJobs;
  /** Where messages of test keys can be read; undefined where they are sent to phones. */
  readonly outboxHref: string | undefined;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface Console {
  /** In this order: the API's lies below the console's path. */
  readonly routers: readonly Router[];
  /** The console's doors, for the tests that try each of them. */
  readonly doors: readonly AdminRoute[];
  /** A link for the first administrator, beside those of earlier starts; undefined where there is an active one. */
  readonly adminSetup: () => Promise<string | undefined>;
}

export function wireConsole(parts: ConsoleParts): Console {
  const { config, db, vault, shell, logger, now } = parts;
  const auditing: Auditing = { db, vault, now };
  const audit = auditLog(auditing);
  const staffAuditing = { ...auditing, vault };
  const staffKept = staffStore(staffAuditing);
  const kept = keptForms({ store: keptFormStore(db, vault), csrf: shell.csrf, origin: config.console.origin, now });
  const staff = staffArea({
    store: staffKept, invitations: invitationStore(staffAuditing), sessions: sessionStore(staffAuditing), tries: tryStore(db, vault), tickets: ticketStore(db, vault), audit, kept,
    config: config.staff, origin: config.console.origin, keyedHash: (use, text) => vault.keyedHash(use, text), now,
    seal: (text, context) => vault.seal('ticket', text, context), open: (sealed, context) => vault.open('ticket', sealed, context),
  });
  const tokens = tokenDesk(auditing);
  const keys: KeyDesk = keyDesk(auditing);
  const health = healthDesk({ ...auditing, feeds: parts.feeds, logger });
  const workflowDrafts = workflowDraftStore(auditing);
  const workflows = workflowDesk(workflowDrafts, LOCALES);
  const ids = () => workflowIds(db);
  const overview = overviewDesk(db);
  const journeys = journeyDesk({ ...auditing, vault, images: parts.images });
  const cases = caseDesk({ ...auditing, vault, engine: parts.engine, issuer: config.issuer, messages: parts.againMessages });
  const accounts = accountDesk({ db, vault, images: parts.images, logouts: parts.logouts, now });
  const lists = listDesk({ db, vault, now, changed: parts.lists.refresh, logouts: parts.logouts });
  const names = vendorNames(config.vendors);
  const notices = noticeDesk(auditing);
  const api: readonly ApiRoute[] = [
    ...overviewApi(overview),
    ...journeyApi(journeys),
    ...caseApi(cases),
    ...noticeApi(notices),
    ...accountApi(accounts),
    ...workflowApi(workflows, workflowDrafts),
    ...keyApi(keys),
    ...webhookApi(parts.webhooks, async () => ({ development: !config.production, workflows: await ids() })),
    ...listApi(lists),
    ...vendorApi({ health, names, feeds: parts.feeds }),
    ...staffApi(staffKept),
    ...tokenApi(tokens),
    ...auditApi(audit),
  ];
  const tryHelp: TryHelp = { playable: SIMULATED, outboxHref: parts.outboxHref };
  const routes: readonly AdminRoute[] = [
    ...workflowRoutes({ workflows: workflowDrafts, desk: workflows, isNet: (text) => parseNet(text) !== undefined, tryable: tryHelp, elsewhere: config.console.origin !== config.issuer }),
    ...tryRoutes({ application: tryApplication({ issuer: config.issuer, origin: config.console.origin, keys }), workflows: workflowDrafts, help: tryHelp, origin: config.console.origin, elsewhere: config.console.origin !== config.issuer }),
    ...overviewRoutes({ overview, workflowIds: ids, latencies: health.latencies, attention: () => attention(db, now()) }),
    ...tokenRoutes({ tokens, scopes: ACTIONS.filter((action) => api.some(({ scope }) => scope === action)), isNet: (text) => parseNet(text) !== undefined, apiHref: `${config.console.origin}/admin/api/v1/openapi.json` }),
    ...noticeRoutes({ notices }),
    ...caseRoutes({ cases, journeys }),
    ...journeyRoutes({ desk: journeys, workflows: parts.workflows, audit, caseOf: async (journeyId) => caseHref(await cases.ofJourney(journeyId)) }),
    ...staff.routes,
    ...keyRoutes({ keys, issuer: config.issuer, workflowIds: ids }),
    ...accountRoutes({ accounts }),
    ...auditRoutes({ audit }),
    ...listsRoutes({ lists }),
    ...vendorsRoutes({
      health, names, feeds: parts.feeds, feedKinds: FEED_KINDS,
      feedLimits: Object.fromEntries([...fileSources(config.feeds.torFile, config.feeds.denyFiles), ...config.feeds.sources].map(({ id, staleMs }) => [id, staleMs])),
      parts: () => partsSeen({ engines: parts.documents.engines(), imageStore: config.imageStore, sender: config.vendors.sms.sender }),
    }),
    ...webhookRoutes({
      desk: parts.webhooks, development: !config.production,
      workflows: ids,
    }),
  ];
  return {
    routers: [
      apiRouter({ tokens, repeats: repeatStore(db, vault), audit, inNets, origin: config.console.origin, now, logger }, api),
      consoleRoutes({ ...shell, sessions: staff.sessions, kept, audit, origin: config.console.origin, now, logger }, routes),
    ],
    doors: routes,
    adminSetup: staff.inviting.setup,
  };
}

const caseHref = (id: string | undefined): string | undefined => (id === undefined ? undefined : `/admin/cases/${id}`);

/** Whether an address lies in one of these nets; one that cannot be read lies in none. */
function inNets(address: string, nets: readonly string[]): boolean {
  const found = parseAddress(address);
  return found !== undefined && nets.some((net) => {
    const range = parseNet(net);
    return range !== undefined && inRange(range, found);
  });
}
