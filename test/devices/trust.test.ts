import { describe, expect, test } from 'vitest';
import type { DeviceTrust } from '../../src/devices/store.ts';
import { chooseTrust, type AskedTrust, type TrustRefusal } from '../../src/devices/trust.ts';

const NOW = 1_800_000_000_000;
const trust = (facts: Partial<DeviceTrust> = {}): DeviceTrust => ({
  id: 't', deviceId: 'd', accountId: 'andrew', workflowId: 'here', credentialHash: undefined, journeyId: 'j', acr: 'urn:gatehouse:acr:phone', reason: 'sms_link',
  grantedAt: NOW - 10, expiresAt: NOW + 10, lastUsedAt: NOW - 10, simCheckedAt: undefined, revokedAt: undefined, revokedReason: undefined, accountErased: false, ...facts,
});
const ASKED: AskedTrust = { workflowId: 'here', trustFrom: ['friend'], credentialHash: undefined, now: NOW };
const EXPIRED = { expiresAt: NOW };
const REVOKED = { revokedAt: NOW - 1, revokedReason: 'by_person' };

describe('whom a device stands for', () => {
  test.each<[string, readonly DeviceTrust[], Partial<AskedTrust>, string]>([
    ['the one person', [trust()], {}, 't'],
    ['by a workflow whose trust counts here', [trust({ workflowId: 'friend' })], {}, 't'],
    ['one person trusted by several workflows is one person; our own trust goes first', [trust({ id: 'theirs', workflowId: 'friend', grantedAt: NOW }), trust({ id: 'ours' })], {}, 'ours'],
    ['of several from elsewhere the newest', [trust({ id: 'old', workflowId: 'friend' }), trust({ id: 'new', workflowId: 'other', grantedAt: NOW })], { trustFrom: ['friend', 'other'] }, 'new'],
    ['the one living beside the dead', [trust({ id: 'dead', accountId: 'eve', ...REVOKED }), trust({ id: 'alive' })], {}, 'alive'],
    ['the person who was named', [trust({ id: 'a', credentialHash: 'A' }), trust({ id: 'b', accountId: 'eve', credentialHash: 'E' })], { credentialHash: 'E' }, 'b'],
    ['a name that is not asked for is no hindrance', [trust({ credentialHash: 'A' })], {}, 't'],
    ['somebody trusted at a workflow that does not count is nobody here', [trust(), trust({ id: 'b', accountId: 'eve', workflowId: 'stranger' })], {}, 't'],
  ])('%s', (_what, trusts, asked, id) => {
    expect(chooseTrust({ trusts }, { ...ASKED, ...asked })).toMatchObject({ kind: 'trusted', trust: { id } });
  });
});

describe('whom it does not stand for', () => {
  test.each<[string, readonly DeviceTrust[], Partial<AskedTrust>, TrustRefusal]>([
    ['nobody was ever trusted', [], {}, 'no_trust'],
    ['trusted elsewhere only', [trust({ workflowId: 'stranger' })], {}, 'no_trust'],
    ['expired this very moment', [trust(EXPIRED)], {}, 'trust_expired'],
    ['revoked', [trust(REVOKED)], {}, 'trust_revoked'],
    ['erased', [trust({ accountErased: true })], {}, 'account_erased'],
    ['erasing says more than what follows from it', [trust({ accountErased: true, ...REVOKED, ...EXPIRED })], {}, 'account_erased'],
    ['the last one used says why', [trust({ ...EXPIRED, lastUsedAt: 1 }), trust({ ...REVOKED, workflowId: 'friend', lastUsedAt: 2 })], {}, 'trust_revoked'],
    ['two people', [trust(), trust({ accountId: 'eve' })], {}, 'several_people'],
    ['two people, by two workflows', [trust(), trust({ accountId: 'eve', workflowId: 'friend' })], {}, 'several_people'],
    ['two people under one name, by two workflows', [trust({ credentialHash: 'A' }), trust({ accountId: 'eve', workflowId: 'friend', credentialHash: 'A' })], { credentialHash: 'A' }, 'several_people'],
    ['another is named', [trust({ credentialHash: 'A' })], { credentialHash: 'E' }, 'another_credential'],
    ['one is named, and the trust knows no name', [trust()], { credentialHash: 'A' }, 'another_credential'],
    ['the named one is dead, whoever lives beside', [trust(), trust({ accountId: 'eve', credentialHash: 'E', ...EXPIRED })], { credentialHash: 'E' }, 'trust_expired'],
  ])('%s', (_what, trusts, asked, code) => {
    expect(chooseTrust({ trusts }, { ...ASKED, ...asked })).toEqual({ kind: 'refused', code });
  });
});
