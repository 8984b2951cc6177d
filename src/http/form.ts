import type { IncomingMessage } from 'node:http';
import { GatehouseError } from '../errors.ts';
import { readBody } from './body.ts';

/** Most bytes a form may have, files apart: the collector's JSON and a page of text fit many times. */
export const MOST_FORM_BYTES = 64 * 1024;
export const MOST_FIELDS = 60;

/**
 * Read a form (`application/x-www-form-urlencoded`, UTF-8). Strict, because every answer of a person comes through
 * here: a repeated field, broken UTF-8 or a NUL is refused rather than guessed at.
 *
 * @param most for forms that are larger than a person's
 * @throws GatehouseError `unsupported_media_type` 415, `body_too_large` 413, `bad_form` 400
 */
export async function readForm(
  request: IncomingMessage, most: { readonly fields?: number | undefined; readonly bytes?: number | undefined } = {},
): Promise<Readonly<Record<string, string>>> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '');
  if (type !== 'application/x-www-form-urlencoded' || (charset !== undefined && charset !== 'utf-8')) {
    throw new GatehouseError('unsupported_media_type', 415, 'a form was sent in another media type or charset', { visitor: 'bad_form' });
  }
  if (request.headers['content-encoding'] !== undefined) {
    throw new GatehouseError('unsupported_media_type', 415, 'a form was sent with a content encoding', { visitor: 'bad_form' });
  }
  const text = await readText(request, most.bytes ?? MOST_FORM_BYTES);
  // null prototype: field names are the sender's, and must not reach Object.prototype.
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    const value = cut < 0 ? '' : decode(pair.slice(cut + 1));
    count += 1;
    if (name in fields) throw badForm('a field was sent twice');
    if (count > (most.fields ?? MOST_FIELDS)) throw badForm('too many fields');
    fields[name] = value;
  }
  return fields;
}

function decode(raw: string): string {
  let text: string;
  try {
    text = decodeURIComponent(raw.replaceAll('+', ' '));
  } catch (cause) {
    throw badForm('a field is not percent-encoded UTF-8', cause);
  }
  if (text.includes('\0')) throw badForm('a field holds a NUL');
  return text;
}

async function readText(request: IncomingMessage, mostBytes: number): Promise<string> {
  const body = await readBody(request, mostBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw badForm('the form is not UTF-8', cause);
  }
}

/** The refusal of a form that is not as a page of ours sends it. */
export function badForm(why: string, cause?: unknown): GatehouseError {
  return new GatehouseError('bad_form', 400, why, cause === undefined ? {} : { cause });
}
