import { journeyDetailPage, type JourneyDetailModel } from '../../../src/admin/journeys/detail_page.ts';
import type { FoundJourney } from '../../../src/admin/journeys/found.ts';
import { journeyListPage, journeysOfPersonPage, type JourneyListModel } from '../../../src/admin/journeys/list_pages.ts';
import { liveState } from '../../../src/admin/journeys/live.ts';
import { revealFormPage, revealedPage } from '../../../src/admin/journeys/reveal_pages.ts';
import type { RevealedData } from '../../../src/admin/journeys/revealed.ts';
import { searchOf } from '../../../src/admin/journeys/search_form.ts';
import type { JourneyLine } from '../../../src/admin/journeys/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';

export const HOSTILE = `<script>alert(1)</script>"'`;
const AT = Date.UTC(2026, 10, 20, 9, 30);
const ID = '0b0c9a50-7f0e-4c7e-9d5e-2f6f3a1c0d11';
const definition = workflowDefinition.parse(TEMPLATES['user_onboarding']);

const line = (index: number, facts: Partial<JourneyLine> = {}): JourneyLine => ({
  id: `0b0c9a50-7f0e-4c7e-9d5e-${String(index).padStart(12, '0')}`, workflowId: 'user_onboarding', clientId: 'live_6f1c0a2b9d3e4f50', mode: 'live', createdAt: AT - index * 61_000,
  verdict: 'approve', reason: 'link_confirmed', lastStep: 'sms_link', ...facts,
});
const LIST: JourneyListModel = {
  found: {
    lines: [
      line(1, { verdict: undefined, reason: undefined, lastStep: 'pii_validation', mode: 'test', clientId: 'test_1' }), line(2), line(3, { verdict: 'deny', reason: 'simChangeDetected', lastStep: 'pii_validation' }),
      line(4, { verdict: 'review', reason: 'portrait_present', lastStep: 'document_selfie' }), line(5, { workflowId: HOSTILE, clientId: HOSTILE, reason: HOSTILE }),
      line(6, { verdict: undefined, reason: undefined, lastStep: undefined }),
    ],
    next: 'MTc2MzYzMTAwMDAwMDowYjBj',
  },
  search: searchOf({}), choices: { workflows: ['kyc', 'user_onboarding', HOSTILE], keys: ['live_6f1c0a2b9d3e4f50', HOSTILE] }, further: false, people: true,
};
const NONE = { lines: [], next: undefined };

