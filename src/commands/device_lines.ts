/** What `npm run devices` does, as lines: whose devices, ending their trust, a link for their owner, open incidents. */
import type { DeviceStore, IncidentStore, PasskeyStore, TicketStore } from '../devices/store.ts';
import { deathOf } from '../devices/trust.ts';
import { GatehouseError } from '../errors.ts';
import { devicesLink, SENT_LINK_MS } from '../hosted/my_session.ts';
import type { Mode } from '../journey/journey.ts';

const USAGE = 'usage: devices list <account or transaction id>, devices revoke <account> [device or passkey], devices link <account>, devices incidents [--all], or devices close <incident>';
const MOST_INCIDENTS = 200;

/** An account as the command finds it. */
export interface FoundAccount {
  readonly accountId: string;
  readonly mode: Mode;
  readonly workflowId: string;
  readonly erased: boolean;
}

export interface DeviceCommandDeps {
  readonly devices: Pick<DeviceStore, 'ofAccount' | 'revoke'>;
  readonly passkeys: Pick<PasskeyStore, 'ofAccount' | 'revoke'>;
  readonly incidents: Pick<IncidentStore, 'list' | 'close'>;
  /** Needs the master keys, and is asked for only where a link is made. */
  readonly tickets: () => Promise<Pick<TicketStore, 'make'>>;
  /** By its id or by that of one of its journeys, the newest of which says mode and workflow. */
  readonly find: (id: string) => Promise<FoundAccount | undefined>;
  readonly issuer: string;
  readonly now: () => number;
}

const iso = (at: number): string => new Date(at).toISOString();

/** @throws GatehouseError `usage` 400, `account_unknown` 404, `device_unknown` 404, `incident_unknown` 404, `account_erased` 409 */
export async function deviceCommand(deps: DeviceCommandDeps, given: readonly string[]): Promise<readonly string[]> {
  // By hand: a passkey's id may begin with a hyphen.
  const [what, id, one, ...more] = given.filter((word) => word !== '--all');
  const all = given.includes('--all');
  if (more.length > 0) throw new GatehouseError('usage', 400, USAGE);
  if (what === 'incidents' && id === undefined) return incidentLines(deps, all);
  if (id === undefined || all || (one !== undefined && what !== 'revoke')) throw new GatehouseError('usage', 400, USAGE);
  if (what === 'close') return close(deps, id);
  if (what !== 'list' && what !== 'revoke' && what !== 'link') throw new GatehouseError('usage', 400, USAGE);
  const account = await deps.find(id);
  if (!account) throw new GatehouseError('account_unknown', 404, 'there is no such account, and no journey that led to one');
  if (what === 'list') return list(deps, account);
  return what === 'revoke' ? revoke(deps, account, one) : link(deps, account);
}

async function list({ devices, passkeys, now }: DeviceCommandDeps, { accountId, mode, erased }: FoundAccount): Promise<readonly string[]> {
  const [rows, keys] = await Promise.all([devices.ofAccount(accountId), passkeys.ofAccount(accountId)]);
  const at = now();
  return [
    `account ${accountId}, ${mode}${erased ? ', erased' : ''}`,
    ...rows.map(({ device, trust }) => {
      const death = deathOf(trust, at);
      const state = death === undefined
        ? `until ${iso(trust.expiresAt)}`
        : `${death}${trust.revokedAt === undefined ? '' : ` ${iso(trust.revokedAt)} (${trust.revokedReason ?? 'unknown'})`}`;
      return `  device ${device.id}  ${device.kind}  ${device.label ?? 'unnamed'}  ${device.hardware ? 'hardware key' : 'software key'}  ${trust.workflowId}  by ${trust.reason}, journey ${trust.journeyId}  since ${iso(trust.grantedAt)}, used ${iso(trust.lastUsedAt)}  ${state}`;
    }),
    ...keys.map((passkey) => `  passkey ${passkey.id}  ${passkey.deviceType}  ${passkey.label ?? 'unnamed'}  ${passkey.workflowId}  by journey ${passkey.journeyId}  since ${iso(passkey.createdAt)}, ${
      passkey.lastUsedAt === undefined ? 'never used' : `used ${iso(passkey.lastUsedAt)}`}  ${passkey.revokedAt === undefined ? 'good' : `revoked ${iso(passkey.revokedAt)}`}`),
    ...(rows.length + keys.length === 0 ? ['  nothing is trusted, and nothing was'] : []),
  ];
}

async function revoke({ devices, passkeys, now }: DeviceCommandDeps, { accountId }: FoundAccount, one: string | undefined): Promise<readonly string[]> {
  const end = { accountId, reason: 'by_operator', now: now() } as const;
  if (one === undefined) {
    const [ended, keys] = [await devices.revoke(end), await passkeys.revoke(end)];
    return [`ended: trust in devices ${ended}, passkeys ${keys}`];
  }
  const [rows, keys] = await Promise.all([devices.ofAccount(accountId), passkeys.ofAccount(accountId)]);
  if (rows.some(({ device }) => device.id === one)) return [`ended: trust in this device ${await devices.revoke({ ...end, deviceId: one })}`];
  if (keys.some((passkey) => passkey.id === one)) return [`ended: this passkey ${await passkeys.revoke({ ...end, id: one })}`];
  throw new GatehouseError('device_unknown', 404, 'this account has no such device or passkey');
}

async function link({ tickets, issuer, now }: DeviceCommandDeps, { accountId, mode, workflowId, erased }: FoundAccount): Promise<readonly string[]> {
  if (erased) throw new GatehouseError('account_erased', 409, 'the account was erased: there is nothing to see');
  const path = await devicesLink(await tickets(), { accountId, mode, workflowId }, SENT_LINK_MS, now());
  return [`${issuer}${path}`, `works once, until ${iso(now() + SENT_LINK_MS)}; send it to the person themselves, and to nobody else`];
}

async function close({ incidents }: DeviceCommandDeps, id: string): Promise<readonly string[]> {
  if (await incidents.close(id)) return ['closed'];
  throw new GatehouseError('incident_unknown', 404, 'there is no such open incident');
}

async function incidentLines({ incidents }: DeviceCommandDeps, all: boolean): Promise<readonly string[]> {
  const found = await incidents.list({ ...(all ? {} : { status: 'open' as const }), most: MOST_INCIDENTS });
  const named = (word: string, value: string | undefined): string => (value === undefined ? '' : `  ${word} ${value}`);
  return found.length === 0 ? ['no incidents'] : found.map((one) =>
    `${iso(one.at)}  ${one.status}  ${one.kind}  ${one.mode}${named('account', one.accountId)}${named('device', one.deviceId)}${named('journey', one.journeyId)}${
      Object.entries(one.details).map(([key, value]) => `  ${key} ${String(value)}`).join('')}  incident ${one.id}`);
}
