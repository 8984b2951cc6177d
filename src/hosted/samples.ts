/**
 * Sample contents of every page: the usual case, faults, long and hostile values. Tests, the accessibility run and the
 * gallery render them all; no page is shown to a person with them.
 */
import { AGAIN_SAMPLES } from './again_samples.ts';
import { MY_SAMPLES, myCommon } from './my_samples.ts';
import type { PageCommon, PageModels, PageName } from './pages.ts';

export interface PageSample<Name extends PageName = PageName> {
  /** What is special about it, as part of a file name. */
  readonly label: string;
  readonly model: PageModels[Name];
  readonly common?: Partial<PageCommon>;
}

/** The moment at which samples are shown. */
export const SAMPLE_NOW = Date.UTC(2026, 2, 14, 9, 30);

const MINUTE = 60_000;
const HOSTILE = `"><script>alert('x')</script>{{ 7*7 }}{% raw %} ' onload=x`;
const LONG = 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh y Fernández de la Cueva Enríquez';
const REFERENCE = 'jrn_7Kq2mVx9TzLw4RbN';
const RETURN = '/interaction/Vx9TzLw4RbN7Kq2m/return?step=final&x=1';
const LOGO = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 36"><rect width="180" height="36" rx="8" fill="#5b2a86"/>' +
    '<circle cx="20" cy="18" r="9" fill="#ffd166"/><path d="M42 12h96v5H42zM42 20h64v4H42z" fill="#fff"/></svg>',
).toString('base64')}`;

export const SAMPLE_COUNTRIES: readonly string[] = ['AE', 'AX', 'BR', 'CA', 'CI', 'DE', 'ES', 'FR', 'GB', 'MX', 'US'];

const CONSENT =
  'By choosing “Agree and continue” you allow Harbour Credit to have your phone company and an identity database ' +
  'confirm your name, address and phone number, and to send you one text message with a link to this number for this ' +
  'check. Message and data rates may apply. Reply HELP for help or STOP to end.';

/** What the shell adds in samples. */
export function sampleCommon(page: PageName, extra: Partial<PageCommon> = {}): PageCommon {
  const formless: readonly PageName[] = ['finished', 'denied', 'review_wait', 'phone_done', 'phone_stopped', 'phone_gone', 'capture_done', 'again_gone', 'again_done', 'error'];
  const outside: readonly PageName[] = [...formless, 'logout', 'logout_success', 'stale', 'outbox', 'home', 'working'];
  const claim = page.startsWith('phone_') || page === 'capture_claim';
  const phone = claim || page.startsWith('capture_');
  const leavable = !phone && page !== 'again_link' && page !== 'leave' && (page === 'working' || !outside.includes(page));
  const locale = extra.locale ?? 'en';
  return {
    locale,
    appName: 'Harbour Credit',
    theme: {},
    errors: {},
    values: {},
    reference: page === 'home' || page === 'outbox' || page.startsWith('logout') ? '' : REFERENCE,
    languages: [
      { code: 'en', href: '/interaction/Vx9TzLw4RbN7Kq2m?lang=en', current: locale === 'en' },
      { code: 'es', href: '/interaction/Vx9TzLw4RbN7Kq2m?lang=es', current: locale === 'es' },
    ],
    ...(leavable ? { leaveHref: '/interaction/Vx9TzLw4RbN7Kq2m/leave' } : {}),
    ...(outside.includes(page)
      ? {}
      : {
          form: {
            action: claim ? '/l/3kX9' : phone ? '/capture' : '/interaction/Vx9TzLw4RbN7Kq2m',
            method: 'post',
            csrf: 'c5rf',
            version: 3,
            page,
          },
          expiresAt: SAMPLE_NOW + 26 * MINUTE,
          ...(phone || page === 'leave'
            ? {}
            : {
                moreTime: {
                  action: '/interaction/Vx9TzLw4RbN7Kq2m/more-time',
                  csrf: 'c5rf',
                  href: '/interaction/Vx9TzLw4RbN7Kq2m/more-time',
                },
              }),
        }),
    ...myCommon(page),
    // Its journey is nobody's yet: no reference, and no time but the one in its text.
    ...(page === 'again_link' || page === 'again_gone' ? { reference: '', expiresAt: undefined, moreTime: undefined } : {}),
    ...extra,
  };
}

const pii = {
  country: 'US',
  countries: SAMPLE_COUNTRIES,
  askBirthDate: false,
  again: false,
  locked: [],
  consentText: CONSENT,
  consentHash: 'b1946ac92492d2347c6235b4d2611184',
} as const;

const wait = {
  number: '47',
  phoneEnding: '23',
  expiresAt: SAMPLE_NOW + 10 * MINUTE,
  canResendAt: SAMPLE_NOW + MINUTE / 2,
  sendsLeft: 2,
  status: 'sent',
  known: false,
} as const;

const confirm = {
  startedAt: SAMPLE_NOW - 2 * MINUTE,
  placeCountry: 'US',
  desktopBrowser: 'Chrome on Windows',
  choices: ['12', '47', '83'],
  onDesktop: false,
} as const;

/** A code that can be looked at; the real one is drawn by the shell. */
const QR = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h33v33H0z"/>' +
    '<path d="M4 4h7v7H4zM22 4h7v7h-7zM4 22h7v7H4zM13 5h2v3h3v2h-5zM14 13h4v4h-4zM20 14h3v5h-3zM5 14h5v2H5zM12 20h3v4h-3zM18 22h6v2h-6zM25 25h3v4h-3zM16 26h5v2h-5z"/></svg>',
).toString('base64')}`;

