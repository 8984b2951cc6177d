/** Session decisions with everything they stood on: written once with the change they belong to, read by operators. */
import type { Selectable, Transaction } from 'kysely';
import type { Journey, Mode } from '../journey/journey.ts';
import { decisionRecord } from '../journey/rules/decision_record.ts';
import type { RiskDecided } from '../journey/store.ts';
import { Personal } from '../personal.ts';
import { sessionEvidenceOf } from '../steps/session_evidence.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** A decision as it is kept. */
export interface KeptDecision extends RiskDecided {
  readonly journeyId: string;
  readonly seq: number;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly node: string;
  readonly at: number;
}

export interface RiskDecisions {
  /** Oldest first. */
  ofJourney(journeyId: string): Promise<readonly KeptDecision[]>;
  /** Decisions of a workflow since a time, newest first, a page at a time. */
  recent(of: { readonly workflowId: string; readonly since: number; readonly most: number; readonly before?: KeptDecision | undefined }): Promise<readonly KeptDecision[]>;
}

/** Write a decision in the transaction of its change. */
export async function writeRisk(
  tx: Transaction<Database>, journey: Pick<Journey, 'id' | 'workflowId' | 'mode'>, at: { readonly seq: number; readonly node: string; readonly now: number }, risk: RiskDecided,
): Promise<void> {
  const { record, policyVersion, shadow } = risk;
  await tx.insertInto('risk_decision').values({
    journey_id: journey.id, seq: at.seq, workflow_id: journey.workflowId, mode: journey.mode, node: at.node, at: at.now,
    policy_version: policyVersion, outcome: record.outcome, score: record.score, record: JSON.stringify(record),
    shadow_version: shadow?.policyVersion ?? null, shadow_outcome: shadow?.record.outcome ?? null, shadow: shadow ? JSON.stringify(shadow.record) : null,
  }).execute();
}

/** The addresses that these journeys' sessions came from, in one statement; a journey without a session is left out. */
export async function sessionAddresses(db: Db, vault: Pick<Vault, 'open'>, journeyIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (journeyIds.length === 0) return new Map();
  const rows = await db.selectFrom('evidence').select(['journey_id', 'seq', 'version', 'sealed']).where('journey_id', 'in', [...journeyIds]).where('kind', '=', 'session').orderBy('seq').execute();
  const found = await Promise.all(rows.map(async ({ journey_id: journeyId, seq, version, sealed }) => {
    const data = Personal.of(JSON.parse((await vault.open('evidence', sealed, `evidence:${journeyId}:${seq}`)).toString('utf8')) as unknown);
    return [journeyId, sessionEvidenceOf([{ kind: 'session', version, simulated: false, data }])?.address] as const;
  }));
  // The newest comes last.
  return new Map(found.flatMap(([journeyId, address]) => (address === undefined ? [] : [[journeyId, address]])));
}

function keptOf(row: Selectable<Database['risk_decision']>): KeptDecision {
  return {
    journeyId: row.journey_id, seq: row.seq, workflowId: row.workflow_id, mode: row.mode, node: row.node, at: row.at,
    record: decisionRecord.parse(row.record), policyVersion: row.policy_version,
    ...(row.shadow_version === null ? {} : { shadow: { record: decisionRecord.parse(row.shadow), policyVersion: row.shadow_version } }),
  };
}

export function riskDecisions(db: Db): RiskDecisions {
  return {
    async ofJourney(journeyId) {
      const rows = await db.selectFrom('risk_decision').selectAll().where('journey_id', '=', journeyId).orderBy('seq').execute();
      return rows.map(keptOf);
    },
    async recent({ workflowId, since, most, before }) {
      let query = db.selectFrom('risk_decision').selectAll().where('workflow_id', '=', workflowId).where('at', '>=', since);
      if (before) {
        query = query.where((eb) => eb(eb.refTuple('at', 'journey_id', 'seq'), '<', eb.tuple(before.at, before.journeyId, before.seq)));
      }
      const rows = await query.orderBy('at', 'desc').orderBy('journey_id', 'desc').orderBy('seq', 'desc').limit(most).execute();
      return rows.map(keptOf);
    },
  };
}
