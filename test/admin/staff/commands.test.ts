import { describe, expect, test } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import { makeInviting } from '../../../src/admin/staff/invite.ts';
import type { InvitationStore } from '../../../src/admin/staff/store.ts';
import { staffCommand } from '../../../src/commands/staff_lines.ts';

describe('the command of the staff', () => {
  const made: { readonly actor: Actor; readonly hash: string; readonly roles: readonly string[] }[] = [];
  const invitations = {
    make: async (actor: Actor, one: { readonly hash: string; readonly roles: readonly string[]; readonly staffId: string | undefined }) => {
      if (one.staffId === 'nobody') return 'unknown';
      made.push({ actor, ...one });
      return 'done';
    },
  } as unknown as InvitationStore;
  const deps = { store: { list: async () => [] }, inviting: makeInviting({ invitations, origin: 'https://id.example.com', passwords: true, now: () => 0 }) };

  test('invites an administrator by a link whose hash alone is kept', async () => {
    const [link = ''] = await staffCommand(deps, ['invite', '--role', 'administrator']);
    expect(link).toMatch(/^https:\/\/id\.example\.com\/admin\/invitation\/[\w-]{43}$/);
    expect(made[0]).toMatchObject({ actor: { kind: 'command' }, roles: ['administrator'] });
    expect(link).not.toContain(made[0]?.hash ?? '');
  });

  test('lists, and refuses what it does not understand', async () => {
    expect(await staffCommand(deps, ['list'])).toEqual(['nobody yet']);
    for (const args of [[], ['invite'], ['invite', '--role', 'root'], ['reset'], ['what'], ['list', 'x', 'y']]) await expect(staffCommand(deps, args), args.join(' ')).rejects.toMatchObject({ code: 'usage' });
    await expect(staffCommand(deps, ['reset', 'nobody'])).rejects.toMatchObject({ code: 'staff_refused' });
  });
});
