import { describe, expect, test } from 'vitest';
import { CHECK_CODES, type CheckCode, type FindingStatus } from '../../../src/journey/document_checks.ts';
import { RULES } from '../../../src/steps/document_selfie/checks/index.ts';
import type { CapturedDocument, JudgedFacts } from '../../../src/steps/document_selfie/facts.ts';
import { ANDREW, barcode, card, facts, frontSide, licence, lively, matched, mrz, named, options, passport, read, SELFIE, side, unread, type OptionsWritten } from './judged.ts';

type Row = readonly [code: CheckCode, about: string, facts: JudgedFacts, status: FindingStatus, why?: string | undefined, written?: OptionsWritten];

const of = (...documents: readonly CapturedDocument[]): JudgedFacts => facts({ documents });
const live = (one: CapturedDocument): JudgedFacts => facts({ documents: [one], mode: 'live' });
const claiming = (change: Partial<typeof ANDREW>): JudgedFacts => facts({ claimed: { ...ANDREW, ...change } });
const nobody: JudgedFacts = facts({ claimed: undefined });

const UNREAD = passport({}, { mrz: unread() });
const UNTRUSTED = passport({ trusted: false, certain: false, lowestProbability: 0.2 });
const NO_ENGINE = passport({}, { mrz: unread('unavailable'), faces: unread('unavailable') });
const UNSOUND = licence({ faults: ['offset_mismatch', 'missing_DAQ'] });
const REAL = passport({ fields: { issuer: 'GBR' } });
const face = (eyeDistance: number, score = 0.9) => ({ score, eyeDistance, box: { x: 0, y: 0, width: 1, height: 1 } });
const wrong = (...names: readonly string[]) => mrz().checks.map((check) => ({ ...check, ok: !names.includes(check.name) }));

