/**
 * Device Bound Session Credentials (W3C draft): a browser with secure hardware keeps a key there, and shows it again and
 * again in exchange for a short-lived cookie. Here that session is bound to a device that is known already; it makes the
 * device's proof one of hardware, and is never the only proof.
 */
import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { z } from 'zod';
import { sameSecret } from '../constant_time.ts';
import type { Mode } from '../journey/journey.ts';
import { Personal } from '../personal.ts';
import { verifyProof, type ProofFault } from './proof.ts';
import type { Device, DeviceStore, HardwareKey, KnownDevice, TicketStore } from './store.ts';
import { hashOfToken, newToken } from './token.ts';

export interface DbscDeps {
  readonly devices: Pick<DeviceStore, 'byToken' | 'bindHardware' | 'byHardwareSession'>;
  readonly tickets: Pick<TicketStore, 'make' | 'take'>;
  /** Of the issuer, without a trailing slash. */
  readonly origin: string;
  readonly now: () => number;
}

export type DbscFault = ProofFault | 'dbsc_challenge' | 'dbsc_device' | 'dbsc_session';

export type DbscAnswer =
  /** `bound` is the new cookie's value. */
  | { readonly kind: 'bound'; readonly sessionId: string; readonly bound: string }
  /** The browser has to sign this and ask again. */
  | { readonly kind: 'challenge'; readonly challenge: string; readonly sessionId: string }
  /** The session is over: its device is trusted by nobody any more. */
  | { readonly kind: 'over' }
  | { readonly kind: 'refused'; readonly code: DbscFault };

/** Hash of the device cookie of that mode which came with the request. */
export type CookieHash = (mode: Mode) => string | undefined;

export interface Dbsc {
  /** A challenge by which the browser that was just given this device cookie, and no other, may register a key. */
  invite(at: { readonly mode: Mode; readonly tokenHash: string }): Promise<string>;
  register(proof: string | undefined, cookie: CookieHash): Promise<DbscAnswer>;
  refresh(sessionId: string | undefined, proof: string | undefined, cookie: CookieHash): Promise<DbscAnswer>;
}

/** How long the cookie of one refresh is good, milliseconds. */
export const BOUND_MS = 600_000;
const CHALLENGE_MS = 300_000;

