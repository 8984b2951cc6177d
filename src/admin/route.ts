/**
 * A door of the console as data. `console.ts` opens them all alike: session, permission, fresh sign-in, origin and form
 * token are judged there and nowhere else, so that a door cannot forget one.
 */
import type { Context } from 'koa';
import type { Actor } from './actor.ts';
import type { AdminPage } from './page.ts';
import type { Action, Role } from './permissions.ts';

/** Somebody signed in. */
export interface StaffSession {
  /** Hash of the cookie; binds the forms. */
  readonly hash: string;
  readonly staffId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** When they last proved who they are, epoch milliseconds. */
  readonly authenticatedAt: number;
}

/** Who a request's cookie stands for. Implemented by the staff area. */
export interface StaffSessions {
  of(ctx: Context): Promise<StaffSession | undefined>;
}

/** What a handler is given. */
export interface Asked {
  readonly ctx: Context;
  /** Named parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Single-valued query; repeated names are refused before. */
  readonly query: Readonly<Record<string, string>>;
  /** The form; empty for GET. */
  readonly form: Readonly<Record<string, string>>;
  /** Undefined only behind doors for anyone. */
  readonly session: StaffSession | undefined;
  /** For the audit log. */
  readonly actor: Actor;
  /** For links and buttons that not everybody gets; doors judge again. */
  readonly may: (action: Action) => boolean;
  readonly now: number;
}

export type Answer =
  | {
      readonly kind: 'page';
      readonly page: AdminPage;
      readonly status?: number;
      /** Sentences by field name; shown at the field and in the summary. */
      readonly errors?: Readonly<Record<string, string>>;
      /** What was typed, shown again. */
      readonly values?: Readonly<Record<string, string>>;
    }
  /** 303 to a path of the console; `notice` is a sentence shown there once. */
  | { readonly kind: 'go'; readonly to: string; readonly notice?: string }
  /** Downloaded, never shown. */
  | { readonly kind: 'file'; readonly name: string; readonly type: string; readonly body: string | Buffer | NodeJS.ReadableStream }
  /** Shown in a page's place, such as a picture; `type` is set by us, never by what was uploaded. */
  | { readonly kind: 'bytes'; readonly type: 'image/jpeg' | 'application/json'; readonly body: Buffer };

export interface AdminRoute {
  readonly method: 'get' | 'post';
  /** Below `/admin`, with `:name` parts. */
  readonly path: string;
  /** `anyone`: before sign-in. */
  readonly action: Action | 'anyone';
  /** Asks for a sign-in of the last minutes first: dangerous things. */
  readonly fresh?: boolean;
  /** Larger forms than usual. */
  readonly mostFields?: number;
  readonly mostBytes?: number;
  readonly handle: (asked: Asked) => Promise<Answer>;
}

/** How long a sign-in counts as fresh, milliseconds. */
export const FRESH_MS = 10 * 60_000;

/** The one who is signed in; doors other than those for anyone always have one. */
export function signedIn(asked: Asked): StaffSession {
  if (!asked.session) throw new Error('a door of the console was opened without a session');
  return asked.session;
}
