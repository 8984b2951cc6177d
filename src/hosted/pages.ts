/**
 * Every page that Gatehouse shows: its name, the type of what it shows, its template and its title. Samples are in
 * `samples.ts`; one test renders them all. A new page is a template, a row here and its samples.
 */
import { isMessageKey, message, type Locale, type MessageKey } from '../http/locales/index.ts';
import type { Views } from '../http/views.ts';
import type { DocumentPageModels } from '../steps/document_selfie/pages.ts';
import type { KbaPageModels } from '../steps/kba/pages.ts';
import type { TrustedDevicePageModels } from '../steps/trusted_device/pages.ts';
import { AGAIN_PAGE_ROWS, type AgainPageModels } from './again_pages.ts';
import { captureWords } from './capture_words.ts';
import type { Ending } from './ending.ts';
import { MY_PAGES, type MyPageModels, type ShowsDevices } from './my_pages.ts';
import type { PasskeyOffered } from './passkeys.ts';

/** Look of one workflow; `accent` is `#rrggbb`, `logo` a `data:image/…` address. */
export interface PageTheme {
  readonly name?: string | undefined;
  readonly accent?: string | undefined;
  readonly logo?: string | undefined;
}

/** The page's one form: posted as `csrf`, `v` (the journey's version) and `page`, besides its own fields. */
export interface PageForm {
  readonly action: string;
  readonly method: 'post';
  readonly csrf: string;
  readonly version: number;
  readonly page: string;
}

/** What the shell knows and every page may use. */
export interface PageCommon {
  readonly locale: Locale;
  /** The application that asks, as it calls itself: text that nobody vouches for. */
  readonly appName: string;
  readonly theme: PageTheme;
  readonly form?: PageForm | undefined;
  /** Field name to the last part of a message key (`errors.fields.<key>`). */
  readonly errors: Readonly<Record<string, string>>;
  /** What was typed before, to be shown again. Opened personal data: hand it over and forget it. */
  readonly values: Readonly<Record<string, string>>;
  /** Transaction id to quote; empty where there is no journey. */
  readonly reference: string;
  /** When the journey expires, epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /**
   * Where more time is asked for: `href` is the page `more_time`, `action` takes the script's POST
   * (`csrf`, `page=more_time`; Accept: application/json) and answers `{expiresAt, version, more}`.
   * Undefined when no more is allowed.
   */
  readonly moreTime?: { readonly action: string; readonly csrf: string; readonly href: string } | undefined;
  /** The page `leave`, where the person can stop and go back to the application; undefined where nothing is under way. */
  readonly leaveHref?: string | undefined;
  readonly languages: readonly { readonly code: Locale; readonly href: string; readonly current: boolean }[];
  /** Seconds after which a page that waits loads itself again where no script polls. */
  readonly wakeAfter?: number | undefined;
  /** Answers `{move: boolean}` as JSON to pages that wait. Without it they load themselves again. */
  readonly pollHref?: string | undefined;
}

type Nothing = Readonly<Record<never, never>>;

type StepPages = DocumentPageModels & KbaPageModels & TrustedDevicePageModels;

/** A page that the browser's key may be shown on; both absent where no device is to be known. */
interface KeyAsked {
  readonly deviceChallenge?: string | undefined;
  /** The server's time. */
  readonly now?: number | undefined;
}

/** A page where a journey ended well, which may offer to add a passkey. */
interface AddsPasskey {
  readonly passkey?: PasskeyOffered | undefined;
}

