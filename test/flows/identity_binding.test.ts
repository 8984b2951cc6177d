/** The application says who its user is, and the person has to match: pushed, or in a signed and perhaps encrypted hint. */
import { CompactEncrypt, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANDREW, personFor } from '../support/gateway.ts';
import type { HttpPerson } from '../support/http_person.ts';
import { confirmOnPhone, journeyOf, leave, setScene, timeline, type Scene, type Visit } from './scene.ts';

const CLAIMS = {
  given_name: 'Andrew', family_name: 'Roshell', phone_number: '+14075550123',
  address: { street_address: '2591 Brunswick Ct', locality: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US' },
};

let scene: Scene;
let key: CryptoKey;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'app', alg: 'ES256', use: 'sig' };
  scene = await setScene({ template: 'identity_binding', client: { jwks: { keys: [jwk] } } });
});
afterAll(() => scene.close());

const hint = (claims: Record<string, unknown> = CLAIMS, more: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ ...claims, jti: randomUUID(), sub: 'user-7', ...more })
    .setProtectedHeader({ alg: 'ES256', kid: 'app' }).setIssuedAt().setExpirationTime('5m').setIssuer(scene.app.config.clientMetadata().client_id).setAudience(scene.gateway.origin).sign(key);

async function come(extra: Readonly<Record<string, string>>, pushed = false): Promise<Visit> {
  const signIn = await (pushed ? scene.app.beginPushed(extra) : scene.app.begin(extra));
  const person = personFor(scene.gateway);
  await person.open(signIn.url);
  return { person, signIn };
}

/** What the form shows, and what it asks. */
const asked = (person: HttpPerson): readonly string[] => person.form.fields.filter(({ type }) => type !== 'hidden').map(({ name }) => name);

describe('an identity that the application supplies', () => {
  it.each([
    ['pushed', async () => come({ prefill: JSON.stringify(CLAIMS), login_hint: 'user-7' }, true)],
    ['in a signed hint', async () => come({ login_hint: await hint() })],
    ['in a signed hint that is encrypted to the gateway', async () => {
      const { keys } = (await (await fetch(`${scene.gateway.origin}/jwks`)).json()) as { keys: JWK[] };
      const ours = keys.find(({ use }) => use === 'enc');
      const to = await importJWK(ours!, 'ECDH-ES');
      return come({ login_hint: await new CompactEncrypt(new TextEncoder().encode(await hint())).setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: ours!.kid! }).encrypt(to) });
    }],
  ])('is shown, not asked, and the person who matches it is approved: %s', async (_name, begin) => {
    const { person, signIn } = await begin();
    await person.press();
    expect(person.page).toBe('pii_form');
    expect(asked(person)).toEqual([]);
    expect(person.text).toContain('2591 Brunswick Ct');
    await person.press();
    expect(person.page).toBe('pii_review');
    expect(person.text).toContain('Andrew');
    await person.press('action', 'send');
    await confirmOnPhone(scene, person, ANDREW.phone);
    const tokens = await scene.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:phone' });
    expect(await timeline(scene, person)).toContain('label identity_prefill success');
    expect((await journeyOf(scene, person)).credential_hash).not.toBeNull();
  });

  it('cannot be changed by posting something else', async () => {
    const { person } = await come({ login_hint: await hint({ given_name: 'Imogen', family_name: 'Hartley-Vance', phone_number: '+447400123456' }) });
    await person.press();
    // As if the fields were there: whoever matches is Andrew, whom nobody supplied.
    await person.press(undefined, undefined, { given_name: 'Andrew', family_name: 'Roshell', phone: '+14075550123', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US' });
    expect(person.text).toContain('Imogen');
    expect(person.text).not.toContain('Andrew');
    // The number as the page would show it: three digits alone may stand in any reference.
    expect(person.text).not.toMatch(/407\W*555/);
  });

  it('is asked for as far as it was not supplied', async () => {
    const { person } = await come({ prefill: JSON.stringify({ given_name: 'Andrew', family_name: 'Roshell' }) }, true);
    await person.press();
    expect(asked(person)).toEqual(expect.arrayContaining(['street', 'city', 'postal_code', 'country', 'phone']));
    expect(asked(person)).not.toContain('given_name');
  });

  it('leads whom it does not fit to the document, and on to no approval', async () => {
    const { person } = await come({ login_hint: await hint({ ...CLAIMS, given_name: 'Somebody', family_name: 'Else' }) });
    await person.press();
    await person.press();
    await person.press('action', 'send');
    expect(person.page).toBe('document_handover');
  });

  it('is good for one request, and for that one as often as it is loaded', async () => {
    const login_hint = await hint();
    const { person } = await come({ login_hint });
    expect(person.page).toBe('session_risk');
    await person.reload();
    expect(person.page).toBe('session_risk');
    const second = await come({ login_hint });
    expect(second.person.callback?.searchParams.get('error')).toBe('invalid_request');
    expect(second.person.callback?.searchParams.get('error_description')).toContain('prefill_replayed');
  });

  it('is never answered from an earlier decision', async () => {
    const { person } = await approveSupplied();
    const signIn = await scene.app.begin({ login_hint: await hint(), prompt: 'none' });
    person.callback = undefined;
    await person.open(signIn.url);
    expect(person.callback).toBeDefined();
    expect((person.callback as unknown as URL).searchParams.get('error')).toBe('interaction_required');
  });

  it.each([
    ['nothing', async () => ({}), 'prefill_missing'],
    ['a plain name', async () => ({ login_hint: 'user-7' }), 'prefill_missing'],
    ['a token signed by another key', async () => ({ login_hint: (await hint()).replace(/[^.]+$/, 'A'.repeat(86)) }), 'prefill_signature'],
    ['the parameter in the address', async () => ({ prefill: JSON.stringify(CLAIMS) }), 'prefill_not_pushed'],
  ])('is refused to the application where it sent %s', async (_name, extra, fault) => {
    const { person } = await come((await extra()) as Record<string, string>);
    expect(person.callback?.searchParams.get('error')).toBe('invalid_request');
    expect(person.callback?.searchParams.get('error_description')).toContain(fault);
    expect(person.callback?.href).not.toContain('Roshell');
  });

  it('is refused when it is pushed, in the answer to the push', async () => {
    await expect(scene.app.beginPushed({ prefill: JSON.stringify({ given_name: 'Andrew' }) })).rejects.toMatchObject({ error: 'invalid_request' });
  });
});

async function approveSupplied(): Promise<Visit> {
  const { person, signIn } = await come({ login_hint: await hint() });
  await person.press();
  await person.press();
  await person.press('action', 'send');
  await confirmOnPhone(scene, person, ANDREW.phone);
  await scene.app.finish(await leave(person), signIn);
  return { person, signIn };
}
