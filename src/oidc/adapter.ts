/**
 * The library's storage contract on top of {@link RecordStore}. Single use is decided by the store in one statement: the
 * library itself looks first and writes later, so ten parallel redemptions would all pass its own check.
 */
import { errors, Provider, type Adapter, type AdapterPayload } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';
import { clientMetadata } from './clients.ts';
import type { OidcLogger } from './log.ts';
import { readsOf, type RequestReads } from './reads.ts';
import type { ClientRow, GrantedModel, Payload, RecordStore } from './records.ts';

const GRANTED: ReadonlySet<string> = new Set<GrantedModel>(['AuthorizationCode', 'AccessToken', 'RefreshToken']);

/** A session's expiry may move by this share of its life before the move alone is worth a write. */
const EXPIRY_SLACK = 1 / 20;

const CLIENTS_REMEMBERED = 500;

/** The library's storage: one adapter per model name. */
export function adapterFor(store: RecordStore, logger: OidcLogger): (model: string) => Adapter {
  return (model) => (model === 'Client' ? clientAdapter(store, logger) : recordAdapter(store, model));
}

function recordAdapter(store: RecordStore, model: string): Adapter {
  const key = (id: string): string => `${model}:${id}`;

  return {
    async find(id) {
      const reads = readsOf(Provider.ctx);
      const ahead = reads.take(key(id));
      const payload = ahead ? ahead.payload : await findAhead(store, reads, model, id);
      if (model === 'Session') reads.keepStoredSession(id, payload);
      // Used up at the end of a resumption: another return of the same interaction is ahead, and ends it.
      if (model === 'PushedAuthorizationRequest' && payload?.['consumed'] !== undefined && reads.takeEnded() !== undefined) throw raceLost();
      return payload as AdapterPayload | undefined;
    },

    async findByUid(uid) {
      const ahead = readsOf(Provider.ctx).take(`uid:${uid}`);
      return (ahead ? ahead.payload : await store.findSessionByUid(uid)) as AdapterPayload | undefined;
    },

    findByUserCode: () => Promise.resolve(undefined),

    async upsert(id, payload, expiresIn) {
      const reads = readsOf(Provider.ctx);
      reads.forget(key(id));
      if (model === 'ReplayDetection') {
        if (!(await store.insertOnce(model, id, payload as Payload, expiresIn ?? 0))) {
          throw new GatehouseError('replay_detected', 400, 'an assertion or proof was presented twice');
        }
        return;
      }
      if (model === 'Session') {
        const before = reads.storedSession(id);
        if (before && hardlyChanged(before, payload as Payload, expiresIn)) return;
        reads.keepStoredSession(id, undefined);
        if (typeof payload.uid === 'string') reads.forget(`uid:${payload.uid}`);
      }
      // A result is given to an interaction that waits. One that was resumed meanwhile must not come back: it would lead to
      // a second code.
      if (model === 'Interaction' && payload['result'] !== undefined) {
        if (!(await store.update(model, id, payload as Payload, expiresIn))) throw interactionGone();
        return;
      }
      const ended = model === 'AuthorizationCode' || model === 'Interaction' ? reads.takeEnded() : undefined;
      if (ended !== undefined) {
        if (await store.conclude(ended, model, id, payload as Payload, expiresIn)) return;
        throw raceLost();
      }
      const code = model === 'AccessToken' ? reads.takeRedeemed() : undefined;
      if (code === undefined) return store.upsert(model, id, payload as Payload, expiresIn);
      if (!(await store.redeem(code, id, payload as Payload, expiresIn))) throw alreadyConsumed();
    },

    async consume(id) {
      const reads = readsOf(Provider.ctx);
      reads.forget(key(id));
      if (model === 'AuthorizationCode' && Provider.ctx) {
        reads.redeem(id);
        return;
      }
      if (await store.consume(model, id)) return;
      if (model === 'PushedAuthorizationRequest') {
        if (reads.takeEnded() !== undefined) throw raceLost();
        throw new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used');
      }
      throw alreadyConsumed();
    },

    async destroy(id) {
      const reads = readsOf(Provider.ctx);
      reads.forget(key(id));
      if (model === 'Session') reads.keepStoredSession(id, undefined);
      // Resuming destroys the interaction first and issues the code later: a crash in between would leave nothing to go
      // back to, so both are done in one statement, which also gives one code to two parallel returns.
      if (model === 'Interaction' && Provider.ctx?.oidc?.route === 'resume') {
        reads.end(id);
        return;
      }
      const gone = await store.destroy(model, id);
      if (!gone && model === 'Interaction') throw interactionGone();
    },

    revokeByGrantId: (grantId) => store.revokeByGrantId(model, grantId),
  };
}

/** A page of ours says it, not an error at the application, which got its code from the return that came first. */
function interactionGone(): Error {
  return Object.assign(new errors.SessionNotFound('interaction session not found'), { allow_redirect: false });
}

/** Who lost the race to resume has logged nobody in: the library would save that session on its way out. */
function raceLost(): Error {
  const session = Provider.ctx?.oidc?.session as { destroyed?: boolean } | undefined;
  if (session) session.destroyed = true;
  return interactionGone();
}

/** The loser of a race learns what a late comer learns. */
function alreadyConsumed(): Error {
  return new errors.InvalidGrant('already consumed');
}

/**
 * Mark a code as used that this request redeemed without getting as far as a token: single use holds for what comes
 * after it too. Call it when the library has answered.
 */
