/** Tokens of the admin API. */
import type { Actor } from '../actor.ts';
import type { Action } from '../permissions.ts';

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  /** Last four characters. */
  readonly hint: string;
  readonly scopes: readonly Action[];
  /** Nets (CIDR) it may be used from; empty: from anywhere. */
  readonly nets: readonly string[];
  /** Name of whoever made it. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** Epoch milliseconds; undefined: never. */
  readonly expiresAt: number | undefined;
  /** To the minute. */
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export interface NewApiToken {
  readonly name: string;
  readonly scopes: readonly Action[];
  readonly nets: readonly string[];
  readonly expiresAt: number | undefined;
}

export interface TokenDesk {
  /** Newest first. There are few: at most {@link MOST_TOKENS} that live. */
  list(): Promise<readonly ApiToken[]>;
  /**
   * Make one. `token` is told this once.
   * @throws GatehouseError `too_many_tokens` 409
   */
  create(actor: Actor, token: NewApiToken): Promise<{ readonly token: string; readonly id: string }>;
  /** False where there is none, or none any more. */
  revoke(actor: Actor, id: string): Promise<boolean>;
  /** The living token behind what a request brought; notes, to the minute, that it was used. */
  use(presented: string): Promise<ApiToken | undefined>;
}

export const MOST_TOKENS = 200;

/** How a token looks: easy to find in a leak, 256 random bits. */
export const TOKEN_PATTERN = /^gha_[\w-]{43}$/;

/** Actions that no token can be given: they are about persons at the console. */
export const NOT_FOR_TOKENS: readonly Action[] = ['self.manage', 'staff.manage', 'token.manage'];
