/** The pages of cases: the queue, one case, and claimed beside shown. */
import { againNodes, REVIEW_REASONS } from '../../journey/review.ts';
import type { FoundJourney } from '../journeys/found.ts';
import type { RevealedData } from '../journeys/revealed.ts';
import { SHORTEST_REASON } from '../reason.ts';
import type { Revealed } from '../journeys/store.ts';
import type { AdminPage } from '../page.ts';
import { INCIDENT_ENDINGS, type CaseDesk, type CaseLine, type CasePage, type FoundCase } from './store.ts';
import { clockOf, reasonText, resolutionText, stepText } from './words.ts';

const PATH = '/admin/cases';
const TRAIL = [{ title: 'Cases', href: PATH }] as const;

/** What the filter's form holds. */
export type CaseSearch = Readonly<Record<'show' | 'who' | 'workflow' | 'tag' | 'mode', string>>;

export interface QueueModel {
  readonly found: CasePage;
  readonly search: CaseSearch;
  readonly choices: Awaited<ReturnType<CaseDesk['choices']>>;
  readonly next: string;
  readonly first: string;
  readonly now: number;
}

/** What both pages show of a case. */
function shown(line: CaseLine, now: number) {
  return {
    ...line, clock: clockOf(line, now), href: `${PATH}/${line.id}`, resolutionText: resolutionText(line.resolution),
    assigneeName: line.assignee?.name ?? '', title: line.kind === 'incident' ? 'Incident' : 'Review',
  };
}

export function queuePage({ found, search, choices, next, first, now }: QueueModel): AdminPage {
  const all = (text: string) => ({ value: '', text });
  return {
    view: 'admin/cases/queue.njk', title: 'Cases', area: 'cases', trail: [],
    model: {
      lines: found.lines.map((line) => shown(line, now)), search, next, first,
      filtered: Object.values(search).some((value) => value !== '') ,
      workflows: [all('Any'), ...choices.workflows.map((id) => ({ value: id, text: id }))],
      tags: [all('Any'), ...choices.tags.map((tag) => ({ value: tag, text: tag }))],
    },
  };
}

export interface CaseModel {
  readonly found: FoundCase;
  /** The journey with its checks; undefined for incidents and where it is gone. */
  readonly journey: FoundJourney | undefined;
  readonly people: readonly { readonly id: string; readonly name: string }[];
  readonly me: string;
  readonly may: { readonly work: boolean; readonly decide: boolean; readonly reveal: boolean; readonly journey: boolean; readonly account: boolean };
  readonly now: number;
}

export function casePage({ found, journey, people, me, may, now }: CaseModel): AdminPage {
  const reviewable = found.kind === 'review' && found.status === 'open' && found.journey?.decision?.verdict === 'review' && !found.journey.erased;
  const { proposal } = found;
  return {
    view: 'admin/cases/case.njk', title: `${found.kind === 'incident' ? 'Incident' : 'Review'} of ${found.journey?.id ?? found.incident?.journeyId ?? found.id}`, area: 'cases', trail: TRAIL,
    model: {
      case: {
        ...shown(found, now), journey: found.journey ?? false, incident: found.incident ?? false,
        // Comments may name somebody: they are for those who work on cases.
        notes: found.notes.map((note) => ({ at: note.at, by: note.by, kind: note.kind, text: may.work ? (note.text?.open() ?? '') : '', erased: note.text === undefined })),
        history: found.history.map((step) => ({ at: step.at, by: step.by, text: stepText(step), details: Object.keys(step.details).length === 0 ? '' : JSON.stringify(step.details) })),
        related: found.related.map(({ by, journeys, more }) => ({ by, journeys, more })),
        proposal: proposal ? { verdict: proposal.verdict, reason: reasonText(proposal.code), by: proposal.by.name, mine: proposal.by.id === me, at: proposal.at } : false,
        reasons: (found.journey?.decision?.reasons ?? []).map(({ code, detail }) => ({ code, detail: detail ? JSON.stringify(detail) : '' })),
        reviews: (found.journey?.reviews ?? []).map((round) => ({ verdict: round.verdict, reason: reasonText(round.code), at: round.at, node: round.node ?? '' })),
      },
      checks: journey?.checks.flatMap((one) => one.findings.map((finding) => ({ code: finding.code, status: finding.status, why: finding.why ?? '' }))) ?? [],
      pictures: journey?.pictures ?? [],
      may: { ...may, decide: may.decide && reviewable, link: may.decide && found.kind === 'review' && found.status === 'waiting' && !found.journey?.erased, close: may.decide && found.kind === 'incident' && found.status !== 'resolved', work: may.work, change: may.work && found.status !== 'resolved' },
      mine: found.assignee?.id === me,
      people: [{ value: '', text: 'Nobody' }, ...people.map(({ id, name }) => ({ value: id, text: name }))],
      approveReasons: choicesOf('approve'), denyReasons: choicesOf('deny'), againReasons: choicesOf('again'),
      steps: againNodes(found.journey?.results ?? []).map(({ node, step, outcome }) => ({ value: node, text: `${node === step ? step : `${node} (${step})`}, which ended ${outcome}` })),
      endings: [{ value: '', text: 'Choose' }, ...Object.entries(INCIDENT_ENDINGS).map(([value, text]) => ({ value, text }))],
      shortest: SHORTEST_REASON,
    },
  };
}

