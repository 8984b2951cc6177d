/**
 * The house rules: who may import whom, who may touch what, and how large a file may grow. The tables are the rules;
 * a change of the house is a change of a table.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, importsOf, packageOf, withoutComments } from './support/imports.ts';
import { ROOT } from './support/process.ts';

/**
 * Room → rooms it may import from. A room is a folder of `src`, or a single file, whose own row is then the one that
 * counts. A folder on the right includes everything in it; `vendors/ports.ts` is that file only.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'personal.ts': [],
  'constant_time.ts': [],
  'config.ts': ['admin/staff/config.ts', 'errors.ts', 'vendors/index.ts', 'vendors/config.ts', 'vendors/env.ts', 'vendors/s3/config.ts', 'feeds/config.ts', 'feeds/formats.ts', 'feeds/source.ts', 'documents/reader.ts'],
  // What a picture can tell, as nouns; whoever speaks of documents uses them.
  'documents/facts.ts': [],
  documents: ['errors.ts', 'personal.ts'],
  journey: ['documents/facts.ts', 'errors.ts', 'personal.ts'],
  // The interface of what is kept names the events that are kept with it.
  'journey/store.ts': ['events', 'errors.ts', 'personal.ts'],
  events: ['personal.ts'],
  vault: ['errors.ts', 'personal.ts'],
  feeds: ['errors.ts', 'personal.ts'],
  // Binding, proof of key, comparison, trust; knows no journey but the nouns of its evidence.
  devices: ['journey/device_evidence.ts', 'journey/journey.ts', 'errors.ts', 'personal.ts', 'constant_time.ts'],
  'vendors/ports.ts': ['journey', 'documents/facts.ts', 'personal.ts'],
  vendors: ['journey', 'errors.ts', 'personal.ts', 'constant_time.ts'],
  steps: [
    'journey', 'events', 'feeds', 'devices', 'vendors/ports.ts', 'errors.ts', 'personal.ts', 'constant_time.ts',
    // The door to reading, and pure rules over what was read; never an engine.
    'documents/facts.ts', 'documents/reader.ts', 'documents/countries.ts', 'documents/text/compare_print.ts', 'documents/liveness/judge_liveness.ts',
  ],
  engine: ['journey', 'steps', 'events', 'vendors/ports.ts', 'errors.ts', 'personal.ts'],
  http: ['errors.ts', 'personal.ts', 'constant_time.ts'],
  // What a client publishes is fetched as feeds are: from the public internet alone.
  oidc: ['journey', 'events', 'vault', 'devices/store.ts', 'feeds/fetch_feed.ts', 'feeds/address.ts', 'feeds/range_set.ts', 'webhooks/send.ts', 'errors.ts', 'personal.ts', 'constant_time.ts'],
  hosted: [
    'engine', 'oidc', 'http', 'journey', 'steps', 'devices', 'errors.ts', 'personal.ts',
    // Two doors to the outside world stand here, and know it by its interfaces alone.
    'vendors/ports.ts', 'vendors/status.ts', 'vendors/notice.ts', 'vendors/outbox/store.ts',
    'documents/facts.ts',
  ],
  // The console: its areas hold the interfaces of what they need kept. Who may do what is judged in its one guard.
  admin: [
    'journey', 'engine', 'http', 'events', 'devices', 'webhooks', 'errors.ts', 'personal.ts', 'constant_time.ts',
    'oidc/clients.ts', 'vendors/ports.ts', 'vendors/status.ts', 'vendors/tally.ts', 'feeds/fetch_feed.ts', 'feeds/public_address.ts', 'documents/facts.ts',
  ],
  webhooks: ['journey', 'events', 'feeds/address.ts', 'feeds/guarded_lookup.ts', 'feeds/public_address.ts', 'errors.ts', 'personal.ts', 'constant_time.ts'],
  store: ['admin', 'webhooks', 'journey', 'engine', 'oidc', 'events', 'vault', 'vendors/outbox', 'vendors/sandbox/document_sessions.ts', 'vendors/s3/client.ts', 'steps', 'devices', 'feeds/faults.ts', 'feeds/store.ts', 'errors.ts', 'personal.ts', 'constant_time.ts', 'vendors/tally.ts'],
  browser: [],
  demo: [],
  'gatehouse.ts': ['*'],
  'console_wiring.ts': ['*'],
  'quickstart.ts': ['*'],
  'master_keys.ts': ['config.ts', 'vault', 'store/development_key.ts', 'errors.ts'],
  commands: ['*'],
  'main.ts': ['config.ts', 'gatehouse.ts', 'http/client_error.ts', 'master_keys.ts', 'quickstart.ts', 'demo', 'errors.ts'],
};

/** Package → rooms that may import it. Packages not named here are free, as long as they are production dependencies. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  kysely: ['store'],
  pg: ['store'],
  '@electric-sql/pglite': ['store'],
  'oidc-provider': ['oidc', 'gatehouse.ts'],
  // The demo, and staff who sign in at another provider.
  'openid-client': ['demo', 'admin/staff', 'admin/workflows/try'],
  'pg-boss': ['store'],
  otpauth: ['admin/staff'],
  '@dagrejs/dagre': ['admin/workflows'],
  nunjucks: ['http', 'demo'],
  '@simplewebauthn/server': ['devices', 'admin/staff'],
  '@simplewebauthn/browser': ['browser'],
  sharp: ['documents'],
  'zxing-wasm': ['documents'],
  'tesseract.js': ['documents'],
  '@vladmandic/face-api': ['documents'],
  '@vladmandic/human': ['documents'],
  '@tensorflow/tfjs-core': ['documents'],
  '@tensorflow/tfjs-converter': ['documents'],
  '@tensorflow/tfjs-backend-wasm': ['documents'],
  aws4fetch: ['vendors/s3'],
  '@fastify/busboy': ['http'],
  qrcode: ['hosted', 'admin/staff'],
  '@fingerprintjs/fingerprintjs': ['browser'],
  '@fingerprintjs/botd': ['browser'],
};

/** What must not be written in a room, and why. */
const BANNED: readonly { readonly rooms: readonly string[]; readonly pattern: RegExp; readonly why: string }[] = [
  { rooms: ['journey'], pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, why: 'the rules are told the time' },
  { rooms: ['journey'], pattern: /\bfetch\(/, why: 'the rules reach no network' },
  { rooms: ['journey'], pattern: /\bMath\.random\b|\brandom(?:Bytes|UUID|Int)\b/, why: 'the rules are not left to chance' },
  { rooms: ['*'], pattern: /\bMath\.random\b/, why: 'secrets and ids come from node:crypto' },
  { rooms: ['*'], pattern: /@ts-(?:ignore|nocheck)|\bdebugger\b/, why: 'the compiler is the first reviewer' },
];

/** Node's modules that the rules in `journey/` may use: pure computing. */
const PURE_NODE = ['node:crypto', 'node:util'];

/** Who reads the environment. */
const ENVIRONMENT_READERS = [/^src\/main\.ts$/, /^src\/commands\//, /^src\/demo\/main\.ts$/];

const MOST_LINES = 400;

/** Files that are tables of data: one row after the other, nothing to take apart. */
const TABLES: readonly RegExp[] = [/^src\/http\/locales\/\w+\.ts$/, /^src\/hosted\/samples\.ts$/];

const sources = filesBelow(ROOT, 'src', ['.ts']);
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const inSrc = (file: string): string => file.replace(/^src\//, '');

/** Whether a file (relative to src) lies in a room. */
function within(file: string, room: string): boolean {
  return room === '*' || file === room || file.startsWith(`${room}/`);
}

/** The room whose row counts: the file's own, or the longest folder that has one. */
function roomOf(file: string): string | undefined {
  return Object.keys(ARROWS).filter((room) => within(file, room)).toSorted((a, b) => b.length - a.length)[0];
}

/** The folder a file belongs to: its own neighbours are always free to import. */
const folderOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined);

function matches(pattern: RegExp, files: readonly string[], accept: (file: string) => boolean = () => false): readonly string[] {
  return files.filter((file) => !accept(file)).flatMap((file) =>
    withoutComments(read(file)).split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])));
}

