/** Links and tokens outlive nobody who made them; set-up links live side by side until there is an administrator. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import type { Role } from '../../../src/admin/permissions.ts';
import type { Accepted, InvitationStore, SessionStore, StaffStore } from '../../../src/admin/staff/store.ts';
import type { TokenDesk } from '../../../src/admin/tokens/store.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { staffStore } from '../../../src/store/console/staff.ts';
import { invitationStore } from '../../../src/store/console/staff_invitations.ts';
import { sessionStore } from '../../../src/store/console/staff_sessions.ts';
import { tokenDesk } from '../../../src/store/console/tokens.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, storesOn } from '../support.ts';

const COMMAND: Actor = { kind: 'command', id: 'staff', name: 'command staff' };
const FROM = { kind: 'staff', address: '192.0.2.7' } as const;
const DAY = 86_400_000;
const GONE = { kind: 'refused', why: 'gone' };

describeDatabases('links and tokens of the staff', ({ fresh }) => {
  let opened: OpenedDatabase;
  let store: StaffStore;
  let invitations: InvitationStore;
  let sessions: SessionStore;
  let tokens: TokenDesk;
  let audit: AuditLog;
  let vault: Vault;
  ownDatabase(fresh, async (own) => {
    opened = own;
    vault = (await storesOn(own)).vault;
    const auditing = { db: own.db, vault, now: () => NOW };
    [store, invitations, sessions, tokens, audit] = [staffStore(auditing), invitationStore(auditing), sessionStore(auditing), tokenDesk(auditing), auditLog(auditing)];
  });
  let count = 0;
  const accepted = (): Accepted => ({
    name: 'Grace', email: Personal.of(`person${(count += 1)}@example.com`), passwordHash: '$argon2id$v=19$x', recoveryCodes: ['0a1b-2c3d-4e5f-6g7h'],
    factor: { kind: 'totp', secret: Personal.of('JBSWY3DPEHPK3PXP'), step: 10 },
  });
  const as = (id: string): Actor => ({ kind: 'staff', id, name: 'Somebody' });
  const link = async (by: Actor, { staffId, roles = ['reviewer'] }: { readonly staffId?: string; readonly roles?: readonly Role[] } = {}): Promise<string> => {
    const hash = randomBytes(8).toString('hex');
    const came = await invitations.make(by, { hash, purpose: staffId === undefined ? 'invite' : 'reset', name: '', roles, staffId, now: NOW, expiresAt: NOW + DAY });
    if (came !== 'done') throw new Error(came);
    return hash;
  };
  const somebody = async (roles: readonly Role[] = ['reviewer']): Promise<string> => {
    const came = await invitations.accept(FROM, await link(COMMAND, { roles }), accepted(), NOW);
    if (came.kind !== 'accepted') throw new Error(came.why);
    return came.id;
  };
  const isOpen = async (hash: string): Promise<boolean> => (await invitations.byHash(hash, NOW)) !== undefined;
  const setup = (hash: string, now = NOW) => invitations.makeSetup(COMMAND, { hash, now, expiresAt: now + DAY });
  const token = (by: Actor) => tokens.create(by, { name: 'export', scopes: ['journey.read'], nets: [], expiresAt: undefined });

  test('set-up links of several starts live side by side, a day long and a few of them, and the first use ends them all', async () => {
    expect(await store.administered()).toBe(false);
    for (let n = 0; n < 12; n += 1) expect(await setup(`setup${n}`, NOW + n)).toBe(true);
    expect(await isOpen('setup0')).toBe(false);
    expect([await isOpen('setup2'), await isOpen('setup11')]).toEqual([true, true]);
    expect(await invitations.byHash('setup2', NOW + DAY + 2)).toBeUndefined();
    // Expired ones take nobody's place.
    expect(await setup('late', NOW + 2 * DAY)).toBe(true);
    expect(await opened.db.selectFrom('staff_invitation').select('hash').execute()).toEqual([{ hash: 'late' }]);
    expect([await setup('a', NOW), await setup('b', NOW)]).toEqual([true, true]);
    const came = await Promise.all(['a', 'b', 'b'].map((hash) => invitations.accept(FROM, hash, accepted(), NOW)));
    expect(came.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect([await isOpen('a'), await isOpen('b'), await isOpen('late')]).toEqual([false, false, false]);
    expect(await invitations.accept(FROM, 'late', accepted(), NOW)).toEqual(GONE);
    expect([await store.administered(), await setup('c')]).toEqual([true, false]);
    expect(await invitations.open(NOW, 10)).toEqual([]);
  });

  test('an administrator is one who is active: others who are there keep nobody from setting up', async () => {
    const [only] = await store.list(undefined, 1);
    await somebody(['auditor']);
    const id = only?.id ?? '';
    await opened.db.updateTable('staff').set({ disabled_at: NOW }).where('id', '=', id).execute();
    expect([await store.administered(), await setup('again')]).toEqual([false, true]);
    expect(await isOpen('again')).toBe(true);
    await opened.db.updateTable('staff').set({ disabled_at: null }).where('id', '=', id).execute();
    expect([await store.administered(), await isOpen('again')]).toEqual([true, false]);
    expect(await invitations.accept(FROM, 'again', accepted(), NOW)).toEqual(GONE);
  });

  test('whoever is shut out takes their open links with them, and those for themselves', async () => {
    const [maker, target, other] = [await somebody(['administrator']), await somebody(), await somebody(['administrator'])];
    const [invite, reset, own, kept] = [await link(as(maker)), await link(as(maker), { staffId: target }), await link(COMMAND, { staffId: maker }), await link(as(other))];
    expect((await Promise.all([invite, reset, own, kept].map(isOpen))).every(Boolean)).toBe(true);
    expect(await store.disable(as(other), maker, NOW)).toBe('done');
    expect(await Promise.all([invite, reset, own, kept].map(isOpen))).toEqual([false, false, false, true]);
    for (const hash of [invite, reset, own]) expect(await invitations.accept(FROM, hash, accepted(), NOW)).toEqual(GONE);
    expect((await audit.page({ action: 'staff.disabled' }, undefined, 1))[0]?.details).toEqual({ links_withdrawn: 3 });
    // Let in again, they do not come back.
    await store.enable(COMMAND, maker);
    expect(await Promise.all([invite, reset, own].map(isOpen))).toEqual([false, false, false]);
  });

  test('so does whoever is an administrator no longer', async () => {
    const maker = await somebody(['administrator', 'auditor']);
    const invite = await link(as(maker), { roles: ['administrator'] });
    await store.changeRoles(COMMAND, maker, ['administrator']);
    expect(await isOpen(invite)).toBe(true);
    await store.changeRoles(COMMAND, maker, ['auditor']);
    expect((await audit.page({ action: 'staff.roles_changed' }, undefined, 1))[0]?.details).toEqual({ before: ['administrator'], after: ['auditor'], links_withdrawn: 1 });
    await store.changeRoles(COMMAND, maker, ['administrator']);
    expect(await isOpen(invite)).toBe(false);
    expect(await invitations.accept(FROM, invite, accepted(), NOW)).toEqual(GONE);
  });

  test('a link whose maker is no active administrator makes nobody, however that came', async () => {
    const maker = await somebody(['administrator']);
    const invite = await link(as(maker));
    await opened.db.updateTable('staff').set({ disabled_at: NOW }).where('id', '=', maker).execute();
    expect([await isOpen(invite), await invitations.accept(FROM, invite, accepted(), NOW)]).toEqual([false, GONE]);
    await opened.db.updateTable('staff').set({ disabled_at: null, roles: 'reviewer' }).where('id', '=', maker).execute();
    expect([await isOpen(invite), await invitations.accept(FROM, invite, accepted(), NOW)]).toEqual([false, GONE]);
    expect(await invitations.make(as(maker), { hash: 'late-link', purpose: 'invite', name: '', roles: ['administrator'], staffId: undefined, now: NOW, expiresAt: NOW + DAY })).toBe('actor_gone');
    expect(await isOpen('late-link')).toBe(false);
  });

  test('of shutting out and using a link at once, no account is left whose maker was shut out before', async () => {
    for (let round = 0; round < 4; round += 1) {
      const [maker, target] = [await somebody(['administrator']), await somebody()];
      const [invite, reset] = [await link(as(maker)), await link(as(maker), { staffId: target })];
      const before = (await store.list(undefined, 500)).length;
      const [shut, one, two] = await Promise.all([
        store.disable(COMMAND, maker, NOW), invitations.accept(FROM, invite, accepted(), NOW), invitations.accept(FROM, reset, accepted(), NOW),
        link(COMMAND, { staffId: target }),
      ]);
      expect(shut).toBe('done');
      expect(await isOpen(invite)).toBe(false);
      expect((await store.list(undefined, 500)).length - before).toBe(one.kind === 'accepted' ? 1 : 0);
      expect(['accepted', 'refused']).toContain(two.kind);
    }
  });

  test('nobody who is shut out is given new proofs', async () => {
    const id = await somebody();
    await store.disable(COMMAND, id, NOW);
    await expect(link(COMMAND, { staffId: id })).rejects.toThrow('shut_out');
  });

  test('tokens that somebody made are known, and revoked with them where asked', async () => {
    const [maker, other] = [await somebody(['administrator']), await somebody(['administrator'])];
    const [one, two, revoked, others] = [await token(as(maker)), await token(as(maker)), await token(as(maker)), await token(as(other))];
    await tokens.revoke(as(other), revoked.id);
    expect((await store.tokensOf(maker, NOW)).map(({ id }) => id).toSorted()).toEqual([one.id, two.id].toSorted());
    await store.disable(as(other), maker, NOW);
    expect(await tokens.use(one.token)).toBeDefined();
    await store.enable(COMMAND, maker);
    expect(await store.disable(as(other), maker, NOW, { tokens: true })).toBe('done');
    expect([await tokens.use(one.token), await tokens.use(two.token)]).toEqual([undefined, undefined]);
    expect(await tokens.use(others.token)).toBeDefined();
    expect(await store.tokensOf(maker, NOW)).toEqual([]);
    expect((await audit.page({ action: 'staff.disabled' }, undefined, 1))[0]?.details).toEqual({ tokens_revoked: 2 });
    expect((await audit.page({ action: 'token.revoked', targetId: two.id }, undefined, 1))[0]).toMatchObject({ actor: { id: other }, details: { name: 'export' } });
  });

  test('a refused shutting out revokes nothing', async () => {
    const [reviewer, maker] = [await somebody(['reviewer']), await somebody(['administrator'])];
    const { token: kept } = await token(as(maker));
    const invite = await link(as(maker));
    expect(await store.disable(as(reviewer), maker, NOW, { tokens: true })).toBe('actor_gone');
    expect(await tokens.use(kept)).toBeDefined();
    expect(await isOpen(invite)).toBe(true);
  });

  test('whoever comes from outside without a role any more has none, is out everywhere, and leaves no open link', async () => {
    const who = { issuer: 'https://idp.example', subject: 's1', name: 'Charles', email: undefined, now: NOW };
    const { id } = await store.fromOutside(COMMAND, { ...who, roles: ['administrator'] });
    const invite = await link(as(id));
    await sessions.begin(as(id), { hash: 'outside', staffId: id, label: 'Firefox', by: 'outside', instead: undefined, now: NOW, authenticatedAt: NOW });
    await store.refusedOutside(COMMAND, { ...who, subject: 'somebody else' });
    expect(await sessions.byHash('outside', NOW)).toMatchObject({ external: true });
    await store.refusedOutside(COMMAND, who);
    expect(await store.byId(id)).toMatchObject({ roles: [], external: true });
    expect([await sessions.byHash('outside', NOW), await isOpen(invite)]).toEqual([undefined, false]);
    expect((await audit.page({ action: 'staff.roles_changed' }, undefined, 1))[0]).toMatchObject({
      target: { id }, details: { from: 'outside', before: ['administrator'], after: [], sessions_ended: 1, links_withdrawn: 1 },
    });
    // Again: there is nothing left to take, and the try is on record all the same.
    await store.refusedOutside(COMMAND, who);
    const tried = await audit.page({ action: 'staff.sign_in_failed' }, undefined, 10);
    expect(tried.map(({ target, details, outcome }) => [target.id, details, outcome])).toEqual([
      [id, { why: 'no_role' }, 'refused'], [id, { why: 'no_role' }, 'refused'], ['unknown', { why: 'no_role' }, 'refused'],
    ]);
  });

  test('one who is an administrator no longer at their provider leaves no open link', async () => {
    const who = { issuer: 'https://idp.example', subject: 's2', name: 'Charles', email: undefined, now: NOW };
    const { id } = await store.fromOutside(COMMAND, { ...who, roles: ['administrator'] });
    const invite = await link(as(id));
    await store.fromOutside(COMMAND, { ...who, roles: ['auditor'] });
    await store.fromOutside(COMMAND, { ...who, roles: ['administrator'] });
    expect(await isOpen(invite)).toBe(false);
  });

  test('an unknown account costs the reads of a known one', async () => {
    const { db } = opened;
    const counted = async (id: string): Promise<number> => {
      let queries = 0;
      const counting = db.withPlugin({ transformQuery: ({ node }) => { queries += 1; return node; }, transformResult: async ({ result }) => result });
      await staffStore({ db: counting, vault, now: () => NOW }).credentials(id);
      return queries;
    };
    expect(await counted('staff_nobody')).toBe(await counted(await somebody()));
  });

  test('the log is whole', async () => {
    expect(await audit.verify()).toMatchObject({ kind: 'whole' });
  });
});
