/** What can be set of a workflow key, in the console's words, and what may be wrong with it. Pure. */
import { LONGEST_REUSE, netProblem, redirectUriProblem, type StoredClient, type StoredClientSource } from '../../oidc/clients.ts';
import type { Mode } from '../../journey/journey.ts';
import { jwksProblem } from './jwks.ts';

export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** Everything of a key that may change; its workflow and mode never do. */
export interface KeySettings {
  /** The application's name as people read it. */
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly authMethod: AuthMethod;
  /** Public keys (RFC 7517) or where they are; for `private_key_jwt` and signed prefill. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined;
  readonly jwksUri: string | undefined;
  /** `nonce`: a nonce of at least 16 characters may stand for PKCE. */
  readonly pkce: 'required' | 'nonce';
  readonly parRequired: boolean;
  readonly dpopRequired: boolean;
  readonly refreshTokens: boolean;
  readonly idTokenAlg: 'RS256' | 'ES256';
  readonly subjectType: 'pairwise' | 'public';
  /** What pairwise subjects are computed for; undefined: the host of the first redirect URI when the key is made. */
  readonly sector: string | undefined;
  readonly clientUri: string | undefined;
  readonly logoUri: string | undefined;
  readonly policyUri: string | undefined;
  readonly tosUri: string | undefined;
  /** Undefined: as the workflow says. */
  readonly denyAs: 'error' | 'token' | undefined;
  /** Seconds; undefined: as the workflow says. */
  readonly reuseSeconds: number | undefined;
  readonly reviewAs: 'error' | 'pending' | 'hold';
  readonly backchannelLogoutUri: string | undefined;
  readonly backchannelLogoutSession: boolean;
  /** Addresses and nets; empty: from anywhere. */
  readonly allowedFrom: readonly string[];
}

export type KeyField = keyof KeySettings;
/** A sentence per field that has a fault. */
export type KeyFaults = Readonly<Partial<Record<KeyField, string>>>;

/** What a new key has where nothing is said. */
export const DEFAULT_SETTINGS: KeySettings = {
  name: '', redirectUris: [], postLogoutRedirectUris: [], authMethod: 'client_secret_basic', jwks: undefined, jwksUri: undefined, pkce: 'required',
  parRequired: false, dpopRequired: false, refreshTokens: false, idTokenAlg: 'RS256', subjectType: 'pairwise', sector: undefined,
  clientUri: undefined, logoUri: undefined, policyUri: undefined, tosUri: undefined, denyAs: undefined, reuseSeconds: undefined, reviewAs: 'error',
  backchannelLogoutUri: undefined, backchannelLogoutSession: false, allowedFrom: [],
};

const LONGEST_NAME = 120;
const MOST_URIS = 50;
const MOST_NETS = 50;

/** Every fault, by field. */
export function settingsFaults(settings: KeySettings, mode: Mode): KeyFaults {
  const faults: Partial<Record<KeyField, string>> = {};
  const { name, redirectUris, postLogoutRedirectUris, authMethod, sector, reuseSeconds, allowedFrom } = settings;
  if (name.trim() === '') faults.name = 'Enter a name: people see it as the application that asks.';
  else if (name.length > LONGEST_NAME) faults.name = `Enter a name of at most ${LONGEST_NAME} characters.`;
  else if (/\p{Cc}|\p{Bidi_Control}/u.test(name)) faults.name = 'The name has characters that cannot be seen.';

  if (redirectUris.length === 0) faults.redirectUris = 'Enter at least one address, such as https://app.example.com/callback.';
  const uris = linesFault(redirectUris, MOST_URIS, (uri) => redirectUriProblem(uri, mode));
  if (uris !== undefined) faults.redirectUris = uris;
  const logoutUris = linesFault(postLogoutRedirectUris, MOST_URIS, (uri) => redirectUriProblem(uri, mode));
  if (logoutUris !== undefined) faults.postLogoutRedirectUris = logoutUris;
  const nets = linesFault(allowedFrom, MOST_NETS, netProblem);
  if (nets !== undefined) faults.allowedFrom = nets;

  if (settings.jwks && settings.jwksUri !== undefined) faults.jwksUri = 'Give the keys or their address, not both.';
  else if (authMethod === 'private_key_jwt' && !settings.jwks && settings.jwksUri === undefined) faults.jwks = 'This way of authenticating needs public keys, or their address below.';
  const jwks = settings.jwks && jwksProblem(settings.jwks);
  if (jwks !== undefined) faults.jwks = jwks;
  for (const field of ['jwksUri', 'clientUri', 'logoUri', 'policyUri', 'tosUri'] as const) {
    const uri = settings[field];
    // Read by people and servers elsewhere: https always, whatever the mode.
    const problem = uri === undefined ? undefined : redirectUriProblem(uri, 'live');
    if (problem !== undefined) faults[field] = `This address ${problem}.`;
  }
  const told = settings.backchannelLogoutUri;
  const problem = told === undefined ? undefined : redirectUriProblem(told, mode);
  if (problem !== undefined) faults.backchannelLogoutUri = `This address ${problem}.`;

  if (settings.pkce === 'nonce' && authMethod === 'none') faults.pkce = 'A public client has nothing but PKCE to show that a code is its own.';
  if (settings.parRequired && authMethod === 'none') faults.parRequired = 'Pushed requests protect nothing where the client does not authenticate.';
  if (sector !== undefined && !/^[\w.:-]{1,255}$/.test(sector)) faults.sector = 'Enter letters, digits, dots, colons and hyphens only.';
  if (reuseSeconds !== undefined && !(Number.isSafeInteger(reuseSeconds) && reuseSeconds >= 0 && reuseSeconds <= LONGEST_REUSE)) {
    faults.reuseSeconds = `Enter a whole number of seconds from 0 to ${LONGEST_REUSE}, or nothing.`;
  }
  return faults;
}

