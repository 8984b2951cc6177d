/** Consent, the choice of a document, and its pictures. Nothing is accepted, and nobody asked, before consent is on record. */
import { getCountries } from 'libphonenumber-js/max';
import { randomBytes } from 'node:crypto';
import { isReadable } from '../../documents/countries.ts';
import type { DocumentType } from '../../documents/facts.ts';
import { readDeviceKey } from '../device_key.ts';
import type { Change, SentFile, Submission, SubmitResult } from '../step.ts';
import { biometricConsentAgreedTo } from './consent.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { endWith } from './endings.ts';
import { isOutcomeFile, readOutcomeFile } from './outcome_file.ts';
import type { CaptureProblem } from './pages.ts';
import { storePicture, takePicture } from './pictures.ts';
import { canChoose, choicesOf, type SidePosition } from './position.ts';
import { attemptsLeft, picturesOf, type BegunView, type KeptDocument, type Picture, type State } from './state.ts';

/** Every country there is to choose from, where the workflow accepts any. */
export const EVERY_COUNTRY: readonly string[] = getCountries();

/** Shown again on the same page, with what is wrong; nothing is recorded. */
export const refused = (told: Readonly<Record<string, string>>): SubmitResult<State> => ({ kind: 'invalid', errors: told });
const changed = (change: Change<State>): SubmitResult<State> => ({ kind: 'change', change });

/** "I cannot do this", from any page of the capture. */
export function cannot(view: BegunView): SubmitResult<State> {
  return changed(endWith(view, 'cannot_capture', [{ code: 'cannot_capture' }]));
}

/** Agreeing or declining; what is recorded is the very text that stood on the page. */
export async function answerConsent(deps: DocumentSelfieDeps, submission: Submission, view: BegunView): Promise<SubmitResult<State>> {
  const values = submission.values.open();
  switch (values['action']) {
    case 'agree':
      break;
    case 'decline':
      return changed(endWith(view, 'consent_declined', [{ code: 'consent_declined' }], {
        events: [{ layer: 'label', name: 'biometric_consent', outcome: 'failure', reason: 'consent_declined' }],
      }));
    case 'cannot':
      return cannot(view);
    default:
      return refused({ action: 'required' });
  }
  const consent = biometricConsentAgreedTo(view.workflow, view.journey.opening.clientName, values['consentHash']);
  if (!consent) return refused({ consent: 'consent_changed' });
  // The browser that the journey began in showed its key before.
  const device = view.state.where.kind === 'phone' ? await readDeviceKey(deps.deviceKeys, submission, view, { channel: 'phone' }) : undefined;
  return changed({
    state: { ...view.state, consent: { hash: consent.hash, locale: consent.locale, at: view.now }, ...(device ? { device } : {}) },
    consents: [{ purpose: 'biometrics', text: consent.text, locale: consent.locale, method: 'button' }],
    events: [{ layer: 'label', name: 'biometric_consent', outcome: 'success' }],
  });
}

/** Country and type, from among those accepted. */
export function answerChoice(submission: Submission, view: BegunView, document: number): SubmitResult<State> {
  const values = submission.values.open();
  if (values['action'] === 'cannot') return cannot(view);
  const { types, countries } = choicesOf(view.workflow.definition.options.documents, view.state.documents, document, EVERY_COUNTRY);
  // One choice needs no field.
  const type = types.length === 1 ? types[0] : types.find((one) => one === values['type']);
  const country = countries.length === 1 ? countries[0] : countries.find((one) => one === values['country']);
  if (!type || !country) return refused({ ...(country ? {} : { country: 'country_invalid' }), ...(type ? {} : { type: 'required' }) });
  if (!isReadable(type, country)) return refused({ type: 'licence_not_readable' });
  return changed({ state: { ...view.state, documents: [...view.state.documents.slice(0, document), { type, country }] } });
}

