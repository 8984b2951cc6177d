/**
 * The simulated operator's token endpoint: client_credentials with `private_key_jwt`, checked for real, so that the
 * client's side of it is exercised (CAMARA Security and Interoperability Profile).
 */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { errors as joseErrors, jwtVerify } from 'jose';

/** What a token is good for. */
export interface Granted {
  readonly scopes: readonly string[];
  /** The number the token speaks for (three-legged); absent for two-legged tokens. */
  readonly phone?: string;
  readonly expiresAt: number;
}

export interface TokenReply {
  readonly status: number;
  readonly body: Readonly<Record<string, string | number>>;
}

export interface SandboxTokens {
  /** Answer a token request (form-encoded text). */
  answer(form: string): Promise<TokenReply>;
  /** A three-legged token of a phone's own browser, as Number Verification demands. */
  issueFor(phone: string): string;
  /** What a token allows; undefined for one that is unknown or over. */
  find(token: string): Granted | undefined;
  /** Forget every token, as an operator does that restarts. */
  revokeAll(): void;
}

export interface TokenSettings {
  readonly clientId: string;
  readonly clientKey: KeyObject;
  /** Expected `aud`; known once the port is. */
  readonly audience: () => string;
  readonly tokenSeconds: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

const SCOPES = ['kyc-match:match', 'sim-swap:check', 'number-recycling:check', 'number-verification:verify'];
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** The profile's longest life of an assertion, seconds. */
const LONGEST_ASSERTION = 300;

export function sandboxTokens(settings: TokenSettings): SandboxTokens {
  const granted = new Map<string, Granted>();
  const usedAssertions = new Map<string, number>();

  const issue = (what: Omit<Granted, 'expiresAt'>): string => {
    const now = settings.clock();
    for (const [old, { expiresAt }] of granted) if (expiresAt <= now) granted.delete(old);
    const token = randomBytes(24).toString('base64url');
    granted.set(token, { ...what, expiresAt: now + settings.tokenSeconds * 1000 });
    return token;
  };

  const assertionHolds = async (assertion: string): Promise<boolean> => {
    const now = settings.clock();
    try {
      const { payload } = await jwtVerify(assertion, settings.clientKey, {
        algorithms: ['ES256', 'RS256'],
        issuer: settings.clientId,
        subject: settings.clientId,
        audience: settings.audience(),
        requiredClaims: ['exp', 'iat', 'jti'],
        currentDate: new Date(now),
      });
      const { exp = 0, iat = 0, jti = '' } = payload;
      if (exp - iat > LONGEST_ASSERTION || jti === '') return false;
      for (const [old, until] of usedAssertions) if (until <= now) usedAssertions.delete(old);
      if (usedAssertions.has(jti)) return false;
      usedAssertions.set(jti, exp * 1000);
      return true;
    } catch (thrown) {
      if (thrown instanceof joseErrors.JOSEError) return false;
      throw thrown;
    }
  };

  return {
    async answer(form) {
      const params = new URLSearchParams(form);
      if (params.get('grant_type') !== 'client_credentials') return refusal(400, 'unsupported_grant_type');
      if (params.get('client_assertion_type') !== ASSERTION_TYPE) return refusal(401, 'invalid_client');
      if (!(await assertionHolds(params.get('client_assertion') ?? ''))) return refusal(401, 'invalid_client');
      const asked = (params.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
      const purposes = asked.filter((scope) => scope.startsWith('dpv:'));
      const scopes = asked.filter((scope) => !scope.startsWith('dpv:'));
      // Exactly one purpose, and nothing that is not on offer.
      if (purposes.length !== 1 || scopes.length === 0 || scopes.some((scope) => !SCOPES.includes(scope))) {
        return refusal(400, 'invalid_scope');
      }
      return {
        status: 200,
        body: {
          access_token: issue({ scopes }),
          token_type: 'Bearer',
          expires_in: settings.tokenSeconds,
          scope: asked.join(' '),
        },
      };
    },
    issueFor: (phone) => issue({ scopes: ['number-verification:verify'], phone }),
    find(token) {
      const found = granted.get(token);
      return found !== undefined && found.expiresAt > settings.clock() ? found : undefined;
    },
    revokeAll: () => granted.clear(),
  };
}

function refusal(status: number, error: string): TokenReply {
  return { status, body: { error } };
}