export async function settleRedeemed(store: RecordStore, ctx: object): Promise<void> {
  const code = readsOf(ctx).takeRedeemed();
  if (code !== undefined) await store.consume('AuthorizationCode', code);
}

/**
 * Delete the interaction that this request resumed without issuing a code, once an answer took its place. What failed on
 * our side is left to be tried again. Call it when the library has answered.
 */
export async function settleEnded(store: RecordStore, ctx: { readonly status: number }): Promise<void> {
  const interaction = readsOf(ctx).takeEnded();
  if (interaction !== undefined && ctx.status < 400) await store.destroy('Interaction', interaction);
}

/** Read a record, and with it what its use will ask for next. */
async function findAhead(store: RecordStore, reads: RequestReads, model: string, id: string): Promise<Payload | undefined> {
  const ctx = Provider.ctx;
  if (ctx && GRANTED.has(model)) return findGrantedAhead(store, reads, model as GrantedModel, id);
  const clientId = ctx?.oidc.route === 'authorization' ? ctx.query['client_id'] : undefined;
  if (model === 'Session' && typeof clientId === 'string' && possible(clientId)) {
    const found = await store.findSession(id, clientId);
    reads.keepClient(clientId, found.client);
    const grantId = found.grant?.['jti'];
    if (typeof grantId === 'string') {
      reads.keep(`Grant:${grantId}`, found.grant);
      reads.keepOutcome(grantId, found.outcome);
    }
    const accountId = found.session?.['accountId'];
    if (typeof accountId === 'string') reads.keepAccount(accountId, found.account);
    return found.session;
  }
  return store.find(model, id);
}

async function findGrantedAhead(store: RecordStore, reads: RequestReads, model: GrantedModel, id: string): Promise<Payload | undefined> {
  const found = await store.findGranted(model, id);
  const { token } = found;
  if (!token) return undefined;
  if (typeof token['grantId'] === 'string') {
    reads.keep(`Grant:${token['grantId']}`, found.grant);
    reads.keepOutcome(token['grantId'], found.outcome);
  }
  if (typeof token['sessionUid'] === 'string') reads.keep(`uid:${token['sessionUid']}`, found.session);
  if (typeof token['accountId'] === 'string') reads.keepAccount(token['accountId'], found.account);
  if (typeof token['clientId'] === 'string') reads.keepClient(token['clientId'], found.client);
  return token;
}

/**
 * What a token request presents is read together with its client, who is asked for first. Of another client's code
 * nothing is used: the client who asks is then read by itself, and the library compares the two.
 */
async function findPresented(store: RecordStore, reads: RequestReads): Promise<void> {
  const ctx = Provider.ctx;
  if (ctx?.oidc.route !== 'token') return;
  const { grant_type: type, code, refresh_token: refreshToken } = ctx.oidc.body ?? {};
  const [model, id] = type === 'authorization_code' ? (['AuthorizationCode', code] as const) : (['RefreshToken', refreshToken] as const);
  if (typeof id !== 'string' || id === '') return;
  reads.keep(`${model}:${id}`, await findGrantedAhead(store, reads, model, id));
}

/**
 * Whether saving a session would only push its end a little further. The library saves it at every authorization; a
 * silent return would pay one write for an expiry that is right to the second, which nobody needs: skipping ends a
 * session at most a twentieth of its life early. It also keeps a session that another tab just ended from coming back.
 */
function hardlyChanged(before: Payload, after: Payload, ttl: number | undefined): boolean {
  const { exp: endBefore, iat: _iatBefore, ...restBefore } = before;
  const { exp: endAfter, iat: _iatAfter, ...restAfter } = after;
  if (ttl === undefined || typeof endBefore !== 'number' || typeof endAfter !== 'number') return false;
  if (Math.abs(endAfter - endBefore) >= ttl * EXPIRY_SLACK) return false;
  return canonical(restBefore) === canonical(restAfter);
}

/** JSON with sorted keys: the library builds its payloads in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Rows are read at every request, so that a revoked key ends at once; only making metadata of the same row is saved. */
function remembering<T>(make: (row: ClientRow) => T): (row: ClientRow) => T {
  const made = new Map<string, T>();
  return (row) => {
    const content = JSON.stringify(row);
    const known = made.get(content);
    if (known !== undefined) return known;
    const fresh = make(row);
    if (made.size >= CLIENTS_REMEMBERED) made.delete(made.keys().next().value as string);
    made.set(content, fresh);
    return fresh;
  };
}

/** Whether an id from outside can be anybody's: PostgreSQL's text holds no NUL, and a statement with one would fail. */
function possible(clientId: string): boolean {
  return !clientId.includes('\0');
}

function clientAdapter(store: RecordStore, logger: OidcLogger): Adapter {
  const metadataOf = remembering(clientMetadata);
  const refuse = (): Promise<never> => Promise.reject(new GatehouseError('clients_read_only', 500, 'clients are workflow keys; the OIDC server never writes them'));
  return {
    async find(id) {
      if (!possible(id)) return undefined;
      const reads = readsOf(Provider.ctx);
      if (!reads.knowsClient(id)) await findPresented(store, reads);
      const row = await reads.client(store, id);
      if (!row) return undefined;
      try {
        return metadataOf(row) as AdapterPayload;
      } catch (thrown) {
        if (!(thrown instanceof GatehouseError)) throw thrown;
        // Fail closed: a key whose stored metadata breaks the policy is no client until somebody mends it.
        logger.error({ code: thrown.code, clientId: row.clientId, detail: thrown.message }, 'workflow key refused as an OIDC client');
        return undefined;
      }
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
