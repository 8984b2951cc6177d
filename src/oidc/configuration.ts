/** The library's configuration: every default helper replaced, everything not needed switched off. */
import { errors, type AccessToken, type Client, type Configuration, type FindAccount, type Grant, type KoaContextWithOIDC } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';
import { ACR_VALUES } from '../journey/levels.ts';
import type { Lists } from '../journey/rules/lists.ts';
import type { Vault } from '../vault/vault.ts';
import { findAccount } from './account.ts';
import { adapterFor } from './adapter.ts';
import { CLAIMS_BY_SCOPE } from './claims.ts';
import { EXTRA_CLIENT_METADATA } from './clients.ts';
import { credentialHash } from './credential.ts';
import type { KeySet } from './keys.ts';
import type { OidcLogger } from './log.ts';
import { prefillFault } from './prefill.ts';
import { outboundFetch } from './outbound.ts';
import { promptPolicy, type JudgeReturn } from './prompts.ts';
import { readsOf } from './reads.ts';
import { LONGEST_GRANT, type RecordStore } from './records.ts';
import { stillHolds } from './standing.ts';

/** The pages the library needs from us; each answers the request. */
export interface OidcPages {
  /** Ask whether to sign out: a form that POSTs `xsrf`, and `logout=yes` for yes, to `action`. */
  logout(ctx: KoaContextWithOIDC, page: { action: string; xsrf: string; clientName: string | undefined }): Promise<void> | void;
  logoutSuccess(ctx: KoaContextWithOIDC, page: { clientName: string | undefined }): Promise<void> | void;
  /**
   * A request that cannot be answered by a redirect. `code` is OAuth's, or `session_not_found` for a stale tab, the back
   * button or an expired interaction. The status is set already.
   */
  error(ctx: KoaContextWithOIDC, page: { code: string; description: string | undefined; status: number; clientName: string | undefined }): Promise<void> | void;
}

export interface ConfigurationDeps {
  readonly issuer: string;
  readonly vault: Vault;
  readonly records: RecordStore;
  readonly pages: OidcPages;
  readonly logger: OidcLogger;
  readonly judgeReturn: JudgeReturn;
  /** The operator's own lists, by which tokens are judged whenever they are shown; absent where there are none. */
  readonly lists?: Lists;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  pushed_authorization_request: '/par',
  end_session: '/logout',
  introspection: '/introspect',
  revocation: '/revoke',
} as const;

/** Scopes this server knows; others are dropped from requests. */
export const SCOPES: readonly string[] = [...Object.keys(CLAIMS_BY_SCOPE), 'offline_access'];

const CLIENT_ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
const TOKEN_ALGS = ['RS256', 'ES256'] as const;

