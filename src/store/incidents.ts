import { randomUUID } from 'node:crypto';
import type { Incident, IncidentStore } from '../devices/store.ts';
import type { Db } from './database.ts';

/** Incidents in PostgreSQL. */
export function incidentStore(db: Db): IncidentStore {
  return {
    async open({ mode, kind, accountId, deviceId, journeyId, details, at }) {
      const id = randomUUID();
      await db.insertInto('incident').values({
        id, mode, kind, account_id: accountId ?? null, device_id: deviceId ?? null, journey_id: journeyId ?? null, details: JSON.stringify(details), status: 'open', at,
      }).execute();
      return id;
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
