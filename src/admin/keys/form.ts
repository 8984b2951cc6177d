/** Between settings and the form that shows them. Pure. */
import { readJwks } from './jwks.ts';
import { AUTH_METHODS, type KeyFaults, type KeySettings } from './settings.ts';

type Form = Readonly<Record<string, string>>;

/** What a field cannot be read as; rules about what it says are in `settings.ts`. */
export interface ReadSettings {
  readonly settings: KeySettings;
  readonly faults: KeyFaults;
}

/** Read the settings page. */
export function settingsFrom(form: Form): ReadSettings {
  const faults: Partial<Record<keyof KeySettings, string>> = {};
  const jwksText = textOf(form['jwks']);
  const jwks = jwksText === undefined ? undefined : readJwks(jwksText);
  if (jwksText !== undefined && !jwks) faults.jwks = 'This is no JSON Web Key Set: paste {"keys": [ … ]}.';
  const reuse = textOf(form['reuseSeconds']);
  const reuseSeconds = reuse === undefined ? undefined : /^\d{1,9}$/.test(reuse) ? Number(reuse) : Number.NaN;
  return {
    settings: {
      name: (form['name'] ?? '').trim(),
      redirectUris: linesOf(form['redirectUris']),
      postLogoutRedirectUris: linesOf(form['postLogoutRedirectUris']),
      authMethod: oneOf(AUTH_METHODS, form['authMethod'], 'client_secret_basic'),
      jwks, jwksUri: textOf(form['jwksUri']),
      pkce: oneOf(['required', 'nonce'], form['pkce'], 'required'),
      parRequired: form['parRequired'] === 'on', dpopRequired: form['dpopRequired'] === 'on', refreshTokens: form['refreshTokens'] === 'on',
      idTokenAlg: oneOf(['RS256', 'ES256'], form['idTokenAlg'], 'RS256'),
      subjectType: oneOf(['pairwise', 'public'], form['subjectType'], 'pairwise'),
      sector: textOf(form['sector']),
      clientUri: textOf(form['clientUri']), logoUri: textOf(form['logoUri']), policyUri: textOf(form['policyUri']), tosUri: textOf(form['tosUri']),
      denyAs: form['denyAs'] === 'error' || form['denyAs'] === 'token' ? form['denyAs'] : undefined,
      reuseSeconds,
      reviewAs: oneOf(['error', 'pending', 'hold'], form['reviewAs'], 'error'),
      backchannelLogoutUri: textOf(form['backchannelLogoutUri']), backchannelLogoutSession: form['backchannelLogoutSession'] === 'on',
      allowedFrom: linesOf(form['allowedFrom']),
    },
    faults,
  };
}

/** Settings as the page's fields hold them; switches apart. */
export function fieldsOf(settings: KeySettings): Readonly<Record<string, string>> {
  const { redirectUris, postLogoutRedirectUris, allowedFrom, jwks, reuseSeconds } = settings;
  return {
    name: settings.name, redirectUris: redirectUris.join('\n'), postLogoutRedirectUris: postLogoutRedirectUris.join('\n'), allowedFrom: allowedFrom.join('\n'),
    authMethod: settings.authMethod, jwks: jwks ? JSON.stringify(jwks, undefined, 1) : '', jwksUri: settings.jwksUri ?? '', pkce: settings.pkce,
    idTokenAlg: settings.idTokenAlg, subjectType: settings.subjectType, sector: settings.sector ?? '',
    clientUri: settings.clientUri ?? '', logoUri: settings.logoUri ?? '', policyUri: settings.policyUri ?? '', tosUri: settings.tosUri ?? '',
    denyAs: settings.denyAs ?? '', reuseSeconds: reuseSeconds === undefined || Number.isNaN(reuseSeconds) ? '' : String(reuseSeconds), reviewAs: settings.reviewAs,
    backchannelLogoutUri: settings.backchannelLogoutUri ?? '',
  };
}

/** One thing per line; empty lines do not count. */
export function linesOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
}

function textOf(text: string | undefined): string | undefined {
  const bare = (text ?? '').trim();
  return bare === '' ? undefined : bare;
}

function oneOf<T extends string>(choices: readonly T[], text: string | undefined, otherwise: T): T {
  return choices.find((choice) => choice === text) ?? otherwise;
}