export const FOUND: FoundJourney = {
  id: ID, workflow: 'user_onboarding@3', workflowId: 'user_onboarding', workflowVersion: 3, mode: 'test', clientId: 'test_6f1c0a2b9d3e4f50',
  createdAt: AT, expiresAt: AT + 1_800_000, decidedAt: AT + 95_000, deleteAt: AT + 365 * 86_400_000, extensions: 1, simulated: true, credentialBound: true, erasedAt: undefined,
  accountId: 'a7f0c9d2-1111-4c7e-9d5e-2f6f3a1c0d11', deviceId: 'dev_7c1',
  results: [
    { node: 'trusted_device', step: 'trusted_device', outcome: 'unknown', reasons: [{ code: 'device_not_known' }], at: AT + 900 },
    { node: 'session_risk', step: 'session_risk', outcome: 'allow', reasons: [{ code: 'hosting_net', detail: { points: 25 } }], at: AT + 4_000 },
    { node: 'pii_validation', step: 'pii_validation', outcome: 'match', reasons: [{ code: 'record_match', detail: { matched: 4, asked: 4, needed: 3 } }], at: AT + 41_000 },
    { node: 'sms_link', step: 'sms_link', outcome: 'confirmed', reasons: [{ code: 'link_confirmed', detail: { messages: 1 } }, { code: HOSTILE, detail: { [HOSTILE]: HOSTILE } }], at: AT + 95_000 },
  ],
  decision: { verdict: 'approve', policy: 'user_onboarding@3', at: AT + 95_000, reasons: [{ code: 'link_confirmed', detail: { messages: 1 } }] },
  events: [
    { at: AT, node: undefined, layer: 'phase', name: 'journey', outcome: 'start', reason: undefined, details: undefined },
    { at: AT + 4_000, node: 'session_risk', layer: 'label', name: 'session_risk', outcome: 'success', reason: undefined, details: undefined },
    { at: AT + 41_000, node: 'pii_validation', layer: 'block', name: 'carrierMatch', outcome: 'success', reason: 'record_match', details: { vendor: 'sandbox', latencyMs: 41 } },
    { at: AT + 42_000, node: 'sms_link', layer: 'block', name: 'messageDelivery', outcome: 'success', reason: 'sent', details: { attempt: 1 } },
    { at: AT + 95_000, node: HOSTILE, layer: 'label', name: HOSTILE, outcome: 'failure', reason: HOSTILE, details: { browser: HOSTILE } },
    { at: AT + 95_000, node: undefined, layer: 'phase', name: 'journey', outcome: 'next', reason: 'link_confirmed', details: { verdict: 'approve' } },
  ],
  risk: [
    {
      at: AT + 4_000, node: 'session_risk', policyVersion: 2, outcome: 'allow', score: 25,
      record: {
        version: 2, policy: 'user_onboarding@3', policyVersion: 2, mode: 'test',
        signals: [
          { id: 'hosting', version: 1, status: 'ok', severity: 'medium', code: 'hosting_net', details: { net: 'listed' }, source: 'feed', feedVersion: 'sha256:9a1c of 2026-11-19' },
          { id: 'tor', version: 1, status: 'unknown', severity: 'none', code: 'tor_list_not_configured', details: {}, source: 'feed' },
          { id: 'user_agent', version: 1, status: 'ok', severity: 'high', code: 'user_agent_robot', details: { family: HOSTILE }, source: 'headers' },
        ],
        facts: {}, rules: [{ name: 'automation', outcome: 'deny', code: 'user_agent_robot', enforced: false, on: true }],
        points: [{ code: 'hosting_net', points: 25, enforced: true, unknown: false }, { code: 'user_agent_robot', points: 60, enforced: false, unknown: false }],
        score: 25, thresholds: { challengeAt: 40, denyAt: 80 }, allowListed: null, rule: 'score', outcome: 'allow', reasons: [{ code: 'hosting_net', detail: { points: 25 } }],
        whatIf: [{ without: 'hosting_net', kind: 'signal', outcome: 'allow', score: 0 }, { without: 'automation', kind: 'rule', outcome: 'deny', score: 85 }],
      },
      shadow: { policyVersion: 3, outcome: 'challenge', record: undefined },
    },
    { at: AT + 5_000, node: 'again', policyVersion: 0, outcome: 'deny', score: 100, record: undefined, shadow: undefined },
  ],
  devices: [
    {
      channel: 'browser', id: 'dev_7c1', kind: 'desktop', label: HOSTILE, issuedAt: AT + 96_000,
      trusts: [
        { workflowId: 'user_onboarding', acr: 'urn:gatehouse:acr:phone', reason: 'sms_link', byThis: true, expiresAt: AT + 180 * 86_400_000, revoked: undefined },
        { workflowId: HOSTILE, acr: 'urn:gatehouse:acr:match', reason: 'pii_validation', byThis: false, expiresAt: AT, revoked: { at: AT + 99_000, reason: 'lost' } },
      ],
    },
    { channel: 'phone', id: 'dev_8d2', kind: 'phone', label: undefined, issuedAt: undefined, trusts: [] },
  ],
  returns: { deviceId: 'dev_7c1', count: 14, firstAt: AT + 86_400_000, lastAt: AT + 9 * 86_400_000, country: 'US', policyVersion: 2, refused: { count: 2, at: AT + 5 * 86_400_000, code: 'country_changed' } },
  evidence: [
    { kind: 'session', node: 'session_risk', simulated: false, at: AT + 4_000 }, { kind: 'claimed_identity', node: 'pii_validation', simulated: true, at: AT + 41_000 },
    { kind: 'phone_possession', node: 'sms_link', simulated: true, at: AT + 95_000 },
  ],
  consents: [
    { at: AT + 40_000, node: 'pii_validation', purpose: 'phone_data_and_messages', textHash: '5f'.repeat(32), text: `You allow ${HOSTILE} to check your details with your carrier and to send one text message.`, locale: 'en', method: 'button' },
    { at: AT + 60_000, node: 'document_selfie', purpose: 'biometrics', textHash: '6e'.repeat(32), text: undefined, locale: 'es', method: 'button' },
  ],
  messages: [
    { id: 'm1', attempt: 1, status: 'delivered', provider: 'outbox', code: undefined, sentAt: AT + 42_000, updatedAt: AT + 44_000 },
    { id: 'm2', attempt: 2, status: 'failed', provider: undefined, code: HOSTILE, sentAt: AT + 72_000, updatedAt: AT + 74_000 },
  ],
  checks: [
    {
      at: AT + 80_000, node: 'document_selfie', accepted: true, reader: 'gatehouse 1', authenticity: 'not_verified',
      findings: [{ code: 'check_digits', status: 'pass', why: undefined }, { code: 'selfie_matches', status: 'doubt', why: 'distance' }, { code: 'not_expired', status: 'fail', why: 'expired' }],
    },
    { at: AT + 70_000, node: 'document_selfie', accepted: false, reader: '', authenticity: '', findings: [] },
  ],
  pictures: [{ id: 'img1', purpose: 'document_front', deleteAt: AT + 86_400_000 }, { id: 'img2', purpose: 'selfie', deleteAt: AT + 86_400_000 }],
};

