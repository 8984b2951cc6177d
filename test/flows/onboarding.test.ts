/** Somebody new is sent by an application, and comes back with tokens or with a plain refusal. */
import { createHash } from 'node:crypto';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { specialNumber, type SpecialNumberName } from '../../src/vendors/sandbox/numbers.ts';
import { ANDREW, CONSENT_TEXTS } from '../support/gateway.ts';
import type { Typed } from '../support/http_person.ts';
import { describeDatabases } from '../support/postgres.ts';
import { oauthError, RelyingParty } from '../support/relying_party.ts';
import {
  anotherApp, approve, arrive, atForm, atLink, cannotCapture, confirmOnPhone, decisionOf, EVERYTHING, journeyOf, leave, messagesTo, openLink, newestLink, reasonsAt,
  sendDetails, setScene, timeline, type Scene,
} from './scene.ts';

describeDatabases('somebody new', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene.close());

  it('is approved by the phone path, and the application gets one code and tokens that say how', async () => {
    const { person, signIn } = await arrive(scene, { scope: EVERYTHING });
    expect(person.page).toBe('session_risk');
    await person.press();
    expect(person.page).toBe('pii_form');
    await person.fill(ANDREW).press();
    expect(person.page).toBe('pii_review');
    expect(person.text).toContain('2591 Brunswick Ct Kissimmee, FL 34743 United States');
    await person.press('action', 'send');
    expect(person.page).toBe('sms_wait');
    expect(person.output).toMatch(/^\d\d$/);

    const phone = await openLink(await newestLink(scene));
    expect(phone.page).toBe('phone_confirm');
    await phone.press('number', person.output);
    expect(phone.page).toBe('phone_done');
    await person.reload();
    expect(person.page).toBe('finished');
    const callback = await leave(person);
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);

    const tokens = await scene.app.finish(callback, signIn);
    const claims = tokens.claims();
    const { id, created_at: begun } = await journeyOf(scene, person);
    expect(claims).toMatchObject({
      iss: scene.gateway.origin, acr: 'urn:gatehouse:acr:phone', amr: ['rba', 'sms'], policyDecision: 'approve', transaction_id: id, asi: id, simulated: true,
    });
    expect(claims?.['auth_time']).toBeGreaterThanOrEqual(Math.floor(begun / 1000));
    // The ID token travels through browsers and logs: nothing personal is in it.
    for (const name of ['name', 'given_name', 'family_name', 'phone_number', 'address', 'evidence']) expect(claims).not.toHaveProperty(name);

    const info = await scene.app.userinfo(tokens);
    expect(info).toMatchObject({
      given_name: 'Andrew', family_name: 'Roshell', name: 'Andrew Roshell', phone_number: '+14075550123', phone_number_verified: true, simulated: true,
      address: { street_address: '2591 Brunswick Ct', locality: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US' },
      evidence: {
        policy: 'tested@1',
        steps: [
          { step: 'trusted_device', outcome: 'unknown', at: expect.any(Number) },
          { step: 'session_risk', outcome: 'allow', at: expect.any(Number) },
          { step: 'pii_validation', outcome: 'match', at: expect.any(Number) },
          { step: 'sms_link', outcome: 'confirmed', at: expect.any(Number) },
        ],
      },
    });
    expect((await oauthError(scene.app.finish(callback, signIn))).error).toBe('invalid_grant');
    expect(await timeline(scene, person)).toEqual([
      'phase journey start',
      'phase sessionRisk start', 'block sessionRisk success', 'label session_risk success', 'phase sessionRisk next',
      'phase phoneBasedIdentityAffirmation start', 'label proofing_data_input success',
      'block carrierMatch success: record_match', 'block identityDatabaseMatch success: record_match',
      'block phoneBasedIdentityAffirmation success: record_match', 'label phone_based_identity_affirmation success: record_match',
      'phase phoneBasedIdentityAffirmation next: record_match',
      'phase phoneNumberRiskEvaluation start', 'block phoneNumberRiskEvaluation success', 'label phone_risk_evaluation success', 'phase phoneNumberRiskEvaluation next',
      'phase possessionLink start', 'block messageDelivery success', 'block possessionLink success', 'label possession_link success', 'phase possessionLink next',
      'label identity_proofing success: link_confirmed', 'phase journey next: link_confirmed', 'label account_binding success: created',
      // No script runs here, so no browser shows a key.
      'label device_binding failure: noKeyShown',
    ]);
  });

  it('gives at userinfo what each scope asks for, and no more', async () => {
    const always = ['asi', 'policyDecision', 'simulated', 'sub', 'transaction_id'];
    const byScope = {
      openid: [],
      'openid profile': ['family_name', 'given_name', 'name'],
      'openid phone': ['phone_number', 'phone_number_verified'],
      'openid address': ['address'],
      'openid evidence': ['evidence'],
    };
    for (const [scope, names] of Object.entries(byScope)) {
      const { tokens } = await approve(scene, { scope });
      expect(Object.keys(await scene.app.userinfo(tokens)).sort(), scope).toEqual([...always, ...names].sort());
    }
  });

  it('comes by a pushed request, to an application that posts its secret', async () => {
    const posting = await anotherApp(scene, 'posting', { client: { token_endpoint_auth_method: 'client_secret_post' } });
    const { clientSecret } = posting.gateway.key;
    const app = await RelyingParty.discover({ issuer: scene.gateway.origin, ...posting.gateway.key, authentication: client.ClientSecretPost(clientSecret) });
    const signIn = await app.beginPushed({ scope: EVERYTHING });
    expect([...signIn.url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const { person } = await arrive(posting);
    await person.open(signIn.url);
    await person.press();
    await sendDetails(person);
    await confirmOnPhone(posting, person);
    const tokens = await app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', aud: posting.gateway.key.clientId });
    const wrong = await RelyingParty.discover({ issuer: scene.gateway.origin, ...posting.gateway.key, authentication: client.ClientSecretPost(`${clientSecret}x`) });
    expect((await oauthError(wrong.refresh('anything'))).error).toBe('invalid_client');
  });

  it('is asked for a document where the name is another, and without one the application hears access_denied', async () => {
    const { person, signIn } = await atLink(scene, {}, { details: { givenName: 'Millicent', familyName: 'Fothergill' } });
    expect(person.page).toBe('document_handover');
    // Nobody is told which attribute failed.
    expect(person.text).not.toMatch(/name|street|postal|match/i);
    expect(await reasonsAt(scene, person, 'pii_validation')).toEqual(['violation', 'violation']);
    await cannotCapture(person);
    expect(person.page).toBe('denied');
    expect(person.text).toContain('We could not confirm your identity');
    expect(person.text).toContain((await journeyOf(scene, person)).id);
    expect(person.text).not.toMatch(/name|address|street|postal/i);
    expect(await decisionOf(scene, person)).toEqual({ verdict: 'deny', reasons: ['not_enabled'] });
    expect(await messagesTo(scene, ANDREW.phone)).not.toContainEqual(expect.objectContaining({ body: expect.stringContaining('Millicent') }));
    const refusal = await oauthError(scene.app.finish(await leave(person), signIn));
    expect(refusal).toEqual({ error: 'access_denied', description: 'the person could not be verified' });
    // Nothing was left behind that could sign anybody in.
    const again = await arrive(scene, { prompt: 'none' }, { person });
    expect(again.person.callback?.searchParams.get('error')).toBe('interaction_required');
  });

  it('is approved by the match alone where the workflow says so, at the lower level', async () => {
    const lower = await anotherApp(scene, 'match_only', { template: 'user_onboarding_match_only' });
    const before = (await scene.gateway.outbox()).length;
    const { person, signIn } = await atLink(lower, { scope: EVERYTHING });
    expect(person.page).toBe('finished');
    const tokens = await lower.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ acr: 'urn:gatehouse:acr:match', amr: ['rba'], policyDecision: 'approve' });
    expect(await lower.app.userinfo(tokens)).toMatchObject({ phone_number_verified: false });
    expect((await scene.gateway.outbox()).length).toBe(before);
  });

  it('is denied in the token where the workflow says so: a code, no identity, no session', async () => {
    const telling = await anotherApp(scene, 'telling', { options: { denyAs: 'token' } });
    const { person, signIn } = await atLink(telling, { scope: EVERYTHING }, { details: { givenName: 'Millicent' } });
    await cannotCapture(person);
    const tokens = await telling.app.finish(await leave(person), signIn);
    expect(tokens.claims()).toMatchObject({ policyDecision: 'deny', transaction_id: (await journeyOf(scene, person)).id });
    expect(tokens.claims()).not.toHaveProperty('acr');
    const info = await telling.app.userinfo(tokens);
    expect(Object.keys(info).sort()).toEqual(['asi', 'evidence', 'policyDecision', 'simulated', 'sub', 'transaction_id']);
    const silent = await arrive(telling, { prompt: 'none' }, { person });
    expect(silent.person.callback?.searchParams.get('error')).toBe('interaction_required');
    const asked = await arrive(telling, {}, { person });
    expect(asked.person.page).toBe('session_risk');
    const { tokens: second } = await approve(telling, {}, { person: asked.person });
    expect(second.claims()?.sub).not.toBe(tokens.claims()?.sub);
  });
});

