/** Journeys in PostgreSQL: one row each, what it established and what happened beside it, personal parts sealed. */
import { createHash } from 'node:crypto';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Decision, Evidence, EvidenceKind, Journey, Opening, Prefill, StepResult } from '../journey/journey.ts';
import type { ReviewRound } from '../journey/review.ts';
import type { JourneyStore, LoadedJourney, NewJourney, Recording } from '../journey/store.ts';
import { Personal } from '../personal.ts';
import type { Vault } from '../vault/vault.ts';
import { bindAccount } from './accounts.ts';
import { decisionColumns, evidentRows, lastStepColumn, namedRows, withPeople } from './console/journeys_index.ts';
import { writeReviewed } from './console/cases_writing.ts';
import { noRide, type Db, type Ride } from './database.ts';
import { writeDecided } from './decided.ts';
import { bindDevices, registerDevices } from './device_binding.ts';
import { FINAL_RANK, rankOf } from './message_rank.ts';
import { writeRisk } from './risk_decisions.ts';
import { writeSeen } from './seen.ts';
import { writeSightings } from './sightings.ts';
import type { Database } from './tables.ts';
import { velocityRows, type VelocityHash } from './velocity.ts';

/** Evidence as it comes along with its journey; binary is base64 in JSON. */
interface EvidenceInJson {
  readonly seq: number;
  readonly kind: string;
  readonly version: number;
  readonly simulated: boolean;
  readonly sealed: string;
}
type JourneyRow = Selectable<Database['journey']> & { readonly evidence: readonly EvidenceInJson[] };

/** In the statement that reads the journey: a journey is read at every step, and one statement less counts. */
const EVIDENCE = sql<readonly EvidenceInJson[]>`(SELECT coalesce(json_agg(json_build_object('seq', seq, 'kind', kind, 'version', version,
  'simulated', simulated, 'sealed', encode(sealed, 'base64')) ORDER BY seq), '[]'::json) FROM evidence WHERE journey_id = journey.id)`.as('evidence');

/** What a journey's box holds, opened. */
interface Sealed {
  readonly states: Readonly<Record<string, unknown>>;
  readonly opening: Omit<Opening, 'credential' | 'prefill'> & { readonly credential?: string | undefined; readonly prefill?: Prefill | undefined };
}

/** Nobody keeps journeys for less: `options.retentionDays` counts days. */
const DAY_MS = 86_400_000;

/** Room for the rows of one change between two versions: `seq = version * ROOM + index` needs no counter. */
const ROOM = 1000;

/**
 * Both transactions here may be run again when their connection died under them: `open` is decided by the unique
 * interaction, and `record` by the version. Where only the answer to COMMIT was lost, the second run meets the first
 * one's row, and knows it by its sealed box, which no other writing can equal.
 */
