/**
 * CAMARA's error codes and what each means to us, as a table. A pair that is not listed is `broke`: what is not
 * recognised was not learned. `message` is never read.
 */
import { z } from 'zod';
import { readJson } from '../answer.ts';

/**
 * - `refresh_token`: ask once more with a new access token
 * - `smaller_window`: the look-back is longer than the operator allows
 * - `no_match`: a negative answer, not a fault
 * - `could_not_tell`: the operator works, but has nothing on this number
 * - `broke`: nothing was learned; ours or the operator's fault
 */
export type ErrorMeaning = 'refresh_token' | 'smaller_window' | 'no_match' | 'could_not_tell' | 'broke';

interface ErrorRow {
  readonly status: number;
  readonly code: string;
  readonly meaning: ErrorMeaning;
}

export const CAMARA_ERRORS: readonly ErrorRow[] = [
  { status: 400, code: 'INVALID_ARGUMENT', meaning: 'broke' },
  // Local law can allow a shorter look-back than the standard's 2400 hours.
  { status: 400, code: 'OUT_OF_RANGE', meaning: 'smaller_window' },
  { status: 400, code: 'KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION', meaning: 'broke' },
  { status: 401, code: 'UNAUTHENTICATED', meaning: 'refresh_token' },
  { status: 403, code: 'PERMISSION_DENIED', meaning: 'broke' },
  { status: 403, code: 'INVALID_TOKEN_CONTEXT', meaning: 'broke' },
  { status: 403, code: 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED', meaning: 'could_not_tell' },
  { status: 403, code: 'KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH', meaning: 'no_match' },
  // The phone was on Wi-Fi: the link by text message is the way on.
  { status: 403, code: 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK', meaning: 'could_not_tell' },
  { status: 404, code: 'NOT_FOUND', meaning: 'could_not_tell' },
  // Another operator's number, or nobody's.
  { status: 404, code: 'IDENTIFIER_NOT_FOUND', meaning: 'could_not_tell' },
  { status: 409, code: 'ABORTED', meaning: 'broke' },
  { status: 422, code: 'SERVICE_NOT_APPLICABLE', meaning: 'could_not_tell' },
  { status: 422, code: 'UNSUPPORTED_IDENTIFIER', meaning: 'could_not_tell' },
  // These two mean the wrong kind of token for the body (two-legged against three-legged): our configuration.
  { status: 422, code: 'MISSING_IDENTIFIER', meaning: 'broke' },
  { status: 422, code: 'UNNECESSARY_IDENTIFIER', meaning: 'broke' },
  { status: 429, code: 'QUOTA_EXCEEDED', meaning: 'broke' },
  { status: 429, code: 'TOO_MANY_REQUESTS', meaning: 'broke' },
  { status: 501, code: 'NOT_IMPLEMENTED', meaning: 'could_not_tell' },
];

const errorBody = z.object({ code: z.string() });

/** What an error reply means. The code is the table's, or `http_<status>` where the pair is not listed. */
export function judgeError(status: number, body: string): { readonly meaning: ErrorMeaning; readonly code: string } {
  const code = readJson(body, errorBody)?.code;
  const row = CAMARA_ERRORS.find((candidate) => candidate.status === status && candidate.code === code);
  if (row !== undefined) return { meaning: row.meaning, code: row.code };
  // Gateways in front of an operator answer 401 in their own words; the cure is the same.
  return { meaning: status === 401 ? 'refresh_token' : 'broke', code: `http_${status}` };
}
