/** What the suites of webhooks share: the real desk, queue and worker on a database, and an endpoint that listens. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { EndpointSettings } from '../../../src/admin/webhooks/settings.ts';
import { Personal } from '../../../src/personal.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { queueWebhookEvent } from '../../../src/store/webhook_outbox.ts';
import { openWebhooks, type Webhooks, type WebhooksOptions } from '../../../src/store/webhooks.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { WebhookEvent } from '../../../src/webhooks/events.ts';
import type { WebhookWorker } from '../../../src/webhooks/worker.ts';

export const AUTHOR = { kind: 'staff', id: 'author', name: 'Test author' } as const;

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Listener {
  readonly origin: string;
  readonly received: Received[];
  /** What is answered from now on; 204 otherwise. */
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  close(): Promise<void>;
}

/** A real server, on loopback. */
export async function listen(): Promise<Listener> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers as Record<string, string>, body });
      listener.answer(request, response, body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const listener: Listener = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (_request, response) => response.writeHead(204).end(),
    close: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
  };
  return listener;
}

export const newEndpointId = (): string => `whe_${randomBytes(9).toString('hex')}`;

export function settings(url: string, facts: Partial<EndpointSettings> = {}): EndpointSettings {
  return { url, description: 'A test', mode: 'test', workflowId: undefined, events: ['journey.decided'], withCredential: false, ...facts };
}

export function event(facts: Partial<WebhookEvent> = {}): WebhookEvent {
  return { type: 'journey.decided', mode: 'test', workflowId: 'w', clientId: 'c', journeyId: 'j-1', data: { transaction_id: 'j-1', decision: 'approve', reasons: ['all_good'] }, at: Date.now(), ...facts };
}

export const CREDENTIAL = 'planted-credential@example.com';
export const silent = { warn: () => undefined };

export async function openTestWebhooks(opened: OpenedDatabase, vault: Vault, options: Partial<WebhooksOptions> = {}): Promise<Webhooks> {
  return openWebhooks({
    db: opened.db, vault, development: true, now: Date.now, logger: silent, credentialOf: async (id) => (id === 'j-1' ? Personal.of(CREDENTIAL) : undefined),
    ...options, worker: { busyMs: 20, idleMs: 40, timeoutMs: 10_000, drainMs: 300, ...options.worker },
  });
}

/** Write an event as a decision does. */
export function happen(opened: OpenedDatabase, facts: Partial<WebhookEvent> = {}): Promise<string> {
  return opened.db.transaction().execute((tx) => queueWebhookEvent(tx, event(facts)));
}

export async function createEndpoint(webhooks: Webhooks, of: EndpointSettings): Promise<{ readonly id: string; readonly secret: string }> {
  const id = newEndpointId();
  const made = await webhooks.desk.create(AUTHOR, id, of);
  expect(made.kind).toBe('created');
  return { id, secret: made.kind === 'created' ? made.secret : '' };
}

/** Tries that wait become due now. */
export async function hurry(opened: OpenedDatabase): Promise<void> {
  await sql`UPDATE pgboss.job SET start_after = now() WHERE name = 'webhook_delivery' AND state < 'active'`.execute(opened.db);
}

/** Look until it is so. */
export async function until<T>(worker: WebhookWorker | undefined, look: () => Promise<T | undefined | false> | T | undefined | false, ms = 90_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error('it did not come to that');
    worker?.nudge();
    await new Promise((done) => setTimeout(done, 25));
  }
}
