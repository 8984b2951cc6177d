/**
 * Everything that is kept of one person, as JSON in pieces, one journey at a time: a person with a thousand journeys
 * takes no more memory than one. What does not open any more is named as such, and keeps nothing else back.
 */
import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { AccountDesk } from '../../admin/accounts/store.ts';
import { GatehouseError } from '../../errors.ts';
import type { Purpose } from '../../vault/vault.ts';
import type { Database } from '../tables.ts';
import { accountRow, accountRows, holdsOf, type AccountDeps } from './accounts_common.ts';
import { kinOf } from './accounts_kin.ts';
import { credentialNames } from './accounts_read.ts';
import { audited } from './audit.ts';

const JOURNEYS = 20;
const UNREADABLE = { unreadable: true } as const;

interface Asked {
  readonly accountId: string;
  readonly pictures: boolean;
  /** For the record of who looked at a picture. */
  readonly by: { readonly actor: string; readonly reason: string };
}

export function accountExport(deps: AccountDeps): Pick<AccountDesk, 'exportPerson'> {
  return {
    async exportPerson(actor, { accountId, reason, pictures }) {
      // On record before the first piece, whatever comes of the rest.
      const known = await audited(deps, actor, async (tx) => {
        const row = await tx.selectFrom('account').select('id').where('id', '=', accountId).executeTakeFirst();
        return { result: row !== undefined, fact: row && { action: 'account.exported', target: { kind: 'account', id: accountId }, details: { pictures }, reason } };
      });
      return known ? pieces(deps, { accountId, pictures, by: { actor: `${actor.kind}:${actor.id}`, reason } }) : undefined;
    },
  };
}

async function* pieces(deps: AccountDeps, asked: Asked): AsyncIterable<string> {
  const head = await person(deps, asked.accountId);
  yield `${JSON.stringify(head, undefined, 2).replace(/\n\}$/, '')},\n  "journeys": [`;
  let first = true;
  for await (const journey of journeys(deps, asked)) {
    yield `${first ? '\n' : ',\n'}${JSON.stringify(journey, undefined, 2)}`;
    first = false;
  }
  yield '\n  ]\n}\n';
}

/** What stands beside the journeys. */
async function person(deps: AccountDeps, accountId: string): Promise<object> {
  const { db, now } = deps;
  const row = await accountRows(db).select('account.sealed').where('account.id', '=', accountId).executeTakeFirstOrThrow();
  const names = await credentialNames(deps, accountId);
  const credentials = await db.selectFrom('credential').select(['workflow_id', 'credential_hash', 'created_at']).where('account_id', '=', accountId).orderBy('created_at').execute();
  const trusts = await db.selectFrom('device_trust').innerJoin('device', 'device.id', 'device_trust.device_id')
    .select([
      'device.id as device', 'device.kind', 'device.label', 'device.last_country', 'device.created_at', 'device.last_seen_at', 'device_trust.workflow_id', 'device_trust.acr',
      'device_trust.reason', 'device_trust.journey_id', 'device_trust.granted_at', 'device_trust.expires_at', 'device_trust.last_used_at', 'device_trust.revoked_at', 'device_trust.revoked_reason',
    ]).where('account_id', '=', accountId).orderBy('granted_at').execute();
  const passkeys = await db.selectFrom('passkey').select(['id', 'workflow_id', 'label', 'device_type', 'backed_up', 'created_at', 'last_used_at', 'revoked_at', 'revoked_reason'])
    .where('account_id', '=', accountId).orderBy('created_at').execute();
  const grants = await db.selectFrom('grant_outcome').select(['client_id', 'journey_id', 'verdict', 'policy', 'decided_at', 'reuse_until']).where('account_id', '=', accountId).orderBy('decided_at').execute();
  const incidents = await db.selectFrom('incident').select(['id', 'kind', 'status', 'at', 'journey_id', 'device_id', 'details']).where('account_id', '=', accountId).orderBy('at').orderBy('id').execute();
  const { id, mode, state, createdAt } = accountRow(row);
  return {
    format: 'gatehouse-person-1',
    exported_at: iso(now()),
    account: { id, mode, state, created_at: iso(createdAt), merged_into: row.merged_into ?? undefined },
    profile: row.sealed === null ? null : await opened(deps, 'account', row.sealed, `account:${accountId}`),
    credentials: credentials.map((one) => ({ workflow: one.workflow_id, name: names.get(one.credential_hash)?.open() ?? null, since: iso(one.created_at) })),
    devices: trusts.map(timed),
    passkeys: passkeys.map(timed),
    grants: grants.map(timed),
    reports: incidents.map(timed),
    holds: (await holdsOf(db, accountId)).map((hold) => ({ kind: hold.kind, subject: hold.subjectId, placed_at: iso(hold.placedAt), released_at: hold.released && iso(hold.released.at) })),
  };
}

/** Those that were approved, then those that only the application's name for the person makes theirs: somebody else may have typed in them. */
async function* journeys(deps: AccountDeps, asked: Asked): AsyncIterable<object> {
  yield* journeysBy(deps, asked, 'account', sql<boolean>`account_id = ${asked.accountId}`);
  yield* journeysBy(deps, asked, 'name', sql<boolean>`id IN (${kinOf(asked.accountId)})`);
}

