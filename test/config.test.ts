import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { configFrom } from '../src/config.ts';
import { GatehouseError } from '../src/errors.ts';

type Env = Readonly<Record<string, string>>;

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * index * 37 + index + 11) % 256)).toString('base64');
const HEX = Buffer.from(KEY, 'base64').toString('hex');
const PRODUCTION: Env = { NODE_ENV: 'production', ISSUER: 'https://id.example.com', MASTER_KEYS: `2030-01:${KEY}`, DATABASE_URL: 'postgres://gate:hunter2@db/gate' };

/** The names and sentences of a refusal. */
function faults(env: Env): readonly string[] {
  try {
    configFrom(env);
  } catch (thrown) {
    if (!(thrown instanceof GatehouseError)) throw thrown;
    expect(thrown).toMatchObject({ code: 'configuration_refused', status: 500 });
    return thrown.message.split('\n').slice(1).map((line) => line.replace(/^ {2}- /, ''));
  }
  return [];
}
const named = (env: Env): readonly string[] => faults(env).map((fault) => fault.split(':')[0] ?? '');

describe('an empty environment', () => {
  test('is a development gateway of this machine alone', () => {
    expect(configFrom({})).toMatchObject({
      production: false, issuer: 'http://localhost:3000', port: 3000, host: undefined, dataDir: './data', databaseUrl: undefined, databaseFolder: 'data/postgres',
      databasePoolSize: 20, databaseRestartMs: 15_000, masterKeys: undefined, trustedProxyHops: 0, logLevel: 'info',
      feeds: { torFile: undefined, denyFiles: [] }, vendors: { sms: { sender: 'outbox' }, carrier: undefined }, quickstart: { redirectUris: [], demoPort: undefined },
    });
  });

  test('empty values are as good as none', () => {
    expect(configFrom({ PORT: '', ISSUER: '', DATA_DIR: '', MASTER_KEYS: '', DATABASE_URL: '', LOG_LEVEL: '', QUICKSTART: '' })).toEqual(configFrom({}));
  });

  test('is frozen, vendors included', () => {
    const config = configFrom({});
    expect(Object.isFrozen(config) && Object.isFrozen(config.vendors)).toBe(true);
    expect(() => Object.assign(config, { production: true })).toThrow(TypeError);
  });
});

test('what is said is taken', () => {
  expect(configFrom({
    ...PRODUCTION, PORT: '8080', HOST: '10.0.0.1', DATA_DIR: '/srv/gate', DATABASE_POOL_SIZE: '7', DATABASE_RESTART_SECONDS: '0', TRUSTED_PROXY_HOPS: '2', REQUESTS_PER_MINUTE: '600',
    LOG_LEVEL: 'debug', DBSC: 'on', TOR_EXIT_FILE: '/srv/tor', DENY_LIST_FILES: 'netset:/srv/a:b',
  })).toMatchObject({
    production: true, issuer: 'https://id.example.com', port: 8080, host: '10.0.0.1', databaseUrl: PRODUCTION['DATABASE_URL'], databaseFolder: '/srv/gate/postgres', databasePoolSize: 7, databaseRestartMs: 0,
    masterKeys: [{ id: '2030-01', key: Buffer.from(KEY, 'base64') }], trustedProxyHops: 2, requestsPerMinute: 600, logLevel: 'debug', dbsc: true,
    feeds: { torFile: '/srv/tor', denyFiles: [{ path: '/srv/a:b', format: 'netset' }] }, quickstart: undefined,
  });
});

test('production listens to everybody unless told otherwise', () => {
  expect(configFrom(PRODUCTION).host).toBe('::');
});

test('redirect URIs of the quickstart are a list', () => {
  expect(configFrom({ QUICKSTART_REDIRECT_URIS: ' http://localhost:9/a ,,https://b.example/cb ', DEMO_PORT: '0' }).quickstart).toEqual({ redirectUris: ['http://localhost:9/a', 'https://b.example/cb'], demoPort: 0 });
});

test('the issuer follows the port, and loses a trailing slash', () => {
  expect(configFrom({ PORT: '4000' }).issuer).toBe('http://localhost:4000');
  expect(configFrom({ ISSUER: 'https://id.example.com/' }).issuer).toBe('https://id.example.com');
});

