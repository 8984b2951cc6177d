/**
 * The device cookie of a browser or phone whose journey was approved, or waits for a person who may approve it: given for the first time, or exchanged for a fresh
 * one. It goes out with an answer of its own journey, to the very browser that holds the interaction or the phone's link.
 */
import type { Context } from 'koa';
import type { DeviceStore } from '../devices/store.ts';
import { hashOfToken, newToken } from '../devices/token.ts';
import type { DeviceChannel } from '../journey/device_evidence.ts';
import type { Journey, Mode } from '../journey/journey.ts';
import { deviceCookie } from './device_cookie.ts';

/** Whose answer is being written. */
export interface Issued {
  readonly journeyId: string;
  readonly channel: DeviceChannel;
  readonly mode: Mode;
  /** Of the cookie that goes out with this answer. */
  readonly tokenHash: string;
}

/** Gives the browser of this answer its cookie, where its journey has a device to be known as; safe to call again. */
export type DeviceIssue = (ctx: Context, journey: Pick<Journey, 'id' | 'decision' | 'mode'>, channel: DeviceChannel) => Promise<void>;

export interface DeviceIssueDeps {
  readonly devices: Pick<DeviceStore, 'issue'>;
  readonly origin: string;
  readonly now: () => number;
  /** Called where a cookie was set, with the same answer: what else is begun with a browser that was just recognised. */
  readonly also?: (ctx: Context, issued: Issued) => Promise<void>;
}

export function deviceIssue({ devices, origin, now, also }: DeviceIssueDeps): DeviceIssue {
  const cookie = deviceCookie(origin);
  return async (ctx, { id: journeyId, decision, mode }, channel) => {
    // Whoever waits for a person leaves before they are approved: a browser that nobody trusts yet has its cookie then.
    if (decision?.verdict !== 'approve' && decision?.verdict !== 'review') return;
    const token = newToken();
    const tokenHash = hashOfToken(token);
    // The store decides: a page that is loaded again, or a second tab, is not given another one.
    if (!(await devices.issue({ journeyId, channel, fresh: tokenHash, presented: cookie.hash(ctx, mode), now: now() }))) return;
    cookie.set(ctx, mode, token);
    await also?.(ctx, { journeyId, channel, mode, tokenHash });
  };
}
