import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { shown } from '../device_world.ts';
import { change, newJourney, NOW } from '../support.ts';
import { accountsWorld, REASON, STAFF, type AccountsWorld } from './accounts_world.ts';

const DAY = 86_400_000;

describeDatabases('merging two accounts', ({ kind, fresh }) => {
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
  });

  const person = async (credential = randomUUID(), mode: 'test' | 'live' = 'test') => {
    const identity = randomUUID();
    return { identity, ...(await world.plant({ identity, credential, mode })) };
  };
  const merge = (source: string, target: string) => world.desk.merge(STAFF, { source, target, reason: REASON });
  const entries = (target: string) => opened.db.selectFrom('audit_entry').select(['action', 'outcome']).where('target_id', '=', target).execute();

  test('everything moves, sign-ins of the source end, and its identity finds the target from then on', async () => {
    const [source, target] = [await person(), await person()];
    const preview = await world.desk.mergePreview(source.accountId, target.accountId);
    expect(preview).toMatchObject({ refusals: [], moves: { credentials: 1, journeys: 1, trusts: 1, passkeys: 1, incidents: 1 }, sharedTrusts: 0, ends: 4, twoNames: ['w'], clients: ['c'] });
    expect(await merge(source.accountId, target.accountId)).toEqual({ kind: 'merged' });
    for (const table of ['credential', 'journey', 'device_trust', 'passkey', 'incident'] as const) {
      expect([table, (await opened.db.selectFrom(table).select('account_id').where('account_id', '=', source.accountId).execute()).length]).toEqual([table, 0]);
      expect([table, (await opened.db.selectFrom(table).select('account_id').where('account_id', '=', target.accountId).execute()).length]).toEqual([table, 2]);
    }
    for (const table of ['oidc_record', 'grant_outcome'] as const) expect(await opened.db.selectFrom(table).select('account_id').where('account_id', '=', source.accountId).execute()).toEqual([]);
    expect((await opened.db.selectFrom('grant_outcome').select('grant_id').where('account_id', '=', target.accountId).execute()).length).toBe(1);
    const shell = await opened.db.selectFrom('account').selectAll().where('id', '=', source.accountId).executeTakeFirstOrThrow();
    expect([shell.merged_into, shell.sealed, shell.erased_at !== null, shell.identity_hash !== null]).toEqual([target.accountId, null, true, true]);
    expect((await world.approve({ identity: source.identity })).accountId).toBe(target.accountId);
    expect((await world.approve({ identity: target.identity })).accountId).toBe(target.accountId);
    expect(await entries(source.accountId)).toEqual([{ action: 'account.merged', outcome: 'done' }]);
    const events = (await opened.db.selectFrom('webhook_event').selectAll().where('type', '=', 'account.merged').execute()).filter((event) => JSON.stringify(event.data).includes(source.accountId));
    expect(events).toMatchObject([{ workflow_id: 'w', client_id: 'c', mode: 'test', data: { account_id: target.accountId, merged_account_id: source.accountId, transaction_ids: [source.journeyId] } }]);
  });

  test('both trusted on one device: the later expiry wins, and trust that lives wins over trust that ended', async () => {
    const key = shown();
    const [a, b] = [randomUUID(), randomUUID()];
    const source = await world.approve({ identity: a, keys: [key], binding: { expiresAt: { desktop: NOW + 100 * DAY, phone: NOW } } });
    const target = await world.approve({ identity: b, keys: [key], binding: { expiresAt: { desktop: NOW + 10 * DAY, phone: NOW } } });
    await opened.db.updateTable('device_trust').set({ revoked_at: NOW, revoked_reason: 'by_person' }).where('account_id', '=', target.accountId ?? '').execute();
    expect((await world.desk.mergePreview(source.accountId ?? '', target.accountId ?? '')).sharedTrusts).toBe(1);
    await merge(source.accountId ?? '', target.accountId ?? '');
    const trusts = await opened.db.selectFrom('device_trust').selectAll().where('account_id', 'in', [source.accountId ?? '', target.accountId ?? '']).execute();
    expect(trusts.map((trust) => [trust.account_id, trust.expires_at, trust.revoked_at])).toEqual([[target.accountId, NOW + 100 * DAY, null]]);
  });

  test('what cannot be merged is refused, on record, and changes nothing', async () => {
    const [one, two, live, gone, held] = [await person(), await person(), await person(randomUUID(), 'live'), await person(), await person()];
    await world.desk.erase(STAFF, { accountId: gone.accountId, reason: REASON });
    await world.desk.hold(STAFF, { kind: 'journey', subjectId: held.journeyId, reason: REASON });
    expect(await merge(one.accountId, one.accountId)).toEqual({ kind: 'refused', refusals: ['same_account'] });
    expect(await merge(one.accountId, live.accountId)).toEqual({ kind: 'refused', refusals: ['mode_differs'] });
    expect(await merge(one.accountId, gone.accountId)).toEqual({ kind: 'refused', refusals: ['erased'] });
    expect(await merge(held.accountId, one.accountId)).toEqual({ kind: 'refused', refusals: ['held'] });
    expect(await merge(one.accountId, 'nobody')).toEqual({ kind: 'refused', refusals: ['not_found'] });
    expect((await entries(held.accountId)).filter(({ action }) => action === 'account.merged')).toEqual([{ action: 'account.merged', outcome: 'refused' }]);
    expect(await merge(one.accountId, two.accountId)).toEqual({ kind: 'merged' });
    expect(await merge(one.accountId, held.accountId)).toEqual({ kind: 'refused', refusals: ['already_merged', 'held'] });
    expect((await world.desk.find(one.accountId))?.mergedInto).toBe(two.accountId);
  });

  test('posted again it is done once; a chain of merges is one hop', async () => {
    const [a, b, c] = [await person(), await person(), await person()];
    expect(await merge(a.accountId, b.accountId)).toEqual({ kind: 'merged' });
    expect(await merge(a.accountId, b.accountId)).toEqual({ kind: 'already' });
    expect(await merge(b.accountId, c.accountId)).toEqual({ kind: 'merged' });
    expect((await opened.db.selectFrom('account').select('merged_into').where('id', '=', a.accountId).executeTakeFirstOrThrow()).merged_into).toBe(c.accountId);
    expect((await world.approve({ identity: a.identity })).accountId).toBe(c.accountId);
    expect(await merge(c.accountId, a.accountId)).toEqual({ kind: 'refused', refusals: ['already_merged'] });
  });

  test('two merges at once, in opposite directions or of one source: one is done', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [a, b, c] = [await person(), await person(), await person()];
      const crossed = await Promise.all([merge(a.accountId, b.accountId), merge(b.accountId, a.accountId)]);
      expect(crossed.map((result) => result.kind).toSorted()).toEqual(['merged', 'refused']);
      const left = crossed[0]?.kind === 'merged' ? b : a;
      const twice = await Promise.all([merge(left.accountId, c.accountId), merge(left.accountId, c.accountId)]);
      expect(twice.map((result) => result.kind).toSorted()).toEqual(['already', 'merged']);
    }
  });

  test('a journey approved while its account is merged ends at the target', async () => {
    for (let round = 0; round < (kind === 'postgres' ? 8 : 2); round += 1) {
      const [source, target] = [await person(), await person()];
      const approvals = [world.approve({ identity: source.identity }), world.approve({ identity: source.identity })];
      const [result, ...approved] = await Promise.all([merge(source.accountId, target.accountId), ...approvals]);
      expect(result).toEqual({ kind: 'merged' });
      for (const { journey } of approved) {
        expect((await opened.db.selectFrom('journey').select('account_id').where('id', '=', journey.id).executeTakeFirstOrThrow()).account_id).toBe(target.accountId);
      }
      expect(await opened.db.selectFrom('device_trust').select('id').where('account_id', '=', source.accountId).execute()).toEqual([]);
    }
  });

  test('somebody who was on the way by a device of the source arrives at the target', async () => {
    const [source, target] = [await person(), await person()];
    const trust = await opened.db.selectFrom('device_trust').selectAll().where('account_id', '=', source.accountId).executeTakeFirstOrThrow();
    const { journey } = await world.journeys.open(newJourney());
    await merge(source.accountId, target.accountId);
    const written = await world.journeys.record(journey, change(journey, {
      decision: { verdict: 'approve', reasons: [], policy: 'w@1', at: NOW },
      binding: { identity: { accountId: source.accountId, by: { trustId: trust.id, deviceId: trust.device_id, passkeyId: undefined, journeyId: trust.journey_id } }, profile: Personal.of({}), credential: undefined, devices: undefined },
    }));
    expect(written?.accountId).toBe(target.accountId);
  });

  test('nothing of a merge is left where it breaks off', async () => {
    const [source, target] = [await person(), await person()];
    const broken = await accountsWorld(opened, undefined, world);
    const failing = { ...broken.deps, vault: { ...world.vault, keyedHash: () => { throw new Error('killed'); } } };
    const { accountDesk } = await import('../../../src/store/console/accounts.ts');
    await expect(accountDesk(failing).merge(STAFF, { source: source.accountId, target: target.accountId, reason: REASON })).rejects.toThrow('killed');
    expect((await world.desk.find(source.accountId))?.state).toBe('active');
    expect((await opened.db.selectFrom('journey').select('account_id').where('id', '=', source.journeyId).executeTakeFirstOrThrow()).account_id).toBe(source.accountId);
  });
});