const READING: readonly Row[] = [
  ['picture_quality', 'what was read was good enough', of({ ...passport(), quality: ['glare'] }), 'pass'],
  ['picture_quality', 'nothing wrong with it', of({ ...UNREAD, quality: [] }), 'pass'],
  ['picture_quality', 'blurred and unread', of({ ...UNREAD, quality: ['blurred', 'glare'] }), 'fail', 'blurred'],
  ['picture_quality', 'never measured', of(UNREAD), 'unknown', 'not_measured'],
  ['data_read', 'a trusted zone', of(passport()), 'pass'],
  ['data_read', 'a sound barcode', of(licence()), 'pass'],
  ['data_read', 'a zone on the back', of(card()), 'pass'],
  ['data_read', 'nothing', of(UNREAD), 'unknown', 'unreadable'],
  ['data_read', 'a zone that is not trusted', of(UNTRUSTED), 'unknown', 'unreadable'],
  ['data_read', 'called trusted though a digit fails', of(passport({ checks: wrong('birth') })), 'unknown', 'unreadable'],
  ['data_read', 'an unsound barcode', of(UNSOUND), 'unknown', 'unreadable'],
  ['data_read', 'no engine', of(NO_ENGINE), 'unknown', 'unreadable'],
  ['data_read', 'no number, by which strangers would be one person', of(passport({ fields: { number: '' } })), 'unknown', 'no_number'],
  ['data_read', 'no issuer', of(passport({ fields: { issuer: '' } })), 'unknown', 'no_number'],
  ['data_read', 'no name', of(passport({ fields: { familyName: '', givenName: '' } })), 'unknown', 'no_name'],
  ['data_read', 'zone and barcode of two people', of(passport({}, { barcode: read(barcode({ familyName: 'IMPOSTER', givenName: 'NOEL' })) })), 'fail', 'sources_disagree'],
  ['data_read', 'zone and barcode of two birthdays', of({ ...card(), front: frontSide({ barcode: read(barcode({ birthDate: '1999-01-01' })) }) }), 'fail', 'sources_disagree'],
  ['data_read', 'zones of two numbers on two sides', of({ ...card(), front: frontSide({ mrz: read(mrz({ fields: { number: 'OTHER1' } })) }) }), 'fail', 'sources_disagree'],
  ['data_read', 'zone and barcode of one person', of({ ...card(), front: frontSide({ barcode: read(barcode()) }) }), 'pass'],
  ['data_read', 'no document', of(), 'unknown', 'document_missing'],
  ['data_read', 'one of two documents', of(passport()), 'unknown', 'document_missing', { dual: true }],
  ['data_read', 'both documents', of(passport(), card()), 'pass', undefined, { dual: true }],
  ['data_read', 'both, one of them unreadable', of(passport(), UNSOUND), 'unknown', 'unreadable', { dual: true }],
  ['check_digits', 'all right', of(passport()), 'pass'],
  ['check_digits', 'all right and read with certainty, though not trusted', of(passport({ trusted: false })), 'pass'],
  ['check_digits', 'one printed wrong', of(passport({ checks: wrong('number', 'composite'), trusted: false })), 'fail', 'check_digit_number'],
  ['check_digits', 'one wrong as far as could be seen', of(passport({ checks: wrong('birth'), trusted: false, certain: false })), 'unknown', 'uncertain'],
  ['check_digits', 'right as far as could be seen', of(UNTRUSTED), 'unknown', 'uncertain'],
  ['check_digits', 'none', of(passport({ checks: [] })), 'unknown', 'uncertain'],
  ['check_digits', 'no zone', of(licence()), 'unknown', 'no_mrz'],
  ['barcode_sound', 'as the standard says', of(licence()), 'pass'],
  ['barcode_sound', 'offsets wrong', of(UNSOUND), 'fail', 'offset_mismatch'],
  ['barcode_sound', 'a fault that is no code', of(licence({ faults: ['ANDREW ROSHELL'] })), 'fail', 'unsound'],
  ['barcode_sound', 'none', of(passport()), 'unknown', 'no_barcode'],
  ['issuer_known', 'the specimens’ own', of(licence()), 'pass'],
  ['issuer_known', 'Florida', of(licence({ iin: '636010', jurisdiction: 'US-FL' })), 'pass'],
  ['issuer_known', 'Ontario', of(licence({ iin: '636012', jurisdiction: 'CA-ON', country: 'CAN' })), 'pass'],
  ['issuer_known', 'Florida, in Canada', of(licence({ iin: '636010', jurisdiction: 'US-FL', country: 'CAN' })), 'fail', 'issuer_of_other_country'],
  ['issuer_known', 'nobody', of(licence({ iin: '636999', jurisdiction: undefined })), 'fail', 'unknown_issuer'],
  ['issuer_known', 'the last version that is known', of(licence({ version: 10 })), 'pass'],
  ['issuer_known', 'a version after it', of(licence({ version: 11 })), 'pass', 'newer_version'],
  ['issuer_known', 'the first version', of(licence({ version: 1 })), 'pass'],
  ['issuer_known', 'a version before it', of(licence({ version: 0 })), 'fail', 'unknown_version'],
  ['issuer_known', 'no number of a version', of(licence({ version: NaN })), 'fail', 'unknown_version'],
  ['issuer_known', 'a new version, of nobody', of(licence({ version: 11, iin: '636999', jurisdiction: undefined })), 'fail', 'unknown_issuer'],
  ['issuer_known', 'a new version, of Florida in Canada', of(licence({ version: 11, iin: '636010', jurisdiction: 'US-FL', country: 'CAN' })), 'fail', 'issuer_of_other_country'],
  ['issuer_known', 'no barcode', of(passport()), 'unknown', 'no_barcode'],
];

