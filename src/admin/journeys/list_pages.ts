import type { AdminPage } from '../page.ts';
import { STEP_NAMES, type StepName } from '../../journey/journey.ts';
import { REASON_TEXTS, reasonText } from '../../journey/reason_texts.ts';
import { listHref, type JourneySearch } from './search_form.ts';
import { PERSON_KINDS, type JourneyLine, type JourneyPage, type PersonKind } from './store.ts';

/** What each kind is called where somebody is looked for. */
export const PERSON_TEXTS: Readonly<Record<PersonKind, string>> = {
  phone: 'Phone number',
  email: 'Email address',
  credential: 'The application’s name for its user',
};

/** Names kept for steps to come: no journey ends with one, so nobody is offered them. */
export const STEPS_TO_COME: readonly StepName[] = ['otp', 'watchlist'];

export interface JourneyListModel {
  readonly found: JourneyPage;
  readonly search: JourneySearch;
  readonly choices: { readonly workflows: readonly string[]; readonly keys: readonly string[] };
  /** Older ones than the newest are shown. */
  readonly further: boolean;
  /** May look for people. */
  readonly people: boolean;
}

export function journeyListPage({ found, search, choices, further, people }: JourneyListModel): AdminPage {
  const filtered = Object.values(search).some((value) => value !== '');
  return {
    view: 'admin/journeys/list.njk', title: 'Journeys', area: 'journeys', trail: [],
    model: {
      lines: found.lines.map(lineModel), search, choices: choicesModel(choices, search), filtered, people, personKinds: personChoices(),
      next: found.next === undefined ? '' : listHref(search, found.next),
      first: further ? listHref(search) : '',
    },
  };
}

export interface JourneysOfPersonModel {
  readonly kind: PersonKind;
  readonly found: JourneyPage | undefined;
  /** What finds them again without being typed again; empty where nobody was looked for. */
  readonly key: string;
}

/** Journeys of somebody who was looked for; what was typed is not on it. */
export function journeysOfPersonPage({ kind, found, key }: JourneysOfPersonModel): AdminPage {
  return {
    view: 'admin/journeys/of_person.njk', title: 'Journeys of one person', area: 'journeys', trail: [{ title: 'Journeys', href: '/admin/journeys' }],
    model: {
      kind, looked: found !== undefined, lines: (found?.lines ?? []).map(lineModel), personKinds: personChoices(), by: PERSON_TEXTS[kind],
      older: found?.next === undefined ? false : { key, before: found.next },
    },
  };
}

function lineModel(line: JourneyLine) {
  return {
    ...line, verdict: line.verdict ?? '', reason: line.reason ?? '', reasonText: line.reason === undefined ? '' : reasonText(line.reason), lastStep: line.lastStep ?? '',
    href: `/admin/journeys/${line.id}`,
  };
}

function personChoices() {
  return PERSON_KINDS.map((value) => ({ value, text: PERSON_TEXTS[value] }));
}

/** What is being filtered by is among the choices even where it is no longer there. */
function choicesModel({ workflows, keys }: JourneyListModel['choices'], search: JourneySearch) {
  const known = workflows.includes(search.workflow) || search.workflow === '' ? workflows : [...workflows, search.workflow];
  return {
    workflows: [{ value: '', text: 'Any' }, ...known.map((id) => ({ value: id, text: id }))],
    keys,
    reasons: Object.keys(REASON_TEXTS),
    steps: [{ value: '', text: 'Any' }, ...STEP_NAMES.filter((name) => !STEPS_TO_COME.includes(name)).map((name) => ({ value: name, text: name }))],
  };
}
