import type { OptionField } from './option_fields.ts';

const ATTRIBUTES = {
  givenName: 'First name', familyName: 'Last name', street: 'Street and number', city: 'City', region: 'State or region', postalCode: 'Postal code', country: 'Country', birthDate: 'Date of birth',
} as const;

export const PERSON_FIELDS: readonly OptionField[] = [
  {
    path: 'identity', group: 'person', label: 'Who says who the person is', hint: 'Where the application says it (identity binding), the person must match what it says.',
    as: { kind: 'choice', texts: { person: 'The person, on the form', application: 'The application, by a signed or authenticated request' } },
  },
  { path: 'askBirthDate', group: 'person', label: 'Ask for the date of birth', hint: 'On the same form as name and address.', as: { kind: 'switch' } },
  { path: 'phoneCountries', group: 'person', label: 'Countries of the phone path', hint: 'Two capital letters per line. People of other countries end as “unsupported country”, usually with a document.', as: { kind: 'lines', entry: 'country' } },
  { path: 'piiAttempts', group: 'person', label: 'Tries', hint: 'How often somebody may send their details; only the last failure counts.', as: { kind: 'number', unit: 'tries' } },
  {
    path: 'consentTexts', group: 'person', label: 'Consent text', hint: 'Stands beside the phone field and is recorded with each consent. {app} becomes the name of the application. Needed in every language.',
    as: { kind: 'texts' },
  },
  { path: 'match.thresholds', group: 'person', label: 'Least score of each attribute', hint: '1 to 100. An attribute without a score is not asked of the sources.', as: { kind: 'scores', texts: ATTRIBUTES } },
  { path: 'match.mustMatch', group: 'person', label: 'Must match', hint: 'Without each of these there is no match.', as: { kind: 'choices', texts: ATTRIBUTES } },
  { path: 'match.atLeast', group: 'person', label: 'Attributes that must match', hint: 'At least so many of those that have a score.', as: { kind: 'number', unit: 'attributes' } },
  { path: 'phoneRisk.lineType', group: 'person', label: 'Check the kind of line', hint: 'Asks the carrier what kind of line it is.', as: { kind: 'switch' } },
  {
    path: 'phoneRisk.riskyLineTypes', group: 'person', label: 'Risky kinds of line', hint: 'Phones of these kinds fail. At least one, and not all.',
    as: { kind: 'choices', texts: { mobile: 'Mobile', landLine: 'Land line', fixedVoip: 'Internet telephony with an address', nonFixedVoip: 'Internet telephony without an address', other: 'Other' } },
  },
  { path: 'phoneRisk.simSwap', group: 'person', label: 'Check for a SIM swap', hint: 'A number whose SIM was changed lately may be in somebody else’s hands.', as: { kind: 'switch' } },
  { path: 'phoneRisk.simSwapWindowHours', group: 'person', label: 'A SIM swap counts for', hint: 'How far back the carrier is asked to look.', as: { kind: 'number', unit: 'hours' } },
  { path: 'phoneRisk.recycled', group: 'person', label: 'Check for recycled numbers', hint: 'Numbers that were given up and given to somebody else.', as: { kind: 'switch' } },
  { path: 'phoneRisk.recycledWithinDays', group: 'person', label: 'A change of subscriber counts for', hint: 'How far back, at a first onboarding.', as: { kind: 'number', unit: 'days' } },
  { path: 'link.lifetimeSeconds', group: 'link', label: 'Life of the link', hint: 'Afterwards the step ends as timed out.', as: { kind: 'number', unit: 'seconds' } },
  { path: 'link.numberTransfer', group: 'link', label: 'Number on the screen', hint: 'The phone has to pick the number that the computer shows: protects people who are talked into tapping a stranger’s link.', as: { kind: 'switch' } },
  {
    path: 'link.desktopOpen', group: 'link', label: 'Confirmed on a computer', hint: 'The link has to be confirmed on the phone.',
    as: { kind: 'choice', texts: { deny: 'Deny', one_more_try: 'One more try within the life of the link' } },
  },
  { path: 'link.maxSends', group: 'link', label: 'Messages per journey', hint: 'The first one included.', as: { kind: 'number', unit: 'messages' } },
  { path: 'link.resendAfterSeconds', group: 'link', label: 'Another message after', hint: 'Before that the button waits.', as: { kind: 'number', unit: 'seconds' } },
  { path: 'link.maxPerPhonePerDay', group: 'link', label: 'Messages per phone number in 24 hours', hint: 'Under live keys; protects people against floods of messages.', as: { kind: 'number', unit: 'messages' } },
  { path: 'kba.enabled', group: 'kba', label: 'Ask questions', hint: 'Off: the step ends at once as “not offered”.', as: { kind: 'switch' } },
  { path: 'kba.seconds', group: 'kba', label: 'Time for one set of questions', hint: 'Long enough to read, too short to look up.', as: { kind: 'number', unit: 'seconds' } },
  { path: 'kba.questions', group: 'kba', label: 'Questions in a set', hint: 'Each has several answers to choose from.', as: { kind: 'number', unit: 'questions' } },
  { path: 'kba.right', group: 'kba', label: 'Right answers that pass', hint: 'High enough that guessing does not pay.', as: { kind: 'number', unit: 'answers' } },
  { path: 'kba.rounds', group: 'kba', label: 'Sets of questions', hint: 'Two: one retry with new questions.', as: { kind: 'number', unit: 'sets' } },
  { path: 'kba.consentTexts', group: 'kba', label: 'Consent text', hint: 'In place of the built-in one. {app} becomes the name of the application.', as: { kind: 'texts' } },
];