const DATA: readonly Row[] = [
  ['type_accepted', 'a passport', of(passport()), 'pass'],
  ['type_accepted', 'a licence', of(licence()), 'pass'],
  ...['I', 'ID', 'A', 'AC', 'C'].map((documentCode): Row => ['type_accepted', `a card, ${documentCode}`, of(card({ fields: { documentCode } })), 'pass']),
  ['type_accepted', 'a passport where a card was chosen', of(card({ fields: { documentCode: 'P' } })), 'pass'],
  ['type_accepted', 'a passport where a card was chosen, and only cards are accepted', of(card({ fields: { documentCode: 'P' } })), 'fail', 'type_not_accepted', { types: ['identity_card'] }],
  ['type_accepted', 'an identity card’s barcode where a licence was chosen', of(licence({ subfile: 'ID' })), 'pass'],
  ['type_accepted', 'the same, where only licences are accepted', of(licence({ subfile: 'ID' })), 'fail', 'type_not_accepted', { types: ['driving_licence'] }],
  ['type_accepted', 'not one of the workflow’s', of(passport()), 'fail', 'type_not_accepted', { types: ['identity_card'] }],
  ['type_accepted', 'a visa', of(passport({ fields: { documentCode: 'V' } })), 'fail', 'unknown_type'],
  ['type_accepted', 'unread', of(UNREAD), 'unknown', 'not_read'],
  ['country_accepted', 'any', of(REAL), 'pass'],
  ['country_accepted', 'one of them', of(REAL), 'pass', undefined, { countries: ['US', 'GB'] }],
  ['country_accepted', 'none of them', of(REAL), 'fail', 'country_not_accepted', { countries: ['US'] }],
  ['country_accepted', 'Germany’s one letter', of(passport({ fields: { issuer: 'D' } })), 'pass', undefined, { countries: ['DE'] }],
  ['country_accepted', 'a kind of British national', of(passport({ fields: { issuer: 'GBD' } })), 'pass', undefined, { countries: ['GB'] }],
  ['country_accepted', 'a state of the US', of(licence({ iin: '636010', jurisdiction: 'US-FL' })), 'pass', undefined, { countries: ['US'] }],
  ['country_accepted', 'a province of Canada', of(licence({ iin: '636012', jurisdiction: 'CA-ON', country: 'CAN' })), 'fail', 'country_not_accepted', { countries: ['US'] }],
  ['country_accepted', 'an issuer nobody knows', of(passport({ fields: { issuer: 'QQQ' } })), 'fail', 'unknown_issuer'],
  ...['EUE', 'UNO', 'XOM', 'XXA', 'XXB', 'ROM', 'ZAR'].flatMap((issuer): readonly Row[] => [
    ['country_accepted', `any, from ${issuer}`, of(passport({ fields: { issuer } })), 'doubt', 'issuer_without_country'],
    ['country_accepted', `one of them, from ${issuer}`, of(passport({ fields: { issuer } })), 'fail', 'unknown_issuer', { countries: ['US'] }],
  ]),
  ['country_accepted', 'a specimen, for the country that was chosen', of(passport()), 'pass', undefined, { countries: ['US'] }],
  ['country_accepted', 'a specimen, for a country that is not accepted', of(passport()), 'fail', 'country_not_accepted', { countries: ['FR'] }],
  ['country_accepted', 'a specimen under live keys', live(passport()), 'fail', 'unknown_issuer'],
  ['country_accepted', 'unread', of(UNREAD), 'unknown', 'not_read'],
  ['not_expired', 'years away', of(passport()), 'pass'],
  ['not_expired', 'today is its last day', of(passport({ fields: { expiryDate: '2026-11-22' } })), 'pass'],
  ['not_expired', 'yesterday', of(passport({ fields: { expiryDate: '2026-11-21' } })), 'fail', 'expired'],
  ['not_expired', 'says nothing', of(passport({ fields: { expiryDate: '' } })), 'unknown', 'no_expiry_date'],
  ['not_expired', 'no such day', of(passport({ fields: { expiryDate: '2034-02-30' } })), 'unknown', 'no_such_date'],
  ['not_expired', 'one of two', of(passport(), card({ fields: { expiryDate: '2020-01-01' } })), 'fail', 'expired', { dual: true }],
  ['not_expired', 'unread', of(UNREAD), 'unknown', 'not_read'],
  ['old_enough', 'nobody asked', of(passport({ fields: { birthDate: '' } })), 'pass'],
  ['old_enough', 'on the birthday', of(passport({ fields: { birthDate: '2008-11-22' } })), 'pass', undefined, { minimumAge: 18 }],
  ['old_enough', 'the day before', of(passport({ fields: { birthDate: '2008-11-23' } })), 'fail', 'under_age', { minimumAge: 18 }],
  ['old_enough', 'born on 29 February, on the 28th', facts({ today: '2026-02-28', documents: [passport({ fields: { birthDate: '2008-02-29' } })] }), 'fail', 'under_age', { minimumAge: 18 }],
  ['old_enough', 'born on 29 February, on 1 March', facts({ today: '2026-03-01', documents: [passport({ fields: { birthDate: '2008-02-29' } })] }), 'pass', undefined, { minimumAge: 18 }],
  ['old_enough', 'no birth date', of(passport({ fields: { birthDate: '' } })), 'unknown', 'no_birth_date', { minimumAge: 18 }],
  ['old_enough', 'unread', of(UNREAD), 'unknown', 'not_read', { minimumAge: 18 }],
  ['dates_plausible', 'in order', of(licence()), 'pass'],
  ['dates_plausible', 'no such day', of(passport({ fields: { birthDate: '1969-02-29' } })), 'fail', 'no_such_date'],
  ['dates_plausible', 'not a date', of(passport({ fields: { birthDate: '69-09-26' } })), 'fail', 'no_such_date'],
  ['dates_plausible', 'born tomorrow', of(passport({ fields: { birthDate: '2026-11-23' } })), 'fail', 'born_in_future'],
  ['dates_plausible', 'older than anybody', of(passport({ fields: { birthDate: '1895-11-22' } })), 'fail', 'born_too_long_ago'],
  ['dates_plausible', 'as old as somebody', of(passport({ fields: { birthDate: '1895-11-23' } })), 'pass'],
  ['dates_plausible', 'issued tomorrow', of(licence({ issueDate: '2026-11-23' })), 'fail', 'issued_in_future'],
  ['dates_plausible', 'issued before birth', of(licence({ issueDate: '1969-09-25' })), 'fail', 'dates_out_of_order'],
  ['dates_plausible', 'expired before it was issued', of(licence({ issueDate: '2020-01-02', expiryDate: '2020-01-01' })), 'fail', 'dates_out_of_order'],
  ['dates_plausible', 'expired before birth', of(passport({ fields: { expiryDate: '1969-09-26' } })), 'fail', 'dates_out_of_order'],
  ['dates_plausible', 'good for half a century', of(passport({ fields: { expiryDate: '2076-11-22' } })), 'pass'],
  ['dates_plausible', 'good for longer', of(passport({ fields: { expiryDate: '2076-11-23' } })), 'fail', 'expires_too_late'],
  ['dates_plausible', 'no birth date', of(passport({ fields: { birthDate: '' } })), 'unknown', 'no_birth_date'],
  ['dates_plausible', 'no expiry date', of(passport({ fields: { expiryDate: '' } })), 'unknown', 'no_expiry_date'],
  ['dates_plausible', 'unread', of(UNREAD), 'unknown', 'not_read'],
  ['name_matches_claim', 'the same', of(passport()), 'pass'],
  ['name_matches_claim', 'another', claiming({ givenName: 'Andrea' }), 'fail', 'given_name_differs'],
  ['name_matches_claim', 'a short form', claiming({ givenName: 'Andy' }), 'doubt', 'short_form'],
  ['name_matches_claim', 'nobody said', nobody, 'unknown', 'nothing_claimed'],
  ['name_matches_claim', 'blank', claiming({ givenName: '', familyName: ' ' }), 'doubt', 'no_name'],
  ['name_matches_claim', 'unread', of(UNREAD), 'doubt', 'not_read'],
  ['name_matches_claim', 'unread, and nobody said a name', facts({ claimed: undefined, documents: [UNREAD] }), 'unknown', 'not_read'],
  ['name_matches_claim', 'the second document is another’s', of(passport(), card({ fields: { givenName: 'ANDREA' } })), 'fail', 'given_name_differs', { dual: true }],
  ['birth_date_matches_claim', 'the same', of(passport()), 'pass'],
  ['birth_date_matches_claim', 'another', claiming({ birthDate: '1969-09-27' }), 'fail', 'birth_date_differs'],
  ['birth_date_matches_claim', 'not asked', claiming({ birthDate: '' }), 'unknown', 'nothing_claimed'],
  ['birth_date_matches_claim', 'not on the document', of(passport({ fields: { birthDate: '' } })), 'unknown', 'no_birth_date'],
  ['documents_agree', 'one person', of(passport(), licence()), 'pass'],
  ['documents_agree', 'two birthdays', of(passport(), licence({ birthDate: '1970-09-26' })), 'fail', 'birth_date_differs'],
  ['documents_agree', 'two names', of(passport(), licence({ familyName: 'OTHER' })), 'fail', 'family_name_differs'],
  ['documents_agree', 'a middle name that differs', of(passport(), licence({ middleName: 'PETER' })), 'doubt', 'middle_name_differs'],
  ['documents_agree', 'the same document twice', of(passport(), passport()), 'fail', 'same_type'],
  ['documents_agree', 'a name that one of them cuts', of(passport({ fields: { givenName: 'ANDREW JAM', nameTruncated: true } }), licence()), 'pass'],
  ['documents_agree', 'the second unread', of(passport(), UNSOUND), 'unknown', 'not_read'],
  ['documents_agree', 'one alone', of(passport()), 'unknown', 'document_missing'],
  ['document_not_reused', 'nobody else’s', facts(), 'pass'],
  ['document_not_reused', 'of two others', facts({ otherPersons: 2 }), 'fail', 'document_of_others'],
  ['document_not_reused', 'nobody looked', facts({ otherPersons: undefined }), 'unknown', 'not_looked_up'],
];

