/**
 * This browser's own key: made once, kept in IndexedDB so that its private half can never be read, used only to sign what
 * the gateway asks. Pages with a hidden input `data-device-key` get a signed answer to its `data-challenge` written into
 * it when the form is sent. Where a browser keeps no keys (private windows, old browsers) the field stays empty.
 */
import { holdFor } from './hold.ts';

const DATABASE = 'gatehouse';
const STORE = 'keys';
/** One key for everything: who signs is this browser, not a page. */
const NAME = 'device';

interface KeptKey {
  readonly privateKey: CryptoKey;
  readonly jwk: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };
}

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
  return settled(request);
}

async function freshKey(): Promise<KeptKey> {
  // Not extractable: nothing that ever runs on this page can carry the private half away.
  const { privateKey, publicKey } = await crypto.subtle.generateKey(curve, false, ['sign', 'verify']);
  const { x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  if (x === undefined || y === undefined) throw new TypeError('a public key without coordinates');
  return { privateKey, jwk: { kty: 'EC', crv: 'P-256', x, y } };
}

/** The key, made now if there was none. Of two tabs that make one at the same time, the first to write it wins for both. */
async function ownKey(): Promise<KeptKey> {
  const database = await openDatabase();
  try {
    const read = (mode: IDBTransactionMode): IDBObjectStore => database.transaction(STORE, mode).objectStore(STORE);
    const known = (await settled(read('readonly').get(NAME))) as KeptKey | undefined;
    if (known) return known;
    const made = await freshKey();
    const store = read('readwrite');
    const meanwhile = (await settled(store.get(NAME))) as KeptKey | undefined;
    if (meanwhile) return meanwhile;
    await settled(store.put(made, NAME));
    return made;
  } finally {
    database.close();
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const encoded = (value: unknown): string => base64url(new TextEncoder().encode(JSON.stringify(value)));

/** When the page was written, by this browser's own steady clock. */
function arrivedAt(): number {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return navigation?.responseStart ?? 0;
}

/** The server's time now, epoch seconds: what it wrote into the page, and how long ago. The clock of this computer may be wrong. */
function serverSeconds(field: HTMLInputElement): number {
  return Math.floor((Number(field.dataset['now']) + performance.now() - arrivedAt()) / 1000);
}

/** A JWS (RFC 7515, compact) over the field's challenge, with the public key in its header. */
async function signedAnswer(field: HTMLInputElement, { privateKey, jwk }: KeptKey): Promise<string> {
  const header = encoded({ typ: 'dbsc+jwt', alg: 'ES256', jwk });
  const payload = encoded({ jti: field.dataset['challenge'], aud: location.origin, iat: serverSeconds(field) });
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, new TextEncoder().encode(`${header}.${payload}`));
  return `${header}.${payload}.${base64url(new Uint8Array(signature))}`;
}

export const keyField: HTMLInputElement | null = document.querySelector('input[data-device-key]');
const key = keyField ? ownKey() : undefined;
// Looked at when it is needed; a browser that keeps no keys is no fault of the page.
key?.catch(() => undefined);

/** Write a fresh answer into the page's field, or leave it empty. Never fails. */
export async function fillKeyField(): Promise<void> {
  if (!keyField || !key) return;
  try {
    keyField.value = await signedAnswer(keyField, await key);
  } catch {
    keyField.value = '';
  }
}

// Signed at the moment of sending: a page may stand open for long, and an answer is good for a minute.
if (keyField?.form) holdFor(keyField.form, fillKeyField);
