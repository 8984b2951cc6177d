/**
 * An authenticator in software (WebAuthn 2, section 6): makes passkeys and signs with them, honestly unless told
 * otherwise. What it gives is what a browser's script sends, as JSON text.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What deviates from an honest answer. */
export interface Lies {
  readonly type?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly crossOrigin?: boolean;
  /** User present. */
  readonly present?: boolean;
  readonly verified?: boolean;
  readonly counter?: number;
  readonly userHandle?: string | null;
  /** Signs in place of the passkey's own key. */
  readonly signer?: KeyObject;
  readonly attestation?: { readonly format: string; readonly statement: Cbor };
}

export interface SoftPasskey {
  readonly id: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  /** Goes up with each signature; 0 for ever where the authenticator does not count. */
  counter: number;
  readonly counts: boolean;
  readonly synced: boolean;
}

interface Creation {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
}

const FLAGS = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 };
const b64 = (value: Buffer | string): string => Buffer.from(value).toString('base64url');
const sha256 = (value: Buffer | string): Buffer => createHash('sha256').update(value).digest();

export class SoftAuthenticator {
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  /** Answers `navigator.credentials.create`. */
  create(options: Creation, { counts = false, synced = true, ...lies }: Lies & { readonly counts?: boolean; readonly synced?: boolean } = {}): { readonly passkey: SoftPasskey; readonly answer: string } {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const id = randomBytes(32);
    const passkey: SoftPasskey = { id: b64(id), userHandle: options.user.id, privateKey, counter: lies.counter ?? 0, counts, synced };
    const key = cbor(new Map<Cbor, Cbor>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const data = Buffer.concat([this.#head(passkey, { rpId: options.rp.id ?? '', ...lies }, FLAGS.attested), Buffer.alloc(16), length, id, key]);
    const { format, statement } = lies.attestation ?? { format: 'none', statement: new Map() };
    const attestation = cbor(new Map<Cbor, Cbor>([['fmt', format], ['attStmt', statement], ['authData', data]]));
    const client = this.#client('webauthn.create', options.challenge, lies);
    return {
      passkey,
      answer: JSON.stringify({
        id: passkey.id, rawId: passkey.id, type: 'public-key', clientExtensionResults: {}, authenticatorAttachment: 'platform',
        response: { clientDataJSON: b64(client), attestationObject: b64(attestation), transports: ['internal', 'hybrid', 'made-up'] },
      }),
    };
  }

  /** Answers `navigator.credentials.get`. */
  get(passkey: SoftPasskey, options: { readonly challenge: string; readonly rpId?: string | undefined }, lies: Lies = {}): string {
    if (passkey.counts) passkey.counter += 1;
    const data = this.#head(passkey, { rpId: options.rpId ?? '', ...lies }, 0);
    const client = this.#client('webauthn.get', options.challenge, lies);
    const signature = sign('sha256', Buffer.concat([data, sha256(client)]), lies.signer ?? passkey.privateKey);
    const userHandle = lies.userHandle === undefined ? passkey.userHandle : lies.userHandle;
    return JSON.stringify({
      id: passkey.id, rawId: passkey.id, type: 'public-key', clientExtensionResults: {},
      response: { clientDataJSON: b64(client), authenticatorData: b64(data), signature: b64(signature), ...(userHandle === null ? {} : { userHandle }) },
    });
  }

  #client(type: string, challenge: string, lies: Lies): string {
    return JSON.stringify({
      type: lies.type ?? type, challenge: lies.challenge ?? challenge, origin: lies.origin ?? this.origin, crossOrigin: lies.crossOrigin ?? false,
    });
  }

  #head(passkey: SoftPasskey, { rpId, present = true, verified = true, counter }: Lies & { readonly rpId: string }, more: number): Buffer {
    const flags = (present ? FLAGS.present : 0) | (verified ? FLAGS.verified : 0) | (passkey.synced ? FLAGS.backupEligible | FLAGS.backedUp : 0) | more;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter ?? passkey.counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count]);
  }
}

export type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<Cbor, Cbor>;

/** The part of CBOR (RFC 8949) that authenticators use. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const pairs = [...(value as ReadonlyMap<Cbor, Cbor>)];
  return Buffer.concat([head(5, pairs.length), ...pairs.flatMap(([key, one]) => [cbor(key), cbor(one)])]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}