const PICTURE: readonly Row[] = [
  ['portrait_present', 'one', of(passport()), 'pass'],
  ['portrait_present', 'one and its ghost', of(passport({}, { faces: read([face(82), face(40)]) })), 'pass'],
  ['portrait_present', 'two of a size', of(passport({}, { faces: read([face(82), face(80)]) })), 'fail', 'several_portraits'],
  ['portrait_present', 'none', of(passport({}, { faces: read([]) })), 'fail', 'no_portrait'],
  ['portrait_present', 'none that the detector believes', of(passport({}, { faces: read([face(82, 0.39)]) })), 'fail', 'no_portrait'],
  ['portrait_present', 'too few pixels', of(passport({}, { faces: read([face(39)]) })), 'unknown', 'portrait_too_small'],
  ['portrait_present', 'just enough pixels', of(passport({}, { faces: read([face(40)]) })), 'pass'],
  ['portrait_present', 'no engine', of(NO_ENGINE), 'unknown', 'not_looked_at'],
  ['portrait_present', 'on the back only', of({ ...card({}, { faces: read([]) }), back: frontSide({ mrz: read(mrz()) }) }), 'fail', 'no_portrait'],
  ['not_a_screen', 'paper', of(passport()), 'pass'],
  ['not_a_screen', 'a screen', of(passport({}, { recapture: { screenPeak: 40, saturation: 0.2 } })), 'fail', 'screen_pattern'],
  ['not_a_screen', 'the back from a screen', of({ ...card(), back: side({ recapture: { screenPeak: 81, saturation: 0.2 } }) }), 'fail', 'screen_pattern'],
  ['not_a_screen', 'no measure', of(passport({}, { recapture: { screenPeak: NaN, saturation: 0.2 } })), 'unknown', 'not_measured'],
  ['not_a_photocopy', 'colours', of(passport()), 'pass'],
  ['not_a_photocopy', 'grey', of(passport({}, { recapture: { screenPeak: 14, saturation: 0.001 } })), 'fail', 'no_colour'],
  ['not_a_photocopy', 'a grey back is nothing', of({ ...card(), back: side({ recapture: { screenPeak: 14, saturation: 0 } }) }), 'pass'],
  ['not_a_photocopy', 'no measure', of(passport({}, { recapture: { screenPeak: 14, saturation: -1 } })), 'unknown', 'not_measured'],
  ['not_edited', 'straight from a camera', of(passport()), 'pass'],
  ['not_edited', 'through an editor', of({ ...passport(), editedBy: ['Adobe Photoshop 25'] }), 'fail', 'editing_software'],
  ['not_edited', 'no document', of(), 'unknown', 'document_missing'],
  ['not_a_specimen', 'a specimen under test keys', of(passport()), 'pass'],
  ['not_a_specimen', 'a specimen under live keys', live(passport()), 'fail', 'specimen'],
  ['not_a_specimen', 'a specimen’s barcode under live keys', live(licence()), 'fail', 'specimen'],
  ['not_a_specimen', 'a specimen’s number with another jurisdiction', live(licence({ jurisdiction: 'US-FL' })), 'fail', 'specimen'],
  ['not_a_specimen', 'a specimen that is not even trusted', live(UNTRUSTED), 'fail', 'specimen'],
  ['not_a_specimen', 'a real issuer', live(REAL), 'pass'],
  ['not_a_specimen', 'unread', live(UNREAD), 'unknown', 'not_read'],
];

