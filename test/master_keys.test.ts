/** The development key: one for all processes on the same data, kept beside it, and never where keys are configured. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configFrom } from '../src/config.ts';
import { masterKeysOf } from '../src/master_keys.ts';
import { developmentKeyStore, type DevelopmentKeyStore } from '../src/store/development_key.ts';
import type { OpenedDatabase } from '../src/store/database.ts';
import { freshDatabase, type FreshDatabase } from './support/postgres.ts';

const logger = pino({ level: 'silent' });
const nowhere: DevelopmentKeyStore = { keep: () => Promise.reject(new Error('no database was to be asked')) };

describe('on the embedded database', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is made once, in a file of its owner alone, however many start together', async () => {
    const config = configFrom({ DATA_DIR: folder });
    const all = await Promise.all(Array.from({ length: 5 }, () => masterKeysOf(config, logger, nowhere)));
    expect(new Set(all.map(([first]) => first?.key.toString('hex'))).size).toBe(1);
    expect(all[0]?.[0]?.key).toHaveLength(32);
    expect((await stat(join(folder, 'development-master.key'))).mode & 0o777).toBe(0o600);
  });

  it('is refused where it is damaged', async () => {
    await writeFile(join(folder, 'development-master.key'), 'c2hvcnQ=');
    await expect(masterKeysOf(configFrom({ DATA_DIR: folder }), logger, nowhere)).rejects.toMatchObject({ code: 'master_key_invalid' });
  });
});

describe('on a real database', () => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  beforeAll(async () => {
    database = await freshDatabase('postgres');
    opened = await database.open();
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });

  it('is one for processes with data folders of their own', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((folder) =>
      masterKeysOf(configFrom({ DATA_DIR: join(tmpdir(), folder), DATABASE_URL: database.url ?? '' }), logger, developmentKeyStore(opened.db))));
    expect(new Set(keys.map(([first]) => first?.key.toString('hex'))).size).toBe(1);
  });

  it('is not made where keys are configured', async () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * index * 41 + index) % 256));
    const config = configFrom({ DATABASE_URL: database.url ?? '', MASTER_KEYS: `k1:${key.toString('base64')}` });
    expect(await masterKeysOf(config, logger, nowhere)).toEqual([{ id: 'k1', key }]);
  });
});
