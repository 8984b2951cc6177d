import { expect, test } from 'vitest';
import { bindingRule } from '../../src/devices/binding_rule.ts';
import { ACR_VALUES } from '../../src/journey/levels.ts';

const ESTABLISHING = ['document', 'reviewed', 'phone', 'match', 'kba'].map((name) => `urn:gatehouse:acr:${name}`);
const RECOGNISING = ['passkey', 'device'].map((name) => `urn:gatehouse:acr:${name}`);

test('every level is one or the other', () => {
  expect([...ESTABLISHING, ...RECOGNISING].toSorted()).toEqual(ACR_VALUES.toSorted());
});
test.each(ESTABLISHING)('%s: keys are trusted; whoever was verified as a stranger begins anew, whoever came back does not', (acr) => {
  expect(bindingRule({ acr, returned: false })).toEqual({ trustKeys: true, renew: true });
  expect(bindingRule({ acr, returned: true })).toEqual({ trustKeys: true, renew: false });
});
test.each([...RECOGNISING, 'urn:example:other', ''])('%j proves nothing anew: no key is trusted by it, and no trust extended', (acr) => {
  for (const returned of [true, false]) expect(bindingRule({ acr, returned })).toEqual({ trustKeys: false, renew: false });
});
