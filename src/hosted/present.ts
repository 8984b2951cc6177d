/**
 * From what a step shows to what a page needs: the few things a step cannot know, because they depend on who looks
 * (language, links) or come from another step. One row per page that needs something added.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Locale } from '../http/locales/index.ts';
import type { Evidence } from '../journey/journey.ts';
import type { Workflow } from '../journey/workflow.ts';
import { biometricConsent } from '../steps/document_selfie/consent.ts';
import { questionsConsent } from '../steps/kba/consent.ts';
import { sessionEvidenceOf } from '../steps/session_evidence.ts';
import { consentText } from '../steps/pii_validation/consent.ts';
import { qrDataUri } from './qr.ts';

export interface Looking {
  readonly locale: Locale;
  readonly appName: string;
  readonly workflow: Workflow;
  readonly evidence: readonly Evidence[];
  readonly href: string;
}

type Model = Readonly<Record<string, unknown>>;

const ADDITIONS: Readonly<Record<string, (model: Model, looking: Looking) => Model>> = {
  session_risk: (model, { workflow }) => ({ ...model, steps: stepsAhead(workflow) }),
  // The text in the language of the page it stands on: that is the one agreed to.
  pii_form: (model, { workflow, appName, locale }) => {
    const consent = consentText(workflow, appName, locale);
    return { ...model, consentText: consent?.text ?? '', consentHash: consent?.hash ?? '' };
  },
  pii_review: (model, { href, locale }) => ({ ...model, rows: readableRows(model, locale), editHref: `${href}?edit=1` }),
  phone_confirm: withSession,
  document_handover: (model) => ({ ...model, qr: qrDataUri(String(model['url'])) }),
  capture_claim: withSession,
  capture_consent: (model, { workflow, appName, locale }) => {
    const { text, hash } = biometricConsent(workflow, appName, locale);
    return { ...model, consentText: text, consentHash: hash };
  },
  kba_consent: (model, { workflow, appName, locale }) => {
    const { text, hash } = questionsConsent(workflow, appName, locale);
    return { ...model, consentText: text, consentHash: hash };
  },
};

/** Where the request came from, for whoever holds the phone to recognise. */
function withSession(model: Model, { evidence }: Looking): Model {
  const session = sessionEvidenceOf(evidence);
  return { ...model, placeCountry: session?.placeCountry, desktopBrowser: session?.browser };
}

/** The complete model of a page. */
export function present(page: string, model: Model, looking: Looking): Model {
  return ADDITIONS[page]?.(model, looking) ?? model;
}

/** The country by its name, and the phone number in groups: people find a slip in what they can read. */
function readableRows(model: Model, locale: Locale): readonly Model[] {
  const country = String(model['country'] ?? '');
  const name = country === '' ? '' : (new Intl.DisplayNames([locale], { type: 'region', fallback: 'code' }).of(country) ?? country);
  return (model['rows'] as readonly Model[]).map((row) => {
    const value = String(row['value']);
    if (row['field'] === 'street' && name !== '') return { ...row, value: `${value}\n${name}` };
    if (row['field'] === 'phone') return { ...row, value: parsePhoneNumberFromString(value)?.formatInternational() ?? value };
    return row;
  });
}

/** What the workflow will most likely ask for, in order: its way with no failure in it. */
function stepsAhead(workflow: Workflow): readonly string[] {
  const words: Readonly<Record<string, string>> = { pii_validation: 'details', sms_link: 'phone', otp: 'phone', document_selfie: 'document' };
  const smooth: Readonly<Record<string, string>> = { trusted_device: 'unknown', session_risk: 'allow', pii_validation: 'match', sms_link: 'confirmed', document_selfie: 'pass', kba: 'pass', otp: 'confirmed', watchlist: 'clear' };
  const ahead: string[] = [];
  let at: string | undefined = workflow.definition.entry;
  for (let hops = 0; at !== undefined && hops < 20; hops += 1) {
    const node: Workflow['definition']['nodes'][string] | undefined = workflow.definition.nodes[at];
    if (!node) break;
    const word = words[node.step];
    if (word !== undefined && !ahead.includes(word)) ahead.push(word);
    const target: { go?: string } | undefined = node.routes[smooth[node.step] ?? ''] as { go?: string } | undefined;
    at = target?.go;
  }
  return ahead;
}
