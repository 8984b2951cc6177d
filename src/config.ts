/**
 * The environment in, one frozen Config out. Everything is parsed once and cross-checked; every fault is named at once
 * and start is refused. A development stand-in is never used in production.
 */
import { join } from 'node:path';
import { staffConfigFrom, type StaffConfig } from './admin/staff/config.ts';
import { GatehouseError } from './errors.ts';
import { feedSourcesFrom } from './feeds/config.ts';
import { FEED_FORMATS, type FeedFormat } from './feeds/formats.ts';
import type { FeedSource } from './feeds/source.ts';
import { DEFAULT_READER, type ReaderSettings } from './documents/reader.ts';
import { vendorConfigFrom, type VendorConfig } from './vendors/index.ts';
import { s3ConfigFrom, type S3Config } from './vendors/s3/config.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly production: boolean;
  /** Public origin of the gateway, without a trailing slash. */
  readonly issuer: string;
  readonly port: number;
  /** Address to listen on; undefined: this machine only (IPv4 and IPv6 loopback). */
  readonly host: string | undefined;
  readonly dataDir: string;
  /** Undefined: embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Where the embedded one keeps its files. */
  readonly databaseFolder: string;
  readonly databasePoolSize: number;
  /** How long a database restart is ridden out, milliseconds. */
  readonly databaseRestartMs: number;
  /** Undefined: one is made and kept under `dataDir`; never in production. */
  readonly masterKeys: readonly { readonly id: string; readonly key: Buffer }[] | undefined;
  /** How the staff signs in to the console. */
  readonly staff: StaffConfig;
  readonly trustedProxyHops: number;
  /** Where the staff's console is: at the issuer, or on a port and origin of its own, and then nowhere else. */
  readonly console: { readonly origin: string; readonly own: { readonly port: number; readonly host: string | undefined } | undefined };
  /** Requests per minute that one address may make of one process: a dam against floods, lifted for development. */
  readonly requestsPerMinute: number;
  readonly logLevel: string;
  /** Browsers with secure hardware are asked to keep a key there (Device Bound Session Credentials). */
  readonly dbsc: boolean;
  readonly feeds: {
    readonly torFile: string | undefined;
    readonly denyFiles: readonly { readonly path: string; readonly format: FeedFormat }[];
    /** `FEEDS`: further feeds, from files and addresses. */
    readonly sources: readonly FeedSource[];
  };
  readonly vendors: VendorConfig;
  /** Reading documents and faces. */
  readonly documents: ReaderSettings & {
    /** `first_use`: the reading process is started when the first picture comes. */
    readonly start: 'now' | 'first_use';
    /** The operator accepted the notice on face comparison; without it `live` keys have no faces compared. */
    readonly facesForLive: boolean;
  };
  /** Where pictures are kept; undefined: sealed in the database. */
  readonly imageStore: S3Config | undefined;
  /** The quickstart's workflow, key, demo and file; off in production. */
  readonly quickstart: { readonly redirectUris: readonly string[]; readonly demoPort: number | undefined } | undefined;
}

/** Characters: a one-time link and a name must fit one part of a text message (160). */
const LONGEST_ISSUER = 120;

/** Version of the notice on face comparison, docs/notice-faces.md. */
const FACE_NOTICE = '2026-11';
const MEBIBYTE = 1024 * 1024;

const ENVIRONMENTS = ['development', 'test', 'production'];
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'];

/**
 * Parse the environment.
 * @throws GatehouseError `configuration_refused`, its message naming every fault; values are never quoted
 */