/** One side of the document that is asked for now. */
export async function answerSide(deps: DocumentSelfieDeps, submission: Submission, view: BegunView, at: SidePosition): Promise<SubmitResult<State>> {
  const { action } = submission.values.open();
  if (action === 'cannot') return cannot(view);
  const options = view.workflow.definition.options.documents;
  if (action === 'choose') {
    if (!canChoose(options, view.state.documents, at.document)) return refused({ action: 'required' });
    return changed(forgetDocument(view, at.document));
  }
  if (!answersPresent(submission, view.state)) return refused({});
  const [file, ...others] = (submission.files ?? []).filter((one) => one.field === 'picture');
  if (!file || others.length > 0 || !view.state.consent) return refused({ picture: 'missing' });
  if (isOutcomeFile(file)) return takeOutcomeFile(view, at, file);
  const taken = await takePicture(deps, file);
  if (taken.kind === 'problem') return refused({ picture: taken.code });
  const { problems } = taken.image.quality;
  const mode = options.checks.picture_quality;
  const [problem] = mode === 'off' || mode === 'advisory' ? [] : problems;
  // The last picture that may be taken stands as it is: the judgement sees what is wrong with it.
  if (problem && attemptsLeft(view, at) > 1) return changed(takeAgain(view, at, problem));
  const id = await storePicture(deps, file, taken.image, {
    journeyId: view.journey.id, purpose: at.slot === 'front' ? 'document_front' : 'document_back', now: view.now,
  });
  const { editedBy } = taken.image;
  const picture: Picture = { kind: 'image', id, quality: [...problems], ...(editedBy === undefined ? {} : { editedBy }) };
  return changed(withPicture(view, at, picture));
}

/**
 * Whether a picture answers what is asked for now. Both sides, and every try, are asked for by pages of one name: a picture
 * sent twice, or from a page that the back button brought up, must count neither as the other side nor as another try.
 * Told by the version that the form was shown with, but not by its being the latest: a delivery report or more time
 * also make a version, and must not cost the person the picture that is on its way.
 */
function answersPresent({ version }: Submission, { askedFrom }: State): boolean {
  return askedFrom === undefined || version >= askedFrom;
}

/** A picture was dealt with: every form shown before this change is recorded is answered. */
const askedAnew = ({ journey }: BegunView): Pick<State, 'askedFrom'> => ({ askedFrom: journey.version + 1 });

/** The sandbox's file in place of a picture. */
function takeOutcomeFile(view: BegunView, at: SidePosition, file: SentFile): SubmitResult<State> {
  // Outcomes that the sender chooses prove nothing: under live keys the text is not even parsed.
  const read = view.journey.mode === 'test' ? readOutcomeFile(file) : undefined;
  if (!read) return refused({ picture: 'yaml_refused' });
  return changed(withPicture(view, at, { kind: 'file', id: randomBytes(16).toString('base64url'), file: read }));
}

function withPicture(view: BegunView, at: SidePosition, picture: Picture): Change<State> {
  const document: KeptDocument = { ...(view.state.documents[at.document] ?? { type: at.type, country: at.country }), [at.slot]: { picture } };
  return {
    state: { ...view.state, ...askedAnew(view), documents: replaced(view.state.documents, at.document, document) },
    events: [
      { layer: 'block', name: 'documentCapture', outcome: 'success', details: { slot: at.slot, type: at.type, document: at.document + 1, simulated: picture.kind === 'file' } },
      { layer: 'label', name: 'document_capture', outcome: 'success' },
    ],
  };
}

/** The documents with one of them, by its place, set anew. */
export function replaced(documents: readonly KeptDocument[], index: number, document: KeptDocument): KeptDocument[] {
  return [...documents.slice(0, index), document, ...documents.slice(index + 1)];
}

/** Ask for one side again: counted, said why, and the picture is deleted at once. */
export function takeAgain(view: BegunView, at: { readonly document: number; readonly slot: 'front' | 'back'; readonly type: DocumentType }, code: CaptureProblem): Change<State> {
  const { state } = view;
  const kept = state.documents[at.document];
  const ids = picturesOf(kept?.[at.slot]);
  const { [at.slot]: _, ...rest } = kept ?? {};
  return {
    state: {
      ...state,
      ...askedAnew(view),
      failures: [...state.failures, { document: at.document, type: at.type, slot: at.slot, code }],
      documents: kept ? replaced(state.documents, at.document, rest as KeptDocument) : state.documents,
    },
    ...(ids.length > 0 ? { images: { ids, deleteAt: view.now } } : {}),
    events: [
      { layer: 'block', name: 'documentCapture', outcome: 'fail', reason: code, details: { slot: at.slot, document: at.document + 1 } },
      { layer: 'label', name: 'document_capture', outcome: 'failure', reason: code },
    ],
  };
}

/** Another document in place of this one: its pictures are deleted at once, its failures still count. */
function forgetDocument(view: BegunView, document: number): Change<State> {
  const kept = view.state.documents[document];
  const ids = [...picturesOf(kept?.front), ...picturesOf(kept?.back)];
  return {
    state: { ...view.state, ...askedAnew(view), documents: view.state.documents.slice(0, document) },
    ...(ids.length > 0 ? { images: { ids, deleteAt: view.now } } : {}),
  };
}
