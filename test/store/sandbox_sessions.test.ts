/** Sessions of the simulated document vendor, as the database keeps them. */
import { describe, expect, test } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { purgeSandboxSessions, sandboxSessions } from '../../src/store/sandbox_sessions.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { NOW, storesOn } from './support.ts';

const DAY = 86_400_000;

describeDatabases('sandbox sessions', ({ fresh }) => {
  let opened: OpenedDatabase;
  let vault: Vault;
  let now = NOW;
  ownDatabase(fresh, async (own) => {
    opened = own;
    ({ vault } = await storesOn(opened));
  });

  describe('are shared', () => {
    test('kept sealed, read by every process, changed in place', async () => {
      const [one, other] = [sandboxSessions(opened.db, vault, () => now), sandboxSessions(opened.db, vault, () => now)];
      expect(await one.get('s1')).toBeUndefined();
      await one.set('s1', '{"name":"Andrew"}');
      expect(await other.get('s1')).toBe('{"name":"Andrew"}');
      await other.set('s1', '{"name":"Imogen"}');
      expect(await one.get('s1')).toBe('{"name":"Imogen"}');
      const rows = await opened.db.selectFrom('sandbox_session').selectAll().execute();
      expect(rows.map(({ id }) => id)).toEqual(['s1']);
      expect(Buffer.from(rows[0]?.sealed ?? []).toString('latin1')).not.toContain('Imogen');
    });

    test('for a day, and then go', async () => {
      const store = sandboxSessions(opened.db, vault, () => now);
      now = NOW + DAY - 1;
      await store.set('s2', '{}');
      expect(await store.get('s1')).toBe('{"name":"Imogen"}');
      expect(await purgeSandboxSessions(opened.db, now, 10)).toBe(0);
      now = NOW + DAY;
      expect(await store.get('s1')).toBeUndefined();
      expect(await purgeSandboxSessions(opened.db, now, 10)).toBe(1);
      expect(await store.get('s2')).toBe('{}');
    });
  });
});
