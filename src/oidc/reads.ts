/**
 * What one OIDC request has read so far. The library asks for a session, a grant, an account and a client one after
 * another; the store gives them joined, and this keeps the rest until it is asked for.
 *
 * A read-ahead record is handed out once, and never after this request wrote to it. Nothing outlives its request, and
 * everything works the same, with more statements, where nothing was read ahead.
 */
import type { AccountRow, ClientRow, GrantOutcome, Payload, RecordStore } from './records.ts';

export class RequestReads {
  readonly #records = new Map<string, Payload | undefined>();
  readonly #clients = new Map<string, ClientRow | undefined>();
  readonly #accounts = new Map<string, AccountRow | undefined>();
  readonly #outcomes = new Map<string, GrantOutcome | undefined>();
  readonly #sessions = new Map<string, Payload>();
  #redeemed: string | undefined;
  #ended: string | undefined;

  /** Keep a record (or the knowledge that it is not there) for the one time it will be asked for. */
  keep(key: string, payload: Payload | undefined): void {
    this.#records.set(key, payload);
  }

  /** Take a kept record; undefined where nothing is known about it. */
  take(key: string): { readonly payload: Payload | undefined } | undefined {
    if (!this.#records.has(key)) return undefined;
    const payload = this.#records.get(key);
    this.#records.delete(key);
    return { payload };
  }

  /** Forget a record that is being written. */
  forget(key: string): void {
    this.#records.delete(key);
  }

  /** The session as it is stored, to tell whether a save would change anything. */
  storedSession(id: string): Payload | undefined {
    return this.#sessions.get(id);
  }

  /** Remember a session as it was read; undefined once it is written or deleted. */
  keepStoredSession(id: string, payload: Payload | undefined): void {
    if (payload) this.#sessions.set(id, payload);
    else this.#sessions.delete(id);
  }

  /** Note the authorization code that this request redeems: it is marked as used together with the token it becomes. */
  redeem(code: string): void {
    this.#redeemed = code;
  }

  /** The code noted and not yet marked as used; whoever takes it marks it. */
  takeRedeemed(): string | undefined {
    const code = this.#redeemed;
    this.#redeemed = undefined;
    return code;
  }

  /** Note the interaction that this request resumes: it is deleted together with the insertion of what it leads to. */
  end(interaction: string): void {
    this.#ended = interaction;
  }

  /** The interaction noted and not yet deleted; whoever takes it deletes it. */
  takeEnded(): string | undefined {
    const interaction = this.#ended;
    this.#ended = undefined;
    return interaction;
  }

  knowsClient(clientId: string): boolean {
    return this.#clients.has(clientId);
  }

  keepClient(clientId: string, row: ClientRow | undefined): void {
    this.#clients.set(clientId, row);
  }

  keepAccount(accountId: string, row: AccountRow | undefined): void {
    this.#accounts.set(accountId, row);
  }

  keepOutcome(grantId: string, outcome: GrantOutcome | undefined): void {
    this.#outcomes.set(grantId, outcome);
  }

  /** Rows that no OIDC request writes: read at most once per request. */
  client(store: RecordStore, clientId: string): Promise<ClientRow | undefined> {
    return remembered(this.#clients, clientId, () => store.client(clientId));
  }

  account(store: RecordStore, accountId: string): Promise<AccountRow | undefined> {
    return remembered(this.#accounts, accountId, () => store.account(accountId));
  }

  outcome(store: RecordStore, grantId: string): Promise<GrantOutcome | undefined> {
    return remembered(this.#outcomes, grantId, () => store.outcome(grantId));
  }

  /** An outcome that was read already, without reading. */
  knownOutcome(grantId: string): GrantOutcome | undefined {
    return this.#outcomes.get(grantId);
  }
}

async function remembered<T>(known: Map<string, T | undefined>, key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
  if (!known.has(key)) known.set(key, await read());
  return known.get(key);
}

const byContext = new WeakMap<object, RequestReads>();

/** The reads of this request; a fresh, unshared set outside of one. */
export function readsOf(ctx: object | undefined): RequestReads {
  if (!ctx) return new RequestReads();
  let reads = byContext.get(ctx);
  if (!reads) byContext.set(ctx, (reads = new RequestReads()));
  return reads;
}