/** Build it for one set of keys. */
export function configuration(deps: ConfigurationDeps, keys: KeySet): Configuration {
  const { vault, records, pages } = deps;
  const secure = deps.issuer.startsWith('https:');
  const cookie = { signed: true, httpOnly: true, sameSite: 'lax' } as const;
  const outcome = (ctx: KoaContextWithOIDC, grantId: string) => readsOf(ctx).outcome(records, grantId);
  // With a token it is asked at the token endpoint and userinfo; without one of a session, which `judgeReturn` judges.
  const accountOf: FindAccount = async (ctx, accountId, token) => {
    const reads = readsOf(ctx);
    const account = await findAccount(accountId, {
      account: (id) => reads.account(records, id),
      outcome: () => (ctx.oidc.grant ? outcome(ctx, ctx.oidc.grant.jti) : Promise.resolve(undefined)),
    });
    return account && (token === undefined || (await stillHolds(deps, ctx, token))) ? account : undefined;
  };

  return {
    adapter: adapterFor(records, deps.logger),
    jwks: { keys: keys.jwks.keys.filter(({ use }) => use !== 'enc') },
    routes: ROUTES,
    responseTypes: ['code'],
    extraParams: { prefill: assertPrefill },
    scopes: SCOPES,
    claims: { ...CLAIMS_BY_SCOPE },
    // Personal data comes from userinfo; the ID token passes through browsers and logs, so it stays slim.
    conformIdTokenClaims: true,
    acrValues: ACR_VALUES,
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (_ctx, accountId, client) => vault.keyedHash('pairwise', `${String(client['gatehouse_sector'])}\0${accountId}`),
    // The sector is ours to know (`gatehouse_sector`); nothing is fetched for it.
    sectorIdentifierUriValidate: () => false,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientDefaults: { subject_type: 'pairwise' },
    extraClientMetadata: { properties: [...EXTRA_CLIENT_METADATA], validator: () => undefined },
    // No HS*: client secrets are stored hashed, and a hash must never become a signing key.
    enabledJWA: {
      idTokenSigningAlgValues: [...TOKEN_ALGS],
      userinfoSigningAlgValues: [...TOKEN_ALGS],
      introspectionSigningAlgValues: [...TOKEN_ALGS],
      authorizationSigningAlgValues: [...TOKEN_ALGS],
      requestObjectSigningAlgValues: [...CLIENT_ALGS],
      clientAuthSigningAlgValues: [...CLIENT_ALGS],
    },
    pkce: { required: pkceRequired },
    // What clients name is called as feeds are: on the public internet alone; on this machine too, in development.
    fetch: outboundFetch({ local: !secure }) as NonNullable<Configuration['fetch']>,
    allowOmittingSingleRegisteredRedirectUri: false,
    // POST to /authorize would need a session cookie that other sites can send (SameSite=None).
    enableHttpPostMethods: false,
    clientBasedCORS: (ctx, origin, client) =>
      origin !== 'null' &&
      (ctx.oidc.route === 'userinfo' || client.clientAuthMethod === 'none') &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    cookies: {
      keys: [...vault.cookieKeys()],
      // The two interaction cookies are scoped to a path, which `__Host-` does not allow.
      names: {
        session: secure ? '__Host-gatehouse_session' : 'gatehouse_session',
        interaction: secure ? '__Secure-gatehouse_interaction' : 'gatehouse_interaction',
        resume: secure ? '__Secure-gatehouse_resume' : 'gatehouse_resume',
      },
      long: { ...cookie, path: '/' },
      short: cookie,
    },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: MINUTE,
      ClientCredentials: 10 * MINUTE,
      Grant: LONGEST_GRANT,
      IdToken: HOUR,
      Interaction: 2 * HOUR,
      // A public client's chain of tokens ends with the life of its first one.
      RefreshToken: (ctx, token, client) => {
        const rotated = ctx.oidc.entities.RotatedRefreshToken;
        return rotated && client.clientAuthMethod === 'none' && !token.isSenderConstrained() ? Math.max(rotated.remainingTTL, 1) : 14 * DAY;
      },
      // At least a day; as long as the decision may be reused where that is longer; never shortened by another client.
      Session: (ctx, session) => {
        const now = Math.floor(deps.now() / 1000);
        const grantId = ctx.oidc.grant?.jti;
        const known = grantId === undefined ? undefined : readsOf(ctx).knownOutcome(grantId);
        const reusable = known?.verdict === 'approve' ? Math.ceil(known.reuseUntil / 1000) - now : 0;
        return Math.min(Math.max(DAY, reusable, (session.exp ?? 0) - now), LONGEST_GRANT);
      },
    },
    issueRefreshToken: (_ctx, client, source) => client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    expiresWithSession: (_ctx, source) => !source.scopes.has('offline_access'),
    // A public client's token that anybody could use is used once (RFC 9700 4.14.2); others are renewed near their end,
    // because a rotation whose answer got lost would strand them.
    rotateRefreshToken: (ctx) => {
      const { RefreshToken: refreshToken, Client: client } = ctx.oidc.entities;
      if (!refreshToken || !client) return true;
      if (client.clientAuthMethod === 'none' && !refreshToken.isSenderConstrained()) return true;
      return refreshToken.ttlPercentagePassed() >= 70;
    },
    // Signing out ends the agreement; a replayed code or a revoked token ends the tokens, not what was decided.
    revokeGrantPolicy: (ctx) => ctx.oidc.route === 'end_session_confirm',
    findAccount: accountOf,
    loadExistingGrant,
    interactions: {
      policy: promptPolicy({
        outcome,
        credentialHash: (client, credential) => credentialHash(vault, client['gatehouse_mode'] === 'live' ? 'live' : 'test', credential),
        judgeReturn: deps.judgeReturn,
        now: deps.now,
      }),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: false },
      userinfo: { enabled: true },
      claimsParameter: { enabled: true, assertClaimsParameter },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: vault.secret('dpop nonce'), requireNonce: () => false, allowReplay: false },
      // Of others' tokens nothing is told, and of a person who is erased or blocked that theirs are not active (RFC 7662 section 2.2).
      introspection: {
        enabled: true,
        allowedPolicy: async (ctx, client, token) => client.clientAuthMethod !== 'none' && token.clientId === client.clientId
          && token.kind !== 'ClientCredentials' && (await accountOf(ctx, token.accountId, token as AccessToken)) !== undefined,
      },
      revocation: { enabled: true, allowedPolicy: mayRevoke },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx) => {
          const secret = ctx.oidc.session?.state?.['secret'];
          await pages.logout(ctx, { action: ctx.oidc.urlFor('end_session_confirm'), xsrf: String(secret), clientName: ctx.oidc.client?.clientName });
        },
        postLogoutSuccessSource: async (ctx) => {
          await pages.logoutSuccess(ctx, { clientName: ctx.oidc.client?.clientName });
        },
      },
    },
    renderError: async (ctx, out, error) => {
      const own = error instanceof GatehouseError ? error.code : out.error;
      const code = error instanceof errors.SessionNotFound ? 'session_not_found' : own;
      if (ctx.accepts('json', 'html') !== 'html') {
        ctx.body = out;
        return;
      }
      await pages.error(ctx, { code, description: out.error_description, status: ctx.status, clientName: ctx.oidc.client?.clientName });
    },
  };
}

