/** Which document an approval by a reviewer is about: the one that was shown last, and no other. */
import { describe, expect, test } from 'vitest';
import { identityKey } from '../../src/journey/binding.ts';
import { levelOf } from '../../src/journey/levels.ts';
import { releasedProfile } from '../../src/journey/released.ts';
import { vouchedDocument, vouching } from '../../src/journey/review_evidence.ts';
import type { Evidence } from '../../src/journey/journey.ts';
import { Personal } from '../../src/personal.ts';
import { ANN, BEN, documentData, proofOf, type Somebody } from './people.ts';

const attemptOf = ({ document }: Somebody, change: object = {}): Evidence =>
  ({ kind: 'document_attempt', version: 1, simulated: true, data: Personal.of({ ...documentData([{ ...document, ...change }]) as object, phoneAnswered: false }) });
const accepted = (one: Somebody): readonly Evidence[] => [proofOf('document', one), proofOf('face_match', one), proofOf('liveness', one)];
const approved = (evidence: readonly Evidence[]): readonly Evidence[] => [...evidence, vouching(evidence, 'false_alarm', 9)];

describe('an approval by a reviewer', () => {
  test('is of the attempt where that is what was shown last, whatever was accepted before', () => {
    for (const before of [[], accepted(BEN)]) {
      const evidence = approved([...before, attemptOf(ANN)]);
      expect(vouchedDocument(evidence)?.number).toBe(ANN.document.number);
      expect(identityKey(evidence)?.open()).toContain('"reviewed"');
      expect(levelOf(evidence)).toBe('urn:gatehouse:acr:reviewed');
    }
  });

  test('is of the document that was accepted after an attempt, which then stands by itself', () => {
    const evidence = approved([attemptOf(BEN), ...accepted(ANN)]);
    expect(vouchedDocument(evidence)).toBeUndefined();
    expect(identityKey(evidence)?.open()).toBe(JSON.stringify(['document', 'GBR', 'passport', '111111111', 'archer', '1981-01-01']));
    expect(releasedProfile(evidence)?.open()).toMatchObject({ givenName: 'ANN', familyName: 'ARCHER' });
    expect(levelOf(evidence)).toBe('urn:gatehouse:acr:document');
  });

  test('of an accepted document without its face rests on nothing', () => {
    const evidence = approved([attemptOf(BEN), proofOf('document', ANN)]);
    expect(vouchedDocument(evidence)).toBeUndefined();
    expect(identityKey(evidence)).toBeUndefined();
  });

  test('never moves to a document that came after it', () => {
    const evidence = [...approved([attemptOf(ANN)]), proofOf('document', BEN)];
    expect(vouchedDocument(evidence)).toBeUndefined();
  });
});
