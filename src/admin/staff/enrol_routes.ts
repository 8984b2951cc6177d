/** Doors from an invitation to an account. */
import { Personal } from '../../personal.ts';
import type { AdminRoute, Answer } from '../route.ts';
import type { StaffCookies } from './cookies.ts';
import type { Enrol, Enrolling } from './enrol.ts';
import { browserLabel } from './label.ts';
import { codesPage, enrolPage, invitationGonePage, invitationPage } from './pages.ts';
import type { StaffPasskeys } from './passkeys.ts';
import { LEAST_CHARACTERS } from './password_rule.ts';
import { qrPicture } from './qr.ts';
import { foldedName, type SignIn } from './sign_in.ts';
import { fromOf } from './sign_in_routes.ts';
import { roleRows } from './staff_pages.ts';
import type { Invitation } from './store.ts';
import { grouped, totpUri } from './totp.ts';

export interface EnrolRouteDeps {
  readonly enrol: Enrol;
  readonly signIn: SignIn;
  readonly cookies: StaffCookies;
  readonly passkeys: StaffPasskeys;
}

const GONE: Answer = { kind: 'page', status: 404, page: invitationGonePage() };

export function enrolRoutes({ enrol, signIn, cookies, passkeys }: EnrolRouteDeps): readonly AdminRoute[] {
  const formOf = (found: Invitation, token: string) => invitationPage({
    purpose: found.purpose, action: pathOf(found, token), name: found.name, least: LEAST_CHARACTERS,
    roles: roleRows(found.roles).filter(({ on }) => on).map(({ name, text }) => ({ role: name, text })),
  });
  const factorPage = async (step: string, who: Enrolling, refused: string, now: number): Promise<Answer> => ({
    kind: 'page', status: refused === '' ? 200 : 422,
    page: enrolPage({
      qr: qrPicture(totpUri(who.secret, who.email.open())), key: grouped(who.secret),
      options: passkeys.possible ? await passkeys.creation({ id: who.id, name: who.name }, [], step, now) : '', refused,
    }),
  });
  const onInvitation = (path: string, fits: (found: Invitation) => boolean): readonly AdminRoute[] => [
    {
      // Changes nothing: whoever looks at links before people do uses none up.
      method: 'get', path, action: 'anyone',
      async handle({ params }) {
        const token = params['token'] ?? '';
        const found = await enrol.invitation(token);
        return found && fits(found) ? { kind: 'page', page: formOf(found, token) } : GONE;
      },
    },
    {
      method: 'post', path, action: 'anyone',
      async handle({ ctx, params, form }) {
        const token = params['token'] ?? '';
        const found = await enrol.invitation(token);
        if (!found || !fits(found)) return GONE;
        const field = (name: string): string => (form[name] ?? '').slice(0, 1000);
        const came = await enrol.begin(token, { name: field('name').trim(), email: Personal.of(field('email')), password: Personal.of(field('password')), again: Personal.of(field('again')) });
        if (came.kind === 'gone') return GONE;
        if (came.kind === 'faults') return { kind: 'page', page: formOf(found, token), errors: came.errors, values: { name: field('name'), email: field('email') } };
        cookies.setStep(ctx, came.step);
        return { kind: 'go', to: '/admin/enrol' };
      },
    },
  ];
  return [
    ...onInvitation('/setup/:token', ({ purpose }) => purpose === 'setup'),
    ...onInvitation('/invitation/:token', ({ purpose }) => purpose !== 'setup'),
    {
      method: 'get', path: '/enrol', action: 'anyone',
      async handle({ ctx, now }) {
        const step = cookies.step(ctx);
        const who = step === undefined ? undefined : await enrol.current(step);
        return step !== undefined && who ? factorPage(step, who, '', now) : GONE;
      },
    },
    {
      method: 'post', path: '/enrol', action: 'anyone',
      async handle({ ctx, form, now }) {
        const step = cookies.step(ctx);
        const who = step === undefined ? undefined : await enrol.current(step);
        if (step === undefined || !who) return GONE;
        const from = fromOf(ctx);
        const passkey = form['passkey'] ?? '';
        const came = await enrol.finish(step, { code: form['code'] ?? '', passkey, label: browserLabel(ctx.get('user-agent')) }, from.address);
        if (came.kind === 'gone') {
          return came.why === 'email_taken' ? { kind: 'page', status: 409, page: invitationGonePage() } : GONE;
        }
        if (came.kind === 'wrong') return factorPage(step, who, passkey === '' ? 'That code was not right. Wait for the next one and type it here.' : 'The passkey could not be added. Try again, or use an app.', now);
        cookies.dropStep(ctx);
        cookies.setSession(ctx, await signIn.open(came, 'invitation', cookies.session(ctx), from));
        cookies.setKnown(ctx, foldedName(came.email));
        return { kind: 'page', page: codesPage({ codes: came.codes, onward: '/admin', firstTime: true }) };
      },
    },
  ];
}

const pathOf = (found: Invitation, token: string): string => `/admin/${found.purpose === 'setup' ? 'setup' : 'invitation'}/${token}`;
