/**
 * Forms with files (`multipart/form-data`, RFC 7578), read into memory and nowhere else. As strict as plain forms: what
 * is repeated, broken or too much is refused whole rather than guessed at, and a sender who goes away leaves nothing.
 */
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import type { IncomingMessage } from 'node:http';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import { badForm, MOST_FIELDS, MOST_FORM_BYTES } from './form.ts';

/** What one form may carry. Bytes. */
export interface UploadLimits {
  readonly files: number;
  readonly fileBytes: number;
  /** The whole body, fields and boundaries included. */
  readonly totalBytes: number;
}

/** How slow a sender may be. Milliseconds. */
export interface UploadTimes {
  readonly totalMs: number;
  /** Without a single byte. */
  readonly idleMs: number;
  /** After this, a sender's average must be `leastBytesPerSecond`. */
  readonly graceMs: number;
  readonly leastBytesPerSecond: number;
}

/** A file as it was sent: neither its bytes nor its type are believed. Its name is a person's own and is not kept. */
export interface UploadedFile {
  readonly field: string;
  readonly bytes: Personal<Uint8Array>;
  readonly mediaType: string;
}

export interface Upload {
  readonly values: Readonly<Record<string, string>>;
  /** In the order they were sent. */
  readonly files: readonly UploadedFile[];
}

/** A phone at the edge of its network sends a picture of a few megabytes in this. */
export const UPLOAD_TIMES: UploadTimes = { totalMs: 120_000, idleMs: 20_000, graceMs: 10_000, leastBytesPerSecond: 8192 };
/** How often the average is looked at. */
const RATE_CHECKS_PER_GRACE = 10;

/** Room for the three header lines that browsers write. */
const PART_HEADER_BYTES = 4096;
/** Names of fields are ours, and ours are plain. */
const FIELD_NAME = /^[\x20-\x7e]{1,100}$/;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,60}$/;
const UNTRANSFORMED = new Set(['7bit', '8bit', 'binary']);

interface Part {
  readonly name: string | undefined;
  /** Undefined: a field. Empty: a file field in which nothing was chosen. */
  readonly fileName: string | undefined;
  readonly transfer: string;
  readonly mediaType: string;
  readonly chunks: Buffer[];
}

/** Whether a request says that it is a form with files. */
export function isMultipart(request: IncomingMessage): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

/**
 * Read a form with files.
 *
 * @param charge is told of bytes as they come, before they are kept; what it throws ends the reading
 * @throws GatehouseError `unsupported_media_type` 415, `body_too_large` 413, `file_too_large` 413, `too_many_files` 400,
 *   `bad_form` 400, `body_interrupted` 400, `upload_too_slow` 400
 */
export async function readMultipart(
  request: IncomingMessage, limits: UploadLimits, times: UploadTimes = UPLOAD_TIMES, charge: (bytes: number) => void = () => undefined,
): Promise<Upload> {
  checkHead(request, limits);
  return sorted(await readParts(request, limits, times, charge), limits);
}

/** What can be refused before a byte of the body is read; the server throws such a body away by itself. */
function checkHead({ headers }: IncomingMessage, { totalBytes }: UploadLimits): void {
  const type = headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type) || headers['content-encoding'] !== undefined) {
    throw new GatehouseError('unsupported_media_type', 415, 'a form with files was sent in another media type or encoding', { visitor: 'bad_form' });
  }
  // RFC 2046 section 5.1.1.
  if (!/;\s*boundary=(?:"[^"\r\n]{1,70}"|[^\s";]{1,70})\s*(?:;|$)/i.test(type)) throw badForm('a form with files names no usable boundary');
  if (Number(headers['content-length'] ?? 0) > totalBytes) throw tooLarge(totalBytes);
}

