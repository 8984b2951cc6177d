/** Doors of signing in, signing out and proving it anew. */
import type { Context } from 'koa';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import { KEPT, type KeptForms } from '../kept.ts';
import { inConsole } from '../paths.ts';
import { signedIn, type AdminRoute, type Answer, type Asked, type StaffSession } from '../route.ts';
import { addressOf, type StaffCookies } from './cookies.ts';
import { browserLabel } from './label.ts';
import { OUTSIDE_MS, type Arrived, type Outside } from './outside.ts';
import { againPage, arrivedPage, secondPage, signInPage } from './pages.ts';
import type { StaffPasskeys } from './passkeys.ts';
import { foldedName, type From, type Halfway, type SignIn } from './sign_in.ts';
import type { SessionStore, StaffStore } from './store.ts';

export interface SignInRouteDeps {
  readonly signIn: SignIn;
  readonly store: StaffStore;
  readonly sessions: SessionStore;
  readonly cookies: StaffCookies;
  readonly passkeys: StaffPasskeys;
  readonly kept: Pick<KeptForms, 'any'>;
  /** Undefined where the staff signs in here alone. */
  readonly outside: Outside | undefined;
  readonly passwords: boolean;
}

const WRONG = 'That was not right. Check the address and the password, and try again.';
const WRONG_SECOND = 'That code was not right, or was used before. Wait for the next one and try again.';

/** A sentence that says when to come back. Pure. */
export function waitText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `Too many tries. Wait ${seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}, then try again.`;
}

export const fromOf = (ctx: Context): From => ({ address: addressOf(ctx), label: browserLabel(ctx.get('user-agent')) });

export function signInRoutes(deps: SignInRouteDeps): readonly AdminRoute[] {
  const { signIn, store, sessions, cookies, passkeys, kept, outside, passwords } = deps;
  const outsideHref = (to: string): string => (outside ? `/admin/sign-in/external?to=${encodeURIComponent(to)}` : '');
  /** Whether what was typed before waits at the end of the way. */
  const waits = async (ctx: Context, to: string): Promise<boolean> => to === KEPT && (await kept.any(ctx));
  const formPage = async (ctx: Context, to: string, refused: string, status = 200): Promise<Answer> =>
    ({ kind: 'page', status, page: signInPage({ to, passwords, outsideHref: outsideHref(to), refused, kept: await waits(ctx, to) }) });
  const second = (step: string, { credentials, to }: Halfway, refused: string, now: number, status = 200): Answer => ({
    kind: 'page', status,
    page: secondPage({ to, totp: credentials.totpSecret !== undefined, options: credentials.passkeys.length > 0 && passkeys.possible ? passkeys.request(credentials.passkeys, step, now) : '', refused }),
  });
  const again = async (ctx: Context, session: StaffSession, to: string, refused: string, now: number, status = 200): Promise<Answer> => {
    const credentials = await store.credentials(session.staffId);
    if (!credentials) throw new GatehouseError('not_found', 404, 'This account is not there any more');
    const { member, passkeys: have } = credentials;
    return {
      kind: 'page', status,
      page: againPage({
        to, name: member.name, external: member.external, outsideHref: member.external ? outsideHref(to) : '',
        options: have.length > 0 && passkeys.possible ? passkeys.request(have, session.hash, now) : '', refused, kept: await waits(ctx, to),
      }),
    };
  };
  const gone: Answer = { kind: 'go', to: '/admin/sign-in', notice: 'That took too long. Please begin again.' };

  return [
    {
      method: 'get', path: '/sign-in', action: 'anyone',
      async handle({ ctx, session, query }) {
        // Whoever began again, or came back too late from another provider, still has what waits.
        const to = query['to'] === undefined && (await kept.any(ctx)) ? KEPT : inConsole(query['to']);
        return session ? { kind: 'go', to } : formPage(ctx, to, '');
      },
    },
    {
      method: 'post', path: '/sign-in', action: 'anyone',
      async handle({ ctx, form }) {
        const to = inConsole(form['to']);
        const name = Personal.of((form['email'] ?? '').slice(0, 200));
        const password = Personal.of((form['password'] ?? '').slice(0, 1000));
        const came = await signIn.begin({ name, password, to }, cookies.known(ctx, foldedName(name)), fromOf(ctx));
        if (came.kind === 'wait') return slow(ctx, came.ms, (text) => formPage(ctx, to, text, 429));
        if (came.kind === 'wrong') return formPage(ctx, to, WRONG, 422);
        cookies.setStep(ctx, came.token);
        return { kind: 'go', to: '/admin/sign-in/second' };
      },
    },
    {
      method: 'get', path: '/sign-in/second', action: 'anyone',
      async handle({ ctx, now }) {
        const step = cookies.step(ctx);
        const found = step === undefined ? undefined : await signIn.halfway(step);
        return found && step !== undefined ? second(step, found, '', now) : { kind: 'go', to: '/admin/sign-in' };
      },
    },
    {
      method: 'post', path: '/sign-in/second', action: 'anyone',
      async handle({ ctx, form, now }) {
        const step = cookies.step(ctx);
        const found = step === undefined ? undefined : await signIn.halfway(step);
        if (step === undefined || !found) return gone;
        const came = await signIn.finish(step, { code: form['code'] ?? '', passkey: form['passkey'] ?? '' }, cookies.session(ctx), fromOf(ctx));
        if (came.kind === 'gone') return gone;
        if (came.kind === 'wait') return slow(ctx, came.ms, (text) => second(step, found, text, now, 429));
        if (came.kind === 'wrong') return second(step, found, WRONG_SECOND, now, 422);
        cookies.dropStep(ctx);
        cookies.setSession(ctx, came.token);
        cookies.setKnown(ctx, foldedName(came.halfway.name));
        const left = came.halfway.credentials.recoveryLeft - 1;
        return came.by === 'recovery_code'
          ? { kind: 'go', to: came.halfway.to === KEPT ? KEPT : '/admin/me', notice: `You used a recovery code; ${left} ${left === 1 ? 'is' : 'are'} left. If your phone is gone, set up a new authenticator app on your own page.` }
          : { kind: 'go', to: inConsole(came.halfway.to) };
      },
    },
    {
      method: 'post', path: '/sign-out', action: 'anyone',
      async handle({ ctx, session, actor }) {
        if (session) await sessions.close(actor, session.hash);
        cookies.dropSession(ctx);
        return { kind: 'go', to: '/admin/sign-in', notice: 'You are signed out.' };
      },
    },
    {
      method: 'get', path: '/again', action: 'self.manage',
      handle: async (asked) => again(asked.ctx, signedIn(asked), inConsole(asked.query['to']), '', asked.now),
    },
    {
      method: 'post', path: '/again', action: 'self.manage',
      async handle(asked) {
        const session = signedIn(asked);
        const { ctx, form, now, actor } = asked;
        const to = inConsole(form['to']);
        const came = await signIn.again(session, { password: Personal.of((form['password'] ?? '').slice(0, 1000)), code: form['code'] ?? '', passkey: form['passkey'] ?? '' }, actor);
        if (came.kind === 'gone') return gone;
        if (came.kind === 'wait') return slow(ctx, came.ms, (text) => again(ctx, session, to, text, now, 429));
        if (came.kind === 'wrong') return again(ctx, session, to, 'That was not right, or the code was used before. Try again.', now, 422);
        cookies.setSession(ctx, came.token);
        return { kind: 'go', to };
      },
    },
    ...(outside ? outsideRoutes(deps, outside) : []),
  ];
}

