/** Doors of one's own account: sessions, password, second factors, recovery codes. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import { signedIn, type AdminRoute, type Answer, type Asked } from '../route.ts';
import { factorOf } from './enrol.ts';
import { browserLabel } from './label.ts';
import { codesPage } from './pages.ts';
import type { PasswordHasher } from './password.ts';
import { LEAST_CHARACTERS, passwordFault } from './password_rule.ts';
import type { StaffPasskeys } from './passkeys.ts';
import { qrPicture } from './qr.ts';
import { newRecoveryCodes } from './recovery.ts';
import { mePage, newPasskeyPage, newTotpPage } from './staff_pages.ts';
import type { Credentials, NewFactor, SessionStore, StaffRefusal, StaffStore } from './store.ts';
import { grouped, newTotpSecret, totpUri } from './totp.ts';

export interface MeRouteDeps {
  readonly store: StaffStore;
  readonly sessions: SessionStore;
  readonly passkeys: StaffPasskeys;
  readonly hasher: PasswordHasher;
  /** Seals a secret to a context; what was sealed comes back with the form. */
  readonly seal: (text: string, context: string) => Buffer;
  readonly open: (sealed: Uint8Array, context: string) => Promise<Buffer>;
}

const ME = '/admin/me';
/** How long the QR code of a new app may stand on a screen, milliseconds. */
const BOX_MS = 15 * 60_000;
const boxed = z.strictObject({ secret: z.string(), until: z.number() });

const SAYS: Readonly<Record<StaffRefusal, string>> = {
  unknown: 'This account is not there any more.', last_administrator: 'The last administrator stays one.', external: 'This account signs in elsewhere; change it there.',
  email_taken: 'Somebody signs in with this address already.', gone: 'This is not there any more, or there already.', last_factor: 'Your last second factor stays. Add another one first.',
  actor_gone: 'You are no administrator any more.', shut_out: 'This account is shut out. Let it in again first.',
  passwords_off: 'Here the staff signs in at its own provider alone; there is nothing to invite to or to reset.',
};

/** What a refusal is called on a page. */
export const refusalText = (why: StaffRefusal): string => SAYS[why];

/** Back to a page with what came of it. */
export function outcome(came: 'done' | StaffRefusal, to: string, done: string): Answer {
  return { kind: 'go', to, notice: came === 'done' ? done : SAYS[came] };
}

