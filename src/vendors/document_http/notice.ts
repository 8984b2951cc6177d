import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { sameSecret } from '../../constant_time.ts';
import { readJson } from '../answer.ts';
import type { NoticeReader } from '../notice.ts';
import type { DocumentVendorConfig } from './config.ts';
import { SESSION_ID } from './reply.ts';

/** How far the sender's clock may be from ours, milliseconds. */
const TOLERANCE_MS = 5 * 60_000;
const NOTICE_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const notice = z.object({ type: z.literal('session.updated'), data: z.object({ sessionId: z.string().regex(SESSION_ID) }) });

/** The signature of Standard Webhooks: HMAC-SHA-256 over id, timestamp and body, base64. @param seconds epoch seconds */
export function signatureOf(secret: Buffer, id: string, seconds: string, body: string): string {
  return createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
}

/**
 * Reads notices signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`; several
 * signatures while a secret is rotated). A notice only says that a session is worth asking about, so the same one twice
 * does no harm.
 */
export function documentNoticeReader({ name, webhookSecret }: Pick<DocumentVendorConfig, 'name' | 'webhookSecret'>): NoticeReader {
  return ({ headers, body, now }) => {
    const id = headers['webhook-id'] ?? '';
    const seconds = headers['webhook-timestamp'] ?? '';
    const given = (headers['webhook-signature'] ?? '').split(' ').filter((one) => one.startsWith('v1,')).slice(0, 8);
    if (!NOTICE_ID.test(id) || !/^\d{1,12}$/.test(seconds)) return undefined;
    if (Math.abs(now - Number(seconds) * 1000) > TOLERANCE_MS) return undefined;
    const expected = Buffer.from(signatureOf(webhookSecret.open(), id, seconds, body), 'base64');
    const signed = given.some((one) => sameSecret(Buffer.from(one.slice('v1,'.length), 'base64'), expected));
    if (!signed) return undefined;
    const read = readJson(body, notice);
    return read && { vendor: name, sessionId: read.data.sessionId, noticeId: id };
  };
}
