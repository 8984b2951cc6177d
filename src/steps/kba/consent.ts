import type { Workflow } from '../../journey/workflow.ts';
import { hashText, type ConsentText } from '../pii_validation/consent.ts';

/**
 * The built-in text. It names what is handed on, to whom, what for and what is kept, and that there is a choice, as GDPR
 * articles 6 (1)(a) and 13 ask.
 */
const BUILT_IN: Readonly<Record<string, string>> = {
  en: [
    'To ask you questions that only you should be able to answer, {app} sends the details you entered (name, address, phone number and, where you gave it, date of birth) to a company that holds records about people, such as earlier addresses, loans and employers.',
    'That company makes questions out of its records about you and counts your right answers. Your answers are used for this check only and are not kept.',
    'You can refuse; then nobody is asked about you, and the check goes on in another way where one is offered, or ends here. By choosing “I agree” you consent to this use of your data.',
  ].join(' '),
  es: [
    'Para hacerle preguntas que solo usted debería poder responder, {app} envía los datos que ha escrito (nombre, dirección, número de teléfono y, si la dio, fecha de nacimiento) a una empresa que tiene registros sobre personas, como direcciones anteriores, préstamos y empleos.',
    'Esa empresa prepara preguntas con lo que consta sobre usted y cuenta las respuestas acertadas. Sus respuestas se usan solo para esta comprobación y no se conservan.',
    'Puede negarse; entonces no se pregunta a nadie por usted, y la comprobación sigue de otra forma si la hay, o termina aquí. Al elegir «Acepto» consiente este uso de sus datos.',
  ].join(' '),
};

function textsOf({ definition: { options } }: Workflow): Readonly<Record<string, string>> {
  return { ...BUILT_IN, ...options.kba.consentTexts };
}

/** The text in a language, the workflow's own before the built-in one; in English where there is none in it. */
export function questionsConsent(workflow: Workflow, appName: string, locale: string): ConsentText {
  const texts = textsOf(workflow);
  const chosen = Object.hasOwn(texts, locale) ? locale : 'en';
  const text = (texts[chosen] ?? '').replaceAll('{app}', () => appName);
  return { text, hash: hashText(text), locale: chosen };
}

/** The text that a hash names, in whichever language it stood on the page; undefined where it is none of the present ones. */
export function questionsConsentAgreedTo(workflow: Workflow, appName: string, hash: string | undefined): ConsentText | undefined {
  return Object.keys(textsOf(workflow))
    .map((locale) => questionsConsent(workflow, appName, locale))
    .find((consent) => consent.hash === hash);
}