export function meRoutes({ store, sessions, passkeys, hasher, seal, open }: MeRouteDeps): readonly AdminRoute[] {
  const own = async (asked: Asked): Promise<Credentials> => {
    const credentials = await store.credentials(signedIn(asked).staffId);
    if (!credentials) throw new GatehouseError('not_found', 404, 'This account is not there any more');
    return credentials;
  };
  const page = async (asked: Asked, errors: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const { staffId, hash } = signedIn(asked);
    return { kind: 'page', errors, page: mePage({ credentials: await own(asked), sessions: await sessions.of(staffId, asked.now), hash, passkeysPossible: passkeys.possible, least: LEAST_CHARACTERS }) };
  };
  const contextOf = (asked: Asked): string => `staff_new_totp:${signedIn(asked).staffId}`;
  const totpPage = async (asked: Asked, secret: Personal<string>, errors: Readonly<Record<string, string>>): Promise<Answer> => {
    const { member } = await own(asked);
    const box = seal(JSON.stringify({ secret: secret.open(), until: asked.now + BOX_MS }), contextOf(asked)).toString('base64url');
    return { kind: 'page', errors, page: newTotpPage({ qr: qrPicture(totpUri(secret, member.email?.open() ?? member.name)), key: grouped(secret), box }) };
  };
  const add = async (asked: Asked, factor: NewFactor, done: string): Promise<Answer> => outcome(await store.addFactor(asked.actor, signedIn(asked).staffId, factor, signedIn(asked).hash), ME, done);
  const mine = { action: 'self.manage' } as const;
  const fresh = { ...mine, fresh: true } as const;

  return [
    { method: 'get', path: '/me', ...mine, handle: (asked) => page(asked) },
    {
      method: 'post', path: '/me/password', ...fresh,
      async handle(asked) {
        const { form, actor } = asked;
        const { member } = await own(asked);
        if (member.external) return outcome('external', ME, '');
        const password = Personal.of((form['password'] ?? '').slice(0, 1000));
        const fault = passwordFault(password, member);
        if (fault !== undefined) return page(asked, { password: fault });
        if (form['again'] !== password.open()) return page(asked, { again: 'This is not the same as above.' });
        return outcome(await store.changePassword(actor, member.id, await hasher.hash(password), signedIn(asked).hash), ME, 'Your password is changed, and you are signed out everywhere else.');
      },
    },
    { method: 'get', path: '/me/totp', ...fresh, handle: (asked) => totpPage(asked, newTotpSecret(), {}) },
    {
      method: 'post', path: '/me/totp', ...fresh,
      async handle(asked) {
        const { form, now } = asked;
        const kept = await open(Buffer.from(form['box'] ?? '', 'base64url'), contextOf(asked)).then((text) => boxed.parse(JSON.parse(text.toString('utf8'))), () => undefined);
        if (!kept || kept.until <= now) return { kind: 'go', to: '/admin/me/totp', notice: 'That took too long. Here is a new code to scan.' };
        const secret = Personal.of(kept.secret);
        const factor = await factorOf(passkeys, secret, { code: form['code'] ?? '', passkey: '', label: '' }, signedIn(asked).hash, now);
        return factor ? add(asked, factor, 'The app is set up, and you are signed out everywhere else. The app you had before is not asked any more.') : totpPage(asked, secret, { code: 'That code was not right. Wait for the next one and type it here.' });
      },
    },
    { method: 'post', path: '/me/totp/remove', ...fresh, handle: async (asked) => outcome(await store.removeFactor(asked.actor, signedIn(asked).staffId, 'totp'), ME, 'The authenticator app is not asked any more.') },
    {
      method: 'get', path: '/me/passkey', ...fresh,
      async handle(asked) {
        const { member, passkeys: have } = await own(asked);
        if (!passkeys.possible) return { kind: 'go', to: ME, notice: 'Browsers know no passkeys for this address.' };
        return { kind: 'page', page: newPasskeyPage({ options: await passkeys.creation({ id: member.id, name: member.name }, have, signedIn(asked).hash, asked.now) }) };
      },
    },
    {
      method: 'post', path: '/me/passkey', ...fresh,
      async handle(asked) {
        const { form, now, ctx } = asked;
        // The last letters tell two of one kind apart.
        const label = `${browserLabel(ctx.get('user-agent'))}, ${randomUUID().slice(0, 4)}`;
        const made = await passkeys.register(form['passkey'] ?? '', signedIn(asked).hash, label, now);
        return made.kind === 'made' ? add(asked, { kind: 'passkey', passkey: made.passkey }, 'The passkey is added, and you are signed out everywhere else.') : { kind: 'go', to: '/admin/me/passkey', notice: 'The passkey could not be added. Try again.' };
      },
    },
    { method: 'post', path: '/me/passkey/remove', ...fresh, handle: async (asked) => outcome(await store.removeFactor(asked.actor, signedIn(asked).staffId, { passkey: asked.form['id'] ?? '' }), ME, 'The passkey is removed.') },
    {
      method: 'post', path: '/me/recovery', ...fresh,
      async handle(asked) {
        const codes = newRecoveryCodes();
        const came = await store.replaceRecoveryCodes(asked.actor, signedIn(asked).staffId, codes);
        return came === 'done' ? { kind: 'page', page: codesPage({ codes, onward: ME, firstTime: false }) } : outcome(came, ME, '');
      },
    },
    {
      method: 'post', path: '/me/sessions/end', ...mine,
      async handle(asked) {
        const { staffId, hash } = signedIn(asked);
        const id = asked.form['id'];
        const count = await sessions.end(asked.actor, staffId, id === undefined || id === '' ? { except: hash } : { id });
        return { kind: 'go', to: ME, notice: count === 0 ? 'There was nothing to end.' : `Ended: ${count}.` };
      },
    },
  ];
}
