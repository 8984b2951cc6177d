/** What the pages of accounts say about codes. */
import type { Compared, MergeRefusal } from './rules.ts';
import type { ErasureRefusal, HoldResult } from './store.ts';

export const MERGE_REFUSALS: Readonly<Record<MergeRefusal, string>> = {
  same_account: 'This is the same account.',
  not_found: 'There is no account with this id.',
  already_merged: 'One of them became part of another account already. Merge that one instead.',
  erased: 'One of them is erased, or is being erased.',
  held: 'One of them, or a journey of one of them, is on legal hold.',
  mode_differs: 'One belongs to test keys and the other to live keys: test and live people never meet.',
  identity_differs: 'They do not tell of the same person for certain. Say that they are one person, or do not merge them.',
  mode_unknown: 'It is not known whether one of them belongs to test or to live keys, because none of its journeys is left.',
};

export const COMPARED_TEXTS: Readonly<Record<Compared, string>> = { same: 'the same', differs: 'differs', unknown: 'cannot be compared: one of them tells none' };

export const ERASURE_REFUSALS: Readonly<Record<ErasureRefusal | 'not_found', string>> = {
  held: 'It is on legal hold, or one of its journeys is. Release the hold first.',
  merged: 'It became part of another account. Erase that one: this shell goes with it.',
  erased: 'It is erased already.',
  not_found: 'There is no account with this id.',
};

export const HOLD_REFUSALS: Readonly<Record<Extract<HoldResult, { kind: 'refused' }>['why'], string>> = {
  not_found: 'There is nothing with this id.',
  erased: 'It is erased, or is being erased: there is nothing left to hold.',
  merged: 'It became part of another account. Hold that one.',
};

/** What the OIDC server keeps of a person's sign-ins, by its own names. */
export const RECORD_TEXTS: Readonly<Record<string, string>> = {
  Session: 'sessions in a browser',
  Grant: 'grants to applications',
  AccessToken: 'access tokens',
  RefreshToken: 'refresh tokens',
  AuthorizationCode: 'authorization codes',
  Interaction: 'sign-ins under way',
};

/** Tables in words, for the dry run; the table's name stands beside. */
export const TABLE_TEXTS: Readonly<Record<string, string>> = {
  account: 'Accounts, as a shell with the time of erasure',
  again_link: 'Links to go on with a journey',
  case_note: 'Comments and reasons of reviewers',
  consent: 'Consents: to which text, when and for what',
  consent_proof: 'Addresses and browsers from which consent was given',
  credential: 'Names that applications have for the person (as hashes)',
  device: 'Devices that are nobody else’s, with their keys and cookies',
  device_trust: 'Trust in devices',
  document_seen: 'Documents seen before (as hashes)',
  evidence: 'What was established: typed data, documents, sessions',
  face_seen: 'Face templates',
  grant_outcome: 'Grants and the identity given with them',
  image: 'Pictures of documents and faces',
  image_reveal: 'Records that somebody looked at a picture, without their words',
  image_reveal_reason: 'Reasons for looking at pictures',
  incident: 'Reports, as their kind and time',
  incident_details: 'Details of reports',
  journey: 'Journeys, as their decision, reasons, times and policy',
  journey_device: 'Which devices journeys ended with',
  journey_event: 'Timelines, as codes',
  journey_person: 'What journeys are found by (as hashes)',
  link: 'One-time links',
  message: 'Messages sent, with their delivery',
  oidc_record: 'Sessions and tokens',
  outbox_message: 'Messages in the development outbox',
  passkey: 'Passkeys',
  risk_decision: 'Risk decisions, as codes and points',
  sighting: 'Places seen',
  silent_return: 'Records of silent returns',
  ticket: 'Tickets to pages of their own',
  velocity_event: 'Counts for velocity rules',
  webhook_try: 'What webhook endpoints answered',
};

/** What an erasure took, in words of what went: where a row stays, what was in it. The dry run says it with `TABLE_TEXTS`. */
export const GONE_TEXTS: Readonly<Record<string, string>> = {
  ...TABLE_TEXTS,
  account: 'Profiles: what was sealed in the account',
  consent: 'Texts in consents that named the person',
  consent_proof: 'Addresses and browsers from which consent was given',
  incident: 'Details of reports',
  image_reveal: 'Reasons for looking at pictures',
  image_reveal_reason: 'Reasons for looking at pictures, in the words of whoever looked',
  journey: 'What journeys held of the person',
  risk_decision: 'What risk decisions held of the person',
  webhook_try: 'What webhook endpoints answered',
};

/** What stays of somebody who was erased, whatever was counted. */
export const KEPT_SENTENCES: readonly string[] = [
  'This account as a shell: its id, and when it was made and erased. Nobody can sign in to it.',
  'Its journeys as their decision, reasons, times and policy, until their retention ends.',
  'That consent was given, to which text and when.',
  'Risk decisions as codes and points, and reports as their kind and time.',
  'That somebody looked at pictures, without their words, and the audit log.',
];

export const INCIDENT_TEXTS: Readonly<Record<string, string>> = {
  device_reported: 'The person reported a device that is not theirs',
  link_reported: 'The person reported a link that they did not ask for',
  cookie_replayed: 'A device cookie was used from two browsers',
  passkey_copied: 'A passkey seems to have been copied',
};

export const REVOKED_TEXTS: Readonly<Record<string, string>> = {
  by_person: 'by the person',
  by_operator: 'by the operator',
  reported: 'reported by the person',
  sim_swapped: 'the SIM was swapped',
  too_many: 'too many devices',
  erased: 'the account was erased',
  replayed: 'its cookie was copied',
};

export const REASON_FAULT = 'Say why, in 10 to 500 characters. It is kept in the audit log.';

export const ONE_PERSON_FAULT = 'They do not tell of the same person for certain. Tick this only if you know that they are one person.';
