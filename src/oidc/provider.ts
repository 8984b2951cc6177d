/**
 * The OIDC server: one library instance per set of keys, behind a handler that stays. Rotating keys builds a new
 * instance (about a millisecond) on the same records and swaps it in; requests under way finish on the old one.
 */
import type { JWK } from 'jose';
import type Koa from 'koa';
import { errors, Provider, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';
import type { Lists } from '../journey/rules/lists.ts';
import { settleEnded, settleRedeemed } from './adapter.ts';
import { allowedFrom } from './allowed_from.ts';
import { secretPresented } from './clients.ts';
import { configuration, ROUTES, type ConfigurationDeps, type OidcPages } from './configuration.ts';
import type { KeyUses } from './key_uses.ts';
import type { KeySet, SigningKeys } from './keys.ts';
import { logFailures, type OidcLogger } from './log.ts';
import { metAcr, requestedAcr, type JudgeReturn } from './prompts.ts';
import type { RecordStore } from './records.ts';
import type { Personal } from '../personal.ts';
import type { Vault } from '../vault/vault.ts';

export type { OidcLogger, OidcPages };

export interface OidcDeps {
  /** Scheme and host, no path. */
  readonly issuer: string;
  readonly vault: Vault;
  readonly records: RecordStore;
  readonly keys: SigningKeys;
  readonly pages: OidcPages;
  readonly logger: OidcLogger;
  readonly judgeReturn: JudgeReturn;
  /** The operator's own lists, by which tokens are judged whenever they are shown; absent where there are none. */
  readonly lists?: Lists;
  /** Is told when a key was used. */
  readonly uses?: KeyUses;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** What the hosted pages and the wiring need of the OIDC server. */
export interface Oidc {
  /** The instance of this moment; ask for it in every request. */
  provider(): Provider;
  readonly issuer: string;
  /** Private keys in use at this moment. */
  keys(): KeySet['jwks'];
  readonly vault: Vault;
  readonly records: RecordStore;
  readonly now: () => number;
  /** Share cookie keys with the application that the middleware runs in; call it once per application. */
  attach(app: Koa): void;
  /** Answers the OIDC routes; leaves other requests to whoever comes next. */
  readonly middleware: Koa.Middleware;
  /** Look for rotated keys now; true where they were swapped in. */
  refresh(): Promise<boolean>;
  /** Look for rotated keys every so many milliseconds until {@link stop}. */
  start(everyMs?: number): void;
  stop(): void;
}

/** Load the keys, making them at the very first start, and build the server. */
export async function makeOidc(deps: OidcDeps): Promise<Oidc> {
  const parts: BuildDeps = { now: Date.now, uses: { note: () => undefined }, ...deps };
  const apps = new Set<Koa>();
  let live = await load();
  let timer: NodeJS.Timeout | undefined;

  async function load(): Promise<{ id: string; jwks: KeySet['jwks']; provider: Provider; run: Koa.Middleware }> {
    const keys = await deps.keys.load();
    return { id: identity(keys), jwks: keys.jwks, ...build(parts, keys) };
  }
  function identity(keys: KeySet): string {
    return `${keys.id} ${deps.vault.cookieKeys().join(' ')}`;
  }
  function share(app: Koa): void {
    app.proxy = true;
    app.keys = [...deps.vault.cookieKeys()];
  }
  async function refresh(): Promise<boolean> {
    await deps.vault.refresh();
    const keys = await deps.keys.load();
    if (identity(keys) === live.id) return false;
    live = { id: identity(keys), jwks: keys.jwks, ...build(parts, keys) };
    for (const app of apps) share(app);
    deps.logger.info({ event: 'keys_swapped', keys: keys.jwks.keys.length }, 'new keys are in use');
    return true;
  }

  return {
    provider: () => live.provider,
    issuer: deps.issuer,
    keys: () => live.jwks,
    vault: deps.vault,
    records: deps.records,
    now: parts.now,
    attach(app) {
      apps.add(app);
      share(app);
    },
    middleware: async (ctx, next) => {
      try {
        await live.run(ctx, next);
      } finally {
        await settleRedeemed(deps.records, ctx);
        await settleEnded(deps.records, ctx);
      }
      // The library publishes what it uses itself, and what is encrypted to us it never sees.
      if (ctx.path === ROUTES.jwks && ctx.status === 200) ctx.body = { keys: [...(ctx.body as { keys: readonly JWK[] }).keys, ...encryptionKeys(live.jwks)] };
      // An empty text/plain answer makes stock clients fail that parse every answer as JSON (RFC 7009 leaves it open).
      if (ctx.path === ROUTES.revocation && ctx.status === 200 && ctx.body === '') ctx.body = {};
    },
    refresh,
    start(everyMs = 30_000) {
      timer ??= setInterval(() => {
        refresh().catch((thrown: unknown) => {
          const code = thrown instanceof GatehouseError ? thrown.code : 'refresh_failed';
          deps.logger.warn({ event: 'keys_refresh_failed', code }, 'could not look for rotated keys; the known ones stay in use');
        });
      }, everyMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

interface BuildDeps extends ConfigurationDeps {
  readonly uses: KeyUses;
}

function build(deps: BuildDeps, keys: KeySet): { provider: Provider; run: Koa.Middleware } {
  const provider = new Provider(deps.issuer, configuration(deps, keys));
  // Forwarded headers say what `issuer_pin.ts` wrote into them.
  provider.proxy = true;
  hashedSecrets(provider, deps);
  allowedAddresses(provider);
  noteUses(provider, deps.uses);
  replaysAreAnswered(provider);
  honestAcr(provider);
  logFailures(provider, deps.logger);
  const [run, ...others] = provider.middleware;
  if (!run || others.length > 0) throw new GatehouseError('library_changed', 500, 'the OIDC library no longer is one middleware');
  return { provider, run: run as Koa.Middleware };
}

/** The public half of the key that applications encrypt to: the current one, which comes first; those before it only open. */
function encryptionKeys({ keys }: KeySet['jwks']): readonly JWK[] {
  return keys.filter(({ use }) => use === 'enc').slice(0, 1).map(({ d: _private, ...key }) => key as JWK);
}

/** Compare client secrets with the stored hashes. Every instance has a Client class of its own. */
function hashedSecrets(provider: Provider, { uses, now }: Pick<BuildDeps, 'uses' | 'now'>): void {
  const { prototype } = provider.Client as unknown as {
    prototype: { clientId: string; clientSecret?: string; gatehouse_previous_secret?: PreviousSecret; compareClientSecret(presented: string): boolean };
  };
  prototype.compareClientSecret = function compare(presented) {
    const used = secretPresented(presented, { current: this.clientSecret, previous: this.gatehouse_previous_secret }, now());
    if (used) uses.note(this.clientId, used);
    return used !== undefined;
  };
}

interface PreviousSecret {
  readonly hash: string;
  readonly until: number;
}

/** Where a client shows who it is. */
const AUTHENTICATED: ReadonlySet<string> = new Set(['token', 'pushed_authorization_request', 'introspection', 'revocation']);

/**
 * A key that may be used from some addresses only is refused elsewhere, before its secret is looked at: who asks from
 * the wrong place learns nothing of it. The library says which client stands before it in one place.
 */
function allowedAddresses(provider: Provider): void {
  const { prototype } = provider.OIDCContext as unknown as { prototype: { readonly route: string; readonly ctx: KoaContextWithOIDC; entity(key: string, value: unknown): void } };
  const entity = prototype.entity;
  prototype.entity = function judged(key, value) {
    entity.call(this, key, value);
    if (key !== 'Client' || !AUTHENTICATED.has(this.route)) return;
    const nets = (value as Client)['gatehouse_allowed_from'] as readonly string[];
    const address = (this.ctx.state['clientAddress'] as Personal<string> | undefined)?.open();
    if (!allowedFrom(nets, address)) throw new errors.InvalidClientAuth('address_not_allowed: the key may not be used from where it was');
  };
}

/** Clients that show no secret are known by what they were given. */
function noteUses(provider: Provider, uses: KeyUses): void {
  const note = (ctx: KoaContextWithOIDC): void => {
    const client = ctx.oidc.client;
    if (client && !String(client.clientAuthMethod).startsWith('client_secret')) uses.note(client.clientId, 'current');
  };
  provider.on('grant.success', note);
  provider.on('pushed_authorization_request.success', note);
}

/** The library looks for a replay, then saves; of two parallel ones the insert decides, and it must read as a replay. */
function replaysAreAnswered(provider: Provider): void {
  const model = provider.ReplayDetection as unknown as {
    unique(iss: string, jti: string, exp: number): Promise<boolean>;
  };
  const unique = model.unique;
  model.unique = async function once(iss, jti, exp) {
    try {
      return await unique.call(this, iss, jti, exp);
    } catch (thrown) {
      if (thrown instanceof GatehouseError && thrown.code === 'replay_detected') return false;
      throw thrown;
    }
  };
}

/** OIDC Core 5.5.1.1: an essential `acr` is answered with one of the values asked for, which a stronger login meets. */
function honestAcr(provider: Provider): void {
  provider.on('authorization.accepted', (ctx) => {
    const asked = requestedAcr(ctx.oidc.params ?? {});
    const met = asked?.essential ? metAcr(ctx.oidc.session?.acr, asked.values) : undefined;
    if (met !== undefined) Object.defineProperty(ctx.oidc, 'acr', { value: met });
  });
}
