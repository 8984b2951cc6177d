/** Doors to the staff: who there is, what they may do, inviting, shutting out. */
import { GatehouseError } from '../../errors.ts';
import { ROLES, type Role } from '../permissions.ts';
import { signedIn, type AdminRoute, type Answer, type Asked } from '../route.ts';
import { INVITATION_HOURS, type Invited, type Inviting } from './invite.ts';
import { outcome, refusalText } from './me_routes.ts';
import { invitePage, linkPage, staffListPage, staffPage } from './staff_pages.ts';
import type { InvitationStore, SessionStore, StaffStore } from './store.ts';

export interface StaffRouteDeps {
  readonly store: StaffStore;
  readonly invitations: InvitationStore;
  readonly sessions: SessionStore;
  readonly inviting: Inviting;
  /** Whether some of the staff sign in at another provider. */
  readonly outside: boolean;
  /** Whether passwords of our own are on. */
  readonly passwords: boolean;
}

const STAFF = '/admin/staff';
const PAGE = 50;
const MOST_INVITATIONS = 100;

/** Roles ticked in a form: one field per role. Pure. */
export function ticked(form: Readonly<Record<string, string>>): readonly Role[] {
  return ROLES.filter((role) => form[`role_${role}`] === 'on');
}

export function staffRoutes({ store, invitations, sessions, inviting, outside, passwords }: StaffRouteDeps): readonly AdminRoute[] {
  const show = async (asked: Asked, errors: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const id = asked.params['id'] ?? '';
    const credentials = await store.credentials(id);
    if (!credentials) throw new GatehouseError('not_found', 404, 'There is nobody with this number');
    return {
      kind: 'page', errors,
      page: staffPage({
        credentials, sessions: await sessions.of(id, asked.now), tokens: asked.may('token.read') ? await store.tokensOf(id, asked.now) : [],
        manages: asked.may('staff.manage'), passwords, you: signedIn(asked).staffId,
      }),
    };
  };
  const pathOf = ({ params }: Asked): string => `${STAFF}/${encodeURIComponent(params['id'] ?? '')}`;
  const linkAnswer = (asked: Asked, made: Invited, purpose: 'invite' | 'reset', name: string): Answer => {
    switch (made.kind) {
      case 'made': return { kind: 'page', page: linkPage({ link: made.link, expiresAt: made.expiresAt, purpose, name }) };
      case 'faults': return { kind: 'page', page: invitePage(INVITATION_HOURS, ticked(asked.form)), errors: made.errors, values: asked.form };
      case 'refused': return { kind: 'go', to: purpose === 'reset' ? pathOf(asked) : STAFF, notice: refusalText(made.why) };
    }
  };
  const manage = { action: 'staff.manage', fresh: true } as const;

  return [
    {
      method: 'get', path: '/staff', action: 'staff.read',
      async handle(asked) {
        const after = cursorOf(asked.query['after']);
        const found = await store.list(after, PAGE + 1);
        const members = found.slice(0, PAGE);
        const last = members.at(-1);
        const manages = asked.may('staff.manage');
        return {
          kind: 'page',
          page: staffListPage({
            members, invitations: manages && !after ? await invitations.open(asked.now, MOST_INVITATIONS) : [], manages, outside, passwords, you: signedIn(asked).staffId,
            next: found.length > PAGE && last ? `${STAFF}?after=${last.createdAt}.${last.id}` : '', first: after ? STAFF : '',
          }),
        };
      },
    },
    { method: 'get', path: '/staff/invite', ...manage, handle: async () => (passwords ? { kind: 'page', page: invitePage(INVITATION_HOURS) } : { kind: 'go', to: STAFF, notice: refusalText('passwords_off') }) },
    {
      method: 'post', path: '/staff/invite', ...manage,
      async handle(asked) {
        const { form, actor } = asked;
        const name = (form['name'] ?? '').trim();
        return linkAnswer(asked, await inviting.invite(actor, { name, roles: ticked(form), hours: Number(form['hours']) }), 'invite', name);
      },
    },
    { method: 'post', path: '/staff/invitations/:id/withdraw', ...manage, handle: async ({ actor, params, now }) => outcome(await invitations.withdraw(actor, params['id'] ?? '', now), STAFF, 'The invitation is withdrawn; its link does not work any more.') },
    { method: 'get', path: '/staff/:id', action: 'staff.read', handle: (asked) => show(asked) },
    {
      method: 'post', path: '/staff/:id/roles', ...manage,
      async handle(asked) {
        const roles = ticked(asked.form);
        if (roles.length === 0) return show(asked, { roles: 'Choose at least one role. To take all away, shut the person out.' });
        return outcome(await store.changeRoles(asked.actor, asked.params['id'] ?? '', roles), pathOf(asked), 'The roles are changed, for sessions that are open too.');
      },
    },
    { method: 'post', path: '/staff/:id/disable', ...manage, handle: async (asked) => outcome(await store.disable(asked.actor, asked.params['id'] ?? '', asked.now, { tokens: asked.form['tokens'] === 'on' }), pathOf(asked), 'Shut out, and signed out everywhere. Their open links do not work any more.') },
    { method: 'post', path: '/staff/:id/enable', ...manage, handle: async (asked) => outcome(await store.enable(asked.actor, asked.params['id'] ?? ''), pathOf(asked), 'Let in again.') },
    {
      method: 'post', path: '/staff/:id/reset', ...manage,
      async handle(asked) {
        const member = await store.byId(asked.params['id'] ?? '');
        if (!member) throw new GatehouseError('not_found', 404, 'There is nobody with this number');
        return linkAnswer(asked, await inviting.reset(asked.actor, member.id), 'reset', member.name);
      },
    },
    {
      method: 'post', path: '/staff/:id/sessions/end', ...manage,
      async handle(asked) {
        const id = asked.form['id'];
        const count = await sessions.end(asked.actor, asked.params['id'] ?? '', id === undefined || id === '' ? { except: undefined } : { id });
        return { kind: 'go', to: pathOf(asked), notice: count === 0 ? 'There was nothing to end.' : `Ended: ${count}.` };
      },
    },
  ];
}

function cursorOf(text: string | undefined): { readonly createdAt: number; readonly id: string } | undefined {
  const [, at, id] = /^(\d{1,15})\.([\w-]{1,40})$/.exec(text ?? '') ?? [];
  return at === undefined || id === undefined ? undefined : { createdAt: Number(at), id };
}
