/** What the staff's command does, apart from opening and closing. */
import { parseArgs } from 'node:util';
import { commandActor } from '../admin/actor.ts';
import type { Invited, Inviting } from '../admin/staff/invite.ts';
import type { StaffRefusal, StaffStore } from '../admin/staff/store.ts';
import { GatehouseError } from '../errors.ts';

const USAGE = 'usage: staff list, staff invite --role ROLE [--role ROLE …] [--name TEXT], or staff reset ID';
const MOST = 500;

const REFUSED: Readonly<Partial<Record<StaffRefusal, string>>> = {
  unknown: 'there is nobody with this number: see staff list',
  shut_out: 'this account is shut out: let it in again in the console first',
  passwords_off: 'passwords are off (STAFF_PASSWORDS): whoever is to sign in comes from the other provider',
};

export interface StaffCommandDeps {
  readonly store: Pick<StaffStore, 'list'>;
  readonly inviting: Inviting;
}

/**
 * Run one command; gives what it prints.
 * @throws GatehouseError `usage`, `staff_refused`
 */
export async function staffCommand({ store, inviting }: StaffCommandDeps, args: readonly string[]): Promise<readonly string[]> {
  const { positionals: [what, id, ...more], values } = parseArgs({
    args: [...args], allowPositionals: true, options: { role: { type: 'string', multiple: true }, name: { type: 'string' } },
  });
  const actor = commandActor('staff');
  if (more.length > 0) throw new GatehouseError('usage', 400, USAGE);
  if (what === 'invite' && id === undefined) return linkLines(await inviting.invite(actor, { name: values.name ?? '', roles: values.role ?? [], hours: 24 }));
  if (what === 'reset' && id !== undefined) return linkLines(await inviting.reset(actor, id));
  if (what === 'list' && id === undefined) {
    const members = await store.list(undefined, MOST);
    return members.length === 0 ? ['nobody yet'] : members.map((one) => `${one.id}  ${one.name}  ${one.roles.join(', ') || 'no role'}${one.external ? '  signs in elsewhere' : ''}${one.disabledAt === undefined ? '' : '  shut out'}`);
  }
  throw new GatehouseError('usage', 400, USAGE);
}

function linkLines(made: Invited): readonly string[] {
  switch (made.kind) {
    case 'made': return [made.link, `works once, until ${new Date(made.expiresAt).toISOString()}; send it to the person themselves, and to nobody else`];
    case 'faults': throw new GatehouseError('usage', 400, `${Object.values(made.errors).join(' ')} ${USAGE}`);
    case 'refused': throw new GatehouseError('staff_refused', 409, REFUSED[made.why] ?? 'this account signs in elsewhere: there is nothing to reset here');
  }
}