export function journeyStore(db: Db, vault: Vault, velocityHash: VelocityHash, ride: Ride = noRide): JourneyStore {
  const sealState = (id: string, states: Journey['states'], opening: Opening): Buffer => {
    const sealed: Sealed = { states: states.open(), opening: { ...opening, credential: opening.credential?.open(), prefill: opening.prefill?.open() } };
    return vault.seal('journey', JSON.stringify(sealed), `journey:${id}`);
  };

  const hydrate = async (row: JourneyRow): Promise<LoadedJourney> => {
    const [box, evidence] = await Promise.all([
      vault.open('journey', row.sealed, `journey:${row.id}`),
      evidenceOf(row.id, row.evidence),
    ]);
    const { states, opening } = JSON.parse(box.toString('utf8')) as Sealed;
    return {
      journey: {
        id: row.id,
        workflowId: row.workflow_id,
        workflowVersion: row.workflow_version,
        mode: row.mode,
        clientId: row.client_id,
        interactionUid: row.interaction_uid,
        version: row.version,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        extensions: row.extensions,
        results: row.results as readonly StepResult[],
        states: Personal.of(states),
        decision: (row.decision ?? undefined) as Decision | undefined,
        ...(row.reviews === null ? {} : { reviews: row.reviews as readonly ReviewRound[] }),
        opening: {
          ...opening,
          credential: opening.credential === undefined ? undefined : Personal.of(opening.credential),
          prefill: opening.prefill === undefined ? undefined : Personal.of(opening.prefill),
        },
      },
      evidence,
      accountId: row.account_id ?? undefined,
      credentialHash: row.credential_hash ?? undefined,
      deviceId: row.device_id ?? undefined,
    };
  };

  const evidenceOf = (journeyId: string, rows: readonly EvidenceInJson[]): Promise<readonly Evidence[]> =>
    Promise.all(
      rows.map(async (row) => ({
        kind: row.kind as EvidenceKind,
        version: row.version,
        simulated: row.simulated,
        data: Personal.of(JSON.parse((await vault.open('evidence', Buffer.from(row.sealed, 'base64'), `evidence:${journeyId}:${row.seq}`)).toString('utf8')) as unknown),
      })),
    );

  const load = async (column: 'id' | 'interaction_uid', value: string): Promise<LoadedJourney | undefined> => {
    const row = await db.selectFrom('journey').selectAll().select(EVIDENCE).where(column, '=', value).executeTakeFirst();
    return row ? hydrate(row) : undefined;
  };

  const record = (journey: Journey, recording: Recording, sealed: Buffer): Promise<boolean> =>
    db.transaction().execute(async (tx) => {
      const version = journey.version + 1;
      const { now, node, decision, review } = recording;
      const again = review?.again;
      const updated = await tx
        .updateTable('journey')
        .set({
          version,
          // Giving more time must not let a second process ask the world while the first still does.
          ...(node === undefined && !decision ? {} : { lease_until: null }),
          results: JSON.stringify(recording.result ? [...journey.results, recording.result] : journey.results),
          sealed,
          ...(recording.result ? lastStepColumn([recording.result]) : {}),
          ...(decision ? { decision: JSON.stringify(decision), decided_at: decision.at, ...decisionColumns(decision) } : {}),
          ...(recording.expiresAt === undefined ? {} : { expires_at: recording.expiresAt, extensions: journey.extensions + 1 }),
          ...(review ? { reviews: JSON.stringify([...(journey.reviews ?? []), review.round]) } : {}),
          ...(again ? againColumns(again) : {}),
        })
        .where('id', '=', journey.id)
        .where('version', '=', journey.version)
        // A person decides what waits for one, and nothing else that is decided is ever written to.
        .$if(review === undefined, (query) => query.where('decided_at', 'is', null))
        .$if(review !== undefined, (query) => query.where('verdict', '=', 'review').where('erased_at', 'is', null))
        .returning('id')
        .executeTakeFirst();
      if (!updated) return false;
      if (again && again.dropped.length > 0) await tx.deleteFrom('evidence').where('journey_id', '=', journey.id).where('node', 'in', [...again.dropped]).where('kind', '<>', 'document_attempt').execute();
      const events = [...recording.events];
      if (recording.binding) {
        const bound = await bindAccount(tx, vault, { binding: recording.binding, journey, now });
        events.push(bound.event);
        await tx.updateTable('journey').set({ account_id: bound.accountId, credential_hash: bound.credentialHash }).where('id', '=', journey.id).execute();
        const { devices } = recording.binding;
        if (devices) events.push(...(await bindDevices(tx, { journey, accountId: bound.accountId, credentialHash: bound.credentialHash, binding: devices, now })));
      }
      await writeEvents(tx, journey.id, version, node, now, events);
      await writeRest(tx, vault, velocityHash, journey, version, recording);
      if (recording.waits) await registerDevices(tx, { journey, keys: recording.waits.keys, now });
      if (review) await writeReviewed(tx, vault, journey, review, now);
      else if (decision) await writeEvents(tx, journey.id, version, node, now, await writeDecided(tx, journey, decision, now, recording), events.length);
      return true;
    });

  /** The journey as this very writing left it; undefined where it was another's, or is no longer the last. */
  const ownWriting = async (id: string, sealed: Buffer): Promise<LoadedJourney | undefined> => {
    const row = await db.selectFrom('journey').selectAll().select(EVIDENCE).where('id', '=', id).where('sealed', '=', sealed).executeTakeFirst();
    return row && hydrate(row);
  };

  return {
    async open(fresh: NewJourney) {
      const inserted = await ride(() => db.transaction().execute(async (tx) => {
        const row = await tx
          .insertInto('journey')
          .values({
            id: fresh.id,
            interaction_uid: fresh.interactionUid,
            workflow_id: fresh.workflowId,
            workflow_version: fresh.workflowVersion,
            mode: fresh.mode,
            client_id: fresh.clientId,
            version: 1,
            created_at: fresh.createdAt,
            expires_at: fresh.expiresAt,
            delete_at: fresh.deleteAt,
            extensions: 0,
            results: '[]',
            decision: null,
            decided_at: null,
            account_id: null,
            credential_hash: null,
            device_id: null,
            sealed: sealState(fresh.id, Personal.of({}), fresh.opening),
            lease_until: null,
          })
          .onConflict((conflict) => conflict.column('interaction_uid').doNothing())
          .returningAll()
          .executeTakeFirst();
        if (row) await writeEvents(withPeople(tx, namedRows(vault, fresh, fresh.opening.credential)), fresh.id, 1, undefined, fresh.createdAt, fresh.events);
        return row;
      }));
      const loaded = inserted ? await hydrate({ ...inserted, evidence: [] }) : await load('interaction_uid', fresh.interactionUid);
      if (!loaded) throw new Error('a journey vanished while it was opened');
      return loaded;
    },
    byId: (id) => load('id', id),
    byInteraction: (uid) => load('interaction_uid', uid),
    async overdue(now, most) {
      const rows = await db.selectFrom('journey').select('id').where('decided_at', 'is', null).where('expires_at', '<', now).orderBy('expires_at').limit(most).execute();
      return rows.map((row) => row.id);
    },
    async unreviewed(now, most) {
      const rows = await db.selectFrom('review_case').innerJoin('journey', 'journey.id', 'review_case.journey_id')
        .select(['journey.id as journey_id', 'review_case.id as case_id', 'review_case.version'])
        .where('review_case.kind', '=', 'review').where('review_case.status', '=', 'open').where('review_case.opened_at', '<=', now - DAY_MS)
        .where('journey.verdict', '=', 'review').where('journey.erased_at', 'is', null)
        // As long as the workflow that it began with keeps it, counted anew from when it began to wait.
        .where(({ eb, ref }) => eb(eb('review_case.opened_at', '+', ref('journey.delete_at')), '<=', eb('journey.created_at', '+', now)))
        .orderBy('review_case.opened_at').limit(most).execute();
      return rows.map((row) => ({ journeyId: row.journey_id, caseId: row.case_id, caseVersion: row.version }));
    },
    async byLink(tokenHash) {
      const row = await db
        .selectFrom('link')
        .innerJoin('journey', 'journey.id', 'link.journey_id')
        .selectAll('journey')
        .select(EVIDENCE)
        .select(['link.node as link_node', 'link.expires_at as link_expires_at'])
        .where('link.token_hash', '=', tokenHash)
        .executeTakeFirst();
      return row ? { ...(await hydrate(row)), node: row.link_node, linkExpiresAt: row.link_expires_at } : undefined;
    },
    async byMessage(provider, providerMessageId) {
      const row = await db
        .selectFrom('message')
        .innerJoin('journey', 'journey.id', 'message.journey_id')
        .selectAll('journey')
        .select(EVIDENCE)
        .select('message.id as message_id')
        .where('message.provider', '=', provider)
        .where('message.provider_message_id', '=', providerMessageId)
        .executeTakeFirst();
      return row ? { ...(await hydrate(row)), messageId: row.message_id } : undefined;
    },
    async messageReported(messageId, status, code, now) {
      const rank = rankOf(status);
      await db
        .updateTable('message')
        .set({ status, rank, ...(code === undefined ? {} : { code }), updated_at: now })
        .where('id', '=', messageId)
        .where('rank', '<', Math.min(rank, FINAL_RANK))
        .execute();
    },
    async lease(journey, now, until) {
      const row = await db
        .updateTable('journey')
        .set({ lease_until: until })
        .where('id', '=', journey.id)
        .where('version', '=', journey.version)
        .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },
    async record(journey, recording) {
      const sealed = sealState(journey.id, recording.states, journey.opening);
      const written = await ride(() => record(journey, recording, sealed));
      return written ? load('id', journey.id) : ownWriting(journey.id, sealed);
    },
  };
}

