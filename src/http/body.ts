import type { IncomingMessage } from 'node:http';
import { GatehouseError } from '../errors.ts';

/** How much of a body that is too large is still read and thrown away, bytes. */
const MOST_DRAINED = 1024 * 1024;
/** Longer than the smallest body takes on the worst network. */
const MOST_MS = 60_000;

/**
 * Read a request's body, at most so many bytes.
 *
 * A body somewhat too large is read to its end before it is refused: closing a connection with unread bytes on it
 * resets it, and the sender would see a broken connection in place of the refusal (RFC 9112 section 9.6).
 *
 * @param mostMs how long it may take; after that the connection is cut
 * @throws GatehouseError `body_too_large` 413, `body_interrupted` 400
 */
export async function readBody(request: IncomingMessage, mostBytes: number, mostMs = MOST_MS): Promise<Buffer> {
  const tooLarge = (): GatehouseError => new GatehouseError('body_too_large', 413, `a body had more than ${mostBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > MOST_DRAINED) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  const slow = setTimeout(() => request.destroy(), mostMs);
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > MOST_DRAINED) throw tooLarge();
      if (size <= mostBytes) parts.push(part);
    }
  } catch (thrown) {
    if (thrown instanceof GatehouseError) throw thrown;
    throw new GatehouseError('body_interrupted', 400, 'the sender went away in the middle of a body', { cause: thrown, visitor: 'bad_form' });
  } finally {
    clearTimeout(slow);
  }
  if (size > mostBytes) throw tooLarge();
  return Buffer.concat(parts);
}
