import { keyListPage, keyPage, keyRevokePage, keyRotatePage, keySecretPage, keySettingsPage, newKeyPage } from '../../../src/admin/keys/pages.ts';
import { DEFAULT_SETTINGS, settingsFaults } from '../../../src/admin/keys/settings.ts';
import type { Key } from '../../../src/admin/keys/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;
const ISSUER = 'https://id.example.com';

export const KEY: Key = {
  clientId: 'test_AbCdEfGh12345678', workflowId: 'user_onboarding', mode: 'test', name: 'Harbour Credit', createdAt: AT - 86_400_000 * 400, revokedAt: undefined,
  lastUsedAt: AT - 120_000, overlapUntil: undefined, revision: 3, secretAt: AT - 86_400_000 * 400, previousUsedAt: undefined,
  settings: { ...DEFAULT_SETTINGS, name: 'Harbour Credit', redirectUris: ['https://app.example.com/callback'], sector: 'app.example.com' },
};
const LIVE: Key = {
  ...KEY, clientId: 'live_QwErTyUi12345678', mode: 'live', name: HOSTILE, overlapUntil: AT + 86_400_000, previousUsedAt: AT - 3_600_000, secretAt: AT - 60_000,
  settings: {
    ...KEY.settings, name: HOSTILE, redirectUris: ['https://app.example.com/callback', `https://app.example.com/${'long/'.repeat(30)}`], postLogoutRedirectUris: ['https://app.example.com/'],
    allowedFrom: ['192.0.2.0/24', '2001:db8::/32'], parRequired: true, dpopRequired: true, refreshTokens: true, denyAs: 'token', reviewAs: 'hold', reuseSeconds: 600,
    backchannelLogoutUri: 'https://app.example.com/signed-out', backchannelLogoutSession: true,
  },
};
const REVOKED: Key = { ...KEY, revokedAt: AT, lastUsedAt: undefined, settings: { ...KEY.settings, authMethod: 'none', subjectType: 'public' } };
const WRONG = { ...LIVE.settings, name: '', redirectUris: ['http://app.example.com/*', 'https://a.example/#x'], postLogoutRedirectUris: [HOSTILE], authMethod: 'none', pkce: 'nonce', allowedFrom: ['10.0.0.0/99'], reuseSeconds: -1, jwksUri: 'http://a.example/keys', backchannelLogoutUri: 'ftp://x/', sector: 'a b', logoUri: 'data:text/html,x' } as const;

const LINES = [KEY, LIVE, REVOKED].map(({ settings: _settings, ...line }) => line);

export const SAMPLES: readonly AdminSample[] = [
  { name: 'keys_list', page: keyListPage({ keys: LINES, workflows: ['kyc', 'user_onboarding'], workflow: '', next: '/admin/keys?before=x', first: '/admin/keys', mayManage: true }) },
  { name: 'keys_list_empty', page: keyListPage({ keys: [], workflows: [], workflow: '', next: '', first: '', mayManage: true }) },
  { name: 'keys_list_none_of_workflow', page: keyListPage({ keys: [], workflows: ['kyc', HOSTILE], workflow: HOSTILE, next: '', first: '', mayManage: false }) },
  { name: 'keys_new', page: newKeyPage({ workflows: ['kyc', 'user_onboarding'], workflow: 'kyc', mode: 'test', once: 'AbCdEfGh12345678' }) },
  {
    name: 'keys_new_faults', page: newKeyPage({ workflows: ['kyc'], workflow: '', mode: 'live', once: 'AbCdEfGh12345678' }),
    errors: { name: 'Enter a name: people see it as the application that asks.', workflowId: 'Choose the workflow that this key leads to.', redirectUris: 'Line 1 must be https.' },
    values: { name: '', redirectUris: `http://x/${HOSTILE}` },
  },
  { name: 'keys_new_no_workflow', page: newKeyPage({ workflows: [], workflow: '', mode: 'test', once: 'AbCdEfGh12345678' }) },
  { name: 'keys_secret', page: keySecretPage({ key: KEY, secret: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE', rotated: false, issuer: ISSUER }) },
  { name: 'keys_secret_rotated', page: keySecretPage({ key: LIVE, secret: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE', rotated: true, issuer: ISSUER }) },
  { name: 'keys_secret_ended', page: keySecretPage({ key: KEY, secret: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE', rotated: true, issuer: ISSUER }) },
  { name: 'keys_key', page: keyPage({ key: KEY, issuer: ISSUER, mayManage: true, now: AT }), notice: 'The settings are in force.' },
  { name: 'keys_key_overlap', page: keyPage({ key: LIVE, issuer: ISSUER, mayManage: true, now: AT }) },
  { name: 'keys_key_revoked', page: keyPage({ key: REVOKED, issuer: ISSUER, mayManage: true, now: AT }) },
  { name: 'keys_settings', page: keySettingsPage({ key: LIVE, settings: LIVE.settings }) },
  { name: 'keys_settings_faults', page: keySettingsPage({ key: KEY, settings: WRONG }), errors: settingsFaults(WRONG, 'live') as Readonly<Record<string, string>> },
  { name: 'keys_rotate', page: keyRotatePage({ key: KEY }) },
  { name: 'keys_rotate_again', page: keyRotatePage({ key: LIVE }) },
  { name: 'keys_revoke', page: keyRevokePage({ key: LIVE }) },
];