const FACES: readonly Row[] = [
  ['selfie_matches', 'the same person', facts(), 'pass'],
  ['selfie_matches', 'at the threshold', matched({ distance: 0.55 }), 'pass'],
  ['selfie_matches', 'past it', matched({ distance: 0.551 }), 'doubt', 'distance'],
  ['selfie_matches', 'at the end of doubt', matched({ distance: 0.62 }), 'doubt', 'distance'],
  ['selfie_matches', 'another person', matched({ distance: 0.63 }), 'fail', 'distance'],
  ['selfie_matches', 'past a stricter threshold', matched({ distance: 0.53 }), 'doubt', 'distance', { faceMatch: 0.5 }],
  ['selfie_matches', 'the very picture of the document', { ...matched({ distance: 0.119 }), mode: 'live' }, 'doubt', 'same_picture'],
  ['selfie_matches', 'hardly another picture', { ...matched({ distance: 0.12 }), mode: 'live' }, 'pass'],
  ['selfie_matches', "a specimen's holder, who is made of its portrait", matched({ distance: 0.05 }), 'pass'],
  ['selfie_matches', 'no number', matched({ distance: NaN }), 'unknown', 'not_compared'],
  ['selfie_matches', 'less than nothing', matched({ distance: -1 }), 'unknown', 'not_compared'],
  ['selfie_matches', 'nothing compared', facts({ selfie: { ...SELFIE, match: undefined } }), 'unknown', 'not_compared'],
  ['selfie_matches', 'no engine', facts({ selfie: { ...SELFIE, match: undefined, faceEngine: 'unavailable', why: 'not_enabled' } }), 'unknown', 'not_enabled'],
  ['selfie_matches', 'no engine, and no code for it', facts({ selfie: { ...SELFIE, match: undefined, faceEngine: 'unavailable', why: 'ask Andrew Roshell' } }), 'unknown', 'unavailable'],
  ['live_person', 'the head turned', facts(), 'pass'],
  ['live_person', 'by photographs', lively({ method: 'photo' }), 'doubt', 'photographs'],
  ['live_person', 'by photographs, which are refused', lively({ method: 'photo' }), 'fail', 'photographs_refused', { photoSelfie: 'refuse' }],
  ['live_person', 'did not turn', lively({ passed: false, why: 'not_turned' }), 'fail', 'not_turned'],
  ['live_person', 'did not turn, by photographs', lively({ passed: false, why: 'not_turned', method: 'photo' }), 'fail', 'not_turned'],
  ['live_person', 'too slow', lively({ passed: false, why: 'too_slow' }), 'fail', 'too_slow'],
  ['live_person', 'another in between', matched({ spread: 0.551 }), 'fail', 'not_same_face'],
  ['live_person', 'another turned their head', matched({ challengeDistances: [0.4, 0.63] }), 'fail', 'not_same_face'],
  ['live_person', 'at both thresholds', matched({ spread: 0.55, challengeDistances: [0.62] }), 'pass'],
  ['live_person', 'one of the turned frames was not measured', matched({ challengeDistances: [0.4, 0.4, undefined] }), 'unknown', 'challenge_not_compared'],
  ['live_person', 'one of them measures nothing', matched({ challengeDistances: [0.4, NaN] }), 'unknown', 'challenge_not_compared'],
  ['live_person', 'there are none', matched({ challengeDistances: [] }), 'unknown', 'challenge_not_compared'],
  ['live_person', 'turned, and nothing compared', facts({ selfie: { ...SELFIE, match: undefined } }), 'unknown', 'not_compared'],
  ['live_person', 'never asked', facts({ selfie: { ...SELFIE, liveness: undefined } }), 'unknown', 'not_run'],
  ['one_face', 'one', facts(), 'pass'],
  ['one_face', 'two', matched({ mostFaces: 2 }), 'fail', 'several_faces'],
  ['one_face', 'not even one', matched({ mostFaces: 0 }), 'unknown', 'not_compared'],
  ['one_face', 'nothing compared', facts({ selfie: { ...SELFIE, match: undefined } }), 'unknown', 'not_compared'],
  ['face_not_seen_elsewhere', 'nobody like it', facts(), 'pass'],
  ['face_not_seen_elsewhere', 'nobody near', facts({ nearestFace: 0.8 }), 'pass'],
  ['face_not_seen_elsewhere', 'somebody alike', facts({ nearestFace: 0.6 }), 'doubt', 'face_like_one_seen'],
  ['face_not_seen_elsewhere', 'the same under another name', facts({ nearestFace: 0.3 }), 'fail', 'face_seen'],
  ['face_not_seen_elsewhere', 'no number', facts({ nearestFace: NaN }), 'unknown', 'not_measured'],
  ['face_not_seen_elsewhere', 'no face to look for', facts({ selfie: { ...SELFIE, match: undefined }, nearestFace: 0.3 }), 'unknown', 'not_compared'],
];

