/**
 * The one guard of calls to addresses that somebody else chose: a name is resolved once, by the connection itself, and
 * every address it has must be one that may be called, so that no second answer can lead elsewhere (DNS rebinding).
 */
import { lookup as resolveName } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

/** All addresses of a host. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** The code of the failure where a name leads to an address that may not be called. */
export const REFUSED = 'EADDRESSREFUSED';

export const resolveAll: Resolve = (host) => resolveName(host, { all: true });

/** Resolves as the connection asks, and refuses a name that has any address which may not be called. */
export function guardedLookup(allowed: (address: string) => boolean, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    const answer = async (): Promise<void> => {
      let found: Awaited<ReturnType<Resolve>>;
      try {
        found = await resolve(host);
      } catch (thrown) {
        callback(thrown as NodeJS.ErrnoException, '', 0);
        return;
      }
      const [first] = found;
      if (!first || !found.every(({ address }) => allowed(address))) callback(Object.assign(new Error('refused'), { code: REFUSED }), '', 0);
      else if (options.all === true) callback(null, found.map(({ address, family }) => ({ address, family })));
      else callback(null, first.address, first.family);
    };
    void answer();
  };
}
