import { describe, expect, test } from 'vitest';
import type { Evidence, StepResult } from '../../src/journey/journey.ts';
import { stepMethods } from '../../src/journey/step_methods.ts';
import { Personal } from '../../src/personal.ts';
import { READER } from '../../src/steps/document_selfie/evidence.ts';

const PASSED: StepResult = { node: 'n', step: 'document_selfie', outcome: 'pass', reasons: [], at: 1 };
const SESSION = 'Zk3xVendorSession01';

function shown(reader: { readonly name: string; readonly version: string }, method = 'mrz'): readonly Evidence[] {
  const document = { type: 'passport', issuer: 'UTO', method, number: 'X1', familyName: 'Roshell', givenName: 'Andrew', birthDate: '1969-09-26', expiryDate: '2034-04-15' };
  return [{ kind: 'document', version: 1, simulated: true, data: Personal.of({ documents: [document], findings: [], reader, authenticity: 'not_verified', at: 1 }) }];
}

describe('the reader that tokens name', () => {
  test('is our engine with its version', () => {
    expect(stepMethods(PASSED, shown(READER))).toMatchObject({ read_from: 'mrz', reader: `${READER.name} ${READER.version}` });
  });

  test.each([['sandbox_documents', 'vendor'], ['gatehouse', 'vendor'], [`${READER.name}+sandbox_documents`, 'mrz']])('is %s alone where a vendor had a part, and never a session of the vendor', (name, method) => {
    const methods = stepMethods(PASSED, shown({ name, version: SESSION }, method));
    expect(methods).toMatchObject({ reader: name });
    expect(JSON.stringify(methods)).not.toContain(SESSION);
  });
});

test('nothing is told of what did not pass', () => {
  expect(stepMethods({ ...PASSED, outcome: 'doubtful' }, shown(READER))).toBeUndefined();
});