/** Page name to what that page shows, beside {@link PageCommon}. Times are epoch milliseconds. */
export interface PageModels extends Omit<StepPages, 'document_handover' | 'capture_claim' | 'capture_consent' | 'kba_consent'>, MyPageModels, AgainPageModels {
  /** `qr` is the drawn code, a `data:image/…` address. */
  readonly document_handover: StepPages['document_handover'] & { readonly qr: string };
  readonly capture_claim: StepPages['capture_claim'] & {
    /** ISO 3166-1 alpha-2. */
    readonly placeCountry?: string | undefined;
    /** E.g. `Chrome on Windows`. */
    readonly desktopBrowser?: string | undefined;
    readonly onDesktop: boolean;
  };
  /** The text in the page's language, and its hash, which is sent back. */
  readonly capture_consent: StepPages['capture_consent'] & KeyAsked & { readonly consentText: string; readonly consentHash: string };
  readonly kba_consent: StepPages['kba_consent'] & { readonly consentText: string; readonly consentHash: string };
  /** The phone's part is over; nothing about the decision. */
  /** `onwardHref`: leads to the application's own page for phones, where it has one. */
  readonly capture_done: AddsPasskey & { readonly kind: 'done' | 'declined' | 'expired'; readonly onwardHref?: string | undefined };
  readonly session_risk: KeyAsked & {
    /** Lets whoever has a passkey come back by it (`steps/session_risk/passkey_port.ts`). */
    readonly passkey?: { readonly challenge: string; readonly rpId: string } | undefined;
    /** When the page was shown, signed. */
    readonly shownAt?: string | undefined;
    /** Name of the field that must stay empty. */
    readonly honeypot?: string | undefined;
    readonly collect: 'country' | 'email' | 'username' | 'nothing';
    /** ISO 3166-1 alpha-2. */
    readonly countries: readonly string[];
    readonly country: string;
    /** What the workflow will ask for, in order; the phone path by default. */
    readonly steps?: readonly ('details' | 'phone' | 'document')[] | undefined;
  };
  readonly pii_form: {
    readonly country: string;
    readonly countries: readonly string[];
    readonly askBirthDate: boolean;
    /** These details were sent before and not confirmed. */
    readonly again: boolean;
    /** Fields that the application filled in: shown, not asked. */
    readonly locked: readonly string[];
    readonly consentText: string;
    readonly consentHash: string;
  };
  readonly pii_review: {
    readonly rows: readonly {
      /** Message key, `label.…`. */
      readonly key: string;
      readonly value: string;
      /** Id of the field on the form. */
      readonly field: string;
      /** Supplied by the application: not to be changed here. */
      readonly fixed?: boolean;
    }[];
    readonly editHref: string;
  };
  readonly working: Nothing;
  readonly sms_wait: {
    /** Two digits to choose on the phone; undefined where number transfer is off. */
    readonly number?: string | undefined;
    /** Last two digits of the phone number. */
    readonly phoneEnding: string;
    /** When the link expires. */
    readonly expiresAt: number;
    readonly canResendAt: number;
    readonly sendsLeft: number;
    readonly status: 'sending' | 'sent' | 'delivered' | 'unknown' | 'failed';
    /** The number is known from an earlier verification: the person may say that it is theirs no longer. */
    readonly known: boolean;
  };
  readonly finished: AddsPasskey & ShowsDevices & { readonly returnHref: string };
  readonly denied: {
    readonly kind: Ending;
    readonly returnHref: string;
  };
  /** Somebody on the staff is looking, and the application waits. `returnHref`: back without waiting. */
  readonly review_wait: { readonly returnHref: string };
  readonly phone_confirm: KeyAsked & {
    readonly startedAt: number;
    /** ISO 3166-1 alpha-2. */
    readonly placeCountry?: string | undefined;
    /** E.g. `Chrome on Windows`. */
    readonly desktopBrowser?: string | undefined;
    /** Two-digit numbers; empty where number transfer is off. */
    readonly choices: readonly string[];
    readonly onDesktop: boolean;
  };
  readonly phone_done: AddsPasskey & ShowsDevices;
  readonly phone_stopped: { readonly kind: 'refused' | 'stopped' };
  readonly phone_gone: Nothing;
  readonly error: {
    readonly code: string;
    readonly status: number;
    readonly sentenceKey: MessageKey;
  };
  readonly logout: { readonly action: string; readonly xsrf: string; readonly app?: string | undefined };
  readonly logout_success: Nothing;
  /** `app` where the application that sent the person is known. */
  readonly stale: { readonly app?: string | undefined };
  readonly more_time: { readonly backHref: string };
  readonly leave: { readonly backHref: string };
  readonly outbox: {
    readonly messages: readonly {
      readonly to: string;
      readonly body: string;
      readonly link: string;
      readonly sentAt: number;
    }[];
  };
  readonly home: {
    readonly issuer: string;
    readonly outbox?: string | undefined;
  };
}

export type PageName = keyof PageModels;

interface PageRow<Model> {
  readonly view: string;
  readonly title: MessageKey | ((model: Model) => MessageKey);
  /** Fields an error can be linked to, in the order they stand; each is the id of an element. */
  readonly fields: readonly string[] | ((model: Model) => readonly string[]);
}

const ADDRESS_FIELDS = ['city', 'region', 'postal_code'] as const;

const PII_FIELDS = [
  'given_name',
  'family_name',
  'birth_date',
  'country',
  'street',
  ...ADDRESS_FIELDS,
  'phone',
  'consent',
] as const;

