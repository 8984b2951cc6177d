/**
 * Whom to be in the sandbox, and what comes of it: the console shows it beside "Try it now" and says by the workflow's own
 * routes where each outcome leads. Of `PERSONAS`, `SPECIAL_NUMBERS` and `QUESTIONS`, so that it tells what the simulators do;
 * `docs/sandbox.md` tells the same, which a test holds.
 */
import type { StepName } from '../../journey/journey.ts';
import { QUESTIONS } from './histories.ts';
import { SPECIAL_NUMBERS, type SpecialNumber, type SpecialNumberName } from './numbers.ts';
import { PERSONAS, type Persona } from './personas.ts';

/** A part to play, and the outcome of the step that it decides. */
export interface Part {
  readonly step: StepName;
  readonly outcome: string;
  /** Whom to be, or what to do. */
  readonly who: string;
  readonly what: string;
}

/** What a number makes the vendors do. */
export interface NumberStory {
  /** E.164. */
  readonly number: string;
  readonly text: string;
  /** The steps that ask about it. */
  readonly steps: readonly StepName[];
}

/** Everything that can be played. */
export interface Simulated {
  readonly parts: readonly Part[];
  /** A number that nothing is special about, as people write it. */
  readonly ordinaryNumber: string;
  readonly numbers: readonly NumberStory[];
  /** Right answers to the questions, of the first person. */
  readonly answers: { readonly name: string; readonly rows: readonly { readonly question: string; readonly right: string }[] };
}

const ORDINARY = '+1 407 555 0123';

const nameOf = ({ givenName, familyName }: Persona): string => `${givenName} ${familyName}`;
const addressOf = ({ streetNumber, streetName, city, region, postalCode, country }: Persona): string => `${streetNumber} ${streetName}, ${city}, ${region[0]} ${postalCode}, ${country}`;

const [KNOWN, STRANGER] = [PERSONAS.filter(({ standing }) => standing === 'known'), PERSONAS.filter(({ standing }) => standing === 'stranger')];
const [first] = KNOWN;
const [stranger] = STRANGER;
if (!first || !stranger) throw new Error('the sandbox knows nobody to be');

const specimen = (persona: Persona, type: string): string => `npm run specimen -- --persona ${persona.givenName.toLowerCase()} --type ${type}`;

const PARTS: readonly Part[] = [
  ...KNOWN.map((persona): Part => ({
    step: 'pii_validation', outcome: 'match', who: nameOf(persona), what: `${addressOf(persona)}; born ${persona.birthDate}; with any ordinary number.`,
  })),
  { step: 'pii_validation', outcome: 'no_match', who: `${nameOf(stranger)}, or any other name`, what: `At ${addressOf(stranger)}; born ${stranger.birthDate}. No source knows them.` },
  { step: 'sms_link', outcome: 'confirmed', who: 'The phone', what: 'Open the link on a phone, or in a window with a phone’s user agent, and choose the number that the first window shows.' },
  { step: 'sms_link', outcome: 'wrong_number', who: 'Somebody at another screen', what: 'Choose another number than the one that the first window shows.' },
  { step: 'sms_link', outcome: 'opened_on_desktop', who: 'Nobody with a phone', what: 'Open the link in the browser on this desk, and confirm it there.' },
  { step: 'document_selfie', outcome: 'pass', who: `${nameOf(first)} with a passport`, what: `“${specimen(first, 'passport')} --portrait FILE” prints it with your own face on it.` },
  { step: 'document_selfie', outcome: 'fail', who: `${nameOf(stranger)} with a driver’s licence`, what: `“${specimen(stranger, 'licence')}” prints it: the barcode on its back is somebody else’s.` },
  { step: 'kba', outcome: 'pass', who: nameOf(first), what: 'Four right answers of five; they are below.' },
  { step: 'kba', outcome: 'could_not_tell', who: 'Anybody without a history', what: 'There is nothing to ask them.' },
];

const PHONE = ['pii_validation'] as const;
const MESSAGES = ['sms_link', 'document_selfie'] as const;

const NUMBERS: Readonly<Record<SpecialNumberName, Omit<NumberStory, 'number'>>> = {
  slow: { text: 'Carrier, identity database and line type answer too slowly.', steps: PHONE },
  broken: { text: 'All three are broken.', steps: PHONE },
  malformed_json: { text: 'All three answer with what is not JSON.', steps: PHONE },
  malformed_shape: { text: 'All three answer with the wrong types.', steps: PHONE },
  rate_limited: { text: 'All three refuse for too many requests.', steps: PHONE },
  unknown_number: { text: 'Nobody knows the number.', steps: PHONE },
  carrier_broken: { text: 'Only the carrier is broken.', steps: PHONE },
  reset: { text: 'All three break the connection in the middle of the answer.', steps: PHONE },
  huge: { text: 'All three answer with far too much.', steps: PHONE },
  sim_swapped: { text: 'The SIM was changed 12 hours ago.', steps: PHONE },
  recycled: { text: 'The number was given to another subscriber 30 days ago.', steps: PHONE },
  landline: { text: 'A landline.', steps: PHONE },
  fixed_voip: { text: 'A fixed VoIP line.', steps: PHONE },
  non_fixed_voip: { text: 'A VoIP line that is not fixed.', steps: PHONE },
  line_type_unknown: { text: 'The kind of line is not known.', steps: PHONE },
  toll_free: { text: 'A toll-free number.', steps: PHONE },
  partial_at_thresholds: { text: 'A partial match, exactly at the default thresholds.', steps: PHONE },
  partial_below_thresholds: { text: 'A partial match, one below the default thresholds.', steps: PHONE },
  sim_window_240: { text: 'The carrier looks back for SIM changes 240 hours at most.', steps: PHONE },
  sim_window_none: { text: 'The carrier refuses to look back for SIM changes.', steps: PHONE },
  carrier_slow: { text: 'Only the carrier is slow.', steps: PHONE },
  bureau_broken: { text: 'Only the identity database is broken.', steps: PHONE },
  line_type_broken: { text: 'Only the line-type look-up is broken.', steps: PHONE },
  nothing_held: { text: 'Carrier and identity database hold nothing to compare with.', steps: PHONE },
  message_rejected: { text: 'Messages to it are rejected.', steps: MESSAGES },
  message_unknown: { text: 'Messages to it arrive, but the answer to the sending is lost.', steps: MESSAGES },
};

const numberStory = ({ name, number }: SpecialNumber & { readonly name: SpecialNumberName }): NumberStory => ({ number, ...NUMBERS[name] });

export const SIMULATED: Simulated = {
  parts: PARTS,
  ordinaryNumber: ORDINARY,
  numbers: SPECIAL_NUMBERS.map(numberStory),
  answers: { name: nameOf(first), rows: QUESTIONS.map(({ text, right }) => ({ question: text.en, right: right[first.givenName] ?? '' })) },
};
