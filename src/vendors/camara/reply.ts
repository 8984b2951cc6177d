/**
 * Judging the replies, purely: status and body in, meaning out.
 */
import { z } from 'zod';
import { MATCH_ATTRIBUTES } from '../../journey/workflow.ts';
import type { MatchAttribute } from '../../journey/workflow.ts';
import { broke, readJson } from '../answer.ts';
import type { Judged } from '../answer.ts';
import type { AttributeVerdict, MatchAnswer } from '../ports.ts';
import { judgeError } from './errors.ts';

/** A judgement, or what to try once more before there is one. */
export type CamaraJudged<T> =
  | Judged<T>
  | { readonly kind: 'refresh_token'; readonly code: string }
  | { readonly kind: 'smaller_window'; readonly code: string };

export interface RawReply {
  readonly status: number;
  readonly body: string;
}

/** Least similarity that counts as partial; below it the attribute plainly differs. */
const PARTIAL_FROM = 50;

const NOT_AVAILABLE: AttributeVerdict = { verdict: 'not_available', score: null };
const NO_MATCH: AttributeVerdict = { verdict: 'no_match', score: null };

// KYC Match 0.4, MatchResult and MatchScoreResult: strings, not booleans; a score only beside `false`.
const result = z.enum(['true', 'false', 'not_available']).optional();
const score = z.number().int().min(0).max(100).optional();
const matchReply = z.object({
  givenNameMatch: result,
  givenNameMatchScore: score,
  familyNameMatch: result,
  familyNameMatchScore: score,
  addressMatch: result,
  addressMatchScore: score,
  streetNameMatch: result,
  streetNameMatchScore: score,
  streetNumberMatch: result,
  streetNumberMatchScore: score,
  localityMatch: result,
  localityMatchScore: score,
  regionMatch: result,
  regionMatchScore: score,
  // The standard has no score for these three.
  postalCodeMatch: result,
  countryMatch: result,
  birthdateMatch: result,
});
type MatchReply = z.infer<typeof matchReply>;

/**
 * Judge a KYC Match reply.
 *
 * @param asked our attributes that were asked; one the operator left out counts as not available
 * @param numberAsked whether the street's number was sent apart
 */
export function judgeMatch(
  reply: RawReply,
  asked: readonly MatchAttribute[],
  numberAsked: boolean,
): CamaraJudged<MatchAnswer> {
  const none = Object.fromEntries(asked.map((attribute) => [attribute, NO_MATCH]));
  return judge(reply, matchReply, { attributes: none }, (body) => {
    const attributes: Partial<Record<MatchAttribute, AttributeVerdict>> = {};
    for (const attribute of MATCH_ATTRIBUTES) {
      if (asked.includes(attribute)) attributes[attribute] = verdictOn(attribute, body, numberAsked);
    }
    const verdicts = Object.values(attributes);
    if (verdicts.every((one) => one.verdict === 'not_available')) {
      return { kind: 'could_not_tell', code: 'nothing_available' };
    }
    return { kind: 'answer', value: { attributes } };
  });
}

const simSwapReply = z.object({ swapped: z.boolean() });
const recyclingReply = z.object({ phoneNumberRecycled: z.boolean() });
const verificationReply = z.object({ devicePhoneNumberVerified: z.boolean() });

/** Judge a SIM Swap reply. */
export function judgeSimSwap(reply: RawReply): CamaraJudged<{ readonly swapped: boolean | null }> {
  return judge(reply, simSwapReply, undefined, (body) => ({ kind: 'answer', value: { swapped: body.swapped } }));
}

/** Judge a Number Recycling reply. */
export function judgeNumberRecycling(reply: RawReply): CamaraJudged<{ readonly recycled: boolean | null }> {
  return judge(reply, recyclingReply, undefined, (body) => ({
    kind: 'answer',
    value: { recycled: body.phoneNumberRecycled },
  }));
}

/** Judge a Number Verification reply. */
export function judgeNumberVerification(reply: RawReply): CamaraJudged<{ readonly verified: boolean }> {
  return judge(reply, verificationReply, undefined, (body) => ({
    kind: 'answer',
    value: { verified: body.devicePhoneNumberVerified },
  }));
}

/** @param negative the answer that an error meaning "no" stands for, where the API has one */
function judge<Body, Value>(
  reply: RawReply,
  schema: z.ZodType<Body>,
  negative: Value | undefined,
  read: (body: Body) => Judged<Value>,
): CamaraJudged<Value> {
  if (reply.status === 200) {
    const body = readJson(reply.body, schema);
    return body === undefined ? broke('malformed_reply') : read(body);
  }
  const { meaning, code } = judgeError(reply.status, reply.body);
  if (meaning !== 'no_match') return { kind: meaning, code };
  return negative === undefined ? broke(code) : { kind: 'answer', value: negative };
}

function verdictOn(attribute: MatchAttribute, body: MatchReply, numberAsked: boolean): AttributeVerdict {
  switch (attribute) {
    case 'givenName':
      return verdict(body.givenNameMatch, body.givenNameMatchScore);
    case 'familyName':
      return verdict(body.familyNameMatch, body.familyNameMatchScore);
    case 'street':
      return streetVerdict(body, numberAsked);
    case 'city':
      return verdict(body.localityMatch, body.localityMatchScore);
    case 'region':
      return verdict(body.regionMatch, body.regionMatchScore);
    case 'postalCode':
      return verdict(body.postalCodeMatch, undefined);
    case 'country':
      return verdict(body.countryMatch, undefined);
    case 'birthDate':
      return verdict(body.birthdateMatch, undefined);
  }
}

/**
 * One verdict on the street from three. The whole address agreeing settles it. Otherwise a house number is right or
 * wrong: two numbers in one street are similar as text and different as homes, so its score is not used.
 */
function streetVerdict(body: MatchReply, numberAsked: boolean): AttributeVerdict {
  const whole = verdict(body.addressMatch, body.addressMatchScore);
  if (whole.verdict === 'match') return whole;
  const name = verdict(body.streetNameMatch, body.streetNameMatchScore);
  if (!numberAsked) return name.verdict === 'not_available' ? whole : name;
  const number = verdict(body.streetNumberMatch, undefined);
  if (number.verdict === 'no_match') return NO_MATCH;
  if (number.verdict === 'match' && name.verdict !== 'not_available') return name;
  return whole;
}

function verdict(match: z.infer<typeof result>, given: number | undefined): AttributeVerdict {
  if (match === 'true') return { verdict: 'match', score: 100 };
  if (match !== 'false') return NOT_AVAILABLE;
  if (given === undefined) return NO_MATCH;
  // 100 beside `false` contradicts itself; the words win.
  const scored = Math.min(given, 99);
  return { verdict: scored >= PARTIAL_FROM ? 'partial' : 'no_match', score: scored };
}
