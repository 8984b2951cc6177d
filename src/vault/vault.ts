/**
 * Envelope encryption: personal data and secrets are sealed under data keys, data keys are wrapped by a master key
 * that never touches the database. Several master keys may be known by id: the first wraps, all unwrap.
 *
 * After {@link openVault} every key is in memory, so sealing is synchronous and opening asks the database only for a
 * key that another process made since.
 */
import { createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { GatehouseError } from '../errors.ts';
import { openBox, parseBox, sealBox } from './box.ts';
import type { DataKeyRow, DataKeyStore } from './data_keys.ts';

/**
 * What sealed things are for; each purpose has its own data keys. `index` is the one stable key behind keyed hashes
 * and derived secrets, and `cookie` is the ring that signs cookies.
 */
export const PURPOSES = [
  'account',
  'api_repeat',
  'case',
  'consent',
  'cookie',
  'evidence',
  'face',
  'image',
  'index',
  'journey',
  'list',
  'oidc_record',
  'outbox',
  'sandbox',
  'signing_key',
  'ticket',
  'webhook',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A master key: 32 bytes, from the environment or a key service. */
export interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
}

/** What the rest of the program sees of the vault. */
export interface Vault {
  /** Seal something; it opens only with the same purpose and context (table and row, for instance). */
  seal(purpose: Purpose, plaintext: Buffer | string, context: string): Buffer;
  /**
   * Open a box.
   * @throws GatehouseError `sealed_box_invalid` where it was tampered with, or belongs elsewhere, or its key is unknown
   */
  open(purpose: Purpose, box: Uint8Array, context: string): Promise<Buffer>;
  /** HMAC-SHA-256 under the stable index key, base64url: equality search without the value. `use` keeps uses apart. */
  keyedHash(use: string, value: string): string;
  /** A stable 32-byte secret, the same in every process (HKDF-SHA-256 from the index key). */
  secret(use: string): Buffer;
  /** Cookie signing keys, newest first: the first signs, all verify. */
  cookieKeys(): readonly string[];
  /** Learn of keys that other processes made. */
  refresh(): Promise<void>;
  /** Make a new data key for what is sealed from now on; older boxes still open. False where another process just did. */
  rotate(purpose: Purpose): Promise<boolean>;
  /** Wrap every data key by the first master key, so that older master keys can be thrown away; gives how many. */
  rewrap(): Promise<number>;
}

export interface VaultOptions {
  /** At least one; the first wraps. */
  readonly masterKeys: readonly MasterKey[];
  readonly store: DataKeyStore;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

interface DataKey {
  readonly id: string;
  readonly purpose: string;
  readonly key: KeyObject;
  readonly createdAt: number;
}

/**
 * Load every data key, making those that are missing.
 * @throws GatehouseError `master_key_invalid`, or `master_key_unknown` where a data key cannot be unwrapped
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { masterKeys, store } = options;
  const now = options.now ?? Date.now;
  const [first] = masterKeys;
  if (!first) throw new GatehouseError('master_key_invalid', 500, 'no master key is configured');
  const masters = new Map<string, KeyObject>();
  for (const { id, key } of masterKeys) {
    if (!/^[\w.-]{1,64}$/.test(id)) throw new GatehouseError('master_key_invalid', 500, 'a master key id must be 1 to 64 of A-Z a-z 0-9 _ . -');
    if (key.length !== 32) throw new GatehouseError('master_key_invalid', 500, `master key ${id} must have 32 bytes, it has ${key.length}`);
    if (masters.has(id)) throw new GatehouseError('master_key_invalid', 500, `master key ${id} is there twice`);
    masters.set(id, createSecretKey(key));
  }

  const wrapper = createSecretKey(first.key);
  const keys = new Map<string, DataKey>();
  const current = new Map<string, DataKey>();

  const unwrap = (row: DataKeyRow): KeyObject => {
    const master = masters.get(row.masterKeyId);
    if (!master) throw new GatehouseError('master_key_unknown', 500, `data key ${row.id} is wrapped by master key ${row.masterKeyId}, which is not configured`);
    const box = parseBox(row.wrapped);
    const key = box?.keyId === row.masterKeyId ? openBox(box, master, wrapping(row)) : undefined;
    if (!key) throw new GatehouseError('master_key_unknown', 500, `data key ${row.id} cannot be unwrapped by master key ${row.masterKeyId}`);
    return createSecretKey(key);
  };
  const learn = (row: DataKeyRow): DataKey => {
    const key = keys.get(row.id) ?? { id: row.id, purpose: row.purpose, key: unwrap(row), createdAt: row.createdAt };
    keys.set(key.id, key);
    if (row.retiredAt === null) current.set(row.purpose, key);
    return key;
  };
  const make = (purpose: Purpose): DataKeyRow => {
    const id = randomBytes(12).toString('base64url');
    const wrapped = sealBox(first.id, wrapper, wrapping({ id, purpose }), randomBytes(32));
    return { id, purpose, masterKeyId: first.id, wrapped, createdAt: now(), retiredAt: null };
  };
  const currentFor = (purpose: Purpose): DataKey => {
    const key = current.get(purpose);
    if (!key) throw new GatehouseError('data_key_missing', 500, `no data key for ${purpose}`);
    return key;
  };

  for (const row of await store.all()) learn(row);
  for (const purpose of PURPOSES) if (!current.has(purpose)) learn(await store.createFirst(make(purpose)));

  return {
    seal(purpose, plaintext, context) {
      const key = currentFor(purpose);
      return sealBox(key.id, key.key, `${purpose}\0${context}`, Buffer.from(plaintext as string));
    },

    async open(purpose, box, context) {
      const parsed = parseBox(box);
      if (!parsed) throw invalidBox(purpose);
      let key = keys.get(parsed.keyId);
      if (!key) {
        const row = await store.byId(parsed.keyId);
        if (row) key = learn(row);
      }
      const plaintext = key?.purpose === purpose ? openBox(parsed, key.key, `${purpose}\0${context}`) : undefined;
      if (!plaintext) throw invalidBox(purpose);
      return plaintext;
    },

    keyedHash(use, value) {
      return createHmac('sha256', currentFor('index').key).update(`${use}\0${value}`).digest('base64url');
    },

    secret(use) {
      return Buffer.from(hkdfSync('sha256', currentFor('index').key, '', `gatehouse secret\0${use}`, 32));
    },

    cookieKeys() {
      return [...keys.values()]
        .filter((key) => key.purpose === 'cookie')
        .sort((a, b) => Number(b === current.get('cookie')) - Number(a === current.get('cookie')) || b.createdAt - a.createdAt)
        .map((key) => createHmac('sha256', key.key).update('gatehouse cookie signature').digest('base64url'));
    },

    async refresh() {
      for (const row of await store.all()) learn(row);
    },

    async rotate(purpose) {
      if (purpose === 'index') throw new GatehouseError('index_key_fixed', 400, 'the index key cannot be rotated: every keyed hash would be lost');
      const row = make(purpose);
      const replaced = await store.replace(currentFor(purpose).id, row);
      if (replaced) learn(row);
      else for (const other of await store.all()) learn(other);
      return replaced;
    },

    async rewrap() {
      let count = 0;
      for (const row of await store.all()) {
        if (row.masterKeyId === first.id) continue;
        const wrapped = sealBox(first.id, wrapper, wrapping(row), unwrap(row).export());
        if (await store.rewrap(row.id, row.masterKeyId, first.id, wrapped)) count += 1;
      }
      return count;
    },
  };
}

function wrapping(row: { readonly id: string; readonly purpose: string }): string {
  return `data key\0${row.id}\0${row.purpose}`;
}

function invalidBox(purpose: string): GatehouseError {
  return new GatehouseError('sealed_box_invalid', 500, `a sealed box for ${purpose} does not open: changed, moved, or sealed under an unknown key`);
}
