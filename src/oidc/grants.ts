/**
 * The way back from the hosted pages to the OIDC server: a decision becomes a Grant with the outcome it rests on, and
 * the waiting authorization gets its result. Nobody else writes either.
 */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';
import type { Verdict } from '../journey/journey.ts';
import type { Personal } from '../personal.ts';
import { deniedAccountId, type AccountProfile } from './account.ts';
import { CLAIMS } from './claims.ts';
import { SCOPES } from './configuration.ts';
import type { Oidc } from './provider.ts';
import type { OutcomeSummary } from './records.ts';

export type Interaction = NonNullable<Awaited<ReturnType<Provider['interactionDetails']>>>;

/** A decided journey, as far as tokens are concerned. Times are epoch milliseconds. */
export interface DecidedJourney {
  readonly journeyId: string;
  /** The account it belongs to; undefined for a denial, which goes out as a token only if the workflow says so. */
  readonly accountId: string | undefined;
  readonly verdict: Verdict;
  /** `workflow@version`. */
  readonly policy: string;
  readonly decidedAt: number;
  /** Until when a returning session may use it; `decidedAt` for never. */
  readonly reuseUntil: number;
  /** The level reached, one of `ACR_VALUES`. */
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  /** Keyed hash of the application's own name for its user, where it is tied to this account. */
  readonly credentialHash: string | undefined;
  readonly summary: OutcomeSummary;
  /** The device that its browser is; undefined where it is not known as one. */
  readonly deviceId: string | undefined;
  /** What is told about the person; undefined for a denial. */
  readonly profile: Personal<AccountProfile> | undefined;
}

/**
 * The interaction that this browser holds the cookie of; undefined where it has none, or one that is over. It is not
 * tied to the session it began in: whoever is established at its end decides whose session it becomes.
 */
export async function interactionOf(oidc: Oidc, ctx: Context): Promise<Interaction | undefined> {
  const provider = oidc.provider();
  const { cookies } = provider.createContext(ctx.req, ctx.res);
  const uid = cookies.get(provider.cookieName('interaction'), { signed: true });
  return uid === undefined ? undefined : ((await provider.Interaction.find(uid)) as Interaction | undefined);
}

/**
 * Save the Grant for what the client asked for, and the outcome it rests on.
 * @returns the grant's id
 */
export async function grantFor(
  oidc: Oidc,
  request: { readonly clientId: string; readonly accountId: string; readonly scopes: readonly string[]; readonly claims: readonly string[] },
  journey: DecidedJourney,
): Promise<string> {
  const grant = new (oidc.provider().Grant)({ clientId: request.clientId, accountId: request.accountId });
  const scopes = request.scopes.filter((scope) => SCOPES.includes(scope));
  if (scopes.length > 0) grant.addOIDCScope(scopes);
  grant.addOIDCClaims(request.claims.filter((name) => CLAIMS.some((claim) => claim.name === name)));
  // The outcome comes first, so that a Grant never stands without the decision behind it. The id is ours for that.
  grant.jti = randomBytes(32).toString('base64url');
  const denied = journey.accountId === undefined;
  await oidc.records.saveOutcome({
    grantId: grant.jti,
    journeyId: journey.journeyId,
    accountId: request.accountId,
    clientId: request.clientId,
    verdict: journey.verdict,
    policy: journey.policy,
    reuseUntil: denied ? journey.decidedAt : journey.reuseUntil,
    decidedAt: journey.decidedAt,
    credentialHash: journey.credentialHash,
    summary: journey.summary,
    deviceId: denied ? undefined : journey.deviceId,
    profile: denied ? undefined : journey.profile,
  });
  return grant.save();
}

/** Two tabs that came back together proved one and the same within this time, milliseconds. */
const TOGETHER_MS = 60_000;

/**
 * The Grant that another tab of this session got a moment ago for the same: this client and account, by the same device,
 * policy and level. The library ties unredeemed codes to the session's newest Grant, so a second one would void the
 * first tab's code. The tokens then tell the first tab's transaction; the decision is the same.
 */
