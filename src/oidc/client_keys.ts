/** The keys that a client publishes at an address of its own (`jwks_uri`, RFC 7591): fetched from the public internet alone, and remembered. */
import { createRemoteJWKSet, customFetch, errors as joseErrors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { fetchFeed } from '../feeds/fetch_feed.ts';
import { Personal } from '../personal.ts';

/** Key sets are a few kilobytes. */
const MOST_BYTES = 64 * 1024;
const TIMEOUT_MS = 3000;
/** Addresses remembered; the one asked longest ago makes room. */
const MOST_SETS = 500;

const sets = new Map<string, JWTVerifyGetKey>();

/**
 * The key set at an address: one for all requests, so that it is fetched when it is ten minutes old or lacks a key, and
 * not again within half a minute (the library's rules).
 *
 * @param local whether it may be on this machine: in development
 */
export function clientKeysAt(uri: string, { local }: { readonly local: boolean }): JWTVerifyGetKey {
  const name = `${local} ${uri}`;
  const set = sets.get(name) ?? createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_MS, [customFetch]: fetchKeys(local) });
  sets.delete(name);
  sets.set(name, set);
  for (const oldest of sets.keys()) {
    if (sets.size <= MOST_SETS) break;
    sets.delete(oldest);
  }
  return set;
}

/** A client names the address, so it is called as a feed's is; and followed nowhere else. */
function fetchKeys(local: boolean): FetchImplementation {
  return async (url) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const fetched = await fetchFeed({ from: { url: Personal.of(url) }, validators: undefined, mostBytes: MOST_BYTES, redirects: 0, local, signal });
    // What cannot be had holds no key; why not is the client's to find out.
    if (fetched.kind !== 'fetched') throw new joseErrors.JWKSNoMatchingKey('the key set could not be fetched');
    return new Response(Buffer.from(fetched.bytes));
  };
}