describe('somebody new, whatever the vendors do', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({ env: { SANDBOX_TIMEOUT_MS: '4000' }, replace: { sandboxSlowMs: 12_000 } });
  });
  afterAll(() => scene.close());

  const TROUBLE: readonly (readonly [SpecialNumberName, readonly string[]])[] = [
    ['slow', ['block carrierMatch fail: vendor_timed_out', 'block identityDatabaseMatch fail: vendor_timed_out', 'label phone_based_identity_affirmation failure: vendor_timed_out']],
    ['broken', ['block carrierMatch fail: vendor_broke', 'block identityDatabaseMatch fail: vendor_broke', 'label phone_based_identity_affirmation failure: vendor_broke']],
    ['malformed_json', ['block carrierMatch fail: vendor_broke', 'label phone_based_identity_affirmation failure: vendor_broke']],
    ['malformed_shape', ['block carrierMatch fail: vendor_broke', 'label phone_based_identity_affirmation failure: vendor_broke']],
    ['rate_limited', ['block carrierMatch fail: vendor_broke', 'label phone_based_identity_affirmation failure: vendor_broke']],
    ['reset', ['block carrierMatch fail: vendor_broke', 'label phone_based_identity_affirmation failure: vendor_broke']],
    ['huge', ['block carrierMatch fail: vendor_broke', 'label phone_based_identity_affirmation failure: vendor_broke']],
    ['unknown_number', ['block carrierMatch fail: vendor_could_not_tell', 'label phone_based_identity_affirmation failure: vendor_could_not_tell']],
    ['nothing_held', ['label phone_based_identity_affirmation failure: vendor_could_not_tell']],
    ['partial_below_thresholds', ['block carrierMatch fail: violation', 'label phone_based_identity_affirmation failure: violation']],
    ['sim_swapped', ['label phone_based_identity_affirmation success: record_match', 'label phone_risk_evaluation failure: simChangeDetected', 'phase phoneNumberRiskEvaluation exit: simChangeDetected']],
    ['recycled', ['label phone_risk_evaluation failure: numberRecycled']],
    ['landline', ['label phone_risk_evaluation failure: forbiddenType']],
    ['fixed_voip', ['label phone_risk_evaluation failure: forbiddenType']],
    ['non_fixed_voip', ['label phone_risk_evaluation failure: forbiddenType']],
    ['toll_free', ['label phone_risk_evaluation failure: forbiddenType']],
    ['line_type_unknown', ['label phone_risk_evaluation failure: unsupportedPhoneNumber']],
    ['line_type_broken', ['label phone_risk_evaluation failure: vendor_broke']],
    ['sim_window_none', ['label phone_risk_evaluation failure: vendor_could_not_tell']],
    // The identity database matches, but a carrier that is down cannot vouch for the SIM either.
    ['carrier_broken', ['block carrierMatch fail: vendor_broke', 'block identityDatabaseMatch success: record_match', 'label phone_risk_evaluation failure: vendor_broke']],
    ['carrier_slow', ['block carrierMatch fail: vendor_timed_out', 'block identityDatabaseMatch success: record_match', 'label phone_risk_evaluation failure: vendor_timed_out']],
    ['message_rejected', ['block messageDelivery fail: unreachable', 'label possession_link failure: unreachable']],
  ];
  it.each(TROUBLE)('a number that is %s leads to the document step, with the reason on the timeline', async (name, expected) => {
    const { person, signIn } = await atLink(scene, {}, { details: { phone: specialNumber(name) } });
    expect(person.page).toBe('document_handover');
    const told = await timeline(scene, person);
    expect(told).toEqual(expect.arrayContaining([...expected]));
    expect(told.at(-1)).toBe('phase documentVerification start');
    expect(await decisionOf(scene, person)).toEqual({ verdict: undefined, reasons: [] });
    expect(await messagesTo(scene, specialNumber(name))).toEqual([]);
    // Who cannot show a document either is denied, and the application hears no more than that.
    await cannotCapture(person);
    expect(person.page).toBe('denied');
    expect((await timeline(scene, person)).at(-1)).toBe('phase journey exit: not_enabled');
    expect(await decisionOf(scene, person)).toEqual({ verdict: 'deny', reasons: ['not_enabled'] });
    expect((await oauthError(scene.app.finish(await leave(person), signIn))).error).toBe('access_denied');
  });

  it.each(['partial_at_thresholds', 'sim_window_240', 'bureau_broken', 'message_unknown'] as const)('a number that is %s is approved all the same', async (name) => {
    const { tokens } = await approve(scene, {}, { details: { phone: specialNumber(name) } });
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:phone' });
  });

  it('the carrier is down, the identity database matches, and the workflow checks no SIM: approved', async () => {
    const lax = await anotherApp(scene, 'no_sim_checks', { options: { phoneRisk: { simSwap: false, recycled: false } } });
    const { person, tokens } = await approve(lax, {}, { details: { phone: specialNumber('carrier_broken') } });
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve' });
    expect(await timeline(lax, person)).toEqual(expect.arrayContaining(['block carrierMatch fail: vendor_broke', 'block identityDatabaseMatch success: record_match']));
  });

  const ABROAD: readonly (readonly [string, Typed])[] = [
    ['GB', { givenName: 'Imogen', familyName: 'Hartley-Vance', street: '27 Larkspur Row', city: 'Harrogate', region: 'North Yorkshire', postalCode: 'hg29zx', country: 'GB', phone: '07400 123456' }],
    ['CA', { givenName: 'Nolan', familyName: 'Okafor-Reid', street: '418 Tamarack Lane', city: 'Peterborough', region: 'Ontario', postalCode: 'k9h0z9', country: 'CA', phone: '(705) 555-0145' }],
  ];
  it.each(ABROAD)('somebody from %s is read by their own address form and approved', async (country, details) => {
    const { person } = await atForm(scene, { scope: EVERYTHING });
    await person.fill(details).press();
    expect([person.page, person.wrong]).toEqual(['pii_review', []]);
    const visit = await atLink(scene, { scope: EVERYTHING }, { details });
    expect(visit.person.page).toBe('sms_wait');
    const phone = country === 'GB' ? '+447400123456' : '+17055550145';
    await confirmOnPhone(scene, visit.person, phone);
    const info = await scene.app.userinfo(await scene.app.finish(await leave(visit.person), visit.signIn));
    expect(info).toMatchObject({ phone_number: phone, address: { country, postal_code: country === 'GB' ? 'HG2 9ZX' : 'K9H 0Z9' } });
  });

  it('somebody from a country without the phone path is never asked about at a vendor', async () => {
    const { person } = await atLink(scene, {}, { details: { country: 'DE', region: '', postalCode: '10115', city: 'Berlin', phone: '+49 1512 3456789' } });
    expect(person.page).toBe('document_handover');
    const told = await timeline(scene, person);
    expect(told).toContain('label phone_based_identity_affirmation failure: unsupported_country');
    expect(told.filter((line) => line.startsWith('block carrierMatch') || line.startsWith('block identityDatabaseMatch'))).toEqual([]);
  });
});

