/**
 * Judging Twilio's replies, purely.
 */
import { z } from 'zod';
import type { LineType } from '../../journey/workflow.ts';
import { broke, readJson } from '../answer.ts';
import type { Judged } from '../answer.ts';
import { PROVIDER_MESSAGE_ID } from '../status.ts';
import { LINE_TYPE_OF, MESSAGE_ERRORS } from './codes.ts';

const lookupReply = z.object({
  line_type_intelligence: z
    .object({ type: z.string().nullable(), error_code: z.number().int().nullable() })
    .nullable(),
});

/** Judge a line-type look-up. HTTP 200 with an error inside the package is normal with Lookup v2. */
export function judgeLookup(reply: {
  readonly status: number;
  readonly body: string;
}): Judged<{ readonly lineType: LineType | null }> {
  if (reply.status === 404) return { kind: 'could_not_tell', code: 'http_404' };
  if (reply.status !== 200) return broke(`http_${reply.status}`);
  const body = readJson(reply.body, lookupReply);
  if (body === undefined) return broke('malformed_reply');
  const found = body.line_type_intelligence;
  if (found === null) return { kind: 'could_not_tell', code: 'nothing_available' };
  if (found.error_code !== null) return { kind: 'could_not_tell', code: `twilio_${found.error_code}` };
  // A kind of line we have no word for is a line all the same, and not a mobile one.
  const known = found.type === null || Object.hasOwn(LINE_TYPE_OF, found.type);
  const lineType = known ? (LINE_TYPE_OF[found.type ?? 'unknown'] ?? null) : 'other';
  return { kind: 'answer', value: { lineType } };
}

/** What became of a message at sending. */
export type MessageJudged =
  | { readonly kind: 'accepted'; readonly providerMessageId: string }
  | { readonly kind: 'rejected' | 'unknown'; readonly code: string };

const created = z.object({ sid: z.string().regex(PROVIDER_MESSAGE_ID), error_code: z.number().int().nullish() });
const refused = z.object({ code: z.number().int() });

/** Judge the creation of a message: 4xx was certainly not sent, 429 and 5xx may be tried again. */
export function judgeMessage(reply: { readonly status: number; readonly body: string }): MessageJudged {
  if (reply.status === 200 || reply.status === 201) {
    const body = readJson(reply.body, created);
    // Taken, but without an id its reports will not be recognised.
    if (body === undefined) return { kind: 'unknown', code: 'malformed_reply' };
    if (body.error_code !== null && body.error_code !== undefined) return messageError(body.error_code, 'unknown');
    return { kind: 'accepted', providerMessageId: body.sid };
  }
  const definite = reply.status >= 400 && reply.status < 500 && reply.status !== 408 && reply.status !== 429;
  const outcome = definite ? 'rejected' : 'unknown';
  const body = readJson(reply.body, refused);
  return body === undefined ? { kind: outcome, code: `http_${reply.status}` } : messageError(body.code, outcome);
}

function messageError(twilio: number, otherwise: 'rejected' | 'unknown'): MessageJudged {
  const row = MESSAGE_ERRORS.find((candidate) => candidate.twilio === twilio);
  return row === undefined
    ? { kind: otherwise, code: `twilio_${twilio}` }
    : { kind: row.outcome, code: row.code };
}
