import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHECK_CODES, CHECK_MODES, DOCUMENT_CHECKS, type CheckCode, type CheckFacts, type CheckMode, type Finding, type FindingStatus } from '../../../src/journey/document_checks.ts';
import { readDocument, type ReadDocument } from '../../../src/journey/document_evidence.ts';
import { Personal } from '../../../src/personal.ts';
import { GROUND, modeOf } from '../../../src/steps/document_selfie/checks/index.ts';
import { outcomeOf, reasonsOf } from '../../../src/steps/document_selfie/checks/outcome.ts';
import { again, judge, sideProblem, vendorJudgement, type VendorFinished } from '../../../src/steps/document_selfie/judge.ts';
import { ANDREW, barcode, card, facts, frontSide, licence, lively, matched, mrz, named, options, passport, read, SELFIE, side, TODAY, unread, type OptionsWritten } from './judged.ts';

const table: Readonly<Record<CheckCode, CheckFacts>> = DOCUMENT_CHECKS;
const outcomes = (statuses: Partial<Record<CheckCode, FindingStatus>>, written: OptionsWritten = {}): string =>
  outcomeOf(CHECK_CODES.map((code) => ({ code, status: statuses[code] ?? 'pass' })), options(written));
const checked = (code: CheckCode, mode: CheckMode): OptionsWritten => ({ checks: { [code]: mode } });
const RANK = ['fail', 'doubtful', 'pass'];

describe('from findings to an outcome', () => {
  test('nothing but passes is a pass, and nothing at all is not', () => {
    expect(outcomes({})).toBe('pass');
    expect(outcomeOf([], options())).toBe('doubtful');
    for (const left of GROUND) expect(outcomeOf(CHECK_CODES.filter((code) => code !== left).map((code) => ({ code, status: 'pass' })), options()), left).toBe('doubtful');
  });

  const free = CHECK_CODES.filter((code) => !table[code].fixed && !GROUND.includes(code));
  test.each(free)('%s does what its mode says', (code) => {
    const by = (mode: CheckMode, status: FindingStatus): string => outcomes({ [code]: status }, checked(code, mode));
    const unsure = table[code].essential ? 'doubtful' : 'pass';
    expect((['required', 'retry', 'review', 'advisory', 'off'] as const).map((mode) => by(mode, 'fail'))).toEqual(['fail', 'fail', 'doubtful', 'pass', 'pass']);
    expect((['required', 'retry', 'review', 'advisory', 'off'] as const).map((mode) => by(mode, 'doubt'))).toEqual(['doubtful', 'doubtful', 'doubtful', 'pass', 'pass']);
    expect((['required', 'retry', 'review', 'advisory', 'off'] as const).map((mode) => by(mode, 'unknown'))).toEqual([unsure, unsure, unsure, 'pass', 'pass']);
  });

  test.each(GROUND.flatMap((code) => CHECK_MODES.map((mode) => [code, mode] as const)))('%s is what an approval stands on, even where a workflow says %s', (code, mode) => {
    const written = checked(code, mode);
    expect(modeOf(code, options(written))).toBe(mode === 'off' || mode === 'advisory' ? 'review' : mode);
    expect(outcomes({ [code]: 'fail' }, written)).toBe(mode === 'required' || mode === 'retry' ? 'fail' : 'doubtful');
    for (const status of ['doubt', 'unknown'] as const) expect(outcomes({ [code]: status }, written)).toBe('doubtful');
    expect(outcomes({}, written)).toBe('pass');
  });

  test('fixed checks stay as they are, whatever a workflow says', () => {
    for (const mode of CHECK_MODES) {
      expect(outcomes({ not_a_specimen: 'fail' }, checked('not_a_specimen', mode))).toBe('fail');
      expect(outcomes({ face_not_seen_elsewhere: 'fail' }, checked('face_not_seen_elsewhere', mode))).toBe('doubtful');
    }
  });

  const status = fc.constantFrom<FindingStatus>('pass', 'fail', 'doubt', 'unknown');
  const modes = fc.dictionary(fc.constantFrom(...CHECK_CODES), fc.constantFrom(...CHECK_MODES)).map((checks): OptionsWritten => ({ checks }));
  const findings = fc.tuple(...CHECK_CODES.map(() => status)).map((statuses): readonly Finding[] => CHECK_CODES.map((code, index) => ({ code, status: statuses[index] ?? 'unknown' })));

  test('a finding that turns from yes to anything less never improves it', () => {
    fc.assert(fc.property(findings, modes, fc.nat(CHECK_CODES.length - 1), status, (before, written, at, worse) => {
      const good = before.map((finding, index): Finding => (index === at ? { ...finding, status: 'pass' } : finding));
      const bad = before.map((finding, index): Finding => (index === at ? { ...finding, status: worse } : finding));
      expect(RANK.indexOf(outcomeOf(bad, options(written)))).toBeLessThanOrEqual(RANK.indexOf(outcomeOf(good, options(written))));
    }), { numRuns: 2000 });
  });

  test('what an approval stands on passes, or there is none, whatever the workflow', () => {
    fc.assert(fc.property(findings, modes, (all, written) => {
      if (outcomeOf(all, options(written)) !== 'pass') return;
      for (const { code, status: found } of all) {
        if (GROUND.includes(code) || code === 'not_a_specimen') expect(found, code).toBe('pass');
        if (table[code].essential && !['off', 'advisory'].includes(modeOf(code, options(written)))) expect(found, code).toBe('pass');
      }
    }), { numRuns: 2000 });
  });

  test('a finding that is left out is no better than one that could not tell', () => {
    fc.assert(fc.property(findings, modes, fc.nat(CHECK_CODES.length - 1), (all, written, at) => {
      const without = outcomeOf(all.filter((_one, index) => index !== at), options(written));
      const unknown = outcomeOf(all.map((one, index): Finding => (index === at ? { ...one, status: 'unknown' } : one)), options(written));
      expect(RANK.indexOf(without)).toBeLessThanOrEqual(RANK.indexOf(unknown));
    }), { numRuns: 1000 });
  });

  test('reasons say what decided, worst first, and nothing that did not', () => {
    const found = CHECK_CODES.map((code): Finding => ({ code, status: ({ not_edited: 'fail', not_expired: 'fail', selfie_matches: 'doubt', one_face: 'unknown' } as const)[code as 'one_face'] ?? 'pass', why: 'x' }));
    expect(reasonsOf(found, options()).map(({ code }) => code)).toEqual(['not_expired', 'not_edited', 'selfie_matches']);
    expect(reasonsOf(found, options())[0]).toEqual({ code: 'not_expired', detail: { status: 'fail', why: 'x' } });
    expect(reasonsOf(CHECK_CODES.map((code) => ({ code, status: 'pass' })), options())).toEqual([{ code: 'document_checks_passed', detail: { passed: CHECK_CODES.length, unknown: 0 } }]);
  });
});

