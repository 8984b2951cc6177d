/** The desk that cases are worked on at, in PostgreSQL. Each change is guarded by the version looked at, and audited with it. */
import type { Selectable, Transaction, Updateable } from 'kysely';
import type { Actor } from '../../admin/actor.ts';
import { endingsOf, MOST_TAGS, type CaseAsked, type CaseChanged, type CaseDesk, type CaseRefusal, type Refused } from '../../admin/cases/store.ts';
import { mayDo, type Role } from '../../admin/permissions.ts';
import { hashOfToken, newToken } from '../../devices/token.ts';
import type { AgainMessages, AgainPhone, AgainSent } from '../../engine/again_message.ts';
import type { Engine } from '../../engine/engine.ts';
import { GatehouseError } from '../../errors.ts';
import { AGAIN_PATH } from '../../journey/again_links.ts';
import { isReviewReason } from '../../journey/review.ts';
import { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Database } from '../tables.ts';
import { auditLog, audited, type Auditing } from './audit.ts';
import { caseQueue, caseTags, foundCase } from './cases_reads.ts';
import { isSecond, moveCase, tagOf, tellResolved, writeNote, type StoredProposal } from './cases_writing.ts';

export interface CaseDeskDeps extends Auditing {
  readonly vault: Vault;
  readonly engine: Pick<Engine, 'review' | 'askAgain'>;
  /** Under which links to go on by stand. */
  readonly issuer: string;
  /** Sends such links by text message; absent where this process sends none, and then no phone is offered. */
  readonly messages?: AgainMessages;
}

const MOST_CHOICES = 300;
const refused = (why: CaseRefusal): Refused => ({ kind: 'refused', why });