/** The faults of a list of lines in one sentence, each with its line. */
function linesFault(lines: readonly string[], most: number, problem: (line: string) => string | undefined): string | undefined {
  if (lines.length > most) return `At most ${most} lines.`;
  const faults = lines.flatMap((line, at) => {
    const why = lines.indexOf(line) < at ? 'is there twice' : problem(line);
    return why === undefined ? [] : [`Line ${at + 1} ${why}.`];
  });
  return faults.length === 0 ? undefined : faults.slice(0, 5).join(' ');
}

/** Settings as they are kept; what the console does not show stays as it was. */
export function storedSettings(settings: KeySettings, before?: StoredClient): StoredClientSource {
  const source: StoredClientSource = {
    ...(before?.scope === undefined ? {} : { scope: before.scope }),
    ...(before?.default_acr_values === undefined ? {} : { default_acr_values: before.default_acr_values }),
    ...(before?.default_max_age === undefined ? {} : { default_max_age: before.default_max_age }),
    ...(before?.require_auth_time === undefined ? {} : { require_auth_time: before.require_auth_time }),
    client_name: settings.name,
    redirect_uris: [...settings.redirectUris],
    post_logout_redirect_uris: [...settings.postLogoutRedirectUris],
    grant_types: settings.refreshTokens ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    token_endpoint_auth_method: settings.authMethod,
    id_token_signed_response_alg: settings.idTokenAlg,
    subject_type: settings.subjectType,
    pkce: settings.pkce,
    require_pushed_authorization_requests: settings.parRequired,
    dpop_bound_access_tokens: settings.dpopRequired,
    allowed_from: [...settings.allowedFrom],
    review_as: settings.reviewAs,
    // What nobody set is not there: the first redirect URI's host then stays the sector (see newClient).
    sector: settings.sector ?? before?.sector,
    jwks: settings.jwks && { keys: settings.jwks.keys.map((key) => ({ ...key })) },
    jwks_uri: settings.jwksUri,
    client_uri: settings.clientUri, logo_uri: settings.logoUri, policy_uri: settings.policyUri, tos_uri: settings.tosUri,
    deny_as: settings.denyAs, reuse_seconds: settings.reuseSeconds,
    backchannel_logout_uri: settings.backchannelLogoutUri,
    ...(settings.backchannelLogoutUri === undefined ? {} : { backchannel_logout_session_required: settings.backchannelLogoutSession }),
  };
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)) as StoredClientSource;
}

/** Settings as they are shown. */
export function settingsOf(stored: StoredClient): KeySettings {
  return {
    name: stored.client_name, redirectUris: stored.redirect_uris, postLogoutRedirectUris: stored.post_logout_redirect_uris,
    authMethod: stored.token_endpoint_auth_method, jwks: stored.jwks, jwksUri: stored.jwks_uri, pkce: stored.pkce,
    parRequired: stored.require_pushed_authorization_requests ?? false, dpopRequired: stored.dpop_bound_access_tokens ?? false,
    refreshTokens: stored.grant_types.includes('refresh_token'), idTokenAlg: stored.id_token_signed_response_alg,
    subjectType: stored.subject_type, sector: stored.sector,
    clientUri: stored.client_uri, logoUri: stored.logo_uri, policyUri: stored.policy_uri, tosUri: stored.tos_uri,
    denyAs: stored.deny_as, reuseSeconds: stored.reuse_seconds, reviewAs: stored.review_as,
    backchannelLogoutUri: stored.backchannel_logout_uri, backchannelLogoutSession: stored.backchannel_logout_session_required ?? false,
    allowedFrom: stored.allowed_from,
  };
}

/** What differs, before and after, by field; for the audit log. Of key sets only the names of their keys. */
export function settingsChanged(before: KeySettings, after: KeySettings): Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>> {
  const told = (settings: KeySettings, field: KeyField): unknown => (field === 'jwks' ? settings.jwks?.keys.map((key) => key['kid'] ?? key['kty']) ?? null : settings[field] ?? null);
  return Object.fromEntries((Object.keys(DEFAULT_SETTINGS) as KeyField[])
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => [field, { before: told(before, field), after: told(after, field) }]));
}
