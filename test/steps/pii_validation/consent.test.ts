import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type Workflow } from '../../../src/journey/workflow.ts';
import { consentAgreedTo, consentText, hashText } from '../../../src/steps/pii_validation/consent.ts';

function workflow(consentTexts: Record<string, string>): Workflow {
  return { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { consentTexts } }) };
}
const BOTH = workflow({ en: '{app} may ask. {app} may send.', es: '{app} puede preguntar.' });

describe('consent texts', () => {
  test.each([
    ['en', 'en', 'Acme may ask. Acme may send.'],
    ['es', 'es', 'Acme puede preguntar.'],
    ['de', 'en', 'Acme may ask. Acme may send.'],
    ['constructor', 'en', 'Acme may ask. Acme may send.'],
  ])('in %s the %s one stands there, with its hash', (locale, chosen, text) => {
    expect(consentText(BOTH, 'Acme', locale)).toEqual({ text, locale: chosen, hash: createHash('sha256').update(text).digest('hex') });
  });

  test('no language has one: there is none, and nobody may be asked', () => {
    expect(consentText(workflow({}), 'Acme', 'en')).toBeUndefined();
    expect(consentText(workflow({ es: 'Hola.' }), 'Acme', 'de')).toBeUndefined();
  });

  test("an application's name is put in as it is, replacement patterns included", () => {
    expect(consentText(BOTH, "$& $1 $' {app}", 'es')?.text).toBe("$& $1 $' {app} puede preguntar.");
  });

  test.each(['en', 'es'])('the one agreed to is found by its hash: %s', (locale) => {
    const shown = consentText(BOTH, 'Acme', locale);
    expect(consentAgreedTo(BOTH, 'Acme', shown?.hash)).toEqual(shown);
  });

  test('another text, another application, or no hash agrees to nothing', () => {
    const hash = consentText(BOTH, 'Acme', 'en')?.hash;
    expect(consentAgreedTo(workflow({ en: '{app} may ask more.' }), 'Acme', hash)).toBeUndefined();
    expect(consentAgreedTo(BOTH, 'Other', hash)).toBeUndefined();
    expect(consentAgreedTo(BOTH, 'Acme', undefined)).toBeUndefined();
    expect(consentAgreedTo(BOTH, 'Acme', '')).toBeUndefined();
  });

  test('one character makes another version', () => {
    expect(hashText('You agree.')).not.toBe(hashText('You agree!'));
    expect(hashText('é')).toBe(createHash('sha256').update(Buffer.from('é', 'utf8')).digest('hex'));
  });
});
