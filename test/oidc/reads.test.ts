import { expect, it, vi } from 'vitest';
import { readsOf } from '../../src/oidc/reads.ts';
import type { RecordStore } from '../../src/oidc/records.ts';

it('hands a read-ahead record out once, and not after a write', () => {
  const reads = readsOf({});
  reads.keep('Grant:g', { jti: 'g' });
  expect(reads.take('Grant:g')).toEqual({ payload: { jti: 'g' } });
  expect(reads.take('Grant:g')).toBeUndefined();
  reads.keep('Grant:missing', undefined);
  expect(reads.take('Grant:missing')).toEqual({ payload: undefined });
  reads.keep('Grant:g', { jti: 'g' });
  reads.forget('Grant:g');
  expect(reads.take('Grant:g')).toBeUndefined();
});

it('belongs to one request, and reads unwritten rows once in it', async () => {
  const account = vi.fn(() => Promise.resolve({ id: 'a', erased: false }));
  const store = { account } as unknown as RecordStore;
  const ctx = {};
  await readsOf(ctx).account(store, 'a');
  expect(await readsOf(ctx).account(store, 'a')).toMatchObject({ id: 'a' });
  expect(account).toHaveBeenCalledTimes(1);
  await readsOf({}).account(store, 'a');
  await readsOf(undefined).account(store, 'a');
  expect(account).toHaveBeenCalledTimes(3);
});