describe('the judgement', () => {
  test.each([
    ['a passport', passport()],
    ['a licence', licence()],
    ['an identity card', card()],
  ])('a sound capture of %s and of its holder passes', (_name, document) => {
    const { outcome, reasons, documents } = judge(facts({ documents: [document] }), options());
    expect({ outcome, reasons: reasons.map(({ code }) => code) }).toEqual({ outcome: 'pass', reasons: ['document_checks_passed'] });
    expect(documents).toHaveLength(1);
    for (const one of documents) expect(readDocument.safeParse(one).success).toBe(true);
    expect(documents[0]).toMatchObject({ type: document.type, familyName: 'ROSHELL', givenName: 'ANDREW JAMES', birthDate: '1969-09-26' });
  });

  test('evidence names what was read: an address from the barcode alone, an issuer even where nobody knows it', () => {
    expect(judge(facts({ documents: [licence()] }), options()).documents[0]).toMatchObject({ issuer: 'UTO-ZZ', method: 'barcode', address: { street: '2591 BRUNSWICK CT', country: 'US' } });
    expect(judge(facts(), options()).documents[0]).not.toHaveProperty('address');
    expect(judge(facts({ documents: [licence({ iin: '636999', jurisdiction: undefined })] }), options()).documents[0]).toMatchObject({ issuer: 'IIN-636999' });
    expect(judge(facts({ documents: [passport({}, { mrz: unread() })] }), options()).documents).toEqual([]);
  });

  test.each(named<readonly [string, ReturnType<typeof facts>, string, string, OptionsWritten?]>([
    ['expired', facts({ documents: [passport({ fields: { expiryDate: '2020-01-01' } })] }), 'fail', 'not_expired'],
    ['a document that never expires', facts({ documents: [passport({ fields: { expiryDate: '' } })] }), 'doubtful', 'not_expired'],
    ['an issuer that is no country', facts({ documents: [passport({ fields: { issuer: 'XOM' } })] }), 'doubtful', 'country_accepted'],
    ['a check digit printed wrong', facts({ documents: [passport({ trusted: false, checks: [{ name: 'number', ok: false }] })] }), 'fail', 'check_digits'],
    ['the barcode of another', facts({ documents: [licence({ familyName: 'IMPOSTER' })] }), 'fail', 'name_matches_claim'],
    ['another face', matched({ distance: 0.69 }), 'fail', 'selfie_matches'],
    ['perhaps another face', matched({ distance: 0.6 }), 'doubtful', 'selfie_matches'],
    ['photographs in place of a camera', lively({ method: 'photo' }), 'doubtful', 'live_person'],
    ['no face engine', facts({ selfie: { liveness: undefined, match: undefined, faceEngine: 'unavailable', why: 'not_enabled' } }), 'doubtful', 'live_person'],
    ['unreadable', facts({ documents: [passport({}, { mrz: unread() })] }), 'doubtful', 'data_read'],
    ['no document', facts({ documents: [] }), 'doubtful', 'data_read'],
    ['a screen', facts({ documents: [passport({}, { recapture: { screenPeak: 80, saturation: 0.3 } })] }), 'doubtful', 'not_a_screen'],
    ['somebody else came with it', facts({ otherPersons: 1 }), 'doubtful', 'document_not_reused'],
    ['a portrait on a page that belongs to no data', facts({ documents: [licence({}, { print: unread() })] }), 'doubtful', 'barcode_matches_print'],
    ['a specimen under live keys', facts({ mode: 'live' }), 'fail', 'country_accepted'],
    ['one of two documents', facts(), 'doubtful', 'data_read', { dual: true }],
    ['a face seen under another name', facts({ nearestFace: 0.2 }), 'doubtful', 'face_not_seen_elsewhere', { findSameFace: true }],
  ]))('$name', ({ row: [, judged, outcome, first, written] }) => {
    const { outcome: came, reasons } = judge(judged, options(written));
    expect([came, reasons[0]?.code]).toEqual([outcome, first]);
  });

  test('what was read is kept, where the person chose another type', () => {
    const judged = judge(facts({ documents: [licence({ subfile: 'ID' })] }), options());
    expect(judged.findings).toContainEqual({ code: 'type_accepted', status: 'pass', detail: { asChosen: false } });
    expect(judged.documents.map(({ type }) => type)).toEqual(['identity_card']);
  });

  test('asks only what applies, and nothing that is off', () => {
    const codes = judge(facts(), options({ checks: { not_expired: 'off' } })).findings.map(({ code }) => code);
    expect(codes).toEqual(CHECK_CODES.filter((code) => !['not_expired', 'documents_agree', 'face_not_seen_elsewhere'].includes(code)));
    expect(judge(facts({ nearestFace: 0.2 }), options()).outcome).toBe('pass');
    const dual = judge(facts({ documents: [passport(), licence()] }), options({ dual: true }));
    expect([dual.outcome, dual.documents.map(({ type }) => type)]).toEqual(['pass', ['passport', 'driving_licence']]);
    expect(dual.findings.map(({ code }) => code)).toContain('documents_agree');
  });

  test('an outcome file sets findings under test keys alone', () => {
    const told = { not_expired: 'fail', one_face: 'doubt' } as const;
    expect(judge(facts(), options(), told)).toMatchObject({ outcome: 'fail', reasons: [{ code: 'not_expired', detail: { why: 'outcome_file' } }, { code: 'one_face' }] });
    const real = passport({ fields: { issuer: 'GBR' } });
    expect(judge(facts({ mode: 'live', documents: [real] }), options(), told).outcome).toBe('pass');
    expect(judge(facts({ mode: 'live', documents: [real], selfie: { ...SELFIE, match: undefined } }), options(), { selfie_matches: 'pass', live_person: 'pass' }).outcome).toBe('doubtful');
  });

  test('reasons and findings hold nothing about the person', () => {
    for (const judged of [facts(), facts({ documents: [licence({ familyName: 'IMPOSTER' })] }), facts({ documents: [passport(), card()] })]) {
      const { reasons, findings } = judge(judged, options());
      const said = JSON.stringify([reasons, findings]).toUpperCase();
      for (const word of ['ROSHELL', 'ANDREW', 'IMPOSTER', '1969', 'X48213907', 'BRUNSWICK', 'R240']) expect(said).not.toContain(word);
    }
  });
});

