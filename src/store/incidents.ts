import { randomUUID } from 'node:crypto';
import type { Incident, IncidentStore } from '../devices/store.ts';
import { openIncidentCase, resolveWithIncident } from './console/cases_writing.ts';
import type { Db } from './database.ts';

/** Closed ones are kept this long, for whoever audits; open ones until somebody looked. Milliseconds. */
const CLOSED_KEPT_MS = 730 * 86_400_000;

/** Delete closed incidents past their time, at most so many; gives how many went. */
export async function purgeIncidents(db: Db, now: number, most: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('incident')
    .where('id', 'in', (eb) => eb.selectFrom('incident').select('id').where('status', '=', 'closed').where('at', '<', now - CLOSED_KEPT_MS)
      // A legal hold keeps what is about whom or what it covers.
      .where((held) => held.not(held.exists(held.selectFrom('legal_hold').select('legal_hold.id').where('released_at', 'is', null).where('kind', '=', 'account').whereRef('subject_id', '=', 'incident.account_id'))))
      .limit(most))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Incidents in PostgreSQL. */
export function incidentStore(db: Db, now: () => number): IncidentStore {
  return {
    async open({ mode, kind, accountId, deviceId, journeyId, details, at }) {
      const id = randomUUID();
      await db.transaction().execute(async (tx) => {
        await tx.insertInto('incident').values({
          id, mode, kind, account_id: accountId ?? null, device_id: deviceId ?? null, journey_id: journeyId ?? null, details: JSON.stringify(details), status: 'open', at,
        }).execute();
        await openIncidentCase(tx, { id, mode, kind, journeyId, at });
      });
      return id;
    },
    async close(id) {
      return db.transaction().execute(async (tx) => {
        // The case first, as whoever closes it there does: of two at once neither waits for what the other holds.
        await tx.selectFrom('review_case').select('id').where('incident_id', '=', id).forUpdate().execute();
        const row = await tx.updateTable('incident').set({ status: 'closed' }).where('id', '=', id).where('status', '=', 'open').returning('id').executeTakeFirst();
        if (row) await resolveWithIncident(tx, id, now());
        return row !== undefined;
      });
    },
    async list({ status, most }) {
      const rows = await db.selectFrom('incident').selectAll()
        .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'open'))
        .orderBy('at', 'desc').orderBy('id').limit(most).execute();
      return rows.map((row) => ({
        id: row.id,
        mode: row.mode,
        kind: row.kind as Incident['kind'],
        accountId: row.account_id ?? undefined,
        deviceId: row.device_id ?? undefined,
        journeyId: row.journey_id ?? undefined,
        details: row.details as Incident['details'],
        status: row.status,
        at: row.at,
      }));
    },
  };
}
