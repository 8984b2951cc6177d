/**
 * An object store that speaks S3, for pictures. Everything put there is sealed by the gateway first.
 *
 * | name                   | meaning                                                     |
 * |------------------------|-------------------------------------------------------------|
 * | `S3_ENDPOINT`          | address of the store, without the bucket                    |
 * | `S3_BUCKET`            | bucket, addressed by path                                   |
 * | `S3_REGION`            | region that requests are signed for, default `us-east-1`    |
 * | `S3_ACCESS_KEY_ID`     | access                                                      |
 * | `S3_SECRET_ACCESS_KEY` | access                                                      |
 * | `S3_PREFIX`            | put before every object's name, default `gatehouse/`        |
 */
import { z } from 'zod';
import { Personal } from '../../personal.ts';
import { parseEnv, vendorUrl, type Env, type EnvResult } from '../env.ts';

export interface S3Config {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Personal<string>;
  readonly prefix: string;
}

const settings = z.object({
  S3_ENDPOINT: vendorUrl,
  S3_BUCKET: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  S3_REGION: z.string().regex(/^[a-z0-9-]{2,32}$/, 'must be the name of a region').default('us-east-1'),
  S3_ACCESS_KEY_ID: z.string().min(1),
  S3_SECRET_ACCESS_KEY: z.string().min(8, 'must have at least 8 characters'),
  S3_PREFIX: z.string().regex(/^([\w.-]+\/)*$/, 'must be path segments, each ending in /').default('gatehouse/'),
});

/** Read the settings; faults name settings and never quote their values. */
export function s3ConfigFrom(env: Env): EnvResult<S3Config> {
  const read = parseEnv(env, 'S3_', settings);
  if (!read.ok) return read;
  const { S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_PREFIX } = read.config;
  return {
    ok: true,
    config: Object.freeze({
      endpoint: S3_ENDPOINT, bucket: S3_BUCKET, region: S3_REGION, accessKeyId: S3_ACCESS_KEY_ID,
      secretAccessKey: Personal.of(S3_SECRET_ACCESS_KEY), prefix: S3_PREFIX,
    }),
  };
}
