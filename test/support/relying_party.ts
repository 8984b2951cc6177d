/**
 * An application with a stock OIDC client (`openid-client`), used as its documentation says and no other way.
 */
import * as client from 'openid-client';

export interface RelyingPartyOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  /** Default: `client_secret_basic`. */
  readonly authentication?: client.ClientAuth;
  readonly metadata?: Partial<client.ClientMetadata>;
}

/** One sign-in under way: what the application must remember until the callback. */
export interface SignIn {
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly maxAge: number | undefined;
}

export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

export class RelyingParty {
  readonly config: client.Configuration;
  readonly redirectUri: string;

  private constructor(config: client.Configuration, redirectUri: string) {
    this.config = config;
    this.redirectUri = redirectUri;
  }

  /** Read the issuer's discovery document; plain http is allowed only because the tests run on loopback. */
  static async discover(options: RelyingPartyOptions): Promise<RelyingParty> {
    const issuer = new URL(options.issuer);
    const config = await client.discovery(
      issuer,
      options.clientId,
      { ...options.metadata, client_secret: options.clientSecret },
      options.authentication ?? client.ClientSecretBasic(options.clientSecret),
      issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {},
    );
    return new RelyingParty(config, options.redirectUri);
  }

  /** Begin with an ordinary authorization request. `extra` adds or replaces parameters. */
  async begin(extra: Readonly<Record<string, string>> = {}): Promise<SignIn> {
    return this.#begin(extra, async (parameters) => client.buildAuthorizationUrl(this.config, parameters));
  }

  /** Begin with a pushed authorization request (RFC 9126). */
  async beginPushed(extra: Readonly<Record<string, string>> = {}): Promise<SignIn> {
    return this.#begin(extra, (parameters) => client.buildAuthorizationUrlWithPAR(this.config, parameters));
  }

  async #begin(
    extra: Readonly<Record<string, string>>,
    build: (parameters: Record<string, string>) => Promise<URL>,
  ): Promise<SignIn> {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = await build({
      redirect_uri: this.redirectUri,
      scope: 'openid',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...extra,
    });
    const maxAge = extra['max_age'];
    return { url, state, nonce, verifier, maxAge: maxAge === undefined ? undefined : Number(maxAge) };
  }

  /**
   * Redeem the callback with every check the client library makes: state, nonce, PKCE, `iss`, signature, `max_age`.
   * @throws client.AuthorizationResponseError when the callback carries an error (`.error`, `.error_description`)
   * @throws client.ResponseBodyError when the token endpoint refuses
   */
  async finish(callback: URL | string, signIn: SignIn): Promise<Tokens> {
    return client.authorizationCodeGrant(this.config, new URL(callback), {
      expectedState: signIn.state,
      expectedNonce: signIn.nonce,
      pkceCodeVerifier: signIn.verifier,
      idTokenExpected: true,
      ...(signIn.maxAge === undefined ? {} : { maxAge: signIn.maxAge }),
    });
  }

  /** Claims of userinfo; its `sub` must be the ID token's. */
  async userinfo(tokens: Tokens): Promise<client.UserInfoResponse> {
    const subject = tokens.claims()?.sub;
    if (subject === undefined) throw new Error('no ID token to compare the subject with');
    return client.fetchUserInfo(this.config, tokens.access_token, subject);
  }

  async refresh(refreshToken: string, extra: Readonly<Record<string, string>> = {}): Promise<Tokens> {
    return client.refreshTokenGrant(this.config, refreshToken, { ...extra });
  }

  async revoke(token: string, hint?: 'access_token' | 'refresh_token'): Promise<void> {
    await client.tokenRevocation(this.config, token, hint === undefined ? {} : { token_type_hint: hint });
  }

  async introspect(token: string): Promise<client.IntrospectionResponse> {
    return client.tokenIntrospection(this.config, token);
  }

  /** Address to send a browser to for RP-initiated logout. */
  endSessionUrl(tokens: Tokens, extra: Readonly<Record<string, string>> = {}): URL {
    return client.buildEndSessionUrl(this.config, { ...(tokens.id_token === undefined ? {} : { id_token_hint: tokens.id_token }), ...extra });
  }
}

/** The `error` of a failed sign-in or token request, for an assertion; anything else is thrown on. */
export async function oauthError(attempt: Promise<unknown>): Promise<{ error: string; description: string | undefined }> {
  try {
    await attempt;
  } catch (thrown) {
    if (thrown instanceof client.AuthorizationResponseError || thrown instanceof client.ResponseBodyError) {
      return { error: thrown.error, description: thrown.error_description };
    }
    throw thrown;
  }
  throw new Error('an OAuth error was expected, but it succeeded');
}