const PRINT_APART: readonly Row[] = [
  ['barcode_matches_print', 'no barcode', of(passport()), 'unknown', 'no_barcode'],
  ['barcode_matches_print', 'an unsound barcode is compared with nothing', of(UNSOUND), 'unknown', 'no_barcode'],
  ['barcode_matches_print', 'an outcome file shows no print', of(licence()), 'unknown', 'simulated'],
  // The portrait of one document beside the data of another: nothing says that they belong together.
  ['barcode_matches_print', 'a front whose print does not read', of(licence({}, { print: unread() })), 'doubt', 'sides_not_tied'],
  ['barcode_matches_print', 'a front that nobody could read', of(licence({}, { print: unread('unavailable') })), 'doubt', 'sides_not_tied'],
  ['barcode_matches_print', 'a front with data of its own', of(licence({}, { print: unread(), mrz: read(mrz({ fields: { documentCode: 'I' } })) })), 'unknown', 'print_unread'],
  ['mrz_matches_print', 'no zone', of(licence()), 'unknown', 'no_mrz'],
  ['mrz_matches_print', 'a zone that is not trusted', of(UNTRUSTED), 'unknown', 'no_mrz'],
  ['mrz_matches_print', 'a page whose print does not read', of(passport()), 'unknown', 'print_unread'],
  ['mrz_matches_print', 'the front of a card whose print does not read', of(card({}, { print: unread() })), 'doubt', 'sides_not_tied'],
];