/** What takes a decision back: the journey stands where it stood before the step that is asked again. */
function againColumns({ results, expiresAt }: NonNullable<NonNullable<Recording['review']>['again']>) {
  return { decision: null, decided_at: null, ...decisionColumns(undefined), results: JSON.stringify(results), ...lastStepColumn(results), expires_at: expiresAt, extensions: 0, lease_until: null };
}

async function writeEvents(
  tx: ReturnType<typeof withPeople>, journeyId: string, version: number, node: string | undefined, now: number, events: Recording['events'], first = 0,
): Promise<void> {
  if (events.length === 0) return;
  await tx
    .insertInto('journey_event')
    .values(
      events.map((event, index) => ({
        journey_id: journeyId,
        seq: version * ROOM + first + index,
        at: now,
        node: node ?? null,
        layer: event.layer,
        name: event.name,
        outcome: event.outcome,
        reason: event.reason ?? null,
        details: event.details ? JSON.stringify(event.details) : null,
      })),
    )
    .execute();
}

async function writeRest(
  tx: Transaction<Database>, vault: Vault, velocityHash: VelocityHash, journey: Journey, version: number, recording: Recording,
): Promise<void> {
  const { now, evidence, consents, links, counts, messages, delivered } = recording;
  const journeyId = journey.id;
  const node = recording.node ?? '';
  const first = version * ROOM;
  if (evidence.length > 0) {
    await withPeople(tx, evidentRows(vault, journey, evidence)).insertInto('evidence').values(evidence.map((one, index) => ({
      journey_id: journeyId, seq: first + index, kind: one.kind, version: one.version, node, simulated: one.simulated, at: now,
      sealed: vault.seal('evidence', JSON.stringify(one.data.open()), `evidence:${journeyId}:${first + index}`),
    }))).execute();
  }
  for (const [index, consent] of consents.entries()) {
    const textHash = createHash('sha256').update(consent.text, 'utf8').digest('hex');
    await tx.insertInto('consent_text').values({ text_hash: textHash, body: consent.text, first_seen_at: now })
      .onConflict((conflict) => conflict.column('text_hash').doNothing()).execute();
    await tx.insertInto('consent').values({
      journey_id: journeyId, seq: first + index, node, purpose: consent.purpose, text_hash: textHash, locale: consent.locale,
      method: consent.method, at: now,
      sealed: vault.seal('consent', JSON.stringify(consent.proof.open()), `consent:${journeyId}:${first + index}`),
    }).execute();
  }
  if (links.length > 0) {
    await tx.insertInto('link').values(links.map((link) => ({ token_hash: link.tokenHash, journey_id: journeyId, node, expires_at: link.expiresAt }))).execute();
  }
  if (messages.length > 0) {
    await tx.insertInto('message').values(messages.map((message) => ({
      id: message.id, journey_id: journeyId, attempt: message.attempt, status: 'intended', rank: 0,
      provider: null, provider_message_id: null, code: null, created_at: now, updated_at: now,
    }))).execute();
  }
  for (const outcome of delivered) {
    const rank = rankOf(outcome.status);
    await tx.updateTable('message').set({
      status: outcome.status, rank, provider: outcome.provider, provider_message_id: outcome.providerMessageId ?? null,
      code: outcome.code ?? null, updated_at: now,
    }).where('id', '=', outcome.id).where('rank', '<=', rank).execute();
  }
  if (recording.images && recording.images.ids.length > 0) {
    const { ids, deleteAt } = recording.images;
    const pictures = tx.updateTable('image').set({ delete_at: deleteAt }).where('journey_id', '=', journeyId);
    await (ids === 'all' ? pictures : pictures.where('id', 'in', [...ids])).execute();
  }
  await writeSeen(tx, vault, journey, recording);
  if (recording.risk) await writeRisk(tx, journey, { seq: first, node, now }, recording.risk);
  await writeSightings(tx, vault, journey.mode, recording.sightings ?? [], now);
  if (counts.length > 0) {
    await tx.insertInto('velocity_event').values(velocityRows(counts, { journeyId, at: now }, velocityHash)).execute();
  }
}

/** Delete journeys past their retention, in one bounded batch; gives how many went. A legal hold keeps what it covers. */
export async function purgeJourneys(db: Db, now: number, most: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('journey')
    .where('id', 'in', (eb) => eb.selectFrom('journey').select('id').where('delete_at', '<', now)
      .where('id', 'not in', (held) => held.selectFrom('held_journey').select('journey_id'))
      // Somebody still has to decide about it. A case for looking afterwards keeps nothing: it goes with its journey.
      .where((waiting) => waiting.not(waiting.exists(waiting.selectFrom('review_case').select('review_case.id').whereRef('review_case.journey_id', '=', 'journey.id').where('review_case.kind', '=', 'review').where('review_case.status', '<>', 'resolved')))).orderBy('delete_at').limit(most))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
