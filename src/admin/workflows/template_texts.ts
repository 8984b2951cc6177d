/** The built-in templates in plain words, for whoever picks one. */
export const TEMPLATE_TEXTS: Readonly<Record<string, { readonly title: string; readonly text: string; readonly when: string }>> = {
  user_onboarding: {
    title: 'User onboarding', text: 'Session risk, then name, address and phone with a link to the phone; where the carrier cannot confirm, a document and a selfie.',
    when: 'People you do not know yet. The usual choice.',
  },
  user_onboarding_match_only: {
    title: 'User onboarding, match only', text: 'The same without the link: a match alone approves, at a lower assurance.',
    when: 'Little is at stake, and every step costs you people.',
  },
  identity_binding: {
    title: 'Identity binding', text: 'As onboarding, but your application says who the person is, and they have to match it.',
    when: 'People you already have on file.',
  },
  continuous_reauth: {
    title: 'Continuous re-authentication', text: 'A trusted device with clean signals costs nothing; less than clean costs a link on the phone, much less the whole onboarding.',
    when: 'People who were verified here before and sign in again and again.',
  },
  document_only: {
    title: 'Document only', text: 'A document and a selfie, and nothing else.',
    when: 'Countries without carrier records, or a law that demands the document.',
  },
  kyc_2fa: {
    title: 'Document and phone', text: 'A document first; the selfie only if it passes; then a code by text or call. Failure or doubt opens a case.',
    when: 'Accounts at a bank or exchange, with people who review what is doubtful.',
  },
  kyc_waterfall: {
    title: 'KYC waterfall', text: 'Records first, then questions, then the document: as little as the person’s case needs.',
    when: 'Customer identification in the United States.',
  },
};

/** What a template is called; its name where it has no words of its own. */
export function templateTitle(name: string): string {
  return Object.hasOwn(TEMPLATE_TEXTS, name) ? (TEMPLATE_TEXTS[name]?.title ?? name) : name;
}