async function grantOfOtherTab(
  oidc: Oidc,
  ctx: Context,
  { clientId, accountId, scopes, claims }: { readonly clientId: string; readonly accountId: string; readonly scopes: readonly string[]; readonly claims: readonly string[] },
  journey: DecidedJourney,
): Promise<string | undefined> {
  if (journey.deviceId === undefined || journey.verdict !== 'approve') return undefined;
  const session = await oidc.provider().Session.get(ctx);
  const grantId = session.accountId === accountId ? session.grantIdFor(clientId) : undefined;
  if (grantId === undefined || session.acr !== journey.acr) return undefined;
  const outcome = await oidc.records.outcome(grantId);
  const same = outcome?.verdict === 'approve' && outcome.accountId === accountId && outcome.clientId === clientId && outcome.deviceId === journey.deviceId
    && outcome.policy === journey.policy && outcome.credentialHash === journey.credentialHash && Math.abs(journey.decidedAt - outcome.decidedAt) < TOGETHER_MS;
  const grant = same ? await oidc.provider().Grant.find(grantId) : undefined;
  if (!grant) return undefined;
  const [given, told] = [new Set(grant.getOIDCScopeEncountered().split(' ')), new Set(grant.getOIDCClaimsEncountered())];
  return scopes.every((scope) => given.has(scope) || !SCOPES.includes(scope)) && claims.every((name) => told.has(name) || !CLAIMS.some((claim) => claim.name === name)) ? grantId : undefined;
}

/**
 * Give a waiting authorization its decision. Safe to call again: the same journey gets the same result.
 * @returns where to send the browser
 * @throws GatehouseError `approval_without_account`; `session_not_found` where the request was answered meanwhile
 */
export async function finishInteraction(oidc: Oidc, ctx: Context, interaction: Interaction, journey: DecidedJourney): Promise<string> {
  if (journey.verdict === 'approve' && journey.accountId === undefined) {
    throw new GatehouseError('approval_without_account', 500, 'an approval needs an account');
  }
  const accountId = journey.accountId ?? deniedAccountId(journey.journeyId);
  const before = interaction.result as (InteractionResults & { journeyId?: unknown }) | undefined;
  if (before?.journeyId !== journey.journeyId || before.login?.accountId !== accountId) {
    const { params } = interaction;
    const request = { clientId: String(params['client_id']), accountId, scopes: scopesOf(params), claims: claimsOf(params) };
    const grantId = (await grantOfOtherTab(oidc, ctx, request, journey)) ?? (await grantFor(oidc, request, journey));
    interaction.result = {
      login: {
        accountId,
        ...(journey.acr === undefined ? {} : { acr: journey.acr }),
        amr: [...journey.amr],
        ts: Math.floor(journey.decidedAt / 1000),
        remember: journey.accountId !== undefined,
      },
      consent: { grantId },
      journeyId: journey.journeyId,
    };
  }
  await settleSession(oidc, ctx, interaction, accountId);
  return interaction.returnTo;
}

/**
 * End a waiting authorization with an OAuth error. The session, whoever's it is, stays as it was.
 * @returns where to send the browser
 */
export async function abandonInteraction(
  oidc: Oidc,
  ctx: Context,
  interaction: Interaction,
  failure: { readonly error: string; readonly description: string },
): Promise<string> {
  interaction.result = { error: failure.error, error_description: failure.description };
  await settleSession(oidc, ctx, interaction, undefined);
  return interaction.returnTo;
}

/**
 * Save the result, and make the browser's session one that it can be resumed in. The library refuses to resume in
 * another session than the one at the start, and would answer another account with a form that signs the first one out
 * everywhere. Here the first account's session simply ends, and its session-bound tokens with it.
 */
async function settleSession(oidc: Oidc, ctx: Context, interaction: Interaction, accountId: string | undefined): Promise<void> {
  const session = await oidc.provider().Session.get(ctx);
  const another = accountId !== undefined && session.accountId !== undefined && session.accountId !== accountId;
  if (another || interaction.session?.uid !== session.uid) delete interaction.session;
  // The result first: a crash in between is mended by calling again, which finds the old session still there.
  try {
    await interaction.persist();
  } catch (thrown) {
    if (!(thrown instanceof errors.SessionNotFound)) throw thrown;
    throw new GatehouseError('session_not_found', 400, 'the authorization request was answered meanwhile', { cause: thrown });
  }
  if (another) await session.destroy();
}

function scopesOf(params: Readonly<Record<string, unknown>>): readonly string[] {
  return typeof params['scope'] === 'string' ? params['scope'].split(' ').filter(Boolean) : [];
}

/** Names in the `claims` parameter, which the library checked to be JSON of the right shape. */
function claimsOf(params: Readonly<Record<string, unknown>>): readonly string[] {
  if (typeof params['claims'] !== 'string') return [];
  const claims = JSON.parse(params['claims']) as { userinfo?: object; id_token?: object };
  return [...Object.keys(claims.userinfo ?? {}), ...Object.keys(claims.id_token ?? {})];
}
