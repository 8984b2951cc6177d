/** Every page of accounts in every state worth seeing. */
import {
  accountListPage, accountPage, accountSearchPage, askPage, erasePage, journeyHoldPage, mergePage, revealedAccountPage,
} from '../../../src/admin/accounts/pages.ts';
import type { AccountRow, AccountView, ErasurePlan, Hold, MergePreview } from '../../../src/admin/accounts/store.ts';
import { ONE_PERSON_FAULT, REASON_FAULT } from '../../../src/admin/accounts/texts.ts';
import type { AdminSample } from '../../../src/admin/page.ts';
import { mayDo, type Role } from '../../../src/admin/permissions.ts';
import { Personal } from '../../../src/personal.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const DAY = 86_400_000;
const HOSTILE = `<script>alert(1)</script>"'`;
const ID = '3f0c6f52-8a3b-4f29-9a68-0b7a3d2c1e45';
const OTHER = '9a1d2b34-5c6d-4e7f-8a9b-0c1d2e3f4a5b';

const row: AccountRow = { id: ID, mode: 'live', state: 'active', held: false, createdAt: AT };
const rows: readonly AccountRow[] = [
  row, { ...row, id: OTHER, mode: 'test', held: true }, { ...row, id: '11111111-1111-4111-8111-111111111111', state: 'merged', mode: undefined },
  { ...row, id: '22222222-2222-4222-8222-222222222222', state: 'erasing' }, { ...row, id: '33333333-3333-4333-8333-333333333333', state: 'erased' },
];
const hold: Hold = { id: 'h1', kind: 'account', subjectId: ID, reason: `Court order 12/4711 ${HOSTILE}`, placedBy: `Ada ${HOSTILE}`, placedAt: AT, released: undefined };
const released: Hold = { ...hold, id: 'h2', kind: 'journey', subjectId: 'c2b1a0f9-1111-4111-8111-aaaaaaaaaaaa', released: { by: 'Ada', at: AT + DAY, reason: 'Order lifted' } };

