/** What tests of passkeys keep things in: the stores' interfaces over maps, with the meaning of the real ones. */
import type { Incident, IncidentStore, Passkey, PasskeyStore, TicketStore } from '../../src/devices/store.ts';
import type { Personal } from '../../src/personal.ts';

export function keptPasskeys(): PasskeyStore & { readonly rows: Map<string, Passkey>; patch(id: string, change: Partial<Passkey>): void } {
  const rows = new Map<string, Passkey>();
  const patch = (id: string, change: Partial<Passkey>): void => {
    const row = rows.get(id);
    if (!row) throw new Error('no such passkey');
    rows.set(id, { ...row, ...change });
  };
  return {
    rows,
    patch,
    async add(passkey) {
      if (rows.has(passkey.id)) return false;
      rows.set(passkey.id, { ...passkey, lastUsedAt: undefined, revokedAt: undefined, accountErased: false });
      return true;
    },
    byId: async (id) => rows.get(id),
    ofAccount: async (accountId) => [...rows.values()].filter((row) => row.accountId === accountId),
    async used(id, counter, backedUp, now) {
      const row = rows.get(id);
      if (!row || row.revokedAt !== undefined || !(row.counter < counter || (row.counter === 0 && counter === 0))) return false;
      patch(id, { counter, backedUp, lastUsedAt: now });
      return true;
    },
    async revoke({ accountId, id, now }) {
      const hit = [...rows.values()].filter((row) => row.accountId === accountId && (id === undefined || row.id === id) && row.revokedAt === undefined);
      for (const row of hit) patch(row.id, { revokedAt: now });
      return hit.length;
    },
  };
}

export function keptIncidents(): Pick<IncidentStore, 'open'> & { readonly opened: Omit<Incident, 'id' | 'status'>[] } {
  const opened: Omit<Incident, 'id' | 'status'>[] = [];
  return { opened, open: async (incident) => `i${opened.push(incident)}` };
}

export function keptTickets(): Omit<TicketStore, 'purge'> & { readonly count: () => number } {
  const rows = new Map<string, { readonly purpose: string; readonly holds: Personal<unknown>; readonly expiresAt: number }>();
  const peek = (hash: string, purpose: string, now: number): Personal<unknown> | undefined => {
    const row = rows.get(hash);
    return row && row.purpose === purpose && row.expiresAt > now ? row.holds : undefined;
  };
  return {
    count: () => rows.size,
    make: async ({ hash, ...row }) => void rows.set(hash, row),
    peek: async (hash, purpose, now) => peek(hash, purpose, now),
    async take(hash, purpose, now) {
      const holds = peek(hash, purpose, now);
      if (holds) rows.delete(hash);
      return holds;
    },
  };
}