describe('what to capture again', () => {
  const UNREAD = passport({}, { mrz: unread() });

  test.each(named<readonly [string, ReturnType<typeof facts>, unknown, OptionsWritten?]>([
    ['nothing where all is well', facts(), undefined],
    ['the side that carries the data', facts({ documents: [UNREAD] }), { slot: 'front', problem: 'unreadable', document: 0 }],
    ['the back of a licence', facts({ documents: [{ ...licence(), back: side() }] }), { slot: 'back', problem: 'unreadable', document: 0 }],
    ['the back of a card that was not captured', facts({ documents: [{ ...card(), back: undefined }] }), { slot: 'back', problem: 'unreadable', document: 0 }],
    ['the second document', facts({ documents: [passport(), { ...licence(), back: side() }] }), { slot: 'back', problem: 'unreadable', document: 1 }, { dual: true }],
    ['what was blurred', facts({ documents: [{ ...UNREAD, quality: ['blurred'] }] }), { slot: 'front', problem: 'blurred', document: 0 }],
    ['the portrait', facts({ documents: [passport({}, { faces: read([]) })] }), { slot: 'front', problem: 'no_portrait', document: 0 }],
    ['the selfie of somebody who did not turn', lively({ passed: false, why: 'not_turned' }), { slot: 'selfie', problem: 'not_turned' }],
    ['the selfie of somebody who was slow', lively({ passed: false, why: 'too_slow' }), { slot: 'selfie', problem: 'too_slow' }],
    ['the selfie of two', matched({ mostFaces: 2 }), { slot: 'selfie', problem: 'several_faces' }],
    ['the selfie of one after another', matched({ spread: 0.9 }), { slot: 'selfie', problem: 'not_same_face' }],
    ['a selfie without a face to compare', facts({ selfie: { ...SELFIE, match: undefined } }), { slot: 'selfie', problem: 'no_face' }],
    ['the document before the selfie', facts({ documents: [UNREAD], selfie: { ...SELFIE, match: undefined } }), { slot: 'front', problem: 'unreadable', document: 0 }],
    ['nothing yet of a selfie that was not asked for', facts({ selfie: { ...SELFIE, liveness: undefined, match: undefined } }), undefined],
    ['nothing where the engine does not run', facts({ documents: [passport({}, { mrz: unread('unavailable'), barcode: unread('unavailable') })] }), undefined],
    ['no selfie where the engine does not run', facts({ selfie: { ...SELFIE, match: undefined, faceEngine: 'unavailable' } }), undefined],
    ['nothing where no attempt is left', facts({ documents: [UNREAD], attemptsLeft: { front: 0, back: 3, selfie: 3 } }), undefined],
    ['the next where the first has no attempt left', facts({ documents: [UNREAD], selfie: { ...SELFIE, match: undefined }, attemptsLeft: { front: 0, back: 3, selfie: 1 } }), { slot: 'selfie', problem: 'no_face' }],
    ['nothing after a plain no', facts({ documents: [passport({ fields: { expiryDate: '2020-01-01' } })], selfie: { ...SELFIE, match: undefined } }), undefined],
    ['nothing of what was read with certainty, and is wrong', facts({ documents: [passport({ trusted: false, checks: [{ name: 'number', ok: false }] })] }), undefined, { checks: { check_digits: 'review' } }],
    ['nothing that the workflow does not want again', facts({ documents: [UNREAD] }), undefined, { checks: { data_read: 'required' } }],
  ]))('$name', ({ row: [, judged, expected, written] }) => {
    expect(again(judged, options(written))).toEqual(expected);
  });

  test('of two unreadable documents, the one that is asked about', () => {
    const both = facts({ documents: [UNREAD, { ...licence(), back: side() }] });
    const dual = options({ dual: true });
    expect(again(both, dual)).toEqual({ slot: 'front', problem: 'unreadable', document: 0 });
    expect(again(both, dual, {}, 0)).toEqual({ slot: 'front', problem: 'unreadable', document: 0 });
    expect(again(both, dual, {}, 1)).toEqual({ slot: 'back', problem: 'unreadable', document: 1 });
  });

  test('nothing of what an outcome file settled', () => {
    expect(again(facts({ documents: [UNREAD] }), options(), { data_read: 'fail' })).toBeUndefined();
  });
});

