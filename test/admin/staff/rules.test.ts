import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { staffConfigFrom } from '../../../src/admin/staff/config.ts';
import { rolesFrom } from '../../../src/admin/staff/outside.ts';
import { passwordHasher } from '../../../src/admin/staff/password.ts';
import { passwordFault } from '../../../src/admin/staff/password_rule.ts';
import { newRecoveryCodes, recoveryCodeOf } from '../../../src/admin/staff/recovery.ts';
import { staffCookies } from '../../../src/admin/staff/cookies.ts';
import { newTotpSecret, totpStep } from '../../../src/admin/staff/totp.ts';
import { Personal } from '../../../src/personal.ts';
import { totpCode } from '../../support/staff.ts';

describe('passwords', () => {
  const hasher = passwordHasher();
  const secret = Personal.of('four words and a lamp');

  test('are kept as PHC strings, each with its own salt, and are told apart', async () => {
    const [one, two] = [await hasher.hash(secret), await hasher.hash(secret)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect([await hasher.verify(secret, one), await hasher.verify(Personal.of('four words and a lamP'), one), await hasher.verify(secret, undefined)]).toEqual([true, false, false]);
  });

  test('composed and decomposed letters are the same password', async () => {
    expect(await hasher.verify(Personal.of('scho\u0308ne lange worte'), await hasher.hash(Personal.of('sch\u00f6ne lange worte')))).toBe(true);
  });

  test.each(['', '$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', '$argon2id$v=19$m=9999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'plain'])('a kept string like %j is an error, and no way in', async (kept) => {
    await expect(hasher.verify(secret, kept)).rejects.toMatchObject({ code: 'password_unreadable' });
  });

  test('many at once wait in line and all end right; too many are refused', async () => {
    const kept = await hasher.hash(secret);
    const all = await Promise.allSettled(Array.from({ length: 110 }, () => hasher.verify(secret, kept)));
    expect(all.filter((one) => one.status === 'fulfilled' && one.value).length).toBe(104);
    expect(all.filter((one) => one.status === 'rejected').map((one) => (one.reason as { code?: string }).code)).toEqual(Array.from({ length: 6 }, () => 'too_many_requests'));
    expect(await hasher.verify(secret, kept)).toBe(true);
  });

  test.each([
    ['four words and a lamp', true], ['correct horse battery staple', false], ['aaaaaaaaaaaaaaaa', false], ['123456789012', false], ['Password!!!!2024', false],
    ['adabyron-adabyron', false], ['ada@example.com!!', false], ['zyxwvutsrqponm', false], ['ünïcödé wörds hère', true], ['日本語の長い合言葉です。とても長い', true], ['x'.repeat(201), false],
  ])('%s: good is %s', (text, good) => {
    expect(passwordFault(Personal.of(text), { name: 'Ada Byron', email: Personal.of('ada@example.com') }) === undefined).toBe(good);
  });
});

describe('codes', () => {
  test('an app’s code counts one step before and after, and says which step it is', () => {
    const secret = newTotpSecret();
    const at = 1_800_000_015_000;
    const step = Math.floor(at / 30_000);
    expect([-2, -1, 0, 1, 2].map((off) => totpStep(secret, totpCode(secret.open(), at + off * 30_000), at))).toEqual([undefined, step - 1, step, step + 1, undefined]);
    for (const bad of ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦']) expect(totpStep(secret, bad, at)).toBeUndefined();
  });

  test('recovery codes differ, and are read however they were written down', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect([recoveryCodeOf(code), recoveryCodeOf(code.toUpperCase().replaceAll('-', '')), recoveryCodeOf(` ${code.replaceAll('0', 'O').replaceAll('1', 'l')} `)]).toEqual([code, code, code]);
    for (const bad of ['', '123456', 'u'.repeat(16), '0'.repeat(17)]) expect(recoveryCodeOf(bad)).toBeUndefined();
  });
});

describe('cookies', () => {
  test('on https they carry the prefix that plain http cannot plant, and are for the console alone', () => {
    const set: unknown[][] = [];
    const ctx = { cookies: { set: (...args: unknown[]) => set.push(args), get: () => undefined } } as never;
    const cookies = staffCookies('https://id.example.com', (text) => `mac(${text})`);
    cookies.setSession(ctx, 't');
    cookies.setOutside(ctx, 'sealed', 1000);
    expect(set).toEqual([
      ['__Secure-gatehouse_staff', 't', { signed: false, httpOnly: true, sameSite: 'strict', path: '/admin', secure: true, overwrite: true }],
      ['__Secure-gatehouse_staff_outside', 'sealed', { signed: false, httpOnly: true, sameSite: 'lax', path: '/admin/sign-in/external/callback', secure: true, overwrite: true, maxAge: 1000 }],
    ]);
  });

  test('a browser is known at the name it was marked for, and by a mark of ours alone', () => {
    let value = '';
    const ctx = { cookies: { set: (_name: string, text: string) => { value = text; }, get: () => value } } as never;
    const cookies = staffCookies('http://localhost', (text) => `mac(${text})`);
    cookies.setKnown(ctx, 'ada');
    expect(cookies.known(ctx, 'ada')).toMatch(/^[\w-]{22}$/);
    expect(cookies.known(ctx, 'bob')).toBeUndefined();
    value = `${'A'.repeat(22)}.forged`;
    expect(cookies.known(ctx, 'ada')).toBeUndefined();
  });
});

describe('settings of the other provider', () => {
  const good = { STAFF_OIDC_ISSUER: 'https://idp.example', STAFF_OIDC_CLIENT_ID: 'c', STAFF_OIDC_CLIENT_SECRET: 's', STAFF_OIDC_ROLE_MAP: 'cn=admins,dc=x=administrator' };

  test('without any of them passwords are on', () => {
    expect(staffConfigFrom({}, true)).toEqual({ config: { passwords: true, outside: undefined }, faults: [] });
  });

  test('a map of words to roles', () => {
    const { config, faults } = staffConfigFrom({ ...good, STAFF_OIDC_ROLE_MAP: 'ops=administrator, a=b=auditor', STAFF_PASSWORDS: 'off' }, true);
    expect(faults).toEqual([]);
    expect([config.passwords, config.outside?.rolesClaim, [...(config.outside?.roles ?? [])]]).toEqual([false, 'roles', [['ops', 'administrator'], ['a=b', 'auditor']]]);
  });

  test.each([
    [{ STAFF_PASSWORDS: 'off' }, 'STAFF_PASSWORDS'], [{ STAFF_PASSWORDS: 'no' }, 'STAFF_PASSWORDS'], [{ STAFF_OIDC_ROLE_MAP: 'a=auditor' }, 'STAFF_OIDC_ROLE_MAP'],
    [{ ...good, STAFF_OIDC_ISSUER: 'http://idp.example' }, 'STAFF_OIDC_ISSUER'], [{ ...good, STAFF_OIDC_ISSUER: 'http://localhost' }, 'STAFF_OIDC_ISSUER'], [{ ...good, STAFF_OIDC_CLIENT_SECRET: '' }, 'STAFF_OIDC_CLIENT_SECRET'],
    [{ ...good, STAFF_OIDC_ROLE_MAP: 'ops=root' }, 'STAFF_OIDC_ROLE_MAP'], [{ ...good, STAFF_OIDC_ROLE_MAP: 'a=auditor,a=administrator' }, 'STAFF_OIDC_ROLE_MAP'], [{ ...good, STAFF_OIDC_ROLE_MAP: '' }, 'STAFF_OIDC_ROLE_MAP'],
  ])('%j is refused', (env, name) => {
    expect(staffConfigFrom(env, true).faults.some((fault) => fault.startsWith(`${name}:`))).toBe(true);
  });

  test('roles come from a word, a list, or a place within; anything else gives none', () => {
    const roles = new Map([['ops', 'administrator'], ['look', 'auditor']] as const);
    const of = (claims: Record<string, unknown>, rolesClaim = 'roles') => rolesFrom(claims, { rolesClaim, roles });
    expect([of({ roles: 'ops' }), of({ roles: ['look', 'ops', 'x', 7] }), of({ realm: { roles: ['look'] } }, 'realm.roles'), of({ 'realm.roles': ['ops'] }, 'realm.roles')]).toEqual([['administrator'], ['administrator', 'auditor'], ['auditor'], ['administrator']]);
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const given = of({ roles: value });
      const words = Array.isArray(value) ? value : [value];
      return given.every((role) => words.includes(role === 'administrator' ? 'ops' : 'look'));
    }));
    expect([of({}), of({}, '__proto__.constructor'), of({ roles: { ops: true } }), of({ roles: 'ops look' })]).toEqual([[], [], [], []]);
  });
});
