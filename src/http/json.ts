import type { IncomingMessage } from 'node:http';
import { GatehouseError } from '../errors.ts';
import { readBody } from './body.ts';

/** An escaped NUL; bare ones JSON refuses itself, and after an escaped backslash the same letters are none. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/**
 * Read a JSON body, as our own scripts send it. A page of another site cannot send this media type without asking first
 * (Fetch standard, CORS-safelisted request headers), and is then refused. So is a NUL, as in forms: no text of ours has
 * one, and PostgreSQL can hold none.
 *
 * @throws GatehouseError `unsupported_media_type` 415, `body_too_large` 413, `bad_json` 400
 */
export async function readJson(request: IncomingMessage, mostBytes: number): Promise<unknown> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (type !== 'application/json' || request.headers['content-encoding'] !== undefined) {
    throw new GatehouseError('unsupported_media_type', 415, 'JSON was expected, plain and under its name', { visitor: 'bad_form' });
  }
  const body = await readBody(request, mostBytes);
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatehouseError('bad_json', 400, 'a body is not JSON in UTF-8', { cause, visitor: 'bad_form' });
  }
  if (NUL.test(text)) throw new GatehouseError('bad_json', 400, 'a body holds a NUL', { visitor: 'bad_form' });
  return value;
}
