import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Mode } from '../../src/journey/journey.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { change, newJourney, NOW, storesOn, type Stores } from './support.ts';

describeDatabases('accounts', ({ fresh }) => {
  let opened: OpenedDatabase;
  let stores: Stores;
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(opened);
  });

  interface Who {
    readonly identity: string;
    readonly credential?: string;
    readonly mode?: Mode;
    readonly workflowId?: string;
    readonly profile?: unknown;
  }

  /** A journey that ends in approval for somebody; gives the account and how the binding went. */
  async function approve({ identity, credential, mode = 'test', workflowId = 'w', profile = {} }: Who): Promise<{ account: string | undefined; bound: string; credentialHash: string | null }> {
    const { journey } = await stores.journeys.open(newJourney({ mode, workflowId }));
    const written = await stores.journeys.record(journey, change(journey, {
      decision: { verdict: 'approve', reasons: [], policy: 'w@1', at: NOW },
      binding: { identity: Personal.of(identity), profile: Personal.of(profile), devices: undefined, credential: credential === undefined ? undefined : Personal.of(credential) },
    }));
    const event = await opened.db.selectFrom('journey_event').selectAll().where('journey_id', '=', journey.id).where('name', '=', 'account_binding').executeTakeFirstOrThrow();
    const row = await opened.db.selectFrom('journey').selectAll().where('id', '=', journey.id).executeTakeFirstOrThrow();
    expect([row.account_id, row.credential_hash]).toEqual([written?.accountId, written?.credentialHash ?? null]);
    return { account: written?.accountId, bound: `${event.outcome}:${event.reason}`, credentialHash: row.credential_hash };
  }

  test('the same identity finds its account again, and tells its newest profile', async () => {
    const identity = randomUUID();
    const first = await approve({ identity, profile: { city: 'Leeds' } });
    const again = await approve({ identity, profile: { city: 'York' } });
    expect([first.bound, again.bound]).toEqual(['success:created', 'success:found']);
    expect(again.account).toBe(first.account);
    const row = await opened.db.selectFrom('account').selectAll().where('id', '=', first.account ?? '').executeTakeFirstOrThrow();
    expect(JSON.parse((await stores.vault.open('account', row.sealed ?? Buffer.alloc(0), `account:${row.id}`)).toString())).toEqual({ city: 'York' });
    expect(row.identity_hash).not.toContain(identity);
  });

  test('another identity, another account', async () => {
    expect((await approve({ identity: randomUUID() })).account).not.toBe((await approve({ identity: randomUUID() })).account);
  });

  test('ten approvals of one person at once make one account', async () => {
    const identity = randomUUID();
    const all = await Promise.all(Array.from({ length: 10 }, () => approve({ identity, credential: `c-${identity}` })));
    expect(new Set(all.map(({ account }) => account)).size).toBe(1);
    expect(all.filter(({ bound }) => bound === 'success:created')).toHaveLength(1);
    expect(await opened.db.selectFrom('credential').selectAll().where('account_id', '=', all[0]?.account ?? '').execute()).toHaveLength(1);
  });

  test('test and live people never meet, not even by the same credential', async () => {
    const identity = randomUUID();
    const [simulated, real] = [await approve({ identity, credential: 'same' }), await approve({ identity, credential: 'same', mode: 'live' })];
    expect(real.account).not.toBe(simulated.account);
    expect(real.credentialHash).not.toBe(simulated.credentialHash);
    expect([simulated.bound, real.bound]).toEqual(['success:created', 'success:created']);
  });

  test("a credential never moves: who names another's is bound to their own account alone", async () => {
    const credential = randomUUID();
    const owner = await approve({ identity: randomUUID(), credential });
    const thief = await approve({ identity: randomUUID(), credential });
    expect(thief.bound).toBe('failure:credentialOfAnotherAccount');
    expect(thief.account).not.toBe(owner.account);
    expect(thief.credentialHash).toBeNull();
    const rows = await opened.db.selectFrom('credential').selectAll().where('credential_hash', '=', owner.credentialHash ?? '').execute();
    expect(rows.map((row) => row.account_id)).toEqual([owner.account]);
  });

  test('two strangers race for one credential: one has it, both are verified', async () => {
    const credential = randomUUID();
    const both = await Promise.all([approve({ identity: randomUUID(), credential }), approve({ identity: randomUUID(), credential })]);
    expect(both.map(({ bound }) => bound).toSorted()).toEqual(['failure:credentialOfAnotherAccount', 'success:created']);
    expect(both.every(({ account }) => account !== undefined)).toBe(true);
  });

  test('one credential means one person in each workflow', async () => {
    const credential = randomUUID();
    const [here, there] = [await approve({ identity: randomUUID(), credential }), await approve({ identity: randomUUID(), credential, workflowId: 'other' })];
    expect([here.bound, there.bound]).toEqual(['success:created', 'success:created']);
  });

  test('no credential, no row', async () => {
    const { account, credentialHash } = await approve({ identity: randomUUID() });
    expect(credentialHash).toBeNull();
    expect(await opened.db.selectFrom('credential').selectAll().where('account_id', '=', account ?? '').execute()).toEqual([]);
  });
});
