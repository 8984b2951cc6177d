import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sameSecret } from '../constant_time.ts';
import { GatehouseError } from '../errors.ts';

/** Tokens that tie a form to the interaction or link it was shown for. */
export interface Csrf {
  /** The token for a form bound to something only this browser was given. */
  issue(binding: string): string;
  /** @throws GatehouseError `csrf_mismatch` 403 */
  check(binding: string, token: string | undefined): void;
}

/** HMAC-SHA-256 over the binding: nothing is stored, every process agrees. `secret`: 32 bytes. */
export function makeCsrf(secret: Buffer): Csrf {
  const mac = (binding: string): Buffer => createHmac('sha256', secret).update(binding).digest();
  return {
    issue: (binding) => mac(binding).toString('base64url'),
    check(binding, token) {
      if (!sameSecret(Buffer.from(token ?? '', 'base64url'), mac(binding))) {
        throw new GatehouseError('csrf_mismatch', 403, 'a form came without its token or with that of another page');
      }
    },
  };
}

/**
 * Refuse a form that another site made the browser send, beside and before its token. Browsers name the sender in
 * `Origin` and `Sec-Fetch-Site`; clients that send neither are not browsers, and hold no cookies of a victim.
 *
 * @throws GatehouseError `foreign_origin` 403
 */
export function checkOrigin(headers: IncomingHttpHeaders, origin: string): void {
  const site = headers['sec-fetch-site'];
  const sender = headers.origin;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = sender !== undefined && sender !== origin;
  if (foreignSite || foreignOrigin) {
    throw new GatehouseError('foreign_origin', 403, 'a form was sent from another origin');
  }
}
