/** Steps and their outcomes in plain words, for the graph, the routes editor and the templates' page. */
import type { StepName } from '../../journey/journey.ts';
import type { Target } from '../../journey/workflow.ts';

export interface StepText {
  readonly title: string;
  /** What it does, in a sentence. */
  readonly text: string;
  /** When each outcome comes about. */
  readonly outcomes: Readonly<Record<string, string>>;
}

const TROUBLE = {
  could_not_tell: 'The vendor answered that it cannot tell.',
  timed_out: 'No answer came in time.',
  broke: 'Something broke on the way.',
} as const;

export const STEP_TEXTS: Readonly<Record<StepName, StepText>> = {
  trusted_device: {
    title: 'Trusted device',
    text: 'Recognises somebody who comes back by the key of their browser or a passkey, without asking anything.',
    outcomes: {
      trusted: 'A trusted device, and nothing speaks against it.',
      elevated: 'Known, but something is less than clean: one more proof is owed.',
      high: 'Known, but so much speaks against it that they have to be verified anew.',
      blocked: 'Contradicts itself, or is blocked.',
      unknown: 'Nobody who is known here.',
    },
  },
  session_risk: {
    title: 'Session risk',
    text: 'Judges the browser and its network before anything is asked.',
    outcomes: {
      allow: 'Nothing speaks against this session.',
      challenge: 'Some doubt: more proof than usual is wanted.',
      deny: 'Forbidden by a rule, or too many risk points.',
      known: 'They signed in with a passkey.',
    },
  },
  pii_validation: {
    title: 'Name, address and phone',
    text: 'Asks for name, address and phone and matches them with carrier and identity records.',
    outcomes: {
      match: 'A source confirms the person, and the phone passes its checks.',
      no_match: 'No source confirms the person.',
      phone_risk: 'The phone fails a check, such as a recent SIM swap.',
      unsupported_country: 'No source covers the country.',
      ...TROUBLE,
    },
  },
  sms_link: {
    title: 'Link to the phone',
    text: 'Sends a one-time link that has to be confirmed on the phone.',
    outcomes: {
      confirmed: 'Confirmed on the phone.',
      opened_on_desktop: 'Confirmed on a desktop instead of the phone.',
      wrong_number: 'The number picked is not the one on the screen.',
      refused: 'Somebody said “this was not me”.',
      timed_out: 'The link was not confirmed in time.',
      undeliverable: 'The message could not be delivered.',
      broke: TROUBLE.broke,
    },
  },
  document_selfie: {
    title: 'Document and selfie',
    text: 'Photographs of a government document, checked, and a selfie compared with its portrait.',
    outcomes: {
      pass: 'The document is accepted and the face matches.',
      fail: 'The document or the face is not accepted.',
      doubtful: 'Neither clearly accepted nor clearly refused.',
      cannot_capture: 'The person cannot take the pictures.',
      consent_declined: 'The person does not agree to the use of their face.',
      refused: 'Somebody said “this was not me” on the phone.',
      ...TROUBLE,
    },
  },
  kba: {
    title: 'Questions',
    text: 'Questions that only the person should be able to answer.',
    outcomes: {
      pass: 'Enough right answers.',
      fail: 'Too few right answers.',
      declined: 'The person does not agree to be asked.',
      not_offered: 'This workflow does not ask questions.',
      ...TROUBLE,
    },
  },
  otp: {
    title: 'Code to the phone',
    text: 'Sends six digits by text or call, to be typed in.',
    outcomes: {
      confirmed: 'The right code was typed.',
      wrong_code: 'Wrong codes only.',
      timed_out: 'No code was typed in time.',
      undeliverable: 'The message could not be delivered.',
      broke: TROUBLE.broke,
    },
  },
  watchlist: {
    title: 'Watchlists',
    text: 'Looks the name up in the configured lists.',
    outcomes: { clear: 'On no list.', hit: 'On a list.', ...TROUBLE },
  },
};

export const END_TEXTS = {
  approve: { title: 'Approve', text: 'The person is who they say.' },
  deny: { title: 'Deny', text: 'The application is told no.' },
  review: { title: 'Review', text: 'A person looks at it: a case is opened.' },
} as const;

/** An outcome's name as it is read: `opened on desktop`. */
export function outcomeTitle(outcome: string): string {
  return outcome.replaceAll('_', ' ');
}

/** Where a route leads, in words; `title` is what the target node's step is called. */
export function targetText(target: Target, titleOf: (node: string) => string): string {
  return 'end' in target ? END_TEXTS[target.end].title : titleOf(target.go);
}
