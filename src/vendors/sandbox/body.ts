import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';

/** Largest request the sandbox reads, bytes. */
const MAX_REQUEST_BYTES = 65_536;

/** Read a request's body as text; undefined where it is too large or breaks off. */
export async function readText(request: IncomingMessage, mostBytes: number = MAX_REQUEST_BYTES): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > mostBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What a text says as JSON; undefined for none and for what is no JSON. */
export function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Refuse in the words of our own small services: `{error: {code}}`. */
export function fail(context: Context, status: number, code: string): void {
  context.status = status;
  context.body = { error: { code } };
}
