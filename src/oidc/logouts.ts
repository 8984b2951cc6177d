/**
 * Telling applications that a sign-in was ended by somebody else than its person (OpenID Connect Back-Channel Logout 1.0): an
 * operator signed them out, took their devices away, or erased them. What is to be told is written down with the end itself and
 * told afterwards, again and again for a day; an application that hears it twice ends nothing twice.
 */
import { GatehouseError } from '../errors.ts';
import type { OidcLogger } from './log.ts';
import type { Oidc } from './provider.ts';

/** One application that has to hear of one person, or of one of their sessions there. */
export interface Logout {
  readonly clientId: string;
  readonly accountId: string;
  /** The session as this application knows it, where its key asks for that. */
  readonly sid: string | undefined;
}

/** One that was taken to be told now. */
export interface TakenLogout extends Logout {
  /** Opaque, for {@link LogoutQueue.settle}. */
  readonly claim: unknown;
}

/** Where they wait. Implemented in `store/logouts.ts`. */
export interface LogoutQueue {
  /** At most so many that are due; nobody else is given them meanwhile. */
  take(most: number): Promise<readonly TakenLogout[]>;
  /**
   * Look up whom one new block hits, all or none of them, who are due from then on; false where no block waits for that. One
   * that cannot be looked up comes again later.
   */
  lookUp(): Promise<boolean>;
  /** It was told, or nobody is there to be told any more; else it comes again later, until it is too old. */
  settle(taken: TakenLogout, told: boolean): Promise<void>;
}

export interface LogoutWorker {
  /** Look now; tests need not wait. */
  nudge(): void;
  /** Take nothing more, and wait for what is under way, which ends in seconds. */
  stop(): Promise<void>;
}

const AT_ONCE = 10;
const EVERY_MS = 5_000;

/** Tell what is due, in every process of the gateway alike. */
export function startLogouts({ oidc, queue, logger, everyMs = EVERY_MS }: {
  readonly oidc: Pick<Oidc, 'provider'>; readonly queue: LogoutQueue; readonly logger: OidcLogger; readonly everyMs?: number;
}): LogoutWorker {
  let wake: () => void = () => undefined;
  let nudged = false;
  const stopping = new AbortController();
  const pause = (): Promise<void> => new Promise((done) => {
    if (nudged || stopping.signal.aborted) return done();
    const timer = setTimeout(done, everyMs);
    // The process lives by its listening server; looking for work alone must not keep it.
    timer.unref();
    wake = () => { clearTimeout(timer); done(); };
    return undefined;
  });
  const tell = async (taken: TakenLogout): Promise<void> => {
    const told = await tellOne(oidc, taken).catch((thrown: unknown) => {
      const code = (thrown as { code?: unknown }).code;
      // As of a sign-out by the person: the key names whose address it is, and neither person nor address is told.
      logger.warn({ event: 'backchannel.error', clientId: taken.clientId, code: typeof code === 'string' ? code : 'refused' }, 'an application could not be told that somebody was signed out; it is told again later');
      return false;
    });
    await queue.settle(taken, told);
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await pause();
      if (stopping.signal.aborted) break;
      nudged = false;
      try {
        const due = await queue.take(AT_ONCE);
        await Promise.all(due.map(tell));
        // One between: neither waits for many of the other.
        const lookedUp = await queue.lookUp();
        if (lookedUp || due.length === AT_ONCE) nudged = true;
      } catch (thrown) {
        logger.warn({ event: 'logouts_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'looking for applications to be told of a sign-out failed; it is tried again');
      }
    }
  })();
  return {
    nudge() {
      nudged = true;
      wake();
    },
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}

/** The library's own client, with what its types leave out. */
interface Tellable {
  readonly backchannelLogoutUri?: string | undefined;
  backchannelLogout?(accountId: string, sid: string | undefined): Promise<void>;
}

/**
 * The token is made now, so that it is fresh however late it comes (section 2.4), signed with the keys of now, for the
 * subject by which this application knows the person. A key that was revoked or names no address any more hears nothing.
 */
async function tellOne(oidc: Pick<Oidc, 'provider'>, { clientId, accountId, sid }: Logout): Promise<true> {
  const client = (await oidc.provider().Client.find(clientId)) as Tellable | undefined;
  if (client?.backchannelLogoutUri === undefined) return true;
  if (!client.backchannelLogout) throw new GatehouseError('library_changed', 500, 'the OIDC library no longer makes logout tokens');
  await client.backchannelLogout(accountId, sid);
  return true;
}