const handover = {
  url: 'http://localhost:3000/l/3kX9aaaaaaaaaaaaaaaaaaaaaa',
  qr: QR,
  expiresAt: SAMPLE_NOW + 10 * MINUTE,
  number: '47',
  sms: { phoneEnding: '23', sendsLeft: 3, canResendAt: SAMPLE_NOW, status: 'none' },
  otherWay: true,
} as const;

const claim = { startedAt: SAMPLE_NOW - 2 * MINUTE, placeCountry: 'US', desktopBrowser: 'Chrome on Windows', choices: ['12', '47', '83'], onDesktop: false } as const;

const BIOMETRICS =
  'You allow Harbour Credit to take pictures of your identity document and of your face, to compare the two by computer, and to ' +
  'keep the result. The measurements of your face are deleted when the check ends, and the pictures within 24 hours. You can stop ' +
  'at any time, and ask for everything to be deleted.';

const QUESTIONS_CONSENT =
  'You allow Harbour Credit to send your name, address and phone number to a company that holds records about people, and to ' +
  'ask you questions made out of them. Your answers are not kept. You can refuse, and then nobody is asked about you.';

const side = { slot: 'front', type: 'passport', country: 'US', second: false, attemptsLeft: 3, uploads: true, otherWay: true } as const;
const selfie = { step: 1, of: 3, attemptsLeft: 3, photos: true, otherWay: true } as const;
const challenge = { ...selfie, nonce: 'n0nce', endsAt: SAMPLE_NOW + MINUTE / 3 } as const;

const QUESTIONS = [
  { id: 'a1', text: 'On which of these streets have you lived?', choices: [{ id: '1', text: 'Brunswick Court' }, { id: '2', text: 'Larkspur Lane' }, { id: '3', text: 'Orchard Road' }, { id: '4', text: 'None of the above' }] },
  { id: 'b2', text: 'Which company gave you a car loan in 2019?', choices: [{ id: '1', text: 'Harbour Motor Credit' }, { id: '2', text: HOSTILE }, { id: '3', text: LONG }, { id: '4', text: 'None of the above' }] },
  { id: 'c3', text: LONG, choices: [{ id: '1', text: '1998' }, { id: '2', text: '2004' }, { id: '3', text: 'None of the above' }] },
  { id: 'd4', text: 'Which of these numbers was yours before?', choices: [{ id: '1', text: '… 14' }, { id: '2', text: '… 77' }, { id: '3', text: 'None of the above' }] },
] as const;
const questions = { questions: QUESTIONS, endsAt: SAMPLE_NOW + 3 * MINUTE, round: 1, rounds: 2 } as const;

