import { describe, expect, it } from 'vitest';
import { MATCH_ATTRIBUTES } from '../../../src/journey/workflow.ts';
import type { IdentityMatchPort } from '../../../src/vendors/ports.ts';
import { Personal } from '../../../src/personal.ts';
import { specialNumber } from '../../../src/vendors/sandbox/numbers.ts';
import { asked, ORDINARY, passesDefaultPolicy, typedBy } from '../support.ts';
import { troubleContract } from './trouble.ts';
import { expectWellFormed } from './vendor_answer.ts';

/** The contract of every source that matches identities, run against the personas. */
export function identityMatchContract(name: string, port: () => IdentityMatchPort): void {
  describe(`identity match: ${name}`, () => {
    it.each(['Andrew', 'Imogen', 'Nolan'])('%s matches on every attribute, whatever the ordinary number', async (who) => {
      for (const phone of [ORDINARY, '+16135550148', '+447400123456']) {
        const answer = await port().match(Personal.of({ phone, attributes: typedBy(who) }));
        expectWellFormed(answer);
        expect(answer).toMatchObject({ kind: 'answer', meta: { sourceClass: 'simulator', simulated: true } });
        const attributes = answer.kind === 'answer' ? answer.value.attributes : {};
        expect(attributes).toEqual(
          Object.fromEntries(MATCH_ATTRIBUTES.map((attribute) => [attribute, { verdict: 'match', score: 100 }])),
        );
      }
    });

    it('answers exactly the attributes that were asked', async () => {
      const answer = await port().match(asked(ORDINARY));
      expect(answer.kind === 'answer' && Object.keys(answer.value.attributes).toSorted()).toEqual([
        'familyName',
        'givenName',
        'postalCode',
        'street',
      ]);
    });

    it.each([
      ['case, accents and spacing', { givenName: 'ANDREW', familyName: ' roshéll ' }],
      ['a written-out street type', { street: '2591 Brunswick Court' }],
      ['ZIP+4', { postalCode: '34743-1234' }],
      ['a slip of the finger', { givenName: 'Andrw' }],
      ['a unit beside the street', { street: '2591 Brunswick Ct, Apt 4' }],
    ])('forgives %s', async (_, change) => {
      expect(passesDefaultPolicy(await port().match(asked(ORDINARY, change)))).toBe(true);
    });

    it.each([
      ['another given name', { givenName: 'Bartholomew' }],
      ['a short form', { givenName: 'Andy' }],
      ['a similar name', { givenName: 'Anders' }],
      ['another family name', { familyName: 'Rosenthal' }],
      ['names swapped', { givenName: 'Roshell', familyName: 'Andrew' }],
    ])('does not match %s', async (_, change) => {
      const answer = await port().match(asked(ORDINARY, change));
      expect(answer.kind).toBe('answer');
      expect(passesDefaultPolicy(answer)).toBe(false);
    });

    it('takes the next house for another address', async () => {
      const answer = await port().match(asked(ORDINARY, { street: '2592 Brunswick Ct' }));
      expect(answer.kind === 'answer' && answer.value.attributes.street).toEqual({ verdict: 'no_match', score: null });
    });

    it('does not match Andrea, who lives at the same address', async () => {
      const answer = await port().match(Personal.of({ phone: ORDINARY, attributes: typedBy('Andrea') }));
      expect(answer.kind).toBe('answer');
      const attributes = answer.kind === 'answer' ? answer.value.attributes : {};
      for (const attribute of ['givenName', 'familyName', 'street', 'postalCode', 'birthDate'] as const) {
        expect(attributes[attribute]?.verdict, attribute).toBe('no_match');
      }
    });

    it('tells partial matches at and below the thresholds apart', async () => {
      const at = await port().match(asked(specialNumber('partial_at_thresholds')));
      expect(at.kind === 'answer' && at.value.attributes).toMatchObject({
        givenName: { verdict: 'partial', score: 80 },
        familyName: { verdict: 'partial', score: 85 },
        street: { verdict: 'partial', score: 80 },
      });
      expect(passesDefaultPolicy(at)).toBe(true);
      const below = await port().match(asked(specialNumber('partial_below_thresholds')));
      expect(below.kind).toBe('answer');
      expect(passesDefaultPolicy(below)).toBe(false);
    });

    it('could not tell where nothing is held', async () => {
      const answer = await port().match(asked(specialNumber('nothing_held')));
      expect(answer).toMatchObject({ kind: 'could_not_tell', code: 'nothing_available' });
    });

    it('could not tell about an unknown number', async () => {
      const answer = await port().match(asked(specialNumber('unknown_number')));
      expect(answer.kind).toBe('could_not_tell');
      expectWellFormed(answer);
    });

    it('refuses a question without an attribute', async () => {
      const answer = await port().match(Personal.of({ phone: ORDINARY, attributes: { givenName: ' ' } }));
      expect(answer).toMatchObject({ kind: 'broke', code: 'nothing_asked' });
    });

    troubleContract((phone) => port().match(asked(phone)));
  });
}
