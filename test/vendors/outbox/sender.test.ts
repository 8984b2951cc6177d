import { describe, expect, it } from 'vitest';
import { outboxSender } from '../../../src/vendors/outbox/sender.ts';
import { memoryOutbox, ORDINARY, textMessage } from '../support.ts';

describe('the outbox', () => {
  it('keeps a message whole, once for its id', async () => {
    const store = memoryOutbox();
    const sender = outboxSender(store, undefined, () => 1000);
    const accepted = { kind: 'accepted', provider: 'outbox', providerMessageId: 'msg-1' };
    expect(await sender.send(textMessage(ORDINARY))).toEqual(accepted);
    expect(await sender.send(textMessage(ORDINARY))).toEqual(accepted);
    const [entry, ...more] = await store.list(10);
    expect(more).toEqual([]);
    expect(entry?.to.open()).toBe(ORDINARY);
    expect(entry?.body.open()).toBe(textMessage(ORDINARY).body.open());
    expect(entry?.link.open()).toBe(textMessage(ORDINARY).link.open());
    expect(entry?.sentAt).toBe(1000);
  });

  it('shows the newest first', async () => {
    const store = memoryOutbox();
    let now = 0;
    const sender = outboxSender(store, undefined, () => (now += 1));
    await sender.send(textMessage('+14075550101', { id: 'a' }));
    await sender.send(textMessage('+14075550102', { id: 'b' }));
    expect((await store.list(1)).map(({ to }) => to.open())).toEqual(['+14075550102']);
  });

  it('can refuse a number, and can lose an answer', async () => {
    const store = memoryOutbox();
    const sender = outboxSender(store, { rejected: new Set(['+1']), unknown: new Set(['+2']) });
    expect(await sender.send(textMessage('+1', { id: 'a' }))).toMatchObject({ kind: 'rejected', code: 'unreachable' });
    expect(await store.list(10)).toEqual([]);
    expect(await sender.send(textMessage('+2', { id: 'b' }))).toMatchObject({ kind: 'unknown', code: 'timed_out' });
    expect(await store.list(10)).toHaveLength(1);
  });

  it('fails aloud when the message cannot be kept', async () => {
    const store = { ...memoryOutbox(), add: () => Promise.reject(new Error('disk full')) };
    await expect(outboxSender(store).send(textMessage(ORDINARY))).rejects.toThrow('disk full');
  });
});