describe('the house', () => {
  it('has a room for every file', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.filter((file) => roomOf(inSrc(file)) === undefined)).toEqual([]);
  });

  it('imports only along the arrows', () => {
    const wrong = sources.flatMap((file) => importsOf(ROOT, file)).filter((one) => one.own).flatMap((one) => {
      const [from, to] = [inSrc(one.file), inSrc(one.target)];
      const folder = folderOf(from);
      const allowed = ARROWS[roomOf(from) ?? ''] ?? [];
      const fine = one.target.startsWith('src/') && ((folder !== undefined && within(to, folder)) || allowed.some((room) => within(to, room)));
      return fine ? [] : [`${one.file}:${one.line} imports ${one.target}`];
    });
    expect(wrong).toEqual([]);
  });

  it('keeps each package in its room, and imports no package that production does not install', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const wrong = sources.flatMap((file) => importsOf(ROOT, file)).filter((one) => !one.own && !one.target.startsWith('node:')).flatMap((one) => {
      const name = packageOf(one.target);
      const rooms = PACKAGES[name];
      if (dependencies[name] === undefined && !isTypePackage(one.file, name)) return [`${one.file}:${one.line} imports ${name}, not a dependency`];
      return rooms === undefined || rooms.some((room) => within(inSrc(one.file), room)) ? [] : [`${one.file}:${one.line} imports ${name}`];
    });
    expect(wrong).toEqual([]);
  });

  it('lets the rules compute and nothing else', () => {
    const wrong = sources.filter((file) => within(inSrc(file), 'journey')).flatMap((file) => importsOf(ROOT, file))
      .filter((one) => one.target.startsWith('node:') && !PURE_NODE.includes(one.target));
    expect(wrong).toEqual([]);
  });

  it.each(BANNED)('writes no $pattern in $rooms: $why', ({ rooms, pattern }) => {
    expect(matches(pattern, sources, (file) => !rooms.some((room) => within(inSrc(file), room)))).toEqual([]);
  });

  it('reads the environment in one place', () => {
    expect(matches(/\bprocess\.env\b/, sources, (file) => ENVIRONMENT_READERS.some((reader) => reader.test(file)))).toEqual([]);
  });

  it('keeps migrations apart from the code, which will change under them', () => {
    const migrations = filesBelow(ROOT, 'migrations', ['.ts']);
    expect(migrations.length).toBeGreaterThan(0);
    expect(migrations.flatMap((file) => importsOf(ROOT, file)).filter((one) => packageOf(one.target) !== 'kysely')).toEqual([]);
  });

  it(`has no file of more than ${MOST_LINES} lines`, () => {
    const long = [...sources, ...filesBelow(ROOT, 'test', ['.ts'])]
      .filter((file) => !TABLES.some((table) => table.test(file)))
      .map((file) => ({ file, lines: read(file).split('\n').length }))
      .filter(({ lines }) => lines > MOST_LINES);
    expect(long).toEqual([]);
  });

  it('leaves nothing for later', () => {
    const marks = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X'].join(''));
    const files = [...sources, ...filesBelow(ROOT, 'migrations', ['.ts']), ...filesBelow(ROOT, 'test', ['.ts']), ...filesBelow(ROOT, 'views', ['.njk', '.css'])];
    expect(files.filter((file) => read(file).split('\n').some((line) => marks.test(line)))).toEqual([]);
  });
});

describe('the views', () => {
  const views = filesBelow(ROOT, 'views', ['.njk', '.html']);

  it.each([
    ['inline scripts', /<script(?![^>]*\ssrc=)/i],
    ['inline style sheets', /<style[\s>]/i],
    ['style attributes', /<[^>]*\sstyle\s*=/i],
    ['event attributes', /<[^>]*\son[a-z]+\s*=\s*["'{]/i],
    ['addresses with a script', /javascript:/i],
    ['unescaped output', /\|\s*safe\b/],
  ])('have no %s: the content security policy forbids them', (_what, pattern) => {
    expect(views.length).toBeGreaterThan(0);
    expect(views.filter((file) => pattern.test(read(file).replace(/\{#[\s\S]*?#\}/g, '')))).toEqual([]);
  });
});

/** A package known only by its types (`import type`) may be a development dependency. */
function isTypePackage(file: string, name: string): boolean {
  const text = withoutComments(read(file));
  const lines = [...text.matchAll(new RegExp(`import\\s+(type\\s)?[^'";=]*?['"]${name.replace(/[/.]/g, '\\$&')}(?:/[^'"]*)?['"]`, 'g'))];
  return lines.length > 0 && lines.every((line) => line[1] !== undefined);
}
