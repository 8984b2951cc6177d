/**
 * The way back for somebody whom a reviewer asks for one step again: a link that works once, for one browser. Implemented
 * in `store/again_links.ts`. Tokens arrive hashed; times are epoch milliseconds.
 */

/** Where links stand, below the issuer. */
export const AGAIN_PATH = '/again';

/** A browser that used a link up. */
export interface HeldAgain {
  readonly journeyId: string;
  /** Of the link that it came by. */
  readonly tokenHash: string;
  /** When the journey ends without an answer. */
  readonly expiresAt: number;
}

export interface AgainLinks {
  /** The journey behind a link that nobody used and that still asks something. Changes nothing. */
  peek(tokenHash: string, now: number): Promise<string | undefined>;
  /** Use a link up for one browser; the same browser may send it twice. False for everybody else, and where nothing is asked any more. */
  take(tokenHash: string, holderHash: string, now: number): Promise<boolean>;
  /** What a browser came to by its link; a while beyond the journey's end, so that it can be told of it. */
  held(holderHash: string, now: number): Promise<HeldAgain | undefined>;
}
