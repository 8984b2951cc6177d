/** Every fault a step can put at a field must have its sentence: a page that lacks one cannot be shown at all. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUES, isMessageKey } from '../../src/http/locales/index.ts';
import { filesBelow, withoutComments } from '../support/imports.ts';
import { ROOT } from '../support/process.ts';

/** `errors: … 'key'`, `errors.field = 'key'`, `{ kind: 'fault', key: 'key' }`, and what a `…Fault` function returns. */
const WRITTEN = [/\berrors: ([^\n]*)/g, /errors\.\w+ = '(\w+)'/g, /errors\[\w+\] = '(\w+)'/g, /kind: 'fault', key: '(\w+)'/g, /return '(\w+_(?:invalid|future))'/g];

const keys = new Map<string, string>();
for (const file of filesBelow(ROOT, 'src/steps', ['.ts'])) {
  const source = withoutComments(readFileSync(join(ROOT, file), 'utf8'));
  for (const pattern of WRITTEN) {
    for (const [, found = ''] of source.matchAll(pattern)) {
      const quoted = [...found.matchAll(/'(\w+)'/g)].map((one) => one[1] ?? '');
      for (const key of quoted.length > 0 ? quoted : /^\w+$/.test(found) ? [found] : []) keys.set(key, file);
    }
  }
}

describe('the faults that steps name', () => {
  it('were found', () => {
    for (const known of ['required', 'phone_invalid', 'birth_date_future', 'consent_changed', 'resend_too_soon', 'use_your_phone', 'email_invalid']) {
      expect([...keys.keys()]).toContain(known);
    }
  });

  it.each([...keys])('%s (%s) has a sentence in every language', (key) => {
    expect(isMessageKey(`errors.fields.${key}`)).toBe(true);
    for (const catalogue of Object.values(CATALOGUES)) expect((catalogue as Record<string, string>)[`errors.fields.${key}`]?.trim()).toBeTruthy();
  });
});
