import { expect, it } from 'vitest';
import { newClient, redirectUriProblem } from '../../src/oidc/clients.ts';
import { metAcr, owesStepUp, requestedAcr, shortfall, type DecisionInQuestion } from '../../src/oidc/prompts.ts';
import type { GrantOutcome } from '../../src/oidc/records.ts';

const PHONE = 'urn:gatehouse:acr:phone';
const MATCH = 'urn:gatehouse:acr:match';

const outcome: GrantOutcome = {
  grantId: 'g', journeyId: 'j', accountId: 'a', clientId: 'c', verdict: 'approve', policy: 'p@1', reuseUntil: 2000, decidedAt: 0,
  credentialHash: 'h', summary: { simulated: false, steps: [] }, deviceId: undefined, boundDevices: [], device: undefined, profile: () => Promise.resolve(undefined),
};
const good: DecisionInQuestion = {
  accountId: 'a', clientId: 'c', outcome, justMade: false, credentialHash: undefined, now: 1000,
  grant: { accountId: 'a', scopes: new Set(['openid', 'phone']), claims: new Set(['email']) },
  scopes: new Set(['openid']), claims: new Set(['acr']),
};

it.each<[string | undefined, Partial<DecisionInQuestion>]>([
  [undefined, {}],
  [undefined, { credentialHash: 'h', scopes: new Set(['openid', 'phone']), claims: new Set(['email', 'sub']) }],
  ['no_grant', { grant: undefined }],
  ['no_decision', { outcome: undefined }],
  ['another_account', { accountId: 'b' }],
  ['another_account', { outcome: { ...outcome, accountId: 'b' } }],
  ['another_account', { outcome: { ...outcome, clientId: 'd' } }],
  ['not_approved', { outcome: { ...outcome, verdict: 'deny' } }],
  ['not_approved', { outcome: { ...outcome, verdict: 'review' } }],
  ['not_approved', { outcome: { ...outcome, verdict: 'deny' }, justMade: true }],
  ['expired', { now: 2000 }],
  [undefined, { now: 2000, justMade: true }],
  ['another_credential', { credentialHash: 'other' }],
  [undefined, { credentialHash: 'other', justMade: true }],
  ['scopes_missing', { scopes: new Set(['openid', 'address']) }],
  ['claims_missing', { claims: new Set(['given_name']) }],
])('a stored decision: %s', (expected, change) => {
  expect(shortfall({ ...good, ...change })).toBe(expected);
});

it('a denial given as a token satisfies the interaction that made it, and nothing else', () => {
  const denied = { ...good, accountId: 'denied:j', outcome: { ...outcome, accountId: 'denied:j', verdict: 'deny' as const }, grant: { accountId: 'denied:j', scopes: new Set(['openid']), claims: new Set<string>() } };
  expect(shortfall({ ...denied, justMade: true })).toBeUndefined();
  expect(shortfall(denied)).toBe('not_approved');
});

it('an essential acr counts before acr_values, a voluntary one after', () => {
  const claims = (acr: object) => JSON.stringify({ id_token: { acr } });
  expect(requestedAcr({})).toBeUndefined();
  expect(requestedAcr({ claims: '{"id_token":{"acr":null}}' })).toBeUndefined();
  expect(requestedAcr({ acr_values: `${PHONE} ${MATCH}` })).toEqual({ values: [PHONE, MATCH], essential: false });
  expect(requestedAcr({ acr_values: PHONE, claims: claims({ essential: true, value: MATCH }) })).toEqual({ values: [MATCH], essential: true });
  expect(requestedAcr({ acr_values: PHONE, claims: claims({ values: [MATCH] }) })).toEqual({ values: [PHONE], essential: false });
  expect(() => requestedAcr({ claims: claims({ essential: true, values: 'x' }) })).toThrow();
});

it.each([
  [PHONE, [MATCH], MATCH, false],
  [PHONE, [MATCH, PHONE], PHONE, false],
  [MATCH, [PHONE], undefined, true],
  [MATCH, [PHONE, MATCH], MATCH, false],
  [undefined, [MATCH], undefined, true],
  [PHONE, ['urn:other'], undefined, false],
])('level %s against %j', (reached, values, met, owed) => {
  expect(metAcr(reached, values)).toBe(met);
  expect(owesStepUp(reached, { values, essential: false })).toBe(owed);
  expect(owesStepUp(reached, { values, essential: true })).toBe(met === undefined);
});

it.each([
  ['https://app.example/cb', 'live', true],
  ['http://app.example/cb', 'live', false],
  ['http://app.example/cb', 'test', false],
  ['http://localhost:3000/cb', 'test', true],
  ['http://127.0.0.1/cb', 'test', true],
  ['http://[::1]:8080/cb', 'test', true],
  ['http://localhost:3000/cb', 'live', false],
  ['http://localhost.evil.example/cb', 'test', false],
  ['https://app.example/cb#x', 'live', false],
  ['https://app.example/cb#', 'live', false],
  ['https://user:pw@app.example/cb', 'live', false],
  ['https://*.app.example/cb', 'live', false],
  ['javascript:alert(1)', 'test', false],
  ['/cb', 'test', false],
] as const)('redirect URI %s for a %s key: %s', (uri, mode, allowed) => {
  expect(redirectUriProblem(uri, mode) === undefined).toBe(allowed);
});

it('client metadata is checked, completed, and told all its faults', () => {
  expect(newClient({ client_name: 'A', redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] }, 'live')).toMatchObject({ sector: 'a.example', subject_type: 'pairwise', token_endpoint_auth_method: 'client_secret_basic' });
  expect(() => newClient({ client_name: 'A', redirect_uris: ['http://a.example/', 'x:y'] }, 'live')).toThrow(/a\.example.*x:y/);
  expect(() => newClient({ client_name: 'A', redirect_uris: [] }, 'live')).toThrow(/redirect_uris/);
});