/** The Grant that `grants.ts` saved, from this interaction or from the session; nothing is granted on the way. */
async function loadExistingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const clientId = oidc.client?.clientId;
  if (clientId === undefined) return undefined;
  const grantId = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  if (grantId === undefined) return undefined;
  const grant = await oidc.provider.Grant.find(grantId);
  // A session that changed hands keeps the other account's grant id; it must lead to a new journey, not to an error.
  return grant?.accountId === oidc.account?.accountId && grant?.clientId === clientId ? grant : undefined;
}

/**
 * PKCE, unless the key says that a nonce will do and the request has one: the ID token then tells its client that the
 * code is its own (RFC 9700 section 2.1.1). Only of clients that authenticate.
 */
function pkceRequired(ctx: KoaContextWithOIDC, client: Client): boolean {
  const { nonce, scope } = ctx.oidc.params ?? {};
  const withNonce = typeof nonce === 'string' && nonce.length >= 16 && typeof scope === 'string' && scope.split(' ').includes('openid');
  return client['gatehouse_pkce'] !== 'nonce' || client.clientAuthMethod === 'none' || !withNonce;
}

/** RFC 7009 section 2.1: a client revokes its own tokens only. */
function mayRevoke(_ctx: KoaContextWithOIDC, client: Client, token: { readonly clientId?: string | undefined }): boolean {
  if (token.clientId === client.clientId) return true;
  // A public client cannot be believed to be who it says, so it is not told whether the token exists.
  if (client.clientAuthMethod === 'none') return false;
  throw new errors.InvalidRequest('client is not authorized to revoke the presented token');
}

/** @throws InvalidRequest naming the fault, never the data; at the pushed request already, where the application reads it */
function assertPrefill(ctx: KoaContextWithOIDC, value: string | undefined, client: Client): void {
  if (value === undefined) return;
  const fault = prefillFault(value, {
    pushed: ctx.oidc.route === 'pushed_authorization_request' || ctx.oidc.entities.PushedAuthorizationRequest !== undefined,
    authenticated: client.clientAuthMethod !== 'none',
  });
  if (fault) throw new errors.InvalidRequest(`prefill refused: ${fault}`);
}

/** Members are null or objects (OIDC Core 5.5); the library would silently drop anything else. */
function assertClaimsParameter(_ctx: KoaContextWithOIDC, claims: object): void {
  for (const [container, members] of Object.entries(claims) as [string, unknown][]) {
    if ((container !== 'userinfo' && container !== 'id_token') || typeof members !== 'object' || members === null) continue;
    for (const value of Object.values(members) as unknown[]) {
      if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
        throw new errors.InvalidRequest(`claims.${container} members must be null or objects`);
      }
    }
  }
}
