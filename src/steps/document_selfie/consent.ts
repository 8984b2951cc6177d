import { createHash } from 'node:crypto';
import type { Workflow } from '../../journey/workflow.ts';

/** The text that asks for biometrics, and the hash it is recorded under. */
export interface BiometricConsent {
  readonly text: string;
  readonly hash: string;
  readonly locale: string;
}

/** What the built-in text must say of this workflow to be true. */
interface Told {
  readonly hours: number;
  /** A vendor sees the pictures too. */
  readonly vendor: boolean;
  /** Days for which a template of the face is kept; undefined where none is. */
  readonly templateDays: number | undefined;
}

/**
 * The built-in text. It names what is taken, what for, who sees it, how long it is kept and that there is a choice, as GDPR
 * article 9 (2)(a) and the Illinois BIPA (740 ILCS 14/15) ask of an agreement to biometrics.
 */
const BUILT_IN: Readonly<Record<string, (told: Told) => string>> = {
  en: ({ hours, vendor, templateDays }) => [
    'To check that it is you, {app} asks you to photograph your identity document and your face. The photographs are compared by measuring your face, which is biometric data.',
    `They are used for this check only, are stored encrypted, and are deleted at the latest ${hours} hours after it ends.`,
    vendor ? 'They are also checked by an identity verification company on behalf of {app}.' : '',
    templateDays === undefined ? '' : `Measurements of your face are kept for up to ${templateDays} days, to notice the same face under another name.`,
    'You can refuse; then the check goes on without your face where another way is offered, or ends here. By choosing “I agree” you consent to this use of your biometric data.',
  ].filter(Boolean).join(' '),
  es: ({ hours, vendor, templateDays }) => [
    'Para comprobar que eres tú, {app} te pide fotografiar tu documento de identidad y tu cara. Las fotografías se comparan midiendo tu cara, lo que constituye un dato biométrico.',
    `Se usan solo para esta comprobación, se guardan cifradas y se borran como máximo ${hours} horas después de que termine.`,
    vendor ? 'También las comprueba una empresa de verificación de identidad por encargo de {app}.' : '',
    templateDays === undefined ? '' : `Las medidas de tu cara se conservan hasta ${templateDays} días, para advertir la misma cara con otro nombre.`,
    'Puedes negarte; entonces la comprobación sigue sin tu cara si hay otra forma, o termina aquí. Al elegir «Acepto» consientes este uso de tus datos biométricos.',
  ].filter(Boolean).join(' '),
};

/** Pictures of a capture that was left before its end go after so many hours. */
const LEFT_HOURS = 24;

function textsOf({ definition: { options } }: Workflow): Readonly<Record<string, string>> {
  const { imageHours, reviewImageHours, capture, findSameFace, consentTexts } = options.documents;
  const told: Told = {
    hours: Math.max(LEFT_HOURS, imageHours, reviewImageHours),
    vendor: capture !== 'own',
    templateDays: findSameFace ? options.retentionDays : undefined,
  };
  return { ...Object.fromEntries(Object.entries(BUILT_IN).map(([locale, write]) => [locale, write(told)])), ...consentTexts };
}

/** The text in a language, the workflow's own before the built-in one; in English where there is none in it. */
export function biometricConsent(workflow: Workflow, appName: string, locale: string): BiometricConsent {
  const texts = textsOf(workflow);
  const chosen = Object.hasOwn(texts, locale) ? locale : 'en';
  const text = (texts[chosen] ?? '').replaceAll('{app}', () => appName);
  return { text, hash: createHash('sha256').update(text, 'utf8').digest('hex'), locale: chosen };
}

/** The text that a hash names, in whichever language it stood on the page; undefined where it is none of the present ones. */
export function biometricConsentAgreedTo(workflow: Workflow, appName: string, hash: string | undefined): BiometricConsent | undefined {
  return Object.keys(textsOf(workflow))
    .map((locale) => biometricConsent(workflow, appName, locale))
    .find((consent) => consent.hash === hash);
}