const REGISTER = 'dbsc_register';
const REFRESH = 'dbsc_refresh';
const invited = z.object({ mode: z.enum(['test', 'live']), tokenHash: z.string() });
const refreshing = z.object({ sessionId: z.string() });
const said = z.object({ jti: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

export function makeDbsc({ devices, tickets, origin, now }: DbscDeps): Dbsc {
  const challengeFor = async (purpose: string, holds: unknown): Promise<string> => {
    const challenge = newToken();
    const at = now();
    await tickets.make({ hash: hashOfToken(challenge), purpose, holds: Personal.of(holds), now: at, expiresAt: at + CHALLENGE_MS });
    return challenge;
  };
  /** What a challenge was made for, used up now; undefined for one that is old, used or foreign. */
  const taken = async (purpose: string, challenge: string | undefined): Promise<unknown> =>
    challenge === undefined ? undefined : (await tickets.take(hashOfToken(challenge), purpose, now()))?.open();
  /** The device that this cookie and its trust still stand for. */
  const alive = async (tokenHash: string | undefined, mode: Mode): Promise<Device | undefined> => {
    const known = tokenHash === undefined ? undefined : await devices.byToken(tokenHash, mode, now());
    return known && trusted(known, now()) ? known.device : undefined;
  };
  const bind = async (device: Device, key: Pick<HardwareKey, 'sessionId' | 'jwk' | 'alg' | 'registeredAt'>): Promise<DbscAnswer> => {
    const bound = newToken();
    const { sessionId, jwk, alg, registeredAt } = key;
    await devices.bindHardware(device.id, { sessionId, jwk, alg, registeredAt, cookieHash: hashOfToken(bound), cookieUntil: now() + BOUND_MS });
    return { kind: 'bound', sessionId, bound };
  };
  const refused = (code: DbscFault): DbscAnswer => ({ kind: 'refused', code });

  return {
    invite: ({ mode, tokenHash }) => challengeFor(REGISTER, { mode, tokenHash }),
    async register(proof, cookie) {
      if (proof === undefined) return refused('proof_missing');
      const challenge = challengeIn(proof);
      const made = invited.safeParse(await taken(REGISTER, challenge));
      // Bound to the very cookie that came with it: nobody registers their own hardware for a cookie they stole.
      if (!made.success || challenge === undefined || made.data.tokenHash !== cookie(made.data.mode)) return refused('dbsc_challenge');
      const shown = await verifyProof(proof, { form: 'dbsc', challenge, origin, now: now() });
      if (shown.kind === 'bad') return refused(shown.fault);
      const device = await alive(made.data.tokenHash, made.data.mode);
      if (!device) return refused('dbsc_device');
      return bind(device, { sessionId: device.hardware?.sessionId ?? randomBytes(16).toString('base64url'), jwk: { ...shown.jwk }, alg: shown.alg, registeredAt: now() });
    },
    async refresh(sessionId, proof, cookie) {
      const device = sessionId === undefined ? undefined : await devices.byHardwareSession(sessionId);
      if (!device?.hardware || sessionId === undefined) return refused('dbsc_session');
      if ((await alive(cookie(device.mode), device.mode))?.id !== device.id) {
        return { kind: 'over' };
      }
      if (proof === undefined) return { kind: 'challenge', challenge: await challengeFor(REFRESH, { sessionId }), sessionId };
      const challenge = challengeIn(proof);
      const made = refreshing.safeParse(await taken(REFRESH, challenge));
      // The browser may have kept one that is old by now: it is given another.
      if (!made.success || challenge === undefined || made.data.sessionId !== sessionId) {
        return { kind: 'challenge', challenge: await challengeFor(REFRESH, { sessionId }), sessionId };
      }
      const { jwk, alg } = device.hardware;
      const thumbprint = await calculateJwkThumbprint(jwk as JWK);
      // Browsers send no key to refresh; one that is sent must be the registered one.
      const shown = await verifyProof(proof, { form: 'dbsc', challenge, origin, now: now(), thumbprint, key: jwk });
      if (shown.kind === 'bad') return refused(shown.fault);
      return shown.alg === alg ? bind(device, device.hardware) : refused('proof_alg');
    },
  };
}

/**
 * How a device stands by its hardware: `proven` where the cookie of a recent refresh came along, `missing` where the
 * device has such a key and it did not, `none` where the device has none. Pure.
 *
 * @param boundCookieHash of the cookie that came with the request
 * @param now epoch milliseconds
 */
export function hardwareStanding(device: Pick<Device, 'hardware'>, boundCookieHash: string | undefined, now: number): 'proven' | 'missing' | 'none' {
  const { hardware } = device;
  if (!hardware) return 'none';
  const { cookieHash, cookieUntil } = hardware;
  if (boundCookieHash === undefined || cookieHash === undefined || cookieUntil === undefined || cookieUntil <= now) return 'missing';
  return sameSecret(boundCookieHash, cookieHash) ? 'proven' : 'missing';
}

function trusted({ token, trusts }: KnownDevice, now: number): boolean {
  if (token === 'replayed' || token === 'lost') return false;
  return trusts.some((trust) => trust.revokedAt === undefined && !trust.accountErased && trust.expiresAt > now);
}

/** The challenge that a proof says it answers, before anything of it is believed. */
function challengeIn(proof: string): string | undefined {
  if (proof.length > 8_192) return undefined;
  try {
    return said.safeParse(JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString('utf8'))).data?.jti;
  } catch {
    return undefined;
  }
}