export function configFrom(env: Env): Config {
  const faults: string[] = [];
  const fault = (name: string, why: string): undefined => {
    faults.push(`${name}: ${why}`);
    return undefined;
  };
  const text = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const whole = (name: string, otherwise: number, least: number, most: number): number => {
    const raw = text(name);
    if (raw === undefined) return otherwise;
    const value = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
    if (value >= least && value <= most) return value;
    fault(name, `must be a whole number from ${least} to ${most}`);
    return otherwise;
  };

  const nodeEnv = text('NODE_ENV') ?? 'development';
  // A misspelt `production` must not open the development doors.
  if (!ENVIRONMENTS.includes(nodeEnv)) fault('NODE_ENV', `must be one of ${ENVIRONMENTS.join(', ')}`);
  const production = nodeEnv === 'production';
  const port = whole('PORT', 3000, 1, 65535);
  const issuer = (text('ISSUER') ?? `http://localhost:${port}`).replace(/\/$/, '');
  const issuerUrl = URL.parse(issuer);
  if (!issuerUrl || issuerUrl.origin !== issuer) {
    fault('ISSUER', 'must be an origin alone, such as https://id.example.com: no path, query or user name');
  } else if (issuer.length > LONGEST_ISSUER) {
    fault('ISSUER', `must have at most ${LONGEST_ISSUER} characters: its links travel in text messages`);
  } else if (issuerUrl.protocol !== 'https:') {
    const local = issuerUrl.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuerUrl.hostname);
    if (production) fault('ISSUER', 'must be https in production');
    else if (!local) fault('ISSUER', 'must be https, or http on localhost');
  }

  const consolePort = text('ADMIN_PORT') === undefined ? undefined : whole('ADMIN_PORT', 0, 1, 65535);
  const consoleOrigin = (text('ADMIN_ORIGIN') ?? (consolePort === undefined ? issuer : `http://localhost:${consolePort}`)).replace(/\/$/, '');
  const consoleUrl = URL.parse(consoleOrigin);
  if (consolePort === undefined && text('ADMIN_ORIGIN') !== undefined) fault('ADMIN_ORIGIN', 'needs ADMIN_PORT: without a port of its own the console is at the issuer');
  if (consolePort !== undefined) {
    if (consolePort === port) fault('ADMIN_PORT', 'must differ from PORT');
    if (!consoleUrl || consoleUrl.origin !== consoleOrigin) fault('ADMIN_ORIGIN', 'must be an origin alone, such as https://console.example.com');
    else if (consoleUrl.protocol !== 'https:' && (production || !['localhost', '127.0.0.1', '[::1]'].includes(consoleUrl.hostname))) fault('ADMIN_ORIGIN', 'must be https, or http on localhost outside of production');
  }

  const databaseUrl = text('DATABASE_URL');
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) fault('DATABASE_URL', 'must be a postgres:// address');

  const masterKeys = readMasterKeys(text('MASTER_KEYS'), (why) => fault('MASTER_KEYS', why));
  if (production && text('MASTER_KEYS') === undefined) fault('MASTER_KEYS', 'is required in production: id:base64 of 32 random bytes');

  const logLevel = text('LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) fault('LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`);
  // The library's own debug output prints request parameters, and with them personal data.
  if (production && /oidc-provider|\*/.test(text('DEBUG') ?? '')) fault('DEBUG', 'must not name oidc-provider, nor everything, in production');

  const vendors = vendorConfigFrom(env);
  faults.push(...vendors.faults);
  if (production && text('SMS_SENDER') === 'outbox') fault('SMS_SENDER', 'must not be outbox in production');

  const choice = <T extends string>(name: string, choices: readonly T[], otherwise: T): T => {
    const chosen = choices.find((one) => one === (text(name) ?? otherwise));
    return chosen ?? fault(name, `must be one of ${choices.join(', ')}`) ?? otherwise;
  };
  const notice = text('FACE_NOTICE_ACCEPTED');
  if (notice !== undefined && notice !== FACE_NOTICE) fault('FACE_NOTICE_ACCEPTED', `must be the version of the notice in docs/notice-faces.md, ${FACE_NOTICE}`);
  const imageStorePlace = choice('IMAGE_STORE', ['database', 's3'], 'database');
  const s3 = imageStorePlace === 's3' ? s3ConfigFrom(env) : undefined;
  if (s3 && !s3.ok) faults.push(...s3.faults);

  const quickstartWanted = text('QUICKSTART') ?? (production ? 'off' : 'on');
  if (!['on', 'off'].includes(quickstartWanted)) fault('QUICKSTART', 'must be on or off');
  if (production && quickstartWanted === 'on') fault('QUICKSTART', 'must not be on in production');

  const staff = staffConfigFrom(env, production);
  faults.push(...staff.faults);

  const furtherFeeds = feedSourcesFrom(env, production);
  faults.push(...furtherFeeds.faults.map((why) => `FEEDS: ${why}`));
  const feeds = {
    torFile: text('TOR_EXIT_FILE'),
    denyFiles: readDenyFiles(text('DENY_LIST_FILES'), (why) => fault('DENY_LIST_FILES', why)),
    sources: furtherFeeds.sources,
  };
  const config = {
    production,
    issuer,
    port,
    host: text('HOST') ?? (production ? '::' : undefined),
    dataDir: text('DATA_DIR') ?? './data',
    databaseUrl,
    databaseFolder: join(text('DATA_DIR') ?? './data', 'postgres'),
    databasePoolSize: whole('DATABASE_POOL_SIZE', 20, 1, 500),
    databaseRestartMs: whole('DATABASE_RESTART_SECONDS', 15, 0, 300) * 1000,
    masterKeys,
    console: { origin: consoleOrigin, own: consolePort === undefined ? undefined : { port: consolePort, host: text('ADMIN_HOST') ?? text('HOST') ?? (production ? '::' : undefined) } },
    staff: staff.config,
    trustedProxyHops: whole('TRUSTED_PROXY_HOPS', 0, 0, 10),
    requestsPerMinute: whole('REQUESTS_PER_MINUTE', production ? 1200 : 600_000, 10, 10_000_000),
    logLevel,
    dbsc: choice('DBSC', ['on', 'off'], 'off') === 'on',
    feeds,
    documents: {
      processes: whole('DOCUMENT_PROCESSES', DEFAULT_READER.processes, 1, 16),
      mostWaiting: whole('DOCUMENT_QUEUE', DEFAULT_READER.mostWaiting, 1, 1000),
      jobMs: whole('DOCUMENT_JOB_SECONDS', DEFAULT_READER.jobMs / 1000, 5, 120) * 1000,
      mostMemory: whole('DOCUMENT_MEMORY_MB', DEFAULT_READER.mostMemory / MEBIBYTE, 700, 16_384) * MEBIBYTE,
      faces: choice('FACE_ENGINE', ['face_api', 'off'], 'face_api') === 'face_api',
      heic: choice('HEIC', ['on', 'off'], 'off') === 'on',
      start: choice('DOCUMENT_READER_START', ['now', 'first_use'], 'now'),
      facesForLive: notice === FACE_NOTICE,
    },
    imageStore: s3?.ok ? s3.config : undefined,
    quickstart: quickstartWanted === 'on'
      ? { redirectUris: list(text('QUICKSTART_REDIRECT_URIS')), demoPort: text('DEMO_PORT') === undefined ? undefined : whole('DEMO_PORT', 0, 0, 65535) }
      : undefined,
  };
  if (faults.length > 0 || !vendors.config) {
    throw new GatehouseError('configuration_refused', 500, `the configuration is refused:\n${faults.map((line) => `  - ${line}`).join('\n')}`);
  }
  return Object.freeze({ ...config, vendors: vendors.config });
}

function list(raw: string | undefined): readonly string[] {
  return (raw ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
}

/** `id:base64[,id:base64…]`: the first wraps new data keys, all unwrap. */
function readMasterKeys(raw: string | undefined, fault: (why: string) => void): Config['masterKeys'] {
  if (raw === undefined) return undefined;
  const keys: { id: string; key: Buffer }[] = [];
  for (const [index, part] of list(raw).entries()) {
    const [id = '', encoded = ''] = part.split(':');
    // Named by its place: where the order was mixed up, what stands before the colon is the secret.
    const which = `key ${index + 1}`;
    const key = Buffer.from(encoded, 'base64');
    if (!/^[\w.-]{1,64}$/.test(id)) fault(`${which} needs an id of letters, digits, _ . - before its colon`);
    else if (key.length !== 32) fault(`${which} must be an id, a colon and 32 bytes in base64`);
    else if (weak(key)) fault(`${which} is weak: use random bytes`);
    else if (keys.some((other) => other.id === id)) fault(`${which} has the id of another`);
    else keys.push({ id, key });
  }
  if (keys.length === 0) fault('holds no usable key');
  return keys;
}

/** Random bytes hardly ever repeat this much, nor go up by equal steps; typed and padded ones do. */
function weak(key: Buffer): boolean {
  const steps = new Set(key.map((byte, index) => byte - (key[index - 1] ?? 0)).subarray(1));
  return new Set(key).size < 16 || steps.size < 4;
}

/** `format:path[,format:path…]`. */
function readDenyFiles(raw: string | undefined, fault: (why: string) => void): Config['feeds']['denyFiles'] {
  return list(raw).flatMap((part) => {
    const cut = part.indexOf(':');
    const format = part.slice(0, Math.max(cut, 0));
    const known = FEED_FORMATS.find((one) => one === format);
    if (!known) {
      fault(`each entry is format:path, with format one of ${FEED_FORMATS.join(', ')}`);
      return [];
    }
    return [{ path: part.slice(cut + 1), format: known }];
  });
}
