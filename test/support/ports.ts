import { createServer } from 'node:net';

/**
 * A TCP port on loopback that was free a moment ago. Another process may take it before it is used, so whoever starts
 * a server on it must notice a failed start rather than assume.
 */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      if (address === null || typeof address === 'string') return reject(new Error('no port was given'));
      probe.close(() => resolve(address.port));
    });
  });
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
  milliseconds = 10_000,
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
