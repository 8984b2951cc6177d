import { readFileSync } from 'node:fs';
import { comparePage } from '../../../src/admin/cases/compare_page.ts';
import { askedPage, casePage, queuePage, type CaseModel, type CaseSearch } from '../../../src/admin/cases/pages.ts';
import type { CaseLine, FoundCase } from '../../../src/admin/cases/store.ts';
import type { FoundChecks } from '../../../src/admin/journeys/found.ts';
import type { PictureBeside, RevealedBeside } from '../../../src/admin/journeys/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';
import { Personal } from '../../../src/personal.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOUR = 3_600_000;
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;
const NONE: CaseSearch = { show: '', who: '', workflow: '', tag: '', mode: '' };
const CHOICES = { workflows: ['onboarding'], tags: ['selfie_matches'], people: [{ id: 's1', name: HOSTILE }, { id: 's2', name: 'Ada Byron' }] };
const JOURNEY = '4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11';

const line: CaseLine = {
  id: 'c1', kind: 'review', status: 'open', version: 3, mode: 'live', workflowId: 'onboarding', journeyId: JOURNEY, tags: ['selfie_matches', 'outcome_file'],
  openedAt: AT, dueAt: AT + 24 * HOUR, resolvedAt: undefined, resolution: undefined, assignee: { id: 's1', name: HOSTILE }, fourEyes: true,
  proposal: { verdict: 'approve', code: 'picture_was_poor', by: { kind: 'staff', id: 's2', name: HOSTILE }, at: AT },
};
const LINES: readonly CaseLine[] = [
  line,
  { ...line, id: 'c2', dueAt: AT - HOUR, assignee: undefined, proposal: undefined, mode: 'test' },
  { ...line, id: 'c3', kind: 'incident', workflowId: undefined, journeyId: undefined, status: 'resolved', resolvedAt: AT, resolution: 'incident_acted', tags: ['device_reported'], proposal: undefined, fourEyes: false },
];
const found: FoundCase = {
  ...line,
  journey: {
    id: JOURNEY, clientId: 'key', workflow: 'onboarding@3', createdAt: AT - HOUR, expiresAt: AT, erased: false,
    decision: { verdict: 'review', reasons: [{ code: 'selfie_matches', detail: { distance: 0.58 } }], policy: 'onboarding@3', at: AT },
    results: [{ node: 'document_selfie', step: 'document_selfie', outcome: 'doubtful', reasons: [], at: AT }], reviews: [],
  },
  incident: undefined,
  notes: [{ at: AT, kind: 'comment', by: HOSTILE, text: Personal.of(HOSTILE) }, { at: AT, kind: 'reason', by: 'Ada', text: undefined }],
  history: [{ at: AT, by: HOSTILE, action: 'proposed', details: { verdict: 'approve' } }, { at: AT, by: 'Gatehouse', action: 'opened', details: {} }],
  related: [{ by: 'phone', journeys: [{ id: JOURNEY, verdict: 'deny', createdAt: AT }], more: true }, { by: 'device', journeys: [], more: false }],
};
const all = { work: true, decide: true, reveal: true, journey: true, account: true };
const model: CaseModel = { found, journey: undefined, people: CHOICES.people, ending: '23', me: 's1', may: all, now: AT };
const incident: FoundCase = {
  ...found, ...LINES[2], status: 'open', resolvedAt: undefined, resolution: undefined, journey: undefined, related: [], notes: [],
  incident: { id: 'i1', kind: 'device_reported', accountId: 'a1', deviceId: 'd1', journeyId: JOURNEY, details: { by: HOSTILE }, at: AT },
} as FoundCase;

/** A picture made for trying the document reader out; of nobody. */
const jpeg = (path: string): Personal<Uint8Array> => Personal.of(new Uint8Array(readFileSync(new URL(`../../../src/documents/${path}`, import.meta.url))));
const data = (documents: readonly object[]) => Personal.of({
  credential: undefined, prefill: undefined, typed: undefined, released: undefined, places: [], unreadable: ['consent'],
  claimed: { givenName: HOSTILE, familyName: 'Eriksson', street: '', city: '', region: '', postalCode: '', country: 'US', phone: '+14075550123' }, documents,
}) as RevealedBeside['data'];
const picture = (id: string, purpose: string, minutes: number, from: string | undefined): PictureBeside =>
  ({ id, purpose, createdAt: AT + minutes * 60_000, deleteAt: AT + 72 * HOUR, jpeg: from === undefined ? undefined : jpeg(from) });
