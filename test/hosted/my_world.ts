/** The page about one's devices on a bare Koa, before stores that a test fills and looks into. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import Koa from 'koa';
import pino from 'pino';
import type { Device, DeviceTrust, Incident, Passkey, RevokeReason } from '../../src/devices/store.ts';
import { hashOfToken } from '../../src/devices/token.ts';
import { deviceCookie } from '../../src/hosted/device_cookie.ts';
import { answerErrors } from '../../src/hosted/errors.ts';
import { myDevicesRoutes, type MyDevicesDeps } from '../../src/hosted/my_devices.ts';
import { makeCsrf } from '../../src/http/csrf.ts';
import { securityHeaders } from '../../src/http/headers.ts';
import { makeViews } from '../../src/http/views.ts';
import type { Mode } from '../../src/journey/journey.ts';
import { pinToIssuer } from '../../src/oidc/issuer_pin.ts';
import type { Personal } from '../../src/personal.ts';
import { HttpPerson } from '../support/http_person.ts';

export const START = 1_800_000_000_000;
const DAY = 86_400_000;

interface Ticket {
  readonly purpose: string;
  readonly holds: Personal<unknown>;
  readonly expiresAt: number;
  used: boolean;
}

export interface MyWorld {
  readonly origin: string;
  readonly deps: MyDevicesDeps;
  readonly rows: { device: Device; trust: DeviceTrust }[];
  readonly passkeys: Passkey[];
  readonly incidents: Omit<Incident, 'id' | 'status'>[];
  readonly tickets: Map<string, Ticket>;
  readonly erased: Set<string>;
  /** Device cookie to device id. */
  readonly cookies: Map<string, string>;
  /** What was revoked, in order. */
  readonly revoked: { readonly accountId: string; readonly what: string; readonly reason: RevokeReason }[];
  /** Devices whose passkeys and grants were ended with them, in order. */
  readonly ended: { readonly accountId: string; readonly deviceId: string }[];
  readonly clock: { now: number };
  person(): HttpPerson;
  close(): void;
}

export function aDevice(id: string, facts: Partial<Device> = {}): Device {
  return {
    id, mode: 'test', kind: 'desktop', thumbprint: `t-${id}`, jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, fingerprint: undefined, collectorVersion: undefined,
    hardware: undefined, label: 'Chrome on Windows', lastCountry: 'US', createdAt: START - 40 * DAY, lastSeenAt: START - DAY, ...facts,
  };
}

export function aTrust(device: Device, accountId: string, facts: Partial<DeviceTrust> = {}): { device: Device; trust: DeviceTrust } {
  return {
    device,
    trust: {
      id: `trust-${device.id}-${facts.workflowId ?? 'w'}`, deviceId: device.id, accountId, workflowId: 'w', credentialHash: undefined, journeyId: `journey-${device.id}`,
      acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', grantedAt: START - 40 * DAY, expiresAt: START + 140 * DAY, lastUsedAt: START - 2 * DAY, simCheckedAt: undefined,
      revokedAt: undefined, revokedReason: undefined, accountErased: false, ...facts,
    },
  };
}

export function aPasskey(id: string, accountId: string, facts: Partial<Passkey> = {}): Passkey {
  return {
    id, accountId, workflowId: 'w', mode: 'test', credentialHash: undefined, userHandle: 'u', publicKey: new Uint8Array(), counter: 0, transports: [], deviceType: 'multiDevice',
    backedUp: true, label: 'Chrome on Android', journeyId: `journey-${id}`, acr: 'urn:gatehouse:acr:phone', createdAt: START - DAY, lastUsedAt: undefined, revokedAt: undefined,
    accountErased: false, ...facts,
  };
}

