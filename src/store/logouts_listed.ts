/** Whom a new block hits, as far as applications have to hear of it. What it ends here needs no look-up: tokens are judged when they are shown. */
import { sql, type Transaction } from 'kysely';
import { thingsOfDecision } from '../journey/rules/lists.ts';
import type { Logout } from '../oidc/logouts.ts';
import { emailValues } from '../steps/session_risk/list_value.ts';
import type { Vault } from '../vault/vault.ts';
import { emailHash, phoneHash } from './console/journeys_index.ts';
import { logoutsOf, type TellingDeps, type WhichGrants } from './logouts_of.ts';
import type { Database } from './tables.ts';

/** Accounts that one entry is looked up for, and journeys that it is found by, the newest first. */
const [MOST_ACCOUNTS, MOST_JOURNEYS] = [200, 1_000];

/** As for any telling, with how entries are hashed. */
export interface EntryDeps extends TellingDeps {
  readonly vault: Pick<Vault, 'open' | 'keyedHash'>;
}

/**
 * Who has to be told of a block: the applications of its mode and workflow that have a person signed in by what is blocked.
 * Nobody where the entry ended meanwhile. A phone or mailbox is found by the journeys that it was typed in, and counts for
 * those decisions alone that tell it, as when tokens are judged; a domain is found by no index, and nobody is told of it.
 */
export async function logoutsOfEntry(tx: Transaction<Database>, deps: EntryDeps, entryId: string, now: number): Promise<readonly Logout[]> {
  const { vault } = deps;
  const entry = await tx.selectFrom('list_entry').select(['kind', 'key', 'sealed', 'mode', 'workflow_id'])
    .where('id', '=', entryId).where('effect', '=', 'block').where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)])).executeTakeFirst();
  if (!entry) return [];
  const scope: WhichGrants = { mode: entry.mode === 'both' ? undefined : entry.mode, workflowId: entry.workflow_id ?? undefined };
  switch (entry.kind) {
    case 'identity':
      return logoutsOf(tx, deps, entry.key, scope);
    case 'device': {
      const owners = await tx.selectFrom('device_trust').select('account_id').distinct().where('device_id', '=', entry.key).orderBy('account_id').limit(MOST_ACCOUNTS).execute();
      return allOf(owners.map((row) => row.account_id), (accountId) => logoutsOf(tx, deps, accountId, { ...scope, deviceId: entry.key }));
    }
    case 'phone':
    case 'email': {
      const value = entry.sealed && (await vault.open('list', entry.sealed, `list_entry:${entryId}`)).toString('utf8');
      if (value === null || value.startsWith('@')) return [];
      const { kind } = entry;
      const { rows } = await sql<{ account_id: string }>`
        SELECT DISTINCT journey.account_id FROM (
          SELECT journey_id FROM journey_person WHERE kind = ${kind} AND hash = ${kind === 'phone' ? phoneHash(vault, value) : emailHash(vault, value)} ORDER BY created_at DESC LIMIT ${MOST_JOURNEYS}
        ) AS found JOIN journey ON journey.id = found.journey_id WHERE journey.account_id IS NOT NULL ORDER BY journey.account_id LIMIT ${MOST_ACCOUNTS}`.execute(tx);
      const telling: WhichGrants['telling'] = (profile) => {
        const { phone, email } = thingsOfDecision({ accountId: undefined, deviceId: undefined, boundDevices: [], profile });
        return kind === 'phone' ? phone?.open() === value : email !== undefined && emailValues(email.open()).includes(value);
      };
      return allOf(rows.map((row) => row.account_id), (accountId) => logoutsOf(tx, deps, accountId, { ...scope, telling }));
    }
    default:
      return [];
  }
}

/** One after the other: a transaction has one connection. */
async function allOf(accountIds: readonly string[], of: (accountId: string) => Promise<readonly Logout[]>): Promise<readonly Logout[]> {
  const all: Logout[] = [];
  for (const accountId of accountIds) all.push(...(await of(accountId)));
  return all;
}
