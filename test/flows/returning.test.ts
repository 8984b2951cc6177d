/** Somebody who was verified before comes back: silently, once more, as somebody else, or after signing out. */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SettableClock } from '../support/clock.ts';
import { personFor } from '../support/gateway.ts';
import type { HttpPerson, Typed } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError, RelyingParty, type Tokens } from '../support/relying_party.ts';
import { anotherApp, approve, arrive, atLink, confirmOnPhone, EVERYTHING, interactionUid, journeyOf, leave, sendDetails, setScene, timeline, type Scene, type Visit } from './scene.ts';

const IMOGEN: Typed & { phone: string } = {
  givenName: 'Imogen', familyName: 'Hartley-Vance', street: '27 Larkspur Row', city: 'Harrogate', region: 'North Yorkshire', postalCode: 'HG2 9ZX', country: 'GB',
  phone: '+447400123456',
};
const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };

/** Whether the userinfo endpoint still honours a token. */
async function alive(scene: Scene, tokens: Tokens): Promise<boolean> {
  const answer = await fetch(`${scene.gateway.origin}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  expect([200, 401]).toContain(answer.status);
  return answer.status === 200;
}

const errorOf = ({ person }: Visit): string | null | undefined => person.callback?.searchParams.get('error');

/** The rest of a journey that has begun. */
async function goThrough(scene: Scene, { person, signIn }: Visit, details: Typed & { phone?: string } = {}): Promise<Tokens> {
  expect(person.page).toBe('session_risk');
  await person.press();
  await sendDetails(person, details);
  if (person.page === 'sms_wait') await confirmOnPhone(scene, person, details.phone);
  return scene.app.finish(await leave(person), signIn);
}

describeDatabases('coming back', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ client: { post_logout_redirect_uris: ['http://localhost:9/bye'] } }, database);
  });
  afterAll(() => scene.close());

  it('with a live session shows no page at all, and says the same as the first time', async () => {
    const { person, tokens } = await approve(scene, { scope: EVERYTHING });
    for (const extra of [{}, { prompt: 'none' }] as Record<string, string>[]) {
      const before = person.history.length;
      const visit = await arrive(scene, { scope: EVERYTHING, ...extra }, { person });
      expect(person.history.slice(before).filter((answer) => answer.status === 200)).toEqual([]);
      const again = await scene.app.finish(await leave(person), visit.signIn);
      const same = ['sub', 'auth_time', 'acr', 'amr', 'transaction_id', 'policyDecision', 'simulated'];
      for (const name of same) expect(again.claims()?.[name], name).toEqual(tokens.claims()?.[name]);
      expect(await scene.app.userinfo(again)).toEqual(await scene.app.userinfo(tokens));
    }
  });

  it('without a session, prompt=none answers interaction_required and begins nothing', async () => {
    const journeys = async () => (await scene.db.selectFrom('journey').select('id').execute()).length;
    const before = await journeys();
    expect(errorOf(await arrive(scene, { prompt: 'none' }))).toBe('interaction_required');
    expect(await journeys()).toBe(before);
  });

  it('in another browser is the same person, with the same subject', async () => {
    const { tokens: here } = await approve(scene);
    const { person, tokens: there } = await approve(scene);
    expect(there.claims()?.sub).toBe(here.claims()?.sub);
    expect(await timeline(scene, person)).toContain('label account_binding success: found');
  });

  it('has different subjects at applications of different sectors, and one at those of the same', async () => {
    const far = await anotherApp(scene, 'far', { client: { redirect_uris: ['http://localhost:9/callback'], sector: 'far.example' } });
    const near = await anotherApp(scene, 'near', { client: { redirect_uris: ['http://localhost:9/callback'], sector: 'localhost:9' } });
    const tokens: Tokens[] = [];
    for (const one of [scene, far, near]) tokens.push((await approve(one)).tokens);
    const [own, other, kin] = tokens.map((one) => one.claims()?.sub);
    expect(other).not.toBe(own);
    expect(kin).toBe(own);
    expect((await approve(far)).tokens.claims()?.sub).toBe(other);
  });

  it('under a name that is another person\'s already moves nobody: a new subject, and the name stays where it was', async () => {
    const named = { login_hint: 'customer-4711' };
    const first = await approve(scene, named);
    const { account_id: owner, credential_hash: hash } = await journeyOf(scene, first.person);
    const second = await approve(scene, named, { details: IMOGEN });
    expect(second.tokens.claims()?.sub).not.toBe(first.tokens.claims()?.sub);
    expect(await timeline(scene, second.person)).toContain('label account_binding failure: credentialOfAnotherAccount');
    const rows = await scene.db.selectFrom('credential').select('account_id').where('credential_hash', '=', hash ?? '').execute();
    expect(rows).toEqual([{ account_id: owner }]);
    // Who is not the one of that name gets nothing silently by it, only as themselves.
    expect(errorOf(await arrive(scene, { ...named, prompt: 'none' }, { person: second.person }))).toBe('interaction_required');
    expect(errorOf(await arrive(scene, { prompt: 'none' }, { person: second.person }))).toBeNull();
    // The same name comes back silently; another name in the same browser does not get whoever sits there.
    expect((await arrive(scene, named, { person: first.person })).person.callback?.searchParams.has('code')).toBe(true);
    expect((await arrive(scene, { login_hint: 'customer-4712' }, { person: first.person })).person.page).toBe('session_risk');
    expect(errorOf(await arrive(scene, { login_hint: 'customer-4712', prompt: 'none' }, { person: first.person }))).toBe('interaction_required');
  });

  it('as somebody else in the same browser is somebody else; the first one\'s session and its tokens end', async () => {
    const andrew = await approve(scene);
    const offline = await arrive(scene, OFFLINE, { person: andrew.person });
    const kept = await goThrough(scene, offline);
    const visit = await arrive(scene, { prompt: 'login' }, { person: andrew.person });
    const pages = visit.person.history.length;
    const imogen = await goThrough(scene, visit, IMOGEN);
    expect(imogen.claims()?.sub).not.toBe(andrew.tokens.claims()?.sub);
    // No sign-out form of the library in between.
    expect(visit.person.history.slice(pages).some((answer) => answer.body.includes('logout'))).toBe(false);
    expect(await alive(scene, andrew.tokens)).toBe(false);
    expect(await alive(scene, imogen)).toBe(true);
    // What was asked for beyond the session outlives it, and still speaks of the first one.
    const refreshed = await scene.app.refresh(kept.refresh_token ?? '');
    expect(refreshed.claims()?.sub).toBe(andrew.tokens.claims()?.sub);
    const silent = await arrive(scene, { prompt: 'none' }, { person: visit.person });
    expect((await scene.app.finish(await leave(silent.person), silent.signIn)).claims()?.sub).toBe(imogen.claims()?.sub);
  });

  it('with the hint of an ID token is silent for its person, and refused for another', async () => {
    const andrew = await approve(scene);
    const imogen = await approve(scene, {}, { details: IMOGEN });
    const hint = (tokens: Tokens): Record<string, string> => ({ prompt: 'none', id_token_hint: tokens.id_token ?? '' });
    const own = await arrive(scene, hint(andrew.tokens), { person: andrew.person });
    expect(own.person.callback?.searchParams.has('code')).toBe(true);
    expect(errorOf(await arrive(scene, hint(imogen.tokens), { person: andrew.person }))).toBe('interaction_required');
  });

  it('after signing out must be verified again; only what was asked for beyond the session lives on', async () => {
    const person = personFor(scene.gateway, { device: { stopAt: ['http://localhost:9/'] } });
    const { tokens: offline } = await approve(scene, OFFLINE, { person });
    const visit = await arrive(scene, {}, { person });
    const tokens = await scene.app.finish(await leave(person), visit.signIn);
    person.callback = undefined;
    await person.open(scene.app.endSessionUrl(tokens, { post_logout_redirect_uri: 'http://localhost:9/bye', state: 'so long' }));
    expect(person.page).toBe('logout');
    await person.press('logout', 'yes');
    expect((await leave(person)).href).toBe('http://localhost:9/bye?state=so+long');
    expect(await alive(scene, tokens)).toBe(false);
    // OIDC Core 11: offline access is for when the person is not there, and lasts until it is revoked.
    expect((await scene.app.refresh(offline.refresh_token ?? '')).claims()?.sub).toBe(tokens.claims()?.sub);
    expect(errorOf(await arrive(scene, { prompt: 'none' }, { person }))).toBe('interaction_required');
  });

  it('can stay signed in on the sign-out page, and signs out without a hint too', async () => {
    const { person } = await approve(scene);
    await person.open(`${scene.gateway.origin}/logout`);
    await person.press(undefined, '');
    expect(person.page).toBe('logout_success');
    expect((await arrive(scene, { prompt: 'none' }, { person })).person.callback?.searchParams.has('code')).toBe(true);
    await person.open(`${scene.gateway.origin}/logout`);
    await person.press('logout', 'yes');
    expect(person.page).toBe('logout_success');
    expect(errorOf(await arrive(scene, { prompt: 'none' }, { person }))).toBe('interaction_required');
  });

  it('is never sent to a foreign address by signing out, nor signed out by another site', async () => {
    const { person, tokens } = await approve(scene);
    for (const uri of ['https://evil.example/', 'http://localhost:9/bye/../evil', 'http://localhost:9/bye#x', 'javascript:alert(1)', '//evil.example']) {
      await person.open(scene.app.endSessionUrl(tokens, { post_logout_redirect_uri: uri }));
      expect([person.status, person.page], uri).toEqual([400, 'error']);
      expect(person.answer.body).not.toContain('evil.example');
    }
    await person.open(`${scene.gateway.origin}/logout`);
    await person.press('logout', 'yes', { xsrf: 'guessed' });
    expect([person.status, person.page]).toEqual([400, 'error']);
    expect((await arrive(scene, { prompt: 'none' }, { person })).person.callback?.searchParams.has('code')).toBe(true);
  });

  it('by refresh token: a confidential application keeps it, also when it asks twice at once', async () => {
    const { tokens } = await approve(scene, { ...OFFLINE, scope: `${EVERYTHING} offline_access` });
    const token = tokens.refresh_token ?? '';
    const [one, two] = await Promise.all([scene.app.refresh(token), scene.app.refresh(token)]);
    for (const fresh of [one, two]) {
      expect(fresh.refresh_token).toBe(token);
      expect(fresh.claims()?.sub).toBe(tokens.claims()?.sub);
      expect(await alive(scene, fresh)).toBe(true);
    }
    expect(one.access_token).not.toBe(two.access_token);
    expect((await approve(scene, { scope: 'openid offline_access' })).tokens.refresh_token).toBeUndefined();
  });

  it('by refresh token: a public application gets a new one each time, and reuse ends the chain', async () => {
    const open = await anotherApp(scene, 'public', { client: { token_endpoint_auth_method: 'none' } });
    const app = await RelyingParty.discover({ issuer: scene.gateway.origin, ...open.gateway.key, authentication: client.None() });
    const { tokens } = await approve({ ...open, app }, OFFLINE);
    const second = await app.refresh(tokens.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(tokens.refresh_token);
    const race = await Promise.allSettled(Array.from({ length: 6 }, () => app.refresh(second.refresh_token ?? '')));
    expect(race.filter((one) => one.status === 'fulfilled').length).toBeLessThanOrEqual(1);
    expect((await oauthError(app.refresh(tokens.refresh_token ?? ''))).error).toBe('invalid_grant');
    for (const one of race) if (one.status === 'fulfilled') expect((await oauthError(app.refresh(one.value.refresh_token ?? ''))).error).toBe('invalid_grant');
  });

  it('not with what was revoked; and an application is told of its own tokens alone', async () => {
    const other = await anotherApp(scene, 'curious');
    const { tokens } = await approve(scene, OFFLINE);
    expect(await scene.app.introspect(tokens.access_token)).toMatchObject({ active: true, client_id: scene.gateway.key.clientId });
    expect(await other.app.introspect(tokens.access_token)).toEqual({ active: false });
    expect(await other.app.introspect(tokens.refresh_token ?? '')).toEqual({ active: false });
    await oauthError(other.app.revoke(tokens.access_token));
    expect(await alive(scene, tokens)).toBe(true);
    await scene.app.revoke(tokens.access_token);
    expect(await alive(scene, tokens)).toBe(false);
    expect(await scene.app.introspect(tokens.access_token)).toEqual({ active: false });
    await scene.app.revoke(tokens.refresh_token ?? '', 'refresh_token');
    expect((await oauthError(scene.app.refresh(tokens.refresh_token ?? ''))).error).toBe('invalid_grant');
  });
});

describe('coming back when more is asked for', () => {
  // Sessions are judged by the real clock, so the first sign-in is put ten minutes back.
  const clock = new SettableClock();
  let scene: Scene;
  let lower: Scene;
  let forgetful: Scene;
  beforeAll(async () => {
    scene = await setScene({ replace: { now: clock.now } });
    lower = await anotherApp(scene, 'lower', { template: 'user_onboarding_match_only' });
    forgetful = await anotherApp(scene, 'forgetful', { options: { reuseSeconds: 0 } });
  });
  afterAll(() => scene.close());

  const tenMinutesAgo = async (): Promise<{ person: HttpPerson; tokens: Tokens }> => {
    clock.set(Date.now() - 600_000);
    const found = await approve(scene);
    clock.set(Date.now());
    return found;
  };

  it('prompt=login is a new journey with a later auth_time', async () => {
    const { person, tokens } = await tenMinutesAgo();
    const before = interactionUid(person);
    const again = await goThrough(scene, await arrive(scene, { prompt: 'login' }, { person }));
    expect(interactionUid(person)).not.toBe(before);
    expect(again.claims()?.sub).toBe(tokens.claims()?.sub);
    expect(again.claims()?.['auth_time']).toBeGreaterThanOrEqual(Number(tokens.claims()?.['auth_time']) + 599);
    expect(again.claims()?.['transaction_id']).not.toBe(tokens.claims()?.['transaction_id']);
  });

  it.each(['0', '1', '599'])('max_age=%s asks again after ten minutes, and is satisfied then', async (max_age) => {
    const { person, tokens } = await tenMinutesAgo();
    expect(errorOf(await arrive(scene, { max_age, prompt: 'none' }, { person }))).toBe('interaction_required');
    const again = await goThrough(scene, await arrive(scene, { max_age }, { person }));
    expect(again.claims()?.['auth_time']).toBeGreaterThan(Number(tokens.claims()?.['auth_time']));
  });

  it('max_age=10000 is satisfied by what was', async () => {
    const { person, tokens } = await tenMinutesAgo();
    const visit = await arrive(scene, { max_age: '10000', prompt: 'none' }, { person });
    const again = await scene.app.finish(await leave(person), visit.signIn);
    expect(again.claims()?.['auth_time']).toBe(tokens.claims()?.['auth_time']);
  });

  it('acr_values that were reached, or less, are satisfied silently', async () => {
    const { person } = await approve(scene);
    for (const acr_values of ['urn:gatehouse:acr:phone', 'urn:gatehouse:acr:match', 'urn:example:gold urn:gatehouse:acr:match', 'urn:example:gold']) {
      const visit = await arrive(scene, { acr_values, prompt: 'none' }, { person });
      expect(person.callback?.searchParams.has('code'), acr_values).toBe(true);
      expect((await scene.app.finish(await leave(person), visit.signIn)).claims()?.['acr']).toBe('urn:gatehouse:acr:phone');
    }
  });

  it('a stronger level than was reached is tried for once, and an essential one that stays unmet is an error', async () => {
    const wanted = 'urn:gatehouse:acr:phone';
    const { person, signIn } = await atLink(lower);
    expect((await lower.app.finish(await leave(person), signIn)).claims()?.['acr']).toBe('urn:gatehouse:acr:match');
    expect(errorOf(await arrive(lower, { acr_values: wanted, prompt: 'none' }, { person }))).toBe('interaction_required');
    const tried = await goThrough(lower, await arrive(lower, { acr_values: wanted }, { person }));
    expect(tried.claims()?.['acr']).toBe('urn:gatehouse:acr:match');

    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [wanted] } } });
    const demanding = await arrive(lower, { claims }, { person });
    const refusal = await oauthError(goThrough(lower, demanding));
    expect(refusal.error).toBe('unmet_authentication_requirements');
  });

  it('an essential level that the phone path reaches is reached', async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:gatehouse:acr:match' } } });
    const { tokens } = await approve(scene, { claims });
    expect(tokens.claims()?.['acr']).toBe('urn:gatehouse:acr:match');
  });

  it('a workflow that reuses nothing asks every time', async () => {
    const { person, tokens } = await approve(forgetful);
    expect(errorOf(await arrive(forgetful, { prompt: 'none' }, { person }))).toBe('interaction_required');
    const again = await goThrough(forgetful, await arrive(forgetful, {}, { person }));
    expect(again.claims()?.sub).toBe(tokens.claims()?.sub);
    expect(again.claims()?.['transaction_id']).not.toBe(tokens.claims()?.['transaction_id']);
  });

  it('a decision is reused for as long as the workflow says, and no longer', async () => {
    const { person } = await approve(scene);
    clock.advance({ seconds: 899 });
    expect((await arrive(scene, { prompt: 'none' }, { person })).person.callback?.searchParams.has('code')).toBe(true);
    clock.advance({ seconds: 2 });
    expect(errorOf(await arrive(scene, { prompt: 'none' }, { person }))).toBe('interaction_required');
    clock.set(Date.now());
  });
});
