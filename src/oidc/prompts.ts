/**
 * Whether an authorization needs the hosted pages. One question is added to the library's own checks: does a stored,
 * still fresh decision satisfy what this client asked for? Checks run side by side, so they change nothing of each other's:
 * of ours, only `judgeReturn` writes, and no more than its own record that somebody came back.
 */
import { errors, interactionPolicy, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { ACR_VALUES, satisfies } from '../journey/levels.ts';
import { isDenied } from './account.ts';
import { suppliesIdentity } from './prefill.ts';
import type { GrantOutcome } from './records.ts';

/** Why a stored decision does not do. Codes are stable: the pages and the log show them. */
export type Shortfall =
  | 'no_grant'
  | 'no_decision'
  | 'another_account'
  | 'not_approved'
  | 'expired'
  | 'another_credential'
  /** The application supplies an identity, which a journey has to compare. */
  | 'identity_supplied'
  | 'scopes_missing'
  | 'claims_missing'
  | 'session_signals';

/** What is compared; all of it was read before. */
export interface DecisionInQuestion {
  readonly accountId: string;
  readonly clientId: string;
  /** The Grant that the session has for this client, and what it covers. */
  readonly grant: { readonly accountId: string | undefined; readonly scopes: ReadonlySet<string>; readonly claims: ReadonlySet<string> } | undefined;
  readonly outcome: GrantOutcome | undefined;
  /** The Grant was made by the interaction that is being resumed right now: it need not be reusable. */
  readonly justMade: boolean;
  readonly scopes: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  /** Keyed hash of `login_hint`, where the application named its user. */
  readonly credentialHash: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The level that a device reaches by itself. */
const DEVICE_ACR = 'urn:gatehouse:acr:device';

/** Claims that need no agreement: the library gives them to every client. */
const UNGATED = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss']);

/** What the stored decision falls short of; undefined where it satisfies the request. Pure. */
export function shortfall(question: DecisionInQuestion): Shortfall | undefined {
  const { grant, outcome } = question;
  if (!grant) return 'no_grant';
  if (!outcome) return 'no_decision';
  if (grant.accountId !== question.accountId || outcome.accountId !== question.accountId || outcome.clientId !== question.clientId) {
    return 'another_account';
  }
  if (question.justMade) {
    if (outcome.verdict !== 'approve' && !isDenied(question.accountId)) return 'not_approved';
  } else {
    if (outcome.verdict !== 'approve') return 'not_approved';
    if (outcome.reuseUntil <= question.now) return 'expired';
    // An application that names its user must not get whoever happens to sit in this browser.
    if (question.credentialHash !== undefined && outcome.credentialHash !== question.credentialHash) return 'another_credential';
  }
  for (const scope of question.scopes) if (!grant.scopes.has(scope)) return 'scopes_missing';
  for (const claim of question.claims) if (!grant.claims.has(claim) && !UNGATED.has(claim)) return 'claims_missing';
  return undefined;
}

/** How strong the client wants the login to be. */
export interface AcrRequest {
  readonly values: readonly string[];
  /** Unmet essential values end in an error; voluntary ones lead to one try, then to whatever was reached. */
  readonly essential: boolean;
}

/**
 * The levels asked for. An essential `claims.id_token.acr` counts before `acr_values`, which the library would let
 * overwrite it (OIDC Core 5.5.1.1 against 3.1.2.1).
 * @throws InvalidRequest where `values` is not a list of strings
 */
export function requestedAcr(params: { readonly claims?: unknown; readonly acr_values?: unknown }): AcrRequest | undefined {
  const claims = typeof params.claims === 'string' ? (JSON.parse(params.claims) as { id_token?: { acr?: unknown } }) : undefined;
  const acr = (claims?.id_token?.acr ?? undefined) as { essential?: unknown; value?: unknown; values?: unknown } | undefined;
  const listed = acr && acrValues(acr);
  if (acr?.essential === true && listed) return { values: listed, essential: true };
  if (typeof params.acr_values === 'string' && params.acr_values !== '') return { values: params.acr_values.split(' '), essential: false };
  return listed && { values: listed, essential: false };
}

function acrValues(acr: { value?: unknown; values?: unknown }): readonly string[] | undefined {
  if (acr.values !== undefined) {
    if (!Array.isArray(acr.values) || !acr.values.every((value) => typeof value === 'string')) {
      throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
    }
    return acr.values as string[];
  }
  return typeof acr.value === 'string' ? [acr.value] : undefined;
}

/** The requested value that a reached level meets; a stronger level meets a weaker one. Undefined where none. Pure. */
export function metAcr(reached: string | undefined, asked: readonly string[]): string | undefined {
  if (reached !== undefined && asked.includes(reached)) return reached;
  return asked.find((value) => satisfies(reached, value));
}

/** Whether another journey is owed for the level. Unknown voluntary values are a wish nobody can grant: ignored. Pure. */
export function owesStepUp(reached: string | undefined, asked: AcrRequest | undefined): boolean {
  if (!asked || metAcr(reached, asked.values) !== undefined) return false;
  return asked.essential || asked.values.some((value) => ACR_VALUES.includes(value));
}

/**
 * Whether a stored decision may be used again without a page, by what the server sees of this very request: the device
 * behind the decision, the address, how often and from where. False sends the person to the pages.
 */
export type JudgeReturn = (ctx: KoaContextWithOIDC, outcome: GrantOutcome, client: Client) => Promise<boolean>;

/** What the checks ask of the server around them. */
export interface PromptDeps {
  outcome(ctx: KoaContextWithOIDC, grantId: string): Promise<GrantOutcome | undefined>;
  credentialHash(client: Client, credential: string): string;
  readonly judgeReturn: JudgeReturn;
  now(): number;
}

/** The policy: the library's login checks, ours, and no consent page, because agreement is part of the journey. */
export function promptPolicy(deps: PromptDeps): interactionPolicy.Prompt[] {
  const { Check, Prompt, base } = interactionPolicy;
  const login = base().get('login');
  if (!login) throw new Error('the library has no login prompt');
  // Its acr checks read what `acr_values` overwrote, know no order of levels and would ask again for ever.
  login.checks.remove('essential_acrs');
  login.checks.remove('essential_acr');

  const shortfalls = new WeakMap<object, Shortfall>();
  login.checks.add(
    new Check(
      'decision_missing',
      'no stored decision satisfies the request',
      'interaction_required',
      async (ctx) => {
        const found = await decisionShortfall(ctx, deps);
        if (found) shortfalls.set(ctx, found);
        return found !== undefined;
      },
      (ctx) => ({ shortfall: shortfalls.get(ctx) }),
    ),
  );
  login.checks.add(
    new Check('acr_not_reached', 'the requested authentication context was not reached', 'interaction_required', (ctx) => {
      const asked = requestedAcr(ctx.oidc.params ?? {});
      if (!ctx.oidc.session?.accountId || !owesStepUp(ctx.oidc.session.acr, asked)) return Check.NO_NEED_TO_PROMPT;
      if (!ctx.oidc.result?.login) return Check.REQUEST_PROMPT;
      if (asked?.essential) throw new errors.UnmetAuthenticationRequirements('none of the requested ACRs could be obtained');
      return Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    // Its own check counts from `auth_time`, at which a device may have answered without its person (OIDC Core 3.1.2.1).
    new Check('not_active', 'the person did nothing for the login that is to be recent', 'interaction_required', ({ oidc }) => {
      const silent = oidc.session?.accountId !== undefined && oidc.session.acr === DEVICE_ACR;
      return oidc.params?.['max_age'] !== undefined && silent && !oidc.result?.login ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  // `prompt=none` answers one and the same thing whatever is missing (SPEC 5).
  for (const check of login.checks) check.error = 'interaction_required';

  // Known, so that `prompt=consent` (without which OIDC gives no offline access) is accepted; never a page of its own.
  const consent = new Prompt({ name: 'consent', requestable: true });
  consent.checks.clear();
  return [login, consent];
}

async function decisionShortfall(ctx: KoaContextWithOIDC, deps: PromptDeps): Promise<Shortfall | undefined> {
  const { oidc } = ctx;
  const accountId = oidc.session?.accountId;
  const client = oidc.client;
  // Without a session the library's own check asks already, and there is nothing to compare.
  if (!accountId || !client) return undefined;
  const grant = oidc.account ? oidc.grant : undefined;
  const grantId = grant?.jti;
  const justMade = grantId !== undefined && oidc.result?.consent?.grantId === grantId;
  const hint = oidc.params?.['login_hint'];
  const supplied = suppliesIdentity(oidc.params ?? {});
  if (supplied && !justMade) return 'identity_supplied';
  const outcome = grantId === undefined ? undefined : await deps.outcome(ctx, grantId);
  const found = shortfall({
    accountId,
    clientId: client.clientId,
    grant: grant && grantId !== undefined
      ? {
          accountId: grant.accountId,
          scopes: new Set(grant.getOIDCScopeEncountered().split(' ')),
          claims: new Set(grant.getOIDCClaimsEncountered()),
        }
      : undefined,
    outcome,
    justMade,
    scopes: oidc.requestParamOIDCScopes,
    claims: oidc.requestParamClaims,
    credentialHash: typeof hint === 'string' && hint !== '' && !supplied ? deps.credentialHash(client, hint) : undefined,
    now: deps.now(),
  });
  if (found || justMade || !outcome) return found;
  return (await deps.judgeReturn(ctx, outcome, client)) ? undefined : 'session_signals';
}