describeDatabases('consent', (database) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
  });
  afterAll(() => scene.close());

  const consentsOf = async (person: Parameters<typeof journeyOf>[1]) => {
    const { id } = await journeyOf(scene, person);
    return scene.db.selectFrom('consent').selectAll().where('journey_id', '=', id).orderBy('seq').execute();
  };

  it('is recorded with its text, its hash and its language before any vendor is asked', async () => {
    const { person } = await atForm(scene);
    await person.fill(ANDREW).press();
    const text = CONSENT_TEXTS.en.replace('{app}', 'Example App');
    const hash = createHash('sha256').update(text).digest('hex');
    expect(await consentsOf(person)).toEqual([expect.objectContaining({ text_hash: hash, locale: 'en', purpose: 'phone_data_and_messages', method: 'button', node: 'pii_validation' })]);
    expect(await scene.db.selectFrom('consent_text').selectAll().where('text_hash', '=', hash).executeTakeFirst()).toMatchObject({ body: text });
    // Details and consent are in; nobody was asked yet.
    expect((await timeline(scene, person)).filter((line) => line.includes('Match'))).toEqual([]);
    await person.press('action', 'send');
    expect((await timeline(scene, person)).filter((line) => line.includes('Match'))).toHaveLength(2);
    expect(await consentsOf(person)).toHaveLength(1);
  });

  it.each([['no hash', undefined], ['the hash of another text', 'f'.repeat(64)], ['garbage', '__proto__']])('is not given by a form with %s, and nobody is asked', async (_what, hash) => {
    const { person } = await atForm(scene);
    await person.fill(ANDREW).press(undefined, undefined, { consent: hash });
    expect([person.status, person.page]).toEqual([422, 'pii_form']);
    expect(person.text).toContain('The consent text has changed');
    expect(await consentsOf(person)).toEqual([]);
    expect((await timeline(scene, person)).filter((line) => line.includes('Match') || line.includes('proofing_data_input'))).toEqual([]);
    // What was typed is still there, and the honest form goes through.
    expect(person.form.fields.find((field) => field.name === 'street')?.value).toBe(ANDREW.street);
    await person.press();
    expect(person.page).toBe('pii_review');
  });

  it('is in Spanish where the application asked for Spanish pages, and so is everything else', async () => {
    const { person } = await arrive(scene, { ui_locales: 'es-MX en' });
    expect(person.content.lang).toBe('es');
    await person.press();
    expect(person.text).toContain('Usted permite que Example App compruebe sus datos');
    await sendDetails(person);
    expect(person.content.lang).toBe('es');
    const [consent] = await consentsOf(person);
    expect(consent).toMatchObject({ locale: 'es', text_hash: createHash('sha256').update(CONSENT_TEXTS.es.replace('{app}', 'Example App')).digest('hex') });
    const [message] = await messagesTo(scene);
    expect(message?.body).toMatch(/^Example App: confirma que eres tu/);
    const phone = await openLink(message?.link ?? '');
    // The phone's page speaks the language that the journey began in.
    expect(phone.content.lang).toBe('es');
    await phone.press('number', person.output);
    expect(await leave(person)).toBeInstanceOf(URL);
  });
});
