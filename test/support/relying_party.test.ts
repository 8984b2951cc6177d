import { createServer, type Server } from 'node:http';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpPerson } from './http_person.ts';
import { freePort } from './ports.ts';
import { RelyingParty, oauthError } from './relying_party.ts';

const CALLBACK = 'http://localhost:9/callback';
let server: Server;
let party: RelyingParty;

// A bare provider with its development pages: what the helpers are measured against, not a part of the gateway.
beforeAll(async () => {
  const port = await freePort();
  const provider = new Provider(`http://localhost:${port}`, {
    clients: [{ client_id: 'app', client_secret: 'secret', redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'], post_logout_redirect_uris: ['http://localhost:9/out'] }],
    features: { introspection: { enabled: true }, revocation: { enabled: true }, pushedAuthorizationRequests: { enabled: true } },
    cookies: { keys: ['only for this test'] },
    issueRefreshToken: async () => true,
  });
  server = createServer(provider.callback());
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  party = await RelyingParty.discover({ issuer: `http://localhost:${port}`, clientId: 'app', clientSecret: 'secret', redirectUri: CALLBACK });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

it('signs a person in and uses every endpoint', async () => {
  const person = new HttpPerson({ stopAt: [CALLBACK] });
  const first = await party.begin({ scope: 'openid offline_access', prompt: 'consent' });
  await person.open(first.url);
  await person.fillNamed({ login: 'ann', password: 'x' }).press();
  if (!person.callback) await person.press();
  const tokens = await party.finish(person.callback ?? '', first);
  expect(tokens.claims()).toMatchObject({ sub: 'ann', nonce: first.nonce });
  expect(await party.userinfo(tokens)).toMatchObject({ sub: 'ann' });

  const renewed = await party.refresh(tokens.refresh_token ?? '');
  expect(await party.introspect(renewed.access_token)).toMatchObject({ active: true });
  await party.revoke(renewed.access_token);
  expect(await party.introspect(renewed.access_token)).toEqual({ active: false });

  const again = await party.beginPushed();
  expect(again.url.searchParams.has('request_uri')).toBe(true);
  person.callback = undefined;
  await person.open(again.url);
  expect((await party.finish(person.callback ?? '', again)).claims()?.sub).toBe('ann');

  const out = new HttpPerson();
  await out.open(party.endSessionUrl(tokens, { post_logout_redirect_uri: 'http://localhost:9/out' }));
  expect(out.status).toBe(200);
});

it('tells a refusal by its code, and trusts no other state', async () => {
  const signIn = await party.begin({ prompt: 'none' });
  const person = await new HttpPerson({ stopAt: [CALLBACK] }).open(signIn.url);
  expect(await oauthError(party.finish(person.callback ?? '', signIn))).toMatchObject({ error: 'login_required' });
  const other = await party.begin();
  await expect(party.finish(person.callback ?? '', other)).rejects.toThrow();
});
