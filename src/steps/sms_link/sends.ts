/**
 * Text messages of a journey: the intent that is stored before a send, what became of it, and what its provider reports
 * later. Shared by the steps that send a link. Pure.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { JourneyEvent } from '../../events/events.ts';
import type { Personal } from '../../personal.ts';
import type { SendAnswer } from '../../vendors/ports.ts';
import type { MessageOutcome, MessageReport, StepView } from '../step.ts';

export const SEND_STATUS = ['intended', 'unknown', 'sent', 'delivered', 'failed'] as const;
export type SendStatus = (typeof SEND_STATUS)[number];

/** One message: intended, then whatever became of it. */
export const sendShape = z.strictObject({
  id: z.string(),
  at: z.number(),
  status: z.enum(SEND_STATUS),
  code: z.string().optional(),
});
export type Send = z.infer<typeof sendShape>;

/** How a number stands with its share of messages. */
export interface MessageStanding {
  /** Past its share. */
  readonly over: boolean;
  /** Whether that stops the message; otherwise it is told on the timeline only. */
  readonly enforced: boolean;
  /** Messages within the day, at most one more than the limit. */
  readonly count: number;
  readonly limit: number;
}

/** What stops a number from being sent too many messages. */
export interface MessageLimit {
  /** @param counted whether the message in question is among those counted already, or is one more */
  look(phone: Personal<string>, view: Pick<StepView<unknown>, 'journey' | 'workflow' | 'now'>, counted: boolean): Promise<MessageStanding>;
}

/** A message that is about to be sent, with a random id of its own. */
export function intendSend(now: number): Send {
  return { id: randomBytes(16).toString('base64url'), at: now, status: 'intended' };
}

/** A sender's word as our status. */
export const SENT: Readonly<Record<SendAnswer['kind'], SendStatus>> = { accepted: 'sent', rejected: 'failed', unknown: 'unknown' };

/** Only forward: reports come late, twice and out of order, and "delivered" is final. */
export function withSend<One extends Send>(sends: readonly One[], id: string, status: SendStatus, code: string | undefined): One[] {
  return sends.map((one) =>
    one.id === id && SEND_STATUS.indexOf(status) > SEND_STATUS.indexOf(one.status) && one.status !== 'delivered'
      ? { ...one, status, ...(code === undefined ? {} : { code }) }
      : one);
}

/** What is written of a send beside the state: the message's row, and the timeline. */
export function sendRecord(id: string, attempt: number, answer: SendAnswer, share: MessageStanding): {
  readonly delivered: readonly MessageOutcome[];
  readonly events: readonly JourneyEvent[];
} {
  const code = answer.kind === 'accepted' ? undefined : answer.code;
  return {
    delivered: [{
      id,
      status: answer.kind === 'accepted' ? 'sent' : answer.kind,
      provider: answer.provider,
      ...(answer.kind === 'accepted' && answer.providerMessageId !== undefined ? { providerMessageId: answer.providerMessageId } : {}),
      ...(code === undefined ? {} : { code }),
    }],
    events: [...(share.over ? [limitEvent('success', attempt, share)] : []), {
      layer: 'block', name: 'messageDelivery', outcome: answer.kind === 'accepted' ? 'success' : 'fail',
      ...(code === undefined ? {} : { reason: code }), details: { provider: answer.provider, attempt },
    }],
  };
}

/** The same of a message that was intended and is not sent, because the number had its share. */
export function withheldRecord(id: string, attempt: number, share: MessageStanding): ReturnType<typeof sendRecord> {
  return {
    delivered: [{ id, status: 'rejected', provider: 'none', code: 'message_limit' }],
    events: [limitEvent('fail', attempt, share)],
  };
}

function limitEvent(outcome: 'success' | 'fail', attempt: number, { count, limit, enforced }: MessageStanding): JourneyEvent {
  return { layer: 'block', name: 'messageDelivery', outcome, reason: 'message_limit', details: { attempt, count, limit, enforced } };
}

/** Provider words to ours; `queued` tells nothing new. */
const REPORTED: Readonly<Record<MessageReport['status'], SendStatus | undefined>> = {
  queued: undefined,
  sent: 'sent',
  delivered: 'delivered',
  failed: 'failed',
  opted_out: 'failed',
  unknown: undefined,
};

/** The sends after a delivery report, and its line on the timeline; undefined where it tells nothing new. */
export function reportedSends<One extends Send>(sends: readonly One[], report: MessageReport): { readonly sends: One[]; readonly events: readonly JourneyEvent[] } | undefined {
  const status = REPORTED[report.status];
  if (!status || !sends.some((one) => one.id === report.messageId)) return undefined;
  const after = withSend(sends, report.messageId, status, report.code ?? (report.status === 'opted_out' ? 'optedOut' : undefined));
  if (!after.some((one, index) => one.status !== sends[index]?.status)) return undefined;
  return { sends: after, events: [{ layer: 'label', name: 'message_delivery', outcome: status === 'failed' ? 'failure' : 'success', reason: report.status }] };
}
