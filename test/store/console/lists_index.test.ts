import { describe, expect, it, vi } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { ListIndex, type ListRow } from '../../../src/store/console/lists_index.ts';

const HASHES = { phone: (one: string) => `p${one}`, email: (one: string) => `e${one}`, document: (one: string) => `d${one}`, identity: (mode: string, one: string) => `${mode}${one}` };
const SCOPE = { mode: 'test', workflowId: 'w', now: 5 } as const;
const row = (facts: Partial<ListRow>): ListRow => ({ id: 'x', version: 1, effect: 'block', kind: 'address', key: '203.0.113.7', also_keys: null, mode: 'both', workflow_id: null, expires_at: null, removed_at: null, ...facts });

describe('the index', () => {
  it('with 100,000 entries looks up a few keys, and walks through nothing', () => {
    const index = new ListIndex(HASHES);
    for (let at = 0; at < 100_000; at += 1) {
      const net = at % 2 === 0;
      index.put(row({ id: `lst_${at}`, kind: net ? 'net' : 'address', key: `${10 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}.0${net ? '/24' : ''}` }), 0);
    }
    expect(index.size).toBe(100_000);
    const get = vi.spyOn(Map.prototype, 'get');
    const walks = [vi.spyOn(Map.prototype, 'forEach'), vi.spyOn(Map.prototype, 'values'), vi.spyOn(Map.prototype, 'entries')];
    let found: readonly unknown[] = [];
    let asked = 0;
    let walked = 0;
    try {
      found = index.find({ address: '10.1.2.200', phone: Personal.of('+1'), email: Personal.of('a@b.example'), devices: ['d'], accountId: 'a' }, SCOPE);
      asked = get.mock.calls.length;
      walked = walks.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    } finally {
      vi.restoreAllMocks();
    }
    expect(found).toHaveLength(1);
    // Its own address, one length of nets, phone, mailbox and domain, device, account.
    expect(asked).toBeLessThanOrEqual(8);
    expect(walked).toBe(0);
  });

  it('forgets what was removed or has ended, and the lengths of nets that are left with none', () => {
    const index = new ListIndex(HASHES);
    index.put(row({ kind: 'net', key: '203.0.113.0/24' }), 0);
    expect(index.find({ address: '203.0.113.9' }, SCOPE)).toHaveLength(1);
    index.put(row({ kind: 'net', key: '203.0.113.0/24', removed_at: 1 }), 0);
    expect([index.size, index.find({ address: '203.0.113.9' }, SCOPE)]).toEqual([0, []]);
    index.put(row({ expires_at: 5 }), 5);
    expect(index.size).toBe(0);
    index.put(row({ expires_at: 6 }), 5);
    expect([index.find({ address: '203.0.113.7' }, SCOPE).length, index.find({ address: '203.0.113.7' }, { ...SCOPE, now: 6 }).length]).toEqual([1, 0]);
  });

  it('takes the same row twice as one', () => {
    const index = new ListIndex(HASHES);
    for (let at = 0; at < 3; at += 1) index.put(row({ kind: 'identity', key: 'a', also_keys: 'testb testc' }), 0);
    expect(index.find({ accountId: 'a', identities: [Personal.of('b'), Personal.of('c')] }, SCOPE)).toHaveLength(1);
  });
});
