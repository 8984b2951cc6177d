/**
 * A form that came when its session had ended, or when its sign-in was not fresh any more, is not lost: it is kept for some
 * minutes until whoever typed it has proved who they are, and is sent then by a press of theirs, to the same door.
 *
 * It waits here and not in the pages between, because the way may lead over another provider; sealed, and never in an
 * address or a cookie. It is kept only if it came from a page that we showed to that person in this browser, which the mark
 * beside the form's token proves: nobody else can plant one to be confirmed. And nobody else gets it: it is bound to the
 * person, and to a cookie of this browser.
 */
import type { Context } from 'koa';
import { hashOfToken, newToken, TOKEN_SHAPE } from '../devices/token.ts';
import type { Csrf } from '../http/csrf.ts';
import { Personal } from '../personal.ts';
import type { StaffSession } from './route.ts';
import { visitOf } from './visit.ts';

/** Where what waits is shown. */
export const KEPT = '/admin/kept';
/** The field by which the page there names the form that is to be sent. */
export const KEPT_FIELD = 'kept_form';
/** How long a form waits, milliseconds. */
export const KEPT_MS = 10 * 60_000;
/** How long one that was taken waits for what became of it, milliseconds: after that its process is taken for dead, and it waits again. */
export const TAKEN_MS = 60_000;
/** The longest form that is kept, bytes of its body. */
export const MOST_KEPT_BYTES = 256 * 1024;
/** Forms that wait for one person; the oldest goes. */
export const MOST_KEPT = 5;

const COOKIE = 'gatehouse_staff_kept';

/** A form as it was sent. What was typed may be personal. */
export interface KeptForm {
  /** Path of the door it was sent to, with its query. */
  readonly door: string;
  /** Path of the page it was typed at. */
  readonly from: string;
  /** Without the form's token. */
  readonly fields: Readonly<Record<string, string>>;
}

