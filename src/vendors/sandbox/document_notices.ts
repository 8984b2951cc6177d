/** Signed notices of the simulated document vendor, and the ways they go wrong in the world. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signatureOf } from '../document_http/notice.ts';
import type { DocumentSession } from './document_sessions.ts';

export interface NoticeSettings {
  /** Where the gateway takes notices; undefined: nobody is told. */
  readonly noticeUrl: string | undefined;
  readonly webhookSecret: Buffer;
  readonly slowMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

const TIME_LIMIT_MS = 5_000;

/** Tell the gateway that a session moved, in the manner that the session's behaviour asks for. */
export async function sendNotices(session: DocumentSession, settings: NoticeSettings): Promise<void> {
  const one = notice(session.id, settings, settings.webhookSecret);
  switch (session.behaviour) {
    case 'silent':
    case 'never':
      return;
    case 'duplicated':
      await Promise.all([post(one, settings), post(one, settings)]);
      await post(one, settings);
      return;
    case 'late':
      await delay(settings.slowMs);
      await post(notice(session.id, settings, settings.webhookSecret), settings);
      return;
    case 'forged':
      await post(notice(session.id, settings, randomBytes(32)), settings);
      return;
    default:
      await post(one, settings);
  }
}

interface Notice {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function notice(sessionId: string, { clock }: NoticeSettings, secret: Buffer): Notice {
  const id = `msg_${randomBytes(12).toString('base64url')}`;
  const seconds = String(Math.floor(clock() / 1000));
  const body = JSON.stringify({ type: 'session.updated', timestamp: new Date(clock()).toISOString(), data: { sessionId } });
  return {
    body,
    headers: {
      'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': seconds,
      'webhook-signature': `v1,${signatureOf(secret, id, seconds, body)}`,
    },
  };
}

async function post({ body, headers }: Notice, { noticeUrl }: NoticeSettings): Promise<void> {
  if (noticeUrl === undefined) return;
  // A vendor whose notice is not taken is asked for the result all the same.
  await fetch(noticeUrl, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(TIME_LIMIT_MS) }).catch(() => undefined);
}
