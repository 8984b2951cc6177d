import type { OptionField } from './option_fields.ts';

export const DOCUMENT_FIELDS: readonly OptionField[] = [
  {
    path: 'documents.types', group: 'documents', label: 'Accepted documents', hint: 'At least one.',
    as: { kind: 'choices', texts: { passport: 'Passport', driving_licence: 'Driving licence', identity_card: 'Identity card' } },
  },
  { path: 'documents.countries', group: 'documents', label: 'Issuing countries', hint: 'Two capital letters per line. Empty: any country.', as: { kind: 'lines', entry: 'country' } },
  { path: 'documents.minimumAge', group: 'documents', label: 'Least age', hint: 'By the document’s date of birth; 0 asks nothing.', as: { kind: 'number', unit: 'years' } },
  { path: 'documents.attempts', group: 'documents', label: 'Tries', hint: 'Pictures per side, and runs of the selfie, before the last failure stands.', as: { kind: 'number', unit: 'tries' } },
  { path: 'documents.dual', group: 'documents', label: 'Two documents', hint: 'A second one of another type, which must agree with the first.', as: { kind: 'switch' } },
  {
    path: 'documents.capture', group: 'documents', label: 'Who captures and reads', hint: 'A vendor has to be configured for the last two.',
    as: { kind: 'choice', texts: { own: 'This gateway', vendor: 'The vendor’s own pages', own_then_vendor: 'This gateway, and then the vendor must accept it too' } },
  },
  { path: 'documents.uploads', group: 'documents', label: 'Files may be chosen', hint: 'In place of the live camera.', as: { kind: 'switch' } },
  {
    path: 'documents.photoSelfie', group: 'documents', label: 'Selfie without a live camera', hint: 'Three single photographs: weaker.',
    as: { kind: 'choice', texts: { refuse: 'Not possible', review: 'Possible, doubtful at best' } },
  },
  { path: 'documents.faceMatch', group: 'documents', label: 'Same person up to a distance of', hint: 'Between the selfie and the portrait; smaller is stricter.', as: { kind: 'number', unit: 'distance', step: 0.01 } },
  { path: 'documents.faceReview', group: 'documents', label: 'Doubtful up to a distance of', hint: 'Beyond it is another person.', as: { kind: 'number', unit: 'distance', step: 0.01 } },
  { path: 'documents.findSameFace', group: 'documents', label: 'Look for the same face under another identity', hint: 'Keeps face templates of this workflow’s people: tell them so, and mind the law where they live.', as: { kind: 'switch' } },
  { path: 'documents.handoverSeconds', group: 'documents', label: 'Life of a code for the phone', hint: 'The code on the computer is renewed before it ends.', as: { kind: 'number', unit: 'seconds' } },
  { path: 'documents.handoverSms', group: 'documents', label: 'Offer the link by text message', hint: 'Beside the code to scan.', as: { kind: 'switch' } },
  { path: 'documents.returnPage', group: 'documents', label: 'The phone may end on a plain page', hint: '“Return to your computer”, where no address to land on is set.', as: { kind: 'switch' } },
  { path: 'documents.imageHours', group: 'documents', label: 'Keep pictures', hint: 'After a plain pass or failure; 0 deletes them at once.', as: { kind: 'number', unit: 'hours' } },
  { path: 'documents.reviewImageHours', group: 'documents', label: 'Keep pictures in doubt', hint: 'So that somebody can look at them.', as: { kind: 'number', unit: 'hours' } },
  { path: 'documents.consentTexts', group: 'documents', label: 'Consent to biometrics', hint: 'In place of the built-in text. {app} becomes the name of the application.', as: { kind: 'texts' } },
  {
    path: 'documents.checks', group: 'checks', label: 'What each check does', hint: 'Where nothing is chosen, the usual one.',
    as: {
      kind: 'modes',
      texts: {
        picture_quality: 'The picture is sharp and bright enough', data_read: 'The document can be read', type_accepted: 'The type is accepted', country_accepted: 'The country is accepted', not_expired: 'It is not expired',
        old_enough: 'The holder is old enough', dates_plausible: 'Its dates are plausible', check_digits: 'Check digits agree', barcode_sound: 'The barcode is sound', issuer_known: 'The barcode’s issuer is known',
        barcode_matches_print: 'Barcode and print agree', mrz_matches_print: 'Machine-readable zone and print agree', portrait_present: 'There is a portrait', name_matches_claim: 'The name is the one that was said',
        birth_date_matches_claim: 'The date of birth is the one that was said', documents_agree: 'Two documents agree', document_not_reused: 'Nobody else came with it', not_a_screen: 'It is not photographed from a screen',
        not_a_photocopy: 'It is not a photocopy', not_edited: 'The picture was not edited', not_a_specimen: 'It is not a specimen', live_person: 'A live person takes the selfie', one_face: 'Nobody else is in the selfie',
        selfie_matches: 'Selfie and portrait are one person', face_not_seen_elsewhere: 'The face was not seen under another identity',
      },
    },
  },
];
