/** Who did it, as the audit log has it: somebody on the staff, an API token, a command at the terminal, the gateway itself. */
export interface Actor {
  readonly kind: 'staff' | 'token' | 'command' | 'system';
  /** Id of the staff member or token; the command's or part's name otherwise. */
  readonly id: string;
  /** How they are called, at the time. */
  readonly name: string;
  /** The address it came from; absent where it came from no address. */
  readonly address?: string | undefined;
}

/** What the gateway does by itself, such as disabling an endpoint that keeps failing. */
export const SYSTEM: Actor = { kind: 'system', id: 'gatehouse', name: 'Gatehouse' };

/** A command of the terminal. */
export function commandActor(name: string): Actor {
  return { kind: 'command', id: name, name: `command ${name}` };
}
