/**
 * The sandbox as a running thing: on loopback, on a port the system picks. Several gateway processes have one each. Given
 * the same secrets and the same store of sessions, each can go on with what another began; by itself it makes its own.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientKey } from '../camara/config.ts';
import { sandboxApp } from './app.ts';
import { memorySessions, type SessionStore } from './document_sessions.ts';
import { sandboxTokens } from './tokens.ts';

export interface Sandbox {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Where the document vendor's page is shown. */
  readonly pageOrigin: string;
  /** The gateway as a client of the simulated operator. */
  readonly clientId: string;
  readonly clientKey: ClientKey;
  /** Credential of everything but the carrier. */
  readonly secret: string;
  /** Signs the document vendor's notices. */
  readonly webhookSecret: Buffer;
  /** A token of the phone's own browser, for Number Verification. */
  deviceToken(phone: string): string;
  /** Make the operator forget all tokens, as a restart of its own would. */
  revokeTokens(): void;
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** How long slow numbers take, milliseconds. */
  readonly slowMs?: number;
  readonly tokenSeconds?: number;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  /** Where the gateway takes the document vendor's notices; without it none are sent. */
  readonly noticeUrl?: string;
  /** Where a person's browser reaches the document vendor's page, `/documents/<session>`, if not on loopback. */
  readonly pageOrigin?: string;
  /** Credential of everything but the carrier; made up where it is not given. */
  readonly secret?: string;
  /** Signs the document vendor's notices; made up where it is not given. */
  readonly webhookSecret?: Buffer;
  /** Keeps the document vendor's sessions; in memory where it is not given. */
  readonly sessions?: SessionStore;
}

/** Start a sandbox; close it when the gateway stops. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    slowMs = 15_000, tokenSeconds = 600, clock = Date.now, noticeUrl,
    secret = randomBytes(24).toString('base64url'), webhookSecret = randomBytes(32), sessions = memorySessions(),
  } = options;
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const clientId = 'gatehouse';
  let origin = '';
  const tokens = sandboxTokens({
    clientId,
    clientKey: pair.publicKey,
    audience: () => tokenEndpoint(origin),
    tokenSeconds,
    clock,
  });
  const server = createServer(sandboxApp({ tokens, secret, slowMs, clock, noticeUrl, webhookSecret, sessions, pageOrigin: () => options.pageOrigin ?? origin }).callback());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // A developer's tool must not keep the process alive.
  server.unref();
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    pageOrigin: options.pageOrigin ?? origin,
    clientId,
    clientKey: { key: pair.privateKey, algorithm: 'ES256', keyId: undefined },
    secret,
    webhookSecret,
    deviceToken: (phone) => tokens.issueFor(phone),
    revokeTokens: () => tokens.revokeAll(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Slow numbers would hold it open for as long as they are slow.
        server.closeAllConnections();
      }),
  };
}

/** Where the simulated operator gives out tokens. */
export function tokenEndpoint(origin: string): string {
  return `${origin}/oauth2/token`;
}
