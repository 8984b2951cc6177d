import { AwsClient } from 'aws4fetch';
import { GatehouseError } from '../../errors.ts';
import type { S3Config } from './config.ts';

/** For one object, milliseconds. */
const TIME_LIMIT_MS = 10_000;
/** Larger than any sealed picture. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Objects by name: what a picture store needs of an object store, and no more. */
export interface Objects {
  /** Writes whole or not at all; the same again changes nothing. */
  put(name: string, body: Uint8Array): Promise<void>;
  /** Undefined where there is none. */
  get(name: string): Promise<Buffer | undefined>;
  /** Deleting what is not there is done already. */
  drop(name: string): Promise<void>;
}

/**
 * A client of an S3-compatible store (Signature Version 4, path-style addresses).
 * Its calls throw GatehouseError `object_store_failed`, which quotes the status and never a body or an address.
 */
export function s3Objects(config: S3Config): Objects {
  const client = new AwsClient({
    accessKeyId: config.accessKeyId,
    secretAccessKey: config.secretAccessKey.open(),
    region: config.region,
    service: 's3',
    retries: 1,
  });
  const call = async (method: 'PUT' | 'GET' | 'DELETE', name: string, body?: Uint8Array): Promise<Response> => {
    const address = `${config.endpoint}/${config.bucket}/${config.prefix}${encodeURIComponent(name)}`;
    try {
      return await client.fetch(address, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(TIME_LIMIT_MS),
        ...(body === undefined ? {} : { body: Buffer.from(body), headers: { 'content-type': 'application/octet-stream' } }),
      });
    } catch (cause) {
      throw new GatehouseError('object_store_failed', 503, `the object store did not answer a ${method}`, { cause, visitor: 'unavailable' });
    }
  };
  const refused = (method: string, { status }: Response): GatehouseError =>
    new GatehouseError('object_store_failed', 503, `the object store answered a ${method} with ${status}`, { visitor: 'unavailable' });

  return {
    async put(name, body) {
      const response = await call('PUT', name, body);
      await response.body?.cancel();
      if (!response.ok) throw refused('PUT', response);
    },
    async get(name) {
      const response = await call('GET', name);
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      const length = Number(response.headers.get('content-length') ?? 0);
      if (!response.ok || length > MOST_BYTES) {
        await response.body?.cancel();
        throw refused('GET', response);
      }
      return Buffer.from(await response.arrayBuffer());
    },
    async drop(name) {
      const response = await call('DELETE', name);
      await response.body?.cancel();
      if (!response.ok && response.status !== 404) throw refused('DELETE', response);
    },
  };
}
