/**
 * A sealed box: AES-256-GCM under a key of its own, derived from a data key and a fresh salt, so that random nonces
 * never come near the 2^32 limit of NIST SP 800-38D however long a data key lives. Knows nothing of where keys live.
 *
 * Keys are KeyObjects: Node takes four times as long to begin with the same key in a Buffer, and a returning person
 * costs two dozen beginnings (docs/performance.md).
 *
 * Layout: version (1) · length of key id (1) · key id · salt (16) · nonce (12) · ciphertext · tag (16).
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

const VERSION = 1;
const SALT = 16;
const NONCE = 12;
const TAG = 16;

/** A box taken apart, not yet authenticated: `keyId` only says which key to try. */
export interface ParsedBox {
  readonly keyId: string;
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** Encrypt and authenticate; `bound` is authenticated with it and must be given again to open. */
export function sealBox(keyId: string, key: KeyObject, bound: string, plaintext: Buffer): Buffer {
  const salt = randomBytes(SALT);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', boxKey(key, salt), nonce);
  cipher.setAAD(associated(keyId, bound));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const id = Buffer.from(keyId, 'latin1');
  return Buffer.concat([Buffer.from([VERSION, id.length]), id, salt, nonce, ciphertext, cipher.getAuthTag()]);
}

/** Take a box apart; undefined where it is none. */
export function parseBox(box: Uint8Array): ParsedBox | undefined {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  const idLength = bytes[1];
  if (bytes[0] !== VERSION || idLength === undefined) return undefined;
  const salted = 2 + idLength;
  const sealed = salted + SALT + NONCE;
  if (bytes.length < sealed + TAG) return undefined;
  return {
    keyId: bytes.toString('latin1', 2, salted),
    salt: bytes.subarray(salted, salted + SALT),
    nonce: bytes.subarray(salted + SALT, sealed),
    ciphertext: bytes.subarray(sealed, bytes.length - TAG),
    tag: bytes.subarray(bytes.length - TAG),
  };
}

/** Decrypt; undefined where the key, the bound text or any byte of the box is not the one it was sealed with. */
export function openBox(box: ParsedBox, key: KeyObject, bound: string): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', boxKey(key, box.salt), box.nonce, { authTagLength: TAG });
  decipher.setAAD(associated(box.keyId, bound));
  decipher.setAuthTag(box.tag);
  try {
    return Buffer.concat([decipher.update(box.ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

function boxKey(key: KeyObject, salt: Buffer): KeyObject {
  return createSecretKey(createHmac('sha256', key).update('gatehouse box key\0').update(salt).digest());
}

function associated(keyId: string, bound: string): Buffer {
  return Buffer.from(`gatehouse box ${VERSION}\0${keyId}\0${bound}`, 'utf8');
}