const ROWS: readonly Row[] = [...READING, ...DATA, ...PICTURE, ...FACES, ...PRINT_APART];

describe('checks', () => {
  test.each(named(ROWS, 2))('$name', ({ row: [code, , judged, status, why, written] }) => {
    const verdict = RULES[code](judged, options(written));
    expect({ status: verdict.status, why: verdict.why }).toEqual({ status, why });
  });

  test('each has a rule, and rows in which it passes, does not, and cannot tell', () => {
    const outcomes = new Map<string, Set<string>>(CHECK_CODES.map((code) => [code, new Set()]));
    for (const [code, , , status] of ROWS) outcomes.get(code)?.add(status);
    // With print to compare with: checks_print.test.ts.
    const elsewhere = ['barcode_matches_print', 'mrz_matches_print'];
    for (const [code, statuses] of outcomes) if (!elsewhere.includes(code)) expect([...statuses], code).toEqual(expect.arrayContaining(['pass', 'fail', 'unknown']));
  });

  test('nothing they say is about the person', () => {
    const planted = ['ROSHELL', 'ANDREW', 'JAMES', '1969', 'X48213907', 'BRUNSWICK', 'R240', '0.1,0.2', 'Photoshop', 'UTO', 'C111'];
    for (const [code, , judged, , , written] of ROWS) {
      const said = JSON.stringify(RULES[code](judged, options(written))).toUpperCase();
      for (const word of planted) expect(said, code).not.toContain(word.toUpperCase());
    }
  });

  test('what is not measured is told with what is', () => {
    expect(RULES.selfie_matches(matched({ distance: 0.5871 }), options())).toEqual({ status: 'doubt', why: 'distance', detail: { distance: 0.59, threshold: 0.55 } });
    expect(RULES.data_read(of(passport()), options())).toMatchObject({ confidence: 0.9, detail: { source: 'mrz', side: 'front' } });
    expect(RULES.not_expired(of(passport(), card({ fields: { expiryDate: '2020-01-01' } })), options({ dual: true }))).toMatchObject({ detail: { document: 2 } });
  });
});