const RUNNING: FoundJourney = {
  ...FOUND, decision: undefined, decidedAt: undefined, accountId: undefined, deviceId: undefined, credentialBound: false, simulated: false, mode: 'live', extensions: 0,
  results: FOUND.results.slice(0, 3), events: FOUND.events.slice(0, 4), devices: [], returns: undefined, checks: [], pictures: [], messages: FOUND.messages.slice(0, 1),
};
const BARE: FoundJourney = { ...RUNNING, results: [], events: [], risk: [], evidence: [], consents: [], messages: [] };
const ERASED: FoundJourney = { ...FOUND, erasedAt: AT + 30 * 86_400_000, evidence: [], checks: [], pictures: [], devices: [], messages: [] };

const MAY = { reveal: true, account: true, workflow: true, key: true, hold: true };
const detail = (found: FoundJourney, more: Partial<JourneyDetailModel> = {}) =>
  journeyDetailPage({ found, definition, live: liveState(found, definition, AT + 60_000), layer: undefined, caseHref: undefined, may: MAY, ...more });

export const OPENED: RevealedData = {
  credential: HOSTILE, prefill: { givenName: 'Andrew', email: 'a@example.com' }, typed: { country: 'US', email: undefined, username: HOSTILE },
  claimed: { givenName: 'Andrew', familyName: HOSTILE, street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone: '+14075550123', birthDate: '1969-09-26' },
  released: { givenName: 'Andrew', familyName: HOSTILE, street: '', city: '', region: '', postalCode: '', country: 'US', phone: '+14075550123', phoneVerified: true },
  documents: [{
    accepted: false, at: AT, document: {
      type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: HOSTILE, givenName: 'ANDREW', birthDate: '1969-09-26', expiryDate: '2030-04-15', method: 'mrz',
      address: { street: '1 Way', city: 'Town', region: '', postalCode: '1', country: 'US' },
    },
  }],
  places: [{ of: 'session', at: AT, address: '203.0.113.9', userAgent: `Mozilla/5.0 ${HOSTILE}` }, { of: 'consent', at: AT, address: undefined, userAgent: undefined }],
  unreadable: [],
};
const NOTHING: RevealedData = { credential: undefined, prefill: undefined, typed: undefined, claimed: undefined, released: undefined, documents: [], places: [], unreadable: ['opening', 'claimed_identity'] };

export const SAMPLES: readonly AdminSample[] = [
  { name: 'journeys_list', page: journeyListPage(LIST), values: { ...searchOf({}), find: '' } },
  { name: 'journeys_list_first_ever', page: journeyListPage({ ...LIST, found: NONE, people: false }) },
  { name: 'journeys_list_nothing_fits', page: journeyListPage({ ...LIST, found: NONE, search: searchOf({ reason: HOSTILE, workflow: 'gone' }), further: true }), values: { reason: HOSTILE, workflow: 'gone' } },
  {
    name: 'journeys_list_faults', page: journeyListPage({ ...LIST, found: NONE, search: searchOf({ from: 'x' }) }), values: { find: HOSTILE, from: 'x' },
    errors: { find: 'There is no journey with this id, or none any more.', from: 'Enter a day as year-month-day, such as 2026-11-21.' },
  },
  { name: 'journeys_of_person', page: journeysOfPersonPage({ kind: 'email', found: LIST.found, key: 'email.x' }) },
  { name: 'journeys_of_person_none', page: journeysOfPersonPage({ kind: 'credential', found: NONE, key: 'credential.x' }) },
  { name: 'journeys_of_person_fault', page: journeysOfPersonPage({ kind: 'phone', found: undefined, key: '' }), errors: { who: 'Enter the number with its country, such as +1 407 555 0123.' }, values: { who: HOSTILE, by: 'phone' } },
  { name: 'journey_approved', page: detail(FOUND, { caseHref: '/admin/cases/c1' }) },
  { name: 'journey_running', page: detail(RUNNING) },
  { name: 'journey_begun', page: detail(BARE, { definition: undefined }) },
  { name: 'journey_erased', page: detail(ERASED, { layer: 'block', may: { reveal: false, account: false, workflow: false, key: false, hold: false } }) },
  { name: 'journey_reveal', page: revealFormPage(FOUND) },
  { name: 'journey_reveal_fault', page: revealFormPage(ERASED), errors: { reason: 'Say why, in at least 10 characters.' }, values: { reason: HOSTILE } },
  { name: 'journey_revealed', page: revealedPage(FOUND, { data: Personal.of(OPENED), pictures: FOUND.pictures.map((picture) => ({ ...picture, grant: 'a-grant' })) }, HOSTILE) },
  { name: 'journey_revealed_nothing', page: revealedPage(ERASED, { data: Personal.of(NOTHING), pictures: [] }, 'ticket 4711 of the person') },
];
