import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';
import { SYSTEM, type Actor } from '../../../src/admin/actor.ts';
import type { EntryTerms, ListDesk } from '../../../src/admin/lists/store.ts';
import { claimedIdentities, documentText, type ListedThings } from '../../../src/journey/rules/lists.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { listDesk, LISTS_KEPT_MS, purgeLists } from '../../../src/store/console/lists.ts';
import { LISTS_STALE_MS, listsSnapshot, type ListsSnapshot } from '../../../src/store/console/lists_snapshot.ts';
import { dataKeyStore } from '../../../src/store/data_keys.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { openVault, type Vault } from '../../../src/vault/vault.ts';
import { CLAIMED } from '../../engine/world.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const NOW = 1_800_000_000_000;
const ADA: Actor = { kind: 'staff', id: 's1', name: 'Ada', address: '192.0.2.1' };
const TERMS: EntryTerms = { effect: 'block', kind: 'address', mode: 'both', workflowId: undefined, reason: 'a good reason', expiresAt: undefined };
const SCOPE = { mode: 'live', workflowId: 'w', now: NOW } as const;
const logger = { warn: () => undefined };

describeDatabases('lists', (database) => {
  let opened: OpenedDatabase;
  let vault: Vault;
  let now = NOW;
  let here: ListsSnapshot;
  let desk: ListDesk;
  ownDatabase(database.fresh, async (own) => {
    opened = own;
    vault = await openVault({ masterKeys: [{ id: 'm', key: randomBytes(32) }], store: dataKeyStore(own.db) });
  });
  const snapshot = (): Promise<ListsSnapshot> => listsSnapshot({ db: opened.db, vault, now: () => now, logger });
  beforeEach(async () => {
    now = NOW;
    await opened.db.deleteFrom('list_entry').execute();
    here = await snapshot();
    desk = listDesk({ db: opened.db, vault, now: () => now, changed: here.refresh });
  });
  const add = async (terms: Partial<EntryTerms>, ...values: readonly string[]) => desk.add(ADA, { ...TERMS, ...terms }, values.map((value) => Personal.of(value)));
  const one = async (terms: Partial<EntryTerms>, value: string): Promise<string> => {
    const added = await add(terms, value);
    if (added.kind !== 'added') throw new Error(JSON.stringify(added));
    return added.ids[0] ?? '';
  };
  const blocked = (things: ListedThings, at: Partial<{ mode: 'test' | 'live'; workflowId: string; now: number }> = {}): readonly string[] =>
    here.look(things, { ...SCOPE, ...at }).blocked.map(({ kind }) => kind);
  const device = async (thumbprint = randomUUID()): Promise<{ id: string; thumbprint: string }> => {
    const id = randomUUID();
    await opened.db.insertInto('device').values({
      id, mode: 'live', thumbprint, jwk: '{}', token_hash: null, token_used_at: null, previous_hash: null, previous_until: null, fingerprint: null,
      collector_version: null, created_at: NOW, kind: 'desktop', label: null, last_country: null, last_seen_at: NOW, hardware: null,
    }).execute();
    return { id, thumbprint };
  };
  const account = async (hash: string | null, into: string | null = null): Promise<string> => {
    const id = randomUUID();
    await opened.db.insertInto('account').values({ id, identity_hash: hash, sealed: null, created_at: NOW, erased_at: null, mode: 'live', merged_into: into }).execute();
    return id;
  };

  it.each([
    ['address', '203.0.113.7', { address: '203.0.113.7' }, { address: '203.0.113.8' }],
    ['address', '::ffff:203.0.113.7', { address: '203.0.113.7' }, { address: '::1' }],
    ['address', '2001:DB8:0:0::7', { address: '2001:db8::7' }, { address: '2001:db8::8' }],
    ['net', '203.0.113.99/24', { address: '203.0.113.200' }, { address: '203.0.114.1' }],
    ['net', '::ffff:10.0.0.0/104', { address: '10.255.255.255' }, { address: '11.0.0.0' }],
    ['net', '2001:db8::/32', { address: '2001:db8:ffff::1' }, { address: '2001:db9::' }],
    ['phone', '+1 (407) 555-0123', { phone: Personal.of('+14075550123') }, { phone: Personal.of('+14075550124') }],
    ['email', 'Mule+x@Mail.example', { email: Personal.of('mule@mail.example') }, { email: Personal.of('mules@mail.example') }],
    ['email', 'mail.example', { email: Personal.of('anyone@deep.mail.example') }, { email: Personal.of('anyone@gmail.example') }],
    ['email', '@mail.example', { email: Personal.of('ANYONE@MAIL.EXAMPLE') }, { email: Personal.of('a@b.example') }],
  ] as const)('blocks %s %s', async (kind, value, hit, miss) => {
    await one({ kind }, value);
    expect(blocked(hit)).toEqual([kind]);
    expect(blocked(miss)).toEqual([]);
    expect(here.look(hit, SCOPE)).toMatchObject({ fresh: true, allowed: [] });
  });

  it('finds a device by its id and by its key, a person by the account and by who they say they are', async () => {
    const { id, thumbprint } = await device();
    await one({ kind: 'device' }, id);
    expect([blocked({ devices: [id] }), blocked({ devices: [thumbprint] }), blocked({ devices: [randomUUID()] })]).toEqual([['device'], ['device'], []]);
    for (const text of claimedIdentities(Personal.of(CLAIMED))) {
      const accountId = await account(vault.keyedHash('account_identity:live', text.open()));
      const entry = await one({ kind: 'identity' }, accountId);
      expect(blocked({ accountId })).toEqual(['identity']);
      expect(blocked({ identities: claimedIdentities(Personal.of({ ...CLAIMED, givenName: 'ANDREW ' })) })).toEqual(['identity']);
      // Test people are other people.
      expect(blocked({ identities: claimedIdentities(Personal.of(CLAIMED)) }, { mode: 'test' })).toEqual([]);
      expect(blocked({ identities: claimedIdentities(Personal.of({ ...CLAIMED, phone: '+14075550124' })) })).toEqual([]);
      await desk.remove(ADA, entry);
    }
  });

  it('takes an account that became part of another for the other, with all that leads there', async () => {
    const [first, second] = [vault.keyedHash('account_identity:live', 'first'), vault.keyedHash('account_identity:live', 'second')];
    const whole = await account(first);
    const part = await account(second, whole);
    await one({ kind: 'identity' }, part);
    expect([{ accountId: whole }, { accountId: part }, { identities: [Personal.of('first')] }, { identities: [Personal.of('second')] }].map((things) => blocked(things)))
      .toEqual([['identity'], ['identity'], ['identity'], ['identity']]);
    expect(await add({ kind: 'identity' }, whole)).toEqual({ kind: 'faults', faults: [{ at: 0, fault: 'already_listed' }] });
  });

  it('blocks the document that a journey showed, accepted or not, however its number is spelt', async () => {
    const id = randomUUID();
    const read = { type: 'passport', issuer: 'UTO', number: 'L898902C<3', familyName: 'E', givenName: 'A', birthDate: '1974-08-12', expiryDate: '', method: 'mrz' };
    await opened.db.insertInto('journey').values({
      id, interaction_uid: id, workflow_id: 'w', workflow_version: 1, mode: 'live', client_id: 'c', version: 1, created_at: NOW, expires_at: NOW, delete_at: NOW + 1, extensions: 0,
      results: '[]', decision: null, decided_at: null, account_id: null, credential_hash: null, device_id: null, sealed: Buffer.alloc(0), lease_until: null,
    }).execute();
    expect(await add({ kind: 'document' }, id)).toEqual({ kind: 'faults', faults: [{ at: 0, fault: 'journey_without_document' }] });
    const keep = (seq: number, documents: readonly unknown[]): Promise<unknown> => opened.db.insertInto('evidence').values({
      journey_id: id, seq, kind: 'document_attempt', version: 1, node: 'n', simulated: false, at: NOW, sealed: vault.seal('evidence', JSON.stringify({ documents }), `evidence:${id}:${seq}`),
    }).execute();
    await keep(1, []);
    expect(await add({ kind: 'document' }, id)).toEqual({ kind: 'faults', faults: [{ at: 0, fault: 'journey_without_document' }] });
    await keep(2, [read]);
    const entry = await one({ kind: 'document' }, id);
    const shown = (number: string): ListedThings => ({ documents: [Personal.of(documentText({ ...read, number }))] });
    expect([blocked(shown('L898902C3')), blocked(shown('l-898902 c3')), blocked(shown('L898902C4'))]).toEqual([['document'], ['document'], []]);
    expect((await desk.byId(entry))?.shown).toBe(id);
    await opened.db.deleteFrom('journey').execute();
  });

  it.each([
    ['address', '203.0.113.0/24', 'address'], ['address', 'fe80::1%eth0', 'address'], ['address', '010.0.0.1', 'address'], ['address', `1.1.1.1'; DROP TABLE list_entry; --`, 'address'],
    ['net', '203.0.113.7', 'net'], ['net', '203.0.113.0/33', 'net'], ['net', '0.0.0.0/0', 'net_too_broad'], ['net', '::/0', 'net_too_broad'], ['net', '128.0.0.0/1', 'net_too_broad'],
    ['net', '::ffff:0:0/96', 'net_too_broad'], ['net', '10.0.0.0/7', 'net_too_broad'], ['net', '2000::/15', 'net_too_broad'],
    ['phone', '4075550123', 'phone'], ['phone', '+1', 'phone'], ['phone', '<script>', 'phone'], ['phone', '+14075550123 ext. 5', 'phone'],
    ['email', 'a b@mail.example', 'email'], ['email', 'localhost', 'email'], ['email', 'a@com', 'email'], ['email', `${'a'.repeat(300)}@mail.example`, 'email'],
    ['device', 'none', 'device_unknown'], ['identity', `' OR true --`, 'account_unknown'], ['document', 'x'.repeat(65), 'journey_unknown'],
  ] as const)('refuses %s %s: %s', async (kind, value, fault) => {
    expect(await add({ kind }, value)).toEqual({ kind: 'faults', faults: [{ at: 0, fault }] });
    expect(await desk.page({}, undefined, 10)).toEqual([]);
  });

  it.each([['10.0.0.0/8', '10.1.2.3'], ['2001::/16', '2001:ffff::'], ['203.0.113.7/32', '203.0.113.7'], ['2001:db8::7/128', '2001:db8::7']])('takes the net %s', async (net, address) => {
    await one({ kind: 'net' }, net);
    expect(blocked({ address })).toEqual(['net']);
  });

  it('refuses terms that cannot stand, whoever asks', async () => {
    for (const terms of [{ reason: ' ab ' }, { effect: 'allow', kind: 'identity' }, { effect: 'allow', kind: 'email' }, { effect: 'allow', kind: 'document' }, { expiresAt: NOW }, { expiresAt: Number.NaN }, { mode: 'prod' as 'live' }] as const) {
      await expect(add(terms, '203.0.113.7')).rejects.toMatchObject({ code: 'list_terms_invalid' });
    }
    await expect(add({})).rejects.toMatchObject({ code: 'list_values_count' });
    await expect(add({}, ...Array.from({ length: 1_001 }, () => '203.0.113.7'))).rejects.toMatchObject({ code: 'list_values_count' });
    expect(await add({ workflowId: 'none' }, '203.0.113.7')).toEqual({ kind: 'workflow_unknown' });
  });

  it('takes all lines or none, and says which cannot be taken', async () => {
    await one({ kind: 'phone' }, '+14075550100');
    expect(await add({ kind: 'phone' }, '+14075550101', 'x', '+1 407 555 0101', '+14075550100')).toEqual({
      kind: 'faults', faults: [{ at: 1, fault: 'phone' }, { at: 2, fault: 'already_listed' }, { at: 3, fault: 'already_listed' }],
    });
    expect(await desk.page({}, undefined, 10)).toHaveLength(1);
    const many = await add({}, ...Array.from({ length: 1_000 }, (_one, at) => `198.51.${at >> 8}.${at & 255}`));
    expect(many).toMatchObject({ kind: 'added' });
    expect(blocked({ address: '198.51.3.231' })).toEqual(['address']);
  });

  it('two who add the same thing at once make one entry', async () => {
    const added = await Promise.all(Array.from({ length: 6 }, () => add({}, '203.0.113.7')));
    expect(added.filter(({ kind }) => kind === 'added')).toHaveLength(1);
    expect(await desk.page({}, undefined, 10)).toHaveLength(1);
  });

  it('counts until its very end, for its mode and its workflow', async () => {
    await opened.db.insertInto('workflow').values({ id: 'w', deployed_version: null, created_at: NOW }).onConflict((conflict) => conflict.doNothing()).execute();
    await one({ mode: 'live', workflowId: 'w', expiresAt: NOW + 10 }, '203.0.113.7');
    const things = { address: '203.0.113.7' };
    expect([blocked(things, { now: NOW + 9 }), blocked(things, { now: NOW + 10 }), blocked(things, { mode: 'test' }), blocked(things, { workflowId: 'other' })]).toEqual([['address'], [], [], []]);
    now = NOW + 11;
    // What has ended may be listed anew, and is still shown.
    await one({ mode: 'live', workflowId: 'w' }, '203.0.113.7');
    expect(await desk.page({}, undefined, 10)).toHaveLength(2);
  });

  it('says both where a thing is blocked and allowed: the rules put the block first', async () => {
    await one({ effect: 'allow', kind: 'net' }, '203.0.113.0/24');
    await one({}, '203.0.113.7');
    const looked = here.look({ address: '203.0.113.7' }, SCOPE);
    expect([looked.blocked.length, looked.allowed.length]).toEqual([1, 1]);
  });

  it('another process goes by a change once it looks, a removal too, and starts with what there is', async () => {
    const there = await snapshot();
    const seen = (): number => there.look({ address: '203.0.113.7' }, SCOPE).blocked.length;
    const id = await one({}, '203.0.113.7');
    expect(seen()).toBe(0);
    await there.refresh();
    expect(seen()).toBe(1);
    expect((await snapshot()).look({ address: '203.0.113.7' }, SCOPE).blocked).toEqual([{ kind: 'address', entry: id }]);
    expect(await desk.remove(ADA, id)).toBe(true);
    expect(blocked({ address: '203.0.113.7' })).toEqual([]);
    expect(seen()).toBe(1);
    await there.refresh();
    expect(seen()).toBe(0);
    expect(await desk.remove(ADA, id)).toBe(false);
  });

  it('looks by itself, and says when it has not heard for too long', async () => {
    let mono = 0;
    const there = await listsSnapshot({ db: opened.db, vault, now: () => now, logger, monotonic: () => mono, everyMs: 20 });
    await one({}, '203.0.113.7');
    there.start();
    await vi.waitFor(() => expect(there.look({ address: '203.0.113.7' }, SCOPE).blocked).toHaveLength(1), { timeout: 60_000, interval: 50 });
    await there.stop();
    expect(there.look({}, SCOPE).fresh).toBe(true);
    mono = LISTS_STALE_MS;
    expect(there.look({}, SCOPE).fresh).toBe(false);
    // What it knows it still knows.
    expect(there.look({ address: '203.0.113.7' }, SCOPE).blocked).toHaveLength(1);
  });

  it('asks again in a moment where the database was away, and misses nothing', async () => {
    let away = false;
    const warned: unknown[] = [];
    const selectFrom = ((table: 'list_entry') => {
      if (away) throw new Error('away');
      return opened.db.selectFrom(table);
    }) as OpenedDatabase['db']['selectFrom'];
    const db = { selectFrom } as OpenedDatabase['db'];
    const there = await listsSnapshot({ db, vault, now: () => now, logger: { warn: (fields) => warned.push(fields) }, everyMs: 20 });
    away = true;
    there.start();
    await vi.waitFor(() => expect(warned.length).toBeGreaterThan(1), { timeout: 60_000, interval: 50 });
    await one({}, '203.0.113.7');
    away = false;
    await vi.waitFor(() => expect(there.look({ address: '203.0.113.7' }, SCOPE).blocked).toHaveLength(1), { timeout: 60_000, interval: 50 });
    await there.stop();
  });

  it('keeps nothing personal in clear, in no table and no entry of the log', async () => {
    await one({ kind: 'phone' }, '+14075550123');
    await one({ kind: 'email' }, 'mule.planted@mail.example');
    const rows = JSON.stringify(await opened.db.selectFrom('list_entry').selectAll().execute(), (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value));
    const log = JSON.stringify(await opened.db.selectFrom('audit_entry').selectAll().execute());
    for (const secret of ['4075550123', '5550123', 'mule.planted', 'mail.example']) {
      expect(rows).not.toContain(secret);
      expect(log).not.toContain(secret);
    }
    const shown = (await desk.page({}, undefined, 10)).map((entry) => entry.shown);
    expect(shown).toEqual(['m•••@mail.example', '+1••••••23']);
  });

  it('writes who, what and why to the log, once for each change', async () => {
    const audit = auditLog({ db: opened.db, vault, now: () => now });
    const before = (await audit.page({}, undefined, 1))[0]?.seq ?? 0;
    const id = await one({ kind: 'net', expiresAt: NOW + 5 }, '203.0.113.0/24');
    await add({ kind: 'net' }, 'nonsense');
    await desk.remove(ADA, id);
    const entries = (await audit.page({}, undefined, 10)).filter(({ seq }) => seq > before);
    expect(entries.map(({ action, actor, target, reason }) => [action, actor.id, target.id, reason])).toEqual([['list.removed', 's1', id, undefined], ['list.added', 's1', id, 'a good reason']]);
    expect(entries[1]?.details).toMatchObject({ effect: 'block', kind: 'net', mode: 'both', expires_at: NOW + 5, entries: 1, ids: [id] });
    expect(JSON.stringify(entries)).not.toContain('203.0.113');
  });

  it('pages by what came before, filters, and finds a value of any kind', async () => {
    const ids = [await one({}, '203.0.113.7'), await one({ kind: 'net' }, '203.0.113.0/24'), await one({ kind: 'net', effect: 'allow' }, '203.0.0.0/16'), await one({ kind: 'email' }, 'mail.example'), await one({ kind: 'phone' }, '+14075550123')];
    const first = await desk.page({}, undefined, 2);
    const second = await desk.page({}, first[1]?.seq, 2);
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 4));
    expect((await desk.page({ kind: 'net' }, undefined, 9)).map(({ effect }) => effect)).toEqual(['allow', 'block']);
    expect(await desk.page({ kind: 'net', effect: 'allow' }, undefined, 9)).toHaveLength(1);
    const held = async (value: string): Promise<readonly string[]> => (await desk.holding(Personal.of(value), 9)).map(({ kind }) => kind);
    expect(await held(' 203.0.113.7 ')).toEqual(['net', 'net', 'address']);
    expect([await held('203.0.113.0/24'), await held('x@a.mail.example'), await held('+1 407 5550123'), await held(`' OR 1=1 --`), await held('%')]).toEqual([['net'], ['email'], ['phone'], [], []]);
  });

  it('is purged a while after its end, and what is in force never', async () => {
    const removed = await one({}, '203.0.113.1');
    await one({ expiresAt: NOW + 1 }, '203.0.113.2');
    await one({}, '203.0.113.3');
    await desk.remove(SYSTEM, removed);
    expect(await purgeLists(opened.db, NOW + LISTS_KEPT_MS, 100)).toBe(0);
    await purgeLists(opened.db, NOW + LISTS_KEPT_MS + 2, 100);
    expect((await opened.db.selectFrom('list_entry').select('key').execute()).map(({ key }) => key)).toEqual(['203.0.113.3']);
  });

  it('is paged and searched from an index', async () => {
    const rows = Array.from({ length: 3_000 }, (_one, at) => ({
      id: `lst_${at}`, seq: at + 1_000_000, version: at + 1_000_000, effect: 'block' as const, kind: at % 50 === 0 ? 'net' as const : 'address' as const, key: `198.18.${at >> 8}.${at & 255}`, also_keys: null,
      about: null, sealed: null, mode: 'both' as const, workflow_id: null, reason: 'r', expires_at: null, created_at: NOW, actor_kind: 'staff', actor_id: 's', actor_name: 'S', removed_at: null,
    }));
    for (let at = 0; at < rows.length; at += 1_000) await opened.db.insertInto('list_entry').values(rows.slice(at, at + 1_000)).execute();
    const plan = async (where: string): Promise<string> => {
      const { sql } = await import('kysely');
      await sql.raw('ANALYZE list_entry').execute(opened.db);
      return JSON.stringify((await sql.raw(`EXPLAIN ${where}`).execute(opened.db)).rows);
    };
    for (const [query, index] of [
      ['SELECT * FROM list_entry WHERE removed_at IS NULL AND seq < 1002000 ORDER BY seq DESC LIMIT 50', 'list_entry_seq'],
      [`SELECT * FROM list_entry WHERE removed_at IS NULL AND kind = 'net' AND seq < 1002000 ORDER BY seq DESC LIMIT 50`, 'list_entry_(kind|both)'],
      [`SELECT * FROM list_entry WHERE removed_at IS NULL AND kind = 'address' AND key IN ('198.18.1.1') ORDER BY seq DESC LIMIT 50`, 'list_entry_key'],
      ['SELECT id FROM list_entry WHERE version > 1002990 ORDER BY version LIMIT 5000', 'list_entry_version'],
    ] as const) {
      expect(await plan(query)).toMatch(new RegExp(index));
    }
  });
});
