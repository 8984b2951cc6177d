/** Cases in words: the clock, what was done, why something was refused. Pure. */
import { ASKED_AGAIN } from '../../journey/asked_again.ts';
import { NEVER_CAME, REVIEW_REASONS } from '../../journey/review.ts';
import { endingsOf, type CaseKind, type CaseLine, type CaseRefusal, type CaseStep } from './store.ts';

const MINUTE = 60_000;

/** What a case is called. */
export const KIND_TEXTS: Readonly<Record<CaseKind, string>> = { review: 'Review', incident: 'Incident', follow_up: 'Follow-up' };

/** `2 hours`, `3 days`: the largest whole unit. */
function span(ms: number): string {
  const minutes = Math.max(1, Math.floor(ms / MINUTE));
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : minutes < 2880 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The clock of a case; it stands while the person is waited for, and once it is resolved. */
export function clockOf({ status, dueAt, resolvedAt }: Pick<CaseLine, 'status' | 'dueAt' | 'resolvedAt'>, now: number): { readonly text: string; readonly overdue: boolean } {
  if (status === 'resolved') return { text: resolvedAt !== undefined && resolvedAt > dueAt ? `resolved ${span(resolvedAt - dueAt)} late` : 'resolved in time', overdue: false };
  if (status === 'waiting') return { text: 'waiting for the person', overdue: false };
  return now > dueAt ? { text: `overdue by ${span(now - dueAt)}`, overdue: true } : { text: `${span(dueAt - now)} left`, overdue: false };
}

const RESOLUTIONS: Readonly<Record<string, string>> = {
  reviewed_approve: 'approved by a reviewer', reviewed_deny: 'declined by a reviewer', review_never_came: 'denied: nobody decided for as long as journeys are kept',
  route_approve: 'approved after the step was done again', route_deny: 'denied after the step was asked again',
  incident_closed: 'closed', ...Object.fromEntries((['incident', 'follow_up'] as const).flatMap((kind) => Object.entries(endingsOf(kind) ?? {}).map(([code, text]) => [`${kind}_${code}`, text]))),
};

export function resolutionText(code: string | undefined): string {
  return code === undefined ? '' : (RESOLUTIONS[code] ?? code);
}

const ACTIONS: Readonly<Record<string, string>> = {
  opened: 'Opened', reopened: 'Back in the queue: the step was done again, and a person has to look', assigned: 'Assigned', unassigned: 'Unassigned', tagged: 'Tags changed',
  proposed: 'Proposed a decision', withdrawn: 'Took the proposal back', disagreed: 'Disagreed with the proposal: back in the queue', decided: 'Decided',
  asked_again: 'Asked the person for a step again', link_renewed: 'Made a new link; the one before no longer works', resolved_by_route: 'Resolved: the journey came to its end', closed: 'Closed',
};

export function stepText({ action }: CaseStep): string {
  return ACTIONS[action] ?? action;
}

const REASON_TEXTS: ReadonlyMap<string, string> = new Map([
  ...Object.values(REVIEW_REASONS).flat(),
  { code: ASKED_AGAIN, text: 'A step was done again because a reviewer asked for it' },
  { code: NEVER_CAME, text: 'Nobody decided for as long as journeys are kept' },
].map(({ code, text }) => [code, text]));

/** A canned reason by its code. */
export function reasonText(code: string): string {
  return REASON_TEXTS.get(code) ?? code;
}

const REFUSALS: Readonly<Record<CaseRefusal, string>> = {
  not_in_review: 'This journey does not wait for a review any more. Look at the case again.',
  journey_gone: 'The journey is gone: it was deleted, or its person erased.',
  case_moved: 'Somebody else changed this case since you looked at it. Here it is as it stands now; look at it again.',
  second_person_needed: 'Another person has to confirm: nobody confirms what they proposed themselves.',
  approves_nobody: 'Nothing in this journey says who the person is, so it cannot be approved. Ask for a step again, or decline.',
  listed: 'The person, or a document, phone, email or device of this journey, is on a list of those who are denied, or the lists could not be read. Look at the lists first.',
  account_gone: 'The account was erased, or what the person came back by has ended.',
  bad_request: 'Choose one of the reasons, and a step that can be asked again.',
  unknown: 'There is no such case, or none any more.',
  resolved: 'This case was resolved meanwhile.',
  assigned: 'Somebody works on this case. Tick “take it over” if you mean to.',
  no_such_person: 'Nobody on the staff who may work on cases has this id.',
  people_only: 'Under four eyes only people propose and confirm, not tokens.',
  too_many_tags: 'A case has at most 20 tags.',
  not_waiting: 'Nobody waits for the person any more: they answered, or their time ran out. Look at the case again.',
  wrong_kind: 'This cannot be done with a case of this kind.',
  bad_ending: 'Choose one of the ways in which a case of this kind ends.',
  no_phone: 'There is no phone that the link may be sent to any more. Untick it, and send the link by another way.',
};

export function refusalText(why: CaseRefusal): string {
  return REFUSALS[why];
}

const UNSENT: Readonly<Record<string, string>> = {
  message_limit: 'this phone had as many messages as the workflow allows in a day',
  journey_over: 'the journey ended meanwhile',
  no_phone: 'there is no phone any more that it may be sent to',
  link_too_long: 'the address of this gateway is too long for one',
  not_configured: 'no sender of messages is configured',
  not_a_test_number: 'under test keys only test numbers are messaged',
};

/** Why a text message did not go out, for the middle of a sentence. */
export function unsentText(code: string): string {
  return UNSENT[code] ?? `the sender answered “${code}”`;
}