const DENIED_TITLES = {
  denied: 'denied.title',
  step_unavailable: 'denied.step_unavailable.title',
  expired: 'denied.expired.title',
  review: 'denied.review.title',
  stopped: 'denied.stopped.title',
} as const satisfies Record<Ending, MessageKey>;

/** By document, side and, where the country has a word of its own for the document, country. */
function sideTitle({ type, slot, country }: PageModels['capture_side']): MessageKey {
  const local = `capture_side.title.${type}.${slot}.${country}`;
  const general = `capture_side.title.${type}.${slot}`;
  return [local, general].find(isMessageKey) ?? 'capture_side.title';
}

function selfieTitle({ turn, method }: PageModels['capture_selfie']): MessageKey {
  return turn === undefined || method !== 'photo' ? 'capture_selfie.title' : `capture_selfie.title.${turn}`;
}

function errorTitle({ status }: { readonly status: number }): MessageKey {
  if (status === 404) return 'error.title.not_found';
  if (status === 429 || status === 503) return 'error.title.wait';
  return status < 500 ? 'error.title.request' : 'error.title';
}

export const PAGES: { readonly [Name in PageName]: PageRow<PageModels[Name]> } = {
  session_risk: {
    view: 'hosted/session_risk.njk',
    title: 'session_risk.title',
    fields: ['country', 'email', 'username'],
  },
  device_proof: { view: 'hosted/device_proof.njk', title: 'device_proof.title', fields: [] },
  device_challenge: { view: 'hosted/device_challenge.njk', title: 'device_challenge.title', fields: [] },
  pii_form: { view: 'hosted/pii_form.njk', title: 'pii_form.title', fields: PII_FIELDS },
  pii_review: { view: 'hosted/pii_review.njk', title: 'pii_review.title', fields: [] },
  working: { view: 'hosted/working.njk', title: 'working.title', fields: [] },
  sms_wait: { view: 'hosted/sms_wait.njk', title: 'sms_wait.title', fields: ['action'] },
  finished: { view: 'hosted/finished.njk', title: 'finished.title', fields: [] },
  denied: { view: 'hosted/denied.njk', title: ({ kind }) => DENIED_TITLES[kind], fields: [] },
  review_wait: { view: 'hosted/review_wait.njk', title: 'review_wait.title', fields: [] },
  phone_confirm: {
    view: 'hosted/phone_confirm.njk',
    title: ({ choices }) => (choices.length > 0 ? 'phone_confirm.title_number' : 'phone_confirm.title'),
    fields: ['number'],
  },
  phone_done: { view: 'hosted/phone_done.njk', title: 'phone_done.title', fields: [] },
  phone_stopped: {
    view: 'hosted/phone_stopped.njk',
    title: ({ kind }) => (kind === 'refused' ? 'phone_stopped.refused.title' : 'phone_stopped.stopped.title'),
    fields: [],
  },
  phone_gone: { view: 'hosted/phone_gone.njk', title: 'phone_gone.title', fields: [] },
  document_handover: { view: 'hosted/document_handover.njk', title: 'document_handover.title', fields: ['action'] },
  document_following: {
    view: 'hosted/document_following.njk',
    title: ({ stage }) => (stage === 'reading' ? 'document_following.reading.title' : 'document_following.title'),
    fields: ['action'],
  },
  capture_claim: {
    view: 'hosted/capture_claim.njk',
    title: ({ choices }) => (choices.length > 0 ? 'phone_confirm.title_number' : 'phone_confirm.title'),
    fields: ['number'],
  },
  capture_consent: { view: 'hosted/capture_consent.njk', title: 'capture_consent.title', fields: ['consent'] },
  capture_choose: {
    view: 'hosted/capture_choose.njk',
    title: ({ second }) => (second ? 'capture_choose.second.title' : 'capture_choose.title'),
    fields: ['country', 'type'],
  },
  capture_side: { view: 'hosted/capture_side.njk', title: sideTitle, fields: ['picture'] },
  capture_selfie: { view: 'hosted/capture_selfie.njk', title: selfieTitle, fields: ['frame'] },
  capture_vendor: {
    view: 'hosted/capture_vendor.njk',
    title: ({ waiting }) => (waiting ? 'capture_vendor.waiting.title' : 'capture_vendor.title'),
    fields: ['action'],
  },
  capture_done: { view: 'hosted/capture_done.njk', title: ({ kind }) => `capture_done.${kind}.title`, fields: [] },
  kba_consent: { view: 'hosted/kba_consent.njk', title: 'kba_consent.title', fields: ['consent'] },
  kba_questions: {
    view: 'hosted/kba_questions.njk',
    title: ({ round }) => (round > 1 ? 'kba_questions.again.title' : 'kba_questions.title'),
    fields: ({ questions }) => questions.map(({ id }) => `q_${id}`),
  },
  error: { view: 'errors/error.njk', title: errorTitle, fields: [] },
  logout: {
    view: 'hosted/logout.njk',
    title: ({ app }) => (app === undefined ? 'logout.title' : 'logout.title_app'),
    fields: [],
  },
  logout_success: { view: 'hosted/logout_success.njk', title: 'logout_success.title', fields: [] },
  stale: { view: 'hosted/stale.njk', title: 'stale.title', fields: [] },
  more_time: { view: 'hosted/more_time.njk', title: 'more_time.title', fields: [] },
  leave: { view: 'hosted/leave.njk', title: 'leave.title', fields: [] },
  outbox: { view: 'hosted/outbox.njk', title: 'outbox.title', fields: [] },
  home: { view: 'hosted/home.njk', title: 'home.title', fields: [] },
  ...MY_PAGES,
  ...AGAIN_PAGE_ROWS,
};

