import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ListedThings } from '../../../src/journey/rules/lists.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { listDesk } from '../../../src/store/console/lists.ts';
import { listsSnapshot } from '../../../src/store/console/lists_snapshot.ts';
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
  const merge = (source: string, target: string) => world.desk.merge(STAFF, { source, target, reason: REASON, onePerson: true });
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

  test.each([
    ['neither was revoked: the later expiry wins', undefined, undefined, null, null],
    ['that of the account that stays was revoked: it stays revoked', undefined, NOW, NOW, 'target'],
    ['that of the account that goes was revoked: it is revoked', NOW, undefined, NOW, 'source'],
    ['both were: since the earlier one', NOW + 5, NOW, NOW, 'target'],
  ] as const)('both trusted on one device, %s', async (_what, ofSource, ofTarget, at, why) => {
    const key = shown();
    const [a, b] = [randomUUID(), randomUUID()];
    const source = await world.approve({ identity: a, keys: [key], binding: { expiresAt: { desktop: NOW + 100 * DAY, phone: NOW } } });
    const target = await world.approve({ identity: b, keys: [key], binding: { expiresAt: { desktop: NOW + 10 * DAY, phone: NOW } } });
    for (const [who, revoked, reason] of [[source, ofSource, 'source'], [target, ofTarget, 'target']] as const) {
      if (revoked !== undefined) await opened.db.updateTable('device_trust').set({ revoked_at: revoked, revoked_reason: reason }).where('account_id', '=', who.accountId ?? '').execute();
    }
    expect((await world.desk.mergePreview(source.accountId ?? '', target.accountId ?? '')).sharedTrusts).toBe(1);
    await merge(source.accountId ?? '', target.accountId ?? '');
    const trusts = await opened.db.selectFrom('device_trust').selectAll().where('account_id', 'in', [source.accountId ?? '', target.accountId ?? '']).execute();
    expect(trusts.map((trust) => [trust.account_id, trust.expires_at, trust.revoked_at, trust.revoked_reason])).toEqual([[target.accountId, NOW + 100 * DAY, at, why]]);
  });

  test('the identities are compared without telling them; where they are not the same, somebody has to say that they are one person', async () => {
    const named = async (profile: object): Promise<string> => {
      const { accountId } = await person();
      await opened.db.updateTable('account').set({ sealed: world.vault.seal('account', JSON.stringify(profile), `account:${accountId}`) }).where('id', '=', accountId).execute();
      return accountId;
    };
    const ana = { givenName: 'Ana', familyName: 'García', birthDate: '1990-02-03' };
    const target = await named(ana);
    const compared = async (source: string) => (await world.desk.mergePreview(source, target)).identity;
    expect(await compared(await named({ givenName: ' ANA', familyName: 'Garci\u0301a', birthDate: '1990-02-03' }))).toEqual({ name: 'same', birthDate: 'same', asks: false });
    expect(await compared(await named({ ...ana, givenName: 'Eva' }))).toEqual({ name: 'differs', birthDate: 'same', asks: true });
    expect(await compared(await named({ ...ana, birthDate: '1991-02-03' }))).toEqual({ name: 'same', birthDate: 'differs', asks: true });
    expect(await compared(await named({ givenName: '', familyName: '' }))).toEqual({ name: 'unknown', birthDate: 'unknown', asks: true });
    const other = await named({ ...ana, familyName: 'Quillfeather' });
    expect(JSON.stringify(await world.desk.mergePreview(other, target))).not.toMatch(/Quillfeather|Garc/);
    const { accountId: damaged } = await person();
    await opened.db.updateTable('account').set({ sealed: Buffer.from('damaged') }).where('id', '=', damaged).execute();
    expect(await compared(damaged)).toEqual({ name: 'unknown', birthDate: 'unknown', asks: true });

    const told = async (source: string, onePerson: boolean) => world.desk.merge(STAFF, { source, target, reason: REASON, onePerson });
    expect(await told(other, false)).toEqual({ kind: 'refused', refusals: ['identity_differs'] });
    expect((await world.desk.find(other))?.state).toBe('active');
    expect(await entries(other)).toEqual([{ action: 'account.merged', outcome: 'refused' }]);
    expect(await told(other, true)).toEqual({ kind: 'merged' });
    const [entry] = await auditLog(world.deps).page({ targetId: other, action: 'account.merged' }, undefined, 1);
    expect(entry?.details).toMatchObject({ identity: { name: 'differs', birthDate: 'same' }, said_one_person: true });
    expect(await told(await named(ana), false)).toEqual({ kind: 'merged' });
  });

  test('whoever was blocked as either of the two is blocked as what they became, from the commit on', async () => {
    const at = { mode: 'test' as const, workflowId: 'w', now: world.clock.now };
    const here = await listsSnapshot({ db: opened.db, vault: world.vault, now: () => world.clock.now, logger: { warn: () => undefined } });
    const lists = listDesk({ db: opened.db, vault: world.vault, now: () => world.clock.now, changed: here.refresh });
    const block = (id: string) => lists.add(STAFF, { effect: 'block', kind: 'identity', mode: 'both', workflowId: undefined, reason: 'known fraud', expiresAt: undefined }, [Personal.of(id)]);
    const blocked = (things: ListedThings) => here.look(things, at).blocked.map(({ kind: what }) => what);
    for (const which of ['source', 'target'] as const) {
      const [source, target] = [await person(), await person()];
      const added = await block(which === 'source' ? source.accountId : target.accountId);
      await merge(source.accountId, target.accountId);
      await here.refresh();
      for (const accountId of [source.accountId, target.accountId]) expect([which, blocked({ accountId })]).toEqual([which, ['identity']]);
      for (const { identity } of [source, target]) expect([which, blocked({ identities: [Personal.of(identity)] })]).toEqual([which, ['identity']]);
      // Found under the account that is left, and a chain goes on carrying it.
      expect((await lists.holding(Personal.of(target.accountId), 5)).map(({ id }) => id)).toEqual(added.kind === 'added' ? added.ids : []);
      const third = await person();
      await merge(target.accountId, third.accountId);
      await here.refresh();
      for (const { identity } of [source, target, third]) expect([which, blocked({ identities: [Personal.of(identity)] })]).toEqual([which, ['identity']]);
      const [entry] = await auditLog(world.deps).page({ targetId: target.accountId, action: 'account.merged' }, undefined, 1);
      expect(entry?.details).toMatchObject({ moved: { list_entry: 1 } });
    }
    const stranger = await person();
    expect(blocked({ accountId: stranger.accountId })).toEqual([]);
  });

  test('an entry made while its account is merged blocks what is left', async () => {
    const lists = listDesk({ db: opened.db, vault: world.vault, now: () => world.clock.now, changed: async () => undefined });
    for (let round = 0; round < (kind === 'postgres' ? 6 : 2); round += 1) {
      const [source, target] = [await person(), await person()];
      await Promise.all([
        merge(source.accountId, target.accountId),
        lists.add(STAFF, { effect: 'block', kind: 'identity', mode: 'both', workflowId: undefined, reason: 'known fraud', expiresAt: undefined }, [Personal.of(source.accountId)]),
      ]);
      const rows = await opened.db.selectFrom('list_entry').select(['key', 'also_keys']).where('kind', '=', 'identity').where('key', 'in', [source.accountId, target.accountId]).execute();
      expect(rows).toEqual([{ key: target.accountId, also_keys: expect.stringContaining(source.accountId) as string }]);
    }
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
    await expect(accountDesk(failing).merge(STAFF, { source: source.accountId, target: target.accountId, reason: REASON, onePerson: true })).rejects.toThrow('killed');
    expect((await world.desk.find(source.accountId))?.state).toBe('active');
    expect((await opened.db.selectFrom('journey').select('account_id').where('id', '=', source.journeyId).executeTakeFirstOrThrow()).account_id).toBe(source.accountId);
  });
});
