/** What the hosted pages need of the OIDC server, and no more. The wiring fills it in from `oidc/`. */
import type { Context } from 'koa';
import type { Mode } from '../journey/journey.ts';
import type { Position } from '../engine/advance.ts';
import type { PrefillRead } from '../oidc/prefill.ts';

/** An authorization request that waits for an answer, in the browser that brought it. */
export interface WaitingRequest {
  readonly uid: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly params: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** What the key says where it says otherwise than its workflow. */
  readonly asked?: KeyWishes | undefined;
  /** Its journey was begun elsewhere, and is only gone on with here. */
  readonly begun?: boolean;
}

/** How one key wants decisions told. */
export interface KeyWishes {
  /** How a denial goes out. */
  readonly denyAs?: 'error' | 'token' | undefined;
  /** For how long a decision counts as recent, seconds. */
  readonly reuseSeconds?: number | undefined;
  /**
   * How a decision that waits for a person goes out: as an error, as a code that says so, or not before somebody decided.
   * `hold` only as long as the request can still be answered then: shortly before its end it is `error`.
   */
  readonly reviewAs: 'error' | 'pending' | 'hold';
}

export interface OidcDoor {
  /**
   * The request that this browser's cookie is for.
   * @throws GatehouseError `session_not_found` where there is none, it expired, or it is another browser's
   */
  waiting(ctx: Context, uid: string): Promise<WaitingRequest>;
  /** The identity that the application supplied with it, if any. */
  supplied(waiting: WaitingRequest): Promise<PrefillRead>;
  /** Turn a decided journey into a grant or an error, and give the address at which the browser goes on. */
  finish(ctx: Context, waiting: WaitingRequest, position: Position): Promise<string>;
  /** End the request with an OAuth error; gives the address at which the browser goes on. */
  abandon(ctx: Context, waiting: WaitingRequest, error: string, description: string): Promise<string>;
}
