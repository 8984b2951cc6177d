/**
 * The application that "Try it now" is: an ordinary OIDC client by the same library that we tell integrators to use,
 * against the issuer's own address over HTTP, so that what is tried is what an application gets. It has a test key of its
 * own for each workflow, a public one with PKCE: there is no secret to keep, and only simulated people can come back.
 */
import { createHash } from 'node:crypto';
import * as client from 'openid-client';
import { GatehouseError } from '../../../errors.ts';
import type { Actor } from '../../actor.ts';
import type { KeyDesk } from '../../keys/store.ts';
import type { Tried } from './pages.ts';

/** What the browser keeps until it comes back. */
export interface Trying {
  readonly workflowId: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface TryApplication {
  /** Where to send the browser, and what it has to come back with. @throws GatehouseError `try_unreachable` 502, `try_revoked` 409 */
  begin(actor: Actor, workflowId: string): Promise<{ readonly to: string; readonly trying: Trying }>;
  /** What the application is told. @throws GatehouseError `try_unreachable` 502, `try_mismatch` 400 */
  finish(search: string, trying: Trying): Promise<Tried>;
}

export interface TryDeps {
  readonly issuer: string;
  /** Where the console answers. */
  readonly origin: string;
  readonly keys: Pick<KeyDesk, 'get' | 'create'>;
}

export const TRY_CALLBACK = '/admin/try/callback';

/** The key of a workflow that is for trying it: always the same, so that there is one. */
export function tryClientId(workflowId: string): string {
  return `test_try_${createHash('sha256').update(workflowId).digest('base64url').slice(0, 22)}`;
}

export function tryApplication({ issuer, origin, keys }: TryDeps): TryApplication {
  const redirectUri = `${origin}${TRY_CALLBACK}`;

  const configured = async (workflowId: string): Promise<client.Configuration> => {
    try {
      return await client.discovery(new URL(issuer), tryClientId(workflowId), undefined, client.None(), {
        // Plain http only where the issuer itself is: on the machine of whoever tries things out.
        execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [], timeout: 10,
      });
    } catch (cause) {
      throw new GatehouseError('try_unreachable', 502, `the gateway does not reach itself at ${issuer}, as an application would`, { cause });
    }
  };

  return {
    async begin(actor, workflowId) {
      const clientId = tryClientId(workflowId);
      const key = await keys.get(clientId);
      if (key?.revokedAt !== undefined) throw new GatehouseError('try_revoked', 409, 'The key for trying this workflow was revoked. Make a test key and use a client of your own.');
      if (!key) {
        await keys.create(actor, { clientId, workflowId, mode: 'test', name: 'Try it now', redirectUris: [redirectUri], authMethod: 'none', sector: 'try' }).catch((thrown: unknown) => {
          // Two tabs at once: the other one made it.
          if (!(thrown instanceof GatehouseError && thrown.code === 'key_exists')) throw thrown;
        });
      }
      const trying: Trying = { workflowId, state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
      const to = client.buildAuthorizationUrl(await configured(workflowId), {
        redirect_uri: redirectUri, scope: 'openid profile address phone email evidence', state: trying.state, nonce: trying.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(trying.verifier), code_challenge_method: 'S256',
        // What was tried before is not used again: the workflow is to be seen.
        prompt: 'login',
      });
      return { to: to.href, trying };
    },
    async finish(search, trying) {
      const configuration = await configured(trying.workflowId);
      try {
        const tokens = await client.authorizationCodeGrant(configuration, new URL(`${redirectUri}${search}`), {
          pkceCodeVerifier: trying.verifier, expectedState: trying.state, expectedNonce: trying.nonce, idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims) throw new GatehouseError('try_mismatch', 502, 'the gateway answered without an ID token');
        const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
        const all: Record<string, unknown> = { ...userinfo, ...claims };
        return {
          kind: 'answered', decision: textOf(all['policyDecision']), transactionId: textOf(all['transaction_id']),
          claims: Object.entries(all).map(([name, value]) => ({ name, value: textOf(value) })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        };
      } catch (thrown) {
        if (thrown instanceof client.AuthorizationResponseError) return { kind: 'refused', error: thrown.error, description: thrown.error_description ?? '' };
        if (thrown instanceof GatehouseError) throw thrown;
        throw new GatehouseError('try_mismatch', 400, 'What came back is not the answer to what was begun here. Try it again.', { cause: thrown });
      }
    },
  };
}

function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 4000);
}
