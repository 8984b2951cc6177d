import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import type { Role } from '../../../src/admin/permissions.ts';
import { passwordTries, secondTries } from '../../../src/admin/staff/limits.ts';
import type { Accepted, InvitationStore, SessionStore, StaffStore, TryStore } from '../../../src/admin/staff/store.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { staffStore } from '../../../src/store/console/staff.ts';
import { invitationStore } from '../../../src/store/console/staff_invitations.ts';
import { IDLE_MS, LONGEST_MS, sessionStore } from '../../../src/store/console/staff_sessions.ts';
import { tryStore } from '../../../src/store/console/staff_tries.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, storesOn } from '../support.ts';

const COMMAND: Actor = { kind: 'command', id: 'staff', name: 'command staff' };
const FROM = { kind: 'staff', address: '192.0.2.7' } as const;
const DAY = 86_400_000;

describeDatabases('the staff', ({ fresh }) => {
  let opened: OpenedDatabase;
  let store: StaffStore;
  let invitations: InvitationStore;
  let sessions: SessionStore;
  let tries: TryStore;
  let audit: AuditLog;
  ownDatabase(fresh, async (own) => {
    opened = own;
    const { vault } = await storesOn(own);
    const auditing = { db: own.db, vault, now: () => NOW };
    [store, invitations, sessions, tries, audit] = [staffStore(auditing), invitationStore(auditing), sessionStore(auditing), tryStore(own.db, vault), auditLog(auditing)];
  });
  let count = 0;
  const accepted = (email = `person${(count += 1)}@example.com`): Accepted => ({
    name: 'Grace', email: Personal.of(email), passwordHash: '$argon2id$v=19$x', recoveryCodes: ['0a1b-2c3d-4e5f-6g7h', '1a1b-2c3d-4e5f-6g7h'],
    factor: { kind: 'totp', secret: Personal.of('JBSWY3DPEHPK3PXP'), step: 10 },
  });
  const invited = async (roles: readonly Role[] = ['reviewer'], facts: { readonly expiresAt?: number; readonly staffId?: string } = {}): Promise<string> => {
    const hash = randomBytes(8).toString('hex');
    await invitations.make(COMMAND, { hash, purpose: facts.staffId === undefined ? 'invite' : 'reset', name: '', roles, staffId: facts.staffId, now: NOW, expiresAt: facts.expiresAt ?? NOW + DAY });
    return hash;
  };
  const somebody = async (roles?: readonly Role[], email?: string): Promise<string> => {
    const came = await invitations.accept(FROM, await invited(roles), accepted(email), NOW);
    if (came.kind !== 'accepted') throw new Error(came.why);
    return came.id;
  };
  const as = (id: string): Actor => ({ kind: 'staff', id, name: 'Somebody' });
  const session = async (staffId: string, at = NOW, instead?: string): Promise<string> => {
    const hash = randomBytes(8).toString('hex');
    await sessions.begin(as(staffId), { hash, staffId, label: 'Firefox', by: 'password+totp', instead, now: at, authenticatedAt: at });
    return hash;
  };

  test('of set-up links each is good, once, for the first of all who use one, and none while there is an administrator', async () => {
    expect(await store.administered()).toBe(false);
    const make = (hash: string) => invitations.makeSetup(COMMAND, { hash, now: NOW, expiresAt: NOW + DAY });
    expect([await make('older'), await make('newer')]).toEqual([true, true]);
    expect(await invitations.byHash('older', NOW)).toMatchObject({ purpose: 'setup' });
    expect(await invitations.byHash('newer', NOW)).toMatchObject({ purpose: 'setup', roles: ['administrator'] });
    const came = await Promise.all([1, 2, 3].map((n) => invitations.accept(FROM, 'newer', accepted(`first${n}@example.com`), NOW)));
    expect(came.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    expect(await store.list(undefined, 10)).toHaveLength(1);
    expect(await make('third')).toBe(false);
    expect(await invitations.accept(FROM, 'newer', accepted(), NOW)).toEqual({ kind: 'refused', why: 'gone' });
  });

  test('the last administrator is neither shut out nor made less', async () => {
    const [only] = await store.list(undefined, 1);
    const id = only?.id ?? '';
    expect(await store.disable(as(id), id, NOW)).toBe('last_administrator');
    expect(await store.changeRoles(COMMAND, id, ['auditor'])).toBe('last_administrator');
    expect((await store.byId(id))?.roles).toEqual(['administrator']);
    expect((await audit.page({ action: 'staff.disabled' }, undefined, 1))[0]).toMatchObject({ outcome: 'refused', details: { why: 'last_administrator' } });
  });

  test('two administrators who shut each other out at once: one stays', async () => {
    const [first] = await store.list(undefined, 1);
    const [a, b] = [first?.id ?? '', await somebody(['administrator'])];
    const came = await Promise.all([store.disable(as(a), b, NOW), store.disable(as(b), a, NOW)]);
    expect(came.toSorted()).toEqual(expect.arrayContaining(['done']));
    expect(came.filter((one) => one === 'done')).toHaveLength(1);
    const left = (await store.list(undefined, 100)).filter((one) => one.disabledAt === undefined && one.roles.includes('administrator'));
    expect(left).toHaveLength(1);
    await store.enable(COMMAND, a);
    await store.enable(COMMAND, b);
    // Each makes the other less, at once.
    const roles = await Promise.all([store.changeRoles(as(a), b, ['support']), store.changeRoles(as(b), a, ['support'])]);
    expect(roles.filter((one) => one === 'done')).toHaveLength(1);
    await store.changeRoles(COMMAND, a, ['administrator']);
    await store.changeRoles(COMMAND, b, ['administrator']);
  });

  test.each([
    ['unknown', async () => 'never-made'],
    ['expired', () => invited(['reviewer'], { expiresAt: NOW })],
    ['withdrawn', async () => {
      const hash = await invited();
      const found = await invitations.byHash(hash, NOW);
      expect(await invitations.withdraw(COMMAND, found?.id ?? '', NOW)).toBe('done');
      return hash;
    }],
  ])('an invitation that is %s makes nobody', async (_name, make) => {
    const hash = await make();
    const before = (await store.list(undefined, 500)).length;
    expect(await invitations.byHash(hash, NOW)).toBeUndefined();
    expect(await invitations.accept(FROM, hash, accepted(), NOW)).toEqual({ kind: 'refused', why: 'gone' });
    expect(await store.list(undefined, 500)).toHaveLength(before);
  });

  test('a sign-in name is one person’s, whatever its case, and who comes second keeps the invitation', async () => {
    const id = await somebody(['auditor'], 'Straße@example.com');
    expect(await store.idByEmail(Personal.of(' STRAßE@EXAMPLE.com'))).toBe(id);
    const hash = await invited();
    expect(await invitations.accept(FROM, hash, accepted('straße@EXAMPLE.COM'), NOW)).toEqual({ kind: 'refused', why: 'email_taken' });
    expect(await invitations.accept(FROM, hash, accepted(), NOW)).toMatchObject({ kind: 'accepted' });
  });

  test('neither addresses nor secrets stand in the tables or in the log', async () => {
    const id = await somebody(['support'], 'very.special@example.com');
    const { rows } = await sql<{ all: string }>`SELECT row_to_json(staff)::text AS "all" FROM staff UNION ALL SELECT row_to_json(staff_recovery)::text FROM staff_recovery`.execute(opened.db);
    const text = rows.map((row) => row.all).join('\n') + JSON.stringify(await audit.page({ targetKind: 'staff', targetId: id }, undefined, 50));
    for (const secret of ['very.special', Buffer.from('very.special').toString('hex'), 'JBSWY3DPEHPK3PXP', Buffer.from('JBSWY3DPEHPK3PXP').toString('hex'), '0a1b-2c3d']) expect(text).not.toContain(secret);
    expect((await store.credentials(id))?.totpSecret?.open()).toBe('JBSWY3DPEHPK3PXP');
    expect((await store.byId(id))?.email?.open()).toBe('very.special@example.com');
  });

  test('a time step and a recovery code are taken once, however many try', async () => {
    const id = await somebody();
    expect((await Promise.all([1, 2, 3].map(() => store.useTotpStep(id, 11)))).filter(Boolean)).toHaveLength(1);
    expect([await store.useTotpStep(id, 10), await store.useTotpStep(id, 11), await store.useTotpStep(id, 12)]).toEqual([false, false, true]);
    const code = '0a1b-2c3d-4e5f-6g7h';
    expect((await Promise.all([1, 2, 3].map(() => store.useRecoveryCode(id, code, NOW)))).filter(Boolean)).toHaveLength(1);
    expect((await store.credentials(id))?.recoveryLeft).toBe(1);
    expect(await store.useRecoveryCode(await somebody(), 'zzzz-2c3d-4e5f-6g7h', NOW)).toBe(false);
  });

  test('whoever is shut out is out at once; changed roles count at once', async () => {
    const id = await somebody(['reviewer']);
    const hash = await session(id);
    await store.changeRoles(COMMAND, id, ['auditor', 'support']);
    expect(await sessions.byHash(hash, NOW)).toMatchObject({ staffId: id, roles: ['auditor', 'support'] });
    await store.disable(COMMAND, id, NOW);
    expect(await sessions.byHash(hash, NOW)).toBeUndefined();
    await store.enable(COMMAND, id);
    expect(await sessions.byHash(hash, NOW)).toBeUndefined();
  });

  test('an administrator who is one no longer shuts nobody out', async () => {
    const [reviewer, target] = [await somebody(['reviewer']), await somebody()];
    expect(await store.disable(as(reviewer), target, NOW)).toBe('actor_gone');
    expect((await store.byId(target))?.disabledAt).toBeUndefined();
  });

  test('a session ends by time, by another sign-in in its place, and by its owner alone', async () => {
    const [id, other] = [await somebody(), await somebody()];
    const hash = await session(id);
    expect(await sessions.byHash(hash, NOW + IDLE_MS)).toBeUndefined();
    await sessions.seen(hash, NOW + IDLE_MS - 1);
    expect(await sessions.byHash(hash, NOW + IDLE_MS)).toBeDefined();
    await sessions.seen(hash, NOW + LONGEST_MS);
    expect(await sessions.byHash(hash, NOW + LONGEST_MS)).toBeUndefined();
    const again = await session(id, NOW, hash);
    expect(await sessions.byHash(hash, NOW)).toBeUndefined();
    const [listed] = await sessions.of(id, NOW);
    expect(await sessions.end(as(other), other, { id: listed?.id ?? '' })).toBe(0);
    expect(await sessions.byHash(again, NOW)).toBeDefined();
    expect(await sessions.end(as(id), id, { id: listed?.id ?? '' })).toBe(1);
    expect(await sessions.byHash(again, NOW)).toBeUndefined();
  });

  test('proving it anew moves the session once', async () => {
    const id = await somebody();
    const from = await session(id);
    const moved = await Promise.all(['x1', 'x2'].map((to) => sessions.renew(as(id), { from, to: `${from}${to}`, by: 'passkey', now: NOW + 5 })));
    expect(moved.filter(Boolean)).toHaveLength(1);
    expect(await sessions.byHash(from, NOW + 5)).toBeUndefined();
    const found = await sessions.byHash(`${from}${moved[0] ? 'x1' : 'x2'}`, NOW + 5);
    expect(found?.authenticatedAt).toBe(NOW + 5);
  });

  test('a new password ends the other sessions; the last second factor stays', async () => {
    const id = await somebody();
    const [here, there] = [await session(id), await session(id)];
    expect(await store.changePassword(as(id), id, 'new', here)).toBe('done');
    expect([await sessions.byHash(here, NOW), await sessions.byHash(there, NOW)]).toEqual([expect.anything(), undefined]);
    expect(await store.removeFactor(as(id), id, 'totp')).toBe('last_factor');
    const passkey = { id: `pk-${id}`, publicKey: Buffer.from([1]), counter: 0, transports: ['usb'], label: 'Key', createdAt: NOW, lastUsedAt: undefined };
    expect(await store.addFactor(as(id), id, { kind: 'passkey', passkey }, here)).toBe('done');
    const came = await Promise.all([store.removeFactor(as(id), id, 'totp'), store.removeFactor(as(id), id, { passkey: passkey.id })]);
    expect(came.toSorted()).toEqual(['done', 'last_factor']);
    expect(await store.addFactor(as(id), await somebody(), { kind: 'passkey', passkey: { ...passkey, id: 'own' } }, here)).toBe('done');
  });

  test('a reset gives new proofs and ends what was; an older reset link dies', async () => {
    const id = await somebody(['support']);
    const hash = await session(id);
    const [old, link] = [await invited([], { staffId: id }), await invited([], { staffId: id })];
    expect(await sessions.byHash(hash, NOW)).toBeUndefined();
    expect(await invitations.accept(FROM, old, accepted(), NOW)).toMatchObject({ kind: 'refused' });
    expect(await invitations.accept(FROM, link, { ...accepted(), passwordHash: 'newer' }, NOW)).toEqual({ kind: 'accepted', id });
    expect(await store.credentials(id)).toMatchObject({ passwordHash: 'newer', recoveryLeft: 2, member: { roles: ['support'] } });
  });

  test('somebody from outside is one account with the roles of the day, and has no password to change', async () => {
    const who = { issuer: 'https://idp.example', subject: 's1', name: 'Charles', email: undefined, now: NOW };
    const both = await Promise.all([store.fromOutside(COMMAND, { ...who, roles: ['auditor'] }), store.fromOutside(COMMAND, { ...who, roles: ['auditor'] })]);
    expect(both[0]?.id).toBe(both[1]?.id);
    const id = both[0]?.id ?? '';
    expect(await store.fromOutside(COMMAND, { ...who, roles: ['support'] })).toMatchObject({ id, roles: ['support'], external: true });
    expect((await store.fromOutside(COMMAND, { ...who, issuer: 'https://other.example', roles: ['support'] })).id).not.toBe(id);
    expect([await store.changeRoles(COMMAND, id, ['administrator']), await store.changePassword(COMMAND, id, 'x', ''), await store.replaceRecoveryCodes(COMMAND, id, ['a'])]).toEqual(['external', 'external', 'external']);
    expect(await invitations.make(COMMAND, { hash: 'r', purpose: 'reset', name: '', roles: [], staffId: id, now: NOW, expiresAt: NOW + DAY })).toBe('external');
  });

  test('tries side by side are all counted; waits grow, end, and are bounded', async () => {
    const keys = secondTries('staff_limit');
    const waits = await Promise.all(Array.from({ length: 12 }, () => tries.begin(keys, NOW)));
    expect(waits.filter((ms) => ms === 0)).toHaveLength(6);
    let at = NOW;
    const seen: number[] = [];
    for (let round = 0; round < 14; round += 1) {
      at += 15 * 60_000;
      expect(await tries.begin(keys, at)).toBe(0);
      seen.push(await tries.begin(keys, at));
    }
    expect(seen.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
    expect(Math.max(...seen)).toBe(15 * 60_000);
    expect(await tries.begin(keys, at + 15 * 60_000)).toBe(0);
    await tries.forget(keys);
    expect(await tries.begin(keys, at + 15 * 60_000)).toBe(0);
  });

  test('strangers who try a name do not keep its owner out for long, and not at all in a browser that is known', async () => {
    for (let n = 0; n < 60; n += 1) await tries.begin(passwordTries('ada', `192.0.2.${n}`, undefined), NOW);
    const wait = await tries.begin(passwordTries('ada', '198.51.100.1', undefined), NOW);
    expect([wait > 0, wait <= 30_000]).toEqual([true, true]);
    expect(await tries.begin(passwordTries('ada', '198.51.100.1', 'known-browser'), NOW)).toBe(0);
  });

  test('an address that tries many names waits; one that gets in does not start from nothing', async () => {
    const from = (name: string) => passwordTries(name, '203.0.113.9', undefined);
    for (let n = 0; n < 20; n += 1) expect(await tries.begin(from(`n${n}`), NOW)).toBe(0);
    await tries.forget(from('n0'));
    expect(await tries.begin(from('own'), NOW)).toBe(0);
    expect(await tries.begin(from('m'), NOW)).toBe(0);
    expect(await tries.begin(from('m'), NOW)).toBeGreaterThan(0);
  });

  test('the list is paged without a gap', async () => {
    const all = await store.list(undefined, 500);
    const first = await store.list(undefined, 3);
    const last = first.at(-1);
    const rest = await store.list(last, 500);
    expect([...first, ...rest].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });

  test('the log is whole', async () => {
    expect(await audit.verify()).toMatchObject({ kind: 'whole' });
  });
});
