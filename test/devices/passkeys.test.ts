import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { makePasskeys, unfitness, type PasskeyAsked, type PasskeyHolder, type Passkeys } from '../../src/devices/passkeys.ts';
import type { Passkey } from '../../src/devices/store.ts';
import { passkeysPossible } from '../../src/devices/webauthn_reply.ts';
import { SoftAuthenticator, type Lies, type SoftPasskey } from '../support/authenticator.ts';
import { keptIncidents, keptPasskeys } from './kept_passkeys.ts';

const ORIGIN = 'https://id.example.com';
const NOW = 1_800_000_000_000;
const HOLDER: PasskeyHolder = { accountId: 'account-one', workflowId: 'w', mode: 'test', credentialHash: 'alice' };
const ASKED: PasskeyAsked = { mode: 'test', workflowId: 'w', trustFrom: [], credentialHash: 'alice' };
const challengeNow = (): string => randomBytes(32).toString('base64url');

let store: ReturnType<typeof keptPasskeys>;
let incidents: ReturnType<typeof keptIncidents>;
let passkeys: Passkeys;
let device: SoftAuthenticator;

beforeEach(() => {
  store = keptPasskeys();
  incidents = keptIncidents();
  passkeys = makePasskeys({ store, incidents, origin: ORIGIN });
  device = new SoftAuthenticator(ORIGIN);
});

type Made = Parameters<SoftAuthenticator['create']>[1];

async function tryRegister(lies: Made = {}, holder = HOLDER) {
  const challenge = challengeNow();
  const { options, userHandle } = await passkeys.creation(holder, { challenge, appName: 'Harbour Credit', now: NOW });
  const { passkey, answer } = device.create(options as Parameters<SoftAuthenticator['create']>[0], lies);
  const result = await passkeys.register(holder, { answer, challenge, userHandle, label: 'Chrome on Windows', journeyId: 'j1', acr: 'urn:gatehouse:acr:phone', now: NOW });
  return { passkey, options, result, answer, challenge };
}

async function registered(lies: Made = {}, holder = HOLDER): Promise<SoftPasskey> {
  const { passkey, result } = await tryRegister(lies, holder);
  expect(result).toEqual({ kind: 'added', id: passkey.id });
  return passkey;
}

async function signIn(passkey: SoftPasskey, { asked = ASKED, now = NOW + 1000, ...lies }: Lies & { asked?: PasskeyAsked; now?: number } = {}) {
  const challenge = challengeNow();
  const answer = device.get(passkey, passkeys.request(challenge), lies);
  return { challenge, answer, result: await passkeys.verify(asked, { answer, challenge, journeyId: 'j2', now }) };
}