/** One that waits. */
export interface Waiting {
  /** Of the browser's token; names it on the page. */
  readonly hash: string;
  readonly form: Personal<KeptForm>;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What is needed kept; implemented in `store/`. */
export interface KeptFormStore {
  /** Keep one; beyond `MOST_KEPT` of a person the oldest goes. False where there is no such active person: nothing is kept. */
  add(kept: Waiting & { readonly staffId: string; readonly now: number }): Promise<boolean>;
  /** Those of these that wait for this person, the newest first. */
  of(staffId: string, hashes: readonly string[], now: number): Promise<readonly Waiting[]>;
  /** Whether any of these waits, for whomever. */
  any(hashes: readonly string[], now: number): Promise<boolean>;
  /** One that waits for this person, and does not wait for {@link TAKEN_MS}: of parallel callers one gets it. To be dropped, or put back. */
  take(staffId: string, hash: string, now: number): Promise<Waiting | undefined>;
  /** One that was taken waits again. */
  putBack(staffId: string, hash: string): Promise<void>;
  /** Forget these. */
  drop(hashes: readonly string[]): Promise<void>;
}

export interface KeptForms {
  /** What stands in each form beside its token: that this page was shown to this person in this browser. */
  mark(ctx: Context, session: StaffSession): string;
  /** Id of the person to whom the page was shown that a form was sent from; undefined where it proves none. */
  authorOf(ctx: Context, token: string | undefined): string | undefined;
  /** Keep a form for its author; false where it cannot be. */
  keep(ctx: Context, author: string, form: KeptForm): Promise<boolean>;
  /** Whether something waits in this browser, for whomever. */
  any(ctx: Context): Promise<boolean>;
  /** What waits in this browser for this person. What waits here for others is forgotten: somebody else sits here now. */
  waiting(ctx: Context, session: StaffSession): Promise<readonly Waiting[]>;
  /** Take one to send it to this door, once; to be told what became of it (`sent`, `putBack`). Undefined where it does not wait any more, or for another person or door. */
  take(ctx: Context, session: StaffSession, hash: string, door: string): Promise<Waiting | undefined>;
  /** Forget one; gives the page it was typed at, or undefined where it does not wait for this person. */
  forget(ctx: Context, session: StaffSession, hash: string): Promise<string | undefined>;
  /** The door took it: it is forgotten. */
  sent(taken: Waiting): Promise<void>;
  /** The door failed: it waits again. */
  putBack(session: StaffSession, taken: Waiting): Promise<void>;
}

export interface KeptDeps {
  readonly store: KeptFormStore;
  readonly csrf: Csrf;
  /** Of the console. */
  readonly origin: string;
  readonly now: () => number;
}

const TOKEN_AND_MARK = /^[\w-]{43}\.([\w-]{1,100})\.([\w-]{43})$/;
/** Names of fields that hold secrets; options and codes of reasons have longer names. */
const SECRET = /password|secret|^(?:passkey|again|box|code)$/i;

/** Whether a form is worth keeping, and may be: not where nothing was typed, and not one with a secret, or what would be left of it. Pure. */
export function keepable(fields: Readonly<Record<string, string>>): boolean {
  const typed = Object.entries(fields).filter(([, value]) => value !== '');
  return typed.length > 0 && typed.every(([name]) => !SECRET.test(name));
}

export function keptForms({ store, csrf, origin, now }: KeptDeps): KeptForms {
  const secure = origin.startsWith('https:');
  const name = secure ? `__Secure-${COOKIE}` : COOKIE;
  const tokensOf = (ctx: Context): readonly string[] =>
    (ctx.cookies.get(name, { signed: false }) ?? '').split('.').filter((token) => TOKEN_SHAPE.test(token)).slice(-MOST_KEPT);
  const hashesOf = (ctx: Context): readonly string[] => tokensOf(ctx).map(hashOfToken);
  const setTokens = (ctx: Context, tokens: readonly string[]): void =>
    void ctx.cookies.set(name, tokens.length === 0 ? null : tokens.join('.'), {
      signed: false, httpOnly: true, sameSite: 'strict', path: '/admin', secure, overwrite: true, ...(tokens.length === 0 ? {} : { maxAge: KEPT_MS }),
    });
  const bindingOf = (ctx: Context, staffId: string): string => `admin_author:${visitOf(ctx, origin)}:${staffId}`;
  return {
    mark: (ctx, { staffId }) => `.${staffId}.${csrf.issue(bindingOf(ctx, staffId))}`,
    authorOf(ctx, token) {
      const [, staffId, mark] = TOKEN_AND_MARK.exec(token ?? '') ?? [];
      if (staffId === undefined) return undefined;
      try {
        csrf.check(bindingOf(ctx, staffId), mark);
        return staffId;
      } catch {
        return undefined;
      }
    },
    async keep(ctx, author, form) {
      if (!keepable(form.fields)) return false;
      const token = newToken();
      const at = now();
      const kept = await store.add({ hash: hashOfToken(token), staffId: author, form: Personal.of(form), now: at, expiresAt: at + KEPT_MS });
      if (kept) setTokens(ctx, [...tokensOf(ctx), token].slice(-MOST_KEPT));
      return kept;
    },
    async any(ctx) {
      const hashes = hashesOf(ctx);
      return hashes.length > 0 && store.any(hashes, now());
    },
    async waiting(ctx, { staffId }) {
      const tokens = tokensOf(ctx);
      if (tokens.length === 0) return [];
      const found = await store.of(staffId, tokens.map(hashOfToken), now());
      const mine = new Set(found.map(({ hash }) => hash));
      const left = tokens.filter((token) => mine.has(hashOfToken(token)));
      if (left.length < tokens.length) {
        await store.drop(hashesOf(ctx).filter((hash) => !mine.has(hash)));
        setTokens(ctx, left);
      }
      return found;
    },
    async take(ctx, { staffId }, hash, door) {
      if (!hashesOf(ctx).includes(hash)) return undefined;
      const waits = (await store.of(staffId, [hash], now()))[0];
      // Sent to another door it would be another form.
      return waits?.form.open().door === door ? store.take(staffId, hash, now()) : undefined;
    },
    async forget(ctx, { staffId }, hash) {
      const taken = hashesOf(ctx).includes(hash) ? await store.take(staffId, hash, now()) : undefined;
      if (taken) await store.drop([hash]);
      return taken?.form.open().from;
    },
    sent: ({ hash }) => store.drop([hash]),
    putBack: ({ staffId }, { hash }) => store.putBack(staffId, hash),
  };
}
