/**
 * What an integrator copies: a program that signs one person in with a stock client (`openid-client` 6), from discovery to
 * the claims, made for this very key. Pure; a test runs it.
 */
import type { KeySettings } from './settings.ts';

export interface SnippetFacts {
  readonly issuer: string;
  readonly clientId: string;
  readonly settings: Pick<KeySettings, 'authMethod' | 'redirectUris' | 'parRequired' | 'dpopRequired' | 'refreshTokens'>;
}

/** Where everything else is said. */
export function discoveryUrl(issuer: string): string {
  return `${issuer}/.well-known/openid-configuration`;
}

/** The program, as a module. */
export function snippetOf({ issuer, clientId, settings }: SnippetFacts): string {
  const { authMethod, parRequired, dpopRequired, refreshTokens } = settings;
  const text = (value: string): string => JSON.stringify(value);
  const plain = !issuer.startsWith('https:');
  const dpop = dpopRequired ? ', { DPoP }' : '';
  return [
    `// npm install openid-client@6; then: ${authMethod.startsWith('client_secret') ? 'CLIENT_SECRET=… ' : authMethod === 'private_key_jwt' ? 'PRIVATE_KEY=key.jwk ' : ''}node sign-in.mjs`,
    ...(authMethod === 'private_key_jwt' ? [`import { readFile } from 'node:fs/promises';`] : []),
    ...(authMethod === 'none' ? [] : [`import { env } from 'node:process';`]),
    `import { createInterface } from 'node:readline/promises';`,
    `import * as client from 'openid-client';`,
    '',
    ...AUTHENTICATION[authMethod],
    'const config = await client.discovery(',
    `  new URL(${text(issuer)}),`,
    `  ${text(clientId)}, {}, authentication,`,
    ...(plain ? ['  { execute: [client.allowInsecureRequests] }, // plain http: for development alone'] : []),
    ');',
    ...(dpopRequired ? ['const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());'] : []),
    '',
    '// Keep these three with the browser’s session until it comes back.',
    'const verifier = client.randomPKCECodeVerifier();',
    'const state = client.randomState();',
    'const nonce = client.randomNonce();',
    '',
    `const url = ${parRequired ? 'await client.buildAuthorizationUrlWithPAR' : 'client.buildAuthorizationUrl'}(config, {`,
    `  redirect_uri: ${text(settings.redirectUris[0] ?? '')},`,
    `  scope: '${refreshTokens ? 'openid profile offline_access' : 'openid profile'}',${refreshTokens ? `\n  prompt: 'consent',` : ''}`,
    '  state, nonce,',
    '  code_challenge: await client.calculatePKCECodeChallenge(verifier),',
    `  code_challenge_method: 'S256',`,
    `  // login_hint: 'your own id of this user',`,
    `}${dpop});`,
    'console.log(`Open this address:\\n${url.href}\\n`);',
    '',
    'const terminal = createInterface({ input: process.stdin, output: process.stdout });',
    `const callback = await terminal.question('Paste the address you were sent back to: ');`,
    'terminal.close();',
    '',
    '// A denial comes back as error=access_denied, which throws here.',
    'const tokens = await client.authorizationCodeGrant(config, new URL(callback), {',
    '  pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce,',
    `}${dpopRequired ? ', {}, { DPoP }' : ''});`,
    'console.log(tokens.claims());',
    '',
  ].join('\n');
}

const AUTHENTICATION: Readonly<Record<SnippetFacts['settings']['authMethod'], readonly string[]>> = {
  client_secret_basic: ['const authentication = client.ClientSecretBasic(env.CLIENT_SECRET);'],
  client_secret_post: ['const authentication = client.ClientSecretPost(env.CLIENT_SECRET);'],
  none: ['const authentication = client.None();'],
  private_key_jwt: [
    '// A private key as JWK (ES256 here), whose public half this key knows.',
    `const { kid, ...jwk } = JSON.parse(await readFile(env.PRIVATE_KEY, 'utf8'));`,
    `const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);`,
    'const authentication = client.PrivateKeyJwt({ key, kid });',
  ],
};
