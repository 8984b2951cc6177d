import { z } from 'zod';
import { CHECK_CODES, type CheckCode } from '../../journey/document_checks.ts';
import { readDocument } from '../../journey/document_evidence.ts';
import { Personal } from '../../personal.ts';
import { broke, readJson, type Judged } from '../answer.ts';
import type { DocumentVendorResult } from '../ports.ts';

interface Raw {
  readonly status: number;
  readonly body: string;
}

export const SESSION_ID = /^[A-Za-z0-9_-]{8,128}$/;
const CODE = /^[a-z][a-z0-9_]{0,60}$/;

const started = z.object({ sessionId: z.string().regex(SESSION_ID), url: z.string() });
const received = z.object({ received: z.number().int().min(0) });
const finding = z.object({
  code: z.enum(CHECK_CODES as [CheckCode, ...CheckCode[]]),
  status: z.enum(['pass', 'fail', 'doubt', 'unknown']),
  why: z.string().regex(CODE).optional(),
});
const result = z.discriminatedUnion('status', [
  z.object({ status: z.literal('started') }),
  z.object({ status: z.literal('pending') }),
  z.object({ status: z.literal('expired') }),
  z.object({
    status: z.literal('finished'),
    verdict: z.enum(['pass', 'fail', 'doubt']),
    findings: z.array(finding).max(100),
    document: readDocument.omit({ method: true }).optional(),
    liveness: z.object({ certified: z.boolean() }).optional(),
    authenticityVerified: z.boolean(),
  }),
]);

/** Judge the reply to a start. The hosted page must stand on the vendor's own origin: a person is sent there. */
export function judgeStart(raw: Raw, vendorOrigin: string): Judged<{ readonly sessionId: string; readonly url: string }> {
  if (raw.status !== 200 && raw.status !== 201) return broke(`http_${raw.status}`);
  const read = readJson(raw.body, started);
  return read && URL.parse(read.url)?.origin === vendorOrigin ? { kind: 'answer', value: read } : broke('malformed_reply');
}

export function judgeUpload(raw: Raw): Judged<{ readonly received: number }> {
  if (raw.status !== 200) return broke(`http_${raw.status}`);
  const read = readJson(raw.body, received);
  return read ? { kind: 'answer', value: read } : broke('malformed_reply');
}

/** Judge the reply to a question for the result. Words that we do not know are no result. */
export function judgeResult(raw: Raw): Judged<DocumentVendorResult> {
  if (raw.status === 404 || raw.status === 410) return { kind: 'could_not_tell', code: 'session_unknown' };
  if (raw.status !== 200) return broke(`http_${raw.status}`);
  const read = readJson(raw.body, result);
  if (!read) return broke('malformed_reply');
  if (read.status === 'started' || read.status === 'pending') return { kind: 'answer', value: { kind: 'pending' } };
  if (read.status === 'expired') return { kind: 'answer', value: { kind: 'expired' } };
  const { verdict, findings, document, liveness, authenticityVerified } = read;
  return {
    kind: 'answer',
    value: {
      kind: 'finished',
      verdict,
      findings: findings.map(({ code, status, why }) => ({ code, status, ...(why === undefined ? {} : { why }) })),
      document: document && Personal.of({ ...document, method: 'vendor' as const }),
      liveness,
      authenticityVerified,
    },
  };
}