describe('registering', () => {
  it('asks for a passkey that the person can find again, and tells the authenticator nothing personal', async () => {
    const { options } = await passkeys.creation(HOLDER, { challenge: challengeNow(), appName: 'Harbour Credit', now: NOW });
    expect(options).toMatchObject({
      rp: { id: 'id.example.com', name: 'Harbour Credit' }, attestation: 'none',
      user: { name: 'Harbour Credit, 2027-01-15' },
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
      pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
    });
    expect(JSON.stringify(options)).not.toContain('alice');
    expect(JSON.stringify(options)).not.toContain('account-one');
  });

  it('keeps what the authenticator made', async () => {
    const passkey = await registered({ synced: false, counter: 7 });
    expect(store.rows.get(passkey.id)).toMatchObject({
      ...HOLDER, counter: 7, deviceType: 'singleDevice', backedUp: false, transports: ['internal', 'hybrid'], label: 'Chrome on Windows',
      journeyId: 'j1', acr: 'urn:gatehouse:acr:phone', createdAt: NOW, userHandle: passkey.userHandle,
    });
    expect((await registered({ synced: true })).id).not.toBe(passkey.id);
  });

  it('excludes what the same holder has, under one handle; other applications and names have handles of their own', async () => {
    const first = await registered();
    const again = await tryRegister();
    expect(again.options.excludeCredentials).toEqual([{ id: first.id, transports: ['internal', 'hybrid'], type: 'public-key' }]);
    expect(again.options.user.id).toBe(first.userHandle);
    for (const other of [{ ...HOLDER, workflowId: 'other' }, { ...HOLDER, credentialHash: 'bob' }, { ...HOLDER, credentialHash: undefined }]) {
      const { options } = await tryRegister({}, other);
      expect(options.excludeCredentials).toEqual([]);
      expect(options.user.id).not.toBe(first.userHandle);
    }
    await store.revoke({ accountId: 'account-one', id: first.id, reason: 'by_person', now: NOW });
    expect((await tryRegister()).options.excludeCredentials?.map(({ id }) => id)).not.toContain(first.id);
  });

  const { privateKey: foreign } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each<[string, Made, string]>([
    ['an assertion', { type: 'webauthn.get' }, 'passkey_type'],
    ['another challenge', { challenge: 'AAAA' }, 'passkey_challenge'],
    ['a foreign origin', { origin: 'https://id.example.com.evil.net' }, 'passkey_origin'],
    ['the origin with a port', { origin: `${ORIGIN}:8443` }, 'passkey_origin'],
    ["another site's frame", { crossOrigin: true }, 'passkey_embedded'],
    ['another relying party', { rpId: 'example.com' }, 'passkey_rp'],
    ['nobody present', { present: false }, 'passkey_not_present'],
    ["a maker's certificate", { attestation: { format: 'packed', statement: new Map<string, never>([['x5c', [Buffer.from('a')] as never]]) } }, 'passkey_attestation'],
    ['a format nobody asked for', { attestation: { format: 'android-key', statement: new Map() } }, 'passkey_attestation'],
    ['a self-attestation that does not hold', { attestation: { format: 'packed', statement: new Map<string, never>([['alg', -7 as never], ['sig', Buffer.from('no') as never]]) } }, 'passkey_signature'],
    ['a statement where none belongs', { attestation: { format: 'none', statement: new Map<string, never>([['sig', Buffer.from('x') as never]]) } }, 'passkey_signature'],
  ])('refuses %s', async (_what, lies, code) => {
    expect(foreign.type).toBe('private');
    expect((await tryRegister(lies)).result).toEqual({ kind: 'refused', code });
    expect(store.rows.size).toBe(0);
  });

  it.each([['nothing', ''], ['no JSON', '{'], ['another shape', '{"id":1}'], ['too much', JSON.stringify({ a: 'x'.repeat(20_000) })]])('refuses %s', async (_what, answer) => {
    const result = await passkeys.register(HOLDER, { answer, challenge: challengeNow(), userHandle: 'AAAA', label: undefined, journeyId: 'j', acr: 'a', now: NOW });
    expect(result).toEqual({ kind: 'refused', code: 'passkey_malformed' });
  });

  it('refuses what is registered already, and more than anybody uses', async () => {
    const { answer, challenge } = await tryRegister();
    const again = { answer, challenge, userHandle: 'AAAA', label: undefined, journeyId: 'j', acr: 'a', now: NOW };
    expect(await passkeys.register({ ...HOLDER, accountId: 'thief' }, again)).toEqual({ kind: 'refused', code: 'passkey_known' });
    for (let made = 1; made < 20; made += 1) await registered();
    expect((await tryRegister()).result).toEqual({ kind: 'refused', code: 'passkey_too_many' });
  });
});

describe('coming back', () => {
  it('takes a passkey found by the person, and says how it was used', async () => {
    const passkey = await registered({ synced: false });
    expect((await signIn(passkey)).result).toMatchObject({ kind: 'good', userVerified: true, deviceType: 'singleDevice', passkey: { accountId: 'account-one', journeyId: 'j1' } });
    expect((await signIn(passkey, { verified: false })).result).toMatchObject({ kind: 'good', userVerified: false });
    expect(store.rows.get(passkey.id)?.lastUsedAt).toBe(NOW + 1000);
  });

  it.each<[string, Lies, string]>([
    ['a registration', { type: 'webauthn.create' }, 'passkey_type'],
    ["another journey's challenge", { challenge: challengeNow() }, 'passkey_challenge'],
    ['a foreign origin', { origin: 'https://evil.example' }, 'passkey_origin'],
    ["another site's frame", { crossOrigin: true }, 'passkey_embedded'],
    ['another relying party', { rpId: 'evil.example' }, 'passkey_rp'],
    ['nobody present', { present: false }, 'passkey_not_present'],
    ['another key', { signer: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }, 'passkey_signature'],
    ['a key of another kind', { signer: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }, 'passkey_signature'],
    ["somebody else's handle", { userHandle: 'c29tZWJvZHk' }, 'passkey_user_handle'],
    ['no handle where nobody said who it is', { userHandle: null }, 'passkey_user_handle'],
  ])('refuses %s', async (_what, lies, code) => {
    expect((await signIn(await registered(), lies)).result).toEqual({ kind: 'refused', code });
  });

  it('refuses one that nobody registered', async () => {
    const { passkey } = device.create({ challenge: 'AAAA', rp: { id: 'id.example.com' }, user: { id: 'AAAA' } });
    expect((await signIn(passkey)).result).toEqual({ kind: 'refused', code: 'passkey_unknown' });
  });

  it.each<[string, Partial<Passkey>, Partial<PasskeyAsked>, string | undefined]>([
    ['is good for its workflow', {}, {}, undefined],
    ['is good where its workflow is trusted', { workflowId: 'old' }, { trustFrom: ['old'] }, undefined],
    ['is good where the application named nobody', {}, { credentialHash: undefined }, undefined],
    ['is good for its account', {}, { accountId: 'account-one' }, undefined],
    ['never crosses modes', { mode: 'live' }, {}, 'passkey_other_mode'],
    ['is not good elsewhere', { workflowId: 'old' }, { trustFrom: ['older'] }, 'passkey_other_workflow'],
    ['ends when revoked', { revokedAt: NOW }, {}, 'passkey_revoked'],
    ['ends with its account', { accountErased: true }, {}, 'account_erased'],
    ["is not another person's", {}, { accountId: 'a2' }, 'another_account'],
    ['is not for another name', {}, { credentialHash: 'bob' }, 'another_credential'],
    ['made for no name is for no named person', { credentialHash: undefined }, {}, 'another_credential'],
  ])('a passkey %s', async (_what, change, asking, code) => {
    const passkey = await registered();
    store.patch(passkey.id, change);
    const asked = { ...ASKED, ...asking };
    expect((await signIn(passkey, { asked })).result).toMatchObject(code === undefined ? { kind: 'good' } : { kind: 'refused', code });
    expect((await passkeys.fitting('account-one', asked)).length).toBe(code === undefined || code === 'another_account' ? 1 : 0);
  });

  it('asks by name where the account is known, and then needs no handle', async () => {
    const passkey = await registered();
    const [kept] = await passkeys.fitting('account-one', ASKED);
    expect(passkeys.request('AAAA', kept ? [kept] : [])).toMatchObject({ rpId: 'id.example.com', challenge: 'AAAA', userVerification: 'preferred', allowCredentials: [{ id: passkey.id, type: 'public-key' }] });
    expect(passkeys.request('AAAA').allowCredentials).toEqual([]);
    expect((await signIn(passkey, { asked: { ...ASKED, accountId: 'account-one' }, userHandle: null })).result.kind).toBe('good');
  });
});

