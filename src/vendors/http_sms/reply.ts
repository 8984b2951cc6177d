/**
 * Judging the other side's words, purely: the answer to a send, and a delivery report.
 */
import { z } from 'zod';
import { readJson } from '../answer.ts';
import type { DeliveryReport } from '../ports.ts';
import { PROVIDER_MESSAGE_ID } from '../status.ts';

/** Reasons the other side may name. Any other word is dropped: free text could hold the number it is about. */
export const HTTP_SMS_CODES = [
  'invalid_number',
  'not_mobile',
  'opted_out',
  'blocked',
  'filtered',
  'unreachable',
  'unknown_destination',
  'region_not_permitted',
  'rate_limited',
  'expired',
] as const;

const id = z.string().regex(PROVIDER_MESSAGE_ID);
const code = z.string().optional();
const sent = z.enum(['accepted', 'queued', 'sent', 'delivered', 'rejected', 'failed']);
const sendReply = z.object({ id, status: sent, code });
const statusBody = z.object({ id, status: z.string(), code });
const STATUSES = ['queued', 'sent', 'delivered', 'failed', 'opted_out'] as const;

export type SendJudged =
  | { readonly kind: 'accepted'; readonly providerMessageId: string }
  | { readonly kind: 'rejected' | 'unknown'; readonly code: string };

/** Judge the answer to a send: 4xx was certainly not sent, 408, 409, 429 and 5xx may be tried again. */
export function judgeSend(reply: { readonly status: number; readonly body: string }): SendJudged {
  if (reply.status >= 200 && reply.status < 300) {
    const body = readJson(reply.body, sendReply);
    if (body === undefined) return { kind: 'unknown', code: 'malformed_reply' };
    if (body.status === 'rejected' || body.status === 'failed') {
      return { kind: 'rejected', code: knownCode(body.code) ?? 'rejected_by_provider' };
    }
    return { kind: 'accepted', providerMessageId: body.id };
  }
  const definite = reply.status >= 400 && reply.status < 500 && ![408, 409, 429].includes(reply.status);
  return { kind: definite ? 'rejected' : 'unknown', code: `http_${reply.status}` };
}

/** Read an authenticated delivery report; undefined where it is none. */
export function readReport(body: string): DeliveryReport | undefined {
  const parsed = readJson(body, statusBody);
  if (parsed === undefined) return undefined;
  const named = knownCode(parsed.code);
  return {
    provider: 'http',
    providerMessageId: parsed.id,
    status: STATUSES.find((status) => status === parsed.status) ?? 'unknown',
    ...(named === undefined ? {} : { code: named }),
  };
}

function knownCode(given: string | undefined): string | undefined {
  return HTTP_SMS_CODES.find((candidate) => candidate === given);
}
