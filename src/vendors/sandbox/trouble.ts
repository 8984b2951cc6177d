/**
 * Misbehaving on purpose. Each kind of trouble is done to the connection itself, so that the real client meets it as it
 * would in the world.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'koa';
import { SIMULATED_HEADER } from '../answer.ts';
import type { Trouble } from './numbers.ts';

/** How one service says that it is broken, overloaded, or does not know the number. */
export interface Dialect {
  broken(context: Context): void;
  rateLimited(context: Context): void;
  unknownNumber(context: Context): void;
}

/** Wrong types for every field of every reply that we read. */
const WRONG_SHAPE = {
  givenNameMatch: true,
  familyNameMatch: 1,
  streetNameMatch: [],
  swapped: 'perhaps',
  phoneNumberRecycled: 0,
  devicePhoneNumberVerified: 'yes',
  result: 'everything matches',
  line_type_intelligence: 'mobile',
};

/** Far above what any client of ours reads. */
const HUGE_BYTES = 4_000_000;

/** Do the trouble. True: the reply is done; false: go on and answer (late, where the trouble was slowness). */
export async function makeTrouble(
  trouble: Trouble | undefined,
  context: Context,
  dialect: Dialect,
  slowMs: number,
): Promise<boolean> {
  switch (trouble) {
    case undefined:
      return false;
    case 'slow':
      await waitWhileConnected(context, slowMs);
      return false;
    case 'broken':
      dialect.broken(context);
      return true;
    case 'rate_limited':
      context.set('retry-after', '1');
      dialect.rateLimited(context);
      return true;
    case 'unknown_number':
      dialect.unknownNumber(context);
      return true;
    case 'malformed_json':
      context.type = 'json';
      context.body = '{"status": 200, "swapped": fal';
      return true;
    case 'malformed_shape':
      context.body = WRONG_SHAPE;
      return true;
    case 'huge':
      context.type = 'json';
      context.body = Buffer.alloc(HUGE_BYTES, 0x20);
      return true;
    case 'reset':
      await breakOff(context);
      return true;
  }
}

/** Wait, but no longer than the other side does. */
async function waitWhileConnected(context: Context, milliseconds: number): Promise<void> {
  const gone = new AbortController();
  const close = () => gone.abort();
  context.res.once('close', close);
  await delay(milliseconds, undefined, { signal: gone.signal }).catch(() => undefined);
  context.res.off('close', close);
}

/** Promise a body, send the beginning of it, and hang up. */
async function breakOff(context: Context): Promise<void> {
  context.respond = false;
  context.res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': '5000',
    [SIMULATED_HEADER]: '1',
  });
  context.res.write('{"swapped": ');
  // Long enough for headers and the beginning to arrive, so that it is the body that breaks.
  await Promise.race([delay(20), once(context.res, 'close')]);
  context.res.destroy();
}
