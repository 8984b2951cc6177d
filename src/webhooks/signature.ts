/** Signatures and secrets as Standard Webhooks has them. */
import { createHmac, randomBytes } from 'node:crypto';
import { GatehouseError } from '../errors.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new secret, in the form that endpoints are given: `whsec_` and base64 of 32 random bytes. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** What an endpoint reads to know whom it hears from. */
export interface SignedHeaders {
  /** The event's id, the same at every try and replay: whoever keeps it handles nothing twice. */
  readonly 'webhook-id': string;
  /** Epoch seconds of this try; endpoints refuse old ones. */
  readonly 'webhook-timestamp': string;
  /** One `v1,` signature for each secret, separated by spaces: either end of a rotation finds its own. */
  readonly 'webhook-signature': string;
}

/**
 * Sign a body.
 *
 * @param secrets all that are valid, each as {@link newWebhookSecret} gave it; at least one
 * @param at epoch milliseconds
 * @throws GatehouseError `webhook_secret_invalid`: nothing is ever sent unsigned
 */
export function signedHeaders(secrets: readonly string[], id: string, body: string, at: number): SignedHeaders {
  const timestamp = String(Math.floor(at / 1_000));
  if (secrets.length === 0) throw new GatehouseError('webhook_secret_invalid', 500, 'an endpoint has no secret that is valid');
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  if (!secret.startsWith(PREFIX) || key.byteLength < SECRET_BYTES) throw new GatehouseError('webhook_secret_invalid', 500, 'a secret of an endpoint cannot be read');
  return key;
}