export const SAMPLES: { readonly [Name in PageName]: readonly PageSample<Name>[] } = {
  session_risk: [
    { label: 'country', model: { collect: 'country', countries: SAMPLE_COUNTRIES, country: 'US', shownAt: `${SAMPLE_NOW}.c2lnbmVk`, honeypot: 'homepage' } },
    { label: 'passkey', model: { collect: 'country', countries: SAMPLE_COUNTRIES, country: 'US', passkey: { challenge: 'gS7p0kQ2mVx9TzLw4RbN1A', rpId: 'id.example' } } },
    {
      label: 'email_fault',
      model: { collect: 'email', countries: [], country: 'US' },
      common: { errors: { email: 'email_invalid' }, values: { email: HOSTILE } },
    },
    {
      label: 'username_themed',
      model: { collect: 'username', countries: [], country: 'US', steps: ['details', 'phone', 'document'] },
      common: { theme: { name: 'Saffron Bank', accent: '#5b2a86', logo: LOGO } },
    },
    { label: 'nothing_hostile', model: { collect: 'nothing', countries: [], country: 'US', deviceChallenge: HOSTILE, now: SAMPLE_NOW }, common: { appName: HOSTILE } },
  ],
  pii_form: [
    { label: 'us', model: pii },
    {
      label: 'gb_faults',
      model: { ...pii, country: 'GB', askBirthDate: true },
      common: {
        errors: {
          phone: 'phone_invalid',
          given_name: 'required',
          city: 'too_long',
          postal_code: 'postal_code_invalid',
          birth_date: 'birth_date_invalid',
          consent: 'consent_changed',
          elsewhere: 'required',
        },
        values: { family_name: LONG, street: HOSTILE, city: LONG, postal_code: 'SW1', phone: '12', country: 'GB' },
      },
    },
    {
      label: 'changed_country',
      model: pii,
      common: { values: { country: 'CA', given_name: 'Élodie', region: 'ZZ' }, errors: { region: 'region_invalid' } },
    },
    {
      label: 'again',
      model: { ...pii, again: true },
      common: { values: { given_name: 'Andrew', family_name: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postal_code: '34743' } },
    },
    {
      label: 'nothing_typed',
      model: { ...pii, askBirthDate: true },
      common: {
        errors: {
          given_name: 'required', family_name: 'required', birth_date: 'required', street: 'required', city: 'required',
          region: 'required', postal_code: 'required', phone: 'required', country: 'required',
        },
      },
    },
    {
      label: 'supplied',
      model: { ...pii, askBirthDate: true, locked: ['given_name', 'family_name', 'country', 'birth_date'] },
      common: { values: { given_name: 'Andrew', family_name: HOSTILE, country: 'US', birth_date: '1969-09-26' } },
    },
    {
      label: 'amber_theme',
      model: { ...pii, country: 'DE' },
      common: { theme: { name: 'Amber', accent: '#f5b700' } },
    },
  ],
  pii_review: [
    {
      label: 'usual',
      model: {
        rows: [
          { key: 'label.name', value: 'Andrew Roshell', field: 'given_name' },
          { key: 'label.address', value: '2591 Brunswick Ct\nKissimmee, FL 34743\nUnited States', field: 'street' },
          { key: 'label.phone', value: '+1 407 555 0123', field: 'phone', fixed: true },
        ],
        editHref: '/interaction/Vx9TzLw4RbN7Kq2m?edit=1',
      },
    },
    {
      label: 'hostile',
      model: {
        rows: [
          { key: 'label.name', value: `${LONG} ${HOSTILE}`, field: 'given_name' },
          { key: 'label.birth_date', value: '1969-09-26', field: 'birth_date' },
          { key: 'label.address', value: 'شارع الملك فهد 12\nالرياض', field: 'street' },
        ],
        editHref: '/interaction/Vx9TzLw4RbN7Kq2m?edit=1',
      },
    },
  ],
  working: [
    { label: 'polling', model: {}, common: { pollHref: '/interaction/Vx9TzLw4RbN7Kq2m/poll', wakeAfter: 30 } },
    { label: 'plain', model: {} },
  ],
  sms_wait: [
    { label: 'sent', model: wait, common: { pollHref: '/interaction/Vx9TzLw4RbN7Kq2m/poll' } },
    { label: 'sending_no_number', model: { ...wait, number: undefined, status: 'sending' } },
    { label: 'failed', model: { ...wait, status: 'failed' } },
    { label: 'known', model: { ...wait, known: true } },
    { label: 'unknown_none_left', model: { ...wait, status: 'unknown', sendsLeft: 0 } },
    {
      label: 'too_soon',
      model: { ...wait, status: 'delivered', sendsLeft: 1 },
      common: { errors: { action: 'resend_too_soon' }, pollHref: '/interaction/Vx9TzLw4RbN7Kq2m/poll', wakeAfter: 500 },
    },
  ],
  device_proof: [
    { label: 'usual', model: { challenge: 'gS7p0kQ2mVx9TzLw4RbN1A', now: SAMPLE_NOW, keyId: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' } },
    { label: 'themed_long', model: { challenge: HOSTILE, now: SAMPLE_NOW, keyId: HOSTILE }, common: { appName: LONG, theme: { name: 'Saffron Bank', accent: '#5b2a86', logo: LOGO } } },
  ],
  device_challenge: [
    { label: 'link', model: { canLink: true, passkey: { options: { challenge: 'gS7p0kQ2mVx9TzLw4RbN1A' } }, again: false } },
    { label: 'link_again', model: { canLink: true, passkey: { options: { challenge: HOSTILE } }, again: true }, common: { appName: LONG } },
    { label: 'verify', model: { canLink: false, passkey: { options: { challenge: 'gS7p0kQ2mVx9TzLw4RbN1A' } }, again: false } },
  ],
  finished: [
    { label: 'usual', model: { returnHref: RETURN } },
    { label: 'long_name', model: { returnHref: RETURN }, common: { appName: LONG } },
    { label: 'passkey', model: { returnHref: RETURN, devicesHref: '/my/devices/Q2mVx9TzLw4RbN7Kq2mVx9TzLw4RbN7Kq2mVx9TzLw4', passkey: { ticket: 'Q2mVx9TzLw4RbN7Kq2mVx9TzLw4RbN7Kq2mVx9TzLw4' } } },
  ],
  denied: [
    { label: 'denied', model: { kind: 'denied', returnHref: RETURN } },
    { label: 'step_unavailable', model: { kind: 'step_unavailable', returnHref: RETURN } },
    { label: 'expired', model: { kind: 'expired', returnHref: RETURN } },
    { label: 'review', model: { kind: 'review', returnHref: RETURN }, common: { appName: HOSTILE } },
    { label: 'stopped', model: { kind: 'stopped', returnHref: RETURN } },
  ],
  review_wait: [
    { label: 'waiting', model: { returnHref: RETURN } },
    { label: 'hostile', model: { returnHref: RETURN }, common: { appName: HOSTILE } },
  ],
  phone_confirm: [
    { label: 'choices', model: { ...confirm, deviceChallenge: 'gS7p0kQ2mVx9TzLw4RbN1A', now: SAMPLE_NOW } },
    { label: 'desktop', model: { ...confirm, onDesktop: true } },
    { label: 'fault', model: confirm, common: { errors: { number: 'required' } } },
    { label: 'no_choices_fault', model: { ...confirm, choices: [] }, common: { errors: { number: 'required' } } },
    { label: 'no_choices', model: { ...confirm, choices: [], placeCountry: undefined, desktopBrowser: undefined } },
    { label: 'hostile', model: { ...confirm, desktopBrowser: HOSTILE }, common: { appName: LONG } },
  ],
  phone_done: [
    { label: 'usual', model: {} },
    { label: 'passkey', model: { devicesHref: '/my/devices/Q2mVx9TzLw4RbN7Kq2mVx9TzLw4RbN7Kq2mVx9TzLw4', passkey: { ticket: 'Q2mVx9TzLw4RbN7Kq2mVx9TzLw4RbN7Kq2mVx9TzLw4' } } },
  ],
  phone_stopped: [
    { label: 'refused', model: { kind: 'refused' } },
    { label: 'stopped', model: { kind: 'stopped' } },
  ],
  phone_gone: [{ label: 'usual', model: {}, common: { appName: '', reference: '' } }],
  document_handover: [
    { label: 'usual', model: handover, common: { pollHref: '/interaction/Vx9TzLw4RbN7Kq2m/poll' } },
    { label: 'sent', model: { ...handover, sms: { ...handover.sms, status: 'sent', sendsLeft: 2, canResendAt: SAMPLE_NOW + MINUTE / 2 }, otherWay: false } },
    { label: 'no_sms_fault', model: { ...handover, sms: undefined, number: undefined }, common: { errors: { action: 'use_your_phone' } } },
    { label: 'none_left', model: { ...handover, sms: { ...handover.sms, status: 'failed', sendsLeft: 0 } }, common: { appName: HOSTILE } },
  ],
  document_following: [
    { label: 'document', model: { stage: 'document', otherWay: true }, common: { pollHref: '/interaction/Vx9TzLw4RbN7Kq2m/poll' } },
    { label: 'reading', model: { stage: 'reading', otherWay: false }, common: { appName: LONG } },
  ],
  capture_claim: [
    { label: 'choices', model: claim },
    { label: 'desktop_fault', model: { ...claim, onDesktop: true }, common: { errors: { number: 'required' } } },
    { label: 'no_choices', model: { ...claim, choices: [], placeCountry: undefined, desktopBrowser: undefined }, common: { appName: HOSTILE } },
  ],
  capture_consent: [
    { label: 'usual', model: { consentText: BIOMETRICS, consentHash: 'b1946ac92492d2347c6235b4d2611184', otherWay: false } },
    {
      label: 'changed',
      model: { consentText: `${BIOMETRICS} ${HOSTILE}`, consentHash: 'b1946ac92492d2347c6235b4d2611184', otherWay: true },
      common: { errors: { consent: 'consent_changed' } },
    },
  ],
  capture_choose: [
    { label: 'usual', model: { countries: SAMPLE_COUNTRIES, country: 'US', types: ['passport', 'driving_licence', 'identity_card'], second: false, otherWay: true } },
    { label: 'second', model: { countries: ['GB'], country: 'GB', types: ['driving_licence', 'identity_card'], second: true, otherWay: false } },
    {
      label: 'fault',
      model: { countries: SAMPLE_COUNTRIES, country: 'DE', types: ['passport', 'identity_card'], second: false, otherWay: true },
      common: { errors: { type: 'required', country: 'country_invalid' } },
    },
  ],
  capture_side: [
    { label: 'passport', model: side },
    { label: 'licence_back_blurred', model: { ...side, slot: 'back', type: 'driving_licence', attemptsLeft: 1, problem: 'blurred', otherWay: false } },
    { label: 'card_fault', model: { ...side, type: 'identity_card', country: 'DE', second: true }, common: { errors: { picture: 'image_heic' } } },
    { label: 'no_uploads', model: { ...side, uploads: false }, common: { appName: LONG } },
  ],
  capture_selfie: [
    { label: 'begin', model: selfie },
    { label: 'begin_again', model: { ...selfie, problem: 'not_same_face', attemptsLeft: 2, photos: false, otherWay: false } },
    { label: 'live', model: { ...challenge, turn: 'left', method: 'live' } },
    { label: 'photo_left', model: { ...challenge, turn: 'left', method: 'photo', step: 2 }, common: { errors: { frame: 'missing' } } },
    { label: 'photo_centre', model: { ...challenge, turn: 'centre', method: 'photo', problem: 'no_face' } },
  ],
  capture_vendor: [
    { label: 'go', model: { url: 'https://capture.vendor.example/s/1', vendor: 'Meridian Documents', waiting: false, otherWay: true } },
    { label: 'waiting', model: { url: 'https://capture.vendor.example/s/1', vendor: HOSTILE, waiting: true, otherWay: false }, common: { pollHref: '/capture/poll' } },
  ],
  capture_done: [
    { label: 'done', model: { kind: 'done' } },
    { label: 'onward', model: { kind: 'done', onwardHref: '/capture/landing' } },
    { label: 'passkey', model: { kind: 'done', onwardHref: '/capture/landing', passkey: { ticket: 'Q2mVx9TzLw4RbN7Kq2mVx9TzLw4RbN7Kq2mVx9TzLw4' } } },
    { label: 'declined', model: { kind: 'declined' } },
    { label: 'expired', model: { kind: 'expired' } },
  ],
  kba_consent: [
    { label: 'usual', model: { consentText: QUESTIONS_CONSENT, consentHash: '591785b794601e212b260e25925636fd', otherWay: false } },
    {
      label: 'changed',
      model: { consentText: `${QUESTIONS_CONSENT} ${HOSTILE}`, consentHash: '591785b794601e212b260e25925636fd', otherWay: true },
      common: { errors: { consent: 'consent_changed' } },
    },
  ],
  kba_questions: [
    { label: 'usual', model: questions },
    { label: 'again_fault', model: { ...questions, round: 2 }, common: { errors: { q_b2: 'required', q_d4: 'required' }, values: { q_a1: '4' } } },
  ],
  error: [
    { label: 'internal', model: { code: 'internal_error', status: 500, sentenceKey: 'errors.internal_error' } },
    { label: 'not_found', model: { code: 'not_found', status: 404, sentenceKey: 'errors.not_found' } },
    { label: 'wait', model: { code: 'too_many_requests', status: 429, sentenceKey: 'errors.too_many_requests' } },
    {
      label: 'forbidden',
      model: { code: 'csrf_mismatch', status: 403, sentenceKey: 'errors.csrf_mismatch' },
      common: { appName: HOSTILE },
    },
  ],
  logout: [
    { label: 'app', model: { action: '/logout/confirm', xsrf: 'x5rf', app: 'Harbour Credit' } },
    { label: 'hostile', model: { action: '/logout/confirm', xsrf: HOSTILE } },
  ],
  logout_success: [{ label: 'usual', model: {} }],
  stale: [
    { label: 'app', model: { app: 'Harbour Credit' } },
    { label: 'hostile', model: { app: HOSTILE } },
    { label: 'plain', model: {} },
  ],
  more_time: [{ label: 'usual', model: { backHref: '/interaction/Vx9TzLw4RbN7Kq2m' } }],
  leave: [
    { label: 'usual', model: { backHref: '/interaction/Vx9TzLw4RbN7Kq2m' } },
    { label: 'hostile', model: { backHref: '/interaction/Vx9TzLw4RbN7Kq2m' }, common: { appName: HOSTILE } },
  ],
  outbox: [
    {
      label: 'messages',
      common: { appName: 'Gatehouse' },
      model: {
        messages: [
          {
            to: '+14075550123',
            body: 'Harbour Credit: confirm that it is you: https://id.example/l/3kX9aaaaaaaaaaaaaaaaaaaaaa Valid for 10 minutes.',
            link: 'https://id.example/l/3kX9aaaaaaaaaaaaaaaaaaaaaa',
            sentAt: SAMPLE_NOW - 9 * MINUTE,
          },
          { to: '+442079460123', body: HOSTILE, link: 'javascript:alert(1)', sentAt: SAMPLE_NOW - MINUTE },
        ],
      },
    },
    { label: 'empty', model: { messages: [] } },
  ],
  home: [
    {
      label: 'development',
      model: { issuer: 'http://localhost:3000', outbox: '/dev/outbox' },
      common: { appName: 'Gatehouse' },
    },
    { label: 'production', model: { issuer: 'https://id.example' }, common: { appName: 'Gatehouse' } },
  ],
  ...AGAIN_SAMPLES,
  ...MY_SAMPLES,
};

/** Every sample of every page, flat. */
export function allSamples(): readonly { readonly page: PageName; readonly sample: PageSample }[] {
  return (Object.keys(SAMPLES) as PageName[]).flatMap((page) =>
    (SAMPLES[page] as readonly PageSample[]).map((sample) => ({ page, sample })),
  );
}