describe('a wrong value is refused by name', () => {
  test.each<[string, Env]>([
    ['PORT', { PORT: '0', ISSUER: 'http://localhost:3000' }], ['PORT', { PORT: '65536', ISSUER: 'http://localhost:3000' }], ['PORT', { PORT: '80a' }], ['PORT', { PORT: '-1' }], ['PORT', { PORT: '1e3' }],
    ['ISSUER', { ISSUER: 'id.example.com' }], ['ISSUER', { ISSUER: 'https://id.example.com/path' }], ['ISSUER', { ISSUER: 'https://id.example.com?x' }], ['ISSUER', { ISSUER: 'https://a:b@id.example.com' }],
    ['ISSUER', { ISSUER: 'http://id.example.com' }], ['ISSUER', { ISSUER: 'ftp://localhost' }], ['ISSUER', { ISSUER: `https://${'a'.repeat(113)}` }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }], ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '0' }], ['DATABASE_RESTART_SECONDS', { DATABASE_RESTART_SECONDS: '301' }],
    ['TRUSTED_PROXY_HOPS', { TRUSTED_PROXY_HOPS: '11' }], ['REQUESTS_PER_MINUTE', { REQUESTS_PER_MINUTE: '9' }], ['LOG_LEVEL', { LOG_LEVEL: 'loud' }], ['DBSC', { DBSC: 'yes' }],
    ['QUICKSTART', { QUICKSTART: 'yes' }], ['DEMO_PORT', { DEMO_PORT: 'any' }], ['DENY_LIST_FILES', { DENY_LIST_FILES: '/srv/list' }], ['DENY_LIST_FILES', { DENY_LIST_FILES: 'riddle:/srv/list' }],
    ['SMS_SENDER', { SMS_SENDER: 'pigeon' }], ['SMS_HTTP_URL', { SMS_SENDER: 'http', SMS_HTTP_SECRET: 'x'.repeat(40) }],
  ])('%s: %j', (name, env) => {
    expect(named(env)).toEqual([name]);
  });

  test.each<[string, string]>([
    ['no id', KEY], ['an id of other signs', `a/b:${KEY}`], ['an id that is too long', `${'a'.repeat(65)}:${KEY}`], ['31 bytes', `a:${Buffer.alloc(31, 'abcdefghijklmnopqrstuvwxyz').toString('base64')}`],
    ['the same id twice', `a:${KEY},a:${KEY}`], ['nothing but commas', ' , ,'],
    ['zeros', `a:${Buffer.alloc(32).toString('base64')}`], ['one letter', `a:${Buffer.alloc(32, 'x').toString('base64')}`], ['a repeated word', `a:${Buffer.alloc(32, 'password').toString('base64')}`],
  ])('MASTER_KEYS with %s', (_what, value) => {
    expect(new Set(named({ MASTER_KEYS: value }))).toEqual(new Set(['MASTER_KEYS']));
  });

  test('several keys, the first first', () => {
    const other = Buffer.from(Buffer.from(KEY, 'base64').toReversed()).toString('base64');
    expect(configFrom({ MASTER_KEYS: `new:${KEY}, old:${other}` }).masterKeys?.map(({ id }) => id)).toEqual(['new', 'old']);
  });
});

describe('production refuses', () => {
  const without = (name: string): Env => Object.fromEntries(Object.entries(PRODUCTION).filter(([key]) => key !== name));
  test.each<[string, string, Env]>([
    ['no master key', 'MASTER_KEYS', without('MASTER_KEYS')],
    ['a weak master key', 'MASTER_KEYS', { ...PRODUCTION, MASTER_KEYS: `a:${Buffer.alloc(32, 'secret').toString('base64')}` }],
    ['an issuer that is not https', 'ISSUER', { ...PRODUCTION, ISSUER: 'http://id.example.com' }],
    ['an issuer on this machine', 'ISSUER', { ...PRODUCTION, ISSUER: 'http://localhost:3000' }],
    ['no issuer', 'ISSUER', without('ISSUER')],
    ['the outbox', 'SMS_SENDER', { ...PRODUCTION, SMS_SENDER: 'outbox' }],
    ['the quickstart', 'QUICKSTART', { ...PRODUCTION, QUICKSTART: 'on' }],
    ["the library's debug output", 'DEBUG', { ...PRODUCTION, DEBUG: 'koa*,oidc-provider:*' }],
  ])('%s', (_what, name, env) => {
    expect(new Set(named(env))).toEqual(new Set([name]));
  });

  test('nothing where all is well', () => {
    expect(faults(PRODUCTION)).toEqual([]);
    expect(faults({ ...PRODUCTION, DEBUG: 'koa', QUICKSTART: 'off' })).toEqual([]);
  });
});

test('every fault is named at once', () => {
  expect(named({
    NODE_ENV: 'production', PORT: 'x', ISSUER: 'http://id.example.com', DATABASE_URL: 'x', LOG_LEVEL: 'x', DEBUG: 'oidc-provider', SMS_SENDER: 'outbox', QUICKSTART: 'on', TRUSTED_PROXY_HOPS: 'x',
    DENY_LIST_FILES: 'x', TWILIO_ACCOUNT_SID: 'x', CARRIER_CAMARA_NONSENSE: 'x',
  })).toEqual(expect.arrayContaining([
    'PORT', 'ISSUER', 'DATABASE_URL', 'MASTER_KEYS', 'LOG_LEVEL', 'DEBUG', 'SMS_SENDER', 'QUICKSTART', 'TRUSTED_PROXY_HOPS', 'DENY_LIST_FILES', 'TWILIO_ACCOUNT_SID', 'CARRIER_CAMARA_NONSENSE',
  ]));
});

test.each<[string, Env]>([
  ['a key without its id', { MASTER_KEYS: KEY }], ['a key in hex without its id', { MASTER_KEYS: HEX }], ['a key before its id', { MASTER_KEYS: `${HEX}:main` }], ['a short key', { MASTER_KEYS: `main:${HEX.slice(0, 20)}` }],
  ['a weak key', { MASTER_KEYS: `main:${Buffer.alloc(32, 'hunter2').toString('base64')}` }], ['a key twice', { MASTER_KEYS: `${HEX.slice(0, 40)}:${KEY},${HEX.slice(0, 40)}:${KEY}` }],
  ['a database password', { DATABASE_URL: 'hunter2:hunter2@db' }], ['an issuer with a password', { ISSUER: 'https://user:hunter2@id.example.com' }],
  ['a token', { TWILIO_ACCOUNT_SID: 'hunter2', TWILIO_AUTH_TOKEN: 'hunter2' }], ['a secret', { SMS_SENDER: 'http', SMS_HTTP_URL: 'http://hunter2', SMS_HTTP_SECRET: 'hunter2' }], ['a level', { LOG_LEVEL: 'hunter2' }],
])('no value is ever quoted: %s', (_what, env) => {
  expect(faults(env).length).toBeGreaterThan(0);
  try {
    configFrom(env);
  } catch (thrown) {
    const told = inspect(thrown, { depth: 9, showHidden: true });
    for (const secret of ['hunter2', KEY, HEX.slice(0, 20), Buffer.alloc(32, 'hunter2').toString('base64')]) expect(told).not.toContain(secret);
  }
});