function readParts(request: IncomingMessage, limits: UploadLimits, times: UploadTimes, charge: (bytes: number) => void): Promise<readonly Part[]> {
  return new Promise((resolve, reject) => {
    const parts: Part[] = [];
    let [total, inFields] = [0, 0];
    let over = false;
    // Every part arrives as bytes, fields too: the library would decode them leniently, in whatever charset a part names.
    const parser = new Busboy({
      headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
      isPartAFile: () => true,
      preservePath: true,
      limits: { parts: MOST_FIELDS + limits.files, headerPairs: 10, headerSize: PART_HEADER_BYTES },
    });

    const slow = (): void => fail(new GatehouseError('upload_too_slow', 400, 'a form with files came too slowly', { visitor: 'bad_form' }));
    // 400, because browsers answer a 408 on a kept connection by sending the whole form again.
    const whole = setTimeout(slow, times.totalMs);
    const idle = setTimeout(slow, times.idleMs);
    const began = performance.now();
    const rate = setInterval(() => {
      const took = performance.now() - began;
      if (took > times.graceMs && total < (took / 1000) * times.leastBytesPerSecond) slow();
    }, times.graceMs / RATE_CHECKS_PER_GRACE);

    const end = (): void => {
      over = true;
      clearTimeout(whole);
      clearTimeout(idle);
      clearInterval(rate);
      request.off('data', count).off('error', interrupted).off('close', closed);
    };
    const fail = (error: unknown): void => {
      if (over) return;
      end();
      request.unpipe(parser);
      parts.length = 0;
      // What is left on the wire is thrown away as it comes, so that the refusal can be read.
      request.on('error', () => undefined).resume();
      reject(error);
    };
    const interrupted = (cause?: unknown): void => {
      fail(new GatehouseError('body_interrupted', 400, 'the sender went away in the middle of a form with files', { ...(cause === undefined ? {} : { cause }), visitor: 'bad_form' }));
    };
    // A request that came whole closes too, and may do so before the library has seen its end.
    const closed = (): void => {
      if (!request.complete) interrupted();
    };
    const count = (chunk: Buffer): void => {
      idle.refresh();
      total += chunk.length;
      if (total > limits.totalBytes) return fail(tooLarge(limits.totalBytes));
      try {
        charge(chunk.length);
      } catch (thrown) {
        fail(thrown);
      }
    };

    parser.on('file', (name: string | undefined, stream: BusboyFileStream, fileName: string | undefined, transfer: string, mediaType: string) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => {
        if (over) return;
        size += chunk.length;
        if (fileName === undefined) inFields += chunk.length;
        if (inFields > MOST_FORM_BYTES) return fail(tooLarge(MOST_FORM_BYTES));
        if (fileName !== undefined && size > limits.fileBytes) {
          return fail(new GatehouseError('file_too_large', 413, `a file had more than ${limits.fileBytes} bytes`, { visitor: 'body_too_large' }));
        }
        chunks.push(chunk);
      });
      if (!over) parts.push({ name, fileName, transfer, mediaType, chunks });
    });
    parser.on('partsLimit', () => fail(badForm('a form with files has too many parts')));
    parser.on('error', (cause: unknown) => fail(badForm('a form with files is cut short or not well formed', cause)));
    parser.on('finish', () => {
      if (over) return;
      end();
      // An epilogue, if there is one, is nobody's business.
      request.unpipe(parser);
      request.resume();
      resolve(parts);
    });

    if (request.destroyed) return interrupted();
    request.on('data', count).on('error', interrupted).on('close', closed);
    request.pipe(parser);
  });
}

/** Fields apart from files, each checked. */
function sorted(parts: readonly Part[], limits: UploadLimits): Upload {
  // null prototype: field names are the sender's, and must not reach Object.prototype.
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  const files: UploadedFile[] = [];
  let fields = 0;
  for (const { name, fileName, transfer, mediaType, chunks } of parts) {
    if (name === undefined || !FIELD_NAME.test(name)) throw badForm('a part has no name, or one that no page of ours has');
    if (!UNTRANSFORMED.has(transfer)) throw badForm('a part came with a transfer encoding');
    const bytes = Buffer.concat(chunks);
    if (fileName === undefined) {
      fields += 1;
      if (fields > MOST_FIELDS) throw badForm('too many fields');
      if (name in values) throw badForm('a field was sent twice');
      values[name] = textOf(bytes);
    } else if (fileName !== '' || bytes.length > 0) {
      if (files.length === limits.files) throw new GatehouseError('too_many_files', 400, `a form had more than ${limits.files} files`, { visitor: 'bad_form' });
      files.push({ field: name, bytes: Personal.of(bytes), mediaType: MEDIA_TYPE.test(mediaType) ? mediaType : 'application/octet-stream' });
    }
  }
  if (files.some(({ field }) => field in values)) throw badForm('a field was sent as text and as a file');
  return { values, files };
}

function textOf(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw badForm('a field is not UTF-8', cause);
  }
  if (text.includes('\0')) throw badForm('a field holds a NUL');
  return text;
}

function tooLarge(mostBytes: number): GatehouseError {
  return new GatehouseError('body_too_large', 413, `a form with files had more than ${mostBytes} bytes`);
}
