/** The wiring of the console, in one place: every area gets the few things it needs. */
import type Router from '@koa/router';
import type { Logger } from 'pino';
import { consoleRoutes } from './admin/console.ts';
import type { AdminRoute, StaffSessions } from './admin/route.ts';
import type { Config } from './config.ts';
import type { Engine } from './engine/engine.ts';
import type { Shell } from './hosted/show.ts';
import type { WorkflowStore } from './journey/store.ts';
import { auditLog, type Auditing } from './store/console/audit.ts';
import type { Db } from './store/database.ts';
import type { KeptImages } from './store/images.ts';
import type { Vault } from './vault/vault.ts';

/** What the gateway has for the console. */
export interface ConsoleParts {
  readonly config: Config;
  readonly db: Db;
  readonly vault: Vault;
  readonly shell: Shell;
  readonly engine: Engine;
  readonly workflows: WorkflowStore;
  readonly images: KeptImages;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface Console {
  readonly router: Router;
}

export function wireConsole(parts: ConsoleParts): Console {
  const { config, db, vault, shell, logger, now } = parts;
  const auditing: Auditing = { db, vault, now };
  const audit = auditLog(auditing);
  const sessions: StaffSessions = { of: async () => undefined };
  const routes: readonly AdminRoute[] = [
  ];
  return {
    router: consoleRoutes({ ...shell, sessions, audit, origin: config.issuer, now, logger }, routes),
  };
}
