/** Where the document step stands, worked out from what it keeps; nothing stores a position. Pure. */
import { isReadable } from '../../documents/countries.ts';
import { DOCUMENT_TYPES, type DocumentType } from '../../documents/facts.ts';
import type { DocumentOptions } from '../../journey/document_options.ts';
import { framesOf, givenFindings, type BegunView, type CapturedSide, type KeptDocument, type State } from './state.ts';

/** What only `work` can do. */
export type Task = 'read' | 'too_slow' | 'pose' | 'match' | 'judge' | 'vendor_start' | 'vendor_upload' | 'vendor_result';

/** Where the step stands: who is asked what, or what is to be done. */
export type Position =
  | { readonly at: 'handover' }
  | { readonly at: 'consent' }
  | { readonly at: 'choose'; readonly document: number }
  | SidePosition
  | { readonly at: 'selfie' }
  | { readonly at: 'vendor' }
  /** There was no room for a task, or a vendor did not answer: nobody is asked anything until then, epoch milliseconds. */
  | { readonly at: 'pause'; readonly until: number }
  /** `about` tells one task of its kind from the next: an answer to another one is dropped. */
  | { readonly at: 'work'; readonly task: Task; readonly about: string };

/** A side that is captured next. */
export interface SidePosition {
  readonly at: 'side';
  readonly document: number;
  readonly slot: 'front' | 'back';
  readonly type: DocumentType;
  readonly country: string;
}

/** Beyond the time that the page shows, for a picture that is on its way. Milliseconds. */
export const UPLOAD_GRACE = 5_000;

/** What a person may choose for one document: another type than the first for the second. */
export function choicesOf(options: DocumentOptions, documents: readonly KeptDocument[], index: number, everyCountry: readonly string[]): {
  readonly types: readonly DocumentType[];
  readonly countries: readonly string[];
} {
  const first = index > 0 ? documents[0]?.type : undefined;
  const types = readableTypes(options).filter((type) => type !== first);
  const countries = options.countries.length > 0 ? options.countries : everyCountry;
  return { types, countries: countries.filter((country) => types.some((type) => isReadable(type, country))) };
}

/** The accepted types of which our own engine can read anybody's, from one accepted country at least. */
export function readableTypes({ types, countries }: DocumentOptions): readonly DocumentType[] {
  return DOCUMENT_TYPES.filter((type) => types.includes(type) && (countries.length === 0 || countries.some((country) => isReadable(type, country))));
}

/** The second side of cards carries what a machine reads. */
export function hasBack(type: DocumentType): boolean {
  return type !== 'passport';
}

/** What was chosen, by the person or because there is nothing to choose. */
function chosenOf(options: DocumentOptions, documents: readonly KeptDocument[], index: number): Pick<KeptDocument, 'type' | 'country'> | undefined {
  const kept = documents[index];
  if (kept) return kept;
  const { types, countries } = choicesOf(options, documents, index, []);
  const [type] = types;
  const [country] = countries;
  return types.length === 1 && countries.length === 1 && type && country ? { type, country } : undefined;
}

/** Whether a page that lets choose would offer more than one thing. */
export function canChoose(options: DocumentOptions, documents: readonly KeptDocument[], index: number): boolean {
  return chosenOf(options, documents.slice(0, index), index) === undefined;
}

/** Where the step stands now. */
export function positionOf(view: BegunView): Position {
  const owed = owedOf(view);
  const { task, until } = view.state.trouble ?? {};
  return owed.at === 'work' && until !== undefined && view.now < until && task === nameOf(owed) ? { at: 'pause', until } : owed;
}

/** One task, told from every other. */
export function nameOf({ task, about }: Extract<Position, { readonly at: 'work' }>): string {
  return `${task}:${about}`;
}

/** What is owed, be it put off for a while or not. */
export function owedOf(view: BegunView): Position {
  const { state } = view;
  if (state.where.kind === 'handover') return { at: 'handover' };
  if (!state.consent) return { at: 'consent' };
  const options = view.workflow.definition.options.documents;
  if (options.capture === 'vendor' || state.own) return vendorPosition(view);
  return documentPosition(state, options) ?? selfiePosition(state, view.now) ?? { at: 'work', task: 'judge', about: aboutAll(state) };
}

/** Names everything that is judged, so that a judgement on other pictures is not taken for this one's. */
function aboutAll({ documents, selfie }: State): string {
  const sides = documents.flatMap(({ front, back }) => [front, back]).flatMap((side) => (side ? [side.picture.id] : []));
  return [...sides, ...framesOf(selfie)].join();
}

function documentPosition(state: State, options: DocumentOptions): Position | undefined {
  for (let document = 0; document < (options.dual ? 2 : 1); document += 1) {
    const chosen = chosenOf(options, state.documents, document);
    if (!chosen) return { at: 'choose', document };
    const { type, country } = chosen;
    for (const slot of hasBack(type) ? (['front', 'back'] as const) : (['front'] as const)) {
      const kept: CapturedSide | undefined = state.documents[document]?.[slot];
      if (!kept) return { at: 'side', document, slot, type, country };
      if (!kept.reading) return { at: 'work', task: 'read', about: kept.picture.id };
    }
  }
  return undefined;
}

/** An outcome file that says how faces came out leaves nothing to capture. */
function selfieIsGiven(state: State): boolean {
  const given = givenFindings(state);
  return given.selfie_matches !== undefined && given.live_person !== undefined;
}

function selfiePosition(state: State, now: number): Position | undefined {
  if (selfieIsGiven(state)) return undefined;
  const { selfie } = state;
  if (!selfie) return { at: 'selfie' };
  if (selfie.kind === 'settled') return undefined;
  if (selfie.kind === 'taken') return { at: 'work', task: 'match', about: selfie.taken.flatMap((one) => one.frames).join() };
  if (selfie.frames.length > 0) return { at: 'work', task: 'pose', about: selfie.nonce };
  return now >= selfie.endsAt + UPLOAD_GRACE ? { at: 'work', task: 'too_slow', about: selfie.nonce } : { at: 'selfie' };
}

function vendorPosition({ state, now }: BegunView): Position {
  const { vendor } = state;
  if (!vendor) return { at: 'work', task: 'vendor_start', about: '' };
  if (state.own && !vendor.uploaded) return { at: 'work', task: 'vendor_upload', about: vendor.sessionId };
  if (vendor.result) return { at: 'work', task: 'judge', about: vendor.sessionId };
  return now >= vendor.askAt ? { at: 'work', task: 'vendor_result', about: `${vendor.sessionId}:${vendor.askedAt}` } : { at: 'vendor' };
}

/** Whether the vendor is to be asked for its result right now. */
export function asksVendor(position: Position): boolean {
  return position.at === 'work' && position.task === 'vendor_result';
}

/** What the desktop says about the phone's progress. */
export function stageOf(position: Position): 'consent' | 'document' | 'selfie' | 'reading' {
  switch (position.at) {
    case 'handover':
    case 'consent':
      return 'consent';
    case 'choose':
    case 'side':
      return 'document';
    case 'selfie':
      return 'selfie';
    default:
      return 'reading';
  }
}
