import type { Middleware } from 'koa';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { GatehouseError } from '../errors.ts';

export interface FloodOptions {
  /** Requests per minute that one address may make of this process. */
  readonly perMinute: number;
  /** Reads the client's address, as the issuer pin worked it out. */
  readonly address: (ctx: { readonly state: Record<string, unknown> }) => string;
}

/**
 * A coarse dam against floods, in this process's memory: it costs no statement, and a flood does not become one of the
 * database's. Limits that must be exact (messages, velocity) are counted in the database.
 *
 * @throws GatehouseError `too_many_requests` 429, with `Retry-After`
 */
export function floodDam({ perMinute, address }: FloodOptions): Middleware {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (ctx, next) => {
    try {
      await limiter.consume(address(ctx));
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      ctx.set('Retry-After', String(Math.ceil(thrown.msBeforeNext / 1000)));
      throw new GatehouseError('too_many_requests', 429, 'one address made too many requests');
    }
    await next();
  };
}