describe('one side, right after it was read', () => {
  const BLANK = side({ outline: unread() });
  const DOWN = unread('unavailable');
  const SPECKS = read([{ score: 0.9, eyeDistance: 30, box: { x: 0, y: 0, width: 9, height: 9 } }]);
  const back = (change: Partial<ReturnType<typeof side>>) => side({ barcode: read(barcode()), ...change });

  test.each(named<readonly [string, Parameters<typeof sideProblem>[0], 'front' | 'back', 'passport' | 'driving_licence' | 'identity_card', string | undefined, OptionsWritten?]>([
    ['a passport that reads', frontSide({ mrz: read(mrz()) }), 'front', 'passport', undefined],
    ['a passport that does not', frontSide(), 'front', 'passport', 'unreadable'],
    ['a passport of which one is not certain', frontSide({ mrz: read(mrz({ trusted: false, certain: false })) }), 'front', 'passport', 'unreadable'],
    ['a wrong digit, read with certainty', frontSide({ mrz: read(mrz({ trusted: false, checks: [{ name: 'birth', ok: false }] })) }), 'front', 'passport', undefined],
    ['a passport without a face', frontSide({ mrz: read(mrz()), faces: read([]) }), 'front', 'passport', 'no_portrait'],
    ['a passport from too far away', frontSide({ mrz: read(mrz()), faces: SPECKS }), 'front', 'passport', 'too_small'],
    ['a table', BLANK, 'front', 'passport', 'no_document'],
    ['a table, as a back', BLANK, 'back', 'identity_card', 'no_document'],
    ['engines that do not run', side({ outline: DOWN, mrz: DOWN, barcode: DOWN, print: DOWN, faces: DOWN }), 'front', 'passport', undefined],
    ['a licence’s front', frontSide({ print: read({ lines: [{ text: 'ROSHELL', confidence: 0.9 }] }) }), 'front', 'driving_licence', undefined],
    ['a licence’s front whose print does not read', frontSide({ print: read({ lines: [] }) }), 'front', 'driving_licence', 'unreadable'],
    ['a licence’s front without a text engine', frontSide({ print: DOWN }), 'front', 'driving_licence', undefined],
    ['a licence’s front from an outcome file', frontSide({ print: unread('simulated'), mrz: unread('simulated'), barcode: unread('simulated') }), 'front', 'driving_licence', undefined],
    ['a licence’s back as its front', back({}), 'front', 'driving_licence', 'wrong_side'],
    ['a licence’s front as its back', frontSide(), 'back', 'driving_licence', 'wrong_side'],
    ['a licence’s back', back({}), 'back', 'driving_licence', undefined],
    ['a licence’s back that does not read', side(), 'back', 'driving_licence', 'unreadable'],
    ['an unsound barcode: another picture says the same', back({ barcode: read(barcode({ faults: ['missing_DAQ'] })) }), 'back', 'driving_licence', undefined],
    ['a card’s back', side({ mrz: read(mrz()) }), 'back', 'identity_card', undefined],
    ['a card’s back that does not read', side(), 'back', 'identity_card', 'unreadable'],
    ['one picture is all there is', side(), 'back', 'identity_card', undefined, { checks: { data_read: 'required', portrait_present: 'required' } }],
  ]))('$name', ({ row: [, reading, slot, type, expected, written] }) => {
    expect(sideProblem(reading, slot, type, options(written))).toBe(expected);
  });

  test('data that the front has already is not asked of the back', () => {
    expect(sideProblem(side(), 'back', 'identity_card', options(), frontSide({ mrz: read(mrz()) }))).toBeUndefined();
    expect(sideProblem(side(), 'back', 'identity_card', options(), frontSide())).toBe('unreadable');
  });
});