describe('the signature counter', () => {
  test('going back is a copy in use: refused, and an operator is told', async () => {
    const passkey = await registered({ counts: true });
    expect((await signIn(passkey)).result.kind).toBe('good');
    expect((await signIn(passkey)).result.kind).toBe('good');
    expect((await signIn(passkey, { counter: 1 })).result).toEqual({ kind: 'refused', code: 'passkey_copied' });
    expect(incidents.opened).toEqual([{ mode: 'test', kind: 'passkey_copied', accountId: 'account-one', deviceId: undefined, journeyId: 'j2', details: { counter: 1, expectedAbove: 2 }, at: NOW + 1000 }]);
    expect(store.rows.get(passkey.id)?.counter).toBe(2);
  });

  test('falling to zero is going back', async () => {
    const passkey = await registered({ counts: true });
    await signIn(passkey);
    expect((await signIn(passkey, { counter: 0 })).result).toEqual({ kind: 'refused', code: 'passkey_copied' });
  });

  test('standing still long after is a copy; at the same moment it is the same press, judged twice', async () => {
    const passkey = await registered({ counts: true });
    await signIn(passkey);
    expect((await signIn(passkey, { counter: 1, now: NOW + 2_000 })).result).toEqual({ kind: 'refused', code: 'passkey_repeated' });
    expect(incidents.opened).toEqual([]);
    expect((await signIn(passkey, { counter: 1, now: NOW + 120_000 })).result).toEqual({ kind: 'refused', code: 'passkey_copied' });
  });

  test('the same answer asked about again is answered the same, and counted once', async () => {
    const passkey = await registered({ counts: true });
    const { answer, challenge, result } = await signIn(passkey);
    const again = { answer, challenge, journeyId: 'j2', now: NOW + 1500 };
    expect(await passkeys.verify(ASKED, again)).toEqual(result);
    expect(await passkeys.verify({ ...ASKED, accountId: 'a2' }, again)).toEqual({ kind: 'refused', code: 'another_account' });
    expect(await passkeys.verify(ASKED, { ...again, challenge: challengeNow() })).toEqual({ kind: 'refused', code: 'passkey_challenge' });
    expect(incidents.opened).toEqual([]);
  });

  test('a forged counter without the key is no report', async () => {
    const passkey = await registered({ counts: true });
    await signIn(passkey);
    const { result } = await signIn(passkey, { counter: 0, signer: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey });
    expect(result).toEqual({ kind: 'refused', code: 'passkey_signature' });
    expect(incidents.opened).toEqual([]);
  });
});

test.each([
  ['https://id.example.com', true], ['http://localhost:3000', true], ['https://localhost', true],
  ['http://127.0.0.1:3000', false], ['https://10.0.0.1', false], ['http://[::1]:3000', false], ['http://id.example.com', false],
])('passkeys at %s: %s', (origin, possible) => {
  expect(passkeysPossible(origin)).toBe(possible);
});

test('who it belongs to is told only of what is alive', () => {
  const passkey = { mode: 'live', accountErased: true, revokedAt: NOW } as Passkey;
  expect(unfitness(passkey, { ...ASKED, mode: 'live' })).toBe('account_erased');
});
