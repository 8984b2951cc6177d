/**
 * The server's keys: RS256 and ES256 to sign, ECDH-ES for what is encrypted to it, each as next, current and previous. `next` is published before it signs,
 * so that relying parties know it when it does; `previous` stays until the last token it signed is forgotten. Private
 * keys rest sealed in the database, and every process notices a rotation by itself.
 */
import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { GatehouseError } from '../errors.ts';
import type { Vault } from '../vault/vault.ts';

/** The last is no signature: applications encrypt to it (`prefill.ts`). */
export const KEY_ALGS = ['RS256', 'ES256', 'ECDH-ES'] as const;
export type KeyAlg = (typeof KEY_ALGS)[number];

/** For how long a replaced key still verifies: an ID token may come back as `id_token_hint` long after. Milliseconds. */
export const PREVIOUS_KEY_LIFE = 30 * 24 * 3600_000;

/** A key as it is kept. Times are epoch milliseconds. */
export interface SigningKeyRow {
  readonly kid: string;
  readonly alg: string;
  readonly state: 'next' | 'current' | 'previous';
  readonly sealed: Buffer;
  readonly createdAt: number;
  readonly removeAt: number | null;
}

/** Where signing keys are kept. Implemented in `store/signing_keys.ts`; safe between processes. */
export interface SigningKeyStore {
  all(): Promise<readonly SigningKeyRow[]>;
  /** Add a key unless its algorithm has one in that state already. */
  addIfMissing(row: SigningKeyRow): Promise<void>;
  /** next → current, current → previous until `removeAt`, `row` the new next; false where somebody else moved them. */
  promote(change: { current: string; next: string; row: SigningKeyRow; now: number; removeAt: number }): Promise<boolean>;
  /** Delete previous keys whose time has come. */
  removeExpired(now: number): Promise<void>;
}

/** The keys of one moment; `id` changes whenever the set does. */
export interface KeySet {
  readonly id: string;
  /** Private keys, current ones first (the library signs with the first that fits), RS256 before ES256. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

export interface SigningKeys {
  /** Read the keys; makes those that are missing. */
  load(): Promise<KeySet>;
  /** Promote the next key of each algorithm; gives the algorithms that this call rotated. */
  rotate(): Promise<readonly KeyAlg[]>;
}

const ORDER: Readonly<Record<SigningKeyRow['state'], number>> = { current: 0, next: 1, previous: 2 };

const rank = (alg: string): number => (KEY_ALGS as readonly string[]).indexOf(alg);

/** `now` in epoch milliseconds. */
export function signingKeys(store: SigningKeyStore, vault: Vault, now: () => number = Date.now): SigningKeys {
  const make = async (alg: KeyAlg, state: 'next' | 'current'): Promise<SigningKeyRow> => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048, ...(alg === 'ECDH-ES' ? { crv: 'P-256' } : {}) });
    const kid = randomBytes(12).toString('base64url');
    const jwk: JWK = { ...(await exportJWK(privateKey)), kid, alg, use: alg === 'ECDH-ES' ? 'enc' : 'sig' };
    return { kid, alg, state, sealed: vault.seal('signing_key', JSON.stringify(jwk), kid), createdAt: now(), removeAt: null };
  };

  const complete = async (): Promise<readonly SigningKeyRow[]> => {
    const rows = await store.all();
    const missing = KEY_ALGS.flatMap((alg) =>
      (['current', 'next'] as const)
        .filter((state) => !rows.some((row) => row.alg === alg && row.state === state))
        .map((state) => ({ alg, state })),
    );
    if (missing.length === 0) return rows;
    for (const { alg, state } of missing) await store.addIfMissing(await make(alg, state));
    return store.all();
  };

  return {
    async load() {
      const rows = (await complete())
        .filter((row) => row.removeAt === null || row.removeAt > now())
        .toSorted((a, b) => ORDER[a.state] - ORDER[b.state] || rank(a.alg) - rank(b.alg) || b.createdAt - a.createdAt);
      const keys = await Promise.all(
        rows.map(async (row) => JSON.parse((await vault.open('signing_key', row.sealed, row.kid)).toString('utf8')) as JWK),
      );
      return { id: rows.map((row) => `${row.kid}:${row.state}`).join(' '), jwks: { keys } };
    },

    async rotate() {
      const rotated: KeyAlg[] = [];
      for (const alg of KEY_ALGS) {
        const rows = (await complete()).filter((row) => row.alg === alg);
        const current = rows.find((row) => row.state === 'current');
        const next = rows.find((row) => row.state === 'next');
        if (!current || !next) throw new GatehouseError('signing_key_missing', 500, `no current and next ${alg} key`);
        const row = await make(alg, 'next');
        const at = now();
        if (await store.promote({ current: current.kid, next: next.kid, row, now: at, removeAt: at + PREVIOUS_KEY_LIFE })) {
          rotated.push(alg);
        }
      }
      await store.removeExpired(now());
      return rotated;
    },
  };
}

/** The command behind `npm run keys -- rotate|rewrap|list`; gives the lines to print. Running gateways notice by themselves. */
export async function keysCommand(argument: string | undefined, store: SigningKeyStore, vault: Vault, now: () => number = Date.now): Promise<readonly string[]> {
  const keys = signingKeys(store, vault, now);
  if (argument === 'rotate') {
    const rotated = await keys.rotate();
    return rotated.length > 0
      ? rotated.map((alg) => `${alg}: the next key is in use now; the one before is known for another ${PREVIOUS_KEY_LIFE / 86_400_000} days`)
      : ['nothing rotated: another process did just now'];
  }
  if (argument === 'list') {
    await keys.load();
    return (await store.all()).map((row) => `${row.alg} ${row.state.padEnd(8)} ${row.kid} since ${new Date(row.createdAt).toISOString()}`);
  }
  if (argument === 'rewrap') return [`${await vault.rewrap()} data keys are wrapped by the first master key now; the others may be removed`];
  throw new GatehouseError('unknown_command', 400, 'keys: expected "list", "rotate" or "rewrap"');
}
