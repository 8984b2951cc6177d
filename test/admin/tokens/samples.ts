import type { AdminSample } from '../../../src/admin/page.ts';
import { ACTIONS } from '../../../src/admin/permissions.ts';
import { newTokenPage, revokeTokenPage, tokenListPage, tokenMadePage } from '../../../src/admin/tokens/pages.ts';
import type { ApiToken } from '../../../src/admin/tokens/store.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'`;
const TOKEN: ApiToken = {
  id: 'tok_1', name: 'Nightly export', hint: 'x7Qa', scopes: ['journey.read', 'audit.export'], nets: ['203.0.113.0/24'], createdBy: 'Ada Byron',
  createdAt: NOW - 86_400_000 * 40, expiresAt: NOW + 86_400_000 * 50, lastUsedAt: NOW - 3_600_000, revokedAt: undefined,
};
const TOKENS: readonly ApiToken[] = [
  TOKEN,
  { ...TOKEN, id: 'tok_2', name: HOSTILE, createdBy: HOSTILE, nets: [], expiresAt: NOW - 1, lastUsedAt: undefined },
  { ...TOKEN, id: 'tok_3', name: 'Old one', expiresAt: undefined, revokedAt: NOW - 5 },
];

export const SAMPLES: readonly AdminSample[] = [
  { name: 'tokens_list', page: tokenListPage({ tokens: TOKENS, mayManage: true, now: NOW }), notice: '“Old one” no longer works.' },
  { name: 'tokens_empty', page: tokenListPage({ tokens: [], mayManage: false, now: NOW }) },
  { name: 'tokens_new', page: newTokenPage({ offered: ACTIONS, chosen: ['journey.read'] }), errors: { name: 'Give it a name.', scopes: 'Choose at least one thing that it may do.' }, values: { days: '90', name: HOSTILE } },
  { name: 'tokens_made', page: tokenMadePage({ name: HOSTILE, token: `gha_${'x'.repeat(43)}`, apiHref: '/admin/api/v1/openapi.json' }) },
  { name: 'tokens_revoke', page: revokeTokenPage({ ...TOKEN, name: HOSTILE }) },
];