const empty: AccountView = {
  ...row, mergedInto: undefined, mergedAt: undefined, mergedFrom: [], erasure: undefined, holds: [], credentials: [], journeys: [], olderJourneys: undefined,
  devices: [], passkeys: [], grants: [], records: {}, incidents: [], cases: [],
};
const trust = { workflowId: 'user_onboarding', acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', journeyId: 'j1', grantedAt: AT, expiresAt: AT + 180 * DAY, lastUsedAt: AT, revoked: undefined };
const full: AccountView = {
  ...empty, held: true, holds: [hold, released],
  mergedFrom: [{ id: OTHER, at: AT }],
  credentials: [{ workflowId: 'user_onboarding', hashPrefix: 'aB3_x9-Qwe', createdAt: AT }, { workflowId: 'continuous_reauth', hashPrefix: 'Zz9_x9-Qwe', createdAt: AT }],
  journeys: [
    { id: 'c2b1a0f9-1111-4111-8111-aaaaaaaaaaaa', workflow: 'user_onboarding@3', clientId: 'wk_live_1', verdict: 'approve', createdAt: AT, erased: false },
    { id: 'c2b1a0f9-1111-4111-8111-bbbbbbbbbbbb', workflow: 'user_onboarding@2', clientId: 'wk_live_1', verdict: 'deny', createdAt: AT - DAY, erased: false },
  ],
  olderJourneys: 'older',
  devices: [
    { id: 'd1', kind: 'desktop', label: `Chrome on Linux ${HOSTILE}`, lastCountry: 'US', lastSeenAt: AT, trusts: [trust, { ...trust, workflowId: 'continuous_reauth', expiresAt: AT - DAY }] },
    { id: 'd2', kind: 'phone', label: undefined, lastCountry: undefined, lastSeenAt: AT, trusts: [{ ...trust, revoked: { at: AT, reason: 'reported' } }, { ...trust, revoked: { at: AT, reason: 'of_the_future' } }] },
  ],
  passkeys: [
    { id: 'p1', workflowId: 'user_onboarding', label: `Key ${HOSTILE}`, createdAt: AT, lastUsedAt: AT, revoked: undefined },
    { id: 'p2', workflowId: 'user_onboarding', label: undefined, createdAt: AT, lastUsedAt: undefined, revoked: { at: AT, reason: 'by_operator' } },
  ],
  grants: [{ clientId: 'wk_live_1', policy: 'user_onboarding@3', decidedAt: AT, reuseUntil: AT + 30 * DAY }, { clientId: 'wk_live_2', policy: 'user_onboarding@3', decidedAt: AT, reuseUntil: AT }],
  records: { Session: 1, Grant: 2, AccessToken: 4 },
  incidents: [{ id: 'i1', kind: 'device_reported', status: 'open', at: AT, journeyId: 'c2b1a0f9-1111-4111-8111-aaaaaaaaaaaa' }, { id: 'i2', kind: 'of_the_future', status: 'closed', at: AT, journeyId: undefined }],
  cases: [{ id: 'case-1', status: 'open', at: AT, journeyId: undefined }, { id: 'case-2', status: 'resolved', at: AT, journeyId: undefined }],
};
const page = (account: AccountView, role: Role = 'administrator', further = false) => accountPage({ account, may: (action) => mayDo([role], action), now: AT + 2 * DAY, further });

const preview: MergePreview = {
  source: row, target: { ...row, id: OTHER }, refusals: [], moves: { credentials: 1, journeys: 4, trusts: 2, passkeys: 1, incidents: 0, entries: 1 }, identity: { name: 'same', birthDate: 'same', asks: false }, sharedTrusts: 1, ends: 6,
  twoNames: ['user_onboarding'], clients: ['wk_live_1', 'wk_live_2'],
};
const plan: ErasurePlan = {
  account: row, refusals: [], holds: [], contacts: 0,
  goes: [{ table: 'evidence', rows: 12 }, { table: 'image', rows: 3 }, { table: 'passkey', rows: 0 }], stays: [{ table: 'account', rows: 1 }, { table: 'journey', rows: 4 }],
};
const ask = askPage({
  accountId: ID, title: 'Revoke this device?', action: `/admin/accounts/${ID}/devices/d1/revoke`, button: 'Revoke', cancel: `/admin/accounts/${ID}`,
  sentences: ['The device is not trusted any more for this person, in any workflow: they are verified anew the next time they come with it.'],
  check: { name: 'grants', label: 'End what was granted too', hint: 'Applications ask the person to sign in again.' }, hidden: { passkey: HOSTILE },
});

export const SAMPLES: readonly AdminSample[] = [
  { name: 'accounts_list', page: accountListPage({ found: { rows, next: 'abc' }, further: false }) },
  { name: 'accounts_list_empty', page: accountListPage({ found: { rows: [], next: undefined }, further: false }) },
  { name: 'accounts_list_end', page: accountListPage({ found: { rows: [], next: undefined }, further: true }) },
  { name: 'accounts_find', page: accountSearchPage({ found: undefined }) },
  { name: 'accounts_find_fault', page: accountSearchPage({ found: undefined }), errors: { who: 'Enter whom to look for.' }, values: { by: 'phone', who: HOSTILE } },
  { name: 'accounts_find_several', page: accountSearchPage({ found: rows }), values: { by: 'phone', who: '+14075550101' } },
  { name: 'accounts_find_nobody', page: accountSearchPage({ found: [] }), values: { by: 'email', who: HOSTILE } },
  { name: 'accounts_account', page: page(full), notice: 'Trust ended: 2.' },
  { name: 'accounts_account_new', page: page(empty) },
  { name: 'accounts_account_auditor', page: page(full, 'auditor', true) },
  { name: 'accounts_account_merged', page: page({ ...empty, state: 'merged', mergedInto: OTHER, mergedAt: AT }) },
  { name: 'accounts_account_erasing', page: page({ ...empty, state: 'erasing', erasure: { begunAt: AT, finishedAt: undefined, counts: {} } }) },
  { name: 'accounts_account_erased', page: page({ ...empty, state: 'erased', erasure: { begunAt: AT, finishedAt: AT + 1_000, counts: { evidence: 12, journey: 4, of_the_future: 1 } } }) },
  { name: 'accounts_ask', page: ask },
  { name: 'accounts_ask_fault', page: ask, errors: { reason: REASON_FAULT }, values: { reason: HOSTILE, grants: 'on' } },
  {
    name: 'accounts_revealed',
    page: revealedAccountPage({
      account: full, reason: `Called about it ${HOSTILE}`,
      revealed: { credentials: [{ workflowId: 'user_onboarding', hashPrefix: 'aB3_x9-Qwe', name: Personal.of(HOSTILE) }, { workflowId: 'continuous_reauth', hashPrefix: 'Zz9_x9-Qwe', name: undefined }], profile: Personal.of([['givenName', 'Andrew'], ['familyName', HOSTILE]]) },
    }),
  },
  { name: 'accounts_revealed_empty', page: revealedAccountPage({ account: empty, reason: 'Called about it', revealed: { credentials: [], profile: Personal.of([]) } }) },
  { name: 'accounts_merge', page: mergePage({ id: ID, target: '', preview: undefined }) },
  { name: 'accounts_merge_fault', page: mergePage({ id: ID, target: HOSTILE, preview: undefined }), errors: { target: 'This is not the id of an account.' }, values: { target: HOSTILE } },
  { name: 'accounts_merge_preview', page: mergePage({ id: ID, target: OTHER, preview }), errors: { confirm: 'Type 3f0c6f52, the beginning of the account’s id, to confirm.', reason: REASON_FAULT }, values: { reason: 'no' } },
  { name: 'accounts_merge_differs', page: mergePage({ id: ID, target: OTHER, preview: { ...preview, identity: { name: 'differs', birthDate: 'unknown', asks: true } } }), errors: { one: ONE_PERSON_FAULT }, values: { reason: HOSTILE } },
  { name: 'accounts_merge_refused', page: mergePage({ id: ID, target: OTHER, preview: { ...preview, refusals: ['erased', 'held', 'mode_differs'] } }) },
  { name: 'accounts_merge_nobody', page: mergePage({ id: ID, target: OTHER, preview: { ...preview, target: undefined, refusals: ['not_found'], sharedTrusts: 0, twoNames: [], clients: [] } }) },
  { name: 'accounts_erase', page: erasePage(plan) },
  { name: 'accounts_erase_contacts', page: erasePage({ ...plan, contacts: 3 }) },
  { name: 'accounts_erase_fault', page: erasePage(plan), errors: { confirm: 'Type 3f0c6f52, the beginning of the account’s id, to confirm.' }, values: { confirm: HOSTILE } },
  { name: 'accounts_erase_held', page: erasePage({ ...plan, refusals: ['held'], holds: [hold] }) },
  { name: 'accounts_journey_hold', page: journeyHoldPage({ journeyId: '', holds: [] }) },
  { name: 'accounts_journey_hold_held', page: journeyHoldPage({ journeyId: released.subjectId, holds: [{ ...released, released: undefined }, released] }), values: { journey: released.subjectId } },
  { name: 'accounts_journey_hold_fault', page: journeyHoldPage({ journeyId: HOSTILE, holds: [] }), errors: { journey: 'Enter the transaction id of a journey.', reason: REASON_FAULT }, values: { journey: HOSTILE } },
];
