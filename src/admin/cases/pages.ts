/** The pages of cases: the queue, and one case. What was claimed beside what was shown is in `compare_page.ts`. */
import { againNodes, REVIEW_REASONS } from '../../journey/review.ts';
import type { FoundJourney } from '../journeys/found.ts';
import { SHORTEST_REASON } from '../reason.ts';
import type { AdminPage } from '../page.ts';
import { endingsOf, type CaseAsked, type CaseDesk, type CaseLine, type CasePage, type FoundCase } from './store.ts';
import { clockOf, KIND_TEXTS, reasonText, resolutionText, stepText, unsentText } from './words.ts';

const PATH = '/admin/cases';
export const TRAIL = [{ title: 'Cases', href: PATH }] as const;

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
    assigneeName: line.assignee?.name ?? '', title: KIND_TEXTS[line.kind],
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
  /** The last digits of the phone that a link may be sent to; undefined where there is none. */
  readonly ending: string | undefined;
  readonly me: string;
  readonly may: { readonly work: boolean; readonly decide: boolean; readonly reveal: boolean; readonly journey: boolean; readonly account: boolean };
  readonly now: number;
}

export function casePage({ found, journey, people, ending, me, may, now }: CaseModel): AdminPage {
  const reviewable = found.kind === 'review' && found.status === 'open' && found.journey?.decision?.verdict === 'review' && !found.journey.erased;
  const { proposal } = found;
  return {
    view: 'admin/cases/case.njk', title: `${KIND_TEXTS[found.kind]} of ${found.journey?.id ?? found.incident?.journeyId ?? found.id}`, area: 'cases', trail: TRAIL,
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
      may: { ...may, decide: may.decide && reviewable, link: may.decide && found.kind === 'review' && found.status === 'waiting' && !found.journey?.erased, close: may.decide && endingsOf(found.kind) !== undefined && found.status !== 'resolved', work: may.work, change: may.work && found.status !== 'resolved' },
      mine: found.assignee?.id === me,
      people: [{ value: '', text: 'Nobody' }, ...people.map(({ id, name }) => ({ value: id, text: name }))],
      approveReasons: choicesOf('approve'), denyReasons: choicesOf('deny'), againReasons: choicesOf('again'),
      steps: againNodes(found.journey?.results ?? []).map(({ node, step, outcome }) => ({ value: node, text: `${node === step ? step : `${node} (${step})`}, which ended ${outcome}` })),
      endings: [{ value: '', text: 'Choose' }, ...Object.entries(endingsOf(found.kind) ?? {}).map(([value, text]) => ({ value, text }))],
      shortest: SHORTEST_REASON, ending: ending ?? '', messages: sinceAsked(found, journey),
    },
  };
}

/** Messages since the person was asked for a step again last: what became of each. */
function sinceAsked({ journey: about }: FoundCase, journey: FoundJourney | undefined) {
  const asked = about?.reviews.findLast(({ verdict }) => verdict === 'again');
  return asked === undefined ? [] : (journey?.messages ?? []).filter(({ sentAt }) => sentAt >= asked.at).map(({ status, code, sentAt }) => ({ status, code: code ?? '', at: sentAt }));
}

function choicesOf(verdict: keyof typeof REVIEW_REASONS): readonly { readonly value: string; readonly text: string }[] {
  return [{ value: '', text: 'Choose a reason' }, ...REVIEW_REASONS[verdict].map(({ code, text }) => ({ value: code, text }))];
}

/** The link by which the person goes on, shown this once; or that it went to their phone, and is shown to nobody. */
export function askedPage({ id, journey, journeyId }: Pick<FoundCase, 'id' | 'journey' | 'journeyId'>, asked: Exclude<CaseAsked, { readonly kind: 'refused' }>): AdminPage {
  const unsent = asked.kind === 'asked' ? asked.unsent : undefined;
  return {
    view: 'admin/cases/asked.njk', title: 'The person is asked again', area: 'cases', trail: [...TRAIL, { title: journey?.id ?? journeyId ?? id, href: `${PATH}/${id}` }],
    model: {
      url: asked.kind === 'asked' ? asked.url : '', ending: asked.kind === 'sent' ? asked.ending : '', expiresAt: asked.expiresAt, backHref: `${PATH}/${id}`,
      unsent: unsent ? unsentText(unsent.code) : '', maybe: unsent?.kind === 'unknown', journeyHref: journey ? `/admin/journeys/${journey.id}` : '',
    },
  };
}
