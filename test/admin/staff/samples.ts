import type { AdminSample } from '../../../src/admin/page.ts';
import { INVITATION_HOURS } from '../../../src/admin/staff/invite.ts';
import type { Waiting } from '../../../src/admin/kept.ts';
import { keptPage } from '../../../src/admin/staff/kept_page.ts';
import { againPage, arrivedPage, codesPage, enrolPage, invitationGonePage, invitationPage, secondPage, signInPage } from '../../../src/admin/staff/pages.ts';
import { qrPicture } from '../../../src/admin/staff/qr.ts';
import { invitePage, linkPage, mePage, newPasskeyPage, newTotpPage, roleRows, staffListPage, staffPage } from '../../../src/admin/staff/staff_pages.ts';
import type { Credentials, Invitation, ListedSession, StaffMember } from '../../../src/admin/staff/store.ts';
import type { ApiToken } from '../../../src/admin/tokens/store.ts';
import { Personal } from '../../../src/personal.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;
const OPTIONS = JSON.stringify({ challenge: 'Zm9v', rpId: 'localhost', user: { name: HOSTILE } });
const QR = qrPicture('otpauth://totp/Gatehouse:ada@example.com?secret=JBSWY3DPEHPK3PXP');
const KEY = 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP';
const CODES = Array.from({ length: 10 }, (_, index) => `0a1b-2c3d-4e5f-${String(index).padStart(4, '0')}`);

const ada: StaffMember = { id: 'staff_ada', name: 'Ada Byron', email: Personal.of('ada@example.com'), roles: ['administrator'], external: false, createdAt: AT - 9e9, disabledAt: undefined, signedInAt: AT };
const hostile: StaffMember = { ...ada, id: 'staff_x', name: HOSTILE, email: Personal.of(`"${HOSTILE}"@example.com`), roles: ['reviewer', 'support'], disabledAt: AT - 60_000, signedInAt: undefined };
const external: StaffMember = { ...ada, id: 'staff_o', name: 'Charles', external: true, roles: ['auditor'], email: undefined };
const session: ListedSession = { id: 'sess_1', hash: 'h1', createdAt: AT - 3_600_000, lastSeenAt: AT, label: 'Firefox on Linux' };
const sessions = [session, { ...session, id: 'sess_2', hash: 'h2', label: HOSTILE }];
const credentials = (member: StaffMember, full: boolean): Credentials => ({
  member, passwordHash: member.external ? undefined : '$argon2id$', totpSecret: full ? Personal.of('JBSWY3DPEHPK3PXP') : undefined, recoveryLeft: full ? 8 : 0,
  passkeys: member.external ? [] : [{ id: 'pk', publicKey: Buffer.alloc(1), counter: 0, transports: [], label: HOSTILE, createdAt: AT, lastUsedAt: full ? AT : undefined }],
});
const invitation: Invitation = { id: 'inv_1', purpose: 'invite', name: HOSTILE, roles: ['reviewer'], staffId: undefined, madeBy: 'Ada Byron', createdAt: AT, expiresAt: AT + 86_400_000 };
const invitations: readonly Invitation[] = [invitation, { ...invitation, id: 'inv_2', purpose: 'reset', name: '', roles: [], staffId: 'staff_x' }, { ...invitation, id: 'inv_3', name: '' }];
const token: ApiToken = { id: 'tok_1', name: HOSTILE, hint: 'x7Qa', scopes: ['journey.read', 'audit.export'], nets: [], createdBy: 'Ada Byron', createdAt: AT, expiresAt: AT + 86_400_000, lastUsedAt: AT, revokedAt: undefined };
const tokens = [token, { ...token, id: 'tok_2', name: 'Export', expiresAt: undefined, lastUsedAt: undefined }];
const list = { manages: true, next: '', first: '', outside: false, passwords: true, you: 'staff_ada' };
const roles = roleRows(['reviewer', 'support']).filter(({ on }) => on).map(({ name, text }) => ({ role: name, text }));
const me = { sessions, hash: 'h1', passkeysPossible: true, least: 12 };

const waiting = (fields: Readonly<Record<string, string>>): Waiting => ({
  hash: 'a'.repeat(64), expiresAt: AT + 600_000, form: Personal.of({ door: '/admin/cases/4d1c0f6e-5f0b-4a55-9c39-0a3a4b1f7a11/comment', from: '/admin/cases/4d1c0f6e-5f0b-4a55-9c39-0a3a4b1f7a11?tab=notes', fields }),
});

