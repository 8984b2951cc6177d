/** Legal holds: while one is in force, nothing that it covers is erased or outlives its retention. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { AccountDesk, HoldResult } from '../../admin/accounts/store.ts';
import type { Actor } from '../../admin/actor.ts';
import { Personal } from '../../personal.ts';
import { subjectHash } from '../sightings.ts';
import { audited } from './audit.ts';
import { holdOf, passGate, type AccountDeps } from './accounts_common.ts';
import { allOf } from './accounts_kin.ts';
import { openingSubjects } from './accounts_openings.ts';

export function legalHolds(deps: AccountDeps): Pick<AccountDesk, 'hold' | 'release' | 'findHold' | 'journeyHolds'> {
  const { db, now } = deps;
  return {
    async hold(actor, { kind, subjectId, reason }) {
      // Boxes are opened before the transaction: whoever it is, their sightings go by these names.
      const subjects = await subjectsOf(deps, kind, subjectId);
      return audited<HoldResult>(deps, actor, async (tx) => {
        await passGate(tx);
        const found = kind === 'account'
          ? await tx.selectFrom('account').select(['erased_at', 'merged_into']).where('id', '=', subjectId).forNoKeyUpdate().executeTakeFirst()
          : await tx.selectFrom('journey').leftJoin('account', 'account.id', 'journey.account_id').select(['account.erased_at', 'account.merged_into']).where('journey.id', '=', subjectId).executeTakeFirst();
        const refused = (why: 'not_found' | 'erased' | 'merged') => ({
          result: { kind: 'refused', why } as const,
          fact: found && ({ action: 'hold.placed', target: { kind, id: subjectId }, details: { why }, reason, outcome: 'refused' } as const),
        });
        if (!found) return refused('not_found');
        if (found.merged_into !== null) return refused('merged');
        // What is being erased cannot be kept any more: whoever holds must not believe that it is.
        if (found.erased_at !== null) return refused('erased');
        const before = await tx.selectFrom('legal_hold').select('id').where('kind', '=', kind).where('subject_id', '=', subjectId).where('released_at', 'is', null).executeTakeFirst();
        if (before) return { result: { kind: 'already', id: before.id }, fact: undefined };
        const id = randomUUID();
        await tx.insertInto('legal_hold').values({ id, kind, subject_id: subjectId, reason, placed_by: actor.name, placed_at: now() }).execute();
        if (subjects.length > 0) await tx.insertInto('legal_hold_subject').values(subjects.map((hash) => ({ subject_hash: hash, hold_id: id }))).execute();
        return { result: { kind: 'held', id }, fact: { action: 'hold.placed', target: { kind, id: subjectId }, details: { hold: id }, reason } };
      });
    },

    release: (actor: Actor, { holdId, reason }) => audited(deps, actor, async (tx) => {
      await passGate(tx);
      const row = await tx.updateTable('legal_hold').set({ released_at: now(), released_by: actor.name, released_reason: reason })
        .where('id', '=', holdId).where('released_at', 'is', null).returning(['kind', 'subject_id']).executeTakeFirst();
      if (!row) return { result: false, fact: undefined };
      await tx.deleteFrom('legal_hold_subject').where('hold_id', '=', holdId).execute();
      return { result: true, fact: { action: 'hold.released', target: { kind: row.kind, id: row.subject_id }, details: { hold: holdId }, reason } };
    }),

    async findHold(holdId) {
      const row = await db.selectFrom('legal_hold').selectAll().where('id', '=', holdId).executeTakeFirst();
      return row && holdOf(row);
    },

    async journeyHolds(journeyId) {
      const rows = await db.selectFrom('legal_hold').selectAll().where('kind', '=', 'journey').where('subject_id', '=', journeyId).orderBy('placed_at', 'desc').orderBy('id').execute();
      return rows.map(holdOf);
    },
  };
}

/** Hashes under which sightings of what is held are kept. */
async function subjectsOf({ db, vault }: AccountDeps, kind: 'account' | 'journey', id: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('journey').select(['id', 'mode', 'workflow_id', 'sealed']).where(kind === 'account' ? sql<boolean>`id IN (${allOf(id)})` : sql<boolean>`id = ${id}`).execute();
  const named = await openingSubjects(vault, rows);
  const own = kind === 'journey' ? [] : [...new Set(rows.map(({ mode }) => mode))].map((mode) => subjectHash(vault, mode, Personal.of(id)));
  return [...new Set([...named, ...own])];
}
