/**
 * Whether what was granted still holds when somebody shows a code or token of it: the operator may have blocked its person since.
 * Judged from what the request has read anyway and from lists in memory, so it costs no statement.
 */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';
import { listedCode, thingsOfDecision, type Lists } from '../journey/rules/lists.ts';
import type { OidcLogger } from './log.ts';
import { readsOf } from './reads.ts';
import type { RecordStore } from './records.ts';

/** What the question is about: a code, access token or refresh token, as the library has it. */
export interface ShownToken {
  readonly kind: string;
  readonly grantId?: string | undefined;
}

export interface StandingDeps {
  readonly records: RecordStore;
  /** The operator's own lists, from memory; absent where there are none. */
  readonly lists?: Lists;
  readonly logger: OidcLogger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** When to ask again, where nobody can tell at the moment, seconds: lists are read every ten. */
const RETRY_AFTER = '10';

/**
 * Whether a token still holds. A block ends it whatever the risk policy says, by the account, the devices, the phone or
 * the mailbox of the decision; where the entry is taken off or ends, the token holds again, because nothing of it is
 * deleted.
 *
 * @throws TemporarilyUnavailable with status 503 where the lists were not heard of for too long. Not `invalid_grant`: clients
 *   throw a refresh token away for that (RFC 6749 section 5.2), and this one may be as good as ever.
 * @throws GatehouseError `library_changed` where nobody can tell whose lists to ask
 */
export async function stillHolds(deps: StandingDeps, ctx: KoaContextWithOIDC, token: ShownToken): Promise<boolean> {
  const { records, lists, logger, now } = deps;
  const outcome = token.grantId === undefined ? undefined : await readsOf(ctx).outcome(records, token.grantId);
  // The decision is deleted together with its Grant: a token without one is of something that ended.
  if (!outcome) return false;
  // A denial or a wait that goes out as a token is of nobody, and nobody can be blocked.
  if (!lists || outcome.verdict !== 'approve') return true;
  const client = ctx.oidc.client;
  if (!client) throw new GatehouseError('library_changed', 500, 'the OIDC library asks about a token before it knows whose key came with it');
  const { blocked: [hit], fresh } = lists.look(thingsOfDecision({ ...outcome, profile: await outcome.profile() }), {
    mode: client['gatehouse_mode'] === 'live' ? 'live' : 'test', workflowId: String(client['gatehouse_workflow']), now: now(),
  });
  if (hit) {
    logger.info({ event: 'grant_listed', code: listedCode(hit.kind), entry: hit.entry, journey: outcome.journeyId, clientId: client.clientId }, 'what was granted to somebody who is blocked is not honoured');
    return false;
  }
  // A code is younger than the look at its approval is old, and shown again it would count as stolen.
  if (fresh || token.kind === 'AuthorizationCode') return true;
  ctx.set('retry-after', RETRY_AFTER);
  throw Object.assign(new errors.TemporarilyUnavailable('whether the grant still holds cannot be told at the moment'), { status: 503, statusCode: 503 });
}