async function slow(ctx: Context, ms: number, page: (text: string) => Answer | Promise<Answer>): Promise<Answer> {
  ctx.set('Retry-After', String(Math.ceil(ms / 1000)));
  return page(waitText(ms));
}

function outsideRoutes({ signIn, store, sessions, cookies }: SignInRouteDeps, outside: Outside): readonly AdminRoute[] {
  return [
    {
      // A link and not a form: a form's answer may not lead to another site (form-action of our policy).
      method: 'get', path: '/sign-in/external', action: 'anyone',
      async handle({ ctx, query, session }) {
        const { address, cookie } = await outside.begin(inConsole(query['to']), session?.hash);
        cookies.setOutside(ctx, cookie, OUTSIDE_MS);
        return { kind: 'go', to: address };
      },
    },
    {
      method: 'get', path: '/sign-in/external/callback', action: 'anyone',
      async handle(asked) {
        const { ctx } = asked;
        const kept = cookies.outside(ctx);
        cookies.setOutside(ctx, undefined, 0);
        const arrived = await outside.arrive(ctx.search, kept);
        const from = fromOf(ctx);
        if (arrived.roles.length === 0) {
          await store.refusedOutside({ ...asked.actor, id: 'outside', name: arrived.name }, { ...arrived, now: asked.now });
          throw new GatehouseError('outside_no_role', 403, 'Your organisation’s provider knows you, but gives you no role here. Ask whoever runs it');
        }
        const member = await store.fromOutside({ ...asked.actor, id: 'outside', name: arrived.name }, { ...arrived, now: asked.now });
        if (member.disabledAt !== undefined) throw new GatehouseError('staff_disabled', 403, 'This account is shut out of the console. Ask an administrator');
        const token = await signIn.open(member, 'outside', await replaced(asked, arrived, member.id), from, arrived.provedAt);
        cookies.setSession(ctx, token);
        return { kind: 'page', page: arrivedPage(inConsole(arrived.to)) };
      },
    },
  ];

  /** The session that this one takes the place of. Who proves it anew must be who it was. */
  async function replaced({ now }: Asked, { again }: Arrived, id: string): Promise<string | undefined> {
    if (again === undefined) return undefined;
    const before = await sessions.byHash(again, now);
    if (before && before.staffId !== id) throw new GatehouseError('outside_refused', 403, 'Somebody else came back from your organisation’s provider. Sign out first');
    return again;
  }
}