export function caseDesk(deps: CaseDeskDeps): CaseDesk {
  const { db, vault, now, engine, issuer, messages } = deps;
  const audit = auditLog(deps);
  type Row = Selectable<Database['review_case']>;

  const rowOf = (id: string): Promise<Row | undefined> => db.selectFrom('review_case').selectAll().where('id', '=', id).executeTakeFirst();
  /** Change an unresolved case as it was looked at, with its history and its audit entry. */
  const change = async (
    actor: Actor, of: { readonly caseId: string; readonly version: number }, what: { readonly action: string; readonly details?: Readonly<Record<string, unknown>>; readonly set: Omit<Updateable<Database['review_case']>, 'id' | 'version'> },
    more: (tx: Transaction<Database>) => Promise<void> = async () => undefined,
  ): Promise<CaseChanged> => {
    try {
      return await audited(deps, actor, async (tx) => {
        await moveCase(tx, { ...of, at: now() }, actor, what.action, what.details ?? {}, what.set);
        await more(tx);
        return { result: { kind: 'done', version: of.version + 1 } as const, fact: { action: `case.${what.action}`, target: { kind: 'case', id: of.caseId }, details: what.details } };
      });
    } catch (thrown) {
      if (thrown instanceof GatehouseError && thrown.code === 'case_moved') return refused('case_moved');
      throw thrown;
    }
  };
  /** Put on record that a decision was tried and not taken. */
  const turnedDown = async (actor: Actor, caseId: string, action: string, why: CaseRefusal): Promise<Refused> => {
    await audit.note(actor, { action: `case.${action}`, target: { kind: 'case', id: caseId }, details: { why }, outcome: 'refused' });
    return refused(why);
  };
  /** The case, if it is there and as it was looked at. */
  const looked = async (of: { readonly caseId: string; readonly version: number }): Promise<Row | Refused> => {
    const row = await rowOf(of.caseId);
    if (!row) return refused('unknown');
    if (row.status === 'resolved') return refused('resolved');
    return row.version === of.version ? row : refused('case_moved');
  };
  /**
   * Hand out a link that was made just now: by text message where that is wanted, and else, or where it fails, to whoever
   * asked. The ask stands either way, and what became of the message is in the log; never its number.
   */
  const handOut = async (actor: Actor, caseId: string, journeyId: string, token: string, expiresAt: number, to: AgainPhone | undefined): Promise<CaseAsked> => {
    const url = `${issuer}${AGAIN_PATH}/${token}`;
    if (!messages || !to) return { kind: 'asked', expiresAt, url };
    // What breaks must not take the link with it: nobody could read it again. Whether the message went nobody can say then.
    const sent = await messages.send(journeyId, to, Personal.of(url), expiresAt).catch((): AgainSent => ({ kind: 'unknown', id: undefined, code: 'broke' }));
    const told = { journey: journeyId, by: 'text', status: sent.kind, ...(sent.id === undefined ? {} : { message: sent.id }), ...(sent.kind === 'sent' ? {} : { code: sent.code }) };
    await audit.note(actor, { action: 'case.link_sent', target: { kind: 'case', id: caseId }, details: told });
    return sent.kind === 'sent' ? { kind: 'sent', expiresAt, ending: endingOf(to) } : { kind: 'asked', expiresAt, url, unsent: sent };
  };
  const nameOfStaff = async (id: string): Promise<string | undefined> => {
    const row = await db.selectFrom('staff').select(['name', 'roles']).where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst();
    return row && mayDo(row.roles.split(',') as Role[], 'case.work') ? row.name : undefined;
  };

  return {
    queue: (filter, before, most) => caseQueue(db, filter, before, most),
    find: (id) => foundCase(db, vault, id),
    // The one that decides, where there are two.
    ofJourney: async (journeyId) => (await db.selectFrom('review_case').select('id').where('journey_id', '=', journeyId).orderBy('kind', 'desc').executeTakeFirst())?.id,
    async choices() {
      const [workflows, tags, staff] = await Promise.all([
        db.selectFrom('workflow').select('id').orderBy('id').limit(MOST_CHOICES).execute(),
        caseTags(db, MOST_CHOICES),
        db.selectFrom('staff').select(['id', 'name', 'roles']).where('disabled_at', 'is', null).orderBy('name').orderBy('id').limit(MOST_CHOICES).execute(),
      ]);
      return {
        workflows: workflows.map(({ id }) => id), tags,
        people: staff.filter(({ roles }) => mayDo(roles.split(',') as Role[], 'case.work')).map(({ id, name }) => ({ id, name })),
      };
    },
    async assign(actor, { to, takeOver, ...of }) {
      const row = await looked(of);
      if ('why' in row) return row;
      if (row.assignee_id !== null && row.assignee_id !== actor.id && !takeOver) return refused('assigned');
      const name = to === undefined ? null : actor.kind === 'staff' && to === actor.id ? actor.name : await nameOfStaff(to);
      if (name === undefined) return refused('no_such_person');
      return change(actor, of, { action: to === undefined ? 'unassigned' : 'assigned', details: { to: to ?? null, from: row.assignee_id }, set: { assignee_id: to ?? null, assignee_name: name } });
    },
    async tag(actor, { add, remove, ...of }) {
      const row = await looked(of);
      if ('why' in row) return row;
      const [more, less] = [[...new Set(add.map(tagOf))], [...new Set(remove.map(tagOf))]];
      const kept = await db.selectFrom('case_tag').select('tag').where('case_id', '=', of.caseId).execute();
      const after = new Set([...kept.map(({ tag }) => tag), ...more]);
      for (const tag of less) after.delete(tag);
      // Where there are more for whatever reason, they can be taken off one by one.
      if (after.size > Math.max(MOST_TAGS, kept.length)) return refused('too_many_tags');
      return change(actor, of, { action: 'tagged', details: { added: more, removed: less }, set: {} }, async (tx) => {
        if (less.length > 0) await tx.deleteFrom('case_tag').where('case_id', '=', of.caseId).where('tag', 'in', less).execute();
        if (more.length > 0) await tx.insertInto('case_tag').values(more.map((tag) => ({ tag, case_id: of.caseId }))).onConflict((conflict) => conflict.doNothing()).execute();
      });
    },
    async comment(actor, { caseId, text }) {
      const row = await rowOf(caseId);
      if (!row) return refused('unknown');
      // What was said of it is no secret to the log; what was said is: it may name somebody.
      return audited(deps, actor, async (tx) => {
        await writeNote(tx, vault, { caseId, at: now(), kind: 'comment', text: text.open() }, actor);
        return { result: { kind: 'done', version: row.version } as const, fact: { action: 'case.commented', target: { kind: 'case', id: caseId } } };
      });
    },
    async decide(actor, { verdict, code, words, ...of }) {
      const row = await looked(of);
      if ('why' in row) return row;
      if (row.kind !== 'review' || row.journey_id === null) return refused('wrong_kind');
      if (row.status !== 'open') return refused('not_in_review');
      if (!isReviewReason(verdict, code)) return refused('bad_request');
      const note = async (tx: Transaction<Database>): Promise<void> => {
        if (words) await writeNote(tx, vault, { caseId: of.caseId, at: now(), kind: 'reason', text: words.open() }, actor);
      };
      if (row.four_eyes) {
        const proposal = row.proposal as StoredProposal | null;
        if (actor.kind !== 'staff') return turnedDown(actor, of.caseId, 'decided', 'people_only');
        if (!proposal) {
          const made: StoredProposal = { verdict, code, by: { kind: actor.kind, id: actor.id, name: actor.name }, at: now() };
          const done = await change(actor, of, { action: 'proposed', details: { verdict, code }, set: { proposal: JSON.stringify(made) } }, note);
          return done.kind === 'done' ? { kind: 'proposed' } : done;
        }
        if (proposal.by.id === actor.id) return turnedDown(actor, of.caseId, 'decided', 'second_person_needed');
        if (!isSecond(proposal, verdict, actor)) {
          const done = await change(actor, of, { action: 'disagreed', details: { verdict, code, proposed: proposal.verdict, proposed_by: proposal.by.id }, set: { proposal: null, assignee_id: null, assignee_name: null } }, note);
          return done.kind === 'done' ? { kind: 'returned' } : done;
        }
      }
      const done = await engine.review({ journeyId: row.journey_id, caseId: of.caseId, caseVersion: of.version, verdict, code, words, by: actor });
      return done.kind === 'done' ? { kind: 'decided' } : turnedDown(actor, of.caseId, 'decided', done.why);
    },
    async withdraw(actor, of) {
      const row = await looked(of);
      if ('why' in row) return row;
      const proposal = row.proposal as StoredProposal | null;
      if (proposal?.by.id !== actor.id) return refused('bad_request');
      return change(actor, of, { action: 'withdrawn', details: { verdict: proposal.verdict }, set: { proposal: null } });
    },
    async textable(caseId) {
      const row = await rowOf(caseId);
      const to = row?.kind === 'review' && row.status !== 'resolved' && row.journey_id !== null ? await messages?.phone(row.journey_id) : undefined;
      return to && endingOf(to);
    },
    async askAgain(actor, { node, code, words, send, ...of }) {
      const row = await looked(of);
      if ('why' in row) return row;
      if (row.kind !== 'review' || row.journey_id === null) return refused('wrong_kind');
      // Looked up once, before anything is dropped: it is the phone that was offered, and nothing is changed where there is none.
      const to = send ? await messages?.phone(row.journey_id) : undefined;
      if (send && !to) return refused('no_phone');
      const token = newToken();
      const done = await engine.askAgain({ journeyId: row.journey_id, caseId: of.caseId, caseVersion: of.version, node, code, words, by: actor, linkHash: hashOfToken(token) });
      return done.kind === 'done' ? handOut(actor, of.caseId, row.journey_id, token, done.expiresAt, to) : turnedDown(actor, of.caseId, 'asked_again', done.why);
    },
    async newLink(actor, { send, ...of }) {
      const row = await looked(of);
      if ('why' in row) return row;
      const journeyId = row.journey_id;
      if (row.kind !== 'review' || journeyId === null) return refused('wrong_kind');
      if (row.status !== 'waiting') return refused('not_waiting');
      const open = await db.selectFrom('journey').select('expires_at').where('id', '=', journeyId).where('decided_at', 'is', null).where('erased_at', 'is', null).where('expires_at', '>', now()).executeTakeFirst();
      if (!open) return refused('not_waiting');
      const to = send ? await messages?.phone(journeyId) : undefined;
      if (send && !to) return refused('no_phone');
      const token = newToken();
      // Guarded by the case's version, which counts up where the journey is decided meanwhile.
      const done = await change(actor, of, { action: 'link_renewed', set: {} }, async (tx) => {
        await tx.deleteFrom('again_link').where('journey_id', '=', journeyId).execute();
        await tx.insertInto('again_link').values({ token_hash: hashOfToken(token), journey_id: journeyId, expires_at: open.expires_at, visit_hash: null, used_at: null }).execute();
      });
      return done.kind === 'done' ? handOut(actor, of.caseId, journeyId, token, open.expires_at, to) : done;
    },
    async close(actor, { code, words, ...of }) {
      const row = await looked(of);
      if ('why' in row) return row;
      const { incident_id: incidentId, journey_id: journeyId } = row;
      const endings = endingsOf(row.kind);
      if (!endings) return refused('wrong_kind');
      if (!Object.hasOwn(endings, code)) return refused('bad_ending');
      const resolution = `${row.kind}_${code}`;
      const about = incidentId === null ? { journey: journeyId } : { incident: incidentId };
      return change(actor, of, { action: 'closed', details: { code, ...about }, set: { status: 'resolved', resolved_at: now(), resolution } }, async (tx) => {
        if (incidentId !== null) await tx.updateTable('incident').set({ status: 'closed' }).where('id', '=', incidentId).execute();
        if (words) await writeNote(tx, vault, { caseId: of.caseId, at: now(), kind: 'reason', text: words.open() }, actor);
        const clientId = journeyId === null ? undefined : (await tx.selectFrom('journey').select('client_id').where('id', '=', journeyId).executeTakeFirst())?.client_id;
        await tellResolved(tx, { id: of.caseId, mode: row.mode, workflowId: row.workflow_id ?? undefined, clientId, journeyId: journeyId ?? undefined }, resolution, now());
      });
    },
  };
}

/** The two digits by which somebody knows which phone is meant; as the person's own page shows them. */
function endingOf({ phone }: AgainPhone): string {
  return phone.open().slice(-2);
}
