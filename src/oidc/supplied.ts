/** The identity supplied with a waiting authorization request, read with the client's and the server's keys, once. */
import { GatehouseError } from '../errors.ts';
import { readPrefill, type PrefillRead } from './prefill.ts';
import type { Oidc } from './provider.ts';

/** Name under which the ids of used tokens are kept beside the library's own records. */
const USED = 'PrefillToken';

/**
 * Read it. A token is good for one request: the same interaction may read it again (reload, two tabs), another may not.
 *
 * @throws GatehouseError `client_gone`
 */
export async function suppliedWith(oidc: Oidc, waiting: { readonly uid: string; readonly clientId: string; readonly params: Readonly<Record<string, unknown>> }): Promise<PrefillRead> {
  const client = await oidc.provider().Client.find(waiting.clientId);
  if (!client) throw new GatehouseError('client_gone', 400, 'the key that began this request was revoked', { visitor: 'session_not_found' });
  const { jwks, jwks_uri: jwksUri } = client.metadata();
  const read = await readPrefill(waiting.params, { clientId: waiting.clientId, jwks: jwks as { keys: [] } | undefined, jwksUri }, {
    issuer: oidc.issuer, keys: oidc.keys().keys, now: oidc.now(),
  });
  if (read.kind !== 'supplied' || !read.supplied.once) return read;
  const { id, until } = read.supplied.once;
  const key = `${waiting.clientId}\0${id}`;
  const seconds = Math.max(1, Math.ceil(until - oidc.now() / 1000));
  if (await oidc.records.insertOnce(USED, key, { uid: waiting.uid }, seconds)) return read;
  const first = await oidc.records.find(USED, key);
  return first?.['uid'] === waiting.uid ? read : { kind: 'refused', fault: 'prefill_replayed' };
}
