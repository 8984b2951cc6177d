/** From what is kept about devices and passkeys to what their owner is shown. Pure. */
import { createHash } from 'node:crypto';
import type { Device, DeviceTrust, Passkey } from '../devices/store.ts';
import { deathOf } from '../devices/trust.ts';
import type { Mode } from '../journey/journey.ts';
import type { MyNotice, MyThing } from './my_pages.ts';

/** One thing of the account with what is needed to end it; dead ones included, so that doing it twice is no surprise. */
export interface Owned {
  readonly thing: MyThing;
  /** Of the device, or of the passkey. */
  readonly id: string;
  readonly alive: boolean;
  /** Epoch milliseconds. */
  readonly endedAt: number | undefined;
  readonly reported: boolean;
  /** The journey that verified the person on it last. */
  readonly journeyId: string;
  readonly workflowId: string;
}

export interface Owner {
  /** Hash of the session: the names of things in its addresses mean nothing to another. */
  readonly sessionHash: string;
  readonly mode: Mode;
  readonly now: number;
  /** The device that looks at the page. */
  readonly hereId: string | undefined;
  /** Names of applications, by workflow. */
  readonly apps: ReadonlyMap<string, readonly string[]>;
}

/** How a thing is called in one session's addresses: no lasting name of it stands in a history or a log. */
export function refOf(sessionHash: string, kind: 'device' | 'passkey', id: string): string {
  return createHash('sha256').update(`${sessionHash}\0${kind}\0${id}`).digest('base64url').slice(0, 22);
}

/** A device is one thing, however many applications it counts at. In the order given; this one first. */
export function ownedDevices(rows: readonly { readonly device: Device; readonly trust: DeviceTrust }[], owner: Owner): readonly Owned[] {
  const byDevice = Map.groupBy(rows.filter(({ device }) => device.mode === owner.mode), ({ device }) => device.id);
  const owned = [...byDevice.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { device } = first;
    const trusts = group.map(({ trust }) => trust);
    const living = trusts.filter((trust) => deathOf(trust, owner.now) === undefined);
    const told = living.length > 0 ? living : trusts;
    const newest = told.reduce((one, other) => (other.grantedAt > one.grantedAt ? other : one));
    const ended = trusts.flatMap(({ revokedAt }) => revokedAt ?? []);
    return [{
      id: device.id,
      alive: living.length > 0,
      endedAt: ended.length > 0 ? Math.max(...ended) : undefined,
      reported: trusts.some(({ revokedReason }) => revokedReason === 'reported'),
      journeyId: newest.journeyId,
      workflowId: newest.workflowId,
      thing: {
        ref: refOf(owner.sessionHash, 'device', device.id),
        kind: device.kind,
        name: device.label,
        here: device.id === owner.hereId,
        lastUsedAt: Math.max(...told.map(({ lastUsedAt }) => lastUsedAt)),
        since: Math.min(...told.map(({ grantedAt }) => grantedAt)),
        until: Math.max(...told.map(({ expiresAt }) => expiresAt)),
        country: countryOf(device.lastCountry),
        apps: appsOf(told.map(({ workflowId }) => workflowId), owner.apps),
      },
    }];
  });
  return owned.toSorted((a, b) => Number(b.thing.here) - Number(a.thing.here));
}

export function ownedPasskeys(passkeys: readonly Passkey[], owner: Owner): readonly Owned[] {
  return passkeys.filter(({ mode }) => mode === owner.mode).map((passkey) => ({
    id: passkey.id,
    alive: passkey.revokedAt === undefined && !passkey.accountErased,
    endedAt: passkey.revokedAt,
    reported: false,
    journeyId: passkey.journeyId,
    workflowId: passkey.workflowId,
    thing: {
      ref: refOf(owner.sessionHash, 'passkey', passkey.id),
      kind: 'passkey',
      name: passkey.label,
      here: false,
      lastUsedAt: passkey.lastUsedAt,
      since: passkey.createdAt,
      apps: appsOf([passkey.workflowId], owner.apps),
    },
  }));
}

/** For so long a page says what was done before it. */
const NOTICED_MS = 5 * 60_000;

/**
 * What to say about a deed just done. The address only says which one to look for; the account must show it, so that
 * no link makes the page claim what never happened.
 */
export function noticeOf(asked: unknown, owned: readonly Owned[], now: number): MyNotice | undefined {
  const recent = owned
    .filter(({ alive, endedAt }) => !alive && endedAt !== undefined && now - endedAt < NOTICED_MS)
    .toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  if (asked === 'all') return recent.length > 0 && owned.every(({ alive }) => !alive) ? { kind: 'all' } : undefined;
  if (asked !== 'removed' && asked !== 'reported') return undefined;
  const last = recent.find(({ reported, thing }) => asked !== 'reported' || reported || thing.kind === 'passkey');
  return last && { kind: asked, what: last.thing.kind, name: last.thing.name };
}

function countryOf(code: string | undefined): string | undefined {
  return code !== undefined && /^[A-Z]{2}$/.test(code) ? code : undefined;
}

function appsOf(workflowIds: readonly string[], apps: Owner['apps']): readonly string[] {
  return [...new Set(workflowIds.flatMap((id) => apps.get(id) ?? []))];
}
