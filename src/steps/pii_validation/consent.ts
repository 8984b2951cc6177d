import { createHash } from 'node:crypto';
import type { Workflow } from '../../journey/workflow.ts';

/** The consent text that stands beside the phone field, and the hash it is recorded under. */
export interface ConsentText {
  readonly text: string;
  readonly hash: string;
  readonly locale: string;
}

/**
 * The workflow's consent text in the person's language, or in English where it has none in theirs; undefined where it
 * has neither, and then no vendor may be asked (SPEC 12).
 */
export function consentText(workflow: Workflow, appName: string, locale: string): ConsentText | undefined {
  const texts = workflow.definition.options.consentTexts;
  const chosen = [locale, 'en'].find((one) => Object.hasOwn(texts, one));
  const template = chosen === undefined ? undefined : texts[chosen];
  if (chosen === undefined || template === undefined) return undefined;
  const text = template.replaceAll('{app}', () => appName);
  return { text, hash: hashText(text), locale: chosen };
}

/**
 * The consent text that a hash names, in whichever language it stood on the page; undefined where it is none of the
 * workflow's present texts.
 */
export function consentAgreedTo(workflow: Workflow, appName: string, hash: string | undefined): ConsentText | undefined {
  return Object.keys(workflow.definition.options.consentTexts)
    .map((locale) => consentText(workflow, appName, locale))
    .find((consent) => consent?.hash === hash);
}

/** SHA-256 of the exact text, hex: names the version a person agreed to. */
export function hashText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