const REVEALED: RevealedBeside = {
  data: data([{ accepted: false, at: AT, document: { type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: 'ERIKSSON', givenName: 'Anna', birthDate: '1974-08-12', expiryDate: '2030-04-15', method: 'mrz' } }]),
  beside: [picture('p2', 'document_front', 1, undefined), picture('p3', 'document_front', 6, 'mrz/sample.jpg'), picture('p4', 'document_back', 7, 'barcode/sample.jpg'), picture('p5', 'selfie', 8, 'face/sample_one.jpg')],
  further: [{ id: 'p1', purpose: 'selfie', deleteAt: AT + 72 * HOUR, grant: 'g' }],
};
const checksAt = (minutes: number, status: FoundChecks['findings'][number]['status'], why?: string): FoundChecks =>
  ({ at: AT + minutes * 60_000, node: 'document_selfie', accepted: false, reader: 'gatehouse 1', authenticity: 'not_verified', findings: [{ code: 'picture_quality', status, why }] });
const CHECKS = [checksAt(3, 'fail', 'glare'), checksAt(9, 'pass')];

const ASKED = { kind: 'asked', url: 'https://id.example.com/again/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG', expiresAt: AT + HOUR } as const;

export const SAMPLES: readonly AdminSample[] = [
  { name: 'cases_queue', page: queuePage({ found: { lines: LINES, next: 'x' }, search: NONE, choices: CHOICES, next: '/admin/cases?before=x', first: '', now: AT }) },
  { name: 'cases_queue_empty', page: queuePage({ found: { lines: [], next: undefined }, search: NONE, choices: CHOICES, next: '', first: '', now: AT }) },
  { name: 'cases_queue_nothing_fits', page: queuePage({ found: { lines: [], next: undefined }, search: { ...NONE, tag: 'selfie_matches' }, choices: CHOICES, next: '', first: '', now: AT }) },
  { name: 'case_open', page: casePage(model) },
  { name: 'case_faults', page: casePage({ ...model, me: 's3' }), errors: { approveCode: 'Choose the reason.', add: 'A case has at most 20 tags.', takeOver: 'Somebody works on this case.' }, values: { approveWords: HOSTILE, add: HOSTILE } },
  { name: 'case_own_proposal', page: casePage({ ...model, me: 's2' }) },
  { name: 'case_for_an_auditor', page: casePage({ ...model, may: { work: false, decide: false, reveal: false, journey: true, account: false } }) },
  { name: 'case_waiting', page: casePage({ ...model, found: { ...found, status: 'waiting', proposal: undefined } }) },
  { name: 'case_resolved', page: casePage({ ...model, found: { ...found, status: 'resolved', resolvedAt: AT + 48 * HOUR, resolution: 'reviewed_approve', proposal: undefined } }) },
  { name: 'case_follow_up', page: casePage({ ...model, found: { ...found, kind: 'follow_up', fourEyes: false, proposal: undefined, tags: ['looked_odd'], journey: found.journey && { ...found.journey, decision: { verdict: 'deny', reasons: [{ code: 'selfie_matches' }], policy: 'onboarding@3', at: AT } } } }) },
  { name: 'case_incident', page: casePage({ ...model, found: incident }) },
  { name: 'case_no_phone', page: casePage({ ...model, ending: undefined, me: 's3' }), errors: { send: 'There is no phone that the link may be sent to any more.' }, values: { againWords: HOSTILE } },
  { name: 'case_asked', page: askedPage(found, ASKED) },
  { name: 'case_asked_by_text', page: askedPage(found, { kind: 'sent', expiresAt: AT + HOUR, ending: '23' }) },
  { name: 'case_asked_not_sent', page: askedPage(found, { ...ASKED, unsent: { kind: 'failed', id: 'm', code: HOSTILE } }) },
  { name: 'case_asked_perhaps_sent', page: askedPage(found, { ...ASKED, unsent: { kind: 'unknown', id: 'm', code: 'timed_out' } }) },
  { name: 'case_compare', page: comparePage(found, REVEALED, CHECKS, HOSTILE) },
  { name: 'case_compare_nothing_read', page: comparePage(found, { data: data([]), beside: [], further: [] }, [], 'The checks say nothing at all') },
];
