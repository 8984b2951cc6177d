import type { Middleware } from 'koa';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { GatehouseError } from '../errors.ts';

export interface FloodOptions {
  /** Requests per minute that one address may make of this process. */
  readonly perMinute: number;
  /** Reads what is counted: the client's address, or the net that one customer holds. */
  readonly key: (ctx: { readonly state: Record<string, unknown> }) => string;
  /** Paths that machines call, an application's server or a provider, for many people from one address. */
  readonly machinePaths: RegExp;
}

/** How much more machines may ask than browsers. */
const MACHINES = 50;

/**
 * A coarse dam against floods, in this process's memory: it costs no statement, and a flood does not become one of the
 * database's. Limits that must be exact (messages, velocity) are counted in the database.
 *
 * @throws GatehouseError `too_many_requests` 429, with `Retry-After`
 */
export function floodDam({ perMinute, key, machinePaths }: FloodOptions): Middleware {
  const browsers = new RateLimiterMemory({ points: perMinute, duration: 60, keyPrefix: 'browser' });
  const machines = new RateLimiterMemory({ points: perMinute * MACHINES, duration: 60, keyPrefix: 'machine' });
  return async (ctx, next) => {
    try {
      await (machinePaths.test(ctx.path) ? machines : browsers).consume(key(ctx));
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      ctx.set('Retry-After', String(Math.ceil(thrown.msBeforeNext / 1000)));
      throw new GatehouseError('too_many_requests', 429, 'one address made too many requests');
    }
    await next();
  };
}