/** Key of a field's label, a neutral one for what no page names; city, region and postal code are called differently from country to country. */
export function labelKey(field: string, country?: string): MessageKey {
  const local = `label.${field}.${country}`;
  const general = `label.${field}`;
  if (country !== undefined && isMessageKey(local)) return local;
  return isMessageKey(general) ? general : 'label.answer';
}

/** Labels that change with the country, for the page and for the script that follows the country list. */
function addressLabels(locale: Locale, country: string): Record<string, string> {
  return Object.fromEntries(ADDRESS_FIELDS.map((field) => [field, message(locale, labelKey(field, country))]));
}

/** A field's fault in words: the sentence made for this very field, in this very country, where there is one. */
function fieldError(locale: Locale, field: string, key: string, country: string | undefined): string {
  const general = `errors.fields.${key}`;
  const kind = field.startsWith('q_') ? `${general}.question` : '';
  const special = [`${general}.${field}.${country}`, `${general}.${field}`, kind, general, `capture.problem.${key}`].find(isMessageKey);
  return message(locale, special ?? general, { label: message(locale, labelKey(field, country)) });
}

/**
 * Render a page. The page's own contents are `m` in the template, so that they never hide the shell's.
 * An unknown error key, a missing value or an unsafe link throws: a page that cannot be right is not shown.
 */
export function renderPage<Name extends PageName>(
  views: Views,
  name: Name,
  common: PageCommon,
  model: PageModels[Name],
): string {
  const row: PageRow<PageModels[Name]> = PAGES[name];
  const { locale, errors } = common;
  // The labels follow what the person chose last, so that an error names the field as it stands on the page.
  const chosen = 'country' in model ? common.values['country'] || model.country : undefined;
  const fields = typeof row.fields === 'function' ? row.fields(model) : row.fields;
  const at = (field: string): number => (fields.includes(field) ? fields.indexOf(field) : fields.length);
  const faults = Object.keys(errors)
    .sort((a, b) => at(a) - at(b))
    .map((field) => ({
      field,
      href: fields.includes(field) ? `#${field}` : '#main',
      text: fieldError(locale, field, errors[field] ?? 'required', chosen),
    }));
  const titleKey = typeof row.title === 'string' ? row.title : row.title(model);
  const app = 'app' in model && model.app !== undefined ? model.app : common.appName;
  const vendor = 'vendor' in model ? { vendor: model.vendor } : {};
  return views.render(row.view, locale, {
    ...common,
    m: model,
    page: name,
    title: message(locale, titleKey, { app, ...vendor }),
    brand: common.theme.name || common.appName || 'Gatehouse',
    languages: common.languages.map((language) => ({ ...language, name: message(language.code, 'language.name') })),
    faults,
    faultOf: Object.fromEntries(faults.map(({ field, text }) => [field, text])),
    ...(chosen === undefined ? {} : addressData(locale, chosen)),
    ...(name === 'capture_side' || name === 'capture_selfie' ? { captureWords: captureWords(locale) } : {}),
  });
}

function addressData(locale: Locale, country: string) {
  const byCountry = Object.fromEntries(['US', 'GB', 'CA', ''].map((code) => [code, addressLabels(locale, code)]));
  return { country, addressLabels: addressLabels(locale, country), addressLabelsJson: JSON.stringify(byCountry) };
}
