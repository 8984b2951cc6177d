import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TicketStore } from '../../src/devices/store.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { incidentStore } from '../../src/store/incidents.ts';
import { ticketStore } from '../../src/store/tickets.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { NOW, storesOn } from './support.ts';

describeDatabases('tickets and incidents', ({ fresh }) => {
  let opened: OpenedDatabase;
  let tickets: TicketStore;
  ownDatabase(fresh, async (own) => {
    opened = own;
    tickets = ticketStore(opened.db, (await storesOn(opened)).vault);
  });
  const made = async (purpose = 'my_devices', expiresAt = NOW + 10): Promise<string> => {
    const hash = randomUUID();
    await tickets.make({ hash, purpose, holds: Personal.of({ accountId: 'planted-account' }), now: NOW, expiresAt });
    return hash;
  };

  test('looking uses nothing up; taking does, once', async () => {
    const hash = await made();
    expect((await tickets.peek(hash, 'my_devices', NOW))?.open()).toEqual({ accountId: 'planted-account' });
    expect((await tickets.take(hash, 'my_devices', NOW + 9))?.open()).toEqual({ accountId: 'planted-account' });
    expect([await tickets.take(hash, 'my_devices', NOW + 9), await tickets.peek(hash, 'my_devices', NOW + 9)]).toEqual([undefined, undefined]);
  });

  test('of ten who take it one gets it', async () => {
    const hash = await made();
    const all = await Promise.all(Array.from({ length: 10 }, () => tickets.take(hash, 'my_devices', NOW)));
    expect(all.filter((one) => one !== undefined)).toHaveLength(1);
  });

  test('another purpose, past its time, or unknown: nothing', async () => {
    const hash = await made();
    expect(await Promise.all([
      tickets.take(hash, 'passkey_registration', NOW), tickets.peek(hash, 'passkey_registration', NOW),
      tickets.take(hash, 'my_devices', NOW + 10), tickets.peek(hash, 'my_devices', NOW + 10), tickets.take(randomUUID(), 'my_devices', NOW),
    ])).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(await tickets.take(hash, 'my_devices', NOW)).toBeDefined();
  });

  test('what it holds is sealed, to this very ticket', async () => {
    const [one, other] = [await made(), await made()];
    const { sealed } = await opened.db.selectFrom('ticket').select('sealed').where('hash', '=', one).executeTakeFirstOrThrow();
    expect(Buffer.from(sealed).toString('latin1')).not.toContain('planted-account');
    await opened.db.updateTable('ticket').set({ sealed: Buffer.from(sealed) }).where('hash', '=', other).execute();
    await expect(tickets.take(other, 'my_devices', NOW)).rejects.toMatchObject({ code: 'sealed_box_invalid' });
  });

  test('what is past its time is forgotten, in bounded batches', async () => {
    await opened.db.deleteFrom('ticket').execute();
    for (let index = 0; index < 3; index += 1) await made('p', NOW + index);
    const kept = await made('p', NOW + 100);
    expect([await tickets.purge(NOW + 50, 2), await tickets.purge(NOW + 50, 2)]).toEqual([2, 1]);
    expect(await opened.db.selectFrom('ticket').select('hash').execute()).toEqual([{ hash: kept }]);
  });

  test('incidents: newest first, by status, so many', async () => {
    const incidents = incidentStore(opened.db, Date.now);
    const about = { mode: 'test', kind: 'cookie_replayed', accountId: 'a', deviceId: 'd', journeyId: undefined, details: { cause: 'replayed', count: 2 } } as const;
    const [one, two, three] = [await incidents.open({ ...about, at: NOW }), await incidents.open({ ...about, at: NOW + 2 }), await incidents.open({ ...about, at: NOW + 1 })];
    await opened.db.updateTable('incident').set({ status: 'closed' }).where('id', '=', one).execute();
    expect((await incidents.list({ most: 9 })).map(({ id }) => id)).toEqual([two, three, one]);
    expect(await incidents.list({ status: 'open', most: 1 })).toEqual([{ ...about, id: two, status: 'open', at: NOW + 2 }]);
    expect((await incidents.list({ status: 'closed', most: 9 })).map(({ id }) => id)).toEqual([one]);
  });
});