function choicesOf(verdict: keyof typeof REVIEW_REASONS): readonly { readonly value: string; readonly text: string }[] {
  return [{ value: '', text: 'Choose a reason' }, ...REVIEW_REASONS[verdict].map(({ code, text }) => ({ value: code, text }))];
}

/** Claimed and shown, as rows of one table. Pure. */
export function compared({ claimed, documents, prefill }: Pick<RevealedData, 'claimed' | 'documents' | 'prefill'>): readonly { readonly name: string; readonly claimed: string; readonly shown: string; readonly differs: boolean }[] {
  const said = claimed ?? prefill;
  const document = documents.at(-1)?.document;
  const row = (name: string, one: string | undefined, other: string | undefined) => {
    const [claimedText, shownText] = [one ?? '', other ?? ''];
    return { name, claimed: claimedText, shown: shownText, differs: claimedText !== '' && shownText !== '' && plainly(claimedText) !== plainly(shownText) };
  };
  return [
    row('Given name', said?.givenName, document?.givenName), row('Family name', said?.familyName, document?.familyName), row('Born', said?.birthDate, document?.birthDate),
    row('Street', said?.street, document?.address?.street), row('Town', said?.city, document?.address?.city), row('Postal code', said?.postalCode, document?.address?.postalCode),
    row('Country', said?.country, document?.address?.country), row('Phone', said?.phone, undefined),
    row('Document', undefined, document && `${document.type} of ${document.issuer}`), row('Document number', undefined, document?.number), row('Valid until', undefined, document?.expiryDate),
  ];
}

function plainly(text: string): string {
  return text.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

/** The link by which the person goes on, shown this once. */
export function askedPage({ id, journey, journeyId }: Pick<FoundCase, 'id' | 'journey' | 'journeyId'>, { url, expiresAt }: { readonly url: string; readonly expiresAt: number }): AdminPage {
  return {
    view: 'admin/cases/asked.njk', title: 'The person is asked again', area: 'cases', trail: [...TRAIL, { title: journey?.id ?? journeyId ?? id, href: `${PATH}/${id}` }],
    model: { url, expiresAt, backHref: `${PATH}/${id}` },
  };
}

/** The case's person, revealed. */
export function comparePage(found: FoundCase, { data, pictures }: Revealed, reason: string): AdminPage {
  const opened = data.open();
  const journeyId = found.journey?.id ?? '';
  return {
    view: 'admin/cases/compare.njk', title: 'Claimed and shown', area: 'cases', trail: [...TRAIL, { title: journeyId, href: `${PATH}/${found.id}` }],
    model: {
      rows: compared(opened), reason, journeyId, backHref: `${PATH}/${found.id}`, read: opened.documents.length,
      unreadable: opened.unreadable,
      pictures: pictures.map((picture) => ({ ...picture, action: `/admin/journeys/${journeyId}/pictures/${picture.id}` })),
    },
  };
}
