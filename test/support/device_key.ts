/**
 * A key as a browser's script keeps it, and people whose browser runs that script: they sign what pages ask for, and let
 * the page without a question send itself.
 */
import { HttpPerson, type PersonOptions, type RequestOptions } from './http_person.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What one proof says; everything in it can be made wrong. */
export interface Claimed {
  readonly challenge: string;
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export class DeviceKey {
  readonly #pair: CryptoKeyPair;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };

  private constructor(pair: CryptoKeyPair, jwk: DeviceKey['jwk']) {
    this.#pair = pair;
    this.jwk = jwk;
  }

  static async make(): Promise<DeviceKey> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    return new DeviceKey(pair, { kty: 'EC', crv: 'P-256', x, y });
  }

  /** A proof as `src/browser/device-key.ts` writes it. */
  async sign({ challenge, origin, now }: Claimed): Promise<string> {
    const signed = `${encoded({ typ: 'dbsc+jwt', alg: 'ES256', jwk: this.jwk })}.${encoded({ jti: challenge, aud: origin, iat: Math.floor(now / 1000) })}`;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#pair.privateKey, Buffer.from(signed));
    return `${signed}.${Buffer.from(signature).toString('base64url')}`;
  }
}

export interface KeyedOptions extends PersonOptions {
  /** Undefined: a browser that keeps no keys. */
  readonly key?: DeviceKey | undefined;
  /** What the collector writes; none where it is blocked. */
  readonly collected?: Readonly<Record<string, unknown>> | undefined;
}

/** What a page with a device-key field asks to be signed. */
export function askedOf(body: string): { readonly challenge: string; readonly now: number } | undefined {
  const [, challenge, now] = /data-device-key data-challenge="([^"]*)" data-now="(\d+)"/.exec(body) ?? [];
  return challenge === undefined ? undefined : { challenge, now: Number(now) };
}

/** A person whose browser has a key and runs scripts. */
export class KeyedPerson extends HttpPerson {
  key: DeviceKey | undefined;
  collected: Readonly<Record<string, unknown>> | undefined;
  /** Off: the person stays on the page that would send itself. */
  goesOn = true;
  /** Every page that was shown, newest last. */
  readonly pages: string[] = [];

  constructor({ key, collected, ...options }: KeyedOptions = {}) {
    super(options);
    this.key = key;
    this.collected = collected;
  }

  /** What the scripts of the present page write into its hidden fields. */
  async filled(): Promise<Record<string, string>> {
    const asked = askedOf(this.answer.body);
    const { origin } = new URL(this.url);
    return {
      ...(this.collected !== undefined && this.answer.body.includes('name="collector"') ? { collector: JSON.stringify(this.collected) } : {}),
      ...(this.key && asked ? { device_key: await this.key.sign({ ...asked, origin }) } : {}),
    };
  }

  override async press(name?: string, value?: string, instead: Readonly<Record<string, string | undefined>> = {}): Promise<this> {
    return super.press(name, value, { ...(await this.filled()), ...instead });
  }

  override async open(url: string | URL, options?: RequestOptions): Promise<this> {
    await super.open(url, options);
    if (this.callback === undefined && this.page !== undefined) this.pages.push(this.page);
    return this.goesOn && this.callback === undefined && this.page === 'device_proof' ? this.sendProof() : this;
  }

  /** Send the page without a question as its script does, and follow where the answer leads. */
  async sendProof(instead: Readonly<Record<string, string>> = {}): Promise<this> {
    const body = this.encoded();
    for (const [field, text] of Object.entries({ ...(await this.filled()), ...instead })) body.set(field, text);
    const from = new URL(this.url);
    const answer = await this.send(this.form.action, {
      method: 'POST', body,
      headers: { accept: 'application/json', origin: from.origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    });
    if (answer.status !== 200) throw new Error(`the proof was answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    return this.open(new URL((JSON.parse(answer.body) as { next: string }).next, from));
  }
}