/** @param https the issuer's scheme, where it is another than the server's */
export async function openMyWorld(issuer?: string): Promise<MyWorld> {
  const clock = { now: START };
  const [rows, passkeys, incidents, revoked]: [MyWorld['rows'], Passkey[], MyWorld['incidents'], MyWorld['revoked']] = [[], [], [], []];
  const ended: MyWorld['ended'] = [];
  const tickets = new Map<string, Ticket>();
  const erased = new Set<string>();
  const cookies = new Map<string, string>();
  const app = new Koa();
  app.silent = true;
  const server: Server = createServer((request, response) => void app.callback()(request, response));
  // On a busy machine a connection could end of idleness at the very moment the next request takes it: only the client lets go.
  server.keepAliveTimeout = 0;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (hash: string, purpose: string, now: number): Ticket | undefined => {
    const found = tickets.get(hash);
    return found && found.purpose === purpose && !found.used && found.expiresAt > now ? found : undefined;
  };
  const shell = { views: makeViews({ dir: resolve(import.meta.dirname, '../../views'), now: () => clock.now }), csrf: makeCsrf(Buffer.alloc(32, 1)) };
  const deps: MyDevicesDeps = {
    ...shell,
    devices: {
      async byToken(hash, mode: Mode) {
        const id = [...cookies].find(([cookie]) => hashOfToken(cookie) === hash)?.[1];
        const row = rows.find(({ device }) => device.id === id && device.mode === mode);
        return row && { device: row.device, token: 'current', trusts: rows.filter(({ device }) => device.id === id).map(({ trust }) => trust) };
      },
      ofAccount: async (accountId) => rows.filter(({ trust }) => trust.accountId === accountId),
      async revoke({ accountId, deviceId, reason, now }) {
        revoked.push({ accountId, what: deviceId ?? 'devices', reason });
        const due = rows.filter(({ trust }) => trust.accountId === accountId && (deviceId === undefined || trust.deviceId === deviceId) && trust.revokedAt === undefined);
        for (const row of due) row.trust = { ...row.trust, revokedAt: now, revokedReason: reason };
        return due.length;
      },
    },
    passkeys: {
      ofAccount: async (accountId) => passkeys.filter((one) => one.accountId === accountId),
      async revoke({ accountId, id, reason, now }) {
        revoked.push({ accountId, what: id ?? 'passkeys', reason });
        let count = 0;
        for (const [at, one] of passkeys.entries()) {
          if (one.accountId !== accountId || (id !== undefined && one.id !== id) || one.revokedAt !== undefined) continue;
          passkeys[at] = { ...one, revokedAt: now };
          count += 1;
        }
        return count;
      },
    },
    tickets: {
      async make({ hash, purpose, holds, expiresAt }) {
        tickets.set(hash, { purpose, holds, expiresAt, used: false });
      },
      peek: async (hash, purpose, now) => open(hash, purpose, now)?.holds,
      async take(hash, purpose, now) {
        const found = open(hash, purpose, now);
        if (found) found.used = true;
        return found?.holds;
      },
    },
    incidents: {
      async open(incident) {
        incidents.push(incident);
        return String(incidents.length);
      },
    },
    accounts: {
      alive: async (accountId) => !erased.has(accountId),
      async endWaysIn({ accountId, deviceId }) {
        ended.push({ accountId, deviceId });
      },
      applications: async (ids) => new Map(ids.map((id) => [id, [`App <${id}>`]])),
    },
    workflow: async () => undefined,
    deviceHash: deviceCookie(issuer ?? origin).hash,
    origin: issuer ?? origin,
    now: () => clock.now,
  };
  pinToIssuer(app, { issuer: issuer ?? origin, trustedProxyHops: 0 });
  app.use(securityHeaders(issuer !== undefined));
  app.use(answerErrors(shell, pino({ level: 'silent' })));
  const router = myDevicesRoutes(deps);
  app.use(router.routes()).use(router.allowedMethods({ throw: false }));
  return {
    origin, deps, rows, passkeys, incidents, tickets, erased, cookies, revoked, ended, clock,
    person: () => new HttpPerson(),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
