/**
 * Stops a gateway in the middle of a statement: a trigger waits for a lock that the test holds, so that the process can
 * be killed at exactly that moment, with everything before it done and nothing after it.
 */
import pg from 'pg';
import { eventually } from '../support/ports.ts';

export interface Gate {
  readonly table: string;
  readonly on: 'INSERT' | 'UPDATE' | 'DELETE';
  /** Which rows, in SQL: `NEW.model = 'Grant'`. */
  readonly when?: string;
}

export interface Gates {
  /** Shut one gate; whoever comes there next waits. */
  shut(gate: Gate): Promise<void>;
  /** Resolves when somebody waits there. */
  reached(): Promise<void>;
  /** Take the waiting connection away, as its process's death does in the end, and open the gate. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Any number that nobody else locks. */
const LOCK = 7_311;

export async function makeGates(url: string): Promise<Gates> {
  const client = new pg.Client({ connectionString: url });
  // The database is dropped under it where a test fails half way.
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN COALESCE(NEW, OLD); END $$`);
  const waiting = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  let table: string | undefined;
  return {
    async shut(gate) {
      table = gate.table;
      await client.query(`SELECT pg_advisory_lock(${LOCK})`);
      await client.query(`CREATE TRIGGER gate BEFORE ${gate.on} ON ${table} FOR EACH ROW
        ${gate.when === undefined ? '' : `WHEN (${gate.when})`} EXECUTE FUNCTION wait_at_gate()`);
    },
    async reached() {
      await eventually(`somebody at the gate of ${table ?? 'nothing'}`, async () => (await client.query(waiting)).rows.length > 0, 90_000);
    },
    async open() {
      await client.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS stuck`);
      await eventually('the gate to be empty', async () => (await client.query(waiting)).rows.length === 0);
      await client.query(`DROP TRIGGER gate ON ${table ?? ''}`);
      await client.query(`SELECT pg_advisory_unlock(${LOCK})`);
    },
    close: () => client.end(),
  };
}
