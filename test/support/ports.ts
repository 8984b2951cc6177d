import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports a system gives to outgoing connections and to servers that ask for any: those would take, a second
// before it is used, a port that was free when it was chosen.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * A TCP port that nobody listens on and that no other process of these tests is given while this one lives: the UDP
 * port of the same number is held as the sign that it is taken.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    const sign = createSocket('udp4');
    try {
      sign.bind({ port, address: '127.0.0.1', exclusive: true });
      await once(sign, 'listening');
      sign.unref();
      const probe = createServer().listen(port);
      await once(probe, 'listening');
      probe.close();
      await once(probe, 'close');
      return port;
    } catch {
      sign.close();
    }
  }
  throw new Error('no port was free');
}

/** Wait for some milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/**
 * Ask again and again until the answer is not undefined, false or an exception.
 *
 * @param what named in the error, which also carries the last exception as its cause
 * @param milliseconds after which waiting ends with an error
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  milliseconds = 60_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (let last: unknown; ; await pause(50)) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (thrown) {
      last = thrown;
    }
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain for ${what}`, { cause: last });
  }
}