describe('a vendor’s word', () => {
  const DOCUMENT: ReadDocument = {
    type: 'passport', issuer: 'USA', number: '1234', familyName: 'Roshell', givenName: 'Andrew', birthDate: '1969-09-26', expiryDate: '2030-01-01', method: 'vendor',
  };
  const held = { claimed: ANDREW, mode: 'live', today: TODAY } as const;
  const finished = (change: Partial<VendorFinished> = {}, document: Partial<ReadDocument> = {}): VendorFinished => ({
    kind: 'finished', verdict: 'pass', findings: [{ code: 'data_read', status: 'pass' }, { code: 'selfie_matches', status: 'pass' }, { code: 'live_person', status: 'pass' }],
    document: Personal.of({ ...DOCUMENT, ...document }), liveness: { certified: true }, authenticityVerified: true, ...change,
  });
  const findings = (code: CheckCode, status: FindingStatus): Partial<VendorFinished> => ({ findings: [...finished().findings, { code, status }] });

  test('counts as a pass together with a document, a face and liveness', () => {
    const { outcome, reasons, documents } = vendorJudgement(finished(), held, options());
    expect({ outcome, documents }).toEqual({ outcome: 'pass', documents: [DOCUMENT] });
    expect(reasons[0]).toEqual({ code: 'vendor_verdict', detail: { verdict: 'pass', authenticity: true } });
  });

  test.each(named<readonly [string, VendorFinished, string, OptionsWritten?]>([
    ['no document', finished({ document: undefined }), 'doubtful'],
    ['no liveness', finished({ liveness: undefined }), 'doubtful'],
    ['no finding at all', finished({ findings: [] }), 'doubtful'],
    ['no word on the selfie', finished({ findings: [{ code: 'data_read', status: 'pass' }] }), 'doubtful'],
    ['a finding that fails beside its pass', finished(findings('not_edited', 'fail')), 'doubtful'],
    ['a required finding that fails beside its pass', finished(findings('check_digits', 'fail')), 'fail'],
    ['two words on one check', finished(findings('selfie_matches', 'fail')), 'fail'],
    ['its no', finished({ verdict: 'fail' }), 'fail'],
    ['its doubt', finished({ verdict: 'doubt' }), 'doubtful'],
    ['expired by our calendar', finished({}, { expiryDate: '2026-11-21' }), 'fail'],
    ['somebody else', finished({}, { givenName: 'Andrea' }), 'fail'],
    ['another birthday', finished({}, { birthDate: '1969-09-25' }), 'fail'],
    ['a country that is not accepted', finished(), 'fail', { countries: ['CA'] }],
    ['a type that is not accepted', finished(), 'fail', { types: ['identity_card'] }],
    ['too young', finished(), 'fail', { minimumAge: 60 }],
    ['a specimen under live keys', finished({}, { issuer: 'UTO' }), 'fail'],
    ['no number', finished({}, { number: '' }), 'doubtful'],
    ['one document where two are asked for', finished(), 'doubtful', { dual: true }],
    ['checks that the workflow switched off all the same', finished({ findings: [] }), 'doubtful', { checks: { selfie_matches: 'off', live_person: 'off' } }],
  ]))('$name', ({ row: [, result, outcome, written] }) => {
    expect(vendorJudgement(result, held, options(written)).outcome).toBe(outcome);
  });

  test('a document that others came with is for a person to look at', () => {
    expect(vendorJudgement(finished(), { ...held, otherPersons: 1 }, options()).outcome).toBe('doubtful');
    expect(vendorJudgement(finished(), { ...held, otherPersons: 0 }, options()).outcome).toBe('pass');
  });

  test('reasons that are no codes are not told on', () => {
    const said = vendorJudgement(finished({ findings: [...finished().findings, { code: 'not_edited', status: 'fail', why: 'Mr Roshell retouched it' }] }), held, options());
    expect(JSON.stringify([said.reasons, said.findings])).not.toMatch(/Roshell/i);
    expect(said.findings).toContainEqual({ code: 'not_edited', status: 'fail', why: 'vendor' });
  });
});
