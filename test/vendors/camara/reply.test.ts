import { describe, expect, it } from 'vitest';
import { CAMARA_ERRORS } from '../../../src/vendors/camara/errors.ts';
import { judgeMatch, judgeNumberRecycling, judgeNumberVerification, judgeSimSwap } from '../../../src/vendors/camara/reply.ts';

const ok = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
const error = (status: number, code: string) => ({ status, body: JSON.stringify({ status, code, message: 'ignored' }) });
const street = (body: unknown, numberAsked = true) => {
  // A known attribute beside it keeps "nothing available" out of the way.
  const judged = judgeMatch(ok({ countryMatch: 'true', ...Object(body) }), ['street', 'country'], numberAsked);
  return judged.kind === 'answer' ? judged.value.attributes.street : judged;
};

describe('judgeMatch', () => {
  it.each([
    [{ givenNameMatch: 'true' }, 'match', 100],
    [{ givenNameMatch: 'true', givenNameMatchScore: 12 }, 'match', 100],
    [{ givenNameMatch: 'false', givenNameMatchScore: 83 }, 'partial', 83],
    [{ givenNameMatch: 'false', givenNameMatchScore: 50 }, 'partial', 50],
    [{ givenNameMatch: 'false', givenNameMatchScore: 49 }, 'no_match', 49],
    [{ givenNameMatch: 'false', givenNameMatchScore: 100 }, 'partial', 99],
    [{ givenNameMatch: 'false' }, 'no_match', null],
    [{ givenNameMatch: 'not_available', countryMatch: 'true' }, 'not_available', null],
    [{ countryMatch: 'true' }, 'not_available', null],
  ])('%j', (body, verdict, score) => {
    const judged = judgeMatch(ok(body), ['givenName', 'country'], false);
    expect(judged.kind === 'answer' && judged.value.attributes.givenName).toEqual({ verdict, score });
  });

  it.each([
    ['a boolean for a string', { givenNameMatch: true }],
    ['another word', { givenNameMatch: 'yes' }],
    ['a score as text', { givenNameMatch: 'false', givenNameMatchScore: '83' }],
    ['a score out of range', { givenNameMatch: 'false', givenNameMatchScore: 101 }],
    ['a list', []],
    ['null', null],
  ])('is broken by %s', (_, body) => {
    expect(judgeMatch(ok(body), ['givenName'], false)).toEqual({ kind: 'broke', code: 'malformed_reply' });
  });

  it('cannot tell when nothing that was asked is available', () => {
    expect(judgeMatch(ok({}), ['givenName', 'street'], true)).toEqual({ kind: 'could_not_tell', code: 'nothing_available' });
  });

  it.each([
    ['the whole address agrees', { addressMatch: 'true', streetNumberMatch: 'false' }, 'match', 100],
    ['name and number agree', { addressMatch: 'false', streetNameMatch: 'true', streetNumberMatch: 'true' }, 'match', 100],
    ['the name is near', { streetNameMatch: 'false', streetNameMatchScore: 91, streetNumberMatch: 'true' }, 'partial', 91],
    ['the number differs', { streetNameMatch: 'true', streetNumberMatch: 'false', streetNumberMatchScore: 88 }, 'no_match', null],
    ['the number is not held', { streetNameMatch: 'true', streetNumberMatch: 'not_available' }, 'not_available', null],
    ['only the address is held', { addressMatch: 'false', addressMatchScore: 77, streetNumberMatch: 'not_available' }, 'partial', 77],
  ])('street: %s', (_, body, verdict, score) => {
    expect(street(body)).toEqual({ verdict, score });
  });

  it('street without a number: its name decides', () => {
    expect(street({ streetNameMatch: 'true', addressMatch: 'false' }, false)).toEqual({ verdict: 'match', score: 100 });
  });

  it('takes a document mismatch as a no', () => {
    const judged = judgeMatch(error(403, 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH'), ['givenName', 'street'], true);
    expect(judged).toEqual({
      kind: 'answer',
      value: {
        attributes: {
          givenName: { verdict: 'no_match', score: null },
          street: { verdict: 'no_match', score: null },
        },
      },
    });
  });
});

describe('the error table', () => {
  it.each(CAMARA_ERRORS.filter(({ meaning }) => meaning !== 'no_match'))('$status $code is $meaning', (row) => {
    expect(judgeSimSwap(error(row.status, row.code))).toEqual({ kind: row.meaning, code: row.code });
    expect(judgeMatch(error(row.status, row.code), ['givenName'], false)).toEqual({ kind: row.meaning, code: row.code });
  });

  it('has each pair once', () => {
    const pairs = CAMARA_ERRORS.map(({ status, code }) => `${status} ${code}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it.each([
    [404, 'QUOTA_EXCEEDED', 'broke', 'http_404'],
    [400, 'Andrew Roshell is unknown', 'broke', 'http_400'],
    [500, 'INTERNAL', 'broke', 'http_500'],
    [503, 'UNAVAILABLE', 'broke', 'http_503'],
    [401, 'SOMETHING', 'refresh_token', 'http_401'],
    [204, 'NO_CONTENT', 'broke', 'http_204'],
    [302, 'MOVED', 'broke', 'http_302'],
  ])('%i %s, which is not listed, is %s', (status, code, kind, ours) => {
    expect(judgeNumberRecycling(error(status, code))).toEqual({ kind, code: ours });
  });

  it('needs no JSON to know a status', () => {
    expect(judgeSimSwap({ status: 502, body: '<html>Bad gateway</html>' })).toEqual({ kind: 'broke', code: 'http_502' });
  });

  it('does not take a "no" on a document for an answer to another question', () => {
    expect(judgeSimSwap(error(403, 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH')).kind).toBe('broke');
  });
});

describe('yes and no', () => {
  it.each([true, false])('reads %s', (value) => {
    expect(judgeSimSwap(ok({ swapped: value }))).toEqual({ kind: 'answer', value: { swapped: value } });
    expect(judgeNumberRecycling(ok({ phoneNumberRecycled: value }))).toEqual({ kind: 'answer', value: { recycled: value } });
    expect(judgeNumberVerification(ok({ devicePhoneNumberVerified: value }))).toEqual({
      kind: 'answer',
      value: { verified: value },
    });
  });

  it.each(['{}', '{"swapped":"false"}', '{"swapped":0}', '{"swapped":null}', 'false', ''])('refuses %s', (body) => {
    expect(judgeSimSwap({ status: 200, body })).toEqual({ kind: 'broke', code: 'malformed_reply' });
  });
});
