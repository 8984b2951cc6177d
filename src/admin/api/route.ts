/** A door of the admin API as data: the router and the OpenAPI description are made of the same table. */
import type { z } from 'zod';
import type { Actor } from '../actor.ts';
import type { Action } from '../permissions.ts';

export interface ApiAsked<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly actor: Actor;
  readonly now: number;
}

export interface ApiRoute<Query = unknown, Body = unknown> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below `/admin/api/v1`, parts in braces: `/workflows/{id}`. */
  readonly path: string;
  /** The scope a token needs. */
  readonly scope: Action;
  readonly summary: string;
  /** Groups the description. */
  readonly tag: string;
  readonly query?: z.ZodType<Query> | undefined;
  readonly body?: z.ZodType<Body> | undefined;
  readonly mostBytes?: number;
  readonly answer: z.ZodType;
  /** It changes nothing but the audit log: a look that is sent again is another look. */
  readonly reads?: true;
  /** The answer comes in pieces, of this type: `handle` gives an `AsyncIterable<string>`. For looks alone. */
  readonly streams?: 'application/json' | 'application/x-ndjson';
  /** Of success; 200 by default. */
  readonly status?: 200 | 201 | 202;
  /** Further refusals, by status, as they are described. */
  readonly refusals?: Readonly<Record<number, string>>;
  readonly handle: (asked: ApiAsked<Query, Body>) => Promise<unknown>;
}

/** Lets each row of a table have its own query and body. */
export function apiRoute<Query = Record<string, never>, Body = undefined>(route: ApiRoute<Query, Body>): ApiRoute {
  return route as unknown as ApiRoute;
}