async function* journeysBy(deps: AccountDeps, asked: Asked, by: 'account' | 'name', which: RawBuilder<boolean>): AsyncIterable<object> {
  let from: { readonly created_at: number; readonly id: string } | undefined;
  for (;;) {
    const rows = await deps.db.selectFrom('journey').selectAll().where(which)
      .$if(from !== undefined, (query) => query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(from?.created_at ?? 0, from?.id ?? ''))))
      .orderBy('created_at', 'desc').orderBy('id', 'desc').limit(JOURNEYS).execute();
    for (const row of rows) yield { ...(await journeyOf(deps, asked, row)), belongs_by: by };
    from = rows.at(-1);
    if (rows.length < JOURNEYS) return;
  }
}

async function journeyOf(deps: AccountDeps, asked: Asked, row: Selectable<Database['journey']>): Promise<object> {
  const { db } = deps;
  const { id } = row;
  const evidence = await db.selectFrom('evidence').select(['seq', 'kind', 'node', 'simulated', 'at', 'sealed']).where('journey_id', '=', id).orderBy('seq').execute();
  const consents = await db.selectFrom('consent').innerJoin('consent_text', 'consent_text.text_hash', 'consent.text_hash')
    .select(['seq', 'node', 'purpose', 'consent.text_hash', 'locale', 'method', 'at', 'sealed', 'body']).where('journey_id', '=', id).orderBy('seq').execute();
  const messages = await db.selectFrom('message').select(['attempt', 'status', 'provider', 'code', 'created_at', 'updated_at']).where('journey_id', '=', id).orderBy('created_at').orderBy('attempt').execute();
  const events = await db.selectFrom('journey_event').select(['at', 'node', 'layer', 'name', 'outcome', 'reason', 'details']).where('journey_id', '=', id).orderBy('seq').execute();
  const risk = await db.selectFrom('risk_decision').select(['at', 'node', 'policy_version', 'outcome', 'score', 'record']).where('journey_id', '=', id).orderBy('seq').execute();
  const returns = await db.selectFrom('silent_return').select(['device_id', 'began_at', 'last_at', 'returns', 'country', 'refused', 'refusal']).where('journey_id', '=', id).execute();
  const looks = await db.selectFrom('image_reveal').select(['image_id', 'at']).where('journey_id', '=', id).orderBy('at').execute();
  return {
    transaction_id: id,
    workflow: `${row.workflow_id}@${row.workflow_version}`, client_id: row.client_id, mode: row.mode,
    created_at: iso(row.created_at), decided_at: row.decided_at === null ? null : iso(row.decided_at), erased_at: row.erased_at === null ? null : iso(row.erased_at),
    kept_until: row.delete_at < 8.64e15 ? iso(row.delete_at) : null,
    decision: row.decision, results: row.results,
    opened_with: await opened(deps, 'journey', row.sealed, `journey:${id}`),
    evidence: await Promise.all(evidence.map(async ({ sealed, seq, ...rest }) => ({ ...timed(rest), data: await opened(deps, 'evidence', sealed, `evidence:${id}:${seq}`) }))),
    consents: await Promise.all(consents.map(async ({ sealed, seq, body, ...rest }) => ({ ...timed(rest), text: body, proof: await opened(deps, 'consent', sealed, `consent:${id}:${seq}`) }))),
    messages: messages.map(timed),
    events: events.map(timed),
    risk: risk.map(timed),
    returns: returns.map(timed),
    pictures: await picturesOf(deps, asked, id),
    pictures_looked_at: looks.map(timed),
  };
}

async function picturesOf(deps: AccountDeps, { pictures: included, by }: Asked, journeyId: string): Promise<readonly object[]> {
  const kept = await deps.images.ofJourney(journeyId);
  const all: object[] = [];
  for (const { id, purpose, deleteAt } of kept) {
    const about = { id, purpose, kept_until: deleteAt < 8.64e15 ? iso(deleteAt) : null };
    all.push(included ? { ...about, ...(await jpegOf(deps, id, by)) } : about);
  }
  return all;
}

async function jpegOf(deps: AccountDeps, id: string, by: Asked['by']): Promise<object> {
  try {
    const found = await deps.images.reveal(id, by);
    return found ? { jpeg_base64: Buffer.from(found.jpeg.open()).toString('base64') } : UNREADABLE;
  } catch {
    // Not there, damaged, or its store does not answer: the export goes on, and says so.
    return UNREADABLE;
  }
}

/** A box as JSON; one that does not open says so. */
async function opened({ vault }: AccountDeps, purpose: Purpose, box: Uint8Array, context: string): Promise<unknown> {
  try {
    return JSON.parse((await vault.open(purpose, box, context)).toString('utf8')) as unknown;
  } catch (thrown) {
    if (thrown instanceof GatehouseError || thrown instanceof SyntaxError) return UNREADABLE;
    throw thrown;
  }
}

/** Times as text: columns of epoch milliseconds are named `at` or end in `_at` or `_until`. Pure. */
function timed(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'number' && value < 8.64e15 && /(?:^|_)(?:at|until)$/.test(name) ? iso(value) : value]));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
