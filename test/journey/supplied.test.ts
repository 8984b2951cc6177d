import { describe, expect, test } from 'vitest';
import type { ClaimedIdentity, Prefill } from '../../src/journey/journey.ts';
import { isSupplied, suppliedClaim, suppliedIdentity } from '../../src/journey/supplied.ts';
import { workflowDefinition, type Workflow } from '../../src/journey/workflow.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { Personal } from '../../src/personal.ts';

const ANDREW: ClaimedIdentity = {
  givenName: 'Andrew', familyName: 'Róshell-Hart', street: '2591 Brunswick Ct', city: '', region: 'FL', postalCode: '34743', country: 'US', phone: '+14075550123',
};
const workflow = (template: string): Workflow => ({ id: 'w', version: 1, definition: workflowDefinition.parse(TEMPLATES[template]) });
const opening = (prefill?: Prefill) => ({ opening: { credential: undefined, clientName: 'App', locale: 'en', prefill: prefill && Personal.of(prefill) } });

describe('whom the application supplies', () => {
  test('counts where the workflow asks the application, and nowhere else', () => {
    expect(suppliedIdentity(opening({ givenName: 'A' }), workflow('identity_binding'))).toEqual({ givenName: 'A' });
    expect(suppliedIdentity(opening({ givenName: 'A' }), workflow('user_onboarding'))).toBeUndefined();
    expect(suppliedIdentity(opening(), workflow('identity_binding'))).toBeUndefined();
  });

  test('is a claim without the phone, which nobody here agreed to have used', () => {
    expect(suppliedClaim(opening({ givenName: 'A', familyName: 'B', phone: '+14075550123', birthDate: '1969-09-26' }), workflow('identity_binding'))).toEqual({
      givenName: 'A', familyName: 'B', street: '', city: '', region: '', postalCode: '', country: '', phone: '', birthDate: '1969-09-26',
    });
  });

  test.each<[string, Prefill, boolean]>([
    ['the same, written otherwise', { givenName: 'ANDREW', familyName: 'Roshell Hart' }, true],
    ['the same with the phone', { givenName: 'Andrew', familyName: 'Róshell-Hart', phone: '+14075550123' }, true],
    ['an address of mail, which nobody confirmed', { givenName: 'Andrew', familyName: 'Róshell-Hart', email: 'x@example.com' }, true],
    ['another given name', { givenName: 'Andrea', familyName: 'Róshell-Hart' }, false],
    ['another phone', { givenName: 'Andrew', familyName: 'Róshell-Hart', phone: '+14075550199' }, false],
    ['what was withheld then', { givenName: 'Andrew', familyName: 'Róshell-Hart', city: 'Kissimmee' }, false],
    ['what was never established', { givenName: 'Andrew', familyName: 'Róshell-Hart', birthDate: '1969-09-26' }, false],
  ])('is the person of an earlier verification where that established %s: %s', (_name, supplied, same) => {
    expect(isSupplied(ANDREW, supplied)).toBe(same);
  });
});