export const SAMPLES: readonly AdminSample[] = [
  { name: 'staff_sign_in', page: signInPage({ to: '/admin', passwords: true, outsideHref: '/admin/sign-in/external?to=%2Fadmin', refused: '', kept: false }), notice: 'You are signed out.' },
  { name: 'staff_sign_in_refused', page: signInPage({ to: '/admin', passwords: true, outsideHref: '', refused: 'That was not right. Check the address and the password, and try again.', kept: false }) },
  { name: 'staff_sign_in_outside', page: signInPage({ to: '/admin', passwords: false, outsideHref: '/admin/sign-in/external?to=%2Fadmin', refused: '', kept: false }) },
  { name: 'staff_second', page: secondPage({ to: '/admin', totp: true, options: OPTIONS, refused: '' }) },
  { name: 'staff_second_refused', page: secondPage({ to: '/admin', totp: false, options: '', refused: 'Too many tries. Wait 5 seconds, then try again.' }) },
  { name: 'staff_again', page: againPage({ to: '/admin/staff/invite', name: HOSTILE, external: false, outsideHref: '', options: OPTIONS, refused: '', kept: false }) },
  { name: 'staff_again_outside', page: againPage({ to: '/admin', name: 'Charles', external: true, outsideHref: '/admin/sign-in/external?to=%2Fadmin', options: '', refused: '', kept: false }) },
  { name: 'staff_again_outside_gone', page: againPage({ to: '/admin', name: 'Charles', external: true, outsideHref: '', options: '', refused: '', kept: false }) },
  { name: 'staff_sign_in_kept', page: signInPage({ to: '/admin/kept', passwords: true, outsideHref: '/admin/sign-in/external?to=%2Fadmin%2Fkept', refused: '', kept: true }) },
  { name: 'staff_again_kept', page: againPage({ to: '/admin/kept', name: 'Ada Byron', external: false, outsideHref: '', options: '', refused: '', kept: true }) },
  { name: 'staff_kept', page: keptPage([waiting({ comment: 'The licence was renewed last week; the barcode is that of the old one. I called the number we matched and asked for the new back side.' })]) },
  { name: 'staff_kept_several', page: keptPage([
    waiting({ reason: HOSTILE, approveWords: `${HOSTILE}\n${'long words '.repeat(300)}`, [HOSTILE]: HOSTILE }), { ...waiting(Object.fromEntries(Array.from({ length: 104 }, (_, index) => [`pass_score_${index}`, String(index)]))), hash: 'c'.repeat(64) }, { ...waiting({ note: 'x' }), hash: 'b'.repeat(64) },
  ]) },
  { name: 'staff_setup', page: invitationPage({ purpose: 'setup', action: '/admin/setup/t', name: '', roles: [], least: 12 }) },
  { name: 'staff_invited_faults', page: invitationPage({ purpose: 'invite', action: '/admin/invitation/t', name: HOSTILE, roles, least: 12 }), errors: { name: 'Enter your name, as colleagues know you.', password: 'Use at least 12 characters.' }, values: { name: HOSTILE, email: HOSTILE } },
  { name: 'staff_reset', page: invitationPage({ purpose: 'reset', action: '/admin/invitation/t', name: '', roles: [], least: 12 }) },
  { name: 'staff_link_gone', page: invitationGonePage() },
  { name: 'staff_enrol', page: enrolPage({ qr: QR, key: KEY, options: OPTIONS, refused: '' }) },
  { name: 'staff_enrol_refused', page: enrolPage({ qr: QR, key: KEY, options: '', refused: 'That code was not right. Wait for the next one and type it here.' }) },
  { name: 'staff_codes_first', page: codesPage({ codes: CODES, onward: '/admin', firstTime: true }) },
  { name: 'staff_codes_new', page: codesPage({ codes: CODES, onward: '/admin/me', firstTime: false }) },
  { name: 'staff_arrived', page: arrivedPage('/admin/staff?a=1&b=2') },
  { name: 'staff_list', page: staffListPage({ ...list, members: [ada, hostile, external], invitations, next: '/admin/staff?after=1.a', outside: true }) },
  { name: 'staff_list_alone', page: staffListPage({ ...list, members: [ada], invitations: [] }) },
  { name: 'staff_list_reader', page: staffListPage({ ...list, members: [ada, hostile], invitations: [], manages: false, first: '/admin/staff' }) },
  { name: 'staff_member', page: staffPage({ credentials: credentials(ada, true), sessions, tokens, passwords: true, manages: true, you: 'staff_ada' }) },
  { name: 'staff_member_shut_out', page: staffPage({ credentials: credentials(hostile, false), sessions: [], tokens: [], passwords: true, manages: true, you: 'staff_ada' }), errors: { roles: 'Choose at least one role.' } },
  { name: 'staff_member_outside', page: staffPage({ credentials: credentials(external, false), sessions: [], tokens: [], passwords: true, manages: true, you: 'staff_ada' }) },
  { name: 'staff_list_passwords_off', page: staffListPage({ ...list, members: [ada, external], invitations: [], outside: true, passwords: false }) },
  { name: 'staff_member_passwords_off', page: staffPage({ credentials: credentials(ada, true), sessions: [], tokens, passwords: false, manages: true, you: 'staff_o' }) },
  { name: 'staff_member_reader', page: staffPage({ credentials: credentials(hostile, true), sessions, tokens: [], passwords: true, manages: false, you: 'staff_ada' }) },
  { name: 'staff_invite', page: invitePage(INVITATION_HOURS) },
  { name: 'staff_invite_faults', page: invitePage(INVITATION_HOURS, ['auditor']), errors: { roles: 'Choose at least one role.', hours: 'Choose one of the times.' }, values: { name: HOSTILE, hours: '24' } },
  { name: 'staff_link', page: linkPage({ link: `https://id.example.com/admin/invitation/${'A'.repeat(43)}`, expiresAt: AT, purpose: 'invite', name: HOSTILE }) },
  { name: 'staff_link_reset', page: linkPage({ link: `https://id.example.com/admin/invitation/${'A'.repeat(43)}`, expiresAt: AT, purpose: 'reset', name: '' }) },
  { name: 'staff_me', page: mePage({ ...me, credentials: credentials(ada, true) }), notice: 'Your password is changed, and you are signed out everywhere else.' },
  { name: 'staff_me_passkey_alone', page: mePage({ ...me, sessions: [session], credentials: credentials(hostile, false) }), errors: { password: 'Use at least 12 characters.' } },
  { name: 'staff_me_outside', page: mePage({ ...me, passkeysPossible: false, credentials: credentials(external, false) }) },
  { name: 'staff_me_totp', page: newTotpPage({ qr: QR, key: KEY, box: 'Ym94' }), errors: { code: 'That code was not right.' } },
  { name: 'staff_me_passkey', page: newPasskeyPage({ options: OPTIONS }) },
];
